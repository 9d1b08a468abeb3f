"""Books in the making: what is kept, for how long, and who stops it. The work here is a generator of small states."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from illustrated_story.book import Book, Page, redone, undone
from illustrated_story.jobs import GRACE, HOUR, Clock, Job, Jobs
from illustrated_story.runs import State

from shared.core.errors import UserError


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
