"""Sentences of film reviews, good and bad: the sentence polarity dataset v1.0 (Pang and Lee, 2005, CC BY 4.0).

It is read from `sentence_polarity.tsv[.gz]`: a line `label<TAB>sentence` each, 1 good and 0 bad, under a line of
titles. A thousand sentences, drawn with a fixed seed, are held out.
"""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

HELD_OUT = 1000
SOURCE = "sentence polarity dataset v1.0"


@dataclass(frozen=True)
class Reviews:
    sentences: list[str]
    labels: torch.Tensor  # int64 (n,), 1 is good
    held_out_sentences: list[str]
    held_out_labels: torch.Tensor
    source: str = SOURCE

    def __len__(self):
        return len(self.sentences)


def read_reviews(folder):
    """The sentences in `folder` or a folder of it; SystemExit where there are none."""
    files = sorted(Path(folder).rglob("sentence_polarity.tsv*")) if folder else []
    if not files:
        raise SystemExit("Name a folder that holds sentence_polarity.tsv or .tsv.gz with --data: label, tab, sentence.")
    with (gzip.open if files[0].suffix == ".gz" else open)(files[0], "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    order = np.random.default_rng(0).permutation(len(rows))
    held_out, kept = order[:HELD_OUT], order[HELD_OUT:]
    parts = []
    for part in (kept, held_out):
        parts += [[rows[i]["sentence"] for i in part], torch.tensor([int(rows[i]["label"]) for i in part])]
    return Reviews(*parts)
