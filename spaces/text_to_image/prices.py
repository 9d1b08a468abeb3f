"""What a picture costs on this machine: seconds and memory, from its own past runs. Numbers only, nothing of anybody's.

A pass is one call of the network for the pictures of a batch. Its time depends on their pixels, but a small batch takes
nearly as long as one twice its size; so passes are remembered by their pixels.
"""

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from shared.core import registry
from shared.core.prices import Prices

from . import plans
from .request import Drawing

PASS = Prices()  # (model, pixels of a batch): seconds of one pass
REST = Prices()  # model: seconds before the first pass and after the last, for the text encoder and the decoder
EXTRA = Prices()  # model: megabytes of a run over one pixel, beside the weights
_machines: dict[str, "Machine"] = {}  # of each model's last run


class Machine(NamedTuple):
    device: str = "cpu"
    guides_itself: bool = False  # guidance takes no second pass


def learn(model: str, machine: Machine, pixels: int, one_pass: float, rest: float, megabytes: float) -> None:
    """Remembers a run. pixels: of the pictures that are drawn together. one_pass, rest: seconds."""
    PASS.learn((model, pixels), one_pass)
    REST.learn(model, rest)
    EXTRA.learn(model, megabytes / pixels)
    _machines[model] = machine


def seconds(request: Drawing) -> float | None:
    """What it will take here; None before the first run of its model. Nothing is loaded for it."""
    model, machine = request.model, _machine(request)
    known = [key for key in PASS.known if key[0] == model]
    rest = REST.of(model)
    if not known or rest is None:
        return None
    near = min(known, key=lambda key: abs(key[1] - _pixels(request)))
    most = plans.at_once(machine.device, request)
    passes = sum(_passes(part.request, machine) * math.ceil(len(part.seeds) / most) for part in request.parts)
    return PASS.known[near] * max(1.0, _pixels(request) / near[1]) * passes + rest


def megabytes(request: Drawing) -> float:
    """Of the model and its run together; 0 where neither is known."""
    from shared.core import loaders

    resident = {row["name"]: row["memory_mb"] for row in loaders.ledger()}
    weights = resident.get(request.model) or registry.spec(request.model).memory_mb
    return weights + (EXTRA.of(request.model) or 0) * _pixels(request)


def _machine(request: Drawing) -> Machine:
    return _machines.get(request.model, Machine())


def _pixels(request: Drawing) -> int:
    """Of the pictures that are drawn together."""
    most = plans.at_once(_machine(request).device, request)
    return request.width * request.height * min(most, max(len(part.seeds) for part in request.parts))


def _passes(request: Drawing, machine: Machine) -> float:
    """Of the network through one batch."""
    steps = request.steps * (request.start.strength if request.start else 1)
    twice = request.guidance > 1 and not machine.guides_itself
    return steps * (2 if request.scheduler == "Heun" else 1) * (2 if twice else 1)


class Meter:
    """The most memory this process took above what it had at the beginning, in megabytes."""

    def __init__(self) -> None:
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
def metered() -> Iterator[Meter]:
    """A Meter that looks ten times a second until the block is left."""
    meter, done = Meter(), threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            meter.look()

    watcher = threading.Thread(target=watch, daemon=True, name="memory-meter")
    watcher.start()
    try:
        yield meter
    finally:
        done.set()
        watcher.join()
        meter.look()
