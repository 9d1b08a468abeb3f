"""What is between the reader and the figures of a page: rain, snow, bubbles, blades of grass."""

from PIL import Image

from .. import brush
from ..brush import Sheet, mixed
from ..stage import HEIGHT, WIDTH
from .light import toned

GRASSY = {name: "#6faf58" for name in ("meadow", "park", "garden", "farm", "forest", "jungle", "river", "castle")}
INDOORS = ("room", "kitchen", "bedroom", "school", "cave")


def painted(name: str, times: set[str], seed: int) -> Image.Image | None:
    """RGBA; None where nothing is."""
    sheet = Sheet(seed + 1, "RGBA")
    empty = True
    tone = toned(times)
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
