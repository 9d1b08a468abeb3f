"""The judge of the digits: a small convolutional network that reads them, and whose features are compared.

VGG-style (Simonyan and Zisserman, 2015, arXiv:1409.1556) with batch normalisation. The Frechet distance on the
features of a digit classifier, and not of Inception, follows Heusel et al., 2017 (arXiv:1706.08500) and its authors'
advice for MNIST.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn


class DigitClassifier(nn.Module, PyTorchModelHubMixin):
    def __init__(self, widths: tuple[int, ...] = (32, 64, 128), features: int = 128):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width in widths:
            for _ in range(2):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))  # 28 -> 14 -> 7 -> 3
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.features = nn.Linear(channels * 9, features)
        self.head = nn.Linear(features, 10)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """images (n, 1, 28, 28) in [0, 1] -> logits (n, 10), features (n, features)."""
        features = F.relu(self.features(self.body(2 * images - 1)))
        return self.head(F.dropout(features, 0.3, self.training)), features

    @torch.inference_mode()
    def judge(self, images: Tensor, batch: int = 500) -> tuple[Tensor, Tensor]:
        """images (n, 1, 28, 28) in [0, 1] -> probabilities (n, 10), features (n, features), batch by batch."""
        parts = [self(part) for part in images.split(batch)]
        return torch.cat([logits.softmax(-1) for logits, _ in parts]), torch.cat([features for _, features in parts])


def load(folder: Path, precision: str = "exact") -> DigitClassifier:
    return DigitClassifier.from_pretrained(str(folder), strict=True).float().eval()
