"""What can be asked of the GAN tab. `what` says which of five things its recipe makes.

A digit is named by its seed and its class: "any" is the class that the seed draws, or what an unconditional model makes
of it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from shared.core.kinds import EMBED, MOST_SEED, Choice, Model, Number, Seed, Several, Whole
from shared.core.request import Request, Requests
from shared.media import paths

TAB = "gan_digits"
TASK = "digit-gan"
FAMILIES = (TASK, "digit-vae", "digit-diffusion")  # what can be compared

ANY = "any"
DIGITS = (ANY, *map(str, range(10)))
SAMPLERS = ("ddim", "ddpm", "dpm")
TIMES = 1000  # of diffusion: t runs from 0 to 999
DIRECTIONS = 6
NUDGES = tuple(f"pc{i + 1}" for i in range(DIRECTIONS))
MOST_NUDGE = 4  # standard deviations of a latent
MOST, MOST_DENOISED = 100, 10  # digits at once

GAN = Model(task=TASK, noun="GAN")
MODEL = Model(task=TASK, noun="GAN of digits")
DIGIT = Choice(DIGITS, called="The digit", says="any, or one from 0 to 9")
TRUNCATION = Number(0, 1.5, 0.05, called="Truncation")
SEED = Seed(most=MOST_SEED - MOST, optional=False)
KEPT_DIGIT = Choice(DIGITS, called="The digit", says=DIGIT.says, hidden=True)
KEPT_SEED = Seed(most=SEED.most, optional=False, hidden=True)


class Kept(Request):
    """The two digits that are kept: A and B."""

    seed_from: Annotated[int, KEPT_SEED] = 0
    digit_from: Annotated[str, KEPT_DIGIT] = ANY
    seed_to: Annotated[int, KEPT_SEED] = 1
    digit_to: Annotated[str, KEPT_DIGIT] = ANY

    @property
    def seeds(self) -> tuple[int, int]:
        return self.seed_from, self.seed_to

    @property
    def digits(self) -> tuple[str, str]:
        return self.digit_from, self.digit_to


class Grid(Request):
    """Digit i has the seed + i."""

    what: Literal["grid"] = "grid"
    model: Annotated[str, MODEL] = "cgan-mnist"
    digit: Annotated[str, DIGIT] = ANY
    n: Annotated[int, Whole(1, MOST, called="How many", words="how_many")] = 16
    truncation: Annotated[float, TRUNCATION] = 1.0
    seed: Annotated[int, SEED] = 0


class Walk(Kept):
    """From A to B."""

    what: Literal["walk"] = "walk"
    model: Annotated[str, MODEL] = "cgan-mnist"
    truncation: Annotated[float, TRUNCATION] = 1.0
    frames: Annotated[int, Whole(2, 120, called="The number of frames")] = 24
    # Not "path": gradio_client takes every dict with a "path" for a file, and a recipe would be one.
    route: Annotated[str, Choice(tuple(paths.PATHS), called="The path", words="path", api="path")] = "slerp"
    embed: Annotated[bool, EMBED] = True


def _nudge(name: str) -> Number:
    return Number(-MOST_NUDGE, MOST_NUDGE, called=name.upper(), hidden=True)


class Nudged(Request):
    """B, moved along the principal directions of its model."""

    what: Literal["directions"] = "directions"
    model: Annotated[str, MODEL] = "cgan-mnist"
    truncation: Annotated[float, TRUNCATION] = 1.0
    seed_to: Annotated[int, KEPT_SEED] = 1
    digit_to: Annotated[str, KEPT_DIGIT] = ANY
    pc1: Annotated[float, _nudge("pc1")] = 0.0
    pc2: Annotated[float, _nudge("pc2")] = 0.0
    pc3: Annotated[float, _nudge("pc3")] = 0.0
    pc4: Annotated[float, _nudge("pc4")] = 0.0
    pc5: Annotated[float, _nudge("pc5")] = 0.0
    pc6: Annotated[float, _nudge("pc6")] = 0.0

    @property
    def nudges(self) -> list[float]:
        return [getattr(self, name) for name in NUDGES]


class Compared(Request):
    """Models side by side."""

    what: Literal["compare"] = "compare"
    models: Annotated[
        tuple[str, ...], Several(Model(task=FAMILIES, noun="model of digits"), 8, called="models to compare")
    ] = ("cgan-mnist", "gan-mnist", "conv-vae-mnist", "ddpm-mnist")
    digit: Annotated[str, DIGIT] = ANY
    truncation: Annotated[float, TRUNCATION] = 1.0
    seed: Annotated[int, SEED] = 0


class Denoising(Request):
    """Digits that grow out of noise, of the diffusion model. Digit i has the seed + i."""

    what: Literal["diffusion"] = "diffusion"
    diffusion_digit: Annotated[str, Choice(DIGITS, called="The digit", says=DIGIT.says, words="ddpm_digit")] = ANY
    diffusion_n: Annotated[int, Whole(1, MOST_DENOISED, called="How many", words="ddpm_how_many")] = 8
    diffusion_steps: Annotated[int, Whole(2, 200, called="Steps", words="ddpm_steps")] = 20
    diffusion_sampler: Annotated[str, Choice(SAMPLERS, called="The sampler", words="ddpm_sampler")] = "ddim"
    diffusion_guidance: Annotated[float, Number(1, 8, 0.5, called="Guidance", words="ddpm_guidance")] = 1.0
    diffusion_seed: Annotated[int, Seed(most=SEED.most, optional=False, words="ddpm_seed")] = 0

    @property
    def label(self) -> int | None:
        return None if self.diffusion_digit == ANY else int(self.diffusion_digit)

    def settings(self) -> dict[str, Any]:
        """With the seed a second time, where whoever reads a file looks for it."""
        return super().settings() | {"seed": self.diffusion_seed}


class Digits(Requests[Request]):
    def fitting(self, settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """A recipe of denoising leaves the grid's seed alone; of version 0.1 it does not say what it makes."""
        if any(name.startswith("diffusion_") for name in settings):
            settings = {"what": "diffusion"} | {name: settings[name] for name in settings if name != "seed"}
        return super().fitting(settings)


REQUESTS = Digits(Grid, Walk, Nudged, Compared, Denoising)


# What leaves no recipe


class Search(Request):
    """For the digit that is closest to a drawing. Each seed stands for a pool of seeds of its own."""

    model: Annotated[str, GAN] = "cgan-mnist"
    steps: Annotated[int, Whole(1, 300, step=10, called="Steps")] = 60
    prior: Annotated[float, Number(0, 10, 0.1, called="Stay typical")] = 1.0
    seed: Annotated[int, Whole(0, 2**31 - 1, step=0, called="The seed")] = 0


class Noised(Request):
    """A digit, noised to the time t."""

    t: Annotated[int, Whole(0, TIMES - 1, called="t")] = 300
    seed: Annotated[int, Seed(most=SEED.most, optional=False)] = 0
