"""Normalizing flows on digits: networks that can be run backwards, and so know how likely a picture is.

    symbol      here
    x           a picture with uniform noise inside its grey levels ("dequantised"): (byte + u) / 256, in (0, 1)
    z = f(x)    `forward`: standard normal, as many numbers as pixels
    log|df/dx|  what `forward` returns beside it, in nats
    p(x)        N(f(x); 0, 1) |df/dx|: `log_prob`, the change of variables (Dinh et al., 2015, eq. 2)

`NICE` is the first of its kind (Dinh et al., 2015, arXiv:1410.8516): additive couplings and one scale a pixel. `Glow`
has affine couplings and several scales (Real NVP: Dinh et al., 2017, arXiv:1605.08803), normalised activations and
invertible 1x1 convolutions (Kingma and Dhariwal, 2018, arXiv:1807.03039).
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.models.digits import DIGITS, SIZE, DigitModel
from shared.models.gan import rows
from shared.models.vae import zero

PIXELS = SIZE * SIZE
LEVELS = 256
LOG_2PI = math.log(2 * math.pi)
NEAREST = 1e-4  # how close to the edge of a grey level the noise may come: what is nearer is rounded into the next one


def dequantised(images: Tensor, noise: Tensor) -> Tensor:
    """Pictures in [0, 1] and noise in [0, 1) of the same shape -> x in (0, 1); each byte is a stretch of 1/256."""
    return ((255 * images).round() + noise.clamp(NEAREST, 1 - NEAREST)) / LEVELS


def quantised(x: Tensor) -> Tensor:
    """x -> pictures in [0, 1]: the grey level that each x lies in."""
    return (LEVELS * x).floor().clamp(0, 255) / 255


def log_normal(z: Tensor) -> Tensor:
    """Standard normal log density, summed over all but the first dimension: (n,), in nats."""
    return -0.5 * (z.square() + LOG_2PI).flatten(1).sum(1)


class Flow(nn.Module, DigitModel):
    """A subclass has `forward(x, labels)` -> (z (n, 784), log|df/dx| (n,)) and `inverse(z, labels)` -> x."""

    family = "flow"
    latent_size = PIXELS

    def of_single_pixels(self) -> list[nn.Parameter]:
        """The parameters that belong to a pixel each, and may learn at a rate of their own."""
        raise NotImplementedError

    def inverse(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """z (n, 784) -> x (n, 1, 28, 28); far from the pictures it was trained on it can leave (0, 1)."""
        raise NotImplementedError

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, 784), labels (n,) where conditional -> pictures (n, 1, 28, 28) in [0, 1]."""
        return quantised(self.inverse(z, labels))

    def log_prob_of(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """x (n, 1, 28, 28), labels (n,) where conditional -> log p(x | label), density over (0, 1)^784: (n,), nats."""
        z, change = self(x, labels)
        log_prob: Tensor = log_normal(z) + change
        return log_prob

    @torch.inference_mode()
    def by_class(self, x: Tensor) -> Tensor:
        """log p(x, digit), every digit as likely as any other: (n, 10), or (n, 1) for a flow without classes."""
        if not self.conditional:
            return self.log_prob_of(x)[:, None]
        labels = torch.arange(DIGITS, device=x.device)
        every = self.log_prob_of(x.repeat_interleave(DIGITS, 0), labels.repeat(len(x)))
        return every.view(-1, DIGITS) - math.log(DIGITS)

    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x), summed over the digits: (n,), in nats."""
        return self.by_class(x).logsumexp(1)


def bits_per_dimension(log_prob: Tensor) -> Tensor:
    """log densities over (0, 1)^784 in nats -> bits for each pixel of 256 levels (Theis et al., 2016, section 3.1)."""
    return math.log2(LEVELS) - log_prob / (PIXELS * math.log(2))


class NICE(Flow, PyTorchModelHubMixin):
    """Pixels of even and of odd number in turn move the others by what a network makes of them; the prior is logistic
    (section 3.4), and z is given as the normal number of the same rank."""

    def __init__(self, couplings: int = 4, hidden: tuple[int, ...] = (256, 256, 256)):
        super().__init__()
        widths = (PIXELS // 2, *hidden, PIXELS // 2)
        self.shifts = nn.ModuleList()
        for _ in range(couplings):
            layers: list[nn.Module] = []
            for a, b in zip(widths, widths[1:], strict=False):
                layers += [nn.Linear(a, b), nn.ReLU()]
            self.shifts.append(nn.Sequential(*layers[:-1]))
        self.log_scale = nn.Parameter(torch.full((PIXELS,), 2.0))

    def of_single_pixels(self) -> list[nn.Parameter]:
        return [self.log_scale]

    def forward(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x (n, 1, 28, 28) -> z (n, 784), log|df/dx| (n,) in nats."""
        first, second = x.flatten(1)[:, 0::2], x.flatten(1)[:, 1::2]
        for shift in self.shifts:
            first, second = second + shift(first).float(), first
        h = torch.cat([first, second], 1) * self.log_scale.exp()
        z = normal_of_logistic(h)
        # Both are densities of the same point, so that the normal's cancels in log p(x), and the logistic one stays.
        change = log_logistic(h) - log_normal(z) + self.log_scale.sum()
        return z, change

    def inverse(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        h = logistic_of_normal(z) * (-self.log_scale).exp()
        first, second = h.chunk(2, dim=1)
        for shift in reversed(self.shifts):
            first, second = second, first - shift(second)
        return torch.stack([first, second], 2).view(-1, 1, SIZE, SIZE)


def log_logistic(h: Tensor) -> Tensor:
    """Standard logistic log density, summed over all but the first dimension: (n,), in nats."""
    return -(F.softplus(h) + F.softplus(-h)).flatten(1).sum(1)


def normal_of_logistic(h: Tensor) -> Tensor:
    """The standard normal number of the same rank as a standard logistic one: Newton's method on the logarithm of what
    lies beyond, which goes on being a number a thousand deviations out, where ink is that nobody has seen before."""
    beyond = -F.softplus(h.abs().double())
    z = (-2 * beyond).sqrt().detach()
    for _ in range(6):
        rest: Tensor = torch.special.log_ndtr(-z)
        steepness = (-0.5 * (z.square() + LOG_2PI) - rest).exp()
        z = z + (rest - beyond.detach()) / steepness
    z = z + (beyond.detach() - beyond) / steepness  # nothing, but it brings the gradient
    return (h.sign() * z).float()


def logistic_of_normal(z: Tensor) -> Tensor:
    """The inverse of `normal_of_logistic`."""
    h: Tensor = torch.special.log_ndtr(z.double()) - torch.special.log_ndtr(-z.double())
    return h.float()


class Bell(nn.Module):
    """A bijection for each pixel: paper, which is uniform noise inside the lowest grey level, becomes the lower part of
    a bell; ink lies above it on a straight line. Two learned numbers for each pixel: how much of the bell is paper's,
    and the line's length. (Gaussianisation of marginals: Chen and Gopinath, 2000. In Real NVP a logit stands here;
    uniform noise through it or alone costs an affine flow a quarter of a bit a pixel of paper.)"""

    MOST = 0.9999  # paper's share of the bell, at most: single precision has few numbers beyond

    def __init__(self) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.full((1, SIZE, SIZE), 4.0))
        self.log_length = nn.Parameter(torch.full((1, SIZE, SIZE), 1.4))

    def _parts(self) -> tuple[Tensor, Tensor, Tensor]:
        share = self.MOST * self.share.sigmoid()
        return share, torch.special.ndtri(share), self.log_length - math.log(LEVELS - 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        share, edge, log_slope = self._parts()
        level = LEVELS * x  # 0 to 1 is paper
        low = torch.special.ndtri(share * level.clamp(NEAREST, 1.0))
        y = torch.where(level < 1, low, edge + (level - 1) * log_slope.exp())
        on_paper = share.log() + 0.5 * (low.square() + LOG_2PI)
        change = torch.where(level < 1, on_paper, log_slope) + math.log(LEVELS)
        return y, change.flatten(1).sum(1)

    def inverse(self, y: Tensor) -> Tensor:
        share, edge, log_slope = self._parts()
        return torch.where(y < edge, torch.special.ndtr(y) / share, 1 + (y - edge) * (-log_slope).exp()) / LEVELS


class ActNorm(nn.Module):
    """A scale and a shift for each channel (Kingma and Dhariwal, section 3.1); `fit` sets them by a first batch."""

    def __init__(self, channels: int):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(channels, 1, 1))
        self.log_scale = nn.Parameter(torch.zeros(channels, 1, 1))

    @torch.no_grad()
    def fit(self, x: Tensor) -> None:
        """Afterwards this batch has mean 0 and variance 1 in every channel."""
        deviation, mean = torch.std_mean(x, (0, 2, 3), keepdim=True)
        self.shift.copy_(-mean[0])
        self.log_scale.copy_(-(deviation[0] + 1e-6).log())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return (x + self.shift) * self.log_scale.exp(), self.log_scale.sum() * x[0, 0].numel()

    def inverse(self, y: Tensor) -> Tensor:
        return y * (-self.log_scale).exp() - self.shift


