"""What the bundled CLIP sees in pictures of small picture models: how well words fit, and what a picture is of.

It has read emoji and nothing else, as those models have drawn nothing else; of photographs it knows nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from shared.core import loaders
from shared.engines.diffusion import prompts

EYE = "clip-emoji"


def knows(model: str) -> bool:
    """Whether what this picture model draws is of the kind that EYE has seen."""
    return bool(prompts.known(model)["names"])


def seen(pictures: Sequence[np.ndarray]) -> Any:
    """uint8 (h, w, 3) of one size -> their directions (n, d), which the functions below compare."""
    import torch

    with loaders.use(EYE) as loaded:
        return loaded.model.see(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255)


def fits(directions: Any, text: str) -> list[float] | None:
    """The cosine of each picture with the text; None where EYE knows no word of it."""
    from shared.models.seeing import WORD

    with loaders.use(EYE) as loaded:
        if not loaded.model.words.intersection(WORD.findall(text.lower())):
            return None
        return (directions @ loaded.model.labels([text]).T)[:, 0].tolist()


def places(directions: Any, names: Sequence[str], among: Sequence[str]) -> list[int]:
    """Which place its name has among all of `among` for each picture; 1: nothing else fits better."""
    with loaders.use(EYE) as loaded:
        likeness = directions @ _labels(loaded.sha256, tuple(among)).T
        own = (directions * loaded.model.labels(list(names))).sum(1)
    return [
        1 + sum(other > fit and name != names[i] for name, other in zip(among, row, strict=True))
        for i, (row, fit) in enumerate(zip(likeness.tolist(), own.tolist(), strict=True))
    ]


def best_names(directions: Any, among: Sequence[str]) -> list[str]:
    """The name that fits each picture best."""
    with loaders.use(EYE) as loaded:
        likeness = directions @ _labels(loaded.sha256, tuple(among)).T
    return [among[i] for i in likeness.argmax(1).tolist()]


@lru_cache(4)
def _labels(sha256: str, names: tuple[str, ...]) -> Any:
    with loaders.use(EYE) as loaded:
        return loaded.model.labels(list(names))
