"""The judge of emoji faces: a small convolutional network that tells a picture's style and which emoji it is.

VGG-style (Simonyan and Zisserman, 2015, arXiv:1409.1556) with batch normalisation. Its features, and not Inception's,
are what the Frechet distance of drawn faces compares: Inception has never seen an emoji.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

SIDE = 64


class EmojiClassifier(nn.Module, PyTorchModelHubMixin):
    """styles, names: how many there are to tell apart."""

    def __init__(
        self, styles: int = 6, names: int = 371, widths: Sequence[int] = (24, 48, 96, 128), features: int = 64
    ):
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            for _ in range(2):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))  # 64 -> 32 -> 16 -> 8 -> 4
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.features = nn.Linear(channels * 16, features)
        self.style = nn.Linear(features, styles)
        self.name = nn.Linear(features, names)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """images (n, 3, 64, 64) in [0, 1] -> logits of the style, logits of the name, features (n, features)."""
        features: Tensor = self.features(F.dropout(self.body(2 * images - 1), 0.3, self.training))
        return self.style(features), self.name(F.relu(features)), features

    @torch.inference_mode()
    def judge(self, images: Tensor, batch: int = 250) -> tuple[Tensor, Tensor, Tensor]:
        """images (n, 3, 64, 64) in [0, 1] -> probabilities of style and name, features, batch by batch."""
        parts = [self(part) for part in images.split(batch)]
        styles, names, features = (torch.cat(side) for side in zip(*parts, strict=True))
        return styles.softmax(-1), names.softmax(-1), features


def sized(images: Tensor) -> Tensor:
    """Smaller pictures, enlarged smoothly to the 64x64 that the judge was trained on."""
    if images.shape[-1] == SIDE:
        return images
    return F.interpolate(images, (SIDE, SIDE), mode="bilinear", align_corners=False)


def load(folder: Path, precision: str = "exact") -> EmojiClassifier:
    return EmojiClassifier.from_pretrained(str(folder), strict=True).float().eval()
