"""Start pictures and masks: from a visitor to what a model can take, and to what a recipe can hold.

A picture is cut to the shape of the result and scaled to its size. The recipe holds it whole where it fits (small ones
do); else by its sha256, for as long as this server keeps it (visits.py). A mask is one bit a pixel: white is painted
anew. It is drawn on the picture as `fitted` gives it.
"""

import base64
import hashlib
import io
import warnings
import zlib

from PIL import Image, ImageChops, ImageFilter, ImageOps

from shared import recipe
from shared.core.errors import UserError
from shared.media import pictures

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
    with pictures.opened(pictures.bytes_of(_own(value))) as opened:
        return _covering(_flat(opened, 2 * max(width, height)), width, height)


def _own(value):
    """What a visitor may name: a text is a data URL, never a file of this machine. Errors: UserError."""
    if isinstance(value, str) and not value.startswith("data:"):
        raise UserError(pictures.NO_PICTURE)
    return value


def _flat(picture: Image.Image, most: int) -> Image.Image:
    """Upright RGB on white, not much larger than it has to be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.draft("RGB", (most, most))  # a JPEG is decoded at a fraction of its size
            picture.thumbnail((4 * most, 4 * most))  # loads; a long strip keeps enough of its short side
            picture = ImageOps.exif_transpose(picture)
            if picture.mode.startswith(("I", "F")):  # 16 bits; convert would cut them off at 255
                low, high = picture.getextrema()
                scale = 255 / max(high - low, 1e-6)
                picture = picture.convert("F").point(lambda v: v * scale - low * scale).convert("L")
            if "A" in picture.getbands() or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, zlib.error):
        raise UserError("This picture is cut off or damaged.") from None


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
    with pictures.opened(pictures.bytes_of(_own(value))) as opened:
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
