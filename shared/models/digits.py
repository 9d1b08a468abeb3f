"""What every model of digits can do: draw latents from seeds, and turn them into pictures.

Pictures are float32 (n, 1, 28, 28) in [0, 1], 0 is paper and 1 is ink, on the CPU. Latents are (n, latent_size),
standard normal. Each picture has a seed and a random generator of its own, so that it is the same alone or in a grid.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

SIZE = 28  # pixels a side
DIGITS = 10


def noise(seeds: Sequence[int], size: int) -> Tensor:
    """Standard normal (n, size): row i depends on seeds[i] alone."""
    return torch.stack([torch.randn(size, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def classes(seeds: Sequence[int], digit: int | None = None) -> Tensor:
    """(n,) int64: `digit` for all, or one drawn for each seed."""
    if digit is not None:
        return torch.full((len(seeds),), digit)
    # A generator apart from the latents' one: choosing a digit must not change the style that a seed stands for.
    return torch.stack([torch.randint(DIGITS, (), generator=torch.Generator().manual_seed(~seed)) for seed in seeds])


class DigitModel:
    """Shared by GANs, VAEs and the diffusion model. A subclass has `family`, `latent_size`, `conditional` and
    `decode(z, labels)`."""

    family = ""
    latent_size = 0
    conditional = False

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, latent_size) -> pictures (n, 1, 28, 28) in [0, 1]"""
        raise NotImplementedError

    def latents(self, seeds: Sequence[int], truncation: float = 1.0) -> Tensor:
        """(n, latent_size); truncation below 1 pulls them to the mean: fewer accidents, less variety."""
        return truncation * noise(seeds, self.latent_size)

    def labels(self, seeds: Sequence[int], digit: int | None = None) -> Tensor | None:
        """(n,) int64 for a conditional model, None for the others."""
        return classes(seeds, digit) if self.conditional else None

    @torch.inference_mode()
    def sample(self, n: int, seed: int = 0, digit: int | None = None, truncation: float = 1.0) -> Tensor:
        """n pictures with the seeds seed, seed + 1, ...: (n, 1, 28, 28) float32 in [0, 1]."""
        seeds = range(seed, seed + n)
        return self.decode(self.latents(seeds, truncation), self.labels(seeds, digit))
