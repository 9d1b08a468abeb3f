"""Spoken digits per second against a plain WaveGAN, in one run.

    python -m tests.bench.sound_speed

The plain one is table 3 of Donahue et al. (2019) with d = 64 and a first layer of 8 samples, for sounds as long as ours
(8,192 samples). `wavegan-digits` has half of the channels; `mel-flow-digits` takes many steps to a spectrogram and
turns that into a wave. All in turns, in this process; the numbers that count are the ratios.
"""

import statistics
import time

import torch
from torch import nn

from shared.core import loaders

N, ROUNDS, D, LATENT = 16, 5, 64, 100


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [16 * D, 8 * D, 4 * D, 2 * D, D, 1]
        self.start = nn.Linear(LATENT, 8 * widths[0])
        self.ups = nn.ModuleList(
            nn.ConvTranspose1d(a, b, 25, 4, padding=11, output_padding=1)
            for a, b in zip(widths, widths[1:], strict=False)
        )

    def forward(self, z):
        x = self.start(z).view(len(z), -1, 8)
        for up in self.ups:
            x = up(x.relu())
        return x.tanh()[:, 0]


def seconds(say):
    start = time.process_time()
    with torch.inference_mode():
        waves = say()
    assert waves.shape == (N, 8192)
    return time.process_time() - start


def main():
    plain, voices = Plain().eval(), {"plain": lambda: plain(torch.randn(N, LATENT))}
    labels = torch.stack([torch.arange(N) % 10, torch.zeros(N, dtype=torch.int64)], 1)
    with loaders.use("wavegan-digits") as gan, loaders.use("mel-flow-digits") as flow:
        for loaded in (gan, flow):
            voices[loaded.spec.name] = lambda m=loaded.model: m.decode(m.latents(range(N)), labels)
        took = {name: [] for name in voices}
        for turn in range(ROUNDS + 1):
            for name, say in voices.items():
                spent = seconds(say)
                if turn:  # the first one warms up
                    took[name].append(spent)
    rates = {name: N / statistics.median(times) for name, times in took.items()}
    for name, rate in rates.items():
        print(f"{name:16} {rate:6.1f} sounds a second of processor time, ratio {rate / rates['plain']:.2f}")


if __name__ == "__main__":
    main()
