"""Samples per second of `glow-mnist` against a plain implementation of the paper, in one run.

    python -m tests.bench.flow_speed

The plain one follows Kingma and Dhariwal's figure 2 and table 1: three scales, for which the picture must be 32x32 (28
can be halved only twice), the same twelve steps in all as ours, couplings of the paper's form (3x3, 1x1, 3x3) with our
larger width at every scale, and a plain W that is inverted when it is needed. Ours spends two thirds of its steps at
7x7. Both in turns, in this process; the number that counts is the ratio.
"""

import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from shared.core import loaders

N, ROUNDS, SIDE, SCALES, STEPS, WIDTH = 64, 5, 32, 3, 4, 64


class PlainStep(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.log_scale = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.weight = nn.Parameter(torch.linalg.qr(torch.randn(channels, channels))[0])
        half = channels // 2
        layers = nn.Conv2d(half, WIDTH, 3, padding=1), nn.ReLU(), nn.Conv2d(WIDTH, WIDTH, 1), nn.ReLU()
        self.network = nn.Sequential(*layers, nn.Conv2d(WIDTH, channels, 3, padding=1))

    def inverse(self, y):
        kept, moved = y.chunk(2, 1)
        raw, shift = self.network(kept).chunk(2, 1)
        y = torch.cat([kept, moved / torch.sigmoid(raw + 2) - shift], 1)
        y = F.conv2d(y, torch.inverse(self.weight)[:, :, None, None])
        return y * torch.exp(-self.log_scale) - self.shift


class PlainGlow(nn.Module):
    def __init__(self):
        super().__init__()
        self.scales = nn.ModuleList(nn.ModuleList(PlainStep(4 * 2**i) for _ in range(STEPS)) for i in range(SCALES))

    def sample(self, n):
        h = torch.randn(n, 4 * 2**SCALES // 2, SIDE // 2**SCALES, SIDE // 2**SCALES)
        for i in reversed(range(SCALES)):
            if i < SCALES - 1:
                h = torch.cat([h, torch.randn_like(h)], 1)
            for step in reversed(self.scales[i]):
                h = step.inverse(h)
            h = F.pixel_shuffle(h, 2)
        return h


def seconds(sample):
    start = time.process_time()
    with torch.inference_mode():
        sample(N)
    return time.process_time() - start


def main():
    torch.manual_seed(0)
    plain = PlainGlow().eval()
    with loaders.use("glow-mnist") as loaded:
        found = {"plain": [], "ours": []}
        for i in range(ROUNDS + 1):
            a, b = seconds(plain.sample), seconds(loaded.model.sample)
            if i:  # the first warms up
                found["plain"].append(a)
                found["ours"].append(b)
    for name, times in found.items():
        print(f"{name:6} {N / statistics.median(times):7.1f} samples a second of processor time")
    ratio = statistics.median(a / b for a, b in zip(found["plain"], found["ours"], strict=True))
    print(f"ratio {ratio:.2f} (median of {ROUNDS} pairs)")


if __name__ == "__main__":
    main()
