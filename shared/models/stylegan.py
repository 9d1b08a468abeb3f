"""StyleGAN (Karras et al., 2019, arXiv:1812.04948) in its second form (Karras et al., 2020, arXiv:1912.04958), small.

    symbol  here
    z       latents (n, latent_size), standard normal; the mapping network sees their direction only
    w       style, f(z): (n, w_size)
    ws      a style for each layer, (n, layers, w_size): one w for all, two of them in a mixture, or all different
    A       `affine`: w -> s, how strong each channel goes into a convolution
    psi     truncation, w_avg + psi (w - w_avg): 1 leaves w as it is, 0 gives the mean picture

A convolution is modulated by s and demodulated (section 2.2, eq. 1 and 3),

    w'_ijk = s_i w_ijk,    w''_ijk = w'_ijk / sqrt(sum_ik w'_ijk^2 + 1e-8)

which is done on what goes in and what comes out, (x s) * w d, the same without weights for each picture. Weights are
drawn at width 1 and scaled in every pass ("equalised learning rate", Karras et al., 2018, arXiv:1710.10196). The
generator sums up what each resolution says in RGB, the discriminator is residual (section 4.1). Pictures grow from
4x4, so both can work at a lower resolution, `level`, and fade the last one in, `alpha`: progressive growing.

Where this departs: what goes into a layer is divided by its width, picture by picture (Karras et al., 2021,
arXiv:2106.12423, divide by a moving average). Demodulation takes inputs for independent; without the division weights
of one sign let pictures grow twentyfold in every layer, and the training ran away. A box of 2x2 stands in the place of
the [1, 3, 3, 1] filter after an enlarging convolution, and w_avg is the mean of 4,096 styles of the trained mapping
network for each class, not a moving average from its training.
"""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.models.digits import DIGITS, SIZE, DigitModel, noise
from shared.models.gan import rows

SMALLEST = 4  # pixels a side of the first layer
EPS = 1e-8
GROUP = 4  # pictures that are compared with one another in the discriminator
MEAN_OF = 4096


def activated(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the width of what goes in."""
    return F.leaky_relu(x, 0.2) * sqrt(2)


def normalised(x: Tensor) -> Tensor:
    """Rows with a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + EPS)


def width(x: Tensor) -> Tensor:
    """(n, 1): root mean square of what goes into a layer, for each picture."""
    return (x.float().square().mean((1, 2, 3)) + EPS).sqrt()[:, None]


class Linear(nn.Module):
    """Fully connected, with equalised learning rate; `rate` below 1 learns that much slower."""

    def __init__(self, inputs: int, outputs: int, rate: float = 1.0, bias: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.gain, self.rate = rate / sqrt(inputs), rate

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.gain, self.bias * self.rate)


