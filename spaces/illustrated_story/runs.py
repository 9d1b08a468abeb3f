"""From an idea to a picture book: the story is written, cut into pages, and each page drawn.

    for state in make(Story.check({"idea": "a fox"}), stop=Event()):  # loading, writing, drawing, done or stopped
        ...

Everything here is a generator of States that ends within a token or a picture once `stop` is set; what is finished by
then is in the last state. Nothing is kept here; see jobs.py.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from shared.core.prices import Prices

from .book import Book, drawing_order, picture_missing
from .records import finished, settings_of
from .request import Story

PACE = Prices()  # seconds a page: ("text" or "picture", model)


@dataclass(frozen=True)
class State:
    phase: str = "loading"  # loading, writing, drawing, done, stopped
    book: Book | None = None  # as far as it is finished
    text: str = ""  # the story so far, while it is written
    message: str = ""
    notices: tuple[str, ...] = ()
    done: int = 0  # pictures drawn in this run
    of: int = 0  # and to be drawn
    left: float | None = None  # seconds, by this machine's own past runs; None: not known yet


def make(asked: Story, stop: threading.Event) -> Iterator[State]:
    """The whole book. Errors: UserError."""
    from shared.core import loaders

    start, book = time.monotonic(), None
    for state in write(asked, stop):
        if book is None and state.book is None and state.text:
            loaders.warm(asked.image_model)  # while the story is written; idle once it is there
        book = state.book
        yield replace(state, phase="drawing") if state.phase == "done" else state
    if book and not stop.is_set():
        yield from draw(book, drawing_order(book), stop, start, state.notices)


def rewrite(book: Book, ids: list[int], stop: threading.Event) -> Iterator[State]:
    """The story from its first `ids` tokens on, the last of them chosen by a reader; then what changed is drawn anew.

    Pages before the change stay as they are, pictures included. Errors: UserError.
    """
    asked = Story.check(settings_of(book) | {"kept": " ".join(map(str, ids))})
    start, new = time.monotonic(), None
    for state in write(asked, stop, book):
        new = state.book or new
        yield replace(state, phase="drawing") if state.phase == "done" else state
    if new is None or stop.is_set():
        return
    missing = [number for number in drawing_order(new) if picture_missing(new, number)]
    had_pictures = any(page.picture for page in book.pages)
    if missing and had_pictures:
        yield from draw(new, missing, stop, start, state.notices)
    else:
        yield State("done", finished(new, start))


def write(asked: Story, stop: threading.Event, old: Book | None = None) -> Iterator[State]:
    """The story; its last state has the book, with no pictures but those of pages as in `old`. Errors: UserError."""
    from . import binding, translating, writing

    start, written, text = time.monotonic(), None, ""
    expected = expected_writing(asked)
    told, by = asked, ()
    for message, told, by in translating.in_english(asked, stop):  # noqa: B007
        if message:
            yield State("loading", old, message=message)
    if stop.is_set():
        yield State("stopped", old)
        return
    with closing(writing.write(told, stop)) as progress:
        for now in progress:
            text, written = now.text or text, now.written or written
            if now.message:
                start = time.monotonic()  # what a model takes to load is no part of its pace
            left = None if expected is None or not text else max(1.0, expected - (time.monotonic() - start))
            phase = "writing" if text else "loading"
            yield State(phase, old, text=text, message=now.message, left=left)
    if written is None or not written.text.strip():
        yield State("stopped", old)
        return
    if not stop.is_set():
        PACE.learn(("text", asked.text_model), (time.monotonic() - start) / asked.pages)
    bound = binding.bound(written, told, old)
    book = bound
    for message, book in translating.in_chinese(bound, by, stop, old):  # noqa: B007
        if message:
            yield State("writing", old, text=written.text, message=message)
    phase = "stopped" if stop.is_set() else "done"
    yield State(phase, book, text=written.text, notices=(written.notice,) * bool(written.notice))


def draw(
    book: Book,
    numbers: Iterable[int],
    stop: threading.Event,
    start: float | None = None,
    notices: tuple[str, ...] = (),
) -> Iterator[State]:
    """Draws these pages; each is in the state that follows it.

    start: when the work began that this is a part of. notices: what was said of it. Errors: UserError.
    """
    from shared.core import loaders

    from .drawing import illustrate

    start, numbers = start or time.monotonic(), list(numbers)
    state = State(
        "drawing", book, notices=notices, of=len(numbers), left=expected_drawing(book.image_model, len(numbers))
    )
    yield state
    for step in loaders.progress(book.image_model, stop=stop):
        yield replace(state, message=step.text, left=None)
    began, done = time.monotonic(), 0
    if not stop.is_set():
        with closing(illustrate.drawn(book, numbers, stop)) as pages:
            for number, page in pages:
                book, done = book.with_page(number, page), done + 1
                pace = (time.monotonic() - began) / done
                yield replace(state, book=book, done=done, left=pace * (len(numbers) - done))
    if done:
        PACE.learn(("picture", book.image_model), (time.monotonic() - began) / done)
    if stop.is_set() and done < len(numbers):
        yield replace(state, phase="stopped", book=book, done=done, left=None)
    else:
        yield State("done", finished(book, start), notices=notices, done=done, of=len(numbers))


def finish(book: Book, stop: threading.Event) -> Iterator[State]:
    """Draws what was still to be drawn when a server ended. Errors: UserError."""
    missing = [number for number in drawing_order(book) if picture_missing(book, number)]
    yield from draw(book, missing, stop) if missing else (State("done", finished(book, time.monotonic())),)


# ---- how long it takes here ----------------------------------------------------------------------------------------


def expected_seconds(asked: Story) -> float | None:
    """How long a whole book will take on this machine, from its own past runs; None before the first."""
    text, pictures = expected_writing(asked), expected_drawing(asked.image_model, asked.pages + 1)
    return text and pictures and text + pictures


def expected_writing(asked: Story) -> float | None:
    pace = PACE.of(("text", asked.text_model))
    return pace and pace * asked.pages


def expected_drawing(model: str, n: int) -> float | None:
    """Of n pictures."""
    pace = PACE.of(("picture", model))
    return pace and pace * n
