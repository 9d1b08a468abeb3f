"""All figures of a page into the other style at once: they are found on the paper, translated together, and put back.

A page without paper around its figures is translated as a whole, in squares that the networks have never seen.
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from shared.core import loaders
from shared.core.errors import UserError
from shared.media import photos

from .request import BACK, EMPTY, inked
from .samples import SIDE

MOST = 768  # pixels a side of what is translated
MOST_FIGURES = 60
LEAST = 1 / 16  # of the page's longer side: what is smaller is a letter, and stays
WHOLE = 0.8  # of both sides: one figure as large as this is the page itself
PAPER = 0.05  # of what is around a single figure; with less it is no figure, but a picture that fills its page
WHOLE_SIDE = 256  # pixels: that page is made this small

Box = tuple[int, int, int, int]


def translated(path: str | Path, name: str, direction: str) -> tuple[Image.Image, Image.Image, int]:
    """A file, a model, which way -> (the page, the same in the other style, how many figures; 0: as a whole).

    Errors: UserError.
    """
    page = photos.upright(photos.opened(photos.bytes_of(path)), MOST)
    if "A" in page.getbands():
        page = Image.alpha_composite(Image.new("RGBA", page.size, "white"), page.convert("RGBA"))
    page = page.convert("RGB")
    if inked(page) is None:
        raise UserError(EMPTY)
    boxes = figures(page)
    with loaders.use(name) as loaded:
        back = direction == BACK
        made = one_by_one(page, boxes, loaded.model, back) if boxes else as_a_whole(page, loaded.model, back)
    return page, made, len(boxes)


def figures(page: Image.Image) -> list[Box]:
    """Where they stand (left, top, right, bottom), from above to below; none where the page is all picture."""
    from scipy import ndimage

    most = max(page.size)
    ink = page.convert("L").point(lambda grey: 255 if grey < 248 else 0)
    bare = 1 - np.asarray(ink).mean() / 255  # share of the page that is paper
    near = ink.filter(ImageFilter.MaxFilter(2 * max(1, most // 150) + 1))  # parts that nearly touch are one figure
    parts, _ = ndimage.label(np.asarray(near) > 0, np.ones((3, 3)))
    found = []
    for rows, columns in ndimage.find_objects(parts):
        width, height = columns.stop - columns.start, rows.stop - rows.start
        if width > WHOLE * page.width and height > WHOLE * page.height and most > 2 * SIDE and bare < PAPER:
            return []
        if max(width, height) >= LEAST * most and min(width, height) >= LEAST * most / 2:
            found.append((columns.start, rows.start, columns.stop, rows.stop))
    return sorted(found, key=lambda box: (box[1], box[0]))[:MOST_FIGURES]


def one_by_one(page: Image.Image, boxes: list[Box], model, back: bool) -> Image.Image:
    import torch

    squares, pixels = [], []
    for left, top, right, bottom in boxes:
        side = round(max(right - left, bottom - top) * 66 / 64)
        square = Image.new("RGB", (side, side), "white")
        corner = (side - (right - left)) // 2, (side - (bottom - top)) // 2
        square.paste(page.crop((left, top, right, bottom)), corner)
        squares.append((side, corner))
        small = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        pixels.append(torch.from_numpy(np.asarray(small, np.float32) / 255))
    made = model.convert(torch.stack(pixels).permute(0, 3, 1, 2), back)
    result = page.copy()
    for (left, top, right, bottom), (side, (x, y)), one in zip(boxes, squares, made, strict=True):
        large = picture(one).resize((side, side), Image.Resampling.BICUBIC)
        result.paste(large.crop((x, y, x + right - left, y + bottom - top)), (left, top))
    return result


def as_a_whole(page: Image.Image, model, back: bool) -> Image.Image:
    import torch

    share = min(1, WHOLE_SIDE / max(page.size))
    width, height = (max(SIDE, 4 * round(share * side / 4)) for side in page.size)
    small = np.asarray(page.resize((width, height), Image.Resampling.LANCZOS), np.float32) / 255
    made = model.convert(torch.from_numpy(small).permute(2, 0, 1)[None], back)
    return picture(made[0]).resize(page.size, Image.Resampling.BICUBIC)


def picture(pixels) -> Image.Image:
    """(3, h, w) in [0, 1]"""
    return Image.fromarray((255 * pixels).round().byte().permute(1, 2, 0).numpy())