class Mixing(nn.Module):
    """An invertible 1x1 convolution, W = P L (U + diag(s)), P fixed (Kingma and Dhariwal, eq. 10 and 11)."""

    permutation: Tensor
    sign: Tensor

    def __init__(self, channels: int):
        super().__init__()
        rotation, _ = torch.linalg.qr(torch.randn(channels, channels))
        permutation, lower, upper = torch.linalg.lu(rotation)
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", upper.diagonal().sign())
        self.log_scale = nn.Parameter(upper.diagonal().abs().log())
        self.lower, self.upper = nn.Parameter(lower.tril(-1)), nn.Parameter(upper.triu(1))

    def matrix(self) -> Tensor:
        lower = self.lower.tril(-1) + torch.eye(len(self.sign), device=self.sign.device)
        upper = self.upper.triu(1) + torch.diag(self.sign * self.log_scale.exp())
        return self.permutation @ lower @ upper

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(x.device.type, enabled=False):  # in half precision it would not be invertible
            return F.conv2d(x, self.matrix()[:, :, None, None]), self.log_scale.sum() * x[0, 0].numel()

    def inverse(self, y: Tensor) -> Tensor:
        back = torch.linalg.inv(self.matrix().double()).float()
        return F.conv2d(y, back[:, :, None, None])


