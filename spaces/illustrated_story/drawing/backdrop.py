"""Painted backgrounds for the pages: soft flat shapes in calm colours, so that the figures stand out.

    scene = painted("park", "night", seed)
    scene.picture           # RGB of 768 x 576, behind the figures
    scene.over              # RGBA or None, in front of them: rain, snow, blades of grass
    scene.ground            # where figures can stand

The same place, time and seed give the same picture.
"""

from dataclasses import dataclass

from PIL import Image, ImageChops

from .brush import Sheet
from .painters import beyond, front, land, light, rooms, town, water
from .painters.front import INDOORS
from .stage import Ground

TIMES = ("night", "sunset", "rain", "storm", "snow")
PAINTERS = {
    "meadow": land.meadow,
    "park": land.park,
    "garden": land.garden,
    "farm": land.farm,
    "forest": land.forest,
    "jungle": land.jungle,
    "river": water.river,
    "sea": water.sea,
    "underwater": water.underwater,
    "beach": water.beach,
    "mountains": land.mountains,
    "desert": land.desert,
    "snow": land.snow,
    "space": beyond.space,
    "sky": beyond.above,
    "town": town.town,
    "room": rooms.room,
    "kitchen": rooms.kitchen,
    "bedroom": rooms.bedroom,
    "school": rooms.school,
    "castle": town.castle,
    "cave": beyond.cave,
}
LAMPLIGHT = (0.92, 0.89, 0.9)


@dataclass(frozen=True)
class Backdrop:
    picture: Image.Image
    ground: Ground
    over: Image.Image | None
    light: tuple[float, float, float]  # what the colours of the figures are multiplied with
    shade: tuple[int, int, int]  # colour of their shadows


def painted(place: str, time: str, seed: int) -> Backdrop:
    """place: of PAINTERS; time: of TIMES, or "" for a fair day."""
    assert place in PAINTERS and (not time or time in TIMES), f"no such place or time: {place}, {time}"
    times = {"storm": {"storm", "rain"}, "": set()}.get(time, {time})
    sheet = Sheet(seed)
    ground = PAINTERS[place](sheet, times)
    picture, on_figures = sheet.reduced(), (1.0, 1.0, 1.0)
    if place in INDOORS and "night" in times:
        on_figures = LAMPLIGHT
        dimmed = tuple(round(250 * part) for part in LAMPLIGHT)
        picture = ImageChops.multiply(picture, Image.new("RGB", picture.size, dimmed))
    elif place not in INDOORS and place not in ("space", "underwater"):
        on_figures = light.on_figures(times)
    shade = (10, 16, 40) if "night" in times or place == "space" else (44, 60, 72)
    return Backdrop(picture, ground, front.painted(place, times, seed), on_figures, shade)
