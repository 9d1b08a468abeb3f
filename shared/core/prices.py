"""What things took on this machine: numbers only, of this process, nothing of anybody's.

PACE = Prices()
PACE.learn(("gpt2", "fast"), seconds / tokens)
PACE.of(("gpt2", "fast"))                          # None before the first time
"""

from collections.abc import Hashable


class Prices:
    """A number for each kind of work; the newest counts half, since visitors slow each other down."""

    def __init__(self) -> None:
        self.known: dict[Hashable, float] = {}

    def learn(self, kind: Hashable, value: float) -> None:
        self.known[kind] = (value + self.known[kind]) / 2 if kind in self.known else value

    def of(self, kind: Hashable) -> float | None:
        return self.known.get(kind)
