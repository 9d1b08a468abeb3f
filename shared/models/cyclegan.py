"""CycleGAN: pictures of one style into another, learned without pairs (Zhu et al., 2017, arXiv:1703.10593).

    paper     here
    G, F      `there` (first style to second) and `back`
    D_Y, D_X  `PatchDiscriminator`, one for each style; used in training only
    dk, Rk, uk              3x3 convolution with stride 2, residual block, 3x3 after doubling (appendix 7.2)

The generator is that of the appendix, made for 64 pixels a side: half the channels, fewer residual blocks. Three
departures. It begins and ends with squares of 2x2 pixels as channels (Shi et al., 2016, arXiv:1609.05158) in the
place of 7x7 convolutions on all pixels, which is twice as fast. What there was before the halving is added again after
the doubling, as in a U-Net, so that outlines are sharp after a short training. And the last layer's tanh reaches
beyond 1, so that white paper is white.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

SIDE = 64  # pixels that the models were trained on; they take any multiple of 4
BEYOND = 1.1  # how far the generator's tanh reaches


class Block(nn.Module):
    """Convolution, instance normalisation (Ulyanov et al., 2016, arXiv:1607.08022) and, but for a last one, ReLU."""

    def __init__(self, a: int, b: int, stride: int = 1, last: bool = False):
        super().__init__()
        self.conv = nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        x = F.instance_norm(self.conv(x))
        return x if self.last else F.relu(x)


class Residual(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = Block(width, width), Block(width, width, last=True)

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.second(self.first(x))
        return x + changed


class Body(nn.Module):
    """Everything between the pictures, (n, 3, h, w) both; apart, so that it can be compiled."""

    def __init__(self, width: int, blocks: int):
        super().__init__()
        self.stem = Block(12, width)
        self.down = Block(width, 2 * width, stride=2)
        self.blocks = nn.Sequential(*(Residual(2 * width) for _ in range(blocks)))
        self.up = Block(2 * width, width)
        self.head = nn.Conv2d(width, 12, 3, padding=1)
        # The four pixels of a square begin alike: else a pattern of dots is there first, and goes slowly (Aitken et
        # al., 2017, arXiv:1707.02937).
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.copy_(parameter[::4].repeat_interleave(4, 0))

    def forward(self, x: Tensor) -> Tensor:
        half = self.stem(F.pixel_unshuffle(x, 2))  # (n, width, h / 2, w / 2)
        deep = self.blocks(self.down(half))  # (n, 2 width, h / 4, w / 4)
        half = half + self.up(F.interpolate(deep, scale_factor=2.0, mode="nearest"))
        return F.pixel_shuffle(self.head(half), 2)


class Generator(nn.Module):
    def __init__(self, width: int = 64, blocks: int = 5):
        super().__init__()
        self.body = Body(width, blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, 3, h, w) in [-1, 1] -> pictures, hardly beyond it. White paper is 0 inside: it goes on all
        around the picture."""
        made: Tensor = BEYOND * torch.tanh(1 + self.body(x - 1))
        return made


class PatchDiscriminator(nn.Module):
    """Whether each patch of 34x34 pixels is of the style (PatchGAN; of 70x70 in the paper, whose pictures have 256
    pixels a side): C64-C128-C256 without the first one's normalisation."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.InstanceNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 4, 1, 1, bias=False),
            nn.InstanceNorm2d(4 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 1, 4, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (n, 3, 64, 64) in [-1, 1] -> scores (n, 1, 14, 14), 1 for real ones."""
        scores: Tensor = self.body(x - 1)
        return scores


class CycleGAN(nn.Module, PyTorchModelHubMixin):
    def __init__(self, styles: tuple[str, str] = ("first", "second"), width: int = 64, blocks: int = 5):
        super().__init__()
        self.styles = tuple(styles)
        self.there = Generator(width, blocks)
        self.back = Generator(width, blocks)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures in [-1, 1] of both styles -> the same in the other style."""
        return self.there(first), self.back(second)

    @torch.inference_mode()
    def convert(self, images: Tensor, back: bool = False, smooth: bool = True, batch: int = 64) -> Tensor:
        """Pictures (n, 3, h, w) in [0, 1] of the first style -> of the second; with `back`, the other way.

        smooth: the mean of four, each of a picture that is moved by no or one pixel. Dots, in which a short training
        leaves what it has to bring back, depend on whether a place is even, and go; what is drawn stays.
        """
        network = self.back if back else self.there
        moves = [(down, right) for down in (0, 1) for right in (0, 1)] if smooth else [(0, 0)]
        h, w = images.shape[-2:]
        moved = torch.cat(
            [F.pad(2 * images - 1, (right, 4 - right, down, 4 - down), value=1.0) for down, right in moves]
        )  # white around it
        made = torch.cat([network(part).float() for part in moved.split(batch)]).unflatten(0, (len(moves), -1))
        cut = [one[:, :, down : down + h, right : right + w] for one, (down, right) in zip(made, moves, strict=True)]
        made = torch.stack(cut).mean(0)
        return ((made + 1) / 2).clamp(0, 1)


def load(folder: Path, precision: str = "exact") -> CycleGAN:
    return CycleGAN.from_pretrained(str(folder), strict=True).float().eval()