class Conditioner(nn.Module):
    """What one part of the channels says about the other: log scale and shift, (n, channels out, h, w) each. It says
    nothing (0, 0) before it has learned something."""

    def __init__(self, channels: int, out: int, width: int):
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.digit = nn.Embedding(DIGITS, width)
        nn.init.zeros_(self.digit.weight)
        self.middle = nn.Conv2d(width, width, 1)
        self.last = zero(nn.Conv2d(width, 2 * out, 3, padding=1))

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        h = F.silu(self.first(x) + rows(self.digit, labels)[:, :, None, None])
        h = F.silu(self.middle(h))
        raw, shift = self.last(h).float().chunk(2, dim=1)
        return 2 * (raw / 2).tanh(), shift


class Coupling(nn.Module):
    """Half of the channels scales and moves the other half (Real NVP, eq. 4 and 5)."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.conditioner = Conditioner(channels // 2, channels // 2, width)

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        kept, moved = x.chunk(2, dim=1)
        log_scale, shift = self.conditioner(kept, labels)
        return torch.cat([kept, moved * log_scale.exp() + shift], 1), log_scale.flatten(1).sum(1)

    def inverse(self, y: Tensor, labels: Tensor) -> Tensor:
        kept, moved = y.chunk(2, dim=1)
        log_scale, shift = self.conditioner(kept, labels)
        return torch.cat([kept, (moved - shift) * (-log_scale).exp()], 1)


class Step(nn.Module):
    """A step of the flow: actnorm, 1x1 convolution, coupling (Kingma and Dhariwal, figure 2a)."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.norm, self.mixing, self.coupling = ActNorm(channels), Mixing(channels), Coupling(channels, width)

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        x, by_norm = self.norm(x)
        x, by_mixing = self.mixing(x)
        x, by_coupling = self.coupling(x, labels)
        return x, by_norm + by_mixing + by_coupling

    def inverse(self, y: Tensor, labels: Tensor) -> Tensor:
        return self.norm.inverse(self.mixing.inverse(self.coupling.inverse(y, labels)))


