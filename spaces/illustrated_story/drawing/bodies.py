"""A body for a head: many emoji are a face only, and a face that lies in the grass is no fox in a picture book.

    whole = dressed(head, "fox", seed, pose)    # RGBA, the head on a small body in its own colours

The body is painted here, not by the model: simple as a paper doll's, its colours taken from the head, its clothes from
the character's seed, so that they are the same on every page; the pose belongs to the page. A portrait that already has
shoulders gets only what is below them.
"""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from ..tables import listed
from .brush import mixed
from .stage import TABLES

FINE = 3  # pixels of the sheet to one of the result

BEASTS, CHILDREN, GROWN, GOWNS, FACES, MANES = (
    frozenset(listed(TABLES["bodies"][key])) for key in ("beasts", "children", "grown", "gowns", "faces", "manes")
)
CLOTHES = ("#e2695f", "#4f9fc0", "#f0b445", "#6fae6a", "#9a7cc9", "#e88aa4", "#4fa39a", "#d98645")
TROUSERS = ("#4a6390", "#6b5b4b", "#4f6f6a", "#5b5473", "#7a6a8a")
SHOES = ("#6b4a3a", "#4a4f63", "#b5524a", "#e6e2da")


@dataclass(frozen=True)
class Pose:
    left: str = "down"  # arms: "down", "wave", "open"
    right: str = "down"
    walks: bool = False


def needs(name: str) -> bool:
    return name in BEASTS or name in CHILDREN or name in GROWN


def shape(name: str, width: float, height: float) -> tuple[float, float]:
    """Of the whole figure, for a head of this size."""
    unit = _unit(width, height)
    return max(width, unit * 1.2), height + unit * _below(name) - 0.06 * unit


def share(name: str, width: float, height: float) -> float:
    """How much of the whole height the head takes."""
    return height / shape(name, width, height)[1]


def pose(draw: random.Random) -> Pose:
    left, right = draw.choice((("down", "down"), ("wave", "down"), ("down", "wave"), ("open", "open"), ("open", "down"),
                               ("wave", "wave")))  # fmt: skip
    return Pose(left, right, draw.random() < 0.4)


def _unit(width: float, height: float) -> float:
    return min(width, 1.12 * height)


def _below(name: str) -> float:
    """Height of the body in units of the head."""
    return 0.66 if name in BEASTS else 0.94 if name in GROWN else 0.78


