"""What a picture costs on this machine: seconds and memory, from its own past runs. Numbers only, nothing of anybody's.

A pass is one call of the network for the pictures of a batch. Its time depends on their pixels, but a small batch takes
nearly as long as one twice its size; so passes are remembered by their pixels.
"""

import os
import threading
from contextlib import contextmanager

_pass: dict[str, dict[int, float]] = {}  # model -> {pixels of a batch: seconds of one pass}
_other: dict[str, float] = {}  # model -> seconds before the first pass and after the last: text encoder, decoder
_extra: dict[str, float] = {}  # model -> megabytes of a run over one pixel, beside the weights
_facts: dict[str, tuple[str, bool]] = {}  # model -> the device it runs on, whether guidance takes no second pass


def learn(model: str, facts: tuple[str, bool], pixels: int, one_pass: float, other: float, megabytes: float) -> None:
    """Remember a run; the newest counts half, since visitors slow each other down.

    facts: as in _facts. pixels: of the pictures that are drawn together. one_pass, other: seconds.
    """
    _mix(_pass.setdefault(model, {}), pixels, one_pass)
    _mix(_other, model, other)
    _mix(_extra, model, megabytes / pixels)
    _facts[model] = facts


def _mix(table: dict, key, value: float) -> None:
    table[key] = (value + table[key]) / 2 if key in table else value


def device(model: str) -> str:
    return _facts.get(model, ("cpu", False))[0]


def passes(model: str, guidance: float) -> int:
    """Of the network over a picture in a step, as far as it is known."""
    return 2 if guidance > 1 and not _facts.get(model, ("cpu", False))[1] else 1


def seconds(model: str, pixels: int, passes: float) -> float | None:
    """None before the first run of this model."""
    known = _pass.get(model)
    if not known:
        return None
    near = min(known, key=lambda one: abs(one - pixels))
    return known[near] * max(1.0, pixels / near) * passes + _other[model]


def megabytes(model: str, weights: float, pixels: int) -> float | None:
    """Of the model and its run together; None where neither is known."""
    return weights + _extra.get(model, 0) * pixels or None


class Meter:
    """The most memory this process took above what it had at the beginning, in megabytes."""

    def __init__(self):
        import psutil

        self._process = psutil.Process(os.getpid())
        self._base = self._peak = self._now()

    def _now(self) -> float:
        return self._process.memory_info().rss / 1e6

    def look(self) -> None:
        self._peak = max(self._peak, self._now())

    @property
    def megabytes(self) -> float:
        return self._peak - self._base


@contextmanager
def metered():
    """A Meter that looks ten times a second until the block is left."""
    meter, done = Meter(), threading.Event()

    def watch():
        while not done.wait(0.1):
            meter.look()

    threading.Thread(target=watch, daemon=True, name="memory-meter").start()
    try:
        yield meter
    finally:
        meter.look()
        done.set()
