"""Sound as the models of spoken digits see it: waves, spectra and mel spectrograms, there and back.

A wave is float32 (n, SAMPLES) in [-1, 1] at RATE Hz, about a second. Frames are WINDOW samples long and begin HOP apart
where the wave is padded by (WINDOW - HOP) / 2 on both sides: as many frames as the wave has hops, so that a wave of
8,192 samples has 64 of them.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from shared.core.spoken import RATE, SAMPLES, SPEAKERS
from shared.models.digits import classes, noise

WINDOW, HOP, MELS = 512, 128, 64
FRAMES = SAMPLES // HOP
FLOOR = 1e-4  # 80 dB below a full tone: what is softer counts as silence


@lru_cache(maxsize=32)
def _hann(size: int, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # what is kept must do for training, too
        return torch.hann_window(size, device=device)


def spectrum(waves: Tensor, window: int = WINDOW, hop: int = HOP) -> Tensor:
    """waves (n, t) -> complex (n, window / 2 + 1, t / hop); a full tone has a magnitude of about 1."""
    padded = F.pad(waves.float(), ((window - hop) // 2,) * 2)
    found: Tensor = torch.stft(padded, window, hop, window, _hann(window, waves.device), False, return_complex=True)
    return found * (4 / window)


def from_spectrum(found: Tensor, window: int = WINDOW, hop: int = HOP) -> Tensor:
    """The inverse of `spectrum`: frames are windowed again, added where they overlap, and divided by what the windows
    add up to (Griffin and Lim, 1984, eq. 6)."""
    n, _, frames = found.shape
    shape = _hann(window, found.device)
    pieces = torch.fft.irfft(found * (window / 4), window, dim=1) * shape[:, None]  # (n, window, frames)
    both = torch.cat([pieces, shape.square()[None, :, None].expand(1, window, frames)])
    length = (frames - 1) * hop + window
    added = F.fold(both, (1, length), (1, window), stride=(1, hop))[:, 0, 0]  # (n + 1, length)
    edge = (window - hop) // 2
    added = added[:, edge : length - edge]
    waves: Tensor = added[:n] / added[n:].clamp(min=1e-6)
    return waves


def mel_filters(window: int = WINDOW, mels: int = MELS, rate: int = RATE) -> Tensor:
    """(mels, window / 2 + 1): triangles with a peak of 1, spaced evenly on the scale m = 2595 log10(1 + f / 700)."""
    top = 2595 * math.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, mels + 2, dtype=torch.float64) / 2595) - 1)
    bins = torch.linspace(0, rate / 2, window // 2 + 1, dtype=torch.float64)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()


@lru_cache(maxsize=8)
def _filters_on(device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return mel_filters().to(device)


def log_mel(waves: Tensor, hop: int = HOP) -> Tensor:
    """waves (n, t) -> (n, MELS, t / hop) in about [-1, 1]: -1 is silence (FLOOR), 1 a full tone."""
    with torch.autocast(waves.device.type, enabled=False):
        mel = _filters_on(waves.device) @ spectrum(waves, hop=hop).abs()
        level = mel.clamp(min=FLOOR).log10()
    return 1 + level / (-math.log10(FLOOR) / 2)


def full(waves: Tensor, peak: float = 0.95) -> Tensor:
    """Each wave as loud as it can be: its largest sample is `peak`. Silence stays silence."""
    return waves * (peak / waves.abs().amax(-1, keepdim=True).clamp(min=1e-4))


class SpokenModel:
    """Shared by the models that speak digits. A subclass has `latent_size` and `decode(z, labels)`.

    labels: int64 (n, 2): the digit, and whose voice (a place in SPEAKERS).
    """

    latent_size = 0

    def decode(self, z: Tensor, labels: Tensor) -> Tensor:
        """latents (n, latent_size), labels (n, 2) -> waves (n, SAMPLES) in [-1, 1]."""
        raise NotImplementedError

    def latents(self, seeds: Sequence[int]) -> Tensor:
        """(n, latent_size): row i depends on seeds[i] alone."""
        return noise(seeds, self.latent_size)

    def labels(self, seeds: Sequence[int], digit: int | None = None, speaker: int | None = None) -> Tensor:
        """(n, 2); what is not given is drawn, for each seed by itself."""
        return torch.stack([classes(seeds, digit), speakers(seeds, speaker)], 1)

    @torch.inference_mode()
    def sample(self, n: int, seed: int = 0, digit: int | None = None, speaker: int | None = None) -> Tensor:
        """n waves with the seeds seed, seed + 1, ...: (n, SAMPLES)."""
        seeds = range(seed, seed + n)
        return self.decode(self.latents(seeds), self.labels(seeds, digit, speaker))


def speakers(seeds: Sequence[int], speaker: int | None = None) -> Tensor:
    """(n,) int64: `speaker` for all, or one drawn for each seed."""
    if speaker is not None:
        return torch.full((len(seeds),), speaker)
    # Apart from the generators of the latents and of the digits.
    draws = [torch.Generator().manual_seed(~seed - (1 << 40)) for seed in seeds]
    return torch.stack([torch.randint(len(SPEAKERS), (), generator=draw) for draw in draws])
