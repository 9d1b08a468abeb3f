"""Interpolation in the latent space of a VAE: two ends, a path between them, and what the model decodes on it.

    settings = {"model": "conv-vae-mnist", "start": "1", "end": "digit:...", "frames": 16, "route": "slerp"}
    view, recipe, frames = interpolate(settings)

One function serves the page, the endpoint and Reproduce. `start` and `end` are texts ends.py). `points` are
a path drawn on the map of a model of two latents; where there is one, it is walked along instead of the way between the
ends. `route` is called path by the endpoint: gradio_client takes every dict with a "path" for a file.
"""

import base64
import math
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from shared import recipe
from shared.core import registry
from shared.core.asked import whole
from shared.core.errors import UserError
from shared.media import paths, pictures, sheets

from . import ends as vae_ends

TAB = "vae_interpolation"
TASK = "digit-vae"
MAP = "vae2d-mnist"
LIBRARIES = ("torch", "numpy", "pillow")
MOST_FRAMES, MOST_POINTS, REACH = 64, 64, 3.0  # REACH: how far out the map goes, in standard deviations
STRIP_SCALE, FILM_SCALE, FPS = 4, 8, 12

DEFAULTS = {"model": "conv-vae-mnist", "start": "20", "end": "4", "frames": 16, "route": "slerp", "points": ""}
SETTINGS = tuple(DEFAULTS)


# ---- settings ------------------------------------------------------------------------------------------------------


def checked(settings: dict) -> tuple[dict, list[vae_ends.End], list[str]]:
    """-> the settings as a recipe holds them, the two ends, sentences to show. Errors: UserError."""
    given = DEFAULTS | settings
    check_model(given["model"])
    if given["route"] not in paths.PATHS:
        raise UserError(f"The path must be {' or '.join(paths.PATHS)}, not “{str(given['route'])[:20]}”.")
    frames = whole(given["frames"], "The number of frames", 2, MOST_FRAMES)
    _points(given["points"])
    ends = [] if given["points"] else [vae_ends.end_of(given[name], name) for name in ("start", "end")]
    found = {name: given[name] for name in SETTINGS} | {"frames": frames}
    found |= {name: end.text for name, end in zip(("start", "end"), ends, strict=False)}
    if given["points"]:
        found |= {"start": "", "end": ""}
    return found, ends, list(dict.fromkeys(filter(None, (end.notice for end in ends))))


def check_model(name) -> None:
    known = registry.names(TASK)
    if name not in known:
        raise UserError(f"There is no VAE called “{str(name)[:40]}”; there are: {', '.join(known)}.")


def _points(points) -> list[tuple[float, float]]:
    """'0.5,-1 2,3' -> the points of a path drawn on the map."""
    try:
        found = [tuple(float(one) for one in point.split(",")) for point in str(points or "").split()]
    except ValueError:
        found = [()]
    fits = all(len(point) == 2 and all(math.isfinite(x) and abs(x) <= REACH for x in point) for point in found)
    if len(found) > MOST_POINTS or not fits or len(found) == 1:
        raise UserError(f"A path on the map is from 2 to {MOST_POINTS} points such as 0.5,-1 2,3, up to {REACH:g} out.")
    return found


# ---- the way between -----------------------------------------------------------------------------------------------


def interpolate(settings: dict):
    """-> view without files, recipe, frames (n, 28, 28) in [0, 1]. Errors: UserError."""
    import torch

    from shared.core import loaders

    settings, ends, notices = checked(settings)
    with loaders.use(settings["model"]) as loaded, torch.inference_mode():
        begun, model = time.monotonic(), loaded.model
        if settings["points"]:
            z = along(settings, model)
        else:
            z = between(*(vae_ends.latents_of(end, model) for end in ends), settings["frames"], settings["route"])
        frames = model.decode(z)[:, 0].numpy()
        made = recipe.make(
            TAB, loaded, settings, sheets.strip(frames, scale=1, gap=0), time.monotonic() - begun, libraries=LIBRARIES
        )
        notices = [loaded.notice, *notices] if loaded.notice else notices
        view = {
            "model": loaded.spec.name,
            "title": loaded.spec.title,
            "message": " ".join(notices),
            "n": len(frames),
            "route": settings["route"],
            "mapped": bool(settings["points"]),
            "ends": [_shown(end, model) for end in ends],
            "sprite": sprite(frames),
            "settings": settings,
        }
        return view, made, frames


