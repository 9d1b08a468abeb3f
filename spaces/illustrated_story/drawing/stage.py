"""Where up to four figures stand on a page: sizes as in the world, feet on the ground, what flies in the sky.

    for spot in spots(things, ground, seed):    # from back to front
        ...                                     # the figure is pasted with its feet at (spot.x, spot.foot)

All numbers are pixels of a page of WIDTH x HEIGHT. Composition is drawn from the seed; the same things on another page
stand elsewhere.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from .. import tables
from ..scenes.lexicon import LITTLE
from ..tables import listed, lists

WIDTH, HEIGHT = 768, 576
EDGE = 26  # free of figures at the sides


@dataclass(frozen=True)
class Ground:
    """What a backdrop offers to stand on."""

    far: int = 440  # y of feet that are furthest away
    near: int = 535  # y of feet that are nearest
    sky: tuple[int, int, int, int] = (40, 26, 728, 190)  # left, top, right, bottom: where sun and clouds go
    water: tuple[int, int] | None = None  # y of the far and near shore, for what swims and sails
    afloat: bool = False  # nothing but water: all are in it
    air: bool = False  # no ground at all: under water, among clouds; figures float
    inside: bool = False  # the sky is seen through a window, and is smaller


@dataclass(frozen=True)
class Actor:
    """A figure as it wants to be placed."""

    name: str  # of the vocabulary
    width: float  # of its cut-out, any unit: what counts is the shape
    height: float
    leads: bool = False  # a character, and so in front
    scale: float = 1.0  # beside others of its kind: a small dragon, a big tree


@dataclass(frozen=True)
class Spot:
    actor: int  # its number in the list that was given
    x: float  # middle
    foot: float  # y of the lowest point
    width: float
    height: float
    mirrored: bool
    on: str  # "ground", "water" or "air"


def spots(actors: list[Actor], ground: Ground, seed: int, cover: bool = False) -> list[Spot]:
    """From back to front. cover: larger, low on the page, so that a title has room above."""
    draw = random.Random(seed)
    rows = list(enumerate(actors))
    if ground.air:
        return _floating(rows, ground, draw)
    up = [row for row in rows if row[1].name in HEAVEN]
    flying = [row for row in rows if row[1].name in FLIES]
    below = [row for row in rows if row not in up + flying]
    placed = _side_by_side(below, ground, draw, len(rows), cover)
    placed += _up(up, placed, ground, draw, alone=len(rows) == len(up))
    placed += _flying(flying, placed, ground, draw)
    return sorted(placed, key=lambda spot: (LAYERS.index(_layer(actors[spot.actor], spot)), spot.foot))


LAYERS = ("heaven", "water", "ground", "air")


def _layer(actor: Actor, spot: Spot) -> str:
    return "heaven" if actor.name in HEAVEN else spot.on


# ---- side by side --------------------------------------------------------------------------------------------------


def _side_by_side(rows, ground: Ground, draw: random.Random, company: int, cover: bool) -> list[Spot]:
    """Who stands or swims: none hides another's face, whoever is larger stands further back."""
    if not rows:
        return []
    swims = {i for i, actor in rows if ground.water and (ground.afloat or actor.name in SWIMS)}
    factor = {1: 1.22, 2: 1.08, 3: 0.98}.get(company, 0.86) * (1.12 if cover else 1)
    sized = [
        (i, actor, *_size(actor, factor * draw.uniform(0.95, 1.05) * (0.8 if i in swims else 1))) for i, actor in rows
    ]
    sized.sort(key=lambda row: (row[0] not in swims, row[1].leads, -row[3]))
    room, total = WIDTH - 2 * EDGE, sum(row[2] for row in sized)
    if total > 0.94 * room:  # a character keeps more of its size than the rest
        shrink = max(0.6, 0.94 * room / total)
        sized = [
            (i, actor, w * f, h * f) for i, actor, w, h in sized for f in [shrink ** (0.7 if actor.leads else 1.2)]
        ]
        total = sum(row[2] for row in sized)
    gap = (room - total) / (len(sized) + 1)
    x, placed = EDGE + gap, []
    for place in _order(len(sized), draw):
        i, actor, width, height = sized[place]
        far, near = ground.water if i in swims else (ground.far, ground.near)
        depth = place / (len(sized) - 1) if len(sized) > 1 else draw.uniform(0.5, 0.85)
        foot = far + (near - far) * min(1, max(0, depth + draw.uniform(-0.1, 0.1)))
        foot = max(foot, min(near, height + EDGE / 2))  # a tall tree comes nearer, rather than lose its top
        middle = x + width / 2 + draw.uniform(-0.35, 0.35) * max(0, gap)
        if company == 1:
            middle = WIDTH * (0.5 if cover else draw.choice((0.36, 0.5, 0.64))) + draw.uniform(-20, 20)
        middle = min(max(middle, EDGE + width / 2), WIDTH - EDGE - width / 2)
        mirrored = middle < WIDTH / 2 if company > 1 else draw.random() < 0.5  # most emoji look left
        on = "water" if i in swims else "ground"
        placed.append(Spot(i, middle, foot, width, height, mirrored and actor.name not in NEVER_MIRRORED, on))
        x += width + gap
    return placed


def _order(n: int, draw: random.Random) -> list[int]:
    """Who stands where, from left to right; numbers go from the back to the front."""
    order = list(range(n))
    if n == 3:
        return draw.choice(([0, 2, 1], [1, 2, 0], [2, 0, 1], [1, 0, 2]))
    draw.shuffle(order)
    return order


