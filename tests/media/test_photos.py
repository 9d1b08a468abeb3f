"""Pictures of strangers: sizes, depths, formats, transparency, and files that were made to be slow.

Kinds from gradio-app/gradio#6081 and #2849, python-pillow/Pillow#3011, AUTOMATIC1111/stable-diffusion-webui#6762.
The file scene.heic was made with pillow-heif from the drawing below.
"""

import base64
import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw
from text_to_image import uploads, view

from shared.core.errors import UserError
from shared.media import photos, pictures

SKY, GRASS, SUN = (80, 140, 220), (60, 160, 70), (250, 220, 60)


def scene(by: int = 1) -> Image.Image:
    image = Image.new("RGB", (64 * by, 48 * by), SKY)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 30 * by, 64 * by, 48 * by), fill=GRASS)
    draw.ellipse((4 * by, 4 * by, 20 * by, 20 * by), fill=SUN)
    return image


def packed(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def url(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


def fitted(data: bytes, width: int = 64, height: int = 48) -> Image.Image:
    return uploads.fitted(url(data), width, height)


def like_the_scene(image: Image.Image, tolerance: int = 14) -> bool:
    found = [
        image.getpixel((int(x * image.width), int(y * image.height))) for x, y in ((0.8, 0.2), (0.5, 0.9), (0.19, 0.25))
    ]
    return np.abs(np.subtract(found, [SKY, GRASS, SUN])).max() <= tolerance


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_formats(kind):
    assert like_the_scene(fitted(packed(scene(), kind)))


def test_heic():
    assert like_the_scene(fitted(Path(__file__).with_name("scene.heic").read_bytes()))


def test_a_phone_photo_of_48_megapixels():
    data = packed(scene(126), "JPEG", quality=50)
    assert like_the_scene(fitted(data))
    with photos.opened(data) as picture:
        assert picture.size == (8064, 6048)
        assert max(photos.upright(picture, 512).size) == 512


def test_what_is_larger_gets_a_sentence():
    ihdr = struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I4s", 13, b"IHDR") + ihdr + struct.pack(">I", zlib.crc32(b"IHDR" + ihdr))
    with pytest.raises(UserError, match="9,000 × 9,000 pixels; up to 64 million"):
        fitted(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4sI", 0, b"IDAT", zlib.crc32(b"IDAT")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bits_of_grey_are_not_stretched(kind):
    ramp = np.tile(np.linspace(20_000, 40_000, 64).astype(np.uint16), (48, 1))
    grey = np.asarray(fitted(packed(Image.fromarray(ramp), kind)))
    assert (grey.min(), grey.max()) == (78, 156)
    flat = fitted(packed(Image.fromarray(np.full((48, 64), 32_896, np.uint16)), kind))
    assert flat.getextrema() == ((128, 128),) * 3


def test_a_colour_profile_is_followed():
    """sRGB with red and blue in each other's place: a picture that is red in it is blue."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for one, other in ((b"rXYZ", b"bXYZ"),):
        profile = profile.replace(one, b"zzzz").replace(other, one).replace(b"zzzz", other)
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    for kind in ("PNG", "JPEG"):
        found = fitted(packed(red, kind, icc_profile=profile), 16, 16).getpixel((8, 8))
        assert found[2] > 240 and found[0] < 20, found
    assert fitted(packed(red, "PNG", icc_profile=b"none"), 16, 16).getpixel((8, 8)) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_first_frame_that_is_blank(kind):
    white = Image.new("RGB", (64, 48), "white")
    data = packed(white, kind, save_all=True, append_images=[white, scene(), scene().rotate(90)])
    assert like_the_scene(fitted(data))


def with_hole() -> bytes:
    image = scene(4).convert("RGBA")
    image.paste((0, 0, 0, 0), (100, 60, 180, 130))
    return packed(image, "PNG")


def test_a_hole_is_offered_as_the_mask():
    answer = view.image_open({"image": url(with_hole()), "width": 64, "height": 48})
    mask = uploads.read_mask(answer["mask"])
    assert mask.size == (256, 192) and mask.getbbox() == (100, 60, 180, 130)
    assert "mask" not in view.image_open({"image": url(packed(scene(), "PNG")), "width": 64, "height": 48})


def seven(ink: str, kind: str = "RGBA") -> Image.Image:
    image = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(30, 25), (90, 25), (50, 100)], fill=ink, width=12)
    return image


def test_ink_on_nothing_is_not_lost():
    for ink, paper in (("white", 0), ("black", 255)):
        grey = np.asarray(fitted(packed(seven(ink), "PNG"), 64, 64).convert("L"))
        assert grey[0, 0] == paper and {int(grey.min()), int(grey.max())} == {0, 255}
    assert not np.abs(
        pictures.digit_from(url(packed(seven("white"), "PNG")))
        - pictures.digit_from(url(packed(seven("black"), "PNG")))
    ).any()


def drawing(*strokes: list) -> str:
    image = Image.new("L", (280, 280))
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, fill=255, width=22, joint="curve")
    return url(packed(image, "PNG"))


SEVEN = [(60, 50), (130, 50), (90, 220)]
FIVE = [[(170, 60), (100, 60), (95, 140), (160, 150), (150, 220), (90, 225)], [(100, 60), (190, 55)]]
FOUR = [[(90, 50), (70, 150), (200, 150)], [(170, 60), (170, 240)]]


def test_two_digits_are_said():
    beside = [(x + 120, y) for x, y in SEVEN]
    assert "more than one digit" in pictures.read_digit(drawing(SEVEN, beside))[1]
    for one in ([SEVEN], FIVE, FOUR):
        assert pictures.read_digit(drawing(*one))[1] == ""


# Files that were made to be slow, or to fill the memory


def gif_of(part: bytes, n: int) -> bytes:
    return b"GIF89a" + b"\x10\0\x10\0\0\0\0" + b"\x21\xfe" + (bytes([len(part)]) + part) * n + b"\0;"


def exif_of(entries: int, size: int) -> bytes:
    rows = b"".join(struct.pack("<HHII", 1000 + i, 7, size, 0) for i in range(entries))
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, entries) + rows + bytes(4)


def segments(n: int) -> bytes:
    data = packed(scene(), "JPEG")
    return data[:2] + b"\xff\xe1\x00\x09Exif\0\0x" * n + data[2:]


def tiff(entries: int, size: int) -> bytes:
    return exif_of(entries, size)[6:] + bytes(size)


SLOW = {
    "GIF, a comment of one-byte parts": gif_of(b"a", 400_000),
    "GIF, more of them": gif_of(b"a", 4_000_000),
    "GIF, a comment of 9 MB": gif_of(b"a" * 255, 36_000),
    "GIF, frames of one-byte parts": gif_of(b"a", 0)[:-1] + b"\x2c\0\0\0\0\x10\0\x10\0\0\x02" + b"\1a" * 4_000_000,
    "JPEG, 900,000 blocks": segments(900_000),
    "JPEG, 3,000 blocks": segments(3_000),
    "TIFF that repeats itself": tiff(60_000, 8_000_000),
    "PNG, EXIF that repeats itself": packed(scene(), "PNG", exif=exif_of(5_000, 60_000) + bytes(60_000)),
    "PNG, 700,000 chunks": packed(scene(), "PNG")[:33]
    + struct.pack(">I4sI", 0, b"aaAa", zlib.crc32(b"aaAa")) * 700_000
    + packed(scene(), "PNG")[33:],
    "PNG, 700,000 empty pieces": packed(scene(), "PNG")[:33]
    + struct.pack(">I4sI", 0, b"IDAT", zlib.crc32(b"IDAT")) * 700_000
    + packed(scene(), "PNG")[33:],
}


@pytest.mark.parametrize("name", SLOW)
def test_files_made_to_be_slow(name):
    start = time.process_time()
    try:
        fitted(SLOW[name])
    except UserError as error:
        assert str(error).endswith(".")
    assert time.process_time() - start < 2.5
