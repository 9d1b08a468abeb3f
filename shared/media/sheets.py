"""Many pictures of digits as one: grids and strips. Films of them: films.py.

    sheets.grid(images).save("grid.png")

What comes in: an array or tensor of floats in [0, 1], (n, 28, 28) or (n, 1, 28, 28) (any other size works, too), where
1 is ink. What comes out looks the same everywhere, on a light page and on a dark one: black ink on white paper, grown
by a whole number with hard edges, so that every pixel of the model can be counted.
"""

import base64

import numpy as np
from PIL import Image

from shared import recipe as recipes

PAPER = 255


def greys(images) -> np.ndarray:
    """Floats in [0, 1], 1 = ink -> uint8 (n, h, w), 255 = paper."""
    images = np.asarray(images, dtype=np.float32)
    assert images.ndim == 3 or images.ndim == 4 and images.shape[1] == 1, f"(n, h, w) or (n, 1, h, w): {images.shape}"
    images = images.reshape(-1, *images.shape[-2:])
    assert len(images) and np.isfinite(images).all(), "at least one picture, of finite numbers"
    return np.rint(PAPER * (1 - images.clip(0, 1))).astype(np.uint8)


def grown(pictures: np.ndarray, scale: int) -> np.ndarray:
    """(n, h, w) -> (n, scale h, scale w), with hard edges."""
    assert scale >= 1 and scale == int(scale), f"a whole number from 1: {scale}"
    return pictures.repeat(scale, axis=1).repeat(scale, axis=2)


def grid(images, columns: int | None = None, scale: int = 4, gap: int = 2) -> Image.Image:
    """All pictures in rows of `columns` (None: about square), `gap` pixels of white between them and none outside."""
    pictures = grown(greys(images), scale)
    n, height, width = pictures.shape
    columns = min(n, columns or int(np.ceil(np.sqrt(n))))
    rows = -(-n // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), PAPER, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet)


def strip(images, scale: int = 4, gap: int = 2) -> Image.Image:
    """All pictures in one row."""
    return grid(images, len(greys(images)), scale, gap)


def url(data: bytes, mime: str) -> str:
    """A file as an address that holds it: data:image/gif;base64,..."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def png_url(image: Image.Image, recipe: dict | None = None) -> str:
    return url(recipes.png(image, recipe), "image/png")