def dressed(head: Image.Image, name: str, seed: int, pose: Pose) -> Image.Image:
    """RGBA -> RGBA, taller and perhaps wider; the head is in the middle, at the top."""
    unit = _unit(*head.size)
    wide, high = (round(side) for side in shape(name, *head.size))
    sheet = Image.new("RGBA", (wide * FINE, high * FINE))
    doll = _Doll(ImageDraw.Draw(sheet), wide / 2, head.height - 0.06 * unit, unit)
    colour, skin = _colours(head)
    draw = random.Random(seed)
    cut_off = None if name in FACES else _cut_off(head)  # long hair ends as straight as a coat
    if name in BEASTS:
        _beast(doll, name, skin if name in MANES else colour, pose)
    elif cut_off:
        _lower_half(doll, name, cut_off, draw, pose, high)
    else:
        _person(doll, name, skin, draw, pose, high)
    whole = sheet.resize((wide, high), Image.Resampling.LANCZOS)
    whole.alpha_composite(head, ((wide - head.width) // 2, 0))
    return whole


class _Doll:
    """Draws in units of the head, from the chin: x to the right of the middle, y down."""

    def __init__(self, pen, middle: float, chin: float, unit: float):
        self.pen, self.middle, self.chin, self.unit = pen, middle, chin, unit

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (self.middle + x * self.unit) * FINE, (self.chin + y * self.unit) * FINE

    def oval(self, x, y, wide, high, colour) -> None:
        self.pen.ellipse((*self.at(x - wide, y - high), *self.at(x + wide, y + high)), colour)

    def line(self, points, wide, colour) -> None:
        points = _smooth(points)
        self.pen.line([self.at(*point) for point in points], colour, round(wide * self.unit * FINE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, wide / 2, wide / 2, colour)

    def area(self, points, colour) -> None:
        self.pen.polygon([self.at(*point) for point in points], colour)


def _smooth(points, steps: int = 10):
    if len(points) != 3:
        return points
    a, b, c = points
    ts = [i / steps for i in range(steps + 1)]
    return [
        tuple((1 - t) ** 2 * p + 2 * t * (1 - t) * q + t * t * r for p, q, r in zip(a, b, c, strict=True)) for t in ts
    ]


def _hand(side: int, how: str, reach: float) -> list[tuple[float, float]]:
    """From the shoulder to the hand."""
    ends = {
        "down": ((0.36, 0.2), (0.34, 0.36)),
        "wave": ((0.46, 0.14), (0.5, -0.12)),
        "open": ((0.4, 0.16), (0.5, 0.14)),
    }
    elbow, hand = ends[how]
    return [(side * 0.2, 0.08), (side * elbow[0], elbow[1] * reach), (side * hand[0], hand[1] * reach)]


def _beast(doll: _Doll, name: str, colour: str, pose: Pose) -> None:
    dark, belly = mixed(colour, "#2a2030", 0.14), mixed(colour, "#fff8ec", 0.55)
    if name in ("fox", "wolf", "raccoon", "cat face", "dog face", "tiger face", "lion", "horse face", "unicorn"):
        doll.line([(0.16, 0.5), (0.52, 0.56), (0.46, 0.2)], 0.13, dark)
        doll.oval(0.46, 0.2, 0.075, 0.085, belly if name in ("fox", "wolf") else dark)
    step = 0.05 if pose.walks else 0
    for side, lift in ((-1, 0), (1, step)):
        doll.oval(side * 0.17, 0.57 - lift, 0.15, 0.085, dark)
    for side, how in ((-1, pose.left), (1, pose.right)):
        doll.line(_hand(side, how, 1.0), 0.14, dark)
    doll.oval(0, 0.26, 0.29, 0.35, colour)
    doll.oval(0, 0.32, 0.19, 0.25, belly)


def _person(doll: _Doll, name: str, skin: str, draw: random.Random, pose: Pose, high: int) -> None:
    top, trousers, shoes = draw.choice(CLOTHES), draw.choice(TROUSERS), draw.choice(SHOES)
    if name in ("Santa Claus", "Mrs. Claus"):
        top, trousers, shoes = "#d6423d", "#d6423d", "#3d3a44"
    ground = high / doll.unit - doll.chin / doll.unit - 0.07
    gown = name in GOWNS
    hem = ground * (0.66 if gown else 0.52)
    step = 0.07 if pose.walks else 0.0
    for side, lift in ((-1, 0), (1, step)):
        legs = skin if gown else trousers
        doll.line([(side * 0.1, hem - 0.1), (side * (0.11 + lift), ground - lift)], 0.12, legs)
        doll.oval(side * (0.13 + lift), ground - lift, 0.11, 0.065, shoes)
    for side, how in ((-1, pose.left), (1, pose.right)):
        arm = _smooth(_hand(side, how, 1.1))
        doll.line(arm[:8] if len(arm) > 8 else arm, 0.125, mixed(top, "#2a2030", 0.1))
        doll.line(arm[7:], 0.09, skin)
        doll.oval(*arm[-1], 0.065, 0.065, skin)
    flare = 0.36 if gown else 0.24
    doll.area([(-0.15, -0.1), (0.15, -0.1), (0.22, 0.06), (flare, hem), (-flare, hem), (-0.22, 0.06)], top)
    doll.oval(0, hem, flare, 0.045, top)
    doll.oval(-0.13, 0.02, 0.1, 0.12, top)
    doll.oval(0.13, 0.02, 0.1, 0.12, top)
    light = mixed(top, "#ffffff", 0.4)
    if gown:
        doll.line([(-flare * 0.93, hem - 0.06), (flare * 0.93, hem - 0.06)], 0.035, light)
    else:
        for y in (0.14, 0.25):
            doll.oval(0, y, 0.018, 0.018, light)


def _lower_half(doll: _Doll, name: str, cut_off, draw: random.Random, pose: Pose, high: int) -> None:
    """Below a portrait: a coat or a gown that goes on in its colour, legs and shoes."""
    colour, half = cut_off  # half of its width, in pixels
    half = min(0.42, half / doll.unit)
    ground = high / doll.unit - doll.chin / doll.unit - 0.07
    long = name in GOWNS
    hem = ground * (0.94 if long else 0.42)
    coat, trousers, shoes = colour, mixed(colour, "#3a3f58", 0.45), draw.choice(SHOES[:2])
    step = 0.06 if pose.walks else 0.0
    for side, lift in ((-1, 0), (1, step)):
        doll.line([(side * half * 0.42, 0), (side * (half * 0.42 + lift), ground - lift)], half * 0.72, trousers)
        doll.oval(side * (half * 0.5 + lift), ground - lift, half * 0.46, 0.07, shoes)
    flare = half * (1.15 if long else 0.92)
    doll.area([(-half * 0.94, -0.06), (half * 0.94, -0.06), (flare, hem), (-flare, hem)], coat)
    doll.oval(0, hem, flare, 0.04, coat)
    doll.line([(-half * 0.9, hem * 0.16), (half * 0.9, hem * 0.16)], 0.05, mixed(coat, "#2a2030", 0.3))


# ---- what the head tells -------------------------------------------------------------------------------------------


def _colours(head: Image.Image) -> tuple[str, str]:
    """-> the colour that most of it has, and that of the middle of the face."""
    pixels = np.asarray(head.resize((48, 48), Image.Resampling.BOX), np.int32)
    return _most(pixels.reshape(-1, 4)), _most(pixels[16:40, 12:36].reshape(-1, 4))


def _most(pixels: np.ndarray) -> str:
    seen = pixels[pixels[:, 3] > 200][:, :3]
    bright = seen.max(1) - seen.min(1)
    coloured = seen[(bright > 24) & (seen.max(1) > 70)]
    seen = coloured if len(coloured) > 0.25 * len(seen) else seen
    if not len(seen):
        return "#b0a090"
    coarse = seen // 24
    values, back, counts = np.unique(coarse, axis=0, return_inverse=True, return_counts=True)
    mean = seen[back.ravel() == counts.argmax()].mean(0)
    return "#{:02x}{:02x}{:02x}".format(*(int(v) for v in mean))


def _cut_off(head: Image.Image) -> "tuple[str, float] | None":
    """Where a portrait ends in a broad straight edge: its colour there, and half of its width. None for a round chin,
    and for long hair, which has the same colour beside the face."""
    pixels = np.asarray(head, np.int32)
    rows = pixels[round(0.95 * head.height) : round(0.985 * head.height)]
    wide = (rows[..., 3] > 128).all(0)
    if wide.mean() < 0.5:
        return None
    across = np.flatnonzero(wide)
    ends = rows[:, across[: max(1, len(across) // 6)]].reshape(-1, 4)
    beside = pixels[round(0.5 * head.height) : round(0.62 * head.height)]
    beside = beside[:, : round(0.2 * head.width)].reshape(-1, 4)
    if (beside[:, 3] > 200).any() and np.abs(_mean(ends) - _mean(beside)).max() < 45:
        return None
    return _most(rows.reshape(-1, 4)), float(across[-1] - across[0]) / 2


def _mean(pixels: np.ndarray) -> np.ndarray:
    return pixels[pixels[:, 3] > 200][:, :3].mean(0) if (pixels[:, 3] > 200).any() else np.zeros(3)