def _size(actor: Actor, factor: float) -> tuple[float, float]:
    """-> width, height in pixels."""
    tall = HEIGHT * SIZES[kind(actor.name)] * actor.scale
    if actor.leads:
        tall = max(tall, LEAST * HEIGHT)
    shape = actor.width / max(actor.height, 1e-6)
    height = tall * factor / max(1.0, shape) ** 0.6  # what is wider than tall is measured by both
    width = height * shape
    shrink = min(1, 0.64 * WIDTH / width, 0.8 * HEIGHT / height)
    return width * shrink, height * shrink


# ---- above the ground ----------------------------------------------------------------------------------------------


def _up(rows, others: list[Spot], ground: Ground, draw: random.Random, alone: bool) -> list[Spot]:
    """Sun, moon, clouds: at the top where nobody's head is, or in the window."""
    left, top, right, bottom = ground.sky
    placed = []
    for i, actor in rows:
        width, height = _size(actor, 1.4 if alone else 0.82)
        if ground.inside:
            shrink = min(1, 0.5 * (right - left) / width, 0.75 * (bottom - top) / height)
            width, height = width * shrink, height * shrink
        low, high = left + width / 2, max(left + width / 2, right - width / 2)
        tries = []
        for _ in range(24):
            x, foot = draw.uniform(low, high), top + height + draw.uniform(0, max(0, min(50, bottom - top - height)))
            hidden = sum(covered(x, foot, 1.2 * width, height, other) for other in others + placed)
            centred = abs(x - WIDTH / 2) if alone else -0.2 * abs(x - WIDTH / 2)
            tries.append((hidden + centred, x, foot))
        _, x, foot = min(tries)
        placed.append(Spot(i, x, foot, width, height, x < WIDTH / 2 and actor.name not in NEVER_MIRRORED, "air"))
    return placed


def _flying(rows, others: list[Spot], ground: Ground, draw: random.Random) -> list[Spot]:
    """Birds and butterflies: in the free air above those who stand."""
    placed = []
    for i, actor in rows:
        width, height = _size(actor, 0.95 if others or len(rows) > 1 else 1.25)
        best = None
        for _ in range(30):
            x = draw.uniform(EDGE + width / 2, WIDTH - EDGE - width / 2)
            foot = draw.uniform(max(120, height + 20), max(height + 30, ground.far - 30))
            hidden = sum(covered(x, foot, width, height, other) for other in others + placed)
            cost = hidden + abs(foot - 300) * 8
            if best is None or cost < best[0]:
                best = cost, x, foot
        _, x, foot = best
        placed.append(Spot(i, x, foot, width, height, x < WIDTH / 2 and actor.name not in NEVER_MIRRORED, "air"))
    return placed


def covered(x: float, foot: float, width: float, height: float, other: Spot) -> float:
    """Pixels that two figures have in common."""
    across = min(x + width / 2, other.x + other.width / 2) - max(x - width / 2, other.x - other.width / 2)
    down = min(foot, other.foot) - max(foot - height, other.foot - other.height)
    return max(0, across) * max(0, down)


def _floating(rows, ground: Ground, draw: random.Random) -> list[Spot]:
    """Under water and among clouds: spread over the page, all on one level or on a slope."""
    factor = {1: 1.25, 2: 1.1}.get(len(rows), 0.95)
    sized = [(i, actor, *_size(actor, factor)) for i, actor in rows]
    draw.shuffle(sized)
    total = sum(row[2] for row in sized)
    shrink = min(1, 0.94 * (WIDTH - 2 * EDGE) / max(total, 1))
    gap = (WIDTH - 2 * EDGE - total * shrink) / (len(rows) + 1) if rows else 0
    x, placed, slope = EDGE + gap, [], draw.choice((-1, 1)) * 60
    for k, (i, actor, width, height) in enumerate(sized):
        width, height = width * shrink, height * shrink
        tilt = slope * (k - (len(rows) - 1) / 2)
        foot = min(HEIGHT - 40, max(height + 24, HEIGHT * 0.5 + height / 2 + tilt + draw.uniform(-20, 20)))
        on = "ground" if actor.name in CRAWLS else "air"
        foot = draw.uniform(ground.far + 10, ground.near) if on == "ground" else foot
        middle = x + width / 2
        placed.append(Spot(i, middle, foot, width, height, middle < WIDTH / 2 and actor.name not in NEVER_MIRRORED, on))
        x += width + gap
    return placed


# ---- what things are like ------------------------------------------------------------------------------------------

LEAST = 0.4  # of HEIGHT: a character is never smaller
SIZES = {"tiny": 0.15, "small": 0.22, "low": 0.3, "child": 0.46, "grown": 0.52, "large": 0.6, "huge": 0.74}  # of HEIGHT


def kind(name: str) -> str:
    """One of SIZES."""
    return KINDS.get(name, "small" if name in LITTLE else "low")


TABLES = tables.read(Path(__file__).with_name("things.toml"))
KINDS = {name: size for size, names in lists(TABLES["sizes"]).items() for name in names}
HEAVEN, FLIES, SWIMS, CRAWLS, NEVER_MIRRORED = (
    frozenset(listed(TABLES["places"][key])) for key in ("heaven", "flies", "swims", "crawls", "never_mirrored")
)
