"""Pictures per second of `cyclegan-flat-3d` against a plain implementation of the paper, in one run.

    python -m tests.bench.style_speed

The plain one follows appendix 7.2 of Zhu et al. (2017) for small pictures: 7x7 convolutions on all pixels at both ends,
reflection padding, six residual blocks, transposed convolutions, with as many channels at a quarter of the size as
ours has there (32 at first, for the paper's 64). Ours is asked once for each picture, as the plain one is, and smooth,
as the app asks: four times. All in turns, in this process; the numbers that count are the ratios.
"""

import statistics
import time

import torch
from torch import nn

from shared.core import loaders

N, ROUNDS, WIDTH, BLOCKS = 32, 5, 32, 6


class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        conv = [[nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)] for _ in range(2)]
        self.layers = nn.Sequential(*conv[0], nn.ReLU(), *conv[1])

    def forward(self, x):
        return x + self.layers(x)


def plain_generator():
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, WIDTH, 7), nn.InstanceNorm2d(WIDTH), nn.ReLU()]
    for width in (WIDTH, 2 * WIDTH):
        layers += [nn.Conv2d(width, 2 * width, 3, 2, 1), nn.InstanceNorm2d(2 * width), nn.ReLU()]
    layers += [PlainBlock(4 * WIDTH) for _ in range(BLOCKS)]
    for width in (2 * WIDTH, WIDTH):
        layers += [nn.ConvTranspose2d(2 * width, width, 3, 2, 1, 1), nn.InstanceNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(WIDTH, 3, 7), nn.Tanh()).eval()


def seconds(convert, pictures):
    start = time.process_time()
    with torch.inference_mode():
        convert(pictures)
    return time.process_time() - start


def main():
    pictures = torch.rand(N, 3, 64, 64)
    with loaders.use("cyclegan-flat-3d") as loaded:
        ours = loaded.model.convert
        both = {"ours": lambda x: ours(x, smooth=False), "ours, smooth": ours, "plain": plain_generator()}
        took = {name: [] for name in both}
        for turn in range(ROUNDS + 1):
            for name, convert in both.items():
                spent = seconds(convert, pictures)
                if turn:  # the first one warms up
                    took[name].append(spent)
    rates = {name: N / statistics.median(times) for name, times in took.items()}
    print(", ".join(f"{name} {rate:.1f} pictures per processor second" for name, rate in rates.items()))
    print(f"ratio {rates['ours'] / rates['plain']:.2f}, smooth {rates['ours, smooth'] / rates['plain']:.2f}")


if __name__ == "__main__":
    main()
