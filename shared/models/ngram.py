"""Interpolated Kneser-Ney n-gram model (Kneser and Ney, 1995; Chen and Goodman, 1999, section 2.7).

With h the last n - 1 tokens, h' the last n - 2, and c the counts of the order n:

    p(w | h) = max(c(h w) - D, 0) / c(h) + gamma(h) p(w | h')
    gamma(h) = 1 - sum over w of max(c(h w) - D, 0) / c(h)

c counts occurrences in the highest order. Below it counts distinct tokens to the left: "Francisco" is frequent but
follows only "San", so it is a poor guess after anything else. The recursion ends at the uniform distribution.

Storage is a trie in flat arrays. Node i of level n is an n-gram; its children are the (n + 1)-grams that begin with
it, at `first[n][i] : first[n][i + 1]` of level n + 1, sorted by token. Rare n-grams of high order are left out; the
mass they would hold stays in gamma, so that every distribution sums to one exactly.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from shared.models.text import TextTokenizer

Array = npt.NDArray[Any]
State = list[int]  # the last order - 1 tokens


class NGram:
    def __init__(
        self,
        tokens: list[Array],
        counts: list[Array],
        first: list[Array],
        totals: list[Array],
        discounts: list[float],
        vocab_size: int,
    ):
        """tokens[n], counts[n]: (nodes of level n); first[n]: (nodes + 1); totals[n]: (nodes), c(h) of each node h.

        Level 0 is the root, a single node without token. discounts[n]: D of level n, for n = 1 .. order.
        """
        self.tokens, self.counts, self.first, self.totals = tokens, counts, first, totals
        self.discounts, self.vocab_size, self.order = discounts, vocab_size, len(tokens) - 1

    @classmethod
    def fit(
        cls, texts: Iterable[list[int]], vocab_size: int, order: int = 5, keep: Sequence[int] = (1, 1, 1, 2, 2)
    ) -> "NGram":
        """Count a list of texts, each a list of token ids. keep[n - 1]: n-grams seen less often are not stored."""
        padded = [np.concatenate([np.full(order - 1, ids[0]), ids[1:]]) for ids in texts]  # the start token, repeated
        stream = np.concatenate(padded).astype(np.int64)
        inside = np.concatenate([np.arange(len(p)) >= order - 1 for p in padded])
        ends = np.flatnonzero(inside)  # every predicted position, as the last token of an n-gram

        grams, seen = {}, {}  # level -> unique n-grams (k, n), sorted; their occurrences
        for n in range(1, order + 1):
            windows = np.stack([stream[ends - n + 1 + j] for j in range(n)], axis=1)
            grams[n], seen[n] = _unique_rows(windows, vocab_size)
        counts = {order: seen[order]}
        for n in range(1, order):  # distinct tokens to the left of each n-gram
            unique, left = _unique_rows(grams[n + 1][:, 1:], vocab_size)
            counts[n] = left  # the same rows, in the same order, as grams[n]
            assert len(unique) == len(grams[n])
        discounts = [0.0] + [_discount(counts[n]) for n in range(1, order + 1)]

        levels = [(np.zeros((1, 0), np.int64), np.ones(1, np.int64))]
        tokens, first, totals = [np.zeros(1, np.uint16)], [], []
        for n in range(1, order + 1):
            parents, _ = levels[-1]
            # Contexts hold start tokens that are never predicted, so a context may be missing as an n-gram of its
            # own: then nothing below it is kept, and the model backs off.
            parent = _find_rows(grams[n][:, :-1], parents, vocab_size)
            known = parent >= 0
            totals.append(np.bincount(parent[known], counts[n][known], len(parents)).astype(np.uint32))
            kept = known & (seen[n] >= keep[n - 1])
            first.append(np.concatenate([[0], np.cumsum(np.bincount(parent[kept], minlength=len(parents)))]))
            levels.append((grams[n][kept], counts[n][kept]))
            tokens.append(grams[n][kept][:, -1].astype(np.uint16))
        stored = [np.ones(1, np.uint32)] + [c.astype(np.uint32) for _, c in levels[1:]]
        return cls(tokens, stored, [f.astype(np.uint32) for f in first], totals, discounts, vocab_size)

    def probabilities(self, context: Sequence[int]) -> Array:
        """p(w | context) of every token w: (vocab,) float64, summing to 1. Only the last ids of `context` count."""
        p = np.full(self.vocab_size, 1.0 / self.vocab_size)
        longest = min(len(context), self.order - 1)
        for length in range(longest + 1):
            node = self._node(context[len(context) - length :])
            if node is None:
                break  # a longer context is not known either
            children = slice(*self.first[length][node : node + 2])
            total = float(self.totals[length][node])
            if not total:
                continue
            kept = np.maximum(self.counts[length + 1][children] - self.discounts[length + 1], 0.0) / total
            p *= 1.0 - kept.sum()
            p[self.tokens[length + 1][children]] += kept
        return p

    def _node(self, context: Sequence[int]) -> int | None:
        """Index of `context` in the trie's level len(context); None where it was not stored."""
        node = 0
        for level, token in enumerate(context):
            begin, end = self.first[level][node : node + 2]
            at = begin + np.searchsorted(self.tokens[level + 1][begin:end], token)
            if at == end or self.tokens[level + 1][at] != token:
                return None
            node = int(at)
        return node

    def save(self, folder: str | Path) -> None:
        """config.json and safetensors files below 10 MB."""
        from safetensors.numpy import save_file

        folder = Path(folder)
        config = {"order": self.order, "vocab_size": self.vocab_size, "discounts": self.discounts}
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        for n in range(1, self.order + 1):
            level = {"tokens": self.tokens[n], "counts": _smallest(self.counts[n])}
            level |= {"first": self.first[n - 1], "totals": _smallest(self.totals[n - 1])}
            save_file(level, folder / _file(n, self.order))

    @classmethod
    def from_folder(cls, folder: str | Path) -> "NGram":
        from safetensors.numpy import load_file

        config = json.loads((Path(folder) / "config.json").read_text())
        orders = range(1, config["order"] + 1)
        levels = [load_file(Path(folder) / _file(n, config["order"])) for n in orders]
        root = np.zeros(1, np.uint16), np.ones(1, np.uint32)
        return cls(
            [root[0], *(level["tokens"] for level in levels)],
            [root[1], *(level["counts"] for level in levels)],
            [level["first"] for level in levels],
            [level["totals"] for level in levels],
            config["discounts"],
            config["vocab_size"],
        )


