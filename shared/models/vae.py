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

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from shared.models.digits import SIZE, DigitModel

LOG_2PI = math.log(2 * math.pi)
LOG_DEVIATIONS = (-6.0, 3.0)  # beyond them a network in training can run off to infinity


def gaussian_kl(mean, log_variance):
    """KL of N(mean, exp(log_variance)) from N(0, 1), elementwise, in nats (Kingma and Welling, appendix B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


class VAE(nn.Module, DigitModel):
    """A subclass has `encode`, `logits_of`, `forward` and `log_weights`."""

    family = "vae"

    def decode(self, z, labels=None):
        """latents (n, latent_size) -> pictures (n, 1, 28, 28) in [0, 1]: how likely each pixel is ink."""
        return self.logits_of(z).sigmoid()


class FlatVAE(VAE):
    """One layer of latents; a subclass has `encoder`: (n, 1, 28, 28) -> (n, 2 * latent_size), and `logits_of`."""

    def encode(self, images):
        """pictures (n, 1, 28, 28) in [0, 1] -> mean, log variance of q(z|x), each (n, latent_size)."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        return mean, log_variance.clamp(2 * LOG_DEVIATIONS[0], 2 * LOG_DEVIATIONS[1])

    def forward(self, images, noise):
        """pictures, noise (n, latent_size) -> logits (n, 1, 28, 28), KL (n, latent_size) in nats."""
        mean, log_variance = self.encode(images)
        z = mean + noise * (log_variance / 2).exp()  # the reparameterisation trick
        return self.logits_of(z), gaussian_kl(mean.float(), log_variance.float())

    @torch.inference_mode()
    def log_weights(self, images, k, generator):
        """log p(x, z) - log q(z|x) for k draws of z: (k, n), in nats; `images` are binary."""
        mean, log_variance = self.encode(images)
        found = []
        for _ in range(k):
            noise = torch.randn(mean.shape, generator=generator)
            z = mean + noise * (log_variance / 2).exp()
            log_p_z = -0.5 * (z.square() + LOG_2PI).sum(1)
            log_q_z = -0.5 * (noise.square() + LOG_2PI + log_variance).sum(1)
            found.append(log_likelihood(self.logits_of(z), images) + log_p_z - log_q_z)
        return torch.stack(found)


def log_likelihood(logits, images):
    """log p(x|z) of a Bernoulli for each pixel, summed: (n,), in nats."""
    return -F.binary_cross_entropy_with_logits(logits, images, reduction="none").flatten(1).sum(1)


class MLPVAE(FlatVAE, PyTorchModelHubMixin):
    """The textbook's: 784-400-20-400-784."""

    def __init__(self, latent_size: int = 20, hidden: tuple[int, ...] = (400,)):
        super().__init__()
        self.latent_size = latent_size
        self.encoder = nn.Sequential(nn.Flatten(), *_mlp((SIZE * SIZE, *hidden, 2 * latent_size)))
        self.decoder = nn.Sequential(*_mlp((latent_size, *reversed(hidden), SIZE * SIZE)))

    def logits_of(self, z):
        return self.decoder(z).view(-1, 1, SIZE, SIZE)


def _mlp(widths):
    layers = []
    for a, b in zip(widths, widths[1:], strict=False):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return layers[:-1]


class Residual(nn.Module):
    """x + f(x), f: two 3x3 convolutions."""

    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, x):
        return x + self.layers(x)


def _down(channels):
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

    def logits_of(self, z):
        return self.decoder(z)


