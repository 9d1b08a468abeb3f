"""The map of a model of two latents: its plane, decoded on a fine grid and read by the judge of the digits.

The browser gets all of it at once, as one sprite, so that hovering asks nobody. What the judge reads is recorded beside
the weights (map.json, with their sha256), for reading 2,401 digits takes seconds: python -m vae_interpolation.example
"""

import base64
import contextlib
import functools
import json
from pathlib import Path

import numpy as np

from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.media import sheets

from . import parts, runs
from .request import MAP, REACH, Interpolation

SIDE = 49  # digits a side; 0.17 standard deviations apart
JUDGE = "digit-judge"


@functools.lru_cache(maxsize=2)
def plane(name: str, sha256: str) -> dict:
    """sprite: SIDE x SIDE digits as one picture, upper left is z = (-REACH, REACH); classes, sure: base64, a byte each.

    classes: which digit the judge reads there; sure: how sure it is, 255 is certain.
    """
    import torch

    axis = torch.linspace(-REACH, REACH, SIDE)
    z = torch.stack([axis.repeat(SIDE), axis.flip(0).repeat_interleave(SIDE)], 1)  # rows from the top down
    with loaders.use(name) as loaded, torch.inference_mode():
        if loaded.model.latent_size != 2:
            raise UserError(f"A map needs a model of two latents: choose {MAP}.")
        digits = loaded.model.decode(z)
    sheet = sheets.grid(digits, columns=SIDE, scale=1, gap=0)
    # 16 greys are enough to hover over, and a third of the bytes; a click is decoded in full.
    picture = sheets.png_url(sheet.point(lambda grey: round(grey / 17) * 17))
    return {"sprite": picture, "side": SIDE} | (_recorded(name, sha256) or read(digits))


def read(digits) -> dict:
    """What the judge reads: {classes, sure}."""
    import torch

    with loaders.use(JUDGE) as judge, torch.inference_mode():
        sure, classes = judge.model.judge(digits)[0].max(1)
    return {"classes": _bytes(classes.numpy()), "sure": _bytes((255 * sure).round().numpy())}


def path_of(name: str) -> Path:
    return registry.WEIGHTS / name / "map.json"


def _recorded(name: str, sha256: str) -> dict | None:
    """{classes, sure} as recorded, where the weights are still the same."""
    if not path_of(name).exists():
        return None
    found = json.loads(path_of(name).read_text("utf-8"))
    fits = found["weights_sha256"] == sha256 and found["side"] == SIDE and found["reach"] == REACH
    return {"classes": found["classes"], "sure": found["sure"]} if fits else None


def record(name: str = MAP) -> Path:
    """Writes map.json -> its path."""
    path_of(name).unlink(missing_ok=True)
    plane.cache_clear()
    with loaders.use(name) as loaded:
        found = plane(name, loaded.sha256)
        about = {"weights_sha256": loaded.sha256, "side": SIDE, "reach": REACH}
    path_of(name).write_text(json.dumps(about | {key: found[key] for key in ("classes", "sure")}) + "\n", "utf-8")
    return path_of(name)


def _bytes(numbers) -> str:
    return base64.b64encode(np.asarray(numbers).astype(np.uint8).tobytes()).decode()


def view(asked: Interpolation | None) -> dict:
    """The map, with the two ends of the interpolation and the way between them on it, where there are any.

    The model that was asked draws an end that is a sample; the model of the map reads it.
    """
    import torch

    with loaders.use(MAP) as loaded, torch.inference_mode():
        name, model = loaded.spec.name, loaded.model
        found = plane(name, loaded.sha256) | {"model": name, "title": loaded.spec.title, "reach": REACH}
        places, way = [], []
        if asked is not None:
            with contextlib.suppress(UserError), loaders.use(asked.model) as drawer:  # latents of another model
                places = [
                    end.latents(model)
                    if drawer.spec.name == name
                    else model.encode(parts.picture_of(end, drawer.model))[0][0]
                    for end in asked.digits
                ]
                way = runs.between(*places, 33, asked.route)
        return found | {"ends": _rounded(places), "way": _rounded(way)}


def _rounded(points) -> list[list[float]]:
    return [[round(x, 3) for x in point.tolist()] for point in points]
