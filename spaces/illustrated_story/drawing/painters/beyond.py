"""Backdrops below the earth and above it: a cave, space, the clouds."""

from .. import brush
from ..brush import Sheet, mixed
from ..stage import HEIGHT, WIDTH, Ground
from . import light
from .land import stone


def cave(sheet: Sheet, times: set[str]) -> Ground:
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
        stone(sheet, sheet.draw.uniform(0, WIDTH), sheet.draw.uniform(440, 566), sheet.draw.uniform(8, 22), "#9d95ad")
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


def space(sheet: Sheet, times: set[str]) -> Ground:
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


def above(sheet: Sheet, times: set[str]) -> Ground:
    """High up, among the clouds."""
    light.sky(sheet, times, HEIGHT, clouds=0)
    white = light.toned(times)("#ffffff")
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