class Conv(nn.Module):
    """A convolution with equalised learning rate."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, bias: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain = 1 / (kernel * sqrt(inputs))

    def forward(self, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        return F.conv2d(x, self.weight * self.gain, self.bias, stride, padding)


class Mapping(nn.Module):
    """f: z and, where there are classes, the class -> w."""

    def __init__(self, latent_size: int, w_size: int, layers: int, classes: int):
        super().__init__()
        self.table = nn.Embedding(classes, latent_size) if classes else None
        sizes = [latent_size * (2 if classes else 1)] + [w_size] * layers
        self.layers = nn.ModuleList(Linear(a, b, rate=0.01) for a, b in zip(sizes, sizes[1:], strict=False))

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        h = normalised(z)
        if self.table is not None:
            assert labels is not None, "a class-conditional mapping needs the classes"
            h = torch.cat([h, normalised(rows(self.table, labels))], 1)
        for layer in self.layers:
            h = activated(layer(h))
        return h  # (n, w_size)


class Modulated(nn.Module):
    """A convolution whose style comes from w, with noise, bias and activation behind it; `up` doubles the size."""

    fixed: Tensor

    def __init__(self, inputs: int, outputs: int, w_size: int, size: int, up: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.affine = Linear(w_size, inputs, bias=1.0)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(()))
        # The noise of a picture that asks for none of its own: the same for all.
        drawn = torch.randn(1, 1, size, size, generator=torch.Generator().manual_seed(size + up))
        self.register_buffer("fixed", drawn, persistent=False)
        self.up, self.gain = up, 1 / (3 * sqrt(inputs))

    def styles(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """w -> s (n, inputs), and d (n, outputs), by which the demodulation multiplies."""
        s = self.affine(w)
        squares = (self.weight * self.gain).square().sum((2, 3))  # (outputs, inputs)
        return s, torch.rsqrt(s.square() @ squares.t() + EPS)

    def forward(self, x: Tensor, s: Tensor, d: Tensor, noise: Tensor | None) -> Tensor:
        x = x * (s / width(x)).to(x.dtype)[:, :, None, None]
        weight = self.weight * self.gain
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = F.avg_pool2d(x, 2, 1, divisor_override=1)
        else:
            x = F.conv2d(x, weight, padding=1)
        x = torch.addcmul(self.bias.to(x.dtype)[:, None, None], x, d.to(x.dtype)[:, :, None, None])
        if noise is not None:
            x = x + (noise * self.strength).to(x.dtype)
        return activated(x)


class ToRGB(nn.Module):
    def __init__(self, inputs: int, channels: int, w_size: int):
        super().__init__()
        self.conv = Conv(inputs, channels, 1)
        self.affine = Linear(w_size, inputs, bias=1.0)

    def forward(self, x: Tensor, s: Tensor) -> Tensor:
        said: Tensor = self.conv(x * s.to(x.dtype)[:, :, None, None])
        return said.float()


class Generator(nn.Module):
    def __init__(self, channels: int, latent_size: int, w_size: int, mapping: int, widths: Sequence[int], classes: int):
        super().__init__()
        self.latent_size, self.levels, self.layers = latent_size, len(widths), 2 * len(widths) - 1
        self.mapping = Mapping(latent_size, w_size, mapping, classes)
        self.start = nn.Parameter(torch.randn(1, widths[0], SMALLEST, SMALLEST))
        self.convs = nn.ModuleList([Modulated(widths[0], widths[0], w_size, SMALLEST, up=False)])
        for i, (a, b) in enumerate(zip(widths, widths[1:], strict=False), start=1):
            size = SMALLEST * 2**i
            self.convs += [Modulated(a, b, w_size, size, up=True), Modulated(b, b, w_size, size, up=False)]
        self.to_rgb = nn.ModuleList(ToRGB(width, channels, w_size) for width in widths)
        self.sizes = [SMALLEST * 2 ** ((i + 1) // 2) for i in range(self.layers)]  # pixels a side of each layer's noise

    def forward(
        self,
        z: Tensor,
        labels: Tensor | None = None,
        cut: Tensor | None = None,
        speckle: Tensor | None = None,
        level: int | None = None,
        alpha: float = 1.0,
    ) -> Tensor:
        """Latents -> pictures in [-1, 1] or a little beyond (n, channels, h, h).

        With `cut` (n,) z has 2n rows: layers from there on take their style from the second n (style mixing).
        speckle: noise (n, `pixels`) in a row, as `maps` takes it apart; None: the fixed one.
        """
        with torch.autocast(z.device.type, enabled=False):
            if cut is None:
                ws = self.mapping(z, labels)[:, None].expand(-1, self.layers, -1)
            else:
                both = None if labels is None else torch.cat([labels, labels])
                first, second = self.mapping(z, both)[:, None].chunk(2)
                place = torch.arange(self.layers, device=z.device)[None, :, None]
                ws = torch.where(place < cut[:, None, None], first, second)
        return self.synthesis(ws, None if speckle is None else self.maps(speckle), level, alpha)

    @property
    def pixels(self) -> int:
        """How many random numbers the noise of one picture has."""
        return sum(size * size for size in self.sizes)

    def maps(self, noise: Tensor) -> list[Tensor | None]:
        """(n, pixels) -> the noise of each layer (n, 1, h, h)"""
        parts = noise.split([size * size for size in self.sizes], 1)
        return [part.view(-1, 1, size, size) for part, size in zip(parts, self.sizes, strict=True)]

    def synthesis(
        self,
        ws: Tensor,
        noise: Sequence[Tensor | None] | None = None,
        level: int | None = None,
        alpha: float = 1.0,
    ) -> Tensor:
        """ws (n, layers, w_size) -> pictures; noise: a map or None for each layer; without it, the fixed maps."""
        level = self.levels - 1 if level is None else level
        maps = [conv.fixed for conv in self.convs] if noise is None else noise
        shown = cast("list[Modulated]", list(self.convs)[: 2 * level + 1])
        to_rgb = cast("list[ToRGB]", list(self.to_rgb))
        with torch.autocast(ws.device.type, enabled=False):
            styles = [conv.styles(ws[:, i]) for i, conv in enumerate(shown)]
            colours = [to_rgb[i].affine(ws[:, 2 * i]) for i in range(level + 1)]
        x = self.start.expand(len(ws), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        picture: Tensor | None = None
        for i, (conv, (s, d)) in enumerate(zip(shown, styles, strict=True)):
            x = conv(x, s, d, maps[i])
            if i % 2 == 0:
                said = to_rgb[i // 2](x, colours[i // 2])
                if picture is None:
                    picture = said
                else:
                    larger = F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
                    picture = torch.add(larger, said, alpha=alpha if i == 2 * level else 1.0)
        assert picture is not None
        return picture


class Block(nn.Module):
    """Halves the size: two convolutions beside a short way."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first, self.second = Conv(inputs, inputs), Conv(inputs, outputs)
        self.short = Conv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = activated(self.first(x, padding=1))
        h = activated(self.second(F.avg_pool2d(h, 2, 1, padding=1), stride=2))
        short: Tensor = self.short(F.avg_pool2d(x, 2))
        return (h + short) / sqrt(2)


