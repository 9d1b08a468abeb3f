"""Speech in two steps: flow matching draws a mel spectrogram, a vocoder makes it sound.

    symbol   here
    x1, x0   a mel spectrogram in about [-1, 1] (n, 64, 64), and noise of the same shape
    x_t      (1 - t) x0 + t x1
    v(x, t)  where x goes: learned as x1 - x0 (Lipman et al., 2023, arXiv:2210.02747, eq. 23 with sigma_min = 0)

The spectrogram comes of following v from t = 0 to 1. v is a UNet on pieces of 2x2. The vocoder is Vocos (Siuzdak, 2024,
arXiv:2306.00814): ConvNeXt blocks at the pace of the frames say magnitude and phase, and the inverse Fourier transform
does the rest.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.core.spoken import SPEAKERS
from shared.models.digits import DIGITS
from shared.models.sound import FRAMES, MELS, WINDOW, SpokenModel, from_spectrum, full, log_mel

STEPS = 4  # of the way from noise to a spectrogram; each asks the network twice
MIDDLE, SPREAD = -0.6, 0.5  # mean and standard deviation of the spectrograms, about


def normalised(mel: Tensor) -> Tensor:
    return (mel - MIDDLE) / SPREAD


def times(t: Tensor, size: int) -> Tensor:
    """t (n,) in [0, 1] -> sines and cosines (n, size) (Vaswani et al., 2017, section 3.5)."""
    pace = torch.exp(torch.arange(size // 2, device=t.device) * (-math.log(1e4) / (size // 2)))
    angles = 1000 * t[:, None] * pace
    return torch.cat([angles.sin(), angles.cos()], 1)


class Block(nn.Module):
    """Two convolutions around what time, digit and voice say, and a way past them."""

    def __init__(self, a: int, b: int, asked: int):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, a), nn.Conv2d(a, b, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, b), nn.Conv2d(b, b, 3, padding=1)
        self.film = nn.Linear(asked, 2 * b)
        self.past = nn.Conv2d(a, b, 1) if a != b else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, asked: Tensor) -> Tensor:
        gain, shift = self.film(asked)[:, :, None, None].chunk(2, 1)
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h) * (1 + gain) + shift))
        out: Tensor = self.past(x) + h
        return out


class Attention(nn.Module):
    def __init__(self, width: int, heads: int = 4):
        super().__init__()
        self.heads = heads
        self.norm, self.qkv, self.out = nn.GroupNorm(8, width), nn.Linear(width, 3 * width), nn.Linear(width, width)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        parts = self.qkv(self.norm(x).flatten(2).transpose(1, 2)).view(n, h * w, 3, self.heads, c // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, h * w, c)
        out: Tensor = x + self.out(seen).transpose(1, 2).view(n, c, h, w)
        return out


class MelUNet(nn.Module):
    """Pieces of 2x2: 32x32 -> 16x16 -> 8x8 and back."""

    def __init__(self, widths: tuple[int, ...] = (64, 96, 144), asked: int = 192):
        super().__init__()
        a, b, c = widths
        self.asked_size = asked
        # The last row of each: any digit, any voice.
        self.digit, self.speaker = nn.Embedding(DIGITS + 1, asked), nn.Embedding(len(SPEAKERS) + 1, asked)
        self.time = nn.Sequential(nn.Linear(asked, asked), nn.SiLU(), nn.Linear(asked, asked))
        self.first = nn.Conv2d(6, a, 3, padding=1)
        self.down1, self.small1 = Block(a, a, asked), nn.Conv2d(a, b, 2, 2)
        self.down2, self.small2 = Block(b, b, asked), nn.Conv2d(b, c, 2, 2)
        self.mid1, self.attention, self.mid2 = Block(c, c, asked), Attention(c), Block(c, c, asked)
        self.large2, self.up2 = nn.ConvTranspose2d(c, b, 2, 2), Block(2 * b, b, asked)
        self.large1, self.up1 = nn.ConvTranspose2d(b, a, 2, 2), Block(2 * a, a, asked)
        self.norm, self.last = nn.GroupNorm(8, a), nn.Conv2d(a, 4, 3, padding=1)
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
        """x (n, 64, 64), t (n,), labels (n, 2), or shares (n, 16) of digits and voices -> v (n, 64, 64)."""
        if labels.is_floating_point():
            said = labels[:, :DIGITS] @ self.digit.weight[:-1] + labels[:, DIGITS:] @ self.speaker.weight[:-1]
        else:
            said = self.digit(labels[:, 0]) + self.speaker(labels[:, 1])
        asked = F.silu(self.time(times(t, self.asked_size)) + said)
        pieces = F.pixel_unshuffle(x[:, None], 2)  # (n, 4, 32, 32)
        n, _, high, wide = pieces.shape
        # Convolutions do not know where they are; a pitch and a moment are not like any other.
        rows = torch.linspace(-1, 1, high, device=x.device).view(1, 1, high, 1).expand(n, 1, high, wide)
        columns = torch.linspace(-1, 1, wide, device=x.device).view(1, 1, 1, wide).expand(n, 1, high, wide)
        h1 = self.down1(self.first(torch.cat([pieces, rows, columns], 1)), asked)
        h2 = self.down2(self.small1(h1), asked)
        h = self.mid2(self.attention(self.mid1(self.small2(h2), asked)), asked)
        h = self.up2(torch.cat([self.large2(h), h2], 1), asked)
        h = self.up1(torch.cat([self.large1(h), h1], 1), asked)
        v: Tensor = self.last(F.silu(self.norm(h)))
        return F.pixel_shuffle(v, 2)[:, 0]


class ConvNeXt(nn.Module):
    """Liu et al., 2022, arXiv:2201.03545, in one dimension."""

    def __init__(self, width: int, inner: int):
        super().__init__()
        self.along = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm, self.up, self.down = nn.LayerNorm(width), nn.Linear(width, inner), nn.Linear(inner, width)
        self.scale = nn.Parameter(torch.full((width,), 0.2))

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm(self.along(x).transpose(1, 2))
        out: Tensor = x + (self.scale * self.down(F.gelu(self.up(h)))).transpose(1, 2)
        return out


class Vocoder(nn.Module):
    def __init__(self, width: int = 192, inner: int = 576, blocks: int = 6):
        super().__init__()
        self.first = nn.Conv1d(MELS, width, 7, padding=3)
        self.blocks = nn.ModuleList(ConvNeXt(width, inner) for _ in range(blocks))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, WINDOW + 2)

    def forward(self, mel: Tensor) -> Tensor:
        """mel (n, MELS, FRAMES) as `log_mel` makes it -> waves (n, SAMPLES)."""
        h = self.first(mel)
        for block in self.blocks:
            h = block(h)
        said = self.last(self.norm(h.transpose(1, 2))).transpose(1, 2)  # (n, window + 2, frames)
        with torch.autocast(mel.device.type, enabled=False):
            size, phase = said.float().chunk(2, 1)
            return from_spectrum(torch.polar((size - 5).clamp(max=1).exp(), phase))


class MelFlow(nn.Module, SpokenModel, PyTorchModelHubMixin):
    def __init__(
        self,
        widths: tuple[int, ...] = (64, 96, 144),
        asked: int = 192,
        vocoder: tuple[int, int, int] = (192, 576, 6),
        steps: int = STEPS,
    ):
        super().__init__()
        self.latent_size, self.steps = MELS * FRAMES, steps
        self.unet = MelUNet(tuple(widths), asked)
        self.vocoder = Vocoder(*vocoder)

    def mel(self, z: Tensor, labels: Tensor, steps: int = 0) -> Tensor:
        """latents (n, 4096), labels (n, 2) -> mel spectrograms (n, 64, 64), by Heun's second-order method."""
        steps = steps or self.steps
        x = z.view(-1, MELS, FRAMES)
        for i in range(steps):
            t, step = torch.full((len(x),), i / steps, device=x.device), 1 / steps
            v = self.unet(x, t, labels)
            w = self.unet(x + step * v, t + step, labels)
            x = x + step * (v + w) / 2
        return MIDDLE + SPREAD * x

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:
        waves: Tensor = self.vocoder(self.mel(z, labels).clamp(-1, 1.2))
        return full(waves)

    def again(self, waves: Tensor) -> Tensor:
        """Sound through the vocoder alone: what it costs to make a spectrogram of it and to come back."""
        heard: Tensor = self.vocoder(log_mel(waves))
        return heard


def load(folder: Path, precision: str = "exact") -> MelFlow:
    return MelFlow.from_pretrained(str(folder), strict=True).float().eval()
