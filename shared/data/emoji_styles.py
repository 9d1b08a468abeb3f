"""Emoji of two styles, for translation between them without pairs.

A model is trained on each style by itself; the same thing in both styles is known for the held-out names, to measure
with. Those are in neither side of the training.
"""

import re
import zlib
from dataclasses import dataclass

import torch

from shared.data.emoji import MORE_NAMES, read_emoji, vocabulary

HELD_OUT = 5  # one name of so many
# "woman detective" and "man detective" are nearly the same picture: both are held out, or none.
PEOPLE = re.compile(r"\b(man|men|woman|women|person|people|boy|girl|mrs|facing right)\b|[:’].*")


@dataclass
class Styles:
    """`batch(part)`: indices (m,) -> pictures of the first style float32 in [0, 1] (m, 3, 64, 64), and the indices."""

    styles: list[str]  # of the first side, of the second
    first: torch.Tensor  # uint8 (n, 3, 64, 64), on white
    second: torch.Tensor  # uint8 (k, 3, 64, 64): in an order of its own, and not all of the same names
    mirrored_first: torch.Tensor  # bool (n,): a mirror image is as good
    mirrored_second: torch.Tensor  # bool (k,)
    first_names: list[str]
    second_names: list[str]
    held_out_first: torch.Tensor  # uint8 (m, 3, 64, 64)
    held_out_second: torch.Tensor  # the same things
    held_out_names: list[str]
    source: str = "emoji"

    def __len__(self):
        return len(self.first)

    def batch(self, part):
        return self.first[part].float() / 255, part


def read_noto_twemoji(folder):
    return read_styles(folder, "noto", "twemoji")


def read_flat_3d(folder):
    return read_styles(folder, "fluent flat", "fluent 3d")


def read_styles(folder, first, second):
    """Both styles of the emoji in `folder`; SystemExit where there are none."""
    emoji = read_emoji(folder)
    images = torch.cat([emoji.images, emoji.held_out.images])
    styles, names = emoji.styles + emoji.held_out.styles, emoji.names + emoji.held_out.names
    of = {}
    for i, (style, name) in enumerate(zip(styles, names, strict=True)):
        of.setdefault(style, {})[name] = i
    sides = of.get(first, {}), of.get(second, {})
    for style, side in zip((first, second), sides, strict=True):
        if not any(not held_out(name) for name in side):
            raise SystemExit(f"The emoji have none of the style {style!r}.")
    # Sorted by a hash, so that the two sides are not in the same order.
    learned = [
        sorted((name for name in side if not held_out(name)), key=lambda name: zlib.crc32(f"{style}/{name}".encode()))
        for style, side in zip((first, second), sides, strict=True)
    ]
    measured = sorted(name for name in sides[0] if name in sides[1] and held_out(name))
    free = {*vocabulary(), *vocabulary(MORE_NAMES)}  # no signs, letters and clocks
    pictures = [images[[side[name] for name in names]] for side, names in zip(sides, learned, strict=True)]
    pairs = [images[[side[name] for name in measured]] for side in sides]
    mirrored = [torch.tensor([name in free and "right" not in name for name in names]) for names in learned]
    return Styles([first, second], *pictures, *mirrored, *learned, *pairs, measured)


def held_out(name):
    """Whether this name is for measuring only, in all styles; of people who differ by little, all or none."""
    return zlib.crc32(" ".join(PEOPLE.sub(" ", name.lower()).split()).encode()) % HELD_OUT == 0
