"""Backdrops by the water, on it and under it."""

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .. import brush
from ..brush import Sheet, mixed, shifted
from ..stage import HEIGHT, WIDTH, Ground
from . import light
from .land import BARK, petals


def _waves(sheet: Sheet, top: float, bottom: float, light: str, count: int = 34) -> None:
    for _ in range(count):
        y = sheet.draw.uniform(top + 4, bottom - 6)
        near = (y - top) / (bottom - top)
        wide, x = (10 + 34 * near) * sheet.draw.uniform(0.6, 1.3), sheet.draw.uniform(0, WIDTH)
        brush.block(sheet, x - wide, y, x + wide, y + 1.2 + 1.8 * near, light, 1.5)


def sea(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times, 300)
    brush.below(sheet, [(-8, 292), (WIDTH + 8, 292)], tone("#8fcbe4", 0.3), tone("#3f97c4"))
    if sheet.draw.random() < 0.6:
        x = sheet.draw.choice((140, 620))
        brush.oval(sheet, x, 296, 84, 22, tone("#9dbf9c", 0.4))
        brush.below(sheet, [(-8, 296), (WIDTH + 8, 296)], tone("#8fcbe4", 0.3), tone("#3f97c4"))
    _waves(sheet, 296, HEIGHT, tone("#c6e8f4", 0.1))
    return Ground(far=470, near=540, water=(350, 540), sky=(40, 30, 728, 190), afloat=True)


def beach(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times, 280)
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


def river(sheet: Sheet, times: set[str]) -> Ground:
    tone = light.toned(times)
    light.sky(sheet, times)
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
    brush.flowers(sheet, 8, 490, 565, petals(sheet, tone), 4.4)
    return Ground(far=496, near=544, water=(396, 462))


def underwater(sheet: Sheet, times: set[str]) -> Ground:
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
