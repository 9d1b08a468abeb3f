"""Two half circles in a plane that reach into each other, with noise; made, not read."""

import math

import torch

MADE, HELD_OUT = 20_000, 2_000


class Moons:
    """`batch(part)`: indices (m,) -> points (m, 2), about the origin and about 1 in deviation, and labels that say
    nothing (m,)."""

    source = "two moons"

    def __init__(self):
        self.points, self.held_out = two_moons(MADE, seed=0), two_moons(HELD_OUT, seed=1)

    def __len__(self):
        return len(self.points)

    def batch(self, part):
        return self.points[part], torch.zeros(len(part), dtype=torch.int64)


def read_moons(folder=None):
    """The same points whatever the folder holds: they are made."""
    return Moons()


def two_moons(n, seed=0, noise=0.1):
    """(n, 2) float32."""
    draw = torch.Generator().manual_seed(seed)
    angle = math.pi * torch.rand(n, generator=draw)
    upper = torch.rand(n, generator=draw) < 0.5
    x = torch.where(upper, angle.cos(), 1 - angle.cos()) - 0.5
    y = torch.where(upper, angle.sin(), 0.5 - angle.sin()) - 0.25
    return 1.3 * (torch.stack([x, y], 1) + noise * torch.randn(n, 2, generator=draw))
