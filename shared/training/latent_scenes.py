"""All that a latent text-to-image model is shown, encoded once and kept on the device with its captions as tokens.

A step then only draws: two thirds of a batch alone, an eighth tinted, a fifth two things side by side.
"""

import random
from dataclasses import dataclass

import torch

from shared.data.emoji_scenes import beside, tinted

SHARES = 0.66, 0.14  # of a batch: alone, tinted; the rest are pairs
VARIANTS = 24, 6, 1  # captions of each: alone, tinted, pairs
AT_ONCE = 512  # pairs that are composed together
PATIENCE = 0.1, 0.15, 0.2  # of what is left of the time, by the clock: until then each kind is encoded


@dataclass
class Table:
    """Latent pictures (n, c, h, w) in half precision, `told` (n, variants, tokens), and how often each is drawn."""

    z: torch.Tensor
    told: torch.Tensor
    weights: torch.Tensor

    def draw(self, n, noise):
        """-> latents (n, c, h, w) float32, token ids (n, tokens)."""
        i = torch.multinomial(self.weights, n, replacement=True, generator=noise)
        variant = torch.randint(self.told.shape[1], (n,), generator=noise, device=noise.device)
        return self.z[i].float(), self.told[i, variant].long()


@dataclass
class LatentScenes:
    """`batch(part)` draws as many as `part` has indices, which are the seed of what is drawn."""

    scenes: object
    tables: list[Table]

    def __len__(self):
        return len(self.scenes)

    def batch(self, part):
        on = self.tables[0].z.device
        noise = torch.Generator(on).manual_seed(hash(tuple(part.tolist())))
        numbers = [round(share * len(part)) for share in SHARES]
        numbers.append(len(part) - sum(numbers))
        drawn = [table.draw(n, noise) for table, n in zip(self.tables, numbers, strict=True) if len(table.z) and n]
        z, told = (torch.cat(side) for side in zip(*drawn, strict=True))
        mixed = torch.randperm(len(z), generator=noise, device=on)
        return z[mixed], told[mixed]


@torch.no_grad()
def encoded(scenes, encode, most_pairs, schedule, device, shown=None):
    """scenes: emoji_scenes.Scenes; encode: pictures (n, 3, h, w) in [0, 1] -> latents -> LatentScenes on the device.

    shown: how many pictures the training will look at, so that a short one need not encode them all; None: many. By the
    clock, a slow machine encodes those that it comes to, in the order of a draw.
    """
    draw, begun = random.Random(0), schedule.done(0)  # a resumed training takes its time again
    images = scenes.emoji.images.to(device)

    def pictures(which):
        return tinted(images[which[:, 0]].float() / 255, which[:, 1])

    def late(share):
        return schedule.done(0) - begun > share * (1 - begun)

    def latents(which, picture, until=None, size=64 if device.type == "cpu" else AT_ONCE):
        parts = []
        for part in which.to(device).split(size):
            if parts and until and late(until):
                break
            parts.append(encode(picture(part)).half())
        return torch.cat(parts) if parts else images.new_zeros(0).half()

    def told(captions, variants):
        return scenes.tokens(captions).view(-1, variants, scenes.tokens([""]).shape[1]).to(device, torch.int16)

    def some(which, share):
        """-> those of (n, 2) that are shown, and how often each; of a short training, as many as it would draw."""
        weights = scenes.weights[which[:, 0]]
        if shown is not None and shown * share < len(which):
            seed = torch.Generator().manual_seed(0)
            which = which[torch.multinomial(weights, max(1, round(shown * share)), generator=seed)]
            weights = torch.ones(len(which))
        if schedule.seconds:
            order = torch.randperm(len(which), generator=torch.Generator().manual_seed(0))
            which, weights = which[order], weights[order]
        return which, weights.to(device)

    def table(which, weights, variants, until):
        z = latents(which, pictures, until)
        rows = which[: len(z)].tolist()
        captions = [scenes.caption(i, draw, colours[c] if c >= 0 else "") for i, c in rows for _ in range(variants)]
        return Table(z, told(captions, variants), weights[: len(z)])

    colours, (alone, dyed, paired) = scenes.vocabulary["colours"], VARIANTS
    every = torch.stack([torch.arange(len(images)), torch.full((len(images),), -1)], 1)
    tables = [
        table(*some(every, SHARES[0]), alone, PATIENCE[0]),
        table(*some(scenes.tints(), SHARES[1]), dyed, PATIENCE[1]),
    ]

    z, captions = [], []
    while len(captions) < most_pairs and (not captions or not late(PATIENCE[2])):
        pairs, said = scenes.pairs(min(AT_ONCE, most_pairs - len(captions)), draw)
        z.append(latents(pairs, lambda part: beside(pictures(part[:, 0]), pictures(part[:, 1]))))
        captions += said
    tables.append(Table(torch.cat(z), told(captions, paired), torch.ones(len(captions), device=device)))
    return LatentScenes(scenes, tables)