class Discriminator(nn.Module):
    """widths from the smallest pictures to the largest; `grows`: it can look at smaller pictures, too."""

    def __init__(self, channels: int, widths: Sequence[int], classes: int, grows: bool):
        super().__init__()
        self.levels, self.grows = len(widths), grows
        seen = range(len(widths)) if grows else [len(widths) - 1]
        self.from_rgb = nn.ModuleDict({str(i): Conv(channels, widths[i], 1) for i in seen})
        self.blocks = nn.ModuleList(Block(widths[i + 1], widths[i]) for i in range(len(widths) - 1))
        self.last = Conv(widths[0] + 1, widths[0])
        self.flat = Linear(widths[0] * SMALLEST**2, widths[0])
        self.score = Linear(widths[0], widths[0] if classes else 1)
        # Projection: how well the features match the class asked for (Miyato and Koyama, 2018, arXiv:1802.05637).
        self.table = nn.Embedding(classes, widths[0]) if classes else None

    def forward(
        self, images: Tensor, labels: Tensor | None = None, level: int | None = None, alpha: float = 1.0
    ) -> Tensor:
        """images (n, channels, h, h) in [-1, 1] -> (n,) logits"""
        h = self.features(images, level, alpha)
        if self.table is None:
            return h.squeeze(1)
        assert labels is not None, "a class-conditional discriminator needs the classes"
        return (h * normalised(rows(self.table, labels))).sum(1) / sqrt(h.shape[1])

    def features(self, images: Tensor, level: int | None = None, alpha: float = 1.0) -> Tensor:
        """The logit (n, 1), or, with classes, what is compared with their vectors: (n, widths[0])."""
        level = self.levels - 1 if level is None else level
        x = activated(self.from_rgb[str(level)](images))
        for i in range(level - 1, -1, -1):
            x = self.blocks[i](x)
            if i == level - 1 and alpha < 1:
                x = torch.lerp(activated(self.from_rgb[str(i)](F.avg_pool2d(images, 2))), x, alpha)
        x = activated(self.last(torch.cat([x, spread(x)], 1), padding=1))
        x = activated(self.flat(x.flatten(1)))
        with torch.autocast(x.device.type, enabled=False):
            scores: Tensor = self.score(x.float())
        return scores


def spread(x: Tensor) -> Tensor:
    """(n, c, h, w) -> (n, 1, h, w): how different the pictures of a group are (Karras et al., 2018, section 3)."""
    group = GROUP if len(x) % GROUP == 0 else 1
    of = x.float().reshape(-1, group, *x.shape[1:])  # (n / group, group, c, h, w)
    deviation = (of.var(1, unbiased=False) + EPS).sqrt().mean((1, 2, 3))
    return deviation.repeat_interleave(group)[:, None, None, None].expand(-1, 1, *x.shape[2:]).to(x.dtype)


