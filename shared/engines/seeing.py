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


def fits(pictures: Sequence[np.ndarray], text: str) -> list[float] | None:
    """uint8 (h, w, 3) of one size -> the cosine of each with the text; None where EYE knows no word of it."""
    with loaders.use(EYE) as loaded:
        clip = loaded.model
        words = set(clip.words).intersection(_words(text))
        if not words:
            return None
        return (clip.see(_tensor(pictures)) @ clip.labels([text]).T)[:, 0].tolist()


def places(pictures: Sequence[np.ndarray], names: Sequence[str], among: Sequence[str]) -> list[int]:
    """Which place its name has among all of `among` for each picture; 1: nothing else fits better."""
    with loaders.use(EYE) as loaded:
        directions = _directions(loaded.sha256, tuple(among))
        own = loaded.model.labels(list(names))
        seen = loaded.model.see(_tensor(pictures))
    return [
        1 + sum(name != names[i] and other > fit for name, other in zip(among, row.tolist(), strict=True))
        for i, (row, fit) in enumerate(zip(seen @ directions.T, (seen * own).sum(1).tolist(), strict=True))
    ]


def best_names(pictures: Sequence[np.ndarray], among: Sequence[str]) -> list[str]:
    """The name that fits each picture best."""
    with loaders.use(EYE) as loaded:
        likeness = loaded.model.see(_tensor(pictures)) @ _directions(loaded.sha256, tuple(among)).T
    return [among[i] for i in likeness.argmax(1).tolist()]


@lru_cache(4)
def _directions(sha256: str, names: tuple[str, ...]) -> Any:
    with loaders.use(EYE) as loaded:
        return loaded.model.labels(list(names))


def _words(text: str) -> list[str]:
    from shared.models.seeing import WORD

    return WORD.findall(text.lower())


def _tensor(pictures: Sequence[np.ndarray]) -> Any:
    import torch

    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
