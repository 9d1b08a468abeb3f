"""Backdrops of what people build: a street, a castle."""

from .. import brush
from ..brush import Sheet, mixed, shifted
from ..stage import WIDTH, Ground
from . import light
from .land import path, petals

FRONTS = ("#f2c6a0", "#f6dfa4", "#b9d7c7", "#c5d3ec", "#efb9b3", "#dccbe6", "#f4e6cf")


def town(sheet: Sheet, times: set[str]) -> Ground:
    tone, night = light.toned(times), "night" in times
    light.sky(sheet, times)
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


def castle(sheet: Sheet, times: set[str]) -> Ground:
    tone, night = light.toned(times), "night" in times
    light.sky(sheet, times)
    brush.hill(sheet, 330, tone("#b7d3bb", 0.5), tone("#a8d08d", 0.25), 20, 0.9)
    x = WIDTH * sheet.draw.choice((0.3, 0.5, 0.7))
    _keep(sheet, x, 372, tone, night)
    brush.hill(sheet, 364, tone("#aed88a", 0.1), tone("#93c673"), 10, 0.7)
    path(sheet, tone("#eee0c0"), tone("#e2d0a8"))
    for i in range(7):
        at = (i + sheet.draw.uniform(0.1, 0.9)) * WIDTH / 7
        if abs(at - x) > 60:
            brush.bush(sheet, at, 398, sheet.draw.uniform(36, 60), tone(shifted(sheet, "#86bf79"), 0.15))
    brush.tufts(sheet, 26, 420, 570, tone("#8fc766"), 10)
    brush.flowers(sheet, 14, 430, 560, petals(sheet, tone), 4)
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
