"""Spoken digits, decoded once and kept as one tensor: the Free Spoken Digit Dataset (Z. Jackson and contributors,
github.com/Jakobovski/free-spoken-digit-dataset): the digits 0 to 9 by six speakers, 8 kHz, CC BY-SA 4.0.

They are read from `spoken_digits_train.parquet` in a folder: columns audio (FLAC or WAV, as `datasets` writes it),
label, speaker and index. The five recordings of each speaker and digit with the lowest indices are held out.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from shared.core.spoken import RATE, SAMPLES, SPEAKERS

FILE = "spoken_digits_train.parquet"
SOURCE = "Free Spoken Digit Dataset"
HELD_OUT = 10  # indices below are for measuring only; the lowest here is 5
LEAD, FADE = 256, 40  # samples of silence before a recording, and over which its edges come and go
PEAK = 0.95


@dataclass(frozen=True)
class Spoken:
    sounds: torch.Tensor  # int16 (n, SAMPLES), each with its largest sample at PEAK
    labels: torch.Tensor  # int64 (n, 2): the digit, and whose voice (a place in SPEAKERS)
    held_out_sounds: torch.Tensor
    held_out_labels: torch.Tensor
    source: str = SOURCE

    def __len__(self):
        return len(self.sounds)

    def batch(self, part):
        """Indices (m,) -> waves float32 in [-1, 1] (m, SAMPLES), labels (m, 2)."""
        return waves(self.sounds[part]), self.labels[part]


def waves(sounds):
    """int16 -> float32 in [-1, 1]."""
    return sounds.float() / 32768


def placed(sound):
    """A recording (t,) of any length -> int16 (SAMPLES,): after LEAD samples, as loud as can be, edges faded."""
    sound = np.asarray(sound, np.float32)[: SAMPLES - LEAD]
    sound = sound - sound.mean()
    sound *= PEAK * 32767 / max(np.abs(sound).max(), 1.0)
    edge = np.minimum(1, np.arange(1, len(sound) + 1) / FADE)
    out = np.zeros(SAMPLES, np.int16)
    out[LEAD : LEAD + len(sound)] = (sound * edge * edge[::-1]).round()
    return out


def decoded(file):
    """The first channel of a sound file's bytes, int16 (t,), at RATE."""
    import av

    with av.open(io.BytesIO(file)) as container:
        change = av.AudioResampler("s16", "mono", RATE)
        frames = [part for frame in container.decode(audio=0) for part in change.resample(frame)]
        frames += change.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def read_spoken(folder):
    """The recordings in `folder` or below it, with those of low indices held out; SystemExit where there are none."""
    import pyarrow.parquet

    found = sorted(Path(folder).rglob(FILE)) if folder else []
    if not found:
        raise SystemExit(f"Spoken digits are learned from {FILE}; name a folder that holds it with --data.")
    rows = pyarrow.parquet.read_table(found[0]).to_pylist()
    sounds = torch.from_numpy(np.stack([placed(decoded(row["audio"]["bytes"])) for row in rows]))
    labels = torch.tensor([[row["label"], SPEAKERS.index(row["speaker"])] for row in rows])
    held_out = torch.tensor([row["index"] < HELD_OUT for row in rows])
    return Spoken(sounds[~held_out], labels[~held_out], sounds[held_out], labels[held_out])
