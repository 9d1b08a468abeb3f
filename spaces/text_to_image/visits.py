"""Runs that can be gone back to: what the time machine, the attention view and a start picture need, in memory only.

A run lies here for an hour under a name that nobody can guess, and no longer; runs that nobody asked for longest go
first. A run that fills its share keeps every second step, then every fourth: the steps between are computed again.
"""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.core.errors import UserError
from shared.core.limits import KEPT

if TYPE_CHECKING:
    from .request import Several

HOUR, MOST_RUNS = KEPT["pictures"].seconds, KEPT["pictures"].number
MOST_BYTES = KEPT["pictures"].megabytes * 1_000_000  # of all runs and pictures together
RUN_BYTES = 48_000_000  # of one


@dataclass
class Trajectory:
    """The steps of one batch, by their numbers: engine.Step. `every`: each how-many-th is kept."""

    steps: dict = field(default_factory=dict)
    every: int = 1
    bytes: int = 0

    def add(self, step) -> None:
        if step.number % self.every and step.number != step.of:
            return
        self.steps[step.number] = step
        self.bytes += bytes_of(step)
        while self.bytes > RUN_BYTES and len(self.steps) > 2:
            self.every *= 2
            last = max(self.steps)
            for number in [number for number in self.steps if number % self.every and number != last]:
                self.bytes -= bytes_of(self.steps.pop(number))

    def before(self, number: int):
        """The last step that was kept at or before `number`, or None: from the beginning."""
        kept = [one for one in self.steps if one <= number]
        return self.steps[max(kept)] if kept else None

    def nearest(self, number: int):
        return self.steps[min(self.steps, key=lambda one: abs(one - number))]


@dataclass
class Visit:
    request: "Several"  # of the whole run: what was asked before its last turn is in `turns`
    model: str  # that has drawn it
    trajectories: list[Trajectory] = field(default_factory=list)  # one a batch, in the order of the pictures
    heats: list = field(default_factory=list)  # attention.Heat, one a batch
    of: int = 0
    used: float = field(default_factory=time.monotonic)

    @property
    def bytes(self) -> int:
        maps = sum(part.nbytes for heat in self.heats for part in heat.sums.values())
        return maps + sum(one.bytes for one in self.trajectories)


def bytes_of(step) -> int:
    held = [step.x, step.guess]
    for value in step.state.values():
        held += [one for one in (value if isinstance(value, list) else [value]) if getattr(one, "ndim", 0) == 4]
    return sum({one.data_ptr(): one.nbytes for one in held}.values())


_lock = threading.Lock()
_visits: "OrderedDict[str, Visit]" = OrderedDict()
_pictures: "OrderedDict[str, tuple[float, bytes]]" = OrderedDict()  # sha256 -> (when it was used last, PNG)


def keep(visit: Visit) -> str:
    """-> the name of the run."""
    name = secrets.token_urlsafe(16)
    with _lock:
        _visits[name] = visit
        _tidy()
    return name


def find(name: str) -> Visit:
    """Errors: UserError once it is gone, or where it never was."""
    with _lock:
        _tidy()
        visit = _visits.get(str(name)[:100])
        if visit is None:
            raise UserError("This run is no longer kept; generate it again, then go back to its steps.")
        visit.used = time.monotonic()
        _visits.move_to_end(name)
        return visit


def keep_picture(sha256: str, png: bytes) -> None:
    with _lock:
        _pictures[sha256] = time.monotonic(), png
        _pictures.move_to_end(sha256)
        _tidy()


def find_picture(sha256: str) -> bytes:
    """Errors: UserError once it is gone."""
    with _lock:
        _tidy()
        if sha256 not in _pictures:
            raise UserError("The start picture of this recipe is no longer kept here; please upload it again.")
        png = _pictures[sha256][1]
        _pictures[sha256] = time.monotonic(), png
        _pictures.move_to_end(sha256)
        return png


def _tidy() -> None:
    """Drops what is an hour old, then the oldest until the rest fits. The caller holds the lock."""
    now = time.monotonic()
    for name in [name for name, visit in _visits.items() if now - visit.used > HOUR]:
        del _visits[name]
    for name in [name for name, (used, _) in _pictures.items() if now - used > HOUR]:
        del _pictures[name]
    while len(_visits) > MOST_RUNS:
        _visits.popitem(last=False)
    while len(_pictures) > MOST_RUNS:
        _pictures.popitem(last=False)
    held = sum(visit.bytes for visit in _visits.values()) + sum(len(png) for _, png in _pictures.values())
    while held > MOST_BYTES and (_visits or _pictures):
        if _visits:
            held -= _visits.popitem(last=False)[1].bytes
        else:
            held -= len(_pictures.popitem(last=False)[1][1])


def clear() -> None:
    """Forget everything."""
    with _lock:
        _visits.clear()
        _pictures.clear()
