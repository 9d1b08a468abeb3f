"""One end of an interpolation, as text: what the page, the endpoints and the recipes all use.

"12"           a sample: the latents that this seed draws
"digit:..."    a picture of 28x28, packed (shared/media/pictures.py); what is drawn and uploaded becomes this
"z:0.5,-1.2"   latents themselves, of a point on the map, of sliders, of arithmetic
"data:..."     a picture as a data URL, as the canvas and callers of the endpoints send it; turned into "digit:"
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared import recipe
from shared.core.errors import UserError
from shared.media import pictures

MOST_SEED = recipe.MAX_WHOLE
LATENTS = "z:"
MOST_LATENTS = 1000  # numbers; the largest model has a few hundred
FURTHEST = 20.0  # standard deviations of the prior


@dataclass(frozen=True)
class End:
    """text: as above, without "data:". One of the three others is set."""

    text: str
    seed: int | None = None
    pixels: np.ndarray | None = None  # (28, 28) in [0, 1]
    z: tuple[float, ...] | None = None
    notice: str = ""  # a sentence for the visitor


def end_of(value, name: str) -> End:
    """Errors: UserError. name: "start", for the sentence."""
    if isinstance(value, dict):  # a file that gradio_client has sent
        value = _uploaded(value)
    if isinstance(value, Path):
        return _picture(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UserError(f"The {name} must be a seed (a whole number) or a picture.")
    text = str(value).strip() if isinstance(value, str) else value
    if text == "":
        raise UserError(f"The {name} is empty: draw a digit, upload one, or take a sample.")
    if isinstance(text, str) and text.startswith(LATENTS):
        return End(text, z=_numbers(text))
    if isinstance(text, str) and text.startswith(("data:", pictures.PACKED)):
        return _picture(text)
    return _sample(text, name)


def _picture(value) -> End:
    pixels, notice = pictures.read_digit(value)
    return End(pictures.pack(pixels), pixels=pixels, notice=notice)


def _sample(value, name: str) -> End:
    try:
        number = float(value)
        seed = int(value) if isinstance(value, str) and value.isdecimal() else int(number)
    except (ValueError, OverflowError):
        raise UserError(f"The {name} must be a seed (a whole number) or a picture, not “{str(value)[:30]}”.") from None
    if number != seed and seed <= 2**53 or not 0 <= seed <= MOST_SEED:
        raise UserError(f"The seed of the {name} must be a whole number from 0 to {MOST_SEED}.")
    return End(str(seed), seed=seed)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(one) for one in text[len(LATENTS) : 15_000].split(","))
    except ValueError:
        found = ()
    if not 1 <= len(found) <= MOST_LATENTS or not all(math.isfinite(one) and abs(one) <= FURTHEST for one in found):
        raise UserError(
            f"Latents are numbers from {-FURTHEST:g} to {FURTHEST:g} with commas between: z:0.5,-1.2 for two."
        )
    return found


def write_latents(numbers) -> str:
    """Three decimals: finer than any eye, and 340 numbers still fit into a link."""
    return LATENTS + ",".join(
        f"{min(FURTHEST, max(-FURTHEST, float(one))):.3f}".rstrip("0").rstrip(".") for one in numbers
    )


def _uploaded(file: dict) -> Path:
    """The path of a file that was uploaded to this server, and of no other one of this machine."""
    from gradio.utils import get_upload_folder

    try:
        path, folder = Path(file["path"]).resolve(), Path(get_upload_folder()).resolve()
    except (KeyError, TypeError, ValueError, OSError):
        raise UserError("This file cannot be read.") from None
    if not path.is_relative_to(folder):
        raise UserError("This file was not uploaded: send it with gradio_client's handle_file, or as a data URL.")
    return path


def latents_of(end: End, model):
    """(latent_size,) float32. A picture gives the mean of its posterior. Call it in inference mode."""
    import torch

    if end.seed is not None:
        return model.latents([end.seed])[0]
    if end.pixels is not None:
        return model.encode(torch.from_numpy(end.pixels)[None, None])[0][0]
    if len(end.z) != model.latent_size:
        raise UserError(
            f"These latents have {len(end.z)} numbers and belong to another model: this one has {model.latent_size}."
        )
    return torch.tensor(end.z)


def picture_of(end: End, model) -> np.ndarray:
    """(28, 28) in [0, 1]: the picture itself, or what the model makes of the latents. Call it in inference mode."""
    return end.pixels if end.pixels is not None else model.decode(latents_of(end, model)[None])[0, 0].numpy()
