"""Summaries that are made of a text's own sentences: which of them say the most of it.

chosen(sentences, 3, lexrank)   -> [0, 4, 7], their places
"""

import re
from collections.abc import Callable

import numpy as np

END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]?\w)|(?<=[。！？…])(?![”’」』。！？…])|(?<=[。！？…][”’」』])|\n+")
DAMPING = 0.85  # share of a sentence's weight that comes from those like it; the rest is the same for all
LIKE = 0.1  # a likeness below this counts for nothing
NEW = 0.85  # what counts for a sentence: how central it is, and how little those that stand already say the same

Scorer = Callable[[list[str]], tuple[np.ndarray, np.ndarray]]


def sentences(text: str) -> list[str]:
    """The text in sentences, with nothing lost but the space between them."""
    parts, at = [], 0
    for end in END.finditer(text):
        quoted = end[0].rstrip()  # a closing quotation mark belongs to what it closes
        parts.append(text[at : end.start()] + quoted)
        at = end.end()
    return [part.strip() for part in [*parts, text[at:]] if re.search(r"\w", part)]


def lexrank(parts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """How central each sentence is, and how like each other (n, n): LexRank (Erkan and Radev, 2004, equation 2, with
    the likenesses themselves as weights), by words, or by characters where these are Chinese."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    chinese = bool(re.search(r"[\u3400-\u9fff]", "".join(parts)))
    options = {"analyzer": "char", "ngram_range": (1, 2)} if chinese else {"token_pattern": r"(?u)\b\w+\b"}
    counts = TfidfVectorizer(**options).fit_transform(parts)
    likeness = (counts @ counts.T).toarray()
    return power(np.where(likeness >= LIKE, likeness, 0)), likeness


def power(weights: np.ndarray) -> np.ndarray:
    """The share of time that a walk along these weights spends in each place, with DAMPING; sums to 1."""
    n = len(weights)
    steps = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    place = np.full(n, 1 / n)
    for _ in range(100):
        new = (1 - DAMPING) / n + DAMPING * (place @ steps)
        if np.abs(new - place).max() < 1e-9:
            break
        place = new
    return place / place.sum()


def chosen(parts: list[str], n: int, scorer: Scorer = lexrank) -> list[int]:
    """The places of at most `n` sentences, in their order: each time the one that is most central and least like those
    chosen (maximal marginal relevance, Carbonell and Goldstein, 1998)."""
    if len(parts) <= n:
        return list(range(len(parts)))
    central, likeness = scorer(parts)
    central = central / max(central.max(), 1e-9)
    found: list[int] = []
    while len(found) < n:
        said = likeness[:, found].max(1) if found else np.zeros(len(parts))
        worth = NEW * central - (1 - NEW) * said
        worth[found] = -np.inf
        found.append(int(worth.argmax()))
    return sorted(found)
