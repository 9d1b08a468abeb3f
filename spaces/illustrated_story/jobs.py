"""Books in the making: the work goes on while a page is reloaded, and stops when nobody has looked for a minute.

    job = start(work, session)             # work(stop) yields runs.State; it runs in a thread of its own
    for state in follow(job, session):     # from the newest on, until the work has ended
        ...
    find(name)                             # within an hour, from any page that knows the name

A job lies in memory only, for an hour after it was last used, under a name that nobody can guess. Jobs that nobody
asked for longest go first once there are too many, or once their pictures are too large together.
"""

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from shared.core.errors import UserError

from .book import Book, History, changed

log = logging.getLogger(__name__)

HOUR = 3600  # seconds a job is kept after it was last used
GRACE = 60  # seconds that work goes on while no page follows it
PATIENCE = 30  # seconds that a reader may wait for a new state before it is told that the work still goes on
MOST_JOBS = 100
MOST_RUNNING = 6  # more would only slow each other down
MOST_BYTES = 400_000_000  # of the pictures of all jobs
BUSY = "This book is still being made: press Stop, or wait until it is finished."


@dataclass
class Job:
    name: str
    state: object = None  # the newest runs.State
    history: History | None = None  # of finished books, for Undo
    stop: threading.Event = field(default_factory=threading.Event)
    running: bool = False
    version: int = 0  # counts the states
    error: Exception | None = None
    watchers: dict[str, int] = field(default_factory=dict)  # session -> how many of its pages follow
    used: float = field(default_factory=time.monotonic)

    @property
    def book(self) -> Book | None:
        return self.state.book if self.state else None


_lock = threading.RLock()
_news = threading.Condition(_lock)
_jobs: "OrderedDict[str, Job]" = OrderedDict()


# ---- keeping -------------------------------------------------------------------------------------------------------


def new(state=None) -> Job:
    """A job without work, for a book that is there already."""
    job = Job(secrets.token_urlsafe(18), state)
    with _lock:
        _remember(job)
        _jobs[job.name] = job
        _tidy()
    return job


def find(name) -> Job:
    """Errors: UserError once it is gone, or where it never was."""
    with _lock:
        _tidy()
        job = _jobs.get(str(name)[:100])
        if job is None:
            raise UserError("This book is no longer kept here: drop its file to go on with it, or make a new one.")
        _touch(job)
        return job


def _touch(job: Job) -> None:
    job.used = time.monotonic()
    if job.name in _jobs:
        _jobs.move_to_end(job.name)


def _tidy() -> None:
    """Drops what is an hour old, then the oldest until the rest fits; never what is running. Holds the lock."""
    now = time.monotonic()
    idle = [job for job in _jobs.values() if not job.running]
    for job in [job for job in idle if now - job.used > HOUR]:
        del _jobs[job.name]
    held = _bytes()
    for job in idle[:-1]:  # the newest is what somebody has just made
        if len(_jobs) <= MOST_JOBS and held <= MOST_BYTES:
            return
        if _jobs.pop(job.name, None):
            held = _bytes()


def _bytes() -> int:
    """Of all pictures; those that a book shares with its past count once."""
    pictures = {}
    for job in _jobs.values():
        past = (*job.history.past, job.history.now, *job.history.future) if job.history else ()
        for book in (job.book, *past):
            for page in (book.cover, *book.pages) if book else ():
                if page and page.picture:
                    pictures[id(page.picture)] = len(page.picture)
    return sum(pictures.values())


def clear() -> None:
    """Stops and forgets everything."""
    with _lock:
        for job in _jobs.values():
            job.stop.set()
        _jobs.clear()


# ---- working -------------------------------------------------------------------------------------------------------


def start(work: Callable[[threading.Event], Iterator], job: Job | None = None) -> Job:
    """Runs `work` in the background, on a new job or on one that is there. Errors: UserError where it cannot begin."""
    with _lock:
        job = job or new()
        if job.running:
            raise UserError(BUSY)
        if sum(other.running for other in _jobs.values()) >= MOST_RUNNING:
            raise UserError(f"This machine is making {MOST_RUNNING} books already; please try again in a minute.")
        job.stop, job.error, job.running = threading.Event(), None, True
        _touch(job)
    threading.Thread(target=_drive, args=(job, work, job.stop), name="story-job", daemon=True).start()
    _watch_grace(job)  # also where the page is closed before it began to follow
    return job


def _drive(job: Job, work: Callable, stop: threading.Event) -> None:
    error = None
    try:
        with closing(work(stop)) as states:
            for state in states:
                put(job, state)
    except Exception as found:  # raised again where somebody listens
        error = found
        if not isinstance(found, UserError):
            log.exception("A book could not be made")
    with _news:
        job.error, job.running = error, False
        _remember(job)
        _touch(job)
        _tidy()
        _news.notify_all()


def put(job: Job, state) -> None:
    """A new state of a job; those who follow it are told."""
    with _news:
        job.state = state
        job.version += 1
        job.used = time.monotonic()
        _news.notify_all()


def follow(job: Job, session: str = "") -> Iterator:
    """The newest state and then each that comes, until the work has ended; then its error, if it had one.

    A state that came and went while nobody asked is left out. While this is read, the job counts as looked at.
    """
    with _news:
        job.watchers[session] = job.watchers.get(session, 0) + 1
    seen = -1
    try:
        while True:
            with _news:
                _news.wait_for(lambda seen=seen: job.version != seen or not job.running, PATIENCE)
                fresh, seen, running = job.version != seen, job.version, job.running
                state = job.state
            if fresh and state is not None:
                yield state
            elif running and state is not None:
                yield state  # somebody who is gone is noticed only when something is sent
            if not running and job.version == seen:
                break
        if isinstance(job.error, UserError):
            raise UserError(str(job.error)) from job.error
        if job.error:
            raise job.error
    finally:
        with _lock:
            left = job.watchers.get(session, 1) - 1
            if left > 0:
                job.watchers[session] = left
            else:
                job.watchers.pop(session, None)
        _watch_grace(job)


def halt(session: str) -> None:
    """Stop, for whatever this visitor follows; what is finished stays."""
    with _lock:
        for job in _jobs.values():
            if session in job.watchers:
                job.stop.set()


def leave(session: str) -> None:
    """The page of this visitor was closed."""
    with _lock:
        followed = [job for job in _jobs.values() if job.watchers.pop(session, None)]
    for job in followed:
        _watch_grace(job)


def _watch_grace(job: Job) -> None:
    """Ends the work of a job that nobody has followed when the grace time is over."""
    stop = job.stop

    def end():
        with _lock:
            if job.running and not job.watchers and job.stop is stop:
                stop.set()

    if job.running and not job.watchers:
        timer = threading.Timer(GRACE, end)
        timer.daemon = True
        timer.start()


# ---- editing -------------------------------------------------------------------------------------------------------


def edited(job: Job, state) -> None:
    """Another book in the place of a finished one, which Undo brings back. Errors: UserError while work goes on."""
    with _lock:
        if job.running:
            raise UserError(BUSY)
        put(job, state)
        _remember(job)
        _tidy()


def _remember(job: Job) -> None:
    """The book as it is now becomes the newest of the history. Holds the lock."""
    if job.book:
        job.history = changed(job.history, job.book) if job.history else History(job.book)


def turned(job: Job, by: Callable[[History], History]) -> Book:
    """The book after `by`, which is book.undone or book.redone. Errors: UserError where there is none."""
    with _lock:
        if job.running:
            raise UserError(BUSY)
        if job.history is None:
            raise UserError("There is no book yet.")
        job.history = by(job.history)
        return job.history.now
