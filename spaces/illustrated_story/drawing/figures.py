"""Figures for a page: many prompts through a small picture model in one batch, and each figure drawn only once.

    for found in figures.drawn(loaded, asked, stop):    # {Figure: picture}, a batch at a time
        ...

The loop is that of shared/engines/diffusion/engine.py for pictures of different prompts. A figure's noise comes from a
generator of its own, so that it looks the same on whatever page and in whatever company it is drawn.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from shared.core import turns
from shared.engines.diffusion import prompts as words

BATCH = 8  # figures together; more are not faster on two cores, and the first page would come later
MOST_KEPT = 400  # figures of 128x128 pixels in memory, 20 MB


@dataclass(frozen=True)
class Figure:
    """What is asked of the model: "fox", "red ball"."""

    prompt: str
    style: str  # one of the model's, or "" for none
    seed: int


_kept: "OrderedDict[tuple, np.ndarray]" = OrderedDict()
_places: dict[tuple[str, bytes], int] = {}
_lock = threading.Lock()


def drawn(loaded, asked: Iterable[Figure], stop: threading.Event | None = None) -> Iterator[dict[Figure, np.ndarray]]:
    """Yields after each batch: all figures so far as uint8 (h, w, 3) on white. Ends within a pass once `stop` is set.

    loaded: of shared.core.loaders.use. Those that were drawn before, for this page or another, are there at once.
    """
    asked = list(dict.fromkeys(asked))
    figures = {figure: kept for figure in asked if (kept := _find(loaded, figure)) is not None}
    missing = [figure for figure in asked if figure not in figures]
    if not missing:
        yield figures
    for i in range(0, len(missing), BATCH):
        part = missing[i : i + BATCH]
        pictures = _batch(loaded, part, stop)
        if pictures is None:
            return
        for figure, picture in zip(part, pictures, strict=True):
            figures[figure] = picture
            _keep(loaded, figure, picture)
        yield dict(figures)


def recognised(loaded, named: Iterable[tuple[str, np.ndarray]]) -> list[tuple[str, int]]:
    """(name, picture of it) -> (name, the place that CLIP gives it among all names that the model knows; 1 is right).

    What is no name of the model's is left out. A figure that was looked at before is not looked at again.
    """
    from shared.engines import seeing

    among = words.known(loaded.spec.name)["names"]
    asked = {(name, picture.tobytes()): picture for name, picture in named if name in among}
    missing = [key for key in asked if key not in _places]
    if missing:
        found = seeing.places(seeing.seen([asked[key] for key in missing]), [name for name, _ in missing], among)
        _places.update(zip(missing, found, strict=True))
    places = [(name, _places[name, data]) for name, data in asked]
    while len(_places) > MOST_KEPT:
        _places.pop(next(iter(_places)), None)
    return places


def seed_of(*parts) -> int:
    """A seed that belongs to these words and numbers and to no others."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:6], "big")


def _batch(loaded, figures: list[Figure], stop) -> "list[np.ndarray] | None":
    """Guided denoising as in engine.denoise, with a prompt for each picture; None where `stop` was set meanwhile."""
    import torch

    from shared.engines.diffusion import engine, schedulers

    painter, own = loaded.model, loaded.model.defaults
    seeds = [figure.seed for figure in figures]
    with torch.inference_mode():
        with turns.turn(), painter.lock:
            told = [_told(engine, painter, figure, loaded.spec.name) for figure in figures]
        prompts = torch.stack(told, 1).flatten(0, 1)  # all negatives, then all prompts: (n or 2 n, tokens, width)
        scheduler = schedulers.made(painter.pipe.scheduler, own.scheduler, own.steps)
        schedulers.begin(scheduler, 0)
        x = painter.noise(seeds, own.width, own.height).to(painter.device)
        x = x * getattr(scheduler, "init_noise_sigma", 1.0)
        for i, t in enumerate(scheduler.timesteps):
            if stop is not None and stop.is_set():
                return None
            with turns.turn(), painter.lock:
                output = engine.predicted(painter, scheduler, x, t, {"encoder_hidden_states": prompts}, own.guidance)
            draws = schedulers.draws(scheduler, seeds, i)
            x = scheduler.step(output, t, x, **draws, return_dict=False)[0]
    pixels, _ = painter.safe(painter.decode(x))
    return list(pixels.mul(255).round().byte().permute(0, 2, 3, 1).numpy())  # (h, w, 3) each


def _told(engine, painter, figure: Figure, model: str):
    """(2, tokens, width): what the network is told without and with the prompt; (1, ...) where it is not guided."""
    own = painter.defaults
    turn = engine.Turn(0, words.prompted(figure.prompt, figure.style, model), "", own.guidance)
    return engine.condition(painter, turn, own.width, own.height)["encoder_hidden_states"]


def _key(loaded, figure: Figure) -> tuple:
    return loaded.sha256, loaded.precision, figure


def _find(loaded, figure: Figure):
    with _lock:
        key = _key(loaded, figure)
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _keep(loaded, figure: Figure, picture) -> None:
    with _lock:
        _kept[_key(loaded, figure)] = picture
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def clear() -> None:
    """Forget all figures."""
    with _lock:
        _kept.clear()
