"""The hour and the weather of a backdrop: what the sky looks like, and what they make of the colours of the day."""

from .. import brush
from ..brush import Sheet, mixed
from ..stage import WIDTH


def toned(times: set[str]):
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


def sky(sheet: Sheet, times: set[str], to: int = 430, clouds: int = 3) -> None:
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


def on_figures(times: set[str]) -> tuple[float, float, float]:
    """What the colours of figures outdoors are multiplied with; a backdrop is painted for its hour already."""
    if "night" in times:
        return 0.86, 0.88, 0.98
    if "sunset" in times:
        return 1.0, 0.94, 0.88
    if times & {"rain", "snow"}:
        return 0.93, 0.95, 0.98
    return 1.0, 1.0, 1.0
