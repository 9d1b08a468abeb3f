"""Who comes next. Gradio has one queue for everything and everybody; here each kind of work has a line of its own, a
visitor has a share of it, and what nobody waits for any more ends.

    page._queue = Lines(...)        # see parts.Page; the rows are in shared/core/limits.py
    Middleware(Readers)             # tells the lines who listens

The next job of a line is that of the address which has the least at work there. A job begins once somebody listens for
its answer. A full line says so at once, with 429 and when to come back. Like private.py this needs Gradio's insides;
checked with Gradio 6.31 by tests/page/test_lines.py.
"""

import asyncio
import ipaddress
import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from gradio import queueing, route_utils
from gradio.queueing import Event
from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.core import brakes, limits
from shared.page import files, vitals, words
from shared.page.refusal import refusal

LISTENS = re.compile(r"/gradio_api/(?:queue/data|call/(?:v2/)?[^/]+/(?P<event>[0-9a-f]{32}))/?$")
PASSES = re.compile(r"/gradio_api/(?!queue/join|call/|mcp)")  # a POST there waits in no line
STAYS = re.compile(r"/gradio_api/heartbeat/(?P<session>[^/]+)/?$")
LOOK_S = 0.01  # between two looks for the next job; a thousand a second, as Gradio has it, are a tenth of a core
USUAL_S = 20  # of a job, before one has been done
SOONEST_S, LATEST_S = 5, 600


