"""The judge of the spoken digits: a convolutional network that hears which digit is said, and by whom.

It reads log mel spectrograms like pictures, by layers of VGG (Simonyan and Zisserman, 2015) with batch normalisation.
Its features are what the Frechet audio distance is measured on (Kilgour et al., 2019, arXiv:1812.08466, which takes
those of VGGish; that one does not know digits).
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.core.spoken import SPEAKERS
from shared.models.digits import DIGITS
from shared.models.sound import full, log_mel


class SpokenJudge(nn.Module, PyTorchModelHubMixin):
    def __init__(self, widths: tuple[int, ...] = (24, 48, 96, 128), features: int = 128):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width in widths:
            for _ in range(2):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))  # 64 -> 32 -> 16 -> 8 -> 4
        self.body = nn.Sequential(*layers)
        self.features = nn.Linear(4 * channels, features)  # four heights; the moment does not matter
        self.head = nn.Linear(features, DIGITS)
        self.voices = nn.Linear(features, len(SPEAKERS))

    def forward(self, waves: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """waves (n, SAMPLES) -> logits of the digits (n, 10), of the voices (n, 6), features (n, features).

        hidden (n, 64, 64): where it is True, the spectrogram is not seen (training only).
        """
        mel = log_mel(full(waves))
        if hidden is not None:
            mel = mel.masked_fill(hidden, -1.0)
        h = self.body(mel[:, None])  # (n, channels, 4, 4)
        features = F.relu(self.features(h.amax(3).flatten(1)))
        seen = F.dropout(features, 0.3, self.training)
        return self.head(seen), self.voices(seen), features

    @torch.inference_mode()
    def judge(self, waves: Tensor, batch: int = 200) -> tuple[Tensor, Tensor, Tensor]:
        """waves (n, SAMPLES) -> probabilities of digits (n, 10) and of voices (n, 6), features, batch by batch."""
        parts = [self(part) for part in waves.split(batch)]
        digits, voices, features = (torch.cat(column) for column in zip(*parts, strict=True))
        return digits.softmax(-1), voices.softmax(-1), features


def load(folder: Path, precision: str = "exact") -> SpokenJudge:
    return SpokenJudge.from_pretrained(str(folder), strict=True).float().eval()
