"""Handwritten digits, read once and kept as one tensor; there are no transforms of single images.

MNIST (LeCun et al., 1998): 60,000 pictures of 28x28; the last 5,000 are held out. It is read from a folder with the
IDX files `train-images-idx3-ubyte[.gz]` and `train-labels-idx1-ubyte[.gz]`, or from the Hub (`ylecun/mnist`). Where
there is neither, scikit-learn's 1,797 digits of 8x8 stand in, enlarged: real handwriting, but blurred.
"""

import functools
import gzip
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HELD_OUT = 5000  # of MNIST's 60,000
ON_THE_HUB = "ylecun/mnist", "mnist/train-00000-of-00001.parquet"  # a data set
MNIST, ENLARGED = "MNIST", "scikit-learn's 8x8 digits, enlarged"


@dataclass(frozen=True)
class Digits:
    images: torch.Tensor  # uint8 (n, 1, 28, 28), 255 is ink
    labels: torch.Tensor  # int64 (n,)
    held_out_images: torch.Tensor
    held_out_labels: torch.Tensor
    source: str  # MNIST or ENLARGED

    def __len__(self):
        return len(self.images)

    def batch(self, part):
        """Indices (m,) -> pictures float32 in [0, 1] (m, 1, 28, 28), labels (m,)."""
        return unit(self.images[part]), self.labels[part]

    def to(self, device):
        """What is learned from, there; what is held out stays here."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))


def read_digits(folder=None):
    """The digits in `folder`, else of the Hub, else scikit-learn's; SystemExit where `folder` holds none."""
    if folder is not None:
        return _split(*_read_idx(Path(folder)), HELD_OUT, MNIST)
    found = _from_hub()
    if found:
        return _split(*found, HELD_OUT, MNIST)
    return _split(*scikit_learn_digits(), 297, ENLARGED)


EXCERPT = "real.png"  # in the folder of the judge
EACH = 20  # of each digit


@functools.cache
def excerpt():
    """200 of MNIST's held-out digits, which are bundled to be looked at beside generated ones: images uint8
    (200, 1, 28, 28), 255 is ink, and labels (200,)."""
    from PIL import Image

    from shared.core.registry import WEIGHTS

    with Image.open(WEIGHTS / "digit-judge" / EXCERPT) as sheet:
        pixels = torch.from_numpy(255 - np.array(sheet))
    images = pixels.view(10, 28, EACH, 28).transpose(1, 2).reshape(-1, 1, 28, 28)
    return images, torch.arange(10).repeat_interleave(EACH)


def write_excerpt(digits, folder):
    """Writes EXCERPT: a row for each digit, the first of those that are held out."""
    from PIL import Image

    rows = [digits.held_out_images[digits.held_out_labels == digit][:EACH] for digit in range(10)]
    sheet = torch.stack(rows)[:, :, 0].transpose(1, 2).reshape(280, EACH * 28)
    Image.fromarray((255 - sheet).numpy()).save(Path(folder) / EXCERPT, optimize=True)


def source(folder=None):
    """Which digits `read_digits` would give: MNIST or ENLARGED. Asks no network."""
    from huggingface_hub import try_to_load_from_cache

    from shared.core import hub

    here = folder is not None or isinstance(try_to_load_from_cache(*ON_THE_HUB, repo_type="dataset"), str)
    return MNIST if here or hub.hub_state() in ("reachable", "unknown") else ENLARGED


def unit(images):
    """uint8 pictures -> float32 in [0, 1]."""
    return images.float() / 255


def binarised(images, seed=0):
    """Grey pictures in [0, 1] -> 0 or 1, ink with the pixel's grey as its chance (Salakhutdinov and Murray, 2008)."""
    return torch.bernoulli(images, generator=torch.Generator().manual_seed(seed))


def _split(images, labels, held_out, source):
    images = torch.from_numpy(np.array(images)).view(-1, 1, 28, 28)
    labels = torch.from_numpy(labels.astype(np.int64))
    kept = len(images) - held_out
    return Digits(images[:kept], labels[:kept], images[kept:], labels[kept:], source)


def _read_idx(folder):
    arrays = []
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        file = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
        if file is None:
            raise SystemExit(f"{folder} has no {name} or {name}.gz, which MNIST's training set consists of.")
        with gzip.open(file) if file.suffix == ".gz" else open(file, "rb") as stream:
            data = stream.read()
        dimensions = data[3]  # the magic number: 0, 0, type, dimensions; then their sizes, 4 bytes each
        shape = np.frombuffer(data, ">i4", dimensions, offset=4)
        arrays.append(np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape))
    return arrays


def _from_hub():
    """MNIST's training set from the Hub's parquet file, or None where the Hub cannot be reached."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    from shared.core import hub

    try:
        online = not hub.off() and hub.reachable()
        file = hf_hub_download(*ON_THE_HUB, repo_type="dataset", local_files_only=not online)
    except (LocalEntryNotFoundError, HfHubHTTPError):
        return None
    import pyarrow.parquet
    from PIL import Image

    table = pyarrow.parquet.read_table(file).to_pydict()
    images = np.stack([np.asarray(Image.open(io.BytesIO(row["bytes"])).convert("L")) for row in table["image"]])
    return images, np.asarray(table["label"])


def scikit_learn_digits():
    """Images uint8 (1797, 1, 28, 28), 255 is ink, and labels (1797,)."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    small = torch.from_numpy(bunch.images).float()[:, None] / 16  # (1797, 1, 8, 8)
    # 20x20 with a border of 4, as MNIST centres its digits.
    large = F.pad(F.interpolate(small, size=20, mode="bicubic").clamp(0, 1), (4, 4, 4, 4))
    return (large * 255).round().byte().numpy(), bunch.target
