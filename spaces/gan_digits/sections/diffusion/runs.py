"""What the diffusion section makes: a film of denoising, samplers side by side, a digit noised in one stroke."""

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.prices import Prices
from shared.core.request import Request
from shared.core.threads import use_physical_cores
from shared.media import sheets

from ...request import SAMPLERS, TAB, TIMES, Denoising, Noised

TASK = "digit-diffusion"
LIBRARIES = ("torch", "numpy", "diffusers", "pillow")
COMPARED_STEPS, COMPARED = (5, 10, 20, 50), 4  # steps, digits in each cell
PACE = Prices()  # seconds of one picture through the network once

Cells = dict[tuple[str, int], tuple[np.ndarray, float]]  # (sampler, steps) -> pictures (n, 28, 28) uint8, seconds


@dataclass
class Film:
    """What was recorded of one run. Pictures are uint8, 255 is ink, to keep it small."""

    asked: Denoising
    held: list[np.ndarray] = field(default_factory=list)  # x_t, (n, 28, 28) each: pure noise, then after each step
    guessed: list[np.ndarray] = field(default_factory=list)  # x_0 as the network guesses it, (n, 28, 28) each
    seconds: float = 0.0
    state: str = "running"  # then done, stopped or example
    recipe: dict | None = None

    @property
    def step(self) -> int:
        return len(self.held) - 1

    def add(self, x, guess) -> None:
        """x: (n, 1, 28, 28), paper -1 and ink 1, what lies outside is cut off; guess: in [0, 1]."""
        self.held.append(_bytes((x + 1) / 2))
        self.guessed.append(_bytes(guess))


def _bytes(images) -> np.ndarray:
    return np.rint(255 * images[:, 0].clamp(0, 1).numpy()).astype(np.uint8)


def name_of_model() -> str:
    """Errors: UserError where this copy of the app has no diffusion model of digits."""
    names = registry.names(TASK)
    if not names:
        raise UserError("This copy of the app has no diffusion model of digits.")
    return names[0]


def denoise(asked: Denoising, stop: threading.Event) -> Iterator[Film]:
    """Yields the same film before the first step and after each; `stop` ends it within a step. Errors: UserError."""
    import torch

    n, seed, steps = asked.diffusion_n, asked.diffusion_seed, asked.diffusion_steps
    with loaders.use(name_of_model()) as loaded:
        use_physical_cores()
        model, film, start = loaded.model, Film(asked), time.monotonic()
        noise = model.latents(range(seed, seed + n)).view(-1, 1, 28, 28)
        film.add(noise, torch.zeros_like(noise))
        yield film
        for _, _, x, guess in model.steps(
            n, seed, asked.label, steps, asked.diffusion_sampler, asked.diffusion_guidance
        ):
            if stop.is_set():
                break
            film.add(x, guess)
            film.seconds = time.monotonic() - start
            if film.step < steps:
                yield film
        film.state = "done" if film.step == steps else "stopped"
        if film.step:
            PACE.learn("picture", film.seconds / (film.step * _passes(asked)))
        film.recipe = recipe.make(TAB, loaded, asked.settings(), strip(film.guessed[-1]), film.seconds, LIBRARIES)
        yield film


def strip(greys: np.ndarray, scale: int = 1):
    """uint8 (n, 28, 28) -> one row as a PIL picture."""
    return sheets.strip(greys.astype(np.float32) / 255, scale, gap=2)


@cache
def example() -> Film:
    """Made once in a process: the next visitors find it done. Errors: UserError."""
    *_, film = denoise(Denoising(), threading.Event())
    film.state = "example"
    return film


def _passes(asked: Denoising) -> int:
    """Of a picture through the network, in each step."""
    return asked.diffusion_n * (2 if asked.diffusion_guidance > 1 else 1)


def expected(asked: Request) -> float | None:
    """Seconds, once one was made here."""
    each = PACE.of("picture")
    return each * asked.diffusion_steps * _passes(asked) if each and isinstance(asked, Denoising) else None


def compare(asked: Denoising, stop: threading.Event) -> Iterator[Cells]:
    """Yields the same cells as each is done; few steps come first. Of what is asked: the digit, guidance and seed."""
    cells: Cells = {}
    with loaders.use(name_of_model()) as loaded:
        use_physical_cores()
        for steps in COMPARED_STEPS:
            for sampler in SAMPLERS:
                start = time.monotonic()
                for step, _, _, guess in loaded.model.steps(
                    COMPARED, asked.diffusion_seed, asked.label, steps, sampler, asked.diffusion_guidance
                ):
                    if stop.is_set():
                        return
                    if step == steps:
                        cells[sampler, steps] = _bytes(guess), time.monotonic() - start
                        yield cells


def noised(pixels: np.ndarray, asked: Noised) -> dict[str, Any]:
    """A digit (28, 28) in [0, 1] noised to the time t: {x: (28, 28) in [-1, 1] and beyond, guess, alpha, alphas}.

    guess: what the network makes of x in one pass, in [0, 1], not being told the digit.
    """
    import torch

    from shared.models.digit_diffusion import ANY

    with loaders.use(name_of_model()) as loaded, torch.inference_mode():
        model = loaded.model
        noise = model.latents([asked.seed]).view(1, 1, 28, 28)
        x = model.noised(torch.from_numpy(pixels)[None, None], asked.t, noise)
        alpha = float(model.alphas_cumprod[asked.t])
        v = model.guided(x, torch.tensor(asked.t), torch.tensor([ANY]), 1)
        guess = (math.sqrt(alpha) * x - math.sqrt(1 - alpha) * v).clamp(-1, 1)
        alphas = model.alphas_cumprod[:: TIMES // 50].tolist()
        return {"x": x[0, 0].numpy(), "guess": (guess[0, 0].numpy() + 1) / 2, "alpha": alpha, "alphas": alphas}