class StyleGAN(nn.Module, PyTorchModelHubMixin):
    """Pictures of `channels` colours, 4 * 2^(len(widths) - 1) pixels a side."""

    family = "stylegan"
    w_avg: Tensor

    def __init__(
        self,
        channels: int = 3,
        latent_size: int = 128,
        w_size: int = 128,
        mapping: int = 4,
        widths: Sequence[int] = (192, 192, 128, 64, 32),
        classes: int = 0,
        grows: bool = False,
    ):
        super().__init__()
        self.latent_size, self.conditional = latent_size, bool(classes)
        self.size = SMALLEST * 2 ** (len(widths) - 1)
        self.generator = Generator(channels, latent_size, w_size, mapping, widths, classes)
        self.discriminator = Discriminator(channels, widths, classes, grows)
        self.register_buffer("w_avg", torch.zeros(classes or 1, w_size))

    @torch.no_grad()
    def mean_styles(self) -> Tensor:
        """w_avg (classes or 1, w_size) of the mapping network as it is."""
        z = noise(range(MEAN_OF // 64), 64 * self.latent_size).view(MEAN_OF, -1)
        each = range(len(self.w_avg)) if self.conditional else [None]
        labels = [None if i is None else torch.full((MEAN_OF,), i) for i in each]
        return torch.stack([self.generator.mapping(z, label).mean(0) for label in labels])

    def style(self, z: Tensor, labels: Tensor | None = None, psi: float | Tensor = 1.0) -> Tensor:
        """Latents (n, latent_size), labels (n,) or shares of the classes -> w (n, w_size), truncated by psi."""
        w: Tensor = self.generator.mapping(z, labels)
        mean = self.w_avg if labels is None else rows_of(self.w_avg, labels)
        return mean + psi * (w - mean)

    def every_layer(self, w: Tensor) -> Tensor:
        """w (n, w_size) -> ws (n, layers, w_size)"""
        return w[:, None].expand(-1, self.generator.layers, -1)

    def draw(self, ws: Tensor, noise: Sequence[Tensor | None] | None = None, level: int | None = None) -> Tensor:
        """ws (n, layers, w_size) -> pictures (n, channels, h, h) in [0, 1]"""
        pictures: Tensor = self.generator.synthesis(ws, noise, level)
        return (pictures.clamp(-1, 1) + 1) / 2

    def noise_of(self, seeds: Sequence[int]) -> list[Tensor | None]:
        """The noise of each layer, (n, 1, h, h): row i depends on seeds[i] alone."""
        return self.generator.maps(noise([seed + 2**40 for seed in seeds], self.generator.pixels))

    def no_noise(self) -> list[Tensor | None]:
        return [None] * self.generator.layers

    def latents(self, seeds: Sequence[int], truncation: float = 1.0) -> Tensor:
        """(n, latent_size): of a length that says psi, for their direction is all that the mapping network sees."""
        return truncation * normalised(noise(seeds, self.latent_size))

    @torch.inference_mode()
    def sample(self, n: int, seed: int = 0, psi: float = 1.0) -> Tensor:
        """n pictures with the seeds seed, seed + 1, ...: (n, channels, h, h) float32 in [0, 1]."""
        return self.draw(self.every_layer(self.style(self.latents(range(seed, seed + n)), psi=psi)))


def rows_of(table: Tensor, labels: Tensor) -> Tensor:
    """The rows of a table for labels (n,), or mixtures of them for shares (n, classes)."""
    return labels @ table if labels.is_floating_point() else table[labels]


class DigitStyleGAN(StyleGAN, DigitModel):
    """Digits, drawn with a border of 2 around their 28x28."""

    family = "gan"
    border = 2

    def __init__(
        self,
        latent_size: int = 64,
        w_size: int = 128,
        mapping: int = 4,
        widths: Sequence[int] = (128, 128, 64, 32),
        grows: bool = False,
    ):
        super().__init__(1, latent_size, w_size, mapping, widths, DIGITS, grows)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, latent_size), labels (n,) or shares (n, 10) -> (n, 1, 28, 28) in [0, 1]; the length of z is psi.

        A straight walk between two z comes near the mean, like that of the other models; a round one does not.
        """
        psi = z.square().mean(1, keepdim=True).sqrt().clamp(max=1)
        pictures = self.draw(self.every_layer(self.style(z, labels, psi)))
        inside = slice(self.border, self.border + SIZE)
        return pictures[:, :, inside, inside]

    def sample(  # type: ignore[override]  # as all models of digits do
        self, n: int, seed: int = 0, digit: int | None = None, truncation: float = 1.0
    ) -> Tensor:
        return DigitModel.sample(self, n, seed, digit, truncation)

    def judged(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the discriminator says of pictures (n, 1, 28, 28) in [0, 1], each by itself: (n,) logits."""
        several = None if labels is None else labels.repeat_interleave(GROUP, 0)
        scores: Tensor = self.discriminator(self._alone(images), several)
        return scores[::GROUP]

    def by_label(self, images: Tensor) -> Tensor:
        """The same as each of the ten digits: (n, 10)."""
        assert self.discriminator.table is not None
        h = self.discriminator.features(self._alone(images))[::GROUP]
        return h @ normalised(self.discriminator.table.weight).t() / sqrt(h.shape[1])

    def _alone(self, images: Tensor) -> Tensor:
        """Each picture in a group with itself: it has no company that it could be compared with."""
        padded = F.pad(2 * images - 1, (self.border,) * 4, value=-1.0)
        return padded.repeat_interleave(GROUP, 0)


def load(folder: Path, precision: str = "exact") -> StyleGAN:
    return StyleGAN.from_pretrained(str(folder), strict=True).float().eval()


def load_digits(folder: Path, precision: str = "exact") -> DigitStyleGAN:
    return DigitStyleGAN.from_pretrained(str(folder), strict=True).float().eval()
