"""Stop, for whatever streams to a page: one run at a time for each visitor, and a brake that ends it within a step.

brakes = Brakes()                                      # one for each place of a page that runs something

def start(request: gr.Request):
    with brakes.run(request.session_hash) as brake:
        for frame in work():
            if brake.is_set():
                break
            yield frame

def halt(request: gr.Request):
    brakes.stop(request.session_hash)

An endpoint has no Stop, but its caller may leave: `brakes.left()` is set then.
"""

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from shared.core.limits import KEPT

MOST = KEPT["stops"].number  # visitors who may wait
# Set by page/lines.py:
of_this_call: contextvars.ContextVar[threading.Event] = contextvars.ContextVar("of_this_call")
asker: contextvars.ContextVar[str] = contextvars.ContextVar("asker", default="")  # the address it comes from


def left() -> threading.Event:
    """Is set once nobody waits any more for the call that is being answered; never outside of one."""
    return of_this_call.get(None) or threading.Event()


class Brake(threading.Event):
    """Set: the run ends soon. overtaken: the visitor has started something else since, so it shows nothing more.
    taken: its run has begun."""

    overtaken = taken = False


class Brakes:
    def __init__(self) -> None:
        self._running: dict[str, Brake] = {}  # session -> the brake of what it is running

    def begin(self, session: str) -> None:
        """Before the queue: `stop` reaches a run that still waits in it. The run begins with `run(..., begun=True)`."""
        self._follow(session)
        while len(self._running) > MOST:  # visitors who left between this and their turn
            del self._running[next(iter(self._running))]

    @contextmanager
    def run(self, session: str, begun: bool = False) -> Iterator[Brake]:
        """A brake for a new run; an earlier run of the same visitor ends, for it writes to the same place."""
        brake = self._running.get(session) if begun else None
        if brake is None or brake.taken:  # or by now another run's, which came in between
            brake = self._follow(session)
        brake.taken = True
        try:
            yield brake
        finally:
            brake.set()
            if self._running.get(session) is brake:
                del self._running[session]

    def stop(self, session: str) -> None:
        if (brake := self._running.get(session)) is not None:
            brake.set()

    def _follow(self, session: str) -> Brake:
        """A new brake; an earlier run of the same visitor ends, and is told why."""
        if (earlier := self._running.get(session)) is not None:
            earlier.overtaken = True
            earlier.set()
        brake = self._running[session] = Brake()
        return brake
