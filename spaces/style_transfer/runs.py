"""What a click does: a picture goes into the other style and comes back, by the chosen translator and its siblings.

    *_, (view, recipe) = run(Transfer.check({"picture": "noto/fox"}), threading.Event())

One function serves the page, the endpoint and Reproduce.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from shared import recipe
from shared.core import loaders, registry
from shared.media import sheets

from .request import BACK, TASK, Picture, Transfer

TAB = "style_transfer"
LIBRARIES = ("torch", "numpy", "pillow")
AMPLIFIED = 3  # the difference there and back is shown so many times as strong
SHOWN = {"fluent flat": "flat", "fluent 3d": "3D", "noto": "Noto", "twemoji": "Twemoji"}
# The same two styles, with less and less of the cycle loss.
WEIGHTS = ("cyclegan-noto-twemoji-none", "cyclegan-noto-twemoji-half", "cyclegan-noto-twemoji")


def run(asked: Transfer, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({"message"}, None) while the model is fetched, then (view, recipe). Errors: UserError."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    with loaders.use(asked.model) as loaded:
        start = time.monotonic()
        styles = loaded.model.styles[::-1] if asked.direction == BACK else loaded.model.styles
        assert isinstance(asked.picture, Picture)
        given = asked.picture.image(styles[0])
        shown, made = there_and_back(loaded.model, given, asked.direction)
        settings = asked.settings()
        about = recipe.make(TAB, loaded, settings, made, time.monotonic() - start, libraries=LIBRARIES)
    others = []
    for name in siblings(asked.model):
        if stop.is_set():
            return
        there = shown if name == asked.model else beside(name, given, asked.direction)
        others.append({"model": name, "measured": known(name, asked.direction).get("cycle")} | there)
    yield (
        {
            "message": loaded.notice or "",
            "model": loaded.spec.name,
            "given": sheets.png_url(given),
            "styles": [SHOWN[style] for style in styles],
            **shown,
            "amplified": AMPLIFIED,
            "others": others,
            "known": known(asked.model, asked.direction),
            "png": sheets.png_url(made, about if asked.embed else None),
        },
        about,
    )


def there_and_back(model, given: Image.Image, direction: str) -> tuple[dict[str, Any], Image.Image]:
    """-> {"made", "again", "difference": pictures as addresses, "error": mean difference of a pixel}, and what was
    made of the picture."""
    import torch

    back = direction == BACK
    pixels = np.asarray(given, np.float32) / 255
    made = model.convert(torch.from_numpy(pixels).permute(2, 0, 1)[None], back)
    again = image(model.convert(made, not back))
    apart = np.abs(np.asarray(again, np.float32) / 255 - pixels)
    difference = Image.fromarray(np.rint(255 * (1 - AMPLIFIED * apart).clip(0, 1)).astype(np.uint8))
    urls = {"made": image(made), "again": again, "difference": difference}
    shown = {name: sheets.png_url(picture) for name, picture in urls.items()}
    return shown | {"error": round(float(apart.mean()), 4)}, image(made)


def image(pictures) -> Image.Image:
    """The first of a tensor (n, 3, h, w) in [0, 1]."""
    return Image.fromarray((255 * pictures[0]).round().byte().permute(1, 2, 0).numpy())


def siblings(name: str) -> tuple[str, ...]:
    """The models of the same two styles, by the weight of their cycle loss; none where there is only one."""
    return WEIGHTS if name in WEIGHTS else ()


def beside(name: str, given: Image.Image, direction: str) -> dict[str, Any]:
    """What a sibling makes of the picture."""
    with loaders.use(name) as loaded:
        return there_and_back(loaded.model, given, direction)[0]


def known(name: str, direction: str) -> dict[str, Any]:
    """What was measured of this way on held-out pictures, or {}."""
    scores = registry.scores(name)
    keys = ("psnr", "untouched_psnr", "style", "untouched_style", "cycle")
    return {key: scores[f"{direction}_{key}"] for key in keys if f"{direction}_{key}" in scores} | (
        {"held_out": scores["held_out"]} if scores else {}
    )


def models() -> list[str]:
    return registry.names(TASK)
