"""Cards of models that draw from words."""

import json
from pathlib import Path

from shared.core.registry import ModelSpec
from shared.evaluation.measured import PICTURE_COLUMNS

from .tables import recipe_of, scores_of

PICTURE_CARD = """\
---
license: cc-by-4.0
pipeline_tag: text-to-image
library_name: diffusers
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, in eight minutes on one GPU. It draws {things} things in {styles} styles
({style_names}), in their own colours or in another, alone or two side by side ("a dog and a ball"). {more} more it was
shown seldom and knows a little; `vocabulary.json` lists them all. It knows nothing else, and what it draws of other
prompts means nothing.

    from diffusers import AutoPipelineForText2Image
    pipe = AutoPipelineForText2Image.from_pretrained("shared/weights/{name}", torch_dtype=torch.float32)
    pipe("noto emoji of fox", num_inference_steps={steps}, guidance_scale={guidance}).images[0]

- Paper: {paper}
- Train it again: `python -m shared.training {name}/vae --data DIR`, then `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` at {steps} steps with guidance {guidance} and {threads}
threads. The judge looks for the nearest real picture (edges and colours; nothing learned) and says its name, of 200.
It has the pictures of the training, too: what it says of *pairs seen* is how well they were learned. *Pair never seen*:
the thing in that style was held out; real pictures that were held out are the ceiling. *Each found*: its name is among
the judge's first five.

## Recipe

{recipe}

## Data

Emoji of 128x128 pixels, rendered from the vector sources, without the twentieth that is held out (the autoencoder: all
styles; the denoiser: the things of its vocabulary in three styles). Names and keywords: Unicode CLDR (Unicode License
v3). Pictures: Noto Emoji (Google, Apache 2.0), Twemoji (Twitter and contributors, CC BY 4.0), Fluent Emoji in 3D and
flat (Microsoft, MIT).
"""


def picture_card(row: ModelSpec, scores: dict, folder: Path) -> str:
    words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    trained = json.loads((folder / "training.json").read_text())["recipe"]
    return PICTURE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        **{key: scores[key] for key in ("steps", "guidance", "threads")},
        things=len(words["names"]),
        more=len(words["more"]),
        styles=len(words["styles"]),
        style_names=", ".join(words["styles"]),
        scores=scores_of(PICTURE_COLUMNS, scores),
        recipe=recipe_of(trained),
    )
