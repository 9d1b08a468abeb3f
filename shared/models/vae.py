"""Variational autoencoders (Kingma and Welling, 2013, arXiv:1312.6114) on digits.

    symbol     here
    x          picture, in [0, 1]; for likelihoods in nats, binary
    q(z|x)     encode: mean and log variance, each (n, latent_size)
    p(x|z)     Bernoulli with the logits that `logits_of(z)` gives
    KL         of q(z|x) from the prior, a number for each dimension: (n, latent_size)

`MLPVAE` and `ConvVAE` have one layer of latents with the prior N(0, 1). `LadderVAE` has several, each with a prior
that depends on those above it (Sonderby et al., 2016, arXiv:1602.02282; Child, 2020, arXiv:2011.10650). Its latents
are given in units of that prior (z = prior mean + prior deviation * e, and e is what `encode` and `decode` speak of),
so that everything that holds for the others, e ~ N(0, 1) above all, holds for it.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.models.digits import SIZE, DigitModel

LOG_2PI = math.log(2 * math.pi)
LOG_DEVIATIONS = (-6.0, 3.0)  # beyond them a network in training can run off to infinity


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL of N(mean, exp(log_variance)) from N(0, 1), elementwise, in nats (Kingma and Welling, appendix B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


class VAE(nn.Module, DigitModel):
    """A subclass also has forward(pictures, noise (n, latent_size)) -> logits (n, 1, 28, 28), KL (n, latent_size)."""

    family = "vae"

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """pictures (n, 1, 28, 28) in [0, 1] -> mean, log variance of q(z|x), each (n, latent_size)"""
        raise NotImplementedError

    def logits_of(self, z: Tensor) -> Tensor:
        """latents (n, latent_size) -> logits (n, 1, 28, 28)"""
        raise NotImplementedError

    def log_weights(self, images: Tensor, k: int, generator: torch.Generator) -> Tensor:
        """log p(x, z) - log q(z|x) for k draws of z: (k, n), in nats; `images` are binary."""
        raise NotImplementedError

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """latents (n, latent_size) -> pictures (n, 1, 28, 28) in [0, 1]: how likely each pixel is ink."""
        return self.logits_of(z).sigmoid()


class FlatVAE(VAE):
    """One layer of latents; a subclass has `encoder`: (n, 1, 28, 28) -> (n, 2 * latent_size), and `logits_of`."""

    encoder: nn.Module

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return mean, log_variance.clamp(2 * LOG_DEVIATIONS[0], 2 * LOG_DEVIATIONS[1])

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """pictures, noise (n, latent_size) -> logits (n, 1, 28, 28), KL (n, latent_size) in nats."""
        mean, log_variance = self.encode(images)
        z = mean + noise * (log_variance / 2).exp()  # the reparameterisation trick
        return self.logits_of(z), gaussian_kl(mean.float(), log_variance.float())

    @torch.inference_mode()
    def log_weights(self, images: Tensor, k: int, generator: torch.Generator) -> Tensor:
        mean, log_variance = self.encode(images)
        weights = []
        for _ in range(k):
            noise = torch.randn(mean.shape, generator=generator)
            z = mean + noise * (log_variance / 2).exp()
            log_p_z = -0.5 * (z.square() + LOG_2PI).sum(1)
            log_q_z = -0.5 * (noise.square() + LOG_2PI + log_variance).sum(1)
            weights.append(log_likelihood(self.logits_of(z), images) + log_p_z - log_q_z)
        return torch.stack(weights)


def log_likelihood(logits: Tensor, images: Tensor) -> Tensor:
    """log p(x|z) of a Bernoulli for each pixel, summed: (n,), in nats."""
    return -F.binary_cross_entropy_with_logits(logits, images, reduction="none").flatten(1).sum(1)


class MLPVAE(FlatVAE, PyTorchModelHubMixin):
    """The textbook's: 784-400-20-400-784."""

    def __init__(self, latent_size: int = 20, hidden: tuple[int, ...] = (400,)):
        super().__init__()
        self.latent_size = latent_size
        self.encoder = nn.Sequential(nn.Flatten(), *_mlp((SIZE * SIZE, *hidden, 2 * latent_size)))
        self.decoder = nn.Sequential(*_mlp((latent_size, *reversed(hidden), SIZE * SIZE)))

    def logits_of(self, z: Tensor) -> Tensor:
        logits: Tensor = self.decoder(z)
        return logits.view(-1, 1, SIZE, SIZE)


