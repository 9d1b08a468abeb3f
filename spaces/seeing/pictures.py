"""The pictures that a visitor asks about: bundled ones, uploads and drawings, all as text that a recipe can hold.

"picture:7"       the seventh of those that lie here, drawn by emoji-diffusion: pictures.webp, and pictures.txt
"data:image/..."  any other. It is made square on white, 128x128 at most, and packed with a little loss; what the model
                  sees is what was packed, so that the recipe gives the same again

`python -m seeing.pictures`, in spaces/, draws the bundled ones anew.
"""

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from shared.core.errors import UserError
from shared.core.kinds import Text
from shared.media import photos

BUNDLED, HEAD = "picture:", "data:image/webp;base64,"
SHEET = Path(__file__).with_name("pictures.webp")
PROMPTS = SHEET.with_suffix(".txt")
SIDE, ACROSS = 128, 9  # pixels of each, pictures in a row
MARGIN = 4  # pixels around each bundled one: packed with loss, neighbours would colour each other's edge
MOST_PACKED = 4200  # characters: the recipe still fits into a link
QUALITIES = (90, 75, 60, 40, 20, 5)


@cache
def prompts() -> list[str]:
    """What each bundled picture was drawn of."""
    return PROMPTS.read_text("utf-8").splitlines()


@cache
def bundled() -> list[Image.Image]:
    with Image.open(SHEET) as sheet:
        whole = sheet.convert("RGB")
    places = [(SIDE * (i % ACROSS), SIDE * (i // ACROSS)) for i in range(len(prompts()))]
    return [whole.crop((x, y, x + SIDE, y + SIDE)) for x, y in places]


class Seen(str):
    """What a recipe holds of a picture."""


@dataclass(frozen=True)
class PictureText(Text):
    """A bundled picture, a data URL, or a file that gradio_client has sent."""

    most: int = 0  # whatever a picture may have

    @property
    def wanted(self) -> str:
        return f"a picture, or one of picture:1 to picture:{len(prompts())}"

    def schema(self) -> dict[str, Any]:
        return {}

    def check(self, value: Any, name: str) -> Seen:
        if isinstance(value, Seen):
            return value
        if isinstance(value, dict):
            from shared.page.files import uploaded  # brings Gradio with it

            return Seen(packed(uploaded(value)))
        if isinstance(value, Path):
            return Seen(packed(value))
        text = value.strip() if isinstance(value, str) else ""
        if text.startswith(BUNDLED):
            number = text.removeprefix(BUNDLED)
            if number.isdecimal() and len(number) < 5 and 1 <= int(number) <= len(prompts()):
                return Seen(f"{BUNDLED}{int(number)}")
            raise self.refused(value, name)
        if text.startswith("data:"):
            return Seen(packed(text))
        if value is None or value == "":
            raise UserError("There is no picture yet: draw one, upload one, or choose one of those below.")
        raise self.refused(value, name)


def packed(value: str | Path) -> str:
    """Any picture -> a data URL of at most MOST_PACKED characters. Errors: UserError."""
    with photos.opened(photos.bytes_of(value)) as opened:
        ours = isinstance(value, str) and value.startswith(HEAD) and len(value) <= MOST_PACKED
        if ours and opened.size == (SIDE, SIDE):
            photos.upright(opened, SIDE)  # refuses one that is cut off
            return str(value)
        picture = squared(photos.on_paper(photos.upright(opened, 2 * SIDE)).convert("RGB"))
    for quality in QUALITIES:
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=6)
        text = HEAD + base64.b64encode(file.getvalue()).decode()
        if len(text) <= MOST_PACKED:
            return text
    return packed(url(picture.resize((SIDE // 2, SIDE // 2)).resize((SIDE, SIDE))))


def squared(picture: Image.Image) -> Image.Image:
    """Whole, in the middle of a white square of SIDE."""
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(scale * side)) for side in picture.size)
    paper = Image.new("RGB", (SIDE, SIDE), "white")
    paper.paste(picture.resize((width, height), Image.Resampling.LANCZOS), ((SIDE - width) // 2, (SIDE - height) // 2))
    return paper


def image(text: str) -> Image.Image:
    """RGB of SIDE x SIDE, of what `PictureText.check` gave."""
    if text.startswith(BUNDLED):
        return bundled()[int(text.removeprefix(BUNDLED)) - 1]
    with photos.opened(photos.bytes_of(text)) as opened:
        return photos.upright(opened, SIDE).convert("RGB")


def url(picture: Image.Image) -> str:
    """A PNG as a data URL."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def shown(text: str) -> str:
    """A data URL for the page."""
    return url(image(text)) if text.startswith(BUNDLED) else text


def draw() -> None:
    """Writes SHEET: each prompt with the seed of its line."""
    from shared.core import loaders
    from shared.evaluation.text_to_image import draw as drawn

    with loaders.use("emoji-diffusion", precision="exact") as loaded:
        found = drawn(loaded.model.pipe, prompts())
    rows = -(-len(found) // ACROSS)
    sheet = Image.new("RGB", (SIDE * ACROSS, SIDE * rows), "white")
    for i, one in enumerate(found):
        pixels = (255 * one.clamp(0, 1)).round().byte().permute(1, 2, 0).numpy()
        small = Image.fromarray(pixels).resize((SIDE - 2 * MARGIN,) * 2, Image.Resampling.LANCZOS)
        sheet.paste(small, (SIDE * (i % ACROSS) + MARGIN, SIDE * (i // ACROSS) + MARGIN))
    sheet.save(SHEET, quality=88, method=6)


if __name__ == "__main__":
    draw()
