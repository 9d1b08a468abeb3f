"""Sentences in English and Chinese: Tatoeba's, as manythings.org/anki pairs them (CC BY 2.0 FR).

They are read from `tatoeba_en_zh.tsv[.gz]`: a line `English<TAB>Chinese` each, under a line of titles. Simplified and
traditional characters are mixed there; here all are simplified. Many sentences have several translations. Pairs that
share a sentence, whatever its case and its punctuation, are a group; of 400 groups that are drawn with a fixed seed
one pair is held out, of 300 others one is for choosing when to stop, and nothing else of these groups is kept.
"""

import csv
import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.core import hanzi

HELD_OUT, VALIDATION = 400, 300
SOURCE = "Tatoeba, English and Chinese"
Pair = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Sentences:
    train: list[Pair]
    validation: list[Pair]
    held_out: list[Pair]
    source: str = SOURCE


def read_sentences(folder):
    """The pairs in `folder` or a folder of it; SystemExit where there are none."""
    files = sorted(Path(folder).rglob("tatoeba_en_zh.tsv*")) if folder else []
    if not files:
        raise SystemExit("Name a folder that holds tatoeba_en_zh.tsv or .tsv.gz with --data: English, tab, Chinese.")
    with (gzip.open if files[0].suffix == ".gz" else open)(files[0], "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    pairs = list(dict.fromkeys((english(row["en"]), hanzi.tidied(row["zh"])) for row in rows))
    together = groups(pairs)
    rng = np.random.default_rng(0)
    aside = min(HELD_OUT, len(together) // 5), min(VALIDATION, len(together) // 5)
    order = [together[i] for i in rng.permutation(len(together))]
    one_of_each = [pairs[group[rng.integers(len(group))]] for group in order[: sum(aside)]]
    train = [pairs[i] for group in order[sum(aside) :] for i in group]
    return Sentences(train, one_of_each[aside[0] :], one_of_each[: aside[0]])


def english(text):
    """With straight quotation marks."""
    return re.sub(r"\s+", " ", text.translate(str.maketrans("’‘“”", "''\"\""))).strip()


def bare(text):
    """Letters and digits only, in lower case."""
    return re.sub(r"[\W_]", "", text.lower())


def groups(pairs):
    """Lists of indices: two pairs are in the same group if they share a sentence, or are both in one with a third."""
    parent = list(range(len(pairs)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first = {}
    for i, pair in enumerate(pairs):
        for side, text in enumerate(pair):
            parent[root(i)] = root(first.setdefault((side, bare(text)), i))
    found = {}
    for i in range(len(pairs)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())
