"""Is the Hub there? Asked in the background, remembered for a while; nobody waits longer than two seconds."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal

from shared.core.settings import settings

log = logging.getLogger(__name__)

CHECK_S = 2  # seconds after which a Hub that has not answered counts as unreachable
RECHECK_S = 30  # seconds after which the next question about the Hub starts a new check in the background

State = Literal["unknown", "reachable", "unreachable"]


def ask_hub() -> bool:
    """One short request, by the client that will do the downloads: proxies and certificates decide together with it."""
    from huggingface_hub import constants, get_session

    try:
        return get_session().head(constants.ENDPOINT, timeout=CHECK_S).status_code < 500
    except Exception as reason:
        log.info("The Hub does not answer: %s", reason)
        return False


class Presence:
    """The last answer to "is the Hub there?", renewed in the background."""

    def __init__(self, ask: Callable[[], bool] = ask_hub, clock: Callable[[], float] = time.monotonic):
        self.ask, self.clock = ask, clock
        self.lock = threading.Lock()
        self.answer: State = "unknown"
        self.answered = 0.0  # by the clock, of the last answer
        self.started = 0.0
        self.done = threading.Event()  # set while no check runs
        self.done.set()

    def start(self) -> threading.Event:
        """Starts a check unless one runs -> the event of its end."""
        with self.lock:
            if self.done.is_set():
                self.done, self.started = threading.Event(), self.clock()
                threading.Thread(target=self._check, args=(self.done,), name="hub-check", daemon=True).start()
            return self.done

    def _check(self, done: threading.Event) -> None:
        self.set("reachable" if self.ask() else "unreachable")
        done.set()

    def set(self, answer: State) -> None:
        with self.lock:
            self.answer, self.answered = answer, self.clock()

    def state(self) -> State:
        """Never waits."""
        with self.lock:
            answer, running, now = self.answer, not self.done.is_set(), self.clock()
            # A name server that never answers holds the request longer than any timeout of ours.
            if answer == "unknown" and running and now - self.started > CHECK_S:
                return "unreachable"
            stale = answer != "unknown" and not running and now - self.answered > RECHECK_S
        if stale:
            self.start()
        return answer

    def reachable(self) -> bool:
        """Waits for an answer, CHECK_S at most, unless the last one was "unreachable"."""
        state = self.state()
        if state == "unknown" or state == "reachable" and self.clock() - self.answered > CHECK_S:
            if not self.start().wait(CHECK_S):
                self.set("unreachable")
        return self.state() == "reachable"


_presence = Presence()


def forget() -> None:
    """As in a new process: nobody has asked yet."""
    global _presence
    _presence = Presence()


def off() -> bool:
    """True where this machine must not ask the Hub at all."""
    from huggingface_hub import constants

    return constants.is_offline_mode() or settings().models == "bundled"


def check_hub() -> None:
    """Starts the check and returns at once; its answer is there after 2 seconds at most."""
    if not off():
        _presence.start()


def hub_state() -> Literal[State, "off"]:
    """One of "unknown" (nobody has asked yet), "reachable", "unreachable", "off". Never waits."""
    return "off" if off() else _presence.state()


def reachable() -> bool:
    """Whether a download is worth a try. Waits, 2 s at most, unless the last answer was "unreachable"."""
    return not off() and _presence.reachable()


def mark_unreachable() -> None:
    _presence.set("unreachable")