def between(a, b, frames: int, route: str):
    """Latents (latent_size,) -> (frames, latent_size), both ends among them."""
    import torch

    return torch.stack([paths.PATHS[route](a, b, i / (frames - 1)) for i in range(frames)])


def along(settings: dict, model):
    """Latents at even distances along a path on the map: (frames, 2)."""
    import numpy as np
    import torch

    if model.latent_size != 2:
        raise UserError(f"A path on the map needs a model of two latents: choose {MAP}.")
    points = np.array(_points(settings["points"]))
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    where = np.linspace(0, lengths[-1], settings["frames"])
    return torch.tensor(np.stack([np.interp(where, lengths, points[:, i]) for i in (0, 1)], 1), dtype=torch.float32)


def _shown(end: vae_ends.End, model) -> dict:
    kind = "sample" if end.seed is not None else "drawing" if end.pixels is not None else "latents"
    return {"kind": kind, "seed": end.seed, "picture": pictures.data_url(vae_ends.picture_of(end, model))}


def run(settings: dict, embed: bool = True) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while the model is fetched, then (view, recipe). Errors: UserError."""
    from shared.core import loaders

    checked(settings)
    for sentence in loaders.prepare(settings["model"]):
        yield {"message": sentence}, None
    view, made, frames = interpolate(settings)
    yield view | {"embed": embed} | files(frames, made if embed else None), made


# ---- files ---------------------------------------------------------------------------------------------------------


def sprite(images) -> str:
    """All pictures in one row, a pixel for a pixel, as an address; the page grows them."""
    return sheets.png_url(sheets.strip(images, scale=1, gap=0))


def files(frames, made: dict | None) -> dict:
    """The strip as a PNG and the film as a GIF, as addresses that hold them, with the recipe inside."""
    return {kind: address(WRITERS[kind](frames, made), MIME[kind]) for kind in ("png", "gif")}


def film(asked) -> dict:
    """What the browser asks when the MP4 is saved: {settings, embed} -> {mp4} or {error}.

    An MP4 takes ten times as long as the walk itself; made at each move of a slider, nothing would be live.
    """
    try:
        if not isinstance(asked, dict) or not isinstance(asked.get("settings"), dict):
            raise UserError("There is no film yet: generate one first.")
        _, made, frames = interpolate({key: asked["settings"][key] for key in SETTINGS if key in asked["settings"]})
        return {"mp4": address(WRITERS["mp4"](frames, made if asked.get("embed") else None), MIME["mp4"])}
    except UserError as error:
        return {"error": str(error)}


def strip(frames, made: dict | None) -> bytes:
    packed = BytesIO()
    sheets.strip(frames, STRIP_SCALE).save(packed, "PNG")
    return recipe.embed_bytes(packed.getvalue(), made)


def _film(write, suffix: str):
    def film(frames, made: dict | None) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"film.{suffix}"
            write(path, frames, scale=FILM_SCALE, fps=FPS, recipe=made)
            return path.read_bytes()

    return film


WRITERS = {"png": strip, "gif": _film(sheets.gif, "gif"), "mp4": _film(sheets.mp4, "mp4")}
MIME = {"png": "image/png", "gif": "image/gif", "mp4": "video/mp4"}


def address(data: bytes, mime: str) -> str:
    return f"data:{mime};base64," + base64.b64encode(data).decode()
