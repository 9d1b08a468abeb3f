"""Generators of sound from noise in one pass, and the networks that judge them in training.

    symbol  here
    z       latents, (n, latent_size), standard normal
    G(z)    generator: waves (n, SAMPLES) in [-1, 1]
    D(x)    critic: one number for each wave, high for real ones

`WaveGenerator` and `WaveCritic` are WaveGAN (Donahue et al., 2019, arXiv:1802.04208, tables 3 and 4) with half of its
channels: DCGAN's layers in one dimension, 25 taps and a stride of 4. The digit and the voice go in with z, and shift
and scale each layer (FiLM: Perez et al., 2018); the critic compares them with its features (Miyato and Koyama, 2018).
`MLPGenerator` is the one of first articles: dense layers, the last as wide as the sound is long.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from shared.core.spoken import SAMPLES, SPEAKERS
from shared.models.digits import DIGITS
from shared.models.sound import SpokenModel, spectrum

TAPS, STRIDE = 25, 4
START = 8  # samples that the first layer makes


class Labels(nn.Module):
    """Digit and voice, (n, 2) int64, as vectors beside each other; or shares (n, 16) of all of them, for a walk."""

    def __init__(self, size: int):
        super().__init__()
        self.digit, self.speaker = nn.Embedding(DIGITS, size), nn.Embedding(len(SPEAKERS), size)

    def forward(self, labels: Tensor) -> Tensor:
        if labels.is_floating_point():
            parts = labels[:, :DIGITS] @ self.digit.weight, labels[:, DIGITS:] @ self.speaker.weight
        else:
            parts = self.digit(labels[:, 0]), self.speaker(labels[:, 1])
        return torch.cat(parts, 1)


def shares(labels: Tensor) -> Tensor:
    """labels (n, 2) -> (n, 16), one for the digit and one for the voice: what lies between two of them can be asked."""
    return torch.cat([F.one_hot(labels[:, 0], DIGITS), F.one_hot(labels[:, 1], len(SPEAKERS))], 1).float()


class MLPGenerator(nn.Module, SpokenModel, PyTorchModelHubMixin):
    def __init__(self, widths: tuple[int, ...] = (100, 256, 512, SAMPLES), labels: int = 16):
        super().__init__()
        self.latent_size = widths[0]
        self.asked = Labels(labels)
        layers: list[nn.Module] = []
        for a, b in zip((widths[0] + 2 * labels, *widths[1:]), widths[1:], strict=False):
            layers += [nn.Linear(a, b), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1], nn.Tanh())

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(z.device.type, enabled=False):  # eight bits are a noise that one hears
            waves: Tensor = self.layers(torch.cat([z.float(), self.asked(labels)], 1))
        return waves

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:
        return self(z, labels)  # type: ignore[no-any-return]


class WaveGenerator(nn.Module, SpokenModel, PyTorchModelHubMixin):
    """z -> 8 samples -> 32 -> 128 -> 512 -> 2048 -> 8192, by transposed convolutions."""

    def __init__(self, latent_size: int = 100, widths: tuple[int, ...] = (480, 240, 128, 64, 32), labels: int = 32):
        super().__init__()
        self.latent_size, self.widths = latent_size, tuple(widths)
        self.asked = Labels(labels)
        self.start = nn.Linear(latent_size + 2 * labels, widths[0] * START)
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(a, b, TAPS, STRIDE, padding=11, output_padding=1)
            for a, b in zip(widths, (*widths[1:], 1), strict=True)
        )
        self.films = nn.ModuleList(nn.Linear(2 * labels, 2 * width) for width in widths)
        for film in self.films:
            assert isinstance(film, nn.Linear)
            nn.init.zeros_(film.bias)

    def forward(self, z: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast(z.device.type, enabled=False):  # eight bits are a noise that one hears
            asked = self.asked(labels)
            h = self.start(torch.cat([z.float(), asked], 1)).view(len(z), self.widths[0], START)
            for film, up in zip(self.films, self.ups, strict=True):
                gain, shift = film(asked)[:, :, None].chunk(2, 1)
                h = up(torch.addcmul(shift, h, 1 + gain).relu())  # (n, width, 4 times as many)
            waves: Tensor = h[:, 0].tanh()
        return waves

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:
        return self(z, labels)  # type: ignore[no-any-return]


def phase_shuffled(h: Tensor, most: int, shift: Tensor) -> Tensor:
    """h (n, channels, t) with each row moved by its own of `shift` (n,), at most `most`, the edge filled by reflection
    (section 3.3): a critic that cannot hear the phase cannot be fooled by an artefact at a fixed one."""
    t = h.shape[-1]
    places = torch.arange(t, device=h.device) + shift[:, None]  # (n, t)
    places = (t - 1) - ((t - 1) - places.abs()).abs()
    return h.gather(2, places[:, None].expand_as(h))


class WaveCritic(nn.Module):
    """8192 samples -> 2048 -> 512 -> 128 -> 32 -> 8 -> one number. `shuffle` is the paper's n."""

    def __init__(self, widths: tuple[int, ...] = (32, 64, 128, 256, 512), shuffle: int = 2):
        super().__init__()
        self.shuffle = shuffle
        self.downs = nn.ModuleList(
            nn.Conv1d(a, b, TAPS, STRIDE, padding=12) for a, b in zip((1, *widths[:-1]), widths, strict=True)
        )
        features = widths[-1] * START
        self.head = nn.Linear(features, 1)
        self.asked = Labels(features // 2)  # digit and voice look at a half of the features each
        for table in (self.asked.digit, self.asked.speaker):
            nn.init.normal_(table.weight, std=0.02)

    def shifts(self, n: int, noise: torch.Generator) -> Tensor:
        """(layers, n): how far each wave is moved after each layer but the last."""
        size = (len(self.downs) - 1, n)
        return torch.randint(-self.shuffle, self.shuffle + 1, size, generator=noise, device=noise.device)

    def forward(self, waves: Tensor, labels: Tensor, shifts: Tensor | None = None) -> Tensor:
        with torch.autocast(waves.device.type, enabled=False):
            h = waves.float()[:, None]
            for i, down in enumerate(self.downs):
                h = F.leaky_relu(down(h), 0.2)
                if shifts is not None and i < len(shifts):
                    h = phase_shuffled(h, self.shuffle, shifts[i])
            h = h.flatten(1)
            said: Tensor = self.head(h).squeeze(1) + (self.asked(labels) * h).sum(1)
        return said


class SpectrumCritic(nn.Module):
    """Judges the real and imaginary parts of spectra of three resolutions, place by place (Defossez et al., 2022,
    arXiv:2210.13438, section 3.4)."""

    def __init__(self, windows: tuple[int, ...] = (512, 256, 128), width: int = 24):
        super().__init__()
        self.windows = tuple(windows)

        def layer(a: int, b: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> nn.Module:
            padding = (kernel[0] // 2, kernel[1] // 2)
            made = nn.Conv2d(a, b, kernel, stride, padding)
            parametrizations.weight_norm(made)  # in place
            return made

        self.bodies, self.heads = nn.ModuleList(), nn.ModuleList()
        for _ in windows:
            layers = [layer(3, width, (7, 5))]
            layers += [layer(width, width, (5, 3), (2, 1)) for _ in range(3)]
            layers += [layer(width, width, (3, 3))]
            self.bodies.append(nn.ModuleList(layers))
            self.heads.append(layer(width, 1, (3, 3)))

    def forward(self, waves: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """waves (n, t) -> scores of each resolution, (n, frequencies, frames) each, and the features of all layers."""
        scores, features = [], []
        for window, body, head in zip(self.windows, self.bodies, self.heads, strict=True):
            with torch.autocast(waves.device.type, enabled=False):
                found = spectrum(waves, window, window // 4)
                size = found.abs().clamp(min=1e-3)
                # Parts of like size, whether loud or soft: the cube root, as the ear does.
                parts = torch.stack([found.real, found.imag], 1) * size.pow(-2 / 3)[:, None]
                h = torch.cat([parts, 0.3 * size.log()[:, None] + 1], 1)  # (n, 3, frequencies, frames)
            assert isinstance(body, nn.ModuleList)
            for layer in body:
                h = F.leaky_relu(layer(h), 0.2)
                features.append(h)
            scores.append(head(h)[:, 0])
        return scores, features


def load(folder: Path, precision: str = "exact") -> WaveGenerator:
    return WaveGenerator.from_pretrained(str(folder), strict=True).float().eval()