def _file(n: int, order: int) -> str:
    return f"model-{n:05}-of-{order:05}.safetensors"  # one order a file, named as the Hub's loaders expect


def _discount(counts: Array) -> float:
    """D = n1 / (n1 + 2 n2), with n1 and n2 the n-grams counted once and twice (Chen and Goodman, 1999, equation 17)."""
    once, twice = (counts == 1).sum(), (counts == 2).sum()
    return float(once / (once + 2 * twice)) if once and twice else 0.5


def _unique_rows(rows: Array, vocab_size: int) -> tuple[Array, Array]:
    """(k, n) unique rows in lexicographic order, and how often each occurs."""
    keys, counts = np.unique(_keys(rows, vocab_size), return_counts=True)
    n, columns = rows.shape[1], []
    for _ in range(n):
        columns.append(keys % vocab_size)
        keys = keys // vocab_size
    return np.stack(columns[::-1], axis=1) if n else rows[:1], counts


def _keys(rows: Array, vocab_size: int) -> Array:
    """One int64 for each row; the order of the keys is the order of the rows. Five tokens of 6,144 need 63 bits."""
    assert rows.shape[1] * np.log2(vocab_size) < 63, "the n-grams do not fit into 64 bits: lower the order"
    keys = np.zeros(len(rows), np.int64)
    for column in rows.T:
        keys = keys * vocab_size + column
    return keys


def _find_rows(rows: Array, table: Array, vocab_size: int) -> Array:
    """Index of each row in the sorted `table`, -1 where it is not there."""
    keys, sorted_keys = _keys(rows, vocab_size), _keys(table, vocab_size)
    at = np.searchsorted(sorted_keys, keys)
    return np.where(np.append(sorted_keys, -1)[at] == keys, at, -1)


def _smallest(array: Array) -> Array:
    return array.astype(np.uint16) if array.max(initial=0) < 2**16 else array.astype(np.uint32)


class NGramText:
    """The text-model interface over an n-gram model."""

    family = "ngram"
    precision = "exact"
    begins_with_end = True
    context = 1_000_000  # no limit, but only the last order - 1 tokens are ever looked at

    def __init__(self, model: NGram, tokenizer: TextTokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.vocab_size, self.end_id = model.vocab_size, tokenizer.end_id
        arrays = [*model.tokens, *model.counts, *model.first, *model.totals]
        self.memory_bytes = sum(array.nbytes for array in arrays)

    def start(self) -> State:
        return []

    def copy(self, state: State) -> State:
        return list(state)

    def copies(self, state: State, n: int) -> list[State]:
        return [self.copy(state) for _ in range(n)]

    def close(self, state: State) -> None:
        state.clear()

    def advance(self, states: list[State], tokens: list[list[int]]) -> Tensor:
        """Feed tokens[i] into states[i], in place -> (n, vocab) float32 log-probabilities of the next token of each."""
        rows = []
        for state, ids in zip(states, tokens, strict=True):
            state[:] = [*state, *ids][-(self.model.order - 1) :]
            rows.append(np.log(self.model.probabilities(state)))
        return torch.from_numpy(np.stack(rows)).float()

    def all_logits(self, ids: list[int]) -> Tensor:
        """ids -> (len(ids), vocab) float32 log-probabilities after every position."""
        state = self.start()
        return torch.cat([self.advance([state], [[id]]) for id in ids])

    def attention(self, ids: list[int]) -> NoReturn:
        from shared.core.errors import UserError

        raise UserError(
            f"An n-gram has no attention: it sees only the last {self.model.order - 1} tokens. "
            "Choose a GPT-2 to see attention."
        )


def load(folder: Path, precision: str = "exact") -> NGramText:
    """The model in `folder`; its counts are whole numbers, so there is only one precision."""
    return NGramText(NGram.from_folder(folder), TextTokenizer.load(folder))
