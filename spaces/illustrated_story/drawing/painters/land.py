"""Backdrops of open land. Each paints a sheet and gives the ground that figures can stand on."""

from .. import brush
from ..brush import Sheet, mixed, shifted
from ..stage import HEIGHT, WIDTH, Ground
from . import light

BARK = "#8a6a52"


def meadow(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
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
    brush.flowers(sheet, 26, 425, 565, petals(sheet, tone), 4.2)
    return Ground(far=436, near=532)


def petals(sheet: Sheet, tone) -> tuple[str, ...]:
    sets = (("#ffffff", "#ffe27a"), ("#f7a6bd", "#ffffff"), ("#c9b5f0", "#fff3b0"), ("#ff9f80", "#ffe9a8"))
    return tuple(tone(colour) for colour in sheet.draw.choice(sets))


def park(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
    line = brush.hill(sheet, 352, tone("#a6d08b", 0.25), tone("#9ccc7c"), 8, 0.6)
    for i in range(8):
        x = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 8
        size = sheet.draw.uniform(80, 150)
        leaf = tone(shifted(sheet, sheet.draw.choice(("#8cc27a", "#a4cc7a", "#7db887")), 8), 0.3)
        brush.crown(sheet, x, brush.height_at(line, x) + 8, size, leaf, tone(BARK, 0.3))
    brush.hill(sheet, 366, tone("#b3da86"), tone("#86c064"), 5, 0.6)
    path(sheet, tone("#f0e1bd"), tone("#e6d2a6"))
    if sheet.draw.random() < 0.6:
        _bench(sheet, sheet.draw.choice((110, WIDTH - 120)), 402, tone)
    brush.tufts(sheet, 26, 420, 570, tone("#8fc766"), 10)
    brush.flowers(sheet, 14, 420, 560, petals(sheet, tone), 4)
    return Ground(far=440, near=534)


def path(sheet: Sheet, light: str, dark: str) -> None:
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


def garden(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
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


def farm(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
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


def forest(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times, clouds=0)
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


def jungle(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times, clouds=0)
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


def mountains(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
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
        stone(
            sheet,
            sheet.draw.uniform(0, WIDTH),
            sheet.draw.uniform(424, 560),
            sheet.draw.uniform(8, 20),
            tone("#b9bec4"),
        )
    brush.tufts(sheet, 26, 426, 570, tone("#8fc171"), 10)
    return Ground(far=440, near=532)


def stone(sheet: Sheet, x: float, foot: float, size: float, colour: str) -> None:
    brush.oval(sheet, x, foot - size * 0.4, size, size * 0.55, mixed(colour, "#3a4a5a", 0.16))
    brush.oval(sheet, x - size * 0.1, foot - size * 0.48, size * 0.86, size * 0.45, colour)


def desert(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times, clouds=1)
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
        stone(
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


def snow(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    if times & {"night", "sunset"}:
        light.sky(sheet, times)
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
