"""The pictures that are there to choose from, none of which a translator has been trained on: `samples.png`, a row a
style. `python -m style_transfer.samples`, in spaces/, made it: Emoji diffusion drew three of the rows, and what is
flat is drawn here.
"""

import base64
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from shared import recipe

FILE = Path(__file__).with_name("samples.png")
SIDE = 64  # pixels
NAMES = {  # style -> what is in its row
    "fluent flat": ("face", "house", "mushroom", "fish", "rocket", "flower"),
    "fluent 3d": ("fox", "face", "house", "rocket", "tulip", "owl"),
    "noto": ("fox", "face", "house", "rocket", "tulip", "owl"),
    "twemoji": ("fox", "face", "house", "rocket", "tulip", "owl"),
}
PROMPTS = {"face": "grinning face"}


@cache
def sheet() -> Image.Image:
    with Image.open(FILE) as opened:
        return opened.convert("RGB")


def picture(style: str, name: str) -> Image.Image:
    """64x64 pixels. KeyError, ValueError where there is none."""
    row, column = list(NAMES).index(style), NAMES[style].index(name)
    corner = SIDE * column, SIDE * row
    return sheet().crop((*corner, corner[0] + SIDE, corner[1] + SIDE))


@cache
def urls() -> dict[str, str]:
    """{"noto/fox": a PNG as a data URL}"""
    return {
        f"{style}/{name}": "data:image/png;base64," + base64.b64encode(recipe.png(picture(style, name))).decode()
        for style, names in NAMES.items()
        for name in names
    }


# ---- how they were made ----------------------------------------------------------------------------------------------

LARGER = 8  # drawn so many times as large
YELLOW, RED, BLUE, GREEN, BROWN, DARK = "#ffc928", "#f8312f", "#00a6ed", "#44911b", "#8a5a44", "#321b41"


def flat(name: str) -> Image.Image:
    """A thing in a few areas of one colour each."""
    paper = Image.new("RGB", (SIDE * LARGER, SIDE * LARGER), "white")
    pen = ImageDraw.Draw(paper)

    def oval(x: float, y: float, across: float, down: float, colour: str) -> None:
        pen.ellipse([LARGER * one for one in (x - across, y - down, x + across, y + down)], fill=colour)

    def area(points: tuple[tuple[float, float], ...], colour: str) -> None:
        pen.polygon([(LARGER * x, LARGER * y) for x, y in points], fill=colour)

    def box(left: float, top: float, right: float, bottom: float, colour: str, round_: float = 0) -> None:
        pen.rounded_rectangle([LARGER * one for one in (left, top, right, bottom)], LARGER * round_, fill=colour)

    if name == "face":
        oval(32, 32, 28, 28, YELLOW)
        for x in (22, 42):
            oval(x, 26, 4, 5, DARK)
        pen.chord([LARGER * one for one in (17, 24, 47, 52)], 0, 180, fill=DARK)
        oval(32, 48, 7, 3, RED)
    elif name == "house":
        box(12, 28, 52, 58, "#ffdea7")
        area(((6, 31), (32, 6), (58, 31)), RED)
        box(27, 40, 38, 58, BROWN)
        for x in (16, 41):
            box(x, 38, x + 8, 47, BLUE, 1)
    elif name == "mushroom":
        box(23, 32, 41, 58, "#ffe5c8", 8)
        pen.chord([LARGER * one for one in (6, 7, 58, 63)], 180, 360, fill=RED)
        for x, y, size in ((20, 24, 5), (36, 16, 6), (48, 29, 4), (32, 30, 3)):
            oval(x, y, size, size, "white")
    elif name == "fish":
        area(((40, 32), (60, 16), (56, 32), (60, 48)), "#ff822d")
        oval(28, 32, 22, 16, "#ff822d")
        area(((24, 17), (36, 8), (40, 20)), "#ffb02e")
        oval(17, 28, 4, 4, "white")
        oval(16, 28, 2, 2, DARK)
        for x in (26, 33):
            pen.arc([LARGER * one for one in (x, 24, x + 10, 42)], 120, 240, fill="#ffb02e", width=2 * LARGER)
    elif name == "rocket":
        area(((20, 40), (9, 56), (22, 52)), RED)
        area(((44, 40), (55, 56), (42, 52)), RED)
        area(((26, 52), (32, 63), (38, 52)), "#ffb02e")
        oval(32, 30, 13, 26, "#d3d3d3")
        pen.pieslice([LARGER * one for one in (19, 4, 45, 40)], 215, 325, fill=RED)
        oval(32, 30, 6, 6, BLUE)
    else:
        box(30, 34, 34, 60, GREEN)
        oval(22, 50, 9, 4, GREEN)
        oval(42, 46, 9, 4, GREEN)
        for x, y in ((32, 10), (44, 18), (40, 32), (24, 32), (20, 18)):
            oval(x, y, 8.5, 8.5, "#f92f60")
        oval(32, 22, 8, 8, YELLOW)
    return paper.resize((SIDE, SIDE), Image.Resampling.BOX)


def record() -> Image.Image:
    from shared.core import loaders
    from shared.evaluation.text_to_image import draw

    made = Image.new("RGB", (SIDE * 6, SIDE * len(NAMES)), "white")
    with loaders.use("emoji-diffusion", precision="exact") as loaded:
        for row, (style, names) in enumerate(NAMES.items()):
            if style == "fluent flat":
                pictures = [flat(name) for name in names]
            else:
                drawn = draw(loaded.model.pipe, [f"{style} emoji of {PROMPTS.get(name, name)}" for name in names])
                pixels = (255 * drawn).round().byte().permute(0, 2, 3, 1).numpy()
                pictures = [Image.fromarray(one).resize((SIDE, SIDE), Image.Resampling.LANCZOS) for one in pixels]
            for column, one in enumerate(pictures):
                made.paste(one, (SIDE * column, SIDE * row))
    made.save(FILE, optimize=True)
    return made


if __name__ == "__main__":
    print(record().size)
