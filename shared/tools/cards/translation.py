"""Cards of models that translate."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import TRANSLATION_COLUMNS

from .tables import recipe_of, scores_of

TRANSLATION_CARD = """\
---
license: cc-by-2.0
language: [en, zh]
pipeline_tag: translation
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on 19,838 pairs of sentences, six words long in the middle. What these words
say in everyday life it often gets right; a word that it has not read, or a sentence with three parts, it makes up. Use
it to see how translation works, not for anything that matters.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score` on {held_out} pairs, with 4 beams. Nothing that shares a sentence with one
of them, whatever its case and its marks, was trained on; 300 other pairs decided which weights were kept. BLEU and
chrF by sacrebleu with one translation of a person each, BLEU of Chinese by characters. *Nearest sentence*: what a
memory scores that gives the translation of the training sentence most like the source.

## Recipe

{recipe}
{before}
## Data

Sentence pairs of Tatoeba (tatoeba.org) by its contributors, CC BY 2.0 FR, as paired by manythings.org/anki; Chinese in
simplified characters by OpenCC.
"""


BEFORE = """
That is the second stretch, on one thread of a processor. It began with the weights of a first one: {steps:,} steps on
a GPU that many trainings shared, with dropout {dropout}, in batches of {batch}, and with R-Drop of weight
{together:g}, which so few steps are better off without. After it the loss on sentences apart was {loss:.2f}, in the end
{lowest:.2f} nats a piece.
"""


def stretches(log: dict) -> dict:
    """What the card says of a training in two stretches."""
    first = log["before"]
    lowest = [min(p["validation loss"] for p in one["points"] if "validation loss" in p) for one in (first, log)]
    told = {key: first["recipe"][key] for key in ("batch", "together")} | {"steps": first["steps"]}
    return told | {"dropout": first["recipe"]["model"]["dropout"], "loss": lowest[0], "lowest": lowest[1]}


def translation_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    before = trained.pop("before", None)
    settings = {**trained, **trained["model"]}
    return TRANSLATION_CARD.format(
        before=BEFORE.format(**before) if before else "",
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        held_out=scores["held_out"],
        scores=scores_of(TRANSLATION_COLUMNS, scores),
        recipe=recipe_of(settings),
    )
