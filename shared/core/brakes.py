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
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Brakes:
    def __init__(self):
        self._running: dict[str, threading.Event] = {}  # session -> the brake of what it is running

    @contextmanager
    def run(self, session: str) -> Iterator[threading.Event]:
        """A brake for a new run; an earlier run of the same visitor ends, for it writes to the same place."""
        brake = threading.Event()
        self.stop(session)
        self._running[session] = brake
        try:
            yield brake
        finally:
            brake.set()
            if self._running.get(session) is brake:
                del self._running[session]

    def stop(self, session: str) -> None:
        if (brake := self._running.get(session)) is not None:
            brake.set()

    def overtaken(self, session: str, brake: threading.Event) -> bool:
        """Whether the visitor has started something else since."""
        return self._running.get(session, brake) is not brake
