"""Pictures of digits from outside: drawn on the canvas, photographed, scanned -> 28x28 as MNIST has them.

    pixels = digit_from(value_or_path)          # float32 (28, 28) in [0, 1], 1 is ink
    pixels, notice = read_digit(value_or_path)  # and a sentence to show where something was guessed
    pack(pixels), unpack(text)                  # as a short text, for a recipe

How a picture of a stranger is opened is in photos.py. What MNIST did to its scans
(LeCun et al., 1998, http://yann.lecun.com/exdb/mnist) is done here too: the ink is scaled into 20x20 with its aspect
kept, and its centre of mass is put in the middle of 28x28.
"""

import base64
import binascii
import io
import zlib

import numpy as np
from PIL import Image, ImageFilter

from shared.core.errors import UserError
from shared.media import photos

SIZE, INNER = 28, 20  # pixels a side: of the picture, and of the box that holds the ink
WORK_SIDE = 400  # a picture is made this small before it is looked at
PACKED = "digit:"  # how a packed picture begins

EMPTY = "The canvas is empty: draw a digit, upload one, or take a sample."
COLOUR = "This is a colour picture: it was turned to grey, and whatever stands out on it is taken for a digit."
SEVERAL = "There is more than one digit here: the model takes them for one. Leave one of them, and it sees that."
BUSY = "This does not look like a digit on plain paper; the model does what it can with it."


def digit_from(value) -> np.ndarray:
    """A data URL, a path or a packed digit -> float32 (28, 28) in [0, 1], 1 is ink. Errors: UserError."""
    return read_digit(value)[0]


def read_digit(value) -> tuple[np.ndarray, str]:
    """`digit_from`, and a sentence for the visitor ("" where there is nothing to say)."""
    if value is None or isinstance(value, str) and not value.strip():
        raise UserError(EMPTY)
    if isinstance(value, str) and value.startswith(PACKED):
        return unpack(value), ""
    with photos.opened(photos.bytes_of(value)) as picture:
        return _digit_of(picture)


# From a PIL picture to grey


def _digit_of(picture: Image.Image) -> tuple[np.ndarray, str]:
    picture = photos.on_paper(photos.upright(picture, WORK_SIDE))
    grey, colour = _flattened(picture)
    ink, busy = _ink(grey)
    return _centred(ink), COLOUR if colour else BUSY if busy else SEVERAL if _apart(ink) else ""


def _flattened(picture: Image.Image) -> tuple[np.ndarray, bool]:
    """-> grey (h, w) in [0, 1], whether it has colours."""
    if picture.mode == "L":
        return np.asarray(picture, np.float32) / 255, False
    rgb = np.asarray(picture, np.float32) / 255
    spread = rgb.max(2) - rgb.min(2)  # 0 where grey; JPEG and warm light tint white paper by up to 0.1 or so
    return np.asarray(picture.convert("L"), np.float32) / 255, bool((spread > 0.25).mean() > 0.1)


def _apart(ink: np.ndarray) -> bool:
    """Whether there is more than one digit: two shapes beside each other, each of some size, with a gap between.

    A 5 or a 4 of two strokes has its parts above or inside of each other.
    """
    from scipy import ndimage

    found, n = ndimage.label(ink > 0.4, np.ones((3, 3)))
    if n < 2:
        return False
    boxes = [box for box in ndimage.find_objects(found)]
    tall = [box for box in boxes if (box[0].stop - box[0].start) > 0.5 * max(b[0].stop - b[0].start for b in boxes)]
    tall.sort(key=lambda box: box[1].start)
    gaps = [right[1].start - left[1].stop for left, right in zip(tall, tall[1:], strict=False)]
    return any(gap > 0.02 * ink.shape[1] for gap in gaps)


# From grey to ink


