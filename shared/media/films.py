"""Walks of digits as GIF and MP4, with the recipe inside.

    films.gif("walk.gif", frames, scale=8, fps=12, recipe=recipe)
    films.mp4("walk.mp4", frames, scale=8, fps=12, recipe=recipe)

Frames are what sheets.py takes, and look as they do there.
"""

from pathlib import Path

import numpy as np
from PIL import GifImagePlugin, Image

from shared import recipe as recipes
from shared.media.sheets import PAPER, greys, grown


def gif(path, frames, scale: int = 8, fps: float = 12, recipe: dict | None = None) -> None:
    """Writes the frames as a GIF that plays for ever. fps: a GIF counts in hundredths of a second, so 12 is 12.5."""
    pictures = [Image.fromarray(picture) for picture in grown(greys(frames), scale)]
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

    pictures = grown(greys(frames), scale)
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
