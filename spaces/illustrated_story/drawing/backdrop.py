"""Painted backgrounds for the pages: soft flat shapes in calm colours, so that the figures stand out.

    scene = painted("park", "night", seed)
    scene.picture           # RGB of 768 x 576, behind the figures
    scene.over              # RGBA or None, in front of them: rain, snow, blades of grass
    scene.ground            # where figures can stand

The same place, time and seed give the same picture.
"""

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from . import brush
from .brush import Sheet, mixed, shifted
from .stage import HEIGHT, WIDTH, Ground

TIMES = ("night", "sunset", "rain", "storm", "snow")
BARK = "#8a6a52"


@dataclass(frozen=True)
class Backdrop:
    picture: Image.Image
    ground: Ground
    over: Image.Image | None
    light: tuple[float, float, float]  # what the colours of the figures are multiplied with
    shade: tuple[int, int, int]  # colour of their shadows


def painted(place: str, time: str, seed: int) -> Backdrop:
    """place: of PLACES; time: of TIMES, or "" for a fair day."""
    assert place in PAINTERS and (not time or time in TIMES), f"no such place or time: {place}, {time}"
    name, times = place, {"storm": {"storm", "rain"}, "": set()}.get(time, {time})
    sheet = Sheet(seed)
    ground = PAINTERS[name](sheet, times)
    picture = sheet.reduced()
    light, shade = (1.0, 1.0, 1.0), (44, 60, 72)
    if name not in INDOORS and name not in ("space", "underwater"):
        picture, light = _lit(picture, times)
    if name in INDOORS and "night" in times:  # lamplight
        light = (0.92, 0.89, 0.9)
        picture = ImageChops.multiply(
            picture, Image.new("RGB", picture.size, tuple(round(250 * part) for part in light))
        )
    if "night" in times or name == "space":
        shade = (10, 16, 40)
    return Backdrop(picture, ground, _front(name, times, seed), light, shade)


# ---- time and weather ----------------------------------------------------------------------------------------------


def _lit(picture: Image.Image, times: set[str]):
    """The land in the light of the hour; skies are painted for it already. -> picture, light for the figures"""
    light = (1.0, 1.0, 1.0)
    if "night" in times:
        return picture, (0.86, 0.88, 0.98)
    if "sunset" in times:
        light = (1.0, 0.94, 0.88)
    elif times & {"rain", "snow"}:
        light = (0.93, 0.95, 0.98)
    return picture, light


def _toned(times: set[str]):
    """A function that gives a colour of the day as it is at this hour."""
    if "night" in times:
        return lambda colour, far=0.0: mixed(_multiplied(colour, (0.36, 0.45, 0.66)), "#26356b", 0.22 + 0.3 * far)
    if "sunset" in times:
        return lambda colour, far=0.0: mixed(_multiplied(colour, (1.0, 0.86, 0.8)), "#f3b39a", 0.1 + 0.35 * far)
    if times & {"rain", "snow"}:
        return lambda colour, far=0.0: mixed(_multiplied(colour, (0.86, 0.9, 0.94)), "#aebdc9", 0.14 + 0.35 * far)
    return lambda colour, far=0.0: mixed(colour, "#dcefF5", 0.45 * far)


def _multiplied(colour: str, by) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(min(255, round(x * f)) for x, f in zip(brush.rgb(colour), by, strict=True)))


def _sky(sheet: Sheet, times: set[str], to: int = 430, clouds: int = 3) -> None:
    draw = sheet.draw
    if "night" in times:
        brush.sky(sheet, "#141c4d", "#5566a8", to)
        brush.stars(sheet, 70, to * 0.8)
        brush.glow(sheet, draw.uniform(0.2, 0.8) * WIDTH, to, 420, "#8b8fd0", 0.5)
        brush.clouds(sheet, 2, 90, 210, "#7d8bc4", 0.35)
    elif "sunset" in times:
        brush.sky(sheet, "#7f8fc9", "#ffd9a8", to)
        brush.glow(sheet, draw.uniform(0.25, 0.75) * WIDTH, to - 40, 420, "#ff9e6d", 0.75)
        brush.clouds(sheet, clouds, 60, 200, "#ffd2c2", 0.7)
    elif times & {"rain", "snow"}:
        brush.sky(sheet, "#8299ad" if "storm" not in times else "#5c6c86", "#cfdbe2", to)
        brush.clouds(sheet, 5, 40, 130, "#eef2f5", 0.55)
        brush.clouds(sheet, 5, 20, 90, "#7d8fa1", 0.5)
    else:
        top, low = draw.choice((("#9fd3f2", "#eef8f6"), ("#a9dcf0", "#fdf6e3"), ("#93c9ef", "#e9f5fb")))
        brush.sky(sheet, top, low, to)
        brush.glow(sheet, draw.uniform(0.1, 0.9) * WIDTH, 60, 380, "#fffbe6", 0.5)
        brush.clouds(sheet, clouds)


def _front(name: str, times: set[str], seed: int) -> Image.Image | None:
    """What is between the reader and the figures."""
    sheet = Sheet(seed + 1, "RGBA")
    empty = True
    tone = _toned(times)
    if name in GRASSY:
        leaf = tone(GRASSY[name])
        for x, size in ((sheet.draw.uniform(-30, 60), 90), (WIDTH + sheet.draw.uniform(-60, 30), 100)):
            if sheet.draw.random() < 0.8:
                _blades(sheet, x, HEIGHT + 14, size, leaf)
        empty = False
    if "rain" in times and name not in INDOORS:
        for _ in range(90 if "storm" not in times else 150):
            x, y, long = sheet.draw.uniform(0, WIDTH + 60), sheet.draw.uniform(-20, HEIGHT), sheet.draw.uniform(14, 30)
            brush.stroke(sheet, [(x, y), (x - long * 0.28, y + long)], (235, 244, 252, 120), 1.3)
        empty = False
    if name == "snow" or "snow" in times and name not in INDOORS:
        for _ in range(90):
            x, y, r = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(0, HEIGHT), sheet.draw.uniform(1.2, 4.2)
            brush.oval(sheet, x, y, r, r, (255, 255, 255, 215))
        empty = False
    if name == "underwater":
        for _ in range(26):
            x, y, r = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(0, HEIGHT), sheet.draw.uniform(2, 8)
            brush.oval(sheet, x, y, r, r, (255, 255, 255, 60))
            brush.oval(sheet, x - r * 0.3, y - r * 0.3, r * 0.3, r * 0.3, (255, 255, 255, 170))
        empty = False
    return None if empty else sheet.reduced()


def _blades(sheet: Sheet, x: float, foot: float, size: float, leaf: str) -> None:
    """A clump of long leaves at the edge of the page."""
    for k in range(7):
        lean, high = (k - 3) * size * 0.16, size * sheet.draw.uniform(0.6, 1.0)
        at = x + (k - 3) * size * 0.07
        colour = mixed(leaf, "#1f4a3c", 0.12 + 0.1 * (k % 2))
        brush.shape(sheet, [(at - size * 0.05, foot), (at + lean * 0.5 - 2, foot - high * 0.6),
                            (at + lean, foot - high),
                            (at + lean * 0.5 + 6, foot - high * 0.55), (at + size * 0.06, foot)], colour)  # fmt: skip


