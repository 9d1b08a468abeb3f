"""How much a character on a page looks like its first picture: where edges run, and which colours are where.

The features are those that judge the picture model (shared/evaluation/emoji_judge.py); nothing has learned them. What
is compared is what a reader sees: the place of the page where the figure stands, with all that covers it. Where that
place is not known, these features tell nobody from anybody (0.75 against 0.71), so a page that a large model painted as
a whole has no such number.

THRESHOLD is measured by tests/bench/story_likeness.py: between the same character on two pages and two characters.
"""

from functools import lru_cache

import numpy as np
from PIL import Image

from . import cutout

SIDE = 64
THRESHOLD = 0.93  # between a character and itself: 0.98 to 1.00; between two characters: 0.65 to 0.88


def figure_on(page: Image.Image, box: tuple[int, int, int, int], mirrored: bool, figure: np.ndarray) -> float:
    """A figure, uint8 (h, w, 3) on white, and the part of a page that it was put on -> likeness in [-1, 1]."""
    whole = _first(figure.tobytes(), figure.shape)
    seen = page.crop(box).resize(whole.size, Image.Resampling.LANCZOS)
    if mirrored:
        seen = seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    paper = Image.new("RGB", whole.size, "white")
    shape = whole.getchannel("A")
    return _like(Image.composite(seen, paper, shape), Image.composite(whole.convert("RGB"), paper, shape))


@lru_cache(cutout.KEPT)
def _first(figure: bytes, shape: tuple[int, ...]) -> Image.Image:
    """A character's first picture, RGBA, about 256 pixels large: what it is compared with on all pages."""
    return cutout.enlarged(cutout.cut(np.frombuffer(figure, np.uint8).reshape(shape)), 256 / shape[0])


def _like(first: Image.Image, second: Image.Image) -> float:
    """The cosine of the features of two pictures."""
    import torch
    import torch.nn.functional as F

    from shared.evaluation.emoji_judge import features

    small = [
        np.asarray(_square(each).resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32) for each in (first, second)
    ]
    found = features(torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2) / 255)  # (2, 3, 64, 64) -> (2, d)
    return float(F.cosine_similarity(found[0], found[1], dim=0))


def _square(picture: Image.Image) -> Image.Image:
    side = max(picture.size)
    paper = Image.new("RGB", (side, side), "white")
    paper.paste(picture.convert("RGB"), ((side - picture.width) // 2, (side - picture.height) // 2))
    return paper