class Lines(queueing.Queue):
    def __init__(self, **options: Any):
        super().__init__(max_size=None, **options)
        self.ANALYTICS_MAX_EVENTS = 100
        self.sleep_when_free = LOOK_S
        self.readers: Counter[str] = Counter()  # session -> streams that are open
        self.pages: Counter[str] = Counter()  # session -> pages that are open, as far as the server hears
        self.left: dict[str, None] = {}  # sessions whose page is closed, or sleeps; the one that left first is first
        self.calls = Buckets()
        self.vitals = vitals.Vitals()
        self.ends: WeakKeyDictionary[Event, threading.Event] = WeakKeyDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nobody asks for it, and after each job Gradio would sort its last 10,000 with pandas."""
        return {"functions": {}}

    # ---- who may come in -----------------------------------------------------------------------------------------

    def create_event_queue_for_fn(self, block_fn: Any) -> None:
        super().create_event_queue_for_fn(block_fn)
        if block_fn.concurrency_limit == "default":
            name = block_fn.concurrency_id
            self.event_queue_per_concurrency_id[name].concurrency_limit = limits.line(name).places

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        if body.fn_index is not None:
            fn = route_utils.get_fn(self.blocks, None, body)
            if sentence := self._refused(fn.concurrency_id, request, body.session_hash):
                raise sentence
        success, event_id, state = await super().push(body, request, username)
        if success and isinstance(event_id, str) and (event := self.event_ids_to_events.get(event_id)):
            self.ends[event] = threading.Event()
            self._look_later(event.session_hash)
        return success, event_id, state

    def _refused(self, name: str, request: Any, session: str | None) -> HTTPException | None:
        line, address = limits.line(name), address_of(request)
        jobs = [event for event in self.event_ids_to_events.values() if event.concurrency_id == name]
        waiting = self.waiting(name)
        own = sum(address_of(event.request) == address for event in waiting)
        page = sum(event.session_hash == session and address_of(event.request) == address for event in jobs)
        if page < line.session and own < line.waiting_of_an_address and len(waiting) < line.waiting:
            return None
        seconds = self.back_in(name)
        key = "line_own" if page >= line.session or own >= line.waiting_of_an_address else "line_full"
        n = len(waiting) if key == "line_full" else max(page, own)
        self.vitals.refused.labels(_shown(name), key).inc()
        sentence = words.of_page().say(key, words.chinese(request), n=n, seconds=seconds)
        return HTTPException(429, sentence, {"Retry-After": str(seconds)})

    def back_in(self, name: str) -> int:
        """Seconds until there will be room in a line: half of what its jobs will take."""
        queue = self.event_queue_per_concurrency_id.get(name)
        if queue is None:
            return SOONEST_S
        times = [self.process_time_per_fn[event.fn].avg_time or USUAL_S for event in queue.queue] or [USUAL_S]
        return round(min(max(sum(times) / (queue.concurrency_limit or 1) / 2, SOONEST_S), LATEST_S))

    # ---- who comes next ------------------------------------------------------------------------------------------

    def waiting(self, name: str) -> list[Event]:
        queue = self.event_queue_per_concurrency_id.get(name)
        return queue.queue if queue else []

    def at_work(self, name: str) -> list[Event]:
        return [event for job in self.active_jobs if job for event in job if event.concurrency_id == name]

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        names = list(self.event_queue_per_concurrency_id)
        random.shuffle(names)
        for name in names:
            queue = self.event_queue_per_concurrency_id[name]
            full = queue.concurrency_limit is not None and queue.current_concurrency >= queue.concurrency_limit
            if queue.queue and not full and (event := self._next(name)):
                queue.queue.remove(event)
                return [event], False, name
        return None

    def _next(self, name: str) -> Event | None:
        busy = [(address_of(event.request), event.session_hash) for event in self.at_work(name)]
        addresses, pages = Counter(address for address, _ in busy), Counter(busy)
        heard = [event for event in self.waiting(name) if self.readers[event.session_hash]]
        most = limits.line(name).of_an_address if heard else 0
        free = [event for event in heard if addresses[address_of(event.request)] < most]

        def share(event: Event) -> tuple[int, int]:
            address = address_of(event.request)
            return addresses[address], pages[address, event.session_hash]

        return min(free, key=share, default=None)  # of those that have the same, the one that has waited longest

    def numbers(self) -> dict[str, dict[str, int]]:
        """Of each line that somebody has used: jobs now, and how many there may be. For /health."""
        found: dict[str, dict[str, int]] = {}
        for name, queue in list(self.event_queue_per_concurrency_id.items()):
            row = found.setdefault(_shown(name), {"waiting": 0, "at_work": 0, "places": queue.concurrency_limit or 0})
            row["waiting"] += len(queue.queue)
            row["at_work"] += queue.current_concurrency
        return found

    # ---- who has left --------------------------------------------------------------------------------------------

    async def process_events(self, events: list[Event], *more: Any, **options: Any) -> None:
        end = self.ends.setdefault(events[0], threading.Event())
        brakes.of_this_call.set(end)  # a job is a task of its own
        brakes.asker.set(address_of(events[0].request))
        begun, note = time.monotonic(), self.event_analytics.get(events[0]._id, {})
        try:
            await super().process_events(events, *more, **options)
        finally:
            result = {"success": "success", "failed": "failed"}.get(str(note.get("status")), "left")
            result = "left" if end.is_set() else result
            end.set()
            waited, took = begun - events[0].enqueue_time, time.monotonic() - begun
            self.vitals.ended(_shown(events[0].concurrency_id), result, waited, took)

    async def clean_events(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        """Somebody does not listen any more: what waits is taken out, what is at work ends within a step."""
        await super().clean_events(session_hash=session_hash, event_id=event_id)
        for job in self.active_jobs:
            for event in job or ():
                if not event.alive and event in self.ends:
                    self.ends[event].set()

    @contextmanager
    def reading(self, session: str) -> Iterator[None]:
        self.readers[session] += 1
        try:
            yield
        finally:
            self.readers[session] -= 1
            if not self.readers[session]:
                del self.readers[session]
                self._look_later(session)

    @contextmanager
    def staying(self, session: str) -> Iterator[None]:
        """While a page is open. It may come back: a computer that slept."""
        self.pages[session] += 1
        self.left.pop(session, None)
        try:
            yield
        finally:
            self.pages[session] -= 1
            if not self.pages[session]:
                del self.pages[session]
                self.left[session] = None
                while len(self.left) > limits.KEPT["left"].number:
                    self._forget(next(iter(self.left)))

    def _forget(self, session: str) -> None:
        self.left.pop(session, None)
        holder = self.blocks.state_holder
        with holder.lock:
            holder.session_data.pop(session, None)
            holder.time_last_used.pop(session, None)

    def _look_later(self, session: str) -> None:
        loop = asyncio.get_running_loop()

        def look() -> None:
            task = loop.create_task(self._look_after(session))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        loop.call_later(limits.UNREAD_S, look)

    async def _look_after(self, session: str) -> None:
        """A session that nobody has listened to for a while is forgotten, with what it has asked for."""
        if self.readers[session]:
            return
        jobs = [event for event in self.event_ids_to_events.values() if event.session_hash == session]
        if any(time.monotonic() - event.enqueue_time < limits.UNREAD_S - 1 for event in jobs):
            return  # its own look comes
        await self.clean_events(session_hash=session)
        self.pending_messages_per_session.pop(session, None)
        self.pending_event_ids_session.pop(session, None)
        if session not in self.pages and session not in self.left:  # no page: a call of an endpoint
            self._forget(session)


class Buckets:
    """How many calls each address has left that pass the lines by, see limits.CALLS. Buckets that have filled again are
    not kept."""

    def __init__(self) -> None:
        self.left: dict[str, tuple[float, float]] = {}  # address -> (how many, when); the oldest first

    def taken(self, address: str, now: float) -> bool:
        """Whether it had one left."""
        most, rate = limits.CALLS.at_once, limits.CALLS.a_second
        number, since = self.left.pop(address, (most, now))
        number = min(most, number + (now - since) * rate)
        self.left[address] = number - (number >= 1), now
        while self.left and now - self.left[oldest := next(iter(self.left))][1] > most / rate:
            del self.left[oldest]
        return number >= 1


def _shown(name: str) -> str:
    """Gradio calls the line of a function that has none by a number."""
    return "other" if name.isdigit() else name


def trust(networks: str) -> None:
    """Whose X-Forwarded-For uvicorn believes: of this machine, where MCP's calls come from, and of these networks."""
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join(filter(None, ("127.0.0.1", "::1", networks)))