class Glow(Flow, PyTorchModelHubMixin):
    """Pixels -> a bell each -> 4 channels of 14x14, `steps[0]` steps; half of the channels is done there, and what it
    should be is said by the other half, which goes on as 8 channels of 7x7 for `steps[1]` steps.

    The digit is told to every coupling, as labels (n,) or as shares (n, 10) of several. z is (n, 784): first the 392
    numbers of 7x7, then the 392 of 14x14.
    """

    conditional = True
    fitted: Tensor

    def __init__(self, steps: tuple[int, int] = (4, 8), widths: tuple[int, int] = (32, 64)):
        super().__init__()
        self.bell = Bell()
        self.fine = nn.ModuleList(Step(4, widths[0]) for _ in range(steps[0]))
        self.split = Conditioner(2, 2, widths[0])
        self.coarse = nn.ModuleList(Step(8, widths[1]) for _ in range(steps[1]))
        self.last = ActNorm(8)
        self.register_buffer("fitted", torch.zeros((), dtype=torch.bool))

    def of_single_pixels(self) -> list[nn.Parameter]:
        return list(self.bell.parameters())

    def fit(self, x: Tensor, labels: Tensor) -> None:
        """Sets every ActNorm by a first batch, whatever it was before."""
        norms = [part for part in self.modules() if isinstance(part, ActNorm)]
        hooks = [norm.register_forward_pre_hook(lambda norm, args: norm.fit(args[0])) for norm in norms]
        with torch.no_grad():
            self(x, labels)
        for hook in hooks:
            hook.remove()
        self.fitted.fill_(True)

    def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """x (n, 1, 28, 28), labels (n,) -> z (n, 784), log|df/dx| (n,) in nats."""
        y, change = self.bell(x)
        h = F.pixel_unshuffle(y, 2)  # (n, 4, 14, 14)
        for step in self.fine:
            h, by = step(h, labels)
            change = change + by
        h, done = h.chunk(2, dim=1)
        log_scale, shift = self.split(h, labels)
        fine = done * log_scale.exp() + shift
        change = change + log_scale.flatten(1).sum(1)
        h = F.pixel_unshuffle(h, 2)  # (n, 8, 7, 7)
        for step in self.coarse:
            h, by = step(h, labels)
            change = change + by
        h, by = self.last(h)
        return torch.cat([h.flatten(1), fine.flatten(1)], 1), change + by

    def inverse(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        assert labels is not None, "Glow is told the digit"
        h = self.last.inverse(z[:, : PIXELS // 2].view(-1, 8, 7, 7))
        for step in reversed(self.coarse):
            assert isinstance(step, Step)
            h = step.inverse(h, labels)
        h = F.pixel_shuffle(h, 2)  # (n, 2, 14, 14)
        log_scale, shift = self.split(h, labels)
        done = (z[:, PIXELS // 2 :].view(-1, 2, 14, 14) - shift) * (-log_scale).exp()
        h = torch.cat([h, done], 1)
        for step in reversed(self.fine):
            assert isinstance(step, Step)
            h = step.inverse(h, labels)
        return self.bell.inverse(F.pixel_shuffle(h, 2))


def load_nice(folder: Path, precision: str = "exact") -> NICE:
    return NICE.from_pretrained(str(folder), strict=True).float().eval()


def load_glow(folder: Path, precision: str = "exact") -> Glow:
    return Glow.from_pretrained(str(folder), strict=True).float().eval()