def _mlp(widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for a, b in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return layers[:-1]


class Residual(nn.Module):
    """x + f(x), f: two 3x3 convolutions."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.SiLU(),
            zero(nn.Conv2d(channels, channels, 3, padding=1)),
        )

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.layers(x)
        return x + change


def zero(layer: nn.Conv2d) -> nn.Conv2d:
    """The layer, which adds nothing before it has learned something."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


def _down(channels: int) -> tuple[nn.Module, nn.Module]:
    """28x28 -> (channels, 14, 14) and then (2 * channels, 7, 7)."""
    first = nn.Sequential(nn.Conv2d(1, channels, 4, 2, 1), Residual(channels))
    second = nn.Sequential(nn.SiLU(), nn.Conv2d(channels, 2 * channels, 4, 2, 1), Residual(2 * channels))
    return first, second


class ConvVAE(FlatVAE, PyTorchModelHubMixin):
    def __init__(self, latent_size: int = 20, width: int = 32, hidden: int = 128):
        super().__init__()
        self.latent_size = latent_size
        at7 = 2 * width * 49
        self.encoder = nn.Sequential(
            *_down(width),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(at7, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 2 * latent_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_size, hidden),
            nn.SiLU(),
            nn.Linear(hidden, at7),
            nn.Unflatten(1, (2 * width, 7, 7)),
            Residual(2 * width),
            nn.SiLU(),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1),
            Residual(width),
            nn.SiLU(),
            nn.ConvTranspose2d(width, width // 2, 4, 2, 1),
            nn.SiLU(),
            nn.Conv2d(width // 2, 1, 3, padding=1),
        )

    def logits_of(self, z: Tensor) -> Tensor:
        logits: Tensor = self.decoder(z)
        return logits


class LadderLayer(nn.Module):
    """Latents of (channels, side, side) in the top-down path h: prior from h, posterior from h and the picture's
    features of the same size."""

    def __init__(self, width: int, channels: int):
        super().__init__()
        self.prior = nn.Sequential(Residual(width), nn.SiLU(), zero(nn.Conv2d(width, 2 * channels + width, 1)))
        self.posterior = nn.Sequential(
            nn.Conv2d(2 * width, width, 1), Residual(width), nn.SiLU(), zero(nn.Conv2d(width, 2 * channels, 1))
        )
        self.merge = nn.Conv2d(channels, width, 1)
        self.after = Residual(width)
        self.channels = channels

    def prior_of(self, h: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """h (n, width, s, s) -> h with what the prior adds, prior mean, prior log deviation (n, channels, s, s)."""
        mean, log_deviation, more = self.prior(h).split([self.channels, self.channels, h.shape[1]], dim=1)
        return h + more, mean, log_deviation.clamp(*LOG_DEVIATIONS)

    def posterior_of(self, h: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """-> mean and log deviation of e, the latent in units of the prior."""
        mean, log_deviation = self.posterior(torch.cat([h, features], 1)).chunk(2, dim=1)
        return mean, log_deviation.clamp(*LOG_DEVIATIONS)

    def put(self, h: Tensor, mean: Tensor, log_deviation: Tensor, e: Tensor) -> Tensor:
        """h with the latent z = mean + deviation * e in it."""
        with_z: Tensor = self.after(h + self.merge(mean + log_deviation.exp() * e))
        return with_z


class LadderVAE(VAE, PyTorchModelHubMixin):
    """Latents for the whole picture (top, 1, 1), then `layers` times (local, 7, 7), each with a learned prior that
    depends on those above."""

    def __init__(self, width: int = 48, top: int = 24, local: int = 3, layers: int = 3):
        super().__init__()
        self.shapes = [(top, 1, 1), *[(local, 7, 7)] * layers]
        self.latent_size = sum(math.prod(shape) for shape in self.shapes)
        at7 = width * 49
        self.look = nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1),
            Residual(32),
            nn.SiLU(),
            nn.Conv2d(32, width, 4, 2, 1),
            Residual(width),
            Residual(width),
        )
        self.infer_top = nn.Sequential(nn.SiLU(), nn.Flatten(), nn.Linear(at7, 256), nn.SiLU(), nn.Linear(256, 2 * top))
        self.begin = nn.Sequential(
            nn.Linear(top, 256), nn.SiLU(), nn.Linear(256, at7), nn.Unflatten(1, (width, 7, 7)), Residual(width)
        )
        self.layers = nn.ModuleList(LadderLayer(width, local) for _ in range(layers))
        self.finish = nn.Sequential(
            Residual(width),
            Residual(width),
            nn.SiLU(),
            nn.ConvTranspose2d(width, 32, 4, 2, 1),
            Residual(32),
            nn.SiLU(),
            nn.ConvTranspose2d(32, 16, 4, 2, 1),
            nn.SiLU(),
            nn.Conv2d(16, 1, 3, padding=1),
        )

    def logits_of(self, z: Tensor) -> Tensor:
        top, *local = self._levels(z)
        h: Tensor = self.begin(top.flatten(1))
        for layer, e in zip(self.layers, local, strict=True):
            assert isinstance(layer, LadderLayer)
            h, mean, log_deviation = layer.prior_of(h)
            h = layer.put(h, mean, log_deviation, e)
        logits: Tensor = self.finish(h)
        return logits

    def _levels(self, z: Tensor) -> list[Tensor]:
        parts = z.split([math.prod(shape) for shape in self.shapes], dim=1)
        return [part.view(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def _infer(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """-> logits, mean, log deviation and draw of e, each (n, latent_size); noise 0 takes the means."""
        features = self.look(images)  # (n, width, 7, 7)
        top, *local = self._levels(noise)
        mean, log_deviation = self.infer_top(features).chunk(2, dim=1)
        log_deviation = log_deviation.clamp(*LOG_DEVIATIONS)
        seen = [(mean, log_deviation, mean + log_deviation.exp() * top.flatten(1))]
        h = self.begin(seen[0][2])
        for layer, noise_here in zip(self.layers, local, strict=True):
            assert isinstance(layer, LadderLayer)
            h, prior_mean, prior_log_deviation = layer.prior_of(h)
            mean, log_deviation = layer.posterior_of(h, features)
            e = mean + log_deviation.exp() * noise_here
            h = layer.put(h, prior_mean, prior_log_deviation, e)
            seen.append((mean, log_deviation, e))
        means, log_deviations, draws = (torch.cat([level[i].flatten(1) for level in seen], 1) for i in range(3))
        return self.finish(h), means, log_deviations, draws

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """pictures in [0, 1] -> mean, log variance of e, each (n, latent_size); layers above are at their means."""
        _, mean, log_deviation, _ = self._infer(images, images.new_zeros(len(images), self.latent_size))
        return mean, 2 * log_deviation

    def forward(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """pictures, noise (n, latent_size) -> logits (n, 1, 28, 28), KL (n, latent_size) in nats."""
        logits, mean, log_deviation, _ = self._infer(images, noise)
        return logits, gaussian_kl(mean.float(), 2 * log_deviation.float())

    @torch.inference_mode()
    def log_weights(self, images: Tensor, k: int, generator: torch.Generator) -> Tensor:
        weights = []
        for _ in range(k):
            noise = torch.randn(len(images), self.latent_size, generator=generator)
            logits, _, log_deviation, e = self._infer(images, noise)
            # p and q of e instead of z: both densities change by the same factor, which cancels.
            log_p = -0.5 * (e.square() + LOG_2PI).sum(1)
            log_q = -0.5 * (noise.square() + LOG_2PI).sum(1) - log_deviation.sum(1)
            weights.append(log_likelihood(logits, images) + log_p - log_q)
        return torch.stack(weights)


def load_mlp(folder: Path, precision: str = "exact") -> MLPVAE:
    return MLPVAE.from_pretrained(str(folder), strict=True).float().eval()


def load_conv(folder: Path, precision: str = "exact") -> ConvVAE:
    return ConvVAE.from_pretrained(str(folder), strict=True).float().eval()


def load_ladder(folder: Path, precision: str = "exact") -> LadderVAE:
    return LadderVAE.from_pretrained(str(folder), strict=True).float().eval()
