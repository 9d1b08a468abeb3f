"""Start pictures and masks: from a visitor to what a model can take, and to what a recipe can hold.

A picture is cut to the shape of the result and scaled to its size. The recipe holds it whole where it fits (small ones
do); else by its sha256, for as long as this server keeps it (visits.py). A mask is one bit a pixel: white is painted
anew. It is drawn on the picture as `fitted` gives it.
"""

import base64
import hashlib
import io
import zlib

from PIL import Image, ImageChops, ImageFilter, ImageOps

from shared import recipe
from shared.core.errors import UserError
from shared.media import photos

from . import visits

HEAD = "data:image/png;base64,"
KEPT = "sha256:"
MASK_SIDE = 256  # pixels; a finer mask is scaled down, so that a recipe can hold it


def fitted(value, width: int, height: int) -> Image.Image:
    """A data URL, a Path or "sha256:..." -> RGB of this size, cut at the long sides, on white. Errors: UserError."""
    if isinstance(value, str) and value.startswith(KEPT):
        with Image.open(io.BytesIO(visits.find_picture(value.removeprefix(KEPT))), formats=["PNG"]) as kept:
            return _covering(kept.convert("RGB"), width, height)
    if not value:
        raise UserError("There is no picture to start from: upload one, or use one of the results.")
    with photos.opened(photos.bytes_of(_own(value))) as opened:
        picture = photos.upright(opened, most_of(opened.size, width, height))
        return _covering(photos.on_paper(picture).convert("RGB"), width, height)


def most_of(size: tuple[int, int], width: int, height: int) -> int:
    """Pixels a side that are enough of a picture of this size: a long strip keeps enough of its short side."""
    return 2 * max(width, height) * min(4, max(size) // min(size) + 1)


def hole(value, width: int, height: int) -> Image.Image | None:
    """The transparent part of a picture as a mask for `fitted`, None where there is none to fill. Errors: UserError."""
    with photos.opened(photos.bytes_of(_own(value))) as opened:
        found = photos.hole(photos.upright(opened, most_of(opened.size, width, height)))
    return found and read_mask(HEAD + base64.b64encode(_png(_covering(found, width, height))).decode())


def _own(value):
    """What a visitor may name: a text is a data URL, never a file of this machine. Errors: UserError."""
    if isinstance(value, str) and not value.startswith("data:"):
        raise UserError(photos.NO_PICTURE)
    return value


def _covering(picture: Image.Image, width: int, height: int) -> Image.Image:
    if picture.size == (width, height):
        return picture
    return ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)


def packed(picture: Image.Image) -> str:
    """As text for a recipe: a PNG as a data URL, or "sha256:..." of one that is kept here for an hour."""
    png = _png(picture)
    text = HEAD + base64.b64encode(png).decode()
    if len(text) <= recipe.MAX_TEXT:
        return text
    sha256 = hashlib.sha256(png).hexdigest()
    visits.keep_picture(sha256, png)
    return KEPT + sha256


def read_mask(value) -> Image.Image:
    """A data URL or a Path -> "L" of at most 256 pixels a side, 255 where it is painted anew. Errors: UserError."""
    if not value:
        raise UserError("There is no mask: paint over the part that shall be drawn anew.")
    with photos.opened(photos.bytes_of(_own(value))) as opened:
        mask = opened.copy() if opened.size[0] * opened.size[1] <= MASK_SIDE**2 else opened
        try:
            mask.thumbnail((MASK_SIDE, MASK_SIDE))
            if "A" in mask.getbands():  # what a canvas leaves transparent is not painted
                mask = Image.composite(mask.convert("L"), Image.new("L", mask.size), mask.getchannel("A"))
            mask = mask.convert("L").point(lambda v: 255 if v > 127 else 0)
        except (OSError, ValueError, SyntaxError, EOFError, zlib.error):
            raise UserError("This mask is cut off or damaged.") from None
    if not mask.getbbox():
        raise UserError("The mask is empty: paint over the part that shall be drawn anew.")
    return mask


def packed_mask(mask: Image.Image) -> str:
    while len(text := HEAD + base64.b64encode(_png(mask.convert("1"))).decode()) > recipe.MAX_TEXT:
        mask = mask.resize((max(1, mask.width // 2), max(1, mask.height // 2)), Image.Resampling.NEAREST)
    return text


def edge(mask: Image.Image, width: int, height: int) -> Image.Image:
    """How much of the new picture is seen at each pixel of the result: 0 outside of the mask, rising to 255 inside."""
    mask = mask.resize((width, height), Image.Resampling.NEAREST)
    soft = mask.filter(ImageFilter.GaussianBlur(max(width, height) / 128))
    return ImageChops.darker(mask, soft.point(lambda v: max(0, 2 * v - 255)))


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
