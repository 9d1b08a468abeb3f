"""One end of an interpolation, as text: what the page, the endpoints and the recipes all use.

"12"           a sample: the latents that this seed draws
"digit:..."    a picture of 28x28, packed (shared/media/pictures.py); what is drawn and uploaded becomes this
"z:0.5,-1.2"   latents themselves, of a point on the map, of sliders, of arithmetic
"data:..."     a picture as a data URL, as the canvas and callers of the endpoints send it; turned into "digit:"
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shared.core.errors import UserError
from shared.core.kinds import MOST_SEED, Text
from shared.media import pictures

LATENTS = "z:"
MOST_LATENTS = 1000  # numbers; the largest model has a few hundred
FURTHEST = 20.0  # standard deviations of the prior


class End(str):
    """The text, as above but never "data:", and what it stands for: one of seed, pixels and z."""

    seed: int | None = None
    pixels: np.ndarray | None = None  # (28, 28) in [0, 1]
    z: tuple[float, ...] | None = None
    notice: str = ""  # a sentence for the visitor
    on_canvas: bool = False  # a drawing that the canvas has sent, and shows

    def told(self) -> dict[str, Any]:
        """For the scripts: what it is, and what there is to say of it."""
        kind = "sample" if self.seed is not None else "drawing" if self.pixels is not None else "latents"
        return {"kind": kind, "seed": self.seed, "says": "" if self.on_canvas else self.notice}  # the canvas says it

    def latents(self, model):
        """(latent_size,) float32. A picture gives the mean of its posterior. Call it in inference mode."""
        import torch

        if self.seed is not None:
            return model.latents([self.seed])[0]
        if self.pixels is not None:
            return model.encode(torch.from_numpy(self.pixels)[None, None])[0][0]
        assert self.z is not None
        if len(self.z) != model.latent_size:
            raise UserError(
                f"These latents have {len(self.z)} numbers and belong to another model: "
                f"this one has {model.latent_size}."
            )
        return torch.tensor(self.z)

    def picture(self, model) -> np.ndarray:
        """(28, 28) in [0, 1]: the picture itself, or what the model draws of the latents. Call it in inference mode."""
        return self.pixels if self.pixels is not None else model.decode(self.latents(model)[None])[0, 0].numpy()


@dataclass(frozen=True)
class EndText(Text):
    """A seed, a picture or latents, as text, as a number, or as a file that gradio_client has sent."""

    most: int = 0  # whatever a picture may have

    @property
    def wanted(self) -> str:
        return "a seed (a whole number) or a picture"

    def schema(self) -> dict[str, Any]:
        return {}

    def check(self, value: Any, name: str) -> End:
        if isinstance(value, End):
            return value
        if isinstance(value, dict):
            from shared.page.files import uploaded  # brings Gradio with it

            value = uploaded(value)
        if isinstance(value, Path):
            return _picture(value)
        if isinstance(value, str):
            value = value.strip()
            if value.startswith(LATENTS):
                return _latents(value)
            if value.startswith(("data:", pictures.PACKED)):
                return _picture(value)
            if not value and self.optional:
                return End()
            if not value:
                raise empty(self.called)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(value, name)
        return self._sample(value, name)

    def _sample(self, value: str | int | float, name: str) -> End:
        try:
            number = float(value)
            seed = int(value) if isinstance(value, str) and value.isdecimal() else int(number)
        except (ValueError, OverflowError):
            raise self.refused(value, name) from None
        if number != seed and seed <= MOST_SEED or not 0 <= seed <= MOST_SEED:
            called = self.called[:1].lower() + self.called[1:]
            raise UserError(f"The seed of {called} must be a whole number from 0 to {MOST_SEED}.")
        return _end(str(seed), seed=seed)


def empty(called: str) -> UserError:
    return UserError(f"{called} is empty: draw a digit, upload one, or take a sample.")


def _end(text: str, **facts: Any) -> End:
    end = End(text)
    end.__dict__.update(facts)
    return end


def _picture(value: str | Path) -> End:
    pixels, notice = pictures.read_digit(value)
    on_canvas = isinstance(value, str) and value.startswith("data:")
    return _end(pictures.pack(pixels), pixels=pixels, notice=notice, on_canvas=on_canvas)


def _latents(text: str) -> End:
    try:
        z = tuple(float(number) for number in text[len(LATENTS) : 15_000].split(","))
    except ValueError:
        z = ()
    if not 1 <= len(z) <= MOST_LATENTS or not all(math.isfinite(x) and abs(x) <= FURTHEST for x in z):
        raise UserError(
            f"Latents are numbers from {-FURTHEST:g} to {FURTHEST:g} with commas between: z:0.5,-1.2 for two."
        )
    return _end(text, z=z)


def write_latents(numbers) -> str:
    """Three decimals: finer than any eye, and 340 numbers still fit into a link."""
    return LATENTS + ",".join(f"{min(FURTHEST, max(-FURTHEST, float(x))):.3f}".rstrip("0").rstrip(".") for x in numbers)
