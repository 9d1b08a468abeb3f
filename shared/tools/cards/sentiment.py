"""Cards of models that judge a text."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import SENTIMENT_COLUMNS

from .tables import recipe_of, scores_of

SENTIMENT_CARD = """\
---
license: cc-by-4.0
language: en
pipeline_tag: text-classification
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on {kept:,} sentences of film reviews. It judges English sentences as good or
bad, and knows nothing of any other kind of text: what it says of a story is what a reviewer's words would mean there.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score` on {held_out:,} sentences that it was not trained on. *Calibration error*:
how far its sureness is from how often it is right, on average (Guo et al., 2017).

## Recipe

{recipe}

## Data

Sentence polarity dataset v1.0, B. Pang and L. Lee (2005), CC BY 4.0: 9,662 sentences of film reviews, half of them
good.
"""


def sentiment_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    settings = {**trained, **trained["model"]}
    return SENTIMENT_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        kept=9662 - scores["held_out"],
        held_out=scores["held_out"],
        scores=scores_of(SENTIMENT_COLUMNS, scores),
        recipe=recipe_of(settings),
    )
