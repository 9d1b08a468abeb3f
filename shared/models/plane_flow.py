"""A flow of two dimensions, small enough to look at: affine couplings (Real NVP: Dinh et al., 2017, arXiv:1605.08803)
that move one coordinate by what the other says, in turns.

z, a round cloud, becomes x, two moons; `layers` gives the points after each coupling on the way.
"""

from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.models.flow import log_normal


class PlaneFlow(nn.Module, PyTorchModelHubMixin):
    def __init__(self, couplings: int = 8, width: int = 24):
        super().__init__()
        self.networks = nn.ModuleList(
            nn.Sequential(nn.Linear(1, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2))
            for _ in range(couplings)
        )
        for network in self.networks:
            assert isinstance(network, nn.Sequential)
            for parameter in network[-1].parameters():
                nn.init.zeros_(parameter)

    def _said(self, i: int, points: Tensor) -> tuple[int, Tensor, Tensor]:
        """Coupling i -> which coordinate it moves, log scale and shift of it, (n,) each."""
        moved = i % 2
        raw, shift = self.networks[i](points[:, 1 - moved, None]).unbind(1)
        return moved, 2 * (raw / 2).tanh(), shift

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (n, 2) -> z (n, 2), log|df/dx| (n,) in nats."""
        change = x.new_zeros(len(x))
        for i in range(len(self.networks)):
            moved, log_scale, shift = self._said(i, x)
            x = _with(x, moved, x[:, moved] * log_scale.exp() + shift)
            change = change + log_scale
        return x, change

    def layers(self, z: Tensor) -> list[Tensor]:
        """z (n, 2) -> the points at the start and after each coupling of the way back; the last are x."""
        points = [z]
        for i in reversed(range(len(self.networks))):
            moved, log_scale, shift = self._said(i, points[-1])
            points.append(_with(points[-1], moved, (points[-1][:, moved] - shift) * (-log_scale).exp()))
        return points

    def inverse(self, z: Tensor) -> Tensor:
        """z (n, 2) -> x (n, 2)."""
        return self.layers(z)[-1]

    def log_prob(self, x: Tensor) -> Tensor:
        """x (n, 2) -> log p(x) (n,), in nats."""
        z, change = self(x)
        log_prob: Tensor = log_normal(z) + change
        return log_prob


def _with(points: Tensor, moved: int, values: Tensor) -> Tensor:
    return torch.stack([values, points[:, 1]] if moved == 0 else [points[:, 0], values], 1)


def load(folder: Path, precision: str = "exact") -> PlaneFlow:
    return PlaneFlow.from_pretrained(str(folder), strict=True).float().eval()