def address_of(request: Any) -> str:
    """Of a visitor, as far as it says who that is: of IPv6 the half that a household gets."""
    return _household(request.client.host if request is not None and request.client else "")


@lru_cache(10_000)
def _household(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host


class Readers:
    """ASGI middleware: tells the lines which streams of answers are open, and MCP's calls of this server whose they
    are."""

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if "/gradio_api/mcp" in scope["path"] and scope.get("client"):
            # Gradio asks itself for it, with the headers of this request.
            headers = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-for"]
            scope = scope | {"headers": [*headers, (b"x-forwarded-for", scope["client"][0].encode())]}
        if stays := STAYS.search(scope["path"]):
            with scope["app"].get_blocks()._queue.staying(stays["session"]):
                return await self.app(scope, receive, send)
        if scope["method"] == "POST":
            if PASSES.search(scope["path"]) and not self._taken(scope):
                sentence = words.of_page().say("line_none", words.chinese(Request(scope)))
                return await refusal(429, sentence, {"Retry-After": "1"})(scope, receive, send)
            files.tidy_now_and_then()  # after what was uploaded or made before
        if scope["method"] != "GET" or not (found := LISTENS.search(scope["path"])):
            return await self.app(scope, receive, send)
        lines = scope["app"].get_blocks()._queue
        event = lines.event_ids_to_events.get(found["event"])
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        with lines.reading(event.session_hash if event else found["event"] or asked):
            await self.app(scope, receive, send)

    def _taken(self, scope: Any) -> bool:
        lines = scope["app"].get_blocks()._queue
        taken = lines.calls.taken(address_of(Request(scope)), time.monotonic())
        if not taken:
            lines.vitals.refused.labels("none", "line_none").inc()
        return taken
