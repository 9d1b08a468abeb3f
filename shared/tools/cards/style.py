"""Cards of models that change a style."""

from shared.core.registry import ModelSpec

from .tables import recipe_of, table

STYLE_CARD = """\
---
license: {license}
pipeline_tag: image-to-image
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, on {first} and {second} emoji of 64x64 pixels that were shuffled apart: it was
never told which two show the same thing. It took eight minutes of a GPU that nineteen other trainings shared.

    from shared.models import cyclegan
    model = cyclegan.load("shared/weights/{name}")
    model.convert(pictures), model.convert(pictures, back=True)  # (n, 3, 64, 64) in [0, 1]

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}

Measured by `python -m shared.tools.score {name} --data DIR` on {held_out} things that were in neither side of the
training, each in both styles. *As it is*: the picture untouched, as if nothing had been done. *Nearest*: the nearest
picture of the other style that there is in the training. *Found*: the partner is the nearest of 200 names, by the
judge of edges and colours. *Style*: a linear judge of colours and edges, right in {style_judge:.1%} of real held-out
pictures, takes it for the other style. *Error there and back*: mean difference of a pixel, of 1.

## Recipe

{recipe}

## Data

Emoji of 64x64 pixels; a fifth of the names is held out of both sides. {data}
"""
EMOJI = {
    "noto": "Noto Emoji (Google, Apache 2.0).",
    "twemoji": "Twemoji (Twitter and contributors, CC BY 4.0).",
    "fluent flat": "Fluent Emoji, flat (Microsoft, MIT).",
    "fluent 3d": "Fluent Emoji in 3D (Microsoft, MIT).",
}
STYLE_ROWS = (  # title, key behind "there_" and what was done, how it is written
    ("PSNR ↑", "psnr", "{:.2f} dB"),
    ("SSIM ↑", "ssim", "{:.3f}"),
    ("found ↑", "found", "{:.1%}"),
    ("style ↑", "style", "{:.1%}"),
    ("error there and back ↓", "cycle", "{:.3f}"),
)


def style_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    first, second = trained["model"]["styles"]
    lines = []
    for way, said in (("there", f"{first} → {second}"), ("back", f"{second} → {first}")):
        for title, key, form in STYLE_ROWS:
            keys = [f"{way}_{what}{key}" for what in ("", "untouched_", "nearest_")]
            lines.append((f"{said}: {title}", *(form.format(scores[one]) if one in scores else "" for one in keys)))
    return STYLE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        license="cc-by-4.0" if second == "twemoji" else "mit",
        first=first,
        second=second,
        scores=table(("score", "this model", "as it is", "nearest"), lines),
        held_out=scores["held_out"],
        style_judge=scores["style_judge"],
        recipe=recipe_of({**trained, **trained["model"]}),
        data=" ".join(EMOJI[style] for style in (first, second)),
    )
