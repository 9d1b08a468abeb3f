"""What can be done with the styles of a StyleGAN: mix them, push them in a direction, walk between them, find one.

symbol  here
w       a style (w_size,); ws: one for each layer, (layers, w_size)
u_k     `axes[k]`, the k-th principal component of w, of length 1; sigma_k: `widths[k]`
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from shared.media import paths
from shared.models.digits import noise

STYLES = 4096  # drawn styles that the components are taken of
RATE, LAST_RATE = 0.1, 0.01  # of Adam, in units of the deviation of w
POOL = 256  # random styles, the nearest of which a search begins at
SPREAD = 0.02  # weight of how far the layers' styles are from one another


@dataclass(frozen=True)
class Components:
    """GANSpace (Harkonen et al., 2020, arXiv:2004.02546, section 2.2): PCA of styles of random latents."""

    axes: torch.Tensor  # (k, w_size)
    widths: torch.Tensor  # (k,) standard deviations
    shares: torch.Tensor  # (k,) of the variance of w


@torch.no_grad()
def components(model, k: int) -> Components:
    """The first k; each points to where its largest number is above 0."""
    z = noise(range(STYLES // 64), 64 * model.latent_size).view(STYLES, -1)
    w = model.style(z).double()
    variance, axes = torch.linalg.eigh(torch.cov(w.T))
    variance, axes = variance.flip(0).clamp(min=0), axes.flip(1).T  # the widest first
    signs = axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    return Components((axes * signs)[:k].float(), variance[:k].sqrt().float(), (variance / variance.sum())[:k].float())


def moved(w, found: Components, which: int, far: float):
    """w (n, ..., w_size), `far` standard deviations along a component."""
    return w + far * found.widths[which] * found.axes[which]


def mixtures(model, coarse, fine, cut: int):
    """coarse (r, layers, w_size), fine (c, layers, w_size) -> ws (r c, layers, w_size): layers before `cut` from the
    first, the others from the second, row by row (Karras et al., 2019, figure 3)."""
    first = coarse.repeat_interleave(len(fine), 0)
    second = fine.repeat(len(coarse), 1, 1)
    place = torch.arange(model.generator.layers)[None, :, None]
    return torch.where(place < cut, first, second)


def walks(model, start: int, end: int, steps: int, psi: float):
    """Between two seeds -> styles (steps, w_size) on a straight line of w, and those of an arc of z."""
    a, b = model.latents([start, end])
    shares = [i / (steps - 1) for i in range(steps)]
    w_a, w_b = model.style(torch.stack([a, b]), psi=psi)
    in_w = torch.stack([torch.lerp(w_a, w_b, share) for share in shares])
    in_z = model.style(torch.stack([paths.slerp(a, b, share) for share in shares]), psi=psi)
    return in_w, in_z


@dataclass(frozen=True)
class Found:
    step: int
    of: int
    ws: torch.Tensor  # (1, layers, w_size)
    picture: torch.Tensor  # (1, c, h, h) in [0, 1]
    error: float  # root mean square of the pixels' differences, in [0, 1]


def search(model, target, features, steps: int = 100, freed: float = 0.4) -> Iterator[Found]:
    """Looks for the style that draws a picture (c, h, h) in [0, 1]: yields now and then, and after the last step.

    Karras et al., 2020, section 5 and appendix D, without their search for noise: Adam over one w for all layers, then,
    from the share `freed` of the steps on, over one for each layer, kept together (Abdal et al., 2019,
    arXiv:1904.03189). How far a picture is off is said by its pixels, in three sizes, and by a judge's `features`.

    The model is shared with other visitors: only the gradient of the styles is asked for. No grad mode is held over a
    yield: the next step may run in another thread.
    """
    target = target[None]
    with torch.no_grad():
        known = features(target)
        z = noise(range(POOL), model.latent_size)
        styles = model.style(z, psi=0.8)
        drawn = torch.cat([model.draw(model.every_layer(part)) for part in styles.split(64)])
        nearest = torch.tensor([_off(model, picture[None], target) for picture in drawn]).argmin()
        deviation = styles.std(0).mean()
        ws = model.every_layer(styles[nearest][None]).clone()
    first = second = torch.zeros_like(ws)
    best = None
    for step in range(steps + 1):
        ws = ws.detach().requires_grad_()
        with torch.enable_grad():
            picture = model.draw(ws)
            apart = (features(picture) - known).square().mean() / known.square().mean().clamp(min=1e-6)
            off = _off(model, picture, target) + 0.1 * apart
            spread = SPREAD * ((ws - ws.mean(1, keepdim=True)) / deviation).square().mean()
            (gradient,) = torch.autograd.grad(off + spread, ws)
        with torch.no_grad():
            if best is None or off < best[0]:
                best = off.detach(), ws.detach(), picture.detach()
            if step % 10 == 0 or step == steps:
                error = (best[2] - target).square().mean().sqrt().item()
                yield Found(step, steps, best[1], best[2], round(error, 4))
            if step < freed * steps:
                gradient = gradient.mean(1, keepdim=True).expand_as(gradient)
            first = 0.9 * first + 0.1 * gradient
            second = 0.99 * second + 0.01 * gradient.square()
            rate = deviation * (LAST_RATE + (RATE - LAST_RATE) * (1 - step / steps))
            ws = ws - rate * (first / (1 - 0.9 ** (step + 1))) / ((second / (1 - 0.99 ** (step + 1))).sqrt() + 1e-8)


def _off(model, picture, target):
    """Mean square of the differences of the pixels, of pictures a half and a quarter as large, too."""
    sizes = [(F.avg_pool2d(picture, k), F.avg_pool2d(target, k)) for k in (1, 2, 4)]
    return sum((made - wanted).square().mean() for made, wanted in sizes)
