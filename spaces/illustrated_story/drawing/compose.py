"""One page of cut-out figures: backdrop, spots, bodies, shadows, light. No model is asked here.

page = composed([Part("fox", picture, leads=True), Part("ball", other)], "park", "night", seed)
page.picture, page.where[0]         # PIL RGB of 768 x 576, and where the first figure is on it
"""

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import backdrop, bodies, cutout, stage

WATERLINE = 0.86  # of what swims, this much is above the water


@dataclass(frozen=True)
class Part:
    name: str  # of the vocabulary
    picture: np.ndarray  # uint8 (h, w, 3) on white
    leads: bool = False  # a character
    seed: int = 0  # of the figure; clothes that are painted for it belong to it
    scale: float = 1.0  # beside others of its kind


@dataclass(frozen=True)
class Composed:
    picture: Image.Image
    where: list[tuple[int, int, int, int]]  # of what the model drew of each part: left, top, right, bottom
    mirrored: list[bool]


def composed(
    parts: list[Part], place: str, time: str, seed: int, cover: bool = False, room: int | None = None
) -> Composed:
    """cover: the figures stand low and large, so that a title has room above them. room: the backdrop's own seed."""
    scene = backdrop.painted(place, time, seed if room is None else room)
    page, draw = scene.picture, random.Random(seed + 2)
    figures = [cutout.cut(part.picture) for part in parts]
    sizes = [cutout.seen(figure) for figure in figures]
    actors = [
        stage.Actor(part.name, *_whole(part.name, *size), part.leads, part.scale)
        for part, size in zip(parts, sizes, strict=True)
    ]
    where, mirrored = [(0, 0, 0, 0)] * len(parts), [False] * len(parts)
    for spot in stage.spots(actors, scene.ground, seed, cover):
        part, size = parts[spot.actor], sizes[spot.actor]
        head = cutout.enlarged(figures[spot.actor], spot.height / _whole(part.name, *size)[1])
        if spot.mirrored:
            head = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        figure = bodies.dressed(head, part.name, part.seed, bodies.pose(draw)) if bodies.needs(part.name) else head
        left, top = round(spot.x - figure.width / 2), round(spot.foot - figure.height)
        if spot.on == "ground":
            _shade(page, spot.x, spot.foot, figure, scene.shade)
        if spot.on == "water":
            figure = _in_water(figure)
        _stuck(page, _lit(figure, scene.light), left, top)
        at = left + (figure.width - head.width) // 2
        where[spot.actor] = at, top, at + head.width, top + head.height
        mirrored[spot.actor] = spot.mirrored
    if scene.over is not None:
        page.paste(scene.over, (0, 0), scene.over)
    return Composed(page, where, mirrored)


def _whole(name: str, width: float, height: float) -> tuple[float, float]:
    return bodies.shape(name, width, height) if bodies.needs(name) else (width, height)


def _lit(figure: Image.Image, light) -> Image.Image:
    if light == (1.0, 1.0, 1.0):
        return figure
    bands = [band.point(lambda v, f=f: round(v * f)) for band, f in zip(figure.split()[:3], light, strict=True)]
    return Image.merge("RGBA", [*bands, figure.getchannel("A")])


def _stuck(page: Image.Image, figure: Image.Image, left: int, top: int) -> None:
    """Pastes it with a faint dark glow behind it, which lifts it off whatever has its colour."""
    wide = 12
    halo = Image.new("L", (figure.width + 2 * wide, figure.height + 2 * wide))
    halo.paste(figure.getchannel("A"), (wide, wide))
    halo = halo.filter(ImageFilter.GaussianBlur(4)).point(lambda v: v * 0.26)
    page.paste((24, 34, 60), (left - wide, top - wide + 2), halo)
    page.paste(figure, (left, top), figure)


def _shade(page: Image.Image, x: float, foot: float, figure: Image.Image, colour) -> None:
    """A soft shadow on the ground, as wide as the figure is near its feet."""
    alpha = np.asarray(figure.getchannel("A"))[round(figure.height * 0.86) :]
    across = np.flatnonzero((alpha > 60).any(0))
    if not len(across):
        return
    middle = x - figure.width / 2 + float(across[0] + across[-1]) / 2
    wide = max(12.0, float(across[-1] - across[0]) * 0.56)
    high = max(6.0, min(22.0, wide * 0.2))
    size = round(2 * wide + 40), round(2 * high + 40)
    mask = Image.new("L", size)
    box = (size[0] / 2 - wide, size[1] / 2 - high, size[0] / 2 + wide, size[1] / 2 + high)
    ImageDraw.Draw(mask).ellipse(box, 105)
    mask = mask.filter(ImageFilter.GaussianBlur(max(3, high * 0.45)))
    page.paste(colour, (round(middle - size[0] / 2), round(foot - high * 0.35 - size[1] / 2)), mask)


def _in_water(figure: Image.Image) -> Image.Image:
    """What is below the waterline shines through it."""
    line = round(figure.height * WATERLINE)
    alpha = np.asarray(figure.getchannel("A"), np.float32).copy()
    x = np.arange(figure.width)
    edge = line + 2.5 * np.sin(x / 9)
    below = np.arange(figure.height)[:, None] > edge[None]
    alpha[below] *= 0.28
    figure = figure.copy()
    figure.putalpha(Image.fromarray(alpha.astype(np.uint8)))
    foam = Image.new("L", figure.size)
    ImageDraw.Draw(foam).line([(int(i), float(e)) for i, e in zip(x, edge, strict=True)], 210, 3)
    rim = ImageChops.multiply(foam, figure.getchannel("A").filter(ImageFilter.MaxFilter(5)))
    figure.paste((244, 251, 255, 255), mask=rim)
    return figure
