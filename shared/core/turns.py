"""Whose step is next, of all work that takes long: one pass of a network at a time on every two cores.

    with turns.turn():              # around one step of many: a denoising step, a token of all texts
        output = unet(...)

Steps that run at the same time share the cores, so that each takes as long as all of them; one after the other they
are done as soon on the whole, and what takes a blink, which takes no turn, has one neighbour and not ten. Who has
waited longest is next, but what somebody sees first, such as the first word of a text, goes before. A turn is a
courtesy and no lock: after PATIENCE_S a step begins anyway, so that a large model's seconds stop nobody.
"""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.core.threads import cores

PATIENCE_S = 0.25


class Turns:
    """places: steps that run at the same time. patience: seconds that one waits at most."""

    def __init__(self, places: int, patience: float = PATIENCE_S):
        self.places, self.patience = places, patience
        self.changed = threading.Condition()
        self.waiting: list[tuple[bool, int]] = []  # (whether it is not seen first, number)
        self.at_work = 0
        self.numbers = itertools.count()

    @contextmanager
    def turn(self, first: bool = False) -> Iterator[None]:
        """first: somebody sees nothing until this step is done."""
        mine = not first, next(self.numbers)
        with self.changed:
            self.waiting.append(mine)
            self.changed.notify_all()
            self.changed.wait_for(lambda: min(self.waiting) == mine and self.at_work < self.places, self.patience)
            self.waiting.remove(mine)
            self.at_work += 1
            self.changed.notify_all()
        try:
            yield
        finally:
            with self.changed:
                self.at_work -= 1
                self.changed.notify_all()


turn = Turns(max(1, cores() // 2)).turn
