"""Soft flat shapes for painted backgrounds: skies, hills, trees, clouds, grass, houses, furniture.

    sheet = Sheet(seed)                 # twice as large as the page, so that its edges are smooth when it is reduced
    sky(sheet, "#bfe3f7", "#fdf6e3")
    hill(sheet, 380, "#b9d98a", "#8cbf6a")
    picture = sheet.reduced()

Coordinates are pixels of the page (768 x 576), colours are "#rrggbb". What is drawn by chance comes from `sheet.draw`.
"""

import math
import random

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from .stage import HEIGHT, WIDTH

FINE = 2  # pixels of the sheet to one of the page


class Sheet:
    """A picture that is being painted; `draw` is its chance, `pen` draws on it, coordinates times FINE."""

    def __init__(self, seed: int, mode: str = "RGB"):
        self.draw = random.Random(seed)
        self.picture = Image.new(mode, (WIDTH * FINE, HEIGHT * FINE), "white" if mode == "RGB" else (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.picture)

    def reduced(self) -> Image.Image:
        return self.picture.reduce(FINE)

    def paste(self, colour, mask: Image.Image) -> None:
        self.picture.paste(colour, (0, 0), mask)


# ---- colours -------------------------------------------------------------------------------------------------------


def rgb(colour: str) -> tuple[int, int, int]:
    return ImageColor.getrgb(colour)[:3]


def mixed(one: str, other: str, share: float) -> str:
    """`share` of the way from one colour to the other."""
    a, b = rgb(one), rgb(other)
    return "#{:02x}{:02x}{:02x}".format(*(round(x + (y - x) * share) for x, y in zip(a, b, strict=True)))


def shifted(sheet: Sheet, colour: str, by: int = 8) -> str:
    """A colour close to this one, another each time."""
    return "#{:02x}{:02x}{:02x}".format(*(min(255, max(0, x + sheet.draw.randint(-by, by))) for x in rgb(colour)))


def _fade(top: str, bottom: str, high: int) -> Image.Image:
    rows = np.linspace(rgb(top), rgb(bottom), max(2, high)).round().astype(np.uint8)[:, None]
    return Image.fromarray(rows).resize((WIDTH * FINE, len(rows)), Image.Resampling.NEAREST)


# ---- wide shapes ---------------------------------------------------------------------------------------------------


def sky(sheet: Sheet, top: str, bottom: str, to: int = HEIGHT) -> None:
    sheet.picture.paste(_fade(top, bottom, to * FINE).crop((0, 0, WIDTH * FINE, to * FINE)), (0, 0))


def glow(sheet: Sheet, x: float, y: float, radius: float, colour: str, strength: float = 0.8) -> None:
    """Light around a point, fading out."""
    small = 8  # it is blurred, so it may be coarse
    wide, high = WIDTH // small, HEIGHT // small
    across, down = np.meshgrid(np.arange(wide) * small - x, np.arange(high) * small - y)
    light = np.clip(1 - np.hypot(across, down) / radius, 0, 1) ** 1.6 * 255 * strength
    sheet.paste(rgb(colour), Image.fromarray(light.astype(np.uint8)).resize(sheet.picture.size, 2))


def ridge(sheet: Sheet, y: float, swing: float, waves: float = 1.5, rough: float = 0.0) -> list[tuple[float, float]]:
    """A line from the left edge to the right one, about `y`, up and down by `swing`; rough: small bumps on it."""
    draw = sheet.draw
    parts = [(draw.uniform(0.6, 1.4) * waves * (2**i), draw.uniform(0, math.tau), swing / 2**i) for i in range(3)]
    line = []
    for x in range(-8, WIDTH + 16, 6):
        at = y + sum(a * math.sin(f * math.tau * x / WIDTH + p) for f, p, a in parts) / 1.6
        line.append((x, at + (draw.uniform(-rough, rough) if rough else 0)))
    return line


def below(sheet: Sheet, line: list[tuple[float, float]], top: str, bottom: str) -> None:
    """Fills what lies under a line, in a colour that changes from its highest point to the end of the page."""
    mask = Image.new("L", sheet.picture.size)
    points = [(x * FINE, y * FINE) for x, y in line]
    end = HEIGHT * FINE + 4
    ImageDraw.Draw(mask).polygon([*points, (points[-1][0], end), (points[0][0], end)], 255)
    start = max(0, int(min(y for _, y in points)))
    box = 0, start, *sheet.picture.size
    sheet.picture.paste(_fade(top, bottom, HEIGHT * FINE - start), box, mask.crop(box))


def hill(sheet: Sheet, y: float, top: str, bottom: str, swing: float = 14, waves: float = 0.8) -> list:
    """-> its ridge."""
    line = ridge(sheet, y, swing, waves)
    below(sheet, line, top, bottom)
    return line


def height_at(line: list[tuple[float, float]], x: float) -> float:
    return min(line, key=lambda point: abs(point[0] - x))[1]


def peaks(sheet: Sheet, y: float, high: float, colour: str, snow: str | None, count: int = 4) -> None:
    """Mountains with a lit and a shaded side."""
    draw, pen = sheet.draw, sheet.pen
    step = WIDTH / count
    for i in sorted(range(-1, count + 1), key=lambda _: draw.random()):
        x = step * (i + 0.5) + draw.uniform(-0.25, 0.25) * step
        tall, wide = high * draw.uniform(0.62, 1.0), step * draw.uniform(0.85, 1.15)
        top, left, right = (x, y - tall), (x - wide, y + 8), (x + wide, y + 8)
        lean = x + wide * draw.uniform(0.04, 0.16)
        _polygon(pen, [top, left, right], mixed(colour, "#ffffff", 0.12))
        _polygon(pen, [top, (lean, y - tall * 0.45), (x + wide * 0.1, y + 8), right], mixed(colour, "#36466b", 0.14))
        if snow:
            cap = 0.3
            left, right = (x - wide * cap, y - tall * (1 - cap)), (x + wide * cap, y - tall * (1 - cap))
            zag = [
                (x + wide * cap * s, y - tall * (1 - cap) + d) for s, d in ((0.5, -10), (0.2, 9), (-0.2, -8), (-0.6, 8))
            ]
            _polygon(pen, [top, right, *zag, left], snow)


def _polygon(pen, points, colour) -> None:
    pen.polygon([(x * FINE, y * FINE) for x, y in points], colour)


def oval(sheet: Sheet, x: float, y: float, wide: float, high: float, colour) -> None:
    """Around a middle; wide and high are half of its size."""
    box = ((x - wide) * FINE, (y - high) * FINE, (x + wide) * FINE, (y + high) * FINE)
    sheet.pen.ellipse(box, colour)


def block(sheet: Sheet, left: float, top: float, right: float, bottom: float, colour, round_: float = 0) -> None:
    sheet.pen.rounded_rectangle([v * FINE for v in (left, top, right, bottom)], round_ * FINE, colour)


def shape(sheet: Sheet, points, colour) -> None:
    _polygon(sheet.pen, points, colour)


def stroke(sheet: Sheet, points, colour, wide: float) -> None:
    points = [(x * FINE, y * FINE) for x, y in points]
    sheet.pen.line(points, colour, max(1, round(wide * FINE)), joint="curve")
    r = wide * FINE / 2
    for x, y in (points[0], points[-1]):
        sheet.pen.ellipse((x - r, y - r, x + r, y + r), colour)


def veil(sheet: Sheet, colour: str, strength: float, top: int = 0, bottom: int = HEIGHT) -> None:
    """Haze that is strongest at `bottom`: what is far away is pale."""
    rows = np.zeros(HEIGHT * FINE, np.float32)
    rows[top * FINE : bottom * FINE] = np.linspace(0, 255 * strength, (bottom - top) * FINE)
    mask = Image.fromarray(rows.astype(np.uint8)[:, None].repeat(WIDTH * FINE, 1))
    sheet.paste(rgb(colour), mask)


# ---- small shapes --------------------------------------------------------------------------------------------------


def cloud(sheet: Sheet, x: float, y: float, size: float, colour: str = "#ffffff", strength: float = 0.85) -> None:
    """Round above and flat below, on a mask of its own: where its parts overlap it is no less transparent."""
    wide, high = round(2.6 * size * FINE), round(0.9 * size * FINE)
    mask = Image.new("L", (wide, high))
    pen, draw, full = ImageDraw.Draw(mask), sheet.draw, round(255 * strength)
    middle, foot, unit = wide / 2, high - 0.06 * size * FINE, size * FINE
    n = draw.choice((3, 4, 5))
    for i in range(n):
        t = (i + 0.5) / n * 2 - 1
        r = unit * (0.42 - 0.22 * abs(t)) * draw.uniform(0.85, 1.15)
        cx, cy = middle + t * unit * 0.75, foot - r * 0.55
        pen.ellipse((cx - r, cy - r, cx + r, cy + r), full)
    base = (middle - unit, foot - unit * 0.22, middle + unit, foot + unit * 0.06)
    pen.rounded_rectangle(base, unit * 0.14, full)
    sheet.picture.paste(rgb(colour), (round(x * FINE - middle), round(y * FINE - foot)), mask)


def clouds(sheet: Sheet, count: int, top: float = 40, bottom: float = 170, colour: str = "#ffffff", strength=0.8):
    for i in range(count):
        x = (i + sheet.draw.uniform(0.15, 0.85)) * WIDTH / count
        cloud(sheet, x, sheet.draw.uniform(top, bottom), sheet.draw.uniform(36, 74), colour, strength)


def crown(sheet: Sheet, x: float, foot: float, size: float, leaf: str, bark: str) -> None:
    """A round tree, `size` high, lit from the left."""
    draw = sheet.draw
    trunk = size * 0.07
    shape(sheet, [(x - trunk, foot), (x - trunk * 0.6, foot - size * 0.5), (x + trunk * 0.6, foot - size * 0.5),
                  (x + trunk, foot)], bark)  # fmt: skip
    blobs = [(-0.2, 0.5, 0.2), (0.2, 0.5, 0.2), (0, 0.44, 0.18), (-0.13, 0.7, 0.2), (0.14, 0.7, 0.19), (0, 0.82, 0.17)]
    wobble = [(dx + draw.uniform(-0.04, 0.04), dy, r * draw.uniform(0.9, 1.12)) for dx, dy, r in blobs]
    dark, light = mixed(leaf, "#2d4a4e", 0.16), mixed(leaf, "#fff6c8", 0.16)
    for dx, dy, r in wobble:
        oval(sheet, x + dx * size + 0.03 * size, foot - dy * size + 0.03 * size, r * size, r * size, dark)
    for dx, dy, r in wobble:
        oval(sheet, x + dx * size, foot - dy * size, r * size * 0.94, r * size * 0.94, leaf)
    for dx, dy, r in wobble[3:]:
        oval(sheet, x + dx * size - 0.05 * size, foot - dy * size - 0.04 * size, r * size * 0.5, r * size * 0.46, light)


def fir(sheet: Sheet, x: float, foot: float, size: float, leaf: str, bark: str, snow: bool = False) -> None:
    block(sheet, x - size * 0.04, foot - size * 0.2, x + size * 0.04, foot, bark)
    for level in range(3):
        y = foot - size * (0.12 + 0.26 * level)
        wide, tall = size * (0.3 - 0.07 * level), size * 0.4
        shape(sheet, [(x, y - tall), (x - wide, y), (x, y + size * 0.035), (x + wide, y)], leaf)
        shape(sheet, [(x, y - tall), (x, y + size * 0.035), (x + wide, y)], mixed(leaf, "#1d3c4a", 0.14))
        if snow:
            shape(sheet, [(x, y - tall), (x - wide * 0.5, y - tall * 0.5), (x - wide * 0.15, y - tall * 0.55),
                          (x + wide * 0.1, y - tall * 0.42), (x + wide * 0.5, y - tall * 0.5)], "#ffffff")  # fmt: skip


def palm(sheet: Sheet, x: float, foot: float, size: float, leaf: str, bark: str) -> None:
    lean = sheet.draw.choice((-1, 1)) * size * 0.14
    for i in range(12):
        t = i / 11
        oval(sheet, x + lean * t * t, foot - size * 0.8 * t, size * (0.045 - 0.015 * t), size * 0.05, bark)
    top = x + lean, foot - size * 0.8
    for k in range(7):
        angle = math.pi * (0.02 + k / 6 * 0.96)
        end = top[0] + math.cos(angle) * size * 0.4, top[1] - math.sin(angle) * size * 0.24 + size * 0.1
        middle = (top[0] + end[0]) / 2, min(top[1], end[1]) - size * 0.09
        low = (top[0] + end[0]) / 2, (top[1] + end[1]) / 2 - size * 0.02
        shape(sheet, _curve(top, middle, end) + _curve(end, low, top), mixed(leaf, "#20503c", 0.18 * (k % 2)))


def _curve(a, b, c, steps: int = 8) -> list[tuple[float, float]]:
    ts = [i / steps for i in range(steps + 1)]
    return [
        tuple((1 - t) ** 2 * p + 2 * t * (1 - t) * q + t * t * r for p, q, r in zip(a, b, c, strict=True)) for t in ts
    ]


def bush(sheet: Sheet, x: float, foot: float, size: float, leaf: str) -> None:
    dark = mixed(leaf, "#2d4a4e", 0.14)
    for dx, r in ((-0.55, 0.3), (0.5, 0.32), (0, 0.42), (-0.28, 0.36), (0.26, 0.38)):
        oval(sheet, x + dx * size, foot - r * size * 0.5, r * size, r * size * 0.8, dark)
        oval(sheet, x + dx * size - 0.04 * size, foot - r * size * 0.56, r * size * 0.9, r * size * 0.72, leaf)


def tufts(sheet: Sheet, count: int, top: float, bottom: float, colour: str, size: float = 12) -> None:
    """Blades of grass, larger where they are nearer."""
    for _ in range(count):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(top, bottom)
        high = size * (0.5 + 0.8 * (y - top) / max(1, bottom - top))
        for lean in (-0.5, 0, 0.5):
            tip = x + lean * high + sheet.draw.uniform(-2, 2), y - high * sheet.draw.uniform(0.75, 1.1)
            shape(sheet, [(x - high * 0.1 + lean * 3, y), tip, (x + high * 0.1 + lean * 3, y)], colour)


def flowers(sheet: Sheet, count: int, top: float, bottom: float, colours: tuple[str, ...], size: float = 5) -> None:
    for _ in range(count):
        x, y = sheet.draw.uniform(8, WIDTH - 8), sheet.draw.uniform(top, bottom)
        r = size * (0.5 + 0.7 * (y - top) / max(1, bottom - top))
        colour = sheet.draw.choice(colours)
        stroke(sheet, [(x, y), (x + r * 0.2, y + 2.6 * r)], "#6da457", max(0.8, r * 0.3))
        for k in range(5):
            a = math.tau * k / 5 + 0.3
            oval(sheet, x + math.cos(a) * r * 0.62, y + math.sin(a) * r * 0.56, r * 0.52, r * 0.48, colour)
        oval(sheet, x, y, r * 0.36, r * 0.34, "#f9d56b")


def stars(sheet: Sheet, count: int, bottom: float) -> None:
    for _ in range(count):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(0, bottom) ** 1.0
        r = sheet.draw.choice((0.8, 1.0, 1.2, 1.9))
        oval(sheet, x, y, r, r, sheet.draw.choice(("#ffffff", "#fff3c4", "#dfe9ff")))


def blurred(sheet: Sheet, radius: float) -> None:
    """What was painted so far goes out of focus, as what is far away does."""
    sheet.picture = sheet.picture.filter(ImageFilter.GaussianBlur(radius * FINE))
    sheet.pen = ImageDraw.Draw(sheet.picture)
