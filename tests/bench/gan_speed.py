"""Updates of `gan-mnist` per second: the textbook's loop against ours, same networks, batch size and updates.

    python -m tests.bench.gan_speed

The textbook's: a DataLoader, a PIL picture and ToTensor and Normalize for each digit, float32, Adam as it comes,
and the discriminator's gradients computed, and thrown away, in the generator's step. Both run in turns, several
times, in this process; the number that counts is the ratio.
"""

import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from shared.data.digits import Digits
from shared.models.gan import MLPGAN
from shared.training.loop import train
from shared.training.recipes import recipe

UPDATES, ROUNDS, BATCH, EPOCH = 120, 5, 64, 60_000
# The arithmetic is the same for any picture, so the bench needs no data.
PICTURES = np.random.default_rng(0).integers(0, 256, (BATCH * UPDATES, 28, 28), dtype=np.uint8)


class Textbook(torch.utils.data.Dataset):
    def __len__(self):
        return len(PICTURES)

    def __getitem__(self, index):
        picture = Image.fromarray(PICTURES[index], mode="L")  # as torchvision's MNIST gives it
        tensor = torch.from_numpy(np.array(picture))[None].float().div(255)  # ToTensor
        return tensor.sub(0.5).div(0.5)  # Normalize


def textbook():
    """Seconds for UPDATES updates."""
    torch.manual_seed(0)
    gan = MLPGAN()
    generator, discriminator = gan.generator, gan.discriminator
    adam_g = torch.optim.Adam(generator.parameters(), 2e-4)
    adam_d = torch.optim.Adam(discriminator.parameters(), 2e-4)
    ones, zeros = torch.ones(BATCH), torch.zeros(BATCH)
    start = time.perf_counter()
    for real in torch.utils.data.DataLoader(Textbook(), BATCH, shuffle=True):
        fake = generator(torch.randn(BATCH, gan.latent_size))
        adam_d.zero_grad()
        loss = F.binary_cross_entropy_with_logits(discriminator(real), ones)
        loss = loss + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), zeros)
        loss.backward()
        adam_d.step()
        adam_g.zero_grad()
        F.binary_cross_entropy_with_logits(discriminator(fake), ones).backward()
        adam_g.step()
    return time.perf_counter() - start


def ours():
    """Seconds for UPDATES updates, by the loop that `python -m shared.training gan-mnist` runs."""
    images = torch.from_numpy(PICTURES)[:, None]
    digits = Digits(images, torch.zeros(len(images), dtype=torch.int64), images[:1], torch.zeros(1), "noise")
    seconds = [progress.seconds for progress in train(recipe("gan-mnist"), digits, UPDATES)]
    return seconds[-1]


def main():
    textbook(), ours()  # warm up
    seconds = {"textbook": [], "ours": []}
    for _ in range(ROUNDS):
        seconds["textbook"].append(textbook())
        seconds["ours"].append(ours())
    epoch = {name: statistics.median(found) * EPOCH / BATCH / UPDATES for name, found in seconds.items()}
    for name, value in epoch.items():
        print(f"{name:9} {UPDATES / statistics.median(seconds[name]):6.1f} updates/s, {value:5.1f} s an epoch")
    ratio = statistics.median(a / b for a, b in zip(seconds["textbook"], seconds["ours"], strict=True))
    print(f"ratio {ratio:.2f} (median of {ROUNDS} pairs; aim 1.7)")


if __name__ == "__main__":
    main()
