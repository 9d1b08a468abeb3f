"""Emoji pictures with their names, read once and kept as one tensor.

They are read from emoji128.parquet, which the models learn from, or from emoji.parquet, which has more styles at 64x64,
for the judge: columns style, codepoint, name, keywords (a list of words) and image (PNG or WebP,
transparent), as `datasets` writes them. There is no copy of these sets on the Hub.
"""

import io
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

SMALL, LARGE = 64, 128  # pixels a side
FILES = {SMALL: "emoji.parquet", LARGE: "emoji128.parquet"}
NAMES = Path(__file__).with_name("emoji_names.txt")  # what a children's story needs; those who live first
MORE_NAMES = Path(__file__).with_name("emoji_more_names.txt")  # all others but signs, letters and clocks
LIVING = 3  # lines of NAMES: animals, faces, people


@dataclass(frozen=True)
class Emoji:
    images: torch.Tensor  # uint8 (n, 3, size, size), on white
    styles: list[str]
    names: list[str]
    keywords: list[list[str]]
    source: str = "emoji"
    held_out: "Emoji | None" = None  # for measuring only

    def __len__(self):
        return len(self.images)

    def batch(self, part):
        """Indices (m,) -> pictures float32 in [0, 1] (m, 3, size, size), and their indices."""
        return self.images[part].float() / 255, part

    def only(self, keep):
        """Those for which keep(style, name) is true."""
        kept = [i for i in range(len(self)) if keep(self.styles[i], self.names[i])]
        rows = ([column[i] for i in kept] for column in (self.styles, self.names, self.keywords))
        return Emoji(self.images[kept], *rows, self.source)


def emoji_file(folder, size=SMALL):
    """The set of this size in `folder` or somewhere below it; SystemExit where there is none."""
    found = sorted(Path(folder).rglob(FILES[size])) if folder else []
    if not found:
        place = f"{folder} has no {FILES[size]}" if folder else f"Emoji are read from {FILES[size]}"
        raise SystemExit(f"{place}: name a folder that holds it with --data.")
    return found[0]


def read_emoji(folder, size=SMALL):
    """The pictures in `folder`, with one of twenty held out; SystemExit where there are none."""
    import pyarrow.parquet
    from PIL import Image

    table = pyarrow.parquet.read_table(emoji_file(folder, size)).to_pydict()
    pictures = np.empty((len(table["name"]), size, size, 3), np.uint8)
    for i, image in enumerate(table["image"]):
        drawn = Image.open(io.BytesIO(image["bytes"] if isinstance(image, dict) else image)).convert("RGBA")
        paper = Image.new("RGBA", drawn.size, "white")
        pictures[i] = np.asarray(Image.alpha_composite(paper, drawn).convert("RGB"))
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
    everything = Emoji(images, table["style"], table["name"], table["keywords"])
    measured = everything.only(held_out)
    return replace(everything.only(lambda style, name: not held_out(style, name)), held_out=measured)


def read_large(folder):
    """Those of 128 pixels, which models learn from."""
    return read_emoji(folder, LARGE)


def held_out(style, name):
    """Whether this picture is for measuring only: always the same ones."""
    return zlib.crc32(f"{style}/{name}".encode()) % 20 == 0


def vocabulary(file=NAMES, lines=None):
    """The names of the things that the small model learns to draw, or those in the first lines of a list."""
    rows = file.read_text("utf-8").splitlines()[:lines]
    return [name.strip() for line in rows for name in line.split(";") if name.strip()]
