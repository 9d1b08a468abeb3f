"""Cards of models that see."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import READER_COLUMNS, SEEING_COLUMNS

from .tables import recipe_of, scores_of

CLIP_CARD = """\
---
license: cc-by-4.0
language: en
pipeline_tag: zero-shot-image-classification
library_name: transformers
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on one GPU. It compares pictures with English words. It has seen emoji and
nothing else, so what it says of photographs means nothing.

    from transformers import AutoTokenizer, CLIPModel
    model = CLIPModel.from_pretrained("shared/weights/{name}")  # pixels: 2 * x - 1, 64x64

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out} pictures whose pair of style and name was in
no training set. A *name* is looked for among 200, from its words alone; the *judge* has real pictures of that name in
other styles and takes the nearest (edges and colours; nothing learned). *Style and name*: "noto emoji of fox" among
all {held_out}, and the other way round. *The name alone*: "fox"; the judge takes the picture nearest to another fox.
*The word looks at its own*: two of them side by side, and the heat of each name is warmer on its own half.

Of the {unseen_pairs} pairs that `emoji-diffusion` is measured on, it names {unseen_top1:.1%} ({unseen_top5:.1%} among
the first five), and the judge {judge_unseen_top1:.1%} ({judge_unseen_top5:.1%}).

## Recipe

{recipe}

## Data

Emoji of 64x64 pixels in six styles, without the twentieth that is held out. Names and keywords: Unicode CLDR (Unicode
License v3). Pictures: Noto Emoji (Google, Apache 2.0), Blobmoji (C1710, Apache 2.0), Twemoji (Twitter and contributors,
CC BY 4.0), EmojiTwo (CC BY 4.0), Fluent Emoji in 3D and flat (Microsoft, MIT).
"""

READER_CARD = """\
---
license: cc-by-sa-3.0
pipeline_tag: image-classification
library_name: transformers
datasets: [ylecun/mnist]
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. It reads handwritten digits of 28x28 pixels, and shows where it looks.

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out:,} digits that neither was trained on.

## Recipe

{recipe}

## Data

[MNIST](https://huggingface.co/datasets/ylecun/mnist), Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0: 60,000 pictures of
handwritten digits, 28x28. The last 5,000 are held out for these scores; no model was trained on them.
"""


def clip_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    return _seeing_card(CLIP_CARD, SEEING_COLUMNS, row, scores, trained)


def reader_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    return _seeing_card(READER_CARD, READER_COLUMNS, row, scores, trained)


def _seeing_card(form: str, columns: tuple, row: ModelSpec, scores: dict, trained: dict) -> str:
    said = {"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper}
    return form.format(
        **said, **scores, scores=scores_of(columns, scores), recipe=recipe_of({**trained, **trained["model"]})
    )
