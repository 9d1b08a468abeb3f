"""Muon for networks with convolutions: every weight moves along its orthogonalised momentum.

Jordan et al., 2024, https://kellerjordan.github.io/posts/muon; the step is as long as AdamW's (Liu et al., 2025,
arXiv:2502.16982), so that both take the same learning rate. Weights of one shape are turned together, since a GPU needs
longer to begin a small product than to carry it out.
"""

import math

import torch

from shared.core.machine import bfloat16_is_fast

A, B, C = 3.4445, -4.7750, 2.0315  # of the quintic iteration
ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Matrices, and kernels (out, in, h, w) as the matrices (out, h * w * in)."""

    def __init__(self, weights, learning_rate, weight_decay, momentum=0.95):
        super().__init__(list(weights), {"lr": learning_rate, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for options in self.param_groups:
            alike = {}
            for weight in options["params"]:
                if weight.grad is not None:
                    alike.setdefault(weight.shape, []).append(weight)
            for shape, weights in alike.items():
                g = torch.stack([matrix(weight.grad) for weight in weights])  # (n, rows, columns)
                kept = self.state[weights[0]].setdefault("momentum", torch.zeros_like(g))
                kept.lerp_(g, 1 - options["momentum"])
                moves = orthogonal(g.lerp(kept, options["momentum"])).to(weights[0].dtype)
                torch._foreach_mul_(weights, 1 - options["lr"] * options["weight_decay"])
                length = 0.2 * math.sqrt(max(g.shape[1:]))
                steps = [kernel(move, shape) for move in moves]
                torch._foreach_add_(weights, steps, alpha=-options["lr"] * length)


def orthogonal(x):
    """(n, rows, columns) -> about the nearest orthogonal matrices, by Newton-Schulz iterations; their error is larger
    than that of bfloat16, which is used where it is fast."""
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x.bfloat16() if bfloat16_is_fast() else x
    x = x / x.flatten(1).norm(dim=1).clamp(min=1e-7).view(-1, 1, 1)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=B, alpha=C), x, beta=A)
    return x.mT if tall else x


def matrix(weight):
    return weight if weight.dim() == 2 else weight.permute(0, 2, 3, 1).flatten(1)


def kernel(matrix, shape):
    """The inverse of `matrix`."""
    if len(shape) == 2:
        return matrix
    out, into, height, width = shape
    return matrix.view(out, height, width, into).permute(0, 3, 1, 2)


def matrices_and_others(network, others):
    """The weights that Muon is for, and those that are none or have one of `others` in their names: -> two lists."""
    hidden = {
        name: weight
        for name, weight in network.named_parameters()
        if weight.dim() > 1 and not any(other in name for other in others)
    }
    return list(hidden.values()), [weight for name, weight in network.named_parameters() if name not in hidden]
