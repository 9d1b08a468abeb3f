"""GAN inversion: the latent whose picture is closest to a given one (Zhu et al., 2016, arXiv:1609.03552).

    symbol  here
    x       target, (28, 28) in [0, 1]
    G(z)    model.decode(z, labels), in [0, 1]
    sigma   NOISE: how far the pixels of a good match may be off, as a standard deviation
    E(z)    |x - G(z)|^2 / (2 sigma^2) + w |z|^2 / 2

With w = 1, E is -log p(z | x) up to a constant if pixels have Gaussian noise: its minimum is the likeliest latent, and
the second term is the prior that z was drawn from. w = 0 lets the search leave what the generator was trained on.

The generator is not convex, so the search begins at several latents: the closest of a few thousand random ones. A
conditional model is tried with all ten labels at once, since nobody said which digit was drawn.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from shared.models.digits import DIGITS, SIZE

NOISE = 0.15
RATE, LAST_RATE = 0.15, 0.005  # of Adam, at the start and at the end; latents have a standard deviation of 1
POOL = 2000  # random pictures that are looked through for a beginning
STARTS = 20  # latents that set out together, in all: two for each label
LAST = 4  # of an unconditional model; those that are moved on after `SIFT` of the steps
SIFT = 0.4


@dataclass(frozen=True)
class Match:
    """Where the search is. The candidates are in order, the closest first."""

    step: int
    of: int
    latents: torch.Tensor  # (k, latent_size)
    images: torch.Tensor  # (k, 1, 28, 28) in [0, 1]
    labels: torch.Tensor | None  # (k,) int64
    errors: torch.Tensor  # (k,) root mean square difference of a pixel, in [0, 1]


def search(model, target, steps=60, prior=1.0, seed=0, pool=POOL) -> Iterator[Match]:
    """Yields before each step and after the last one; the first is the closest of the random pictures.

    target: (28, 28) in [0, 1]. A conditional model's last candidates are one for each label. Errors: ValueError for a
    target of another shape.

    Adam (Kingma and Ba, 2014, arXiv:1412.6980) is written out because the model is shared with other visitors:
    torch.autograd.grad asks for the gradient of the latents alone and leaves none on the model's weights. No grad mode
    is held over a yield: the next step may run in another thread.
    """
    if tuple(target.shape) != (SIZE, SIZE):
        raise ValueError(f"the target must have 28 x 28 pixels, not {tuple(target.shape)}")
    z, labels = nearest(model, target, seed, pool)
    first = second = torch.zeros_like(z)
    best = None
    for step in range(steps + 1):
        images, energy, gradient = _slope(model, z, labels, target, prior)
        best = _better(best, (energy, z, images))
        if step == int(SIFT * steps):  # the hopeless ones stop here
            kept = _survivors(best[0], labels)
            z, gradient, first, second = z[kept], gradient[kept], first[kept], second[kept]
            best = tuple(values[kept] for values in best)
            labels = labels if labels is None else labels[kept]
        yield _match(step, steps, best, labels, target)
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient.square()
        rate = LAST_RATE + (RATE - LAST_RATE) * (1 + math.cos(math.pi * step / steps)) / 2
        t = step + 1
        z = z - rate * (first / (1 - 0.9**t)) / ((second / (1 - 0.99**t)).sqrt() + 1e-8)


def _better(best, now):
    """(energy, latents, images): of each candidate the better one of the two. A step of Adam may lead up again."""
    if best is None:
        return now
    keep = best[0] <= now[0]
    return tuple(torch.where(keep.view(-1, *[1] * (a.ndim - 1)), a, b) for a, b in zip(best, now, strict=True))


def _match(step, steps, best, labels, target):
    _, z, images = best
    errors = (images - target).square().mean((1, 2, 3)).sqrt()
    order = errors.argsort()
    return Match(step, steps, z[order], images[order], labels if labels is None else labels[order], errors[order])


@torch.no_grad()
def nearest(model, target, seed=0, pool=POOL):
    """The closest of `pool` random pictures, as many for each label -> latents (k, size), labels (k,) or None."""
    classes = DIGITS if model.conditional else 1
    chosen, numbers = [], []
    each = pool // classes
    latents = model.latents(range(seed * each, (seed + 1) * each))  # no picture is in the pools of two seeds
    for digit in range(classes):
        labels = torch.full((len(latents),), digit) if model.conditional else None
        distances = [
            (_blurred(model.decode(z, labels if labels is None else labels[: len(z)])) - _blurred(target[None, None]))
            .square()
            .mean((1, 2, 3))
            for z in latents.split(250)
        ]
        best = torch.cat(distances).topk(max(1, STARTS // classes), largest=False).indices
        chosen.append(latents[best])
        numbers += [digit] * len(best)
    return torch.cat(chosen), torch.tensor(numbers) if model.conditional else None


def _blurred(images):
    """What a pixel is off by half a stroke should not count as wholly wrong."""
    return F.avg_pool2d(images, 3, stride=1, padding=1)


def _slope(model, latents, labels, target, prior):
    """G(z) (k, 1, 28, 28), E(z) (k,) and its gradient (k, latent_size)."""
    with torch.enable_grad():
        z = latents.detach().clone().requires_grad_()
        images = model.decode(z, labels)
        energy = (images - target).square().sum((1, 2, 3)) / (2 * NOISE**2) + prior * z.square().sum(1) / 2
        (gradient,) = torch.autograd.grad(energy.sum(), z)
    return images.detach(), energy.detach(), gradient


def _survivors(energy, labels):
    """Indices of the best for each label, or of the best few."""
    if labels is None:
        return energy.topk(min(LAST, len(energy)), largest=False).indices
    return torch.stack([torch.where(labels == digit, energy, math.inf).argmin() for digit in range(DIGITS)])
