"""Backdrops indoors. What is seen through a window is a landscape at the same hour."""

from PIL import Image

from .. import brush
from ..brush import Sheet, mixed
from ..stage import WIDTH, Ground
from . import light

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
    light.sky(view, times, 300, clouds=4)
    tone = light.toned(times)
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


def room(sheet: Sheet, times: set[str]) -> Ground:
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


def kitchen(sheet: Sheet, times: set[str]) -> Ground:
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


def bedroom(sheet: Sheet, times: set[str]) -> Ground:
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


def school(sheet: Sheet, times: set[str]) -> Ground:
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
