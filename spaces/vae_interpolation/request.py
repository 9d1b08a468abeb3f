"""What can be asked of the VAE tab: a walk from one digit to another, what a VAE sees in a digit, arithmetic."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import SkipValidation

from shared.core.errors import UserError
from shared.core.kinds import EMBED, Choice, Model, Text, Whole
from shared.core.request import Request
from shared.media import paths

from .ends import End, EndText, empty

TASK = "digit-vae"
MAP = "vae2d-mnist"  # the model of the map
MOST_POINTS, REACH = 64, 3.0  # REACH: how far out the map goes, in standard deviations
PATH = f"from 2 to {MOST_POINTS} points such as 0.5,-1 2,3, up to {REACH:g} out"


@dataclass(frozen=True)
class Points(Text):
    """A path drawn on the map, '0.5,-1 2,3', or nothing."""

    most: int = 5000

    @property
    def wanted(self) -> str:
        return PATH

    def check(self, value: Any, name: str) -> str:
        text = super().check(value or "", name)
        points_of(text)
        return text


def points_of(text: str) -> list[tuple[float, ...]]:
    """The points of such a path. Errors: UserError."""
    try:
        points = [tuple(float(x) for x in point.split(",")) for point in text.split()]
    except ValueError:
        points = [()]
    fits = all(len(point) == 2 and all(math.isfinite(x) and abs(x) <= REACH for x in point) for point in points)
    if len(points) > MOST_POINTS or not fits or len(points) == 1:
        raise UserError(f"A path on the map is {PATH}.")
    return points


class Asked(Request):
    """Something about digits, of one VAE."""

    model: Annotated[str, Model(task=TASK, noun="VAE")] = "conv-vae-mnist"

    @property
    def digits(self) -> list[End]:
        """Those that are asked about, in the order of the fields."""
        return [value for _, value in self if isinstance(value, End) and value]


# SkipValidation: pydantic would make a plain text of the End that EndText makes.


class Interpolation(Asked):
    """From the start to the end, or along a path on the map, of a model of two latents."""

    start: Annotated[str, SkipValidation, EndText(called="The start", optional=True)] = "20"
    end: Annotated[str, SkipValidation, EndText(called="The end", optional=True)] = "4"
    frames: Annotated[int, Whole(2, 64, called="The number of frames")] = 16
    # Not "path": gradio_client takes every dict with a "path" for a file, and a recipe would be one.
    route: Annotated[str, Choice(tuple(paths.PATHS), called="The path", words="path", api="path")] = "slerp"
    points: Annotated[str, Points(hidden=True)] = ""
    embed: Annotated[bool, EMBED] = True

    def fitted(self) -> Self:
        if self.points:
            return self.model_copy(update={"start": End(), "end": End()})
        for end, called in ((self.start, "The start"), (self.end, "The end")):
            if not end:
                raise empty(called)
        return self


class Reading(Asked):
    """What the VAE makes of one digit."""

    image: Annotated[str, SkipValidation, EndText(called="The image")] = "20"


class Arithmetic(Asked):
    """Start - end + third digit."""

    start: Annotated[str, SkipValidation, EndText(called="The start")] = "20"
    end: Annotated[str, SkipValidation, EndText(called="The end")] = "4"
    third: Annotated[str, SkipValidation, EndText(called="The third digit")] = "30"
