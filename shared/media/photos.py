"""Pictures of strangers: photographed, scanned, downloaded -> upright, in sRGB, not larger than they have to be.

    with photos.opened(photos.bytes_of(value)) as picture:     # its head is read, and refused by that
        picture = photos.upright(picture, 512)                 # L, RGB or RGBA, 8 bits a channel

A picture is bounded before it is read (bytes), before Pillow looks at it (what makes a reader slow) and before it is
decoded (pixels). A JPEG is decoded at a fraction of its size, so that 50 megapixels of a phone need little memory.
"""

import base64
import binascii
import io
import struct
import warnings
import zlib
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from shared.core.errors import UserError
from shared.recipe import exif
from shared.recipe.containers import PNG, png_chunks, without_comments

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 64_000_000  # a phone's photo has up to 50
MOST_SIDE = 20_000
LEAST_SIDE = 8  # scikit-learn's digits have 8x8
MOST_CHUNKS = 20_000  # of a PNG; 10 MB in the usual pieces are 1,300
MOST_FRAMES = 20  # of a film that begins with an empty one
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
DEEP = ("I", "I;16", "I;16B", "I;16L", "F")
BROKEN = (OSError, ValueError, SyntaxError, EOFError, MemoryError, zlib.error, struct.error, RuntimeError)

NO_PICTURE = "This file is not a picture that can be read: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF and HEIC can."
TOO_LARGE = f"This file is too large: pictures may have up to {MOST_BYTES >> 20} MB."
CUT = "This picture is cut off or damaged."


def bytes_of(value) -> bytes:
    """The file behind a path or a data URL; its size is known before it is read."""
    if isinstance(value, str) and value.startswith("data:"):
        head, _, packed = value[:200].partition(",")
        if not head.startswith("data:image/") or not head.endswith(";base64"):
            raise UserError(NO_PICTURE)
        if len(value) > MOST_BYTES * 4 // 3 + 200:
            raise UserError(TOO_LARGE)
        try:
            return base64.b64decode(value[len(head) + 1 :], validate=True)
        except (binascii.Error, ValueError):
            raise UserError(CUT) from None
    if not isinstance(value, str | Path):
        raise UserError(NO_PICTURE)
    try:
        path = Path(value)
        if path.stat().st_size > MOST_BYTES:
            raise UserError(TOO_LARGE)
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError):
        raise UserError("This file cannot be read.") from None


def opened(data: bytes) -> Image.Image:
    """Reads the head of the file only, and refuses by it. Errors: UserError."""
    if not data:
        raise UserError("This file is empty.")
    if data.startswith(b"\xff\xd8\xff"):
        data = _plain_jpeg(data)
    elif data.startswith(PNG) and sum(1 for _ in islice(png_chunks(data), MOST_CHUNKS)) == MOST_CHUNKS:
        raise UserError(CUT)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        data = without_comments(data)  # Pillow joins the parts of a comment one by one
    if exif.swollen(data):
        raise UserError(CUT)
    if data[4:8] == b"ftyp":
        _learn_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a bomb: the bound below is lower
            picture = Image.open(io.BytesIO(data), formats=FORMATS if data[4:8] == b"ftyp" else FORMATS[:-1])
    except Image.DecompressionBombError:
        raise UserError(
            f"This picture is too large: up to {MOST_PIXELS // 10**6} million pixels can be read."
        ) from None
    except (UnidentifiedImageError, *BROKEN):
        raise UserError(NO_PICTURE) from None
    width, height = picture.size
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise UserError(
            f"This picture has {width:,} × {height:,} pixels; up to {MOST_PIXELS // 10**6} million can be read."
        )
    if min(width, height) < LEAST_SIDE:
        raise UserError(f"This picture has {width} × {height} pixel{'s' * (width * height > 1)}: too few.")
    return picture


@cache
def _learn_heif() -> None:
    """HEIC, as iPhones have it."""
    import pi_heif

    pi_heif.register_heif_opener()