def _ink(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """grey (h, w) -> ink (h, w) in [0, 1], whether the picture is unlike a digit on paper. Errors: UserError."""
    low, high = float(grey.min()), float(grey.max())
    if high - low < 0.12:
        kind = "black" if high < 0.2 else "white" if low > 0.8 else "of one grey"
        raise UserError(f"This picture is all {kind}: there is no digit on it.")
    border = _border(grey)
    if np.median(border) > (low + high) / 2:  # the paper is what the edge shows; MNIST's is black
        grey, border = 1 - grey, 1 - border
    uneven = float(np.percentile(border, 95) - np.percentile(border, 5))
    if uneven > 0.1 and min(grey.shape) >= 64:  # light that falls off over a sheet of paper
        grey = grey - _background(grey)
    grey = _unruled(grey)
    border = _border(grey)
    paper = float(np.median(border))
    ink = np.clip(grey - paper, 0, None)
    strongest = float(np.percentile(ink, 99.5)) if ink.size > 4096 else float(ink.max())
    ink = np.clip(ink / max(strongest, float(ink.max()) / 2, 1e-3), 0, 1)
    noise = min(0.4, 1.5 * float(np.percentile(np.clip(_border(ink), 0, 1), 95)))
    ink = np.clip((ink - noise) / (1 - noise), 0, 1)
    if ink.max() < 0.5:
        raise UserError("Nothing on this picture stands out from its background: there is no digit on it.")
    busy = noise >= 0.3 or float((ink > 0.5).mean()) > 0.5
    return ink.astype(np.float32), busy


def _border(grey: np.ndarray) -> np.ndarray:
    wide = max(1, min(grey.shape) // 20)
    return np.concatenate([grey[:wide].ravel(), grey[-wide:].ravel(), grey[:, :wide].ravel(), grey[:, -wide:].ravel()])


def _background(grey: np.ndarray) -> np.ndarray:
    """The paper (dark here) without the ink on it: a wide minimum, smoothed."""
    small = Image.fromarray((grey * 255).astype(np.uint8)).resize((64, 64), Image.Resampling.BOX)
    paper = small.filter(ImageFilter.MinFilter(15)).filter(ImageFilter.GaussianBlur(6))
    return np.asarray(paper.resize(grey.shape[::-1], Image.Resampling.BILINEAR), np.float32) / 255


def _unruled(grey: np.ndarray) -> np.ndarray:
    """Ruled or squared paper (dark here) without its lines: three or more that run across it, fainter than the ink.

    A line is what an opening along it leaves, a minimum and then a maximum of a row or column: under a stroke, too. It
    may lean by three degrees, for it was made thicker before.
    """
    from scipy import ndimage

    paper, ink = float(np.median(grey)), float(np.percentile(grey, 99.5))
    found, seen = grey.copy(), 0.1 * (ink - paper)
    if min(grey.shape) < 100 or _border(grey).max() < paper + seen:
        return grey
    if float((grey < paper + seen / 2).mean()) < 0.6:  # there is no paper to speak of: noise
        return grey
    for axis in (0, 1):
        along = grey.shape[axis]
        thick = ndimage.maximum_filter1d(grey, 5, 1 - axis)
        opened = ndimage.maximum_filter1d(ndimage.minimum_filter1d(thick, along // 8, axis), along // 8, axis)
        labels, _ = ndimage.label(opened > paper + seen, np.ones((3, 3)))
        boxes = ndimage.find_objects(labels)
        if sum(box[axis].stop - box[axis].start > 0.8 * along for box in boxes) < 3:
            continue
        # Those that lean leave the picture before its end, and no stroke of a digit does.
        edge = [box[axis].start == 0 or box[axis].stop == along for box in boxes]
        lines = np.isin(labels, np.flatnonzero(edge) + 1)
        faint = grey < paper + 1.6 * float(np.median(thick[lines] - paper))
        found[ndimage.binary_dilation(lines, iterations=2) & faint] = paper
    return found


# From ink to 28x28


def _centred(ink: np.ndarray) -> np.ndarray:
    rows, columns = (np.flatnonzero((ink > 0.15).any(axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longest = max(ink.shape)
    if not INNER - 2 <= longest <= INNER:  # a picture of MNIST itself stays as it is
        ink = _scaled(_thickened(ink), INNER / longest)
    height, width = ink.shape
    weights = ink / ink.sum()
    down, right = (weights.sum(1) * np.arange(height)).sum(), (weights.sum(0) * np.arange(width)).sum()
    top = int(np.clip(round((SIZE - 1) / 2 - down), 0, SIZE - height))
    left = int(np.clip(round((SIZE - 1) / 2 - right), 0, SIZE - width))
    centred = np.zeros((SIZE, SIZE), np.float32)
    centred[top : top + height, left : left + width] = ink
    return np.round(centred * 255) / np.float32(255)  # what fits a byte, so that a packed digit is the same digit


def _thickened(ink: np.ndarray) -> np.ndarray:
    """Makes the line of a fine pen about as thick as MNIST's, a tenth of the digit; scaled down, it would fade."""
    dark = ink > 0.5
    inside = dark[1:-1, 1:-1] & dark[:-2, 1:-1] & dark[2:, 1:-1] & dark[1:-1, :-2] & dark[1:-1, 2:]
    edge = max(int(dark.sum()) - int(inside.sum()), 1)
    line, longest = 2 * dark.sum() / edge, max(ink.shape)  # its area over half of its outline
    if longest < 2 * INNER or line > 0.06 * longest:
        return ink
    grow = int(round((0.1 * longest - line) / 2))
    if grow < 1:
        return ink
    ink = np.pad(ink, grow)
    thick = Image.fromarray((ink * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * grow + 1))
    return np.asarray(thick.filter(ImageFilter.GaussianBlur(grow / 2)), np.float32) / 255


def _scaled(ink: np.ndarray, by: float) -> np.ndarray:
    """Antialiased: each new pixel is the mean of those it covers, or lies smoothly between them."""
    by = min(by, INNER / max(ink.shape))
    width, height = (max(1, round(by * side)) for side in (ink.shape[1], ink.shape[0]))
    how = Image.Resampling.BOX if by < 1 else Image.Resampling.BICUBIC
    small = np.clip(np.asarray(Image.fromarray(ink).resize((width, height), how)), 0, 1)
    return small / max(float(small.max()), 1e-6)


# As text


def pack(pixels: np.ndarray) -> str:
    """(28, 28) in [0, 1] -> "digit:..." of a few hundred characters, for a recipe or a link."""
    data = zlib.compress(np.round(np.asarray(pixels) * 255).astype(np.uint8).tobytes(), 9)
    return PACKED + base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpack(text: str) -> np.ndarray:
    """The picture in what `pack` wrote. Errors: UserError."""
    packed = text.removeprefix(PACKED)
    try:
        data = base64.b64decode(packed[:2000] + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        pixels = zlib.decompressobj().decompress(data, SIZE * SIZE + 1)
    except (binascii.Error, ValueError, zlib.error):
        pixels = b""
    if len(packed) > 2000 or len(pixels) != SIZE * SIZE:
        raise UserError("The digit in this recipe is damaged.")
    return np.frombuffer(pixels, np.uint8).reshape(SIZE, SIZE).astype(np.float32) / 255


def data_url(pixels: np.ndarray, scale: int = 1) -> str:
    """(h, w) in [0, 1], 1 is ink -> a PNG in a data URL, white ink on black, each pixel `scale` wide."""
    grey = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    if scale > 1:
        grey = grey.resize((grey.width * scale, grey.height * scale), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    grey.save(packed, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()
