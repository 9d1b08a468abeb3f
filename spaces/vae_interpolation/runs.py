"""Interpolation in the latent space of a VAE: two ends, a way between them, and what the model decodes on it.

    view, recipe, frames = interpolate(Interpolation.check({"start": "1", "end": "digit:...", "frames": 16}))

One function serves the page, the endpoint and Reproduce.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from shared import recipe
from shared.core import loaders
from shared.core.errors import UserError
from shared.media import films, paths, pictures, sheets
from shared.page import sentences

from .request import MAP, Interpolation, points_of

TAB = "vae_interpolation"
LIBRARIES = ("torch", "numpy", "pillow")
STRIP_SCALE, FILM_SCALE, FPS = 4, 8, 12


def run(asked: Interpolation, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while the model is fetched, then (view, recipe). Errors: UserError."""
    for sentence in loaders.prepare(asked.model, stop=stop):
        yield {"message": sentence}, None
    if stop.is_set():
        return
    view, made, frames = interpolate(asked)
    yield view | {"embed": asked.embed} | files(frames, made if asked.embed else None), made


def interpolate(asked: Interpolation) -> tuple[dict, dict, np.ndarray]:
    """-> view without files, recipe, frames (n, 28, 28) in [0, 1]. Errors: UserError."""
    import torch

    with loaders.use(asked.model) as loaded, torch.inference_mode():
        start, model = time.monotonic(), loaded.model
        frames = model.decode(way(asked, model))[:, 0].numpy()
        strip, settings = sheets.strip(frames, scale=1, gap=0), asked.settings()
        made = recipe.make(TAB, loaded, settings, strip, time.monotonic() - start, libraries=LIBRARIES)
        notices = dict.fromkeys(filter(None, [loaded.notice, *(end.notice for end in asked.digits)]))
        view = {
            "model": loaded.spec.name,
            "title": loaded.spec.title,
            "message": " ".join(notices),
            "n": len(frames),
            "route": asked.route,
            "mapped": bool(asked.points),
            "ends": [end.told() | {"picture": pictures.data_url(end.picture(model))} for end in asked.digits],
            "sprite": sprite(frames),
            "settings": settings,
        }
        return view, made, frames


# ---- the way between -----------------------------------------------------------------------------------------------


def way(asked: Interpolation, model):
    """The latents that are decoded: (frames, latent_size)."""
    if asked.points:
        return along(points_of(asked.points), asked.frames, model)
    return between(*(end.latents(model) for end in asked.digits), asked.frames, asked.route)


def between(a, b, frames: int, route: str):
    """Latents (latent_size,) -> (frames, latent_size), both ends among them."""
    import torch

    return torch.stack([paths.PATHS[route](a, b, i / (frames - 1)) for i in range(frames)])


def along(points: list[tuple[float, ...]], frames: int, model):
    """Latents at even distances along a path on the map: (frames, 2)."""
    import torch

    if model.latent_size != 2:
        raise UserError(f"A path on the map needs a model of two latents: choose {MAP}.")
    corners = np.array(points)
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    where = np.linspace(0, lengths[-1], frames)
    return torch.tensor(np.stack([np.interp(where, lengths, corners[:, i]) for i in (0, 1)], 1), dtype=torch.float32)


# ---- files ---------------------------------------------------------------------------------------------------------


def sprite(images) -> str:
    """All pictures in one row, a pixel for a pixel, as an address; the page grows them."""
    return sheets.png_url(sheets.strip(images, scale=1, gap=0))


def files(frames, made: dict | None) -> dict:
    """The strip as a PNG and the film as a GIF, as addresses that hold them, with the recipe inside."""
    return {kind: sheets.url(WRITERS[kind](frames, made), MIME[kind]) for kind in ("png", "gif")}


def mp4(shown) -> dict:
    """What the browser asks when the MP4 is saved: the view -> {mp4} or {error}.

    An MP4 takes ten times as long as the walk itself; made at each move of a slider, nothing would be live.
    """
    try:
        if not isinstance(shown, dict) or not isinstance(shown.get("settings"), dict):
            raise UserError("There is no film yet: generate one first.")
        _, made, frames = interpolate(Interpolation.check(shown["settings"]))
        return {"mp4": sheets.url(WRITERS["mp4"](frames, made if shown.get("embed") else None), MIME["mp4"])}
    except UserError as error:
        return {"error": sentences.told(error)}


def _strip(frames, made: dict | None) -> bytes:
    return recipe.png(sheets.strip(frames, STRIP_SCALE), made)


def _film(write: Callable[..., None], suffix: str) -> Callable[..., bytes]:
    def written(frames, made: dict | None) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"film.{suffix}"
            write(path, frames, scale=FILM_SCALE, fps=FPS, recipe=made)
            return path.read_bytes()

    return written


WRITERS = {"png": _strip, "gif": _film(films.gif, "gif"), "mp4": _film(films.mp4, "mp4")}
MIME = {"png": "image/png", "gif": "image/gif", "mp4": "video/mp4"}