# ---- open land -----------------------------------------------------------------------------------------------------


def _meadow(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    brush.hill(sheet, 318, tone("#b5d6b2", 0.5), tone("#a8d08d", 0.2), 26, 1.0)
    line = brush.hill(sheet, 350, tone("#b4da90", 0.2), tone("#98c877"), 18, 0.8)
    for _ in range(sheet.draw.choice((2, 3, 4))):
        x = sheet.draw.uniform(20, WIDTH - 20)
        size = sheet.draw.uniform(42, 70)
        brush.crown(
            sheet, x, brush.height_at(line, x) + 6, size, tone(shifted(sheet, "#8fc178"), 0.25), tone(BARK, 0.3)
        )
    brush.hill(sheet, 396, tone("#a9d778"), tone("#7fbb5e"), 12, 0.7)
    brush.tufts(sheet, 34, 430, 570, tone("#8fc766"), 11)
    brush.flowers(sheet, 26, 425, 565, _petals(sheet, tone), 4.2)
    return Ground(far=436, near=532)


def _petals(sheet: Sheet, tone) -> tuple[str, ...]:
    sets = (("#ffffff", "#ffe27a"), ("#f7a6bd", "#ffffff"), ("#c9b5f0", "#fff3b0"), ("#ff9f80", "#ffe9a8"))
    return tuple(tone(colour) for colour in sheet.draw.choice(sets))


def _park(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    line = brush.hill(sheet, 352, tone("#a6d08b", 0.25), tone("#9ccc7c"), 8, 0.6)
    for i in range(8):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 8
        size = sheet.draw.uniform(80, 150)
        leaf = tone(shifted(sheet, sheet.draw.choice(("#8cc27a", "#a4cc7a", "#7db887")), 8), 0.3)
        brush.crown(sheet, x, brush.height_at(line, x) + 8, size, leaf, tone(BARK, 0.3))
    brush.hill(sheet, 366, tone("#b3da86"), tone("#86c064"), 5, 0.6)
    _path(sheet, tone("#f0e1bd"), tone("#e6d2a6"))
    if sheet.draw.random() < 0.6:
        _bench(sheet, sheet.draw.choice((110, WIDTH - 120)), 402, tone)
    brush.tufts(sheet, 26, 420, 570, tone("#8fc766"), 10)
    brush.flowers(sheet, 14, 420, 560, _petals(sheet, tone), 4)
    return Ground(far=440, near=534)


def _path(sheet: Sheet, light: str, dark: str) -> None:
    """Winding away into the distance."""
    draw = sheet.draw
    end, start = draw.uniform(0.3, 0.7) * WIDTH, draw.uniform(0.3, 0.7) * WIDTH
    bend = draw.choice((-1, 1)) * draw.uniform(60, 130)
    left, right = [], []
    for i in range(21):
        t = i / 20
        y = 372 + (HEIGHT + 6 - 372) * t
        x = end + (start - end) * t + bend * (t - t * t) * 2.4
        wide = 7 + 120 * t**1.5
        left.append((x - wide, y))
        right.append((x + wide, y))
    brush.shape(sheet, left + right[::-1], dark)
    inner = [(x + 4 + 8 * i / 20, y) for i, (x, y) in enumerate(left)]
    outer = [(x - 4 - 8 * i / 20, y) for i, (x, y) in enumerate(right)]
    brush.shape(sheet, inner + outer[::-1], light)


def _bench(sheet: Sheet, x: float, foot: float, tone) -> None:
    wood, iron = tone("#b98a5e", 0.1), tone("#6d7780", 0.1)
    for dx in (-38, 34):
        brush.block(sheet, x + dx, foot - 34, x + dx + 4, foot, iron)
    for dy in (-36, -28, -16):
        brush.block(sheet, x - 46, foot + dy, x + 46, foot + dy + 5.5, wood, 2)


def _garden(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    brush.hill(sheet, 340, tone("#a8d29a", 0.35), tone("#9ccc7c"), 12, 1.0)
    for i in range(9):
        x = (i + sheet.draw.uniform(0.2, 0.8)) * WIDTH / 9
        brush.bush(sheet, x, 372, sheet.draw.uniform(60, 96), tone(shifted(sheet, "#86bf79"), 0.22))
    white = tone("#fffaf0")
    for x in range(-10, WIDTH + 20, 34):
        brush.shape(sheet, [(x, 400), (x, 338), (x + 9, 326), (x + 18, 338), (x + 18, 400)], white)
    for y in (350, 380):
        brush.block(sheet, -5, y, WIDTH + 5, y + 8, mixed(white, tone("#d9cdb8"), 0.45))
    brush.hill(sheet, 396, tone("#b0da82"), tone("#80bc60"), 4, 0.6)
    for i in range(16):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 16
        _tall_flower(sheet, x, sheet.draw.uniform(402, 416), sheet.draw.uniform(26, 48), tone)
    brush.tufts(sheet, 26, 436, 570, tone("#8fc766"), 10)
    return Ground(far=444, near=534)


def _tall_flower(sheet: Sheet, x: float, foot: float, high: float, tone) -> None:
    brush.stroke(sheet, [(x, foot), (x, foot - high)], tone("#6da457"), 2.2)
    brush.oval(sheet, x - 5, foot - high * 0.4, 5, 2.4, tone("#7fb566"))
    brush.oval(sheet, x + 5, foot - high * 0.55, 5, 2.4, tone("#7fb566"))
    colour = tone(sheet.draw.choice(("#f48fa5", "#f7b35b", "#b79cf0", "#ffffff", "#f26d6d", "#ffd75e")))
    for k in range(6):
        dx, dy = ((6, 0), (3, 5.2), (-3, 5.2), (-6, 0), (-3, -5.2), (3, -5.2))[k]
        brush.oval(sheet, x + dx, foot - high + dy, 4.6, 4.6, colour)
    brush.oval(sheet, x, foot - high, 3.6, 3.6, tone("#f9d56b"))


def _farm(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    brush.hill(sheet, 318, tone("#c9dca0", 0.35), tone("#b7d489", 0.2), 18, 0.8)
    line = brush.hill(sheet, 352, tone("#e6d58c", 0.15), tone("#d8c06c", 0.1), 6, 0.5)
    for i in range(13):  # furrows of a field
        x = WIDTH / 2 + (i - 6) * 34
        brush.stroke(sheet, [(x, 356), (WIDTH / 2 + (i - 6) * 100, 420)], tone("#cdb25f", 0.1), 2.4)
    left = sheet.draw.random() < 0.5
    _barn(sheet, 150 if left else WIDTH - 150, brush.height_at(line, 150 if left else WIDTH - 150) + 38, tone)
    x = WIDTH - 90 if left else 90
    brush.crown(sheet, x, 384, 110, tone("#8fc178", 0.2), tone(BARK, 0.2))
    brush.hill(sheet, 404, tone("#aed67f"), tone("#82bb60"), 5, 0.7)
    wood = tone("#c79a6b")
    for x in range(-20, WIDTH + 40, 96):
        brush.block(sheet, x, 372, x + 9, 420, wood, 2)
    for y in (382, 400):
        brush.block(sheet, -5, y, WIDTH + 5, y + 6, mixed(wood, "#ffffff", 0.12), 2)
    brush.tufts(sheet, 30, 432, 570, tone("#93c868"), 11)
    return Ground(far=446, near=534)


def _barn(sheet: Sheet, x: float, foot: float, tone) -> None:
    red, white = tone("#cf6a5a", 0.12), tone("#fbf3e6", 0.05)
    brush.shape(sheet, [(x - 74, foot), (x - 74, foot - 70), (x - 48, foot - 108), (x, foot - 130),
                        (x + 48, foot - 108),
                        (x + 74, foot - 70), (x + 74, foot)], red)  # fmt: skip
    roof = tone("#8d6a63", 0.1)
    brush.stroke(sheet, [(x - 80, foot - 66), (x - 50, foot - 110), (x, foot - 134), (x + 50, foot - 110),
                         (x + 80, foot - 66)], roof, 9)  # fmt: skip
    brush.block(sheet, x - 28, foot - 58, x + 28, foot, tone("#a84f45", 0.1))
    for a, b in (((-28, -58), (28, 0)), ((28, -58), (-28, 0)), ((-28, -58), (28, -58)), ((-28, 0), (-28, -58)),
                 ((28, 0), (28, -58))):  # fmt: skip
        brush.stroke(sheet, [(x + a[0], foot + a[1]), (x + b[0], foot + b[1])], white, 3.4)
    brush.block(sheet, x - 12, foot - 100, x + 12, foot - 78, tone("#7a4b45"), 2)


def _forest(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times, clouds=0)
    brush.glow(sheet, sheet.draw.uniform(0.3, 0.7) * WIDTH, 190, 330, tone("#fff7cf"), 0.8)
    for row, (foot, size, count, far) in enumerate(((352, 190, 13, 0.75), (376, 250, 9, 0.5), (402, 330, 6, 0.25))):
        for i in range(count):
            x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / count
            if row == 2 and WIDTH * 0.3 < x < WIDTH * 0.7:
                continue  # a clearing
            tall = size * sheet.draw.uniform(0.8, 1.2)
            leaf = tone(shifted(sheet, sheet.draw.choice(("#6fae7c", "#83b96f", "#5f9f78"))), far)
            if sheet.draw.random() < 0.5:
                brush.fir(sheet, x, foot, tall, leaf, tone(BARK, far))
            else:
                brush.crown(sheet, x, foot, tall * 0.9, leaf, tone(BARK, far))
        brush.hill(sheet, foot - 6, tone("#9cc688", far), tone("#8fbf74", far * 0.6), 5, 0.9)
    brush.hill(sheet, 412, tone("#98c774"), tone("#6ea659"), 8, 0.8)
    for _ in range(9):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(424, 560)
        _fern(sheet, x, y, sheet.draw.uniform(14, 26), tone("#7db265"))
    for _ in range(5):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(430, 560)
        brush.block(sheet, x - 2.4, y - 7, x + 2.4, y, tone("#f6ead2"), 1)
        sheet.pen.pieslice([v * 2 for v in (x - 8, y - 15, x + 8, y + 1)], 180, 360, tone("#e2685c"))
    return Ground(far=442, near=532)


def _fern(sheet: Sheet, x: float, foot: float, size: float, leaf: str) -> None:
    for k in (-2, -1, 0, 1, 2):
        brush.stroke(sheet, [(x, foot), (x + k * size * 0.26, foot - size * (1 - 0.12 * abs(k))),
                             (x + k * size * 0.52, foot - size * (0.95 - 0.22 * abs(k)))], leaf, 2.6)  # fmt: skip


def _jungle(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times, clouds=0)
    brush.glow(sheet, WIDTH / 2, 200, 360, tone("#fbffd6"), 0.8)
    for foot, size, count, far in ((360, 300, 7, 0.6), (396, 380, 4, 0.3)):
        for i in range(count):
            x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / count
            if count == 4 and WIDTH * 0.33 < x < WIDTH * 0.67:
                continue
            leaf = tone(shifted(sheet, sheet.draw.choice(("#5dab77", "#74b765", "#4f9f7b"))), far)
            tree = sheet.draw.choice((brush.palm, brush.crown))
            tree(sheet, x, foot, size * sheet.draw.uniform(0.8, 1.1), leaf, tone("#9b7b5c", far))
        for i in range(10):
            x = (i + sheet.draw.uniform(0, 1)) * WIDTH / 10
            brush.bush(sheet, x, foot + 8, sheet.draw.uniform(60, 100), tone(shifted(sheet, "#69ae74"), far))
    brush.hill(sheet, 402, tone("#8cc46e"), tone("#5f9f57"), 8, 0.8)
    for _ in range(14):
        _fern(
            sheet,
            sheet.draw.uniform(0, WIDTH),
            sheet.draw.uniform(420, 565),
            sheet.draw.uniform(16, 34),
            tone("#6fae5f"),
        )
    brush.flowers(sheet, 8, 425, 560, tuple(map(tone, ("#f77f9b", "#ffb54d"))), 6)
    return Ground(far=440, near=532)


def _mountains(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    brush.peaks(sheet, 350, 250, tone("#a9bcd6", 0.35), tone("#ffffff", 0.1), 3)
    brush.peaks(sheet, 372, 165, tone("#93aac4", 0.15), tone("#ffffff", 0.05), 5)
    line = brush.hill(sheet, 366, tone("#9fc69a", 0.25), tone("#93c07e"), 14, 1.0)
    for i in range(12):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 12
        brush.fir(
            sheet, x, brush.height_at(line, x) + 8, sheet.draw.uniform(36, 66), tone("#6ea083", 0.2), tone(BARK, 0.2)
        )
    brush.hill(sheet, 402, tone("#a9d287"), tone("#7fb566"), 12, 0.8)
    for _ in range(6):
        _stone(
            sheet,
            sheet.draw.uniform(0, WIDTH),
            sheet.draw.uniform(424, 560),
            sheet.draw.uniform(8, 20),
            tone("#b9bec4"),
        )
    brush.tufts(sheet, 26, 426, 570, tone("#8fc171"), 10)
    return Ground(far=440, near=532)


def _stone(sheet: Sheet, x: float, foot: float, size: float, colour: str) -> None:
    brush.oval(sheet, x, foot - size * 0.4, size, size * 0.55, mixed(colour, "#3a4a5a", 0.16))
    brush.oval(sheet, x - size * 0.1, foot - size * 0.48, size * 0.86, size * 0.45, colour)


def _desert(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times, clouds=1)
    brush.glow(sheet, WIDTH / 2, 360, 380, tone("#ffe9c4"), 0.7)
    brush.hill(sheet, 330, tone("#efcf9f", 0.35), tone("#e9c48c", 0.2), 26, 0.9)
    brush.hill(sheet, 370, tone("#f3d4a0", 0.1), tone("#e6bd82"), 22, 0.8)
    for _ in range(4):
        _cactus(
            sheet, sheet.draw.uniform(20, WIDTH - 20), sheet.draw.uniform(384, 408), sheet.draw.uniform(40, 74), tone
        )
    brush.hill(sheet, 414, tone("#f5dcae"), tone("#e2b97c"), 12, 0.7)
    for k in range(5):
        y = 450 + k * 26
        line = brush.ridge(sheet, y, 5, 1.6)
        a = sheet.draw.randrange(20, 70)
        brush.stroke(sheet, line[a : a + 40], tone("#e8c68d"), 2)
    for _ in range(4):
        _stone(
            sheet,
            sheet.draw.uniform(0, WIDTH),
            sheet.draw.uniform(440, 560),
            sheet.draw.uniform(6, 14),
            tone("#cfa677"),
        )
    return Ground(far=444, near=534)


def _cactus(sheet: Sheet, x: float, foot: float, size: float, tone) -> None:
    leaf = tone("#86b183", 0.15)
    wide = size * 0.16
    brush.stroke(sheet, [(x, foot), (x, foot - size)], leaf, wide)
    for side, low, high in ((-1, 0.35, 0.75), (1, 0.5, 0.85)):
        brush.stroke(sheet, [(x, foot - size * low), (x + side * size * 0.3, foot - size * low),
                             (x + side * size * 0.3, foot - size * high)], leaf, wide * 0.8)  # fmt: skip


def _snow(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    if times & {"night", "sunset"}:
        _sky(sheet, times)
    else:
        brush.sky(sheet, "#a8cbe6", "#eef5fa", 430)
        brush.clouds(sheet, 3, 50, 150, "#ffffff", 0.7)
    brush.peaks(sheet, 350, 150, tone("#b8cbe0", 0.3), tone("#ffffff"), 4)
    line = brush.hill(sheet, 350, tone("#e3eef7", 0.2), tone("#dbe8f3"), 16, 0.8)
    for i in range(9):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 9
        size = sheet.draw.uniform(50, 110)
        brush.fir(sheet, x, brush.height_at(line, x) + 10, size, tone("#7fa89c", 0.2), tone(BARK, 0.2), snow=True)
    brush.hill(sheet, 392, tone("#f4f9fd"), tone("#d5e4f1"), 12, 0.8)
    brush.hill(sheet, 470, tone("#fbfdff"), tone("#dbe8f4"), 14, 0.6)
    return Ground(far=440, near=534)


# ---- water ---------------------------------------------------------------------------------------------------------


def _waves(sheet: Sheet, top: float, bottom: float, light: str, count: int = 34) -> None:
    for _ in range(count):
        y = sheet.draw.uniform(top + 4, bottom - 6)
        near = (y - top) / (bottom - top)
        wide, x = (10 + 34 * near) * sheet.draw.uniform(0.6, 1.3), sheet.draw.uniform(0, WIDTH)
        brush.block(sheet, x - wide, y, x + wide, y + 1.2 + 1.8 * near, light, 1.5)


def _sea(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times, 300)
    brush.below(sheet, [(-8, 292), (WIDTH + 8, 292)], tone("#8fcbe4", 0.3), tone("#3f97c4"))
    if sheet.draw.random() < 0.6:
        x = sheet.draw.choice((140, 620))
        brush.oval(sheet, x, 296, 84, 22, tone("#9dbf9c", 0.4))
        brush.below(sheet, [(-8, 296), (WIDTH + 8, 296)], tone("#8fcbe4", 0.3), tone("#3f97c4"))
    _waves(sheet, 296, HEIGHT, tone("#c6e8f4", 0.1))
    return Ground(far=470, near=540, water=(350, 540), sky=(40, 30, 728, 190), afloat=True)


def _beach(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times, 280)
    brush.below(sheet, [(-8, 272), (WIDTH + 8, 272)], tone("#86cbe2", 0.3), tone("#5fb7d8"))
    _waves(sheet, 276, 400, tone("#d5f0f7", 0.1), 22)
    line = brush.ridge(sheet, 410, 9, 1.2)
    brush.below(sheet, [(x, y - 9) for x, y in line], tone("#f4fbfd"), tone("#f4fbfd"))
    brush.below(sheet, line, tone("#e3cd9d"), tone("#f2dfb4"))
    brush.below(sheet, [(x, y + 11) for x, y in line], tone("#f7e8c4"), tone("#ecd3a0"))
    if sheet.draw.random() < 0.7:
        x = sheet.draw.choice((40, WIDTH - 44))
        brush.palm(sheet, x, 452, 270, tone("#7fb871", 0.1), tone("#b08a62", 0.1))
    for _ in range(9):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(446, 564)
        _shell(sheet, x, y, tone(sheet.draw.choice(("#f6b7a8", "#fff4e4", "#f3cf8f"))))
    return Ground(far=450, near=536, water=(310, 392))


def _shell(sheet: Sheet, x: float, y: float, colour: str) -> None:
    sheet.pen.pieslice([v * 2 for v in (x - 6, y - 6, x + 6, y + 6)], 180, 360, colour)
    brush.oval(sheet, x, y, 2, 1.4, mixed(colour, "#8a6a52", 0.3))


def _river(sheet: Sheet, times: set[str]) -> Ground:
    tone = _toned(times)
    _sky(sheet, times)
    brush.hill(sheet, 316, tone("#b0d3a8", 0.5), tone("#a5cf8e", 0.2), 22, 1.0)
    line = brush.hill(sheet, 342, tone("#b0d98d", 0.2), tone("#98c877"), 6, 0.8)
    for i in range(7):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 7
        brush.crown(
            sheet,
            x,
            brush.height_at(line, x) + 8,
            sheet.draw.uniform(60, 120),
            tone(shifted(sheet, "#8cc27a"), 0.25),
            tone(BARK, 0.3),
        )
    shore = brush.ridge(sheet, 366, 5, 0.8)
    brush.below(sheet, [(x, y - 5) for x, y in shore], tone("#e4d7a6"), tone("#e4d7a6"))
    brush.below(sheet, shore, tone("#9fd6e8"), tone("#69b6d6"))
    _waves(sheet, 372, 470, tone("#d6f0f6", 0.1), 22)
    near = brush.ridge(sheet, 466, 9, 0.8)
    brush.below(sheet, [(x, y - 6) for x, y in near], tone("#e4d7a6"), tone("#e4d7a6"))
    brush.below(sheet, near, tone("#a6d574"), tone("#7fbb5e"))
    for _ in range(12):
        x = sheet.draw.choice((sheet.draw.uniform(0, 170), sheet.draw.uniform(WIDTH - 170, WIDTH)))
        y = brush.height_at(near, x)
        brush.stroke(
            sheet, [(x, y + 4), (x + sheet.draw.uniform(-5, 5), y - sheet.draw.uniform(28, 56))], tone("#7aa85e"), 3
        )
    brush.tufts(sheet, 22, 486, 570, tone("#8fc766"), 11)
    brush.flowers(sheet, 8, 490, 565, _petals(sheet, tone), 4.4)
    return Ground(far=496, near=544, water=(396, 462))


def _underwater(sheet: Sheet, times: set[str]) -> Ground:
    night = "night" in times
    brush.sky(sheet, "#5fc3dc" if not night else "#23457f", "#1f6fa8" if not night else "#132a5e")
    rays = Image.new("L", (WIDTH, HEIGHT))  # they are blurred, so the page's own size will do
    for _ in range(5):
        x, wide = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(20, 60)
        ray = Image.new("L", rays.size)
        corners = [(x, -5), (x + wide, -5), (x + wide * 2 - 120, HEIGHT), (x - 160, HEIGHT)]
        ImageDraw.Draw(ray).polygon(corners, 26)
        rays = ImageChops.add(rays, ray)
    sheet.paste(
        (255, 255, 255), rays.filter(ImageFilter.GaussianBlur(4)).resize(sheet.picture.size, Image.Resampling.BILINEAR)
    )
    brush.hill(sheet, 440, "#2f86b0", "#2a79a3", 26, 1.0)
    brush.hill(sheet, 492, "#e9dcae" if not night else "#8f93a0", "#d6bf85" if not night else "#6f7590", 14, 0.8)
    for _ in range(11):
        x, high = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(50, 130)
        foot, colour = sheet.draw.uniform(510, 560), sheet.draw.choice(("#4fae8a", "#6cbf7c", "#3f9a86"))
        brush.stroke(sheet, [(x + 6 * math.sin(k / 2.6), foot - high * k / 16) for k in range(17)], colour, 6)
    for _ in range(6):
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(520, 566)
        colour = sheet.draw.choice(("#f2849b", "#f7a35c", "#c78be0"))
        for a, b in ((0, -34), (-16, -26), (15, -24), (-24, -12), (24, -14)):
            brush.stroke(sheet, [(x, y), (x + a * 0.5, y + b * 0.6), (x + a, y + b)], colour, 6)
    return Ground(far=500, near=545, air=True)


# ---- towns and rooms -----------------------------------------------------------------------------------------------

FRONTS = ("#f2c6a0", "#f6dfa4", "#b9d7c7", "#c5d3ec", "#efb9b3", "#dccbe6", "#f4e6cf")


def _town(sheet: Sheet, times: set[str]) -> Ground:
    tone, night = _toned(times), "night" in times
    _sky(sheet, times)
    for i in range(9):
        x = i * WIDTH / 8 - 30
        brush.block(sheet, x, sheet.draw.uniform(180, 270), x + 92, 420, tone(shifted(sheet, "#c3d0de"), 0.55))
    x = -30
    while x < WIDTH:
        wide = sheet.draw.uniform(96, 146)
        _front_of_house(sheet, x, sheet.draw.uniform(170, 262), wide, 404, tone, night)
        x += wide + sheet.draw.choice((0, 0, 14))
    brush.block(sheet, -5, 398, WIDTH + 5, 430, tone("#ded9d2"))
    brush.block(sheet, -5, 426, WIDTH + 5, 433, tone("#bdb8b4"))
    brush.below(sheet, [(-8, 433), (WIDTH + 8, 433)], tone("#a9adb6"), tone("#969ba6"))
    for k in range(5):
        x = k * 180 - 20 + sheet.draw.uniform(0, 10)
        brush.shape(sheet, [(x, 560), (x + 84, 560), (x + 90, 552), (x + 8, 552)], tone("#e9e6df"))
    for x in (sheet.draw.uniform(30, 120), WIDTH - sheet.draw.uniform(30, 120)):
        _lamp(sheet, x, 424, tone, night)
    return Ground(far=448, near=540, sky=(40, 24, 728, 150))


def _front_of_house(sheet: Sheet, left: float, top: float, wide: float, foot: float, tone, night: bool) -> None:
    draw = sheet.draw
    wall = tone(draw.choice(FRONTS), 0.1)
    roof = tone(draw.choice(("#b5675a", "#8f7f86", "#a8765c", "#71839b")), 0.1)
    if draw.random() < 0.65:
        brush.shape(sheet, [(left - 5, top), (left + wide / 2, top - 46), (left + wide + 5, top)], roof)
    else:
        brush.block(sheet, left - 4, top - 10, left + wide + 4, top + 3, roof, 2)
    brush.block(sheet, left, top, left + wide, foot, wall)
    columns = 2 if wide < 120 else 3
    pane, frame = ("#ffe6a3" if night else tone("#dff0f7")), tone("#ffffff", 0.1)
    y = top + 16
    while y < foot - 84:
        for c in range(columns):
            x = left + wide * (c + 0.5) / columns
            brush.block(sheet, x - 13, y, x + 13, y + 32, frame, 2)
            lit = night and draw.random() < 0.35
            brush.block(sheet, x - 10, y + 3, x + 10, y + 29, tone("#9fb3c4") if night and not lit else pane, 1)
        y += 50
    middle = left + wide * draw.choice((0.3, 0.5, 0.7))
    brush.block(
        sheet, middle - 15, foot - 56, middle + 15, foot, tone(draw.choice(("#8c5f4a", "#5f7f8c", "#9a4f55"))), 4
    )
    if draw.random() < 0.5:
        stripe, other = tone(draw.choice(("#e2726b", "#5fa39a", "#e0a54c"))), tone("#fff8ec")
        for k in range(8):
            x = left + wide * k / 8
            colour = stripe if k % 2 == 0 else other
            brush.shape(
                sheet, [(x, foot - 78), (x + wide / 8, foot - 78), (x + wide / 8, foot - 60), (x, foot - 60)], colour
            )


def _lamp(sheet: Sheet, x: float, foot: float, tone, night: bool) -> None:
    iron = tone("#59646e")
    brush.block(sheet, x - 2.5, foot - 128, x + 2.5, foot, iron)
    brush.block(sheet, x - 7, foot - 6, x + 7, foot, iron, 2)
    if night:
        brush.glow(sheet, x, foot - 138, 95, "#ffe39a", 0.75)
    brush.oval(sheet, x, foot - 138, 10, 12, "#fff0bd" if night else tone("#fdf4d8"))
    brush.block(sheet, x - 9, foot - 153, x + 9, foot - 148, iron, 2)


def _castle(sheet: Sheet, times: set[str]) -> Ground:
    tone, night = _toned(times), "night" in times
    _sky(sheet, times)
    brush.hill(sheet, 330, tone("#b7d3bb", 0.5), tone("#a8d08d", 0.25), 20, 0.9)
    x = WIDTH * sheet.draw.choice((0.3, 0.5, 0.7))
    _keep(sheet, x, 372, tone, night)
    brush.hill(sheet, 364, tone("#aed88a", 0.1), tone("#93c673"), 10, 0.7)
    _path(sheet, tone("#eee0c0"), tone("#e2d0a8"))
    for i in range(7):
        at = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 7
        if abs(at - x) > 60:
            brush.bush(sheet, at, 398, sheet.draw.uniform(36, 60), tone(shifted(sheet, "#86bf79"), 0.15))
    brush.tufts(sheet, 26, 420, 570, tone("#8fc766"), 10)
    brush.flowers(sheet, 14, 430, 560, _petals(sheet, tone), 4)
    return Ground(far=446, near=534)


def _keep(sheet: Sheet, x: float, foot: float, tone, night: bool) -> None:
    wall, roof = tone("#d9d3dd", 0.2), tone(sheet.draw.choice(("#8a7fc0", "#c7746f", "#6f9bc4")), 0.15)
    flag = tone(sheet.draw.choice(("#e8695f", "#f2b84b")))
    hole = "#ffe6a3" if night else tone("#8b86a3", 0.1)
    for dx, wide, high in ((-96, 44, 176), (96, 44, 166), (-44, 40, 216), (46, 40, 206), (0, 54, 256)):
        brush.block(sheet, x + dx - wide / 2, foot - high, x + dx + wide / 2, foot + 14, mixed(wall, "#ffffff", 0.1))
        brush.block(
            sheet, x + dx + wide * 0.18, foot - high, x + dx + wide / 2, foot + 14, mixed(wall, "#6b6a92", 0.14)
        )
        peak = foot - high - wide * 1.3
        brush.shape(
            sheet, [(x + dx - wide * 0.64, foot - high), (x + dx, peak), (x + dx + wide * 0.64, foot - high)], roof
        )
        brush.stroke(sheet, [(x + dx, peak), (x + dx, peak - 20)], tone("#7d7388"), 2)
        brush.shape(sheet, [(x + dx, peak - 20), (x + dx + 20, peak - 14), (x + dx, peak - 8)], flag)
        brush.block(sheet, x + dx - 6, foot - high + 22, x + dx + 6, foot - high + 44, hole, 6)
    brush.block(sheet, x - 118, foot - 84, x + 118, foot + 14, wall)
    for k in range(10):
        left = x - 118 + k * 24.6
        brush.block(sheet, left, foot - 98, left + 14, foot - 82, wall)
    brush.block(sheet, x - 24, foot - 56, x + 24, foot + 16, tone("#8c6a55", 0.1), 22)


WALLS = (
    ("#f6e3c8", "#efd3ae"),
    ("#d9e8dc", "#c6dccb"),
    ("#dfe6f4", "#cdd8ec"),
    ("#f6d9d5", "#efc6c1"),
    ("#ece1f3", "#dfd0ea"),
)


def _indoors(sheet: Sheet, wood: str = "#d9b48a") -> tuple[str, str]:
    """Wall and floor. -> the wall's two colours"""
    wall = sheet.draw.choice(WALLS)
    brush.sky(sheet, mixed(wall[0], "#ffffff", 0.25), wall[0], 400)
    brush.below(sheet, [(-8, 396), (WIDTH + 8, 396)], mixed(wood, "#ffffff", 0.18), wood)
    for y, thick in ((420, 1.2), (452, 1.6), (492, 2), (540, 2.4)):
        brush.block(sheet, -5, y, WIDTH + 5, y + thick, mixed(wood, "#7d5a3c", 0.22))
    brush.block(sheet, -5, 384, WIDTH + 5, 400, mixed(wall[1], "#ffffff", 0.55))
    brush.block(sheet, -5, 397, WIDTH + 5, 401, mixed(wood, "#7d5a3c", 0.25))
    return wall


def _window(
    sheet: Sheet, x: float, top: float, wide: float, high: float, times: set[str], curtain: str | None
) -> tuple:
    """With a view. -> the box of its panes, where sun and moon may be seen"""
    view = Sheet(sheet.draw.randrange(10**6))
    _sky(view, times, 300, clouds=4)
    tone = _toned(times)
    brush.hill(view, 210, tone("#b5d6b2", 0.3), tone("#98c877"), 14, 1.4)
    view = view.picture.crop((0, 0, WIDTH * 2, 290 * 2)).resize(
        (round(wide * 2), round(high * 2)), Image.Resampling.LANCZOS
    )
    brush.block(sheet, x - wide / 2 - 10, top - 10, x + wide / 2 + 10, top + high + 10, "#fffaf2", 4)
    sheet.picture.paste(view, (round((x - wide / 2) * 2), round(top * 2)))
    brush.block(sheet, x - 3, top, x + 3, top + high, "#fffaf2")
    brush.block(sheet, x - wide / 2, top + high * 0.48, x + wide / 2, top + high * 0.48 + 5, "#fffaf2")
    brush.block(sheet, x - wide / 2 - 18, top + high + 8, x + wide / 2 + 18, top + high + 18, "#f3e6d3", 3)
    if curtain:
        dark = mixed(curtain, "#40304a", 0.12)
        brush.block(sheet, x - wide / 2 - 40, top - 24, x + wide / 2 + 40, top - 17, "#b08a64", 3)
        for side in (-1, 1):
            edge = x + side * (wide / 2 + 34)
            inner = x + side * (wide / 2 - 20)
            tie = x + side * (wide / 2 + 14)
            brush.shape(sheet, [(edge, top - 20), (inner, top - 20), (tie, top + high * 0.62),
                                (inner + side * 20, top + high + 26),
                                (edge, top + high + 26)], curtain)  # fmt: skip
            for k in (0.3, 0.65):
                at = edge + (inner - edge) * k
                brush.stroke(sheet, [(at, top - 18), (tie + (edge - tie) * (1 - k), top + high * 0.6)], dark, 1.6)
    return (round(x - wide / 2), round(top), round(x + wide / 2), round(top + high * 0.75))


def _rug(sheet: Sheet, x: float, y: float, wide: float, high: float, colour: str) -> None:
    brush.oval(sheet, x, y, wide, high, mixed(colour, "#ffffff", 0.5))
    brush.oval(sheet, x, y, wide * 0.93, high * 0.9, colour)
    brush.oval(sheet, x, y, wide * 0.72, high * 0.66, mixed(colour, "#ffffff", 0.28))
    brush.oval(sheet, x, y, wide * 0.68, high * 0.61, mixed(colour, "#ffffff", 0.1))


def _framed(sheet: Sheet, x: float, y: float, wide: float, high: float) -> None:
    """A small picture on the wall."""
    brush.block(sheet, x - wide, y - high, x + wide, y + high, "#b08a64", 2)
    brush.block(sheet, x - wide + 5, y - high + 5, x + wide - 5, y + high - 5, "#fbf6ea")
    colour = sheet.draw.choice(("#8fbf9a", "#e7a08b", "#8fb4d8"))
    brush.shape(sheet, [(x - wide + 5, y + high - 5), (x - wide * 0.1, y - high * 0.3),
                        (x + wide * 0.3, y + high * 0.2),
                        (x + wide * 0.55, y - high * 0.05), (x + wide - 5, y + high - 5)], colour)  # fmt: skip


def _room(sheet: Sheet, times: set[str]) -> Ground:
    _indoors(sheet)
    left = sheet.draw.random() < 0.5
    x = 230 if left else WIDTH - 230
    pane = _window(sheet, x, 92, 170, 176, times, sheet.draw.choice(("#e59a8f", "#8fb8c9", "#e8bf72")))
    other = WIDTH - 150 if left else 150
    _framed(sheet, other - 52, 150, 36, 28)
    _framed(sheet, other + 40, 176, 26, 34)
    _sofa(sheet, other, 404, sheet.draw.choice(("#8fb3a4", "#d99a86", "#93a5cc")))
    _floor_lamp(sheet, 60 if left else WIDTH - 60, 404, "night" in times)
    _rug(sheet, WIDTH / 2, 500, 290, 48, sheet.draw.choice(("#d98f82", "#7fa9b5", "#c9a3c9", "#d8b06a")))
    return Ground(far=456, near=534, sky=pane, inside=True)


def _sofa(sheet: Sheet, x: float, foot: float, colour: str) -> None:
    dark, light = mixed(colour, "#3a3a50", 0.16), mixed(colour, "#ffffff", 0.16)
    for dx in (-90, 80):
        brush.block(sheet, x + dx, foot - 4, x + dx + 10, foot + 14, "#8a6a52", 2)
    brush.block(sheet, x - 100, foot - 112, x + 100, foot - 20, dark, 22)
    brush.block(sheet, x - 78, foot - 60, x + 78, foot - 8, light, 10)
    brush.block(sheet, x - 1, foot - 58, x + 1, foot - 10, dark)
    for side in (-1, 1):
        brush.block(sheet, x + side * 98 - 20, foot - 78, x + side * 98 + 20, foot + 2, colour, 16)


def _floor_lamp(sheet: Sheet, x: float, foot: float, night: bool) -> None:
    if night:
        brush.glow(sheet, x, foot - 226, 190, "#ffe7a8", 0.8)
    brush.block(sheet, x - 2.5, foot - 210, x + 2.5, foot, "#8a7360")
    brush.oval(sheet, x, foot, 24, 5, "#7b6655")
    brush.shape(
        sheet, [(x - 24, foot - 252), (x + 24, foot - 252), (x + 40, foot - 200), (x - 40, foot - 200)], "#f7dfae"
    )


def _kitchen(sheet: Sheet, times: set[str]) -> Ground:
    _indoors(sheet, "#e0c9a6")
    cabinet = sheet.draw.choice(("#9cc2b4", "#a9bfdc", "#e6b9a3"))
    dark = mixed(cabinet, "#33404a", 0.18)
    for y in range(236, 320, 21):  # tiles
        for i in range(-1, 33):
            x = i * 25 + (12 if (y // 21) % 2 else 0)
            brush.block(sheet, x, y, x + 23, y + 19, mixed("#ffffff", cabinet, 0.1 + 0.1 * sheet.draw.random()), 2)
    pane = _window(sheet, WIDTH / 2, 74, 190, 140, times, None)
    for x in (30, 138, 548, 656):
        brush.block(sheet, x, 56, x + 100, 204, dark, 4)
        brush.block(sheet, x + 4, 60, x + 96, 200, cabinet, 3)
        brush.block(sheet, x + 14, 70, x + 86, 190, mixed(cabinet, "#ffffff", 0.16), 3)
        brush.oval(sheet, x + (84 if x < 400 else 16), 182, 3, 3, "#f5e6c8")
    brush.block(sheet, -5, 318, WIDTH + 5, 332, "#f3e7d6", 2)
    brush.block(sheet, -5, 332, WIDTH + 5, 410, dark)
    for i in range(8):
        x = i * 97 + 3
        brush.block(sheet, x, 336, x + 91, 404, cabinet, 3)
        brush.block(sheet, x + 32, 346, x + 60, 350, "#f5e6c8", 2)
    x = sheet.draw.choice((150, 610))
    brush.block(sheet, x - 36, 276, x + 36, 320, "#8e9aa3", 6)
    brush.block(sheet, x - 46, 284, x + 46, 291, "#7c8891", 3)
    brush.block(sheet, x - 38, 268, x + 38, 276, "#a9b4bb", 3)
    other = WIDTH - x
    for k, colour in enumerate(("#e78b74", "#f0c66a", "#8fc0a0")):
        brush.block(sheet, other - 46 + k * 34, 288 + 4 * k, other - 20 + k * 34, 320, colour, 4)
        brush.block(sheet, other - 48 + k * 34, 284 + 4 * k, other - 18 + k * 34, 290 + 4 * k, "#b08a64", 2)
    return Ground(far=458, near=536, sky=pane, inside=True)


def _bedroom(sheet: Sheet, times: set[str]) -> Ground:
    wall = _indoors(sheet)
    for _ in range(34):  # wallpaper
        x, y = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(20, 370)
        brush.oval(sheet, x, y, 3.4, 3.4, mixed(wall[1], "#ffffff", 0.5))
    left = sheet.draw.random() < 0.5
    pane = _window(
        sheet, WIDTH - 250 if left else 250, 86, 160, 170, times, sheet.draw.choice(("#a9b7e0", "#f0b7b0", "#b7d5b9"))
    )
    x = 30 if left else WIDTH - 300
    cover = sheet.draw.choice(("#8fb2d9", "#e59ba0", "#a3c79a", "#c2a5d9"))
    brush.block(sheet, x if left else x + 258, 254, x + 12 if left else x + 270, 436, "#a9805b", 5)
    brush.block(sheet, x, 356, x + 270, 414, "#b98d64", 6)
    brush.block(sheet, x + 8, 334, x + 262, 376, "#fdf8ef", 12)
    pillow = x + 16 if left else x + 184
    brush.block(sheet, pillow, 312, pillow + 72, 350, "#ffffff", 14)
    start = x + 84 if left else x + 4
    brush.block(sheet, start, 326, start + 182, 396, cover, 14)
    brush.block(
        sheet,
        start if left else start + 152,
        326,
        start + 30 if left else start + 182,
        396,
        mixed(cover, "#ffffff", 0.5),
        10,
    )
    shelf = WIDTH - 100 if left else 100
    brush.block(sheet, shelf - 70, 190, shelf + 70, 198, "#b98d64", 2)
    at = shelf - 60
    while at < shelf + 30:
        wide, high = sheet.draw.uniform(9, 16), sheet.draw.uniform(34, 52)
        brush.block(
            sheet,
            at,
            190 - high,
            at + wide,
            190,
            sheet.draw.choice(("#e07a6f", "#6fa3b8", "#e8bd5f", "#8bb58a", "#a78bc7")),
            2,
        )
        at += wide + 1.5
    _rug(sheet, WIDTH / 2, 504, 270, 46, sheet.draw.choice(("#8fb2d9", "#e0a39a", "#b9cf9a", "#d9b56f")))
    if "night" in times:
        brush.glow(sheet, shelf, 300, 170, "#ffe7a8", 0.4)
    return Ground(far=462, near=536, sky=pane, inside=True)


def _school(sheet: Sheet, times: set[str]) -> Ground:
    _indoors(sheet, "#d9bc94")
    pane = _window(sheet, 636, 96, 150, 170, times, None)
    brush.block(sheet, 70, 84, 500, 300, "#b58a5f", 6)
    brush.block(sheet, 82, 96, 488, 288, "#4f8069", 3)
    chalk = "#dfeae3"
    brush.stroke(sheet, [(110, 130), (180, 130)], chalk, 3)
    for row in range(3):
        x = 110
        while x < 300 + row * 20:
            wide = sheet.draw.uniform(16, 44)
            brush.stroke(sheet, [(x, 166 + row * 34), (x + wide, 166 + row * 34)], mixed(chalk, "#4f8069", 0.3), 2.4)
            x += wide + 12
    brush.oval(sheet, 410, 170, 32, 32, chalk)
    brush.oval(sheet, 410, 170, 28, 28, "#4f8069")
    brush.shape(sheet, [(370, 262), (400, 214), (430, 262)], mixed(chalk, "#4f8069", 0.35))
    brush.block(sheet, 70, 300, 500, 308, "#c79a6b", 2)
    for x in (40, 250, 470, 660):
        brush.block(sheet, x - 60, 352, x + 60, 362, "#c9986a", 3)
        for dx in (-52, 46):
            brush.block(sheet, x + dx, 362, x + dx + 6, 416, "#8d969d")
    return Ground(far=460, near=536, sky=pane, inside=True)


def _cave(sheet: Sheet, times: set[str]) -> Ground:
    brush.sky(sheet, "#5b5470", "#7d7590")
    x = sheet.draw.choice((0.35, 0.5, 0.65)) * WIDTH
    brush.glow(sheet, x, 300, 330, "#ffd9a0", 0.75)
    brush.oval(sheet, x, 330, 130, 150, "#a9d3e6" if "night" not in times else "#27366f")
    brush.oval(sheet, x, 470, 150, 80, "#9cc98a" if "night" not in times else "#3a5a6a")
    rock, dark = "#6a627f", "#564f6b"
    for i in range(11):
        at, long = i * WIDTH / 10 + sheet.draw.uniform(-20, 20), sheet.draw.uniform(50, 150)
        if abs(at - x) < 110:
            long *= 0.6
        brush.shape(sheet, [(at - 52, -5), (at, long), (at + 52, -5)], rock if i % 2 else dark)
    for side in (0, WIDTH):
        for k in range(3):
            brush.oval(sheet, side, 130 + k * 150, sheet.draw.uniform(80, 130), 120, (dark, rock, dark)[k])
    brush.hill(sheet, 420, "#8d849f", "#6b6380", 12, 0.8)
    for _ in range(8):
        _stone(sheet, sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(440, 566), sheet.draw.uniform(8, 22), "#9d95ad")
    for _ in range(4):
        at, y = (
            sheet.draw.choice((sheet.draw.uniform(20, 160), sheet.draw.uniform(600, 750))),
            sheet.draw.uniform(430, 500),
        )
        colour = sheet.draw.choice(("#9fe0e6", "#e6b3f0", "#b9f0c2"))
        brush.glow(sheet, at, y - 16, 70, colour, 0.35)
        for dx, high in ((-10, 26), (0, 40), (10, 24)):
            brush.shape(
                sheet,
                [(at + dx - 6, y), (at + dx, y - high), (at + dx + 6, y)],
                mixed(colour, "#ffffff", 0.15 * (dx == 0)),
            )
    return Ground(far=450, near=534, sky=(60, 40, 708, 190))


def _space(sheet: Sheet, times: set[str]) -> Ground:
    brush.sky(sheet, "#161a45", "#3b2f6d")
    for colour in ("#7a4fa3", "#3f6fb5", "#b5578f"):
        brush.glow(
            sheet, sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(0, 420), sheet.draw.uniform(190, 320), colour, 0.5
        )
    brush.stars(sheet, 150, HEIGHT)
    x = sheet.draw.choice((90, 660))
    y, r, colour = (
        sheet.draw.uniform(90, 170),
        sheet.draw.uniform(34, 54),
        sheet.draw.choice(("#f0b27a", "#8fd0c4", "#e79bb5")),
    )
    brush.oval(sheet, x, y, r, r, colour)
    brush.oval(sheet, x - r * 0.3, y - r * 0.1, r * 0.2, r * 0.14, mixed(colour, "#ffffff", 0.3))
    brush.oval(sheet, x + r * 0.3, y + r * 0.35, r * 0.26, r * 0.18, mixed(colour, "#3b2f6d", 0.2))
    brush.stroke(
        sheet, [(x - r * 1.7, y + r * 0.4), (x + r * 1.7, y - r * 0.4)], mixed(colour, "#ffffff", 0.45), r * 0.13
    )
    line = brush.hill(sheet, 462, "#b9b6cf", "#8884ab", 16, 0.6)
    for _ in range(9):
        at, r = sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(10, 34)
        y = brush.height_at(line, at) + sheet.draw.uniform(24, 100)
        brush.oval(sheet, at, y, r, r * 0.32, "#8f8bb0")
        brush.oval(sheet, at, y + r * 0.06, r * 0.9, r * 0.25, "#a19dc0")
    return Ground(far=492, near=548, sky=(60, 40, 708, 330))


def _above(sheet: Sheet, times: set[str]) -> Ground:
    """High up, among the clouds."""
    _sky(sheet, times, HEIGHT, clouds=0)
    white = _toned(times)("#ffffff")
    brush.clouds(sheet, 4, 90, 300, white, 0.6)
    for y, size, strength in ((470, 110, 0.5), (530, 150, 0.7), (585, 180, 0.95)):
        for i in range(6):
            brush.cloud(
                sheet,
                (i + sheet.draw.uniform(0, 1)) * WIDTH / 6,
                y,
                size * sheet.draw.uniform(0.8, 1.1),
                white,
                strength,
            )
    return Ground(far=480, near=540, air=True)


PAINTERS = {
    "meadow": _meadow,
    "park": _park,
    "garden": _garden,
    "farm": _farm,
    "forest": _forest,
    "jungle": _jungle,
    "river": _river,
    "sea": _sea,
    "underwater": _underwater,
    "beach": _beach,
    "mountains": _mountains,
    "desert": _desert,
    "snow": _snow,
    "space": _space,
    "sky": _above,
    "town": _town,
    "room": _room,
    "kitchen": _kitchen,
    "bedroom": _bedroom,
    "school": _school,
    "castle": _castle,
    "cave": _cave,
}
PLACES = tuple(PAINTERS)
INDOORS = ("room", "kitchen", "bedroom", "school", "cave")
GRASSY = {name: "#6faf58" for name in ("meadow", "park", "garden", "farm", "forest", "jungle", "river", "castle")}
