"""A story cut into pages of whole sentences."""

import re

from .sentences import sentences


def pages_of(text: str, n: int, first: tuple[str, ...] = ()) -> list[str]:
    """The story on n pages of whole sentences, about equally long, or on as many as it has sentences.

    first: pages that stay as they are, where the text begins with them; the rest is parted anew.
    """
    kept, rest = [], " ".join(text.split())
    for page in first:
        page = " ".join(page.split())
        if len(kept) == n - 1 or not page or not rest.startswith(page):
            break
        kept.append(page)
        rest = rest[len(page) :].strip()
    if kept:
        text = text[_behind(text, " ".join(kept)) :]
    whole = sentences(text)
    if not whole:
        return kept
    return kept + [" ".join(part) for part in _parted(whole, min(n - len(kept), len(whole)), text)]


def _behind(text: str, beginning: str) -> int:
    """Where `text` goes on after `beginning`, which may differ in its white space."""
    letters = sum(not letter.isspace() for letter in beginning)
    for at, letter in enumerate(text):
        if not letters:
            return at
        letters -= not letter.isspace()
    return len(text)


def _parted(whole: list[str], n: int, text: str) -> list[list[str]]:
    """n runs of sentences whose lengths differ least (squares summed), rather cut where a paragraph ends."""
    paragraphs = {" ".join(part.split())[-40:] for part in re.split(r"\n+", text) if part.strip()}
    lengths = [len(sentence) for sentence in whole]
    aim = sum(lengths) / n

    def cost(i: int, j: int) -> float:  # of a page of sentences i to j - 1
        off = (sum(lengths[i:j]) - aim) / aim
        return off * off + (0 if j == len(whole) or whole[j - 1][-40:] in paragraphs else 0.15)

    # best[k][j]: the first j sentences on k pages
    best = [{0: (0.0, 0)}]
    for k in range(1, n + 1):
        row = {}
        for j in range(k, len(whole) - (n - k) + 1):
            row[j] = min((best[k - 1][i][0] + cost(i, j), i) for i in best[k - 1] if i < j)
        best.append(row)
    cuts = [len(whole)]
    for k in range(n, 0, -1):
        cuts.append(best[k][cuts[-1]][1])
    cuts.reverse()
    return [whole[i:j] for i, j in zip(cuts, cuts[1:], strict=False)]
