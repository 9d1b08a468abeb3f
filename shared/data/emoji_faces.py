"""The faces among the emoji, of all six styles at 64x64; and, for the judge, everything else that lives, too.

They are read from DIR/emoji.parquet, as emoji.py says. One picture of ten is held out, those that emoji.py holds out
among them.
"""

import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F

from shared.data.emoji import LIVING, SMALL, Emoji, read_emoji, vocabulary

NAMES = Path(__file__).with_name("emoji_face_names.txt")  # a line each: smileys, animals, people from the chest up
STYLES = ("noto", "twemoji", "fluent 3d", "fluent flat", "blob", "emojitwo")


@dataclass(frozen=True)
class Faces:
    images: torch.Tensor  # uint8 (n, 3, 64, 64) or half as large, on white
    labels: torch.Tensor  # int64 (n, 2): which of STYLES, which of `names`
    held_out_images: torch.Tensor
    held_out_labels: torch.Tensor
    names: list[str]
    source: str

    def __len__(self):
        return len(self.images)

    def batch(self, part):
        """Indices (m,) -> pictures float32 in [0, 1] (m, 3, 64, 64), labels (m, 2)."""
        return self.images[part].float() / 255, self.labels[part]


def read_faces(folder):
    """The faces in `folder`; SystemExit where there are none."""
    return _read(folder, vocabulary(NAMES), "the faces among the emoji")


def read_smileys(folder):
    """The smileys in `folder`, in 32x32; SystemExit where there are none."""
    found = _read(folder, vocabulary(NAMES, lines=1), "the smileys among the emoji")
    halves = {part: _half(getattr(found, part)) for part in ("images", "held_out_images")}
    return replace(found, **halves)


def read_living(folder):
    """Faces, animals and people; SystemExit where there are none."""
    names = sorted({*vocabulary(NAMES), *vocabulary(lines=LIVING)})
    return _read(folder, names, "the living among the emoji")


def _half(images):
    """uint8 pictures, half as large."""
    return F.avg_pool2d(images.float(), 2).round().byte()


def held_out(style, name):
    """Whether this picture is for measuring only: always the same ones."""
    return zlib.crc32(f"{style}/{name}".encode()) % 10 == 0


def _read(folder, names, source):
    emoji = read_emoji(folder)
    parts = [part for part in (emoji, emoji.held_out) if len(part)]
    everything = Emoji(
        torch.cat([part.images for part in parts]),
        *([row for part in parts for row in getattr(part, column)] for column in ("styles", "names", "keywords")),
    )
    place = {name: i for i, name in enumerate(names)}

    def rows(keep):
        some = everything.only(lambda style, name: name in place and style in STYLES and keep(style, name))
        labels = [[STYLES.index(style), place[name]] for style, name in zip(some.styles, some.names, strict=True)]
        return some.images, torch.tensor(labels, dtype=torch.int64).view(-1, 2)

    kept = rows(lambda style, name: not held_out(style, name))
    if not len(kept[0]):
        raise SystemExit(f"{folder} has no pictures of {source}.")
    assert kept[0].shape[-1] == SMALL
    return Faces(*kept, *rows(held_out), list(names), source)
