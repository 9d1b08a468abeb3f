"""Generative adversarial networks (Goodfellow et al., 2014, arXiv:1406.2661) on digits.

    symbol  here
    z       latents, (n, latent_size), standard normal
    G(z)    generator: pictures in [-1, 1]
    D(x)    discriminator (a critic for WGAN): one number for each picture, high for real ones

`MLPGAN` is the network of the first articles; `ConvGAN` follows DCGAN (Radford et al., 2015, arXiv:1511.06434), with
spectral normalisation (Miyato et al., 2018, arXiv:1802.05957), class-conditional batch normalisation (Dumoulin et
al., 2017) and a projection discriminator (Miyato and Koyama, 2018, arXiv:1802.05637) as options.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from shared.models.digits import DIGITS, SIZE, DigitModel


class GAN(nn.Module, DigitModel):
    family = "gan"
    generator: nn.Module
    discriminator: nn.Module

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, latent_size), labels (n,) or shares (n, 10) where conditional -> (n, 1, 28, 28) in [0, 1]."""
        images: Tensor = self.generator(z, labels)
        return (images + 1) / 2

    def judged(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the discriminator says of pictures in [0, 1]: (n,) logits, or a critic's unbounded scores."""
        scores: Tensor = self.discriminator(2 * images - 1, labels)
        return scores


class MLPGenerator(nn.Module):
    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1], nn.Tanh())

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        images: Tensor = self.layers(z)
        return images.view(-1, 1, SIZE, SIZE)


class MLPDiscriminator(nn.Module):
    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        layers: list[nn.Module] = []
        for a, b in zip(widths, widths[1:], strict=False):
            layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers[:-1])

    def features(self, images: Tensor) -> Tensor:
        features: Tensor = self.layers[:-1](images.flatten(1))
        return features

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        scores: Tensor = self.layers(images.flatten(1))
        return scores.squeeze(1)


class MLPGAN(GAN, PyTorchModelHubMixin):
    """The textbook's: 100-256-512-1024-784 against 784-1024-512-256-1."""

    def __init__(
        self,
        generator_widths: tuple[int, ...] = (100, 256, 512, 1024, 784),
        discriminator_widths: tuple[int, ...] = (784, 1024, 512, 256, 1),
    ):
        super().__init__()
        self.latent_size = generator_widths[0]
        self.generator = MLPGenerator(generator_widths)
        self.discriminator = MLPDiscriminator(discriminator_widths)


def rows(table: nn.Embedding, labels: Tensor) -> Tensor:
    """The rows of an embedding for labels (n,), or mixtures of them for shares (n, classes): a walk between classes."""
    chosen: Tensor = labels @ table.weight if labels.is_floating_point() else table(labels)
    return chosen


class ClassBatchNorm(nn.Module):
    """Batch normalisation whose gain and shift belong to the class."""

    def __init__(self, channels: int, classes: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Embedding(classes, channels)
        self.shift = nn.Embedding(classes, channels)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        gain, shift = rows(self.gain, labels)[:, :, None, None], rows(self.shift, labels)[:, :, None, None]
        return torch.addcmul(shift, self.norm(x), gain)


class ConvGenerator(nn.Module):
    """z -> 7x7 -> 14x14 -> 28x28, by transposed convolutions."""

    def __init__(self, latent_size: int, width: int, classes: int):
        super().__init__()
        self.width = width
        self.start = nn.Linear(latent_size, width * 49, bias=False)
        self.up1 = nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False)
        self.up2 = nn.ConvTranspose2d(width // 2, width // 4, 4, 2, 1, bias=False)
        self.last = nn.Conv2d(width // 4, 1, 3, padding=1)
        sizes = (width, width // 2, width // 4)
        self.norms = nn.ModuleList(ClassBatchNorm(n, classes) if classes else nn.BatchNorm2d(n) for n in sizes)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        on = () if labels is None else (labels,)
        h: Tensor = self.norms[0](self.start(z).view(-1, self.width, 7, 7), *on).relu()
        h = self.norms[1](self.up1(h), *on).relu()  # (n, width / 2, 14, 14)
        h = self.norms[2](self.up2(h), *on).relu()  # (n, width / 4, 28, 28)
        images: Tensor = self.last(h)
        return images.tanh()


class ConvDiscriminator(nn.Module):
    """28x28 -> 14x14 -> 7x7 -> one number; norm: "none", "batch", "layer" (for WGAN-GP) or "spectral"."""

    def __init__(self, width: int, norm: str, classes: int):
        super().__init__()
        spectral: Callable[[nn.Module], nn.Module]
        spectral = parametrizations.spectral_norm if norm == "spectral" else lambda layer: layer
        norms: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm2d, "layer": lambda n: nn.GroupNorm(1, n)}
        between: Callable[[int], nn.Module] = norms.get(norm, nn.Identity)
        self.layers = nn.Sequential(
            spectral(nn.Conv2d(1, width // 2, 4, 2, 1)),
            nn.LeakyReLU(0.2),
            spectral(nn.Conv2d(width // 2, width, 4, 2, 1, bias=norm != "batch")),
            between(width),
            nn.LeakyReLU(0.2),
            spectral(nn.Conv2d(width, width, 3, 1, 1, bias=norm != "batch")),
            between(width),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        self.head = spectral(nn.Linear(width * 49, 1))
        # Projection: how well the features match the class asked for.
        self.class_vectors = spectral(nn.Embedding(classes, width * 49)) if classes else None

    def features(self, images: Tensor) -> Tensor:
        features: Tensor = self.layers(images)
        return features

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        h = self.features(images)
        score: Tensor = self.head(h).squeeze(1)
        return score if self.class_vectors is None else score + (self.class_vectors(labels) * h).sum(1)


class ConvGAN(GAN, PyTorchModelHubMixin):
    def __init__(self, latent_size: int = 64, width: int = 128, norm: str = "none", conditional: bool = False):
        super().__init__()
        classes = DIGITS if conditional else 0
        self.latent_size, self.conditional = latent_size, conditional
        self.generator = ConvGenerator(latent_size, width, classes)
        self.discriminator: ConvDiscriminator = ConvDiscriminator(width, norm, classes)

    def by_label(self, images: Tensor) -> Tensor:
        """What a projection discriminator says of pictures in [0, 1] as each of the ten digits: (n, 10)."""
        assert self.discriminator.class_vectors is not None, "a discriminator that knows the digits"
        features = self.discriminator.features(2 * images - 1)
        vectors: Tensor = self.discriminator.class_vectors.weight  # type: ignore[assignment]  # parametrised
        scores: Tensor = self.discriminator.head(features) + features @ vectors.T
        return scores


def load_mlp(folder: Path, precision: str = "exact") -> MLPGAN:
    return MLPGAN.from_pretrained(str(folder), strict=True).float().eval()


def load_conv(folder: Path, precision: str = "exact") -> ConvGAN:
    return ConvGAN.from_pretrained(str(folder), strict=True).float().eval()
