"""What can be asked of the tab: a picture, the two styles, and which way."""

import base64
import binascii
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from PIL import Image
from pydantic import SkipValidation

from shared.core.errors import UserError
from shared.core.kinds import EMBED, Choice, Model, Text
from shared.core.request import Request
from shared.media import photos

from . import samples

TASK = "style-transfer"
THERE, BACK = "there", "back"
BLANK = "blank"  # what the page sends for a canvas with nothing on it
PACKED = "picture:"  # how a packed picture begins: a WebP in base64
MOST_PACKED = 12_000  # characters
LOOKED_AT = 512  # pixels a side, at most, before it becomes 64
EMPTY = "There is nothing on the canvas: draw something, upload a picture, or take one of the samples."
DAMAGED = "The picture in this recipe is damaged."


class Picture(str):
    """A sample's name ("noto/fox"), "" for the first that fits, or a packed picture."""

    def image(self, style: str) -> Image.Image:
        """RGB, 64x64 pixels, on white. style: what "" is a sample of."""
        if self.startswith(PACKED):
            return unpack(self)
        of, _, name = (str(self) or f"{style}/{samples.NAMES[style][0]}").partition("/")
        return samples.picture(of, name)


@dataclass(frozen=True)
class PictureText(Text):
    """A picture as a data URL, as a file that gradio_client has sent, or packed; or the name of a sample."""

    most: int = 0  # whatever a picture may have

    @property
    def wanted(self) -> str:
        return "a picture, nothing, or a sample such as “noto/fox”"

    def schema(self) -> dict[str, Any]:
        return {}

    def check(self, value: Any, name: str) -> Picture:
        if isinstance(value, Picture):
            return value
        if isinstance(value, dict):
            from shared.page.files import uploaded  # brings Gradio with it

            value = uploaded(value)
        given = value.strip() if isinstance(value, str) else value
        if given == BLANK:
            raise UserError(EMPTY)
        if given is None or given == "" or isinstance(given, str) and given in samples.urls():
            return Picture(given or "")
        if isinstance(given, str) and given.startswith(PACKED):
            unpack(given)
            return Picture(given)
        if not isinstance(given, Path) and not (isinstance(given, str) and given.startswith("data:")):
            raise self.refused(value, name)
        known = [sample for sample, url in samples.urls().items() if url == given]
        return Picture(known[0] if known else pack(small(photos.opened(photos.bytes_of(given)))))


class Transfer(Request):
    model: Annotated[str, Model(task=TASK, noun="translator of styles")] = "cyclegan-flat-3d"
    direction: Annotated[str, Choice((THERE, BACK), called="The direction", says="there or back")] = THERE
    # SkipValidation: pydantic would make a plain text of the Picture.
    picture: Annotated[str, SkipValidation, PictureText(called="The picture", example="noto/fox")] = ""
    embed: Annotated[bool, EMBED] = True


def small(picture: Image.Image) -> Image.Image:
    """Any picture as a translator takes it: on white, square, 64x64 pixels. Of white paper around a thing little stays.
    Errors: UserError."""
    paper = photos.upright(picture, LOOKED_AT)
    if "A" in paper.getbands():
        paper = Image.alpha_composite(Image.new("RGBA", paper.size, "white"), paper.convert("RGBA"))
    paper = paper.convert("RGB")
    box = inked(paper)
    if box is None:
        raise UserError(EMPTY)
    if paper.size == (samples.SIDE, samples.SIDE):
        return paper
    thing = paper.crop(box)
    side = round(max(thing.size) * 66 / 64)
    square = Image.new("RGB", (side, side), "white")
    square.paste(thing, ((side - thing.width) // 2, (side - thing.height) // 2))
    return square.resize((samples.SIDE, samples.SIDE), Image.Resampling.LANCZOS)


def inked(paper: Image.Image) -> tuple[int, int, int, int] | None:
    """Where there is something else than white; None for a blank sheet."""
    return paper.convert("L").point(lambda grey: 255 if grey < 248 else 0).getbbox()


def pack(picture: Image.Image) -> str:
    """64x64 pixels -> "picture:..." of one or two thousand characters; what counts is what `unpack` makes of it."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=90, method=6)
    return PACKED + base64.urlsafe_b64encode(file.getvalue()).decode().rstrip("=")


def unpack(text: str) -> Image.Image:
    """Errors: UserError."""
    packed = text.removeprefix(PACKED)
    try:
        if len(packed) > MOST_PACKED:
            raise ValueError
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as opened:
            if opened.size != (samples.SIDE, samples.SIDE):
                raise ValueError
            return opened.convert("RGB")
    except (binascii.Error, ValueError, OSError, SyntaxError):
        raise UserError(DAMAGED) from None
