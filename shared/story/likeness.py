"""How much a character on a page looks like its first picture: where edges run, and which colours are where.

The features are those that judge the picture model (shared/evaluation/emoji_judge.py); nothing has learned them. What
is compared is what a reader sees: the place of the page where the figure stands, with all that covers it.

THRESHOLD is measured by tests/bench/story_likeness.py: between the same character on two pages and two characters.
"""

import numpy as np
from PIL import Image

SIDE = 64
THRESHOLD = 0.93  # between a character and itself: 0.98 to 1.00; between two characters: 0.65 to 0.88
WINDOWS = (0.35, 0.5, 0.7)  # of the page's height: where a figure is looked for on a page that is painted as a whole


def figure_on(page: Image.Image, box: tuple[int, int, int, int], mirrored: bool, figure: np.ndarray) -> float:
    """A figure, uint8 (h, w, 3) on white, and the part of a page that it was put on -> likeness in [-1, 1]."""
    from shared.story import cutout

    whole = cutout.enlarged(cutout.cut(figure), 4)
    seen = page.crop(box).resize(whole.size, Image.Resampling.LANCZOS)
    if mirrored:
        seen = seen.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    paper = Image.new("RGB", whole.size, "white")
    shape = whole.getchannel("A")
    return _like([Image.composite(seen, paper, shape)], [Image.composite(whole.convert("RGB"), paper, shape)])


def pages(page: Image.Image, box: tuple[int, int, int, int], reference: Image.Image) -> float:
    """The part of a page with a character, and a page that has it somewhere -> likeness of the best place, [-1, 1]."""
    width, height = reference.size
    boxes = []
    for share in WINDOWS:
        side = share * height
        for x in np.linspace(0, width - side, 7):
            boxes += [(x, y, x + side, y + side) for y in np.linspace(0, height - side, 5)]
    found = [reference.crop(tuple(round(v) for v in one)) for one in boxes]
    return _like([page.crop(box)] * len(found), found)


def _like(some: list[Image.Image], others: list[Image.Image]) -> float:
    """The largest cosine of the features of two pictures."""
    import torch.nn.functional as F

    from shared.evaluation.emoji_judge import features

    return float(F.cosine_similarity(features(_tensor(some)), features(_tensor(others))).max())


def _tensor(pictures: list[Image.Image]):
    import torch

    small = [np.asarray(_square(one).resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32) for one in pictures]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2) / 255  # (n, 3, 64, 64)


def _square(picture: Image.Image) -> Image.Image:
    side = max(picture.size)
    paper = Image.new("RGB", (side, side), "white")
    paper.paste(picture.convert("RGB"), ((side - picture.width) // 2, (side - picture.height) // 2))
    return paper
