"""What a discriminator thinks of pictures, and what its number is worth.

A discriminator is trained on one question: is this picture from the data, or from that generator? Its answer is a
number without a unit, on a scale of its own in every model (logits, distances to 0 and 1, a critic's score), so it is
told here by rank: among the model's own digits, and, where that was measured, among real digits held back from its
training. Of pictures that neither the data nor its generator ever showed it, it has learned nothing.
"""

from dataclasses import dataclass

import torch

SAMPLES = 500  # of the model, with the seeds 0, 1, ...: what a score is ranked among


@torch.no_grad()
def by_label(model, images):
    """What a projection discriminator says of pictures in [0, 1] as each of the ten digits: (n, 10)."""
    return torch.cat([model.by_label(part) for part in images.split(250)])


@torch.no_grad()
def scores(model, images):
    """(n,): what the discriminator says of pictures in [0, 1]. Nobody knows which digit a drawing is meant to be, so
    a conditional model says the best of its ten answers, of every picture alike."""
    if model.conditional:
        return by_label(model, images).amax(1)
    return torch.cat([model.judged(part) for part in images.split(250)])


@dataclass(frozen=True)
class Reference:
    """A model's own digits, from the one it finds most fake to the one it finds most real."""

    seeds: torch.Tensor  # (n,)
    labels: torch.Tensor | None  # (n,)
    images: torch.Tensor  # (n, 1, 28, 28) in [0, 1]
    scores: torch.Tensor  # (n,), rising
    own: torch.Tensor | None  # (n,) scores as the label that each was made for


@torch.no_grad()
def reference(model, n=SAMPLES) -> Reference:
    latents, labels = model.latents(range(n)), model.labels(range(n))
    images = torch.cat(
        [model.decode(latents[part], None if labels is None else labels[part]) for part in torch.arange(n).split(250)]
    )
    scored, own = scores(model, images), None
    if model.conditional:
        own = by_label(model, images).gather(1, labels[:, None]).squeeze(1)
    order = scored.argsort()
    labels, own = (values if values is None else values[order] for values in (labels, own))
    return Reference(order, labels, images[order], scored[order], own)


def rank(score: float, among) -> float:
    """The share of the scores `among` that lie below this one, ties counted half: in [0, 1]."""
    among = torch.as_tensor(among)
    return float((among < score).float().mean() + (among == score).float().mean() / 2)


def fits(model, image, among: Reference) -> list[float]:
    """For each of the ten labels: the share of the model's own digits of that label that score below the picture
    (28, 28), when the discriminator is told that label of both."""
    by_digit = by_label(model, image[None, None])[0].tolist()
    return [rank(score, among.own[among.labels == digit]) for digit, score in enumerate(by_digit)]


def wishes(model, image):
    """The gradient of the score of a picture (28, 28) for each pixel, the largest made 1: above 0 where more ink
    would look more real, below 0 where less would."""
    labels = by_label(model, image[None, None]).argmax(1) if model.conditional else None
    with torch.enable_grad():
        x = image[None, None].detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(model.judged(x, labels).sum(), x)
    return gradient[0, 0] / gradient.abs().max().clamp_min(1e-12)


def quantiles(model, images, n=21) -> list[float]:
    """The scores of many pictures as n numbers, from the lowest to the highest: enough to rank another one among
    them without the pictures. Of real digits: `realism_of_real` in scores.json."""
    return [round(score, 4) for score in scores(model, images).quantile(torch.linspace(0, 1, n)).tolist()]


def rank_in_quantiles(score: float, marks: list[float]) -> float:
    """The share of what `quantiles` was made of that lies below this score, by linear interpolation: in [0, 1]."""
    above = next((i for i, mark in enumerate(marks) if mark > score), None)
    if above is None or above == 0:
        return 0.0 if above == 0 else 1.0
    low, high = marks[above - 1], marks[above]
    return (above - 1 + (score - low) / (high - low)) / (len(marks) - 1)
