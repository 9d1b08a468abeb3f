"""Waiting for a server on another machine: what it sends as it comes, Stop at once, and one sentence where it fails.

The address is the host's own (shared/core/registry/remote.py); nothing that a visitor types is asked for.
"""

import queue
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from shared.core.errors import UserError

REACH_S = 5  # seconds until a server has taken the call
SILENCE_S = 120  # seconds that it may say nothing: a large model may be loading, or the readers before may be many
MOST_SAID = 200  # characters of its own words in a sentence

Put = Callable[[Any], None]


def streamed(ask: Callable[[Put], Awaitable[None]], stop: threading.Event | None = None) -> Iterator[Any]:
    """What the coroutine `ask(put)` puts, as it comes. Its errors are raised here.

    Once `stop` is set, or nobody listens any more, its connection is closed: a server that writes knows by that.
    """
    from anyio.from_thread import start_blocking_portal

    news: queue.SimpleQueue = queue.SimpleQueue()
    with start_blocking_portal() as portal:
        task = portal.start_task_soon(ask, news.put)
        task.add_done_callback(news.put)
        try:
            while stop is None or not stop.is_set():
                try:
                    found = news.get(timeout=0.05)
                except queue.Empty:
                    continue
                if found is task:
                    return task.result()
                yield found
        finally:
            task.cancel()


def silent(where: str) -> UserError:
    return UserError(f"{where} has said nothing for {SILENCE_S} seconds; try again later, or choose another model.")


def unreachable(where: str) -> UserError:
    return UserError(f"{where} cannot be reached; try again later, or choose another model.")


def refused(where: str, status: int, said: str, variable: str) -> UserError:
    """status: of HTTP; said: its own words; variable: of its address, to which the host of this page looks."""
    if status in (401, 403):
        return UserError(f"{where} does not let this site in: its host has to set {variable}_KEY.")
    if status == 404:
        return UserError(f"{where} has no such address or model: the host of this site has to look at {variable}.")
    if status in (429, 503):
        return UserError(f"{where} has too much to do; try again in a minute.")
    said = " ".join(said.split())[:MOST_SAID]
    return UserError(f"{where} refused this (HTTP {status}): {said or 'without a word'}")


def strange(where: str, kind: str) -> UserError:
    return UserError(f"{where} does not answer as {kind} does: the host of this site has to look at its address.")
