"""Pictures of digits as files: grids and strips as PNG, walks as GIF and MP4, with the recipe inside.

    media.grid(images).save("grid.png")
    media.gif("walk.gif", frames, scale=8, fps=12, recipe=recipe)
    media.mp4("walk.mp4", frames, scale=8, fps=12, recipe=recipe)

What comes in: an array or tensor of floats in [0, 1], (n, 28, 28) or (n, 1, 28, 28) (any other size works, too), where
1 is ink. What comes out looks the same everywhere, on a light page and on a dark one: black ink on white paper, grown
by a whole number with hard edges, so that every pixel of the model can be counted.
"""

import base64
from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

from shared import recipe as recipes

PAPER = 255


def greys(images) -> np.ndarray:
    """Floats in [0, 1], 1 = ink -> uint8 (n, h, w), 255 = paper."""
    images = np.asarray(images, dtype=np.float32)
    assert images.ndim == 3 or images.ndim == 4 and images.shape[1] == 1, f"(n, h, w) or (n, 1, h, w): {images.shape}"
    images = images.reshape(-1, *images.shape[-2:])
    assert len(images) and np.isfinite(images).all(), "at least one picture, of finite numbers"
    return np.rint(PAPER * (1 - images.clip(0, 1))).astype(np.uint8)


def _grown(pictures: np.ndarray, scale: int) -> np.ndarray:
    assert scale >= 1 and scale == int(scale), f"a whole number from 1: {scale}"
    return pictures.repeat(scale, axis=1).repeat(scale, axis=2)


def grid(images, columns: int | None = None, scale: int = 4, gap: int = 2) -> Image.Image:
    """All pictures in rows of `columns` (None: about square), `gap` pixels of white between them and none outside."""
    pictures = _grown(greys(images), scale)
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


def gif(path, frames, scale: int = 8, fps: float = 12, recipe: dict | None = None) -> None:
    """Writes the frames as a GIF that plays for ever. fps: a GIF counts in hundredths of a second, so 12 is 12.5."""
    pictures = [Image.fromarray(picture) for picture in _grown(greys(frames), scale)]
    pause = max(2, round(100 / fps)) * 10  # milliseconds; browsers slow down anything faster than 20
    # Image.save would drop a frame that is the same as the one before it; then the count would not be the recipe's.
    parts = list(GifImagePlugin.getheader(pictures[0], info={"loop": 0})[0])
    for picture in pictures:
        parts += GifImagePlugin.getdata(picture, duration=pause)
    Path(path).write_bytes(b"".join(parts) + b";")
    recipes.embed(path, recipe)


def mp4(path, frames, scale: int = 8, fps: float = 12, recipe: dict | None = None) -> None:
    """Writes the frames as H.264, or as MPEG-4 part 2 where this machine's build of FFmpeg has no libx264."""
    import av

    pictures = _grown(greys(frames), scale)
    n, height, width = pictures.shape
    pictures = np.pad(pictures, ((0, 0), (0, height % 2), (0, width % 2)), constant_values=PAPER)  # 4:2:0 wants even
    h264 = "libx264" in av.codecs_available
    # Few reference frames and a fixed quality: the same frames give the same file on one machine.
    options = {"crf": "12", "preset": "medium", "threads": "1"} if h264 else {"qscale": "2"}
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        stream = file.add_stream("libx264" if h264 else "mpeg4", rate=round(fps), options=options)
        stream.width, stream.height, stream.pix_fmt = pictures.shape[2], pictures.shape[1], "yuv420p"
        for picture in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        file.mux(stream.encode())
    recipes.embed(path, recipe)
