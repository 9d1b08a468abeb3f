"""Hair of another colour: the model draws every boy alike, and two of a book must not be twins.

    colour = colour_of(who, "boy", "noto")          # "#6b4226", by the words of a look or else by the seed; "" as drawn
    picture = tinted(picture, colour)               # uint8 (h, w, 3) on white, as the model drew it

Hair is what lies between the colour of the face and the most frequent other one of the upper half. Where that is dark,
so are eyes and mouth, and only pieces that reach the rim of the head are hair. Only in styles in which hair and face
differ in colour.
"""

import re

import numpy as np
import scipy.ndimage

from ..book import Character
from ..tables import lists
from . import cutout
from .stage import TABLES

COLOURS: dict[str, str] = TABLES["hair colours"]
PAINTED = lists(TABLES["hair painted"])  # style -> names
BY_SEED = ("", "black", "brown", "blond", "red")
BEFORE = re.compile(r"((?:[a-z]+[\s-]+){1,3})hair")  # "short black" of "short black hair"
DARK = 90  # luma, of 255
LEAST = 0.02  # of the head, which hair takes; with less there is none, or it was not found


def colour_of(who: Character, name: str, style: str) -> str:
    if name not in PAINTED.get(style, ()):
        return ""
    found = BEFORE.search(who.look.lower())
    for word in reversed(re.findall("[a-z]+", found[1]) if found else []):
        if word in COLOURS:
            return COLOURS[word]
    return COLOURS.get(BY_SEED[who.seed % len(BY_SEED)], "")


def tinted(picture: np.ndarray, colour: str) -> np.ndarray:
    """The same picture with hair of that colour, "#rrggbb", light and shade kept; itself where no hair is found."""
    if not colour:
        return picture
    rgb = picture.astype(np.float32)
    found = _hair(rgb, cutout.cut(picture)[..., 3])
    if found is None:
        return picture
    own, share = found
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    shade = (_luma(rgb) / max(8, _luma(own))).clip(0.55, 1.6)[..., None]
    new = (wanted * shade).clip(0, 255)
    return np.rint(rgb + (new - rgb) * share[..., None]).astype(np.uint8)


def _hair(rgb: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """-> its colour, and (h, w) in [0, 1]: how much of a pixel it is."""
    rows, columns = (np.flatnonzero((alpha > 0.5).any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    top, left = rows[0], columns[0]
    high, wide = rows[-1] + 1 - top, columns[-1] + 1 - left

    def part(y: float, to: float, x: float = 0.0, until: float = 1.0) -> np.ndarray:
        area = np.zeros(alpha.shape, bool)
        area[top + int(y * high) : top + int(to * high), left + int(x * wide) : left + int(until * wide)] = True
        return area & (alpha > 0.8)

    middle = part(0.45, 0.75, 0.38, 0.62)
    if not middle.any():
        return None
    face = np.median(rgb[middle], axis=0)
    other = part(0.05, 0.55) & (np.abs(rgb - face).max(-1) > 40)
    if not other.any():
        return None
    own = _most(rgb[other])
    way = own - face
    apart = np.linalg.norm(way)
    along = (rgb - face) @ way / apart**2
    beside = np.linalg.norm(rgb - face - along[..., None] * way, axis=-1)
    share = ((along - 0.25) / 0.5).clip(0, 1) * (1.6 - beside / (0.35 * apart + 12)).clip(0, 1) * (alpha > 0)
    labels, _ = scipy.ndimage.label(share > 0.5)
    sizes = np.bincount(labels.ravel())
    hair = np.zeros(alpha.shape, bool)
    for number, (ys, xs) in enumerate(scipy.ndimage.find_objects(labels), 1):
        reaches = ys.start < top + 0.3 * high or xs.start < left + 0.12 * wide or xs.stop > left + 0.88 * wide
        if _luma(own) > DARK or (reaches and sizes[number] > 0.12 * sizes[1:].max()):
            hair |= labels == number
    if hair.sum() < LEAST * (alpha > 0.5).sum():
        return None
    return own, share * scipy.ndimage.binary_dilation(hair, iterations=2)


def _most(colours: np.ndarray) -> np.ndarray:
    """(n, 3) -> the mean of the most frequent of them, in steps of 24."""
    _, back, counts = np.unique((colours // 24).astype(int), axis=0, return_inverse=True, return_counts=True)
    return colours[back.ravel() == counts.argmax()].mean(0)


def _luma(rgb: np.ndarray) -> np.ndarray:
    """Rec. 601."""
    return rgb @ np.array([0.299, 0.587, 0.114], np.float32)