KEPT = (b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe")


def _plain_jpeg(data: bytes) -> bytes:
    """Without what no picture needs: comments, previews, a second EXIF block, which readers join part by part."""
    parts, at, seen = [data[:2]], 2, set()
    for _ in range(4000):
        if at + 4 > len(data) or data[at] != 0xFF:
            break
        kind, (size,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if kind in (0xDA, 0xD9):
            return b"".join(parts) + data[at:]
        if kind == 0xFF:  # padding
            at += 1
            continue
        body = data[at + 4 : at + 18]
        word = next((one for one in KEPT if body.startswith(one)), b"")
        wanted = not (0xE0 <= kind <= 0xEF or kind == 0xFE) or (word and (word not in seen or word == KEPT[2]))
        if wanted:
            parts.append(data[at : at + 2 + size])
        seen.add(word)
        at += 2 + max(size, 2)
    raise UserError(CUT)


def upright(picture: Image.Image, most: int) -> Image.Image:
    """L, RGB or RGBA of 8 bits a channel, in sRGB, with `most` or a little more pixels a side. Errors: UserError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.draft("RGB", (most, most))  # a JPEG is decoded at a fraction of its size
            picture = _first_that_shows(picture)
            profile = picture.info.get("icc_profile")
            if picture.mode in DEEP:
                picture = _eight_bits(picture)
            elif picture.mode not in ("L", "RGB", "RGBA", "CMYK"):
                clear = "A" in picture.mode or "transparency" in picture.info
                picture = picture.convert("RGBA" if clear else "L" if picture.mode == "1" else "RGB")
            elif "transparency" in picture.info:
                picture = picture.convert("RGBA")
            picture.thumbnail((most, most))
            picture = ImageOps.exif_transpose(picture)
            picture = _in_srgb(picture, profile)
            return picture.convert("RGB") if picture.mode == "CMYK" else picture
    except BROKEN:
        raise UserError(CUT) from None


def _first_that_shows(picture: Image.Image) -> Image.Image:
    """The first frame that is not of one colour, where a film has one among its first."""
    if not getattr(picture, "is_animated", False) or picture.width * picture.height > 4_000_000:
        return picture
    for i, frame in enumerate(ImageSequence.Iterator(picture)):
        if i == MOST_FRAMES:
            break
        shown = frame.convert("RGBA")
        if any(low != high for low, high in shown.getextrema()):
            return shown
    picture.seek(0)
    return picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16 bits are divided by 257: white stays white and grey stays grey. Floating point is taken for [0, 1]."""
    deep = np.asarray(picture, np.float32)
    high = float(deep.max(initial=0))
    scale = 255 if picture.mode == "F" and high <= 1 else 1 if picture.mode != "I;16" and high <= 255 else 1 / 257
    if high * scale > 255:  # 32 bits
        scale = 255 / high
    made = Image.fromarray(np.clip(np.rint(deep * scale), 0, 255).astype(np.uint8))
    made.info = picture.info
    return made


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK"):
        return picture
    try:
        return ImageCms.profileToProfile(
            picture, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=picture.mode.replace("CMYK", "RGB")
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):  # a profile that is none
        return picture


def on_paper(picture: Image.Image) -> Image.Image:
    """Transparent parts as white; as black, where all the ink is white and would be lost."""
    if "A" not in picture.getbands():
        return picture
    on_white = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    light, dark = on_white.convert("L").getextrema(), picture.getchannel("A").getextrema()
    if light[0] > 230 and dark[0] < 128 <= dark[1]:
        on_white = Image.alpha_composite(Image.new("RGBA", picture.size, "black"), picture).convert("RGB")
    return on_white


def hole(picture: Image.Image) -> Image.Image | None:
    """Where the picture is transparent, as a mask ("L", 255 there), if that is a part of it: meant to be filled."""
    if "A" not in picture.getbands():
        return None
    mask = ImageChops.invert(picture.getchannel("A")).point(lambda v: 255 if v > 127 else 0)
    share = np.asarray(mask).mean() / 255
    return mask if 0.002 < share < 0.7 else None