class LadderLayer(nn.Module):
    """Latents of (channels, side, side) in the top-down path h: prior from h, posterior from h and the picture's
    features of the same size."""

    def __init__(self, width, channels):
        super().__init__()
        self.prior = nn.Sequential(Residual(width), nn.SiLU(), nn.Conv2d(width, 2 * channels + width, 1))
        self.posterior = nn.Sequential(
            nn.Conv2d(2 * width, width, 1), Residual(width), nn.SiLU(), nn.Conv2d(width, 2 * channels, 1)
        )
        self.merge = nn.Conv2d(channels, width, 1)
        self.after = Residual(width)
        self.channels = channels
        for layer in (self.prior[-1], self.posterior[-1]):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def prior_of(self, h):
        """h (n, width, s, s) -> h with what the prior adds, prior mean, prior log deviation (n, channels, s, s)."""
        mean, log_deviation, more = self.prior(h).split([self.channels, self.channels, h.shape[1]], dim=1)
        return h + more, mean, log_deviation.clamp(*LOG_DEVIATIONS)

    def posterior_of(self, h, features):
        """-> mean and log deviation of e, the latent in units of the prior."""
        mean, log_deviation = self.posterior(torch.cat([h, features], 1)).chunk(2, dim=1)
        return mean, log_deviation.clamp(*LOG_DEVIATIONS)

    def put(self, h, mean, log_deviation, e):
        """h with the latent z = mean + deviation * e in it."""
        return self.after(h + self.merge(mean + log_deviation.exp() * e))


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

    def logits_of(self, z):
        top, *local = self._levels(z)
        h = self.begin(top.flatten(1))
        for layer, e in zip(self.layers, local, strict=True):
            h, mean, log_deviation = layer.prior_of(h)
            h = layer.put(h, mean, log_deviation, e)
        return self.finish(h)

    def _levels(self, z):
        parts = z.split([math.prod(shape) for shape in self.shapes], dim=1)
        return [part.view(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def _infer(self, images, noise):
        """-> logits, mean, log deviation and draw of e, each (n, latent_size); noise 0 takes the means."""
        features = self.look(images)  # (n, width, 7, 7)
        top, *local = self._levels(noise)
        mean, log_deviation = self.infer_top(features).chunk(2, dim=1)
        log_deviation = log_deviation.clamp(*LOG_DEVIATIONS)
        seen = [(mean, log_deviation, mean + log_deviation.exp() * top.flatten(1))]
        h = self.begin(seen[0][2])
        for layer, one in zip(self.layers, local, strict=True):
            h, prior_mean, prior_log_deviation = layer.prior_of(h)
            mean, log_deviation = layer.posterior_of(h, features)
            e = mean + log_deviation.exp() * one
            h = layer.put(h, prior_mean, prior_log_deviation, e)
            seen.append((mean, log_deviation, e))
        return self.finish(h), *(torch.cat([level[i].flatten(1) for level in seen], 1) for i in range(3))

    def encode(self, images):
        """pictures in [0, 1] -> mean, log variance of e, each (n, latent_size); layers above are at their means."""
        _, mean, log_deviation, _ = self._infer(images, images.new_zeros(len(images), self.latent_size))
        return mean, 2 * log_deviation

    def forward(self, images, noise):
        """pictures, noise (n, latent_size) -> logits (n, 1, 28, 28), KL (n, latent_size) in nats."""
        logits, mean, log_deviation, _ = self._infer(images, noise)
        return logits, gaussian_kl(mean.float(), 2 * log_deviation.float())

    @torch.inference_mode()
    def log_weights(self, images, k, generator):
        """log p(x, z) - log q(z|x) for k draws of all latents: (k, n), in nats; `images` are binary."""
        found = []
        for _ in range(k):
            noise = torch.randn(len(images), self.latent_size, generator=generator)
            logits, _, log_deviation, e = self._infer(images, noise)
            # p and q of e instead of z: both densities change by the same factor, which cancels.
            log_p = -0.5 * (e.square() + LOG_2PI).sum(1)
            log_q = -0.5 * (noise.square() + LOG_2PI).sum(1) - log_deviation.sum(1)
            found.append(log_likelihood(logits, images) + log_p - log_q)
        return torch.stack(found)


def _loader(network):
    def load(folder, precision="exact"):
        return network.from_pretrained(str(folder), strict=True).float().eval()

    return load


load_mlp, load_conv, load_ladder = _loader(MLPVAE), _loader(ConvVAE), _loader(LadderVAE)
