"""Books in the making: the work goes on while a page is reloaded, and stops when nobody has looked for a minute.

    job = JOBS.start(work)                      # work(stop) yields runs.State; it runs in a thread of its own
    for state in JOBS.follow(job, session):     # from the newest on, until the work has ended
        ...
    JOBS.find(name)                             # within an hour, from any page that knows the name
    JOBS.go_on(job, finish)                     # what a server that ended has left undone, once

A job lies in memory for an hour after it was last used, under a name that nobody can guess, and its book on disk, see
kept.py. Jobs that nobody asked for longest go first once there are too many, or once their pictures are too large
together.
"""

import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from shared.core import brakes
from shared.core.errors import UserError
from shared.core.limits import KEPT

from .book import Book, History, changed
from .kept import Kept
from .runs import State

log = logging.getLogger(__name__)

HOUR = KEPT["books"].seconds  # that a job is kept after it was last used
GRACE = 60  # seconds that work goes on while no page follows it
PATIENCE = 30  # seconds that a reader may wait for a new state before it is told that the work still goes on
NO_BOOK = "There is no book yet: make one first."
BUSY = "This book is still being made: press Stop, or wait until it is finished."

Work = Callable[[threading.Event], Iterator[State]]


class Clock:
    """The time of this machine."""

    def now(self) -> float:
        """Seconds from any moment on."""
        return time.monotonic()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        timer = threading.Timer(seconds, act)
        timer.daemon = True
        timer.start()


@dataclass
class Job:
    name: str
    state: State | None = None  # the newest
    used: float = 0.0  # when, by the clock
    history: History | None = None  # of finished books, for Undo
    stop: threading.Event = field(default_factory=threading.Event)
    running: bool = False
    version: int = 0  # counts the states
    error: Exception | None = None
    on_disk: tuple[Book | None, bool] = (None, True)  # what was written last, and whether it was whole
    cut: bool = False  # its server ended before its work did
    watchers: dict[str, int] = field(default_factory=dict)  # session -> how many of its pages follow

    @property
    def book(self) -> Book | None:
        return self.state.book if self.state else None

    @property
    def books(self) -> list[Book]:
        """The book, and those that Undo and Redo would bring back."""
        past = (*self.history.past, self.history.now, *self.history.future) if self.history else ()
        return list(filter(None, (self.book, *past)))


