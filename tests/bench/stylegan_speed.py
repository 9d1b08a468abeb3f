"""Faces per second of `stylegan-emoji` against the same network in the form of the paper, in one run.

    python -m tests.bench.stylegan_speed

The plain one modulates weights, as Karras et al. (2020, section 2.2) write it and their code does: every picture has
weights of its own, applied by a convolution with as many groups as there are pictures, and the [1, 3, 3, 1] filter
behind an enlarging one. Ours scales what goes in and out. Both in turns, in this process, with the same weights; the
number that counts is the ratio.
"""

import copy
import statistics
import time

import torch
import torch.nn.functional as F

from shared.core import loaders
from shared.models.stylegan import Modulated, activated

N, ROUNDS = 16, 7


class Plain(Modulated):
    def forward(self, x, s, d, noise):
        x = x / x.square().mean((1, 2, 3), keepdim=True).sqrt()
        n, inputs, h, w = x.shape
        weight = (self.weight * self.gain)[None] * s[:, None, :, None, None]
        weight = weight * torch.rsqrt(weight.square().sum((2, 3, 4), keepdim=True) + 1e-8)
        outputs = weight.shape[1]
        x = x.reshape(1, n * inputs, h, w)
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(1, 2).reshape(n * inputs, outputs, 3, 3), stride=2, groups=n)
            row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
            kernel = (4 * row[:, None] * row[None, :]).expand(n * outputs, 1, 4, 4)
            x = F.conv2d(F.pad(x, (1, 1, 1, 1)), kernel, groups=n * outputs)
        else:
            x = F.conv2d(x, weight.reshape(n * outputs, inputs, 3, 3), padding=1, groups=n)
        x = x.view(n, outputs, *x.shape[2:])
        return activated(x + noise * self.strength + self.bias[:, None, None])


def seconds(model):
    start = time.process_time()
    model.sample(N)
    return time.process_time() - start


def main():
    with loaders.use("stylegan-emoji") as loaded:
        plain = copy.deepcopy(loaded.model)
        for conv in plain.generator.convs:
            conv.__class__ = Plain
        found = {"plain": [], "ours": []}
        for i in range(ROUNDS + 1):
            a, b = seconds(plain), seconds(loaded.model)
            if i:  # the first warms up
                found["plain"].append(a)
                found["ours"].append(b)
    for name, times in found.items():
        print(f"{name:6} {N / statistics.median(times):7.1f} faces a second of processor time")
    ratio = statistics.median(a / b for a, b in zip(found["plain"], found["ours"], strict=True))
    print(f"ratio {ratio:.2f} (median of {ROUNDS} pairs)")


if __name__ == "__main__":
    main()
