"""What can be asked of the tab: a digit, drawn or sampled, and the flow that it goes through."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import SkipValidation

from shared.core.kinds import EMBED, Choice, Model, Number, Seed, Text
from shared.core.request import Request
from shared.media import pictures

TASK = "digit-flow"
ANY = "any"
BLANK, NOISE = "blank", "noise"


class Drawing(str):
    """ "" (the sample of the seed), BLANK, NOISE, or a packed picture (shared/media/pictures.py)."""

    notice: str = ""  # a sentence for the visitor

    def pixels(self, seed: int) -> np.ndarray | None:
        """(28, 28) float32 in [0, 1], or None for the sample, which only a model can draw."""
        if self == NOISE:
            drawn: np.ndarray = np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.float32) / 255
            return drawn
        if self == BLANK:
            return np.zeros((28, 28), np.float32)
        return pictures.unpack(self) if self else None


@dataclass(frozen=True)
class DrawingText(Text):
    """A picture as a data URL, as a packed digit, or as a file that gradio_client has sent; or one of the words."""

    most: int = 0  # whatever a picture may have

    @property
    def wanted(self) -> str:
        return "a picture, “blank”, “noise”, or nothing for a sample"

    def schema(self) -> dict[str, Any]:
        return {}

    def check(self, value: Any, name: str) -> Drawing:
        if isinstance(value, Drawing):
            return value
        if isinstance(value, dict):
            from shared.page.files import uploaded  # brings Gradio with it

            value = uploaded(value)
        if value is None or isinstance(value, str) and value.strip().lower() in ("", BLANK, NOISE):
            return Drawing((value or "").strip().lower())
        if not isinstance(value, Path) and not (
            isinstance(value, str) and value.strip().startswith(("data:", pictures.PACKED))
        ):
            raise self.refused(value, name)
        pixels, notice = pictures.read_digit(value.strip() if isinstance(value, str) else value)
        drawing = Drawing(pictures.pack(pixels))
        on_canvas = isinstance(value, str) and value.strip().startswith("data:")
        drawing.notice = "" if on_canvas else notice  # the canvas says it
        return drawing


class Reading(Request):
    """Through the flow and back; the other digits are samples at the same temperature."""

    model: Annotated[str, Model(task=TASK, noun="normalizing flow")] = "glow-mnist"
    # SkipValidation: pydantic would make a plain text of the Drawing.
    drawing: Annotated[str, SkipValidation, DrawingText(called="The drawing", example=NOISE)] = ""
    digit: Annotated[str, Choice((ANY, *"0123456789"), called="The digit", says="any, or one from 0 to 9")] = ANY
    temperature: Annotated[float, Number(0, 1.5, step=0.05, called="The temperature")] = 0.9
    seed: Annotated[int, Seed()] = 68  # a 6 that everybody can read
    embed: Annotated[bool, EMBED] = True