class Jobs:
    def __init__(
        self,
        clock: Clock | None = None,
        most_jobs: int = KEPT["books"].number,
        most_running: int = 6,  # more would only slow each other down
        most_bytes: int = KEPT["books"].megabytes * 1_000_000,  # of the pictures of all jobs
        kept: Kept | None = None,
    ):
        self.kept = kept
        self.clock = clock or Clock()
        self.most_jobs, self.most_running, self.most_bytes = most_jobs, most_running, most_bytes
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    # ---- keeping -----------------------------------------------------------------------------------------------------

    def new(self, state: State | None = None) -> Job:
        """A job without work, for a book that is there already."""
        job = Job(secrets.token_urlsafe(18), state, self.clock.now())
        with self._lock:
            self._remember(job)
            self._jobs[job.name] = job
            self._tidy()
        self._keep(job)
        return job

    def find(self, name) -> Job:
        """Errors: UserError once it is gone, or where it never was."""
        with self._lock:
            self._tidy()
            job = self._jobs.get(str(name)[:100]) or self._from_disk(str(name))
            if job is None:
                raise UserError("This book is no longer kept here: drop its file to go on with it, or make a new one.")
            self._touch(job)
            return job

    def _from_disk(self, name: str) -> Job | None:
        """Of a server that has ended. Holds the lock."""
        found = self.kept.get(name) if self.kept else None
        if found is None:
            return None
        book, whole = found
        job = Job(name, State("done" if whole else "stopped", book), on_disk=found, cut=not whole)
        self._remember(job)
        self._jobs[name] = job
        return job

    def _keep(self, job: Job) -> None:
        """Writes the book to the disk, where it is another one by now."""
        now = job.book, not job.running
        if self.kept and job.book and now != job.on_disk:
            job.on_disk = now
            self.kept.put(job.name, job.book, whole=not job.running)

    def _touch(self, job: Job) -> None:
        job.used = self.clock.now()
        if job.name in self._jobs:
            self._jobs.move_to_end(job.name)

    def _tidy(self) -> None:
        """Drops what is an hour old, then the oldest until the rest fits; never what is running. Holds the lock."""
        now = self.clock.now()
        idle = [job for job in self._jobs.values() if not job.running]
        for job in [job for job in idle if now - job.used > HOUR]:
            del self._jobs[job.name]
        held = self._bytes()
        for job in idle[:-1]:  # the newest is what somebody has just made
            if len(self._jobs) <= self.most_jobs and held <= self.most_bytes:
                return
            if self._jobs.pop(job.name, None):
                held = self._bytes()

    def _bytes(self) -> int:
        """Of all pictures; those that a book shares with its past count once."""
        pages = [page for job in self._jobs.values() for book in job.books for page in (book.cover, *book.pages)]
        return sum({id(page.picture): len(page.picture) for page in pages if page and page.picture}.values())

    def clear(self) -> None:
        """Stops and forgets everything."""
        with self._lock:
            for job in self._jobs.values():
                job.stop.set()
            self._jobs.clear()

    # ---- working -----------------------------------------------------------------------------------------------------

    def start(self, work: Work, job: Job | None = None) -> Job:
        """Runs `work` in the background, on a new job or one that is there. Errors: UserError where it cannot begin."""
        with self._lock:
            job = job or self.new()
            if job.running:
                raise UserError(BUSY)
            if sum(other.running for other in self._jobs.values()) >= self.most_running:
                raise UserError(
                    f"This machine is making {self.most_running} books already; please try again in a minute."
                )
            job.stop, job.error, job.running = threading.Event(), None, True
            self._touch(job)
        given = job, work, job.stop, brakes.asker.get()
        threading.Thread(target=self._drive, args=given, name="story-job", daemon=True).start()
        self._watch_grace(job)  # also where the page is closed before it began to follow
        return job

    def go_on(self, job: Job, finish: Callable[[Book, threading.Event], Iterator[State]]) -> None:
        """Starts what was cut off when a server ended, for the first page that comes back. Errors: UserError."""
        with self._lock:
            if job.cut and (book := job.book):
                self.start(lambda stop: finish(book, stop), job)
                job.cut = False

    def _drive(self, job: Job, work: Work, stop: threading.Event, asker: str) -> None:
        brakes.asker.set(asker)
        failure = None
        try:
            with closing(work(stop)) as states:
                for state in states:
                    self.put(job, state)
                    self._keep(job)
        except Exception as error:  # raised again where somebody listens
            failure = error
            if not isinstance(error, UserError):
                log.exception("A book could not be made")
        with self._news:
            job.error, job.running = failure, False
            self._keep(job)
            self._remember(job)
            self._touch(job)
            self._tidy()
            self._news.notify_all()

    def put(self, job: Job, state: State) -> None:
        """A new state of a job; those who follow it are told."""
        with self._news:
            job.state = state
            job.version += 1
            job.used = self.clock.now()
            self._news.notify_all()

    def follow(self, job: Job, session: str = "") -> Iterator[State]:
        """The newest state and then each that comes, until the work has ended; then its error, if it had one.

        A state that came and went while nobody asked is left out. While this is read, the job counts as looked at.
        """
        with self._news:
            job.watchers[session] = job.watchers.get(session, 0) + 1
        seen = -1
        try:
            while True:
                with self._news:
                    self._news.wait_for(lambda seen=seen: job.version != seen or not job.running, PATIENCE)
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
            with self._lock:
                left = job.watchers.get(session, 1) - 1
                if left > 0:
                    job.watchers[session] = left
                else:
                    job.watchers.pop(session, None)
            self._watch_grace(job)

    def halt(self, session: str) -> None:
        """Stop, for whatever this visitor follows; what is finished stays."""
        with self._lock:
            for job in self._jobs.values():
                if session in job.watchers:
                    job.stop.set()

    def leave(self, session: str) -> None:
        """The page of this visitor was closed."""
        with self._lock:
            followed = [job for job in self._jobs.values() if job.watchers.pop(session, None)]
        for job in followed:
            self._watch_grace(job)

    def _watch_grace(self, job: Job) -> None:
        """Ends the work of a job that nobody has followed when the grace time is over."""
        stop = job.stop

        def end():
            with self._lock:
                if job.running and not job.watchers and job.stop is stop:
                    stop.set()

        if job.running and not job.watchers:
            self.clock.after(GRACE, end)

    # ---- editing -----------------------------------------------------------------------------------------------------

    def edited(self, job: Job, state: State) -> None:
        """Another book in the place of a finished one, which Undo brings back. Errors: UserError while work goes on."""
        with self._lock:
            if job.running:
                raise UserError(BUSY)
            self.put(job, state)
            self._remember(job)
            self._tidy()
            self._keep(job)

    def _remember(self, job: Job) -> None:
        """The book as it is now becomes the newest of the history. Holds the lock."""
        if job.book:
            job.history = changed(job.history, job.book) if job.history else History(job.book)

    def turned(self, job: Job, by: Callable[[History], History]) -> None:
        """The book is the one after `by`: book.undone or book.redone. Errors: UserError where there is none."""
        with self._lock:
            if job.running:
                raise UserError(BUSY)
            if job.history is None:
                raise UserError("There is no book yet.")
            job.history = by(job.history)
            self.put(job, State("done", job.history.now))
            self._keep(job)


JOBS = Jobs(kept=Kept())
