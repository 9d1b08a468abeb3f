"""Books in the making: what is kept, for how long, and who stops it. The work here is a generator of small states."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import story_books
from illustrated_story.book import Book, Page, redone, undone
from illustrated_story.jobs import GRACE, HOUR, Clock, Job, Jobs
from illustrated_story.kept import Kept
from illustrated_story.runs import State

from shared.core.errors import UserError
from shared.core.limits import KEPT
from shared.core.limits import Kept as Limit


class ByHand(Clock):
    """A clock that stands still until it is turned."""

    def __init__(self):
        self.time, self.waiting = 0.0, []

    def now(self) -> float:
        return self.time

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.waiting.append((self.time + seconds, act))

    def turn(self, seconds: float) -> None:
        self.time += seconds
        due = [act for when, act in self.waiting if when <= self.time]
        self.waiting = [row for row in self.waiting if row[0] > self.time]
        for act in due:
            act()


@pytest.fixture
def clock():
    return ByHand()


@pytest.fixture
def jobs(clock):
    jobs = Jobs(clock)
    yield jobs
    jobs.clear()


def book(n=1, size=10):
    pages = tuple(Page(f"Page {i}.", "a fox", i, picture=bytes([i]) * size) for i in range(n))
    return Book("a fox", "noto", "gpt2-stories", "emoji-diffusion", 1, "Fox", None, pages)


def three(gate: threading.Event) -> Callable[[threading.Event], Iterator[State]]:
    """Work of three states, the second once the gate is open."""

    def work(stop):
        yield State("drawing", book(1))
        gate.wait()
        yield State("drawing", book(2))
        yield State("done", book(3))

    return work


def endless(stop: threading.Event) -> Iterator[State]:
    """Work that ends only when it is stopped."""
    yield State("drawing", book(1))
    stop.wait()
    yield State("stopped", book(1))


def last(jobs: Jobs, job: Job) -> State:
    """Waits for the end of the work."""
    *_, state = jobs.follow(job, "the test")
    return state


def test_a_job_is_followed_to_its_end_and_found_again_by_its_name(jobs):
    gate = threading.Event()
    job = jobs.start(three(gate))
    seen = []
    for state in jobs.follow(job, "me"):
        seen.append(state)
        gate.set()
    assert seen[-1].phase == "done" and len(seen[-1].book.pages) == 3
    assert jobs.find(job.name) is job and len(job.name) >= 20
    again = list(jobs.follow(jobs.find(job.name), "another page"))
    assert again == seen[-1:]  # who comes late gets the newest


def test_stop_keeps_what_is_finished(jobs):
    job = jobs.start(endless)
    states = jobs.follow(job, "me")
    next(states)
    jobs.halt("another")
    assert job.running and not job.stop.is_set()
    jobs.halt("me")
    final = list(states)[-1]
    assert final.phase == "stopped" and len(final.book.pages) == 1


def test_work_that_nobody_looks_at_stops_after_the_grace_time(jobs, clock):
    job = jobs.start(endless)
    states = jobs.follow(job, "me")
    next(states)
    clock.turn(2 * GRACE)
    assert job.running and not job.stop.is_set()  # somebody follows
    jobs.leave("me")
    clock.turn(GRACE - 1)
    assert not job.stop.is_set()
    clock.turn(1)
    assert list(states)[-1].phase == "stopped"
    assert jobs.find(job.name).book.pages  # and can be collected


def test_coming_back_within_the_grace_time_goes_on(jobs, clock):
    gate = threading.Event()
    job = jobs.start(three(gate))
    first = jobs.follow(job, "me")
    next(first)
    first.close()  # the page was reloaded
    clock.turn(GRACE / 2)
    second = jobs.follow(jobs.find(job.name), "me again")
    next(second)
    clock.turn(2 * GRACE)
    assert job.running and not job.stop.is_set()
    gate.set()
    assert list(second)[-1].phase == "done"


def test_the_clock_of_this_machine_goes_on():
    done, clock = threading.Event(), Clock()
    before = clock.now()
    clock.after(0.01, done.set)
    assert done.wait(60) and clock.now() > before


def test_a_job_is_gone_after_an_hour_and_a_wrong_name_is_a_sentence(jobs, clock):
    job = jobs.new(State("done", book()))
    clock.turn(HOUR)
    assert jobs.find(job.name) is job  # which counts as a use
    clock.turn(HOUR + 1)
    for name in (job.name, "", None, "x" * 1000):
        with pytest.raises(UserError, match="no longer kept here"):
            jobs.find(name)


def kept(jobs: Jobs, names: list[str]) -> list[str]:
    there = []
    for name in names:
        with suppress(UserError):
            there.append(jobs.find(name).name)
    return there


def test_jobs_are_bounded_in_number_and_size(clock):
    few = Jobs(clock, most_jobs=3)
    names = [few.new(State("done", book())).name for _ in range(5)]
    assert kept(few, names) == names[2:]
    small = Jobs(clock, most_bytes=250)
    names = [small.new(State("done", book(size=100 + i))).name for i in range(4)]
    there = kept(small, names)
    assert there[-1] == names[-1]
    assert sum(len(small.find(name).book.pages[0].picture) for name in there) <= 250


def test_too_many_at_once_are_told_so(clock):
    jobs = Jobs(clock, most_running=1)
    job = jobs.start(endless)
    with pytest.raises(UserError, match="try again"):
        jobs.start(endless)
    job.stop.set()
    assert last(jobs, job).phase == "stopped" and not job.running


def test_an_error_reaches_who_follows_and_the_book_stays(jobs):
    def failing(stop):
        yield State("drawing", book())
        raise UserError("No such model.")

    job = jobs.start(failing)
    with pytest.raises(UserError, match="No such model"):
        list(jobs.follow(job, "me"))
    assert jobs.find(job.name).book.pages


def test_edits_are_undone_and_redone_and_not_made_while_work_goes_on(jobs):
    def pages(by):
        jobs.turned(job, by)
        return len(job.book.pages)

    job = jobs.new(State("done", book(1)))
    jobs.edited(job, State("done", book(2)))
    jobs.edited(job, State("done", book(3)))
    assert pages(undone) == 2 and pages(undone) == 1 and pages(redone) == 2
    gate = threading.Event()
    jobs.start(three(gate), job)
    for edit in (lambda: jobs.edited(job, State("done", book(4))), lambda: jobs.turned(job, undone)):
        with pytest.raises(UserError, match="still being made"):
            edit()
    with pytest.raises(UserError, match="still being made"):
        jobs.start(endless, job)
    gate.set()
    assert last(jobs, job).phase == "done" and pages(undone) == 2  # a run is one step back
    with pytest.raises(UserError, match="nothing to undo"):
        for _ in range(5):
            jobs.turned(job, undone)


# ---- on disk, for when the server ends -------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Kept()


def drawing(gate: threading.Event) -> Callable[[threading.Event], Iterator[State]]:
    """Draws the first page, and the others once the gate is open."""
    whole = story_books.book()
    first = story_books.book(drawn=False).with_page(0, whole.pages[0])

    def work(stop):
        yield State("drawing", first)
        gate.wait()
        yield State("done", whole)

    return work


def test_finished_pages_outlive_the_server_and_the_first_page_that_comes_back_goes_on(disk):
    gate, before, after = threading.Event(), Jobs(kept=disk), Jobs(kept=disk)
    old = before.start(drawing(gate))
    states = before.follow(old, "me")
    next(states)
    while not (disk.folder / old.name).exists():  # it is written right after it is told
        time.sleep(0.01)
    job = after.find(old.name)  # another server, while the first has not ended its work
    assert job.cut and not job.running and job.state.phase == "stopped"
    assert job.book == old.book and [bool(page.picture) for page in job.book.pages] == [True, False, False]
    begun = []

    def finish(book, stop):
        begun.append(book)
        yield State("done", story_books.book())

    for _ in range(3):
        after.go_on(job, finish)
    assert last(after, job).book == story_books.book() and begun == [old.book]
    gate.set()
    list(states)
    again = Jobs(kept=disk).find(old.name)
    assert not again.cut and again.state.phase == "done" and again.book == story_books.book()


def test_a_book_that_was_stopped_does_not_go_on_by_itself_and_an_edit_is_kept(disk):
    jobs, first = Jobs(kept=disk), story_books.book(drawn=False)

    def endless(stop):
        yield State("drawing", first)
        stop.wait()
        yield State("stopped", first)

    job = jobs.start(endless)
    job.stop.set()
    last(jobs, job)
    assert not Jobs(kept=disk).find(job.name).cut
    jobs.edited(job, State("done", story_books.book(title="Another")))
    assert Jobs(kept=disk).find(job.name).book.title == "Another"
    jobs.turned(job, undone)
    assert Jobs(kept=disk).find(job.name).book == first


def test_what_lies_on_disk_is_bounded_private_and_not_trusted(disk, monkeypatch):
    name = Jobs(kept=disk).new(State("done", story_books.book())).name
    assert disk.folder.stat().st_mode & 0o777 == 0o700
    (disk.folder.parent / "secret-secret-secret").write_text((disk.folder / name).read_text("utf-8"), "utf-8")
    assert disk.get(name) and disk.get("../secret-secret-secret") is None
    (disk.folder / name).write_text("whole\n{}", "utf-8")
    with pytest.raises(UserError, match="no longer kept here"):
        Jobs(kept=disk).find(name)
    names = [Jobs(kept=disk).new(State("done", story_books.book())).name for _ in range(2)]
    os.utime(disk.folder / names[0], (time.time() - HOUR - 1,) * 2)
    assert disk.get(names[0]) is None and disk.get(names[1])
    monkeypatch.setitem(KEPT, "books", Limit("few", 1))
    Jobs(kept=disk).new(State("done", story_books.book()))
    assert disk.get(names[1]) is None


def test_without_a_place_to_write_a_book_is_made_all_the_same(disk, caplog):
    disk.folder.touch()  # a file where the folder should be
    jobs, gate = Jobs(kept=disk), threading.Event()
    gate.set()
    job = jobs.start(drawing(gate))
    assert last(jobs, job).phase == "done" and "not kept on disk" in caplog.text
