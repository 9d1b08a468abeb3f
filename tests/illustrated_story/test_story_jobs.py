"""Books in the making: what is kept, for how long, and who stops it. The work here is a generator of small states."""

import threading
import time

import pytest
from illustrated_story import jobs
from illustrated_story.book import Book, Page, redone, undone
from illustrated_story.runs import State

from shared.core.errors import UserError


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    jobs.clear()
    monkeypatch.setattr(jobs, "GRACE", 0.2)
    yield
    jobs.clear()


def book(n=1, size=10):
    pages = tuple(Page(f"Page {i}.", "a fox", i, picture=bytes([i]) * size) for i in range(n))
    return Book("a fox", "noto", "gpt2-stories", "emoji-diffusion", 1, "Fox", None, pages)


def counting(stop, n=3, gate=None):
    """n states; after the first it waits for the gate."""
    for i in range(n):
        if stop.is_set():
            yield State("stopped", book(i))
            return
        yield State("drawing" if i < n - 1 else "done", book(i + 1))
        if gate and i == 0:
            while not gate.is_set() and not stop.is_set():
                time.sleep(0.01)


def ended(job, seconds=5):
    end = time.monotonic() + seconds
    while job.running and time.monotonic() < end:
        time.sleep(0.01)
    return not job.running


def test_a_job_is_followed_to_its_end_and_found_again_by_its_name():
    gate = threading.Event()
    job = jobs.start(lambda stop: counting(stop, gate=gate))
    seen = []
    for state in jobs.follow(job, "me"):
        seen.append(state)
        gate.set()
    assert seen[-1].phase == "done" and len(seen[-1].book.pages) == 3
    assert jobs.find(job.name) is job and len(job.name) >= 20
    again = list(jobs.follow(jobs.find(job.name), "another page"))
    assert again == seen[-1:]  # who comes late gets the newest


def test_stop_keeps_what_is_finished():
    job = jobs.start(lambda stop: counting(stop, gate=threading.Event()))
    states = jobs.follow(job, "me")
    next(states)
    jobs.halt("another")
    assert job.running
    jobs.halt("me")
    last = list(states)[-1]
    assert last.phase == "stopped" and len(last.book.pages) == 1


def test_work_that_nobody_looks_at_stops_after_the_grace_time():
    job = jobs.start(lambda stop: counting(stop, gate=threading.Event()))
    states = jobs.follow(job, "me")
    next(states)
    time.sleep(0.4)
    assert job.running  # somebody follows
    jobs.leave("me")
    assert ended(job) and job.state.phase == "stopped"
    assert jobs.find(job.name).book.pages  # and can be collected
    states.close()


def test_coming_back_within_the_grace_time_goes_on():
    gate = threading.Event()
    job = jobs.start(lambda stop: counting(stop, gate=gate))
    first = jobs.follow(job, "me")
    next(first)
    first.close()  # the page was reloaded
    second = jobs.follow(jobs.find(job.name), "me again")
    next(second)
    time.sleep(0.4)
    assert job.running
    gate.set()
    assert list(second)[-1].phase == "done"


def test_a_job_is_gone_after_an_hour_and_a_wrong_name_is_a_sentence(monkeypatch):
    job = jobs.new(State("done", book()))
    monkeypatch.setattr(jobs, "HOUR", -1)
    for name in (job.name, "", None, "x" * 1000):
        with pytest.raises(UserError, match="no longer kept here"):
            jobs.find(name)


def test_jobs_are_bounded_in_number_and_size(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_JOBS", 3)
    names = [jobs.new(State("done", book())).name for _ in range(5)]
    assert list(jobs._jobs) == names[2:]
    monkeypatch.setattr(jobs, "MOST_BYTES", 250)
    big = [jobs.new(State("done", book(size=100 + i))).name for i in range(4)]
    assert list(jobs._jobs)[-1] == big[-1] and jobs._bytes() <= 250


def test_too_many_at_once_are_told_so(monkeypatch):
    monkeypatch.setattr(jobs, "MOST_RUNNING", 1)
    job = jobs.start(lambda stop: counting(stop, gate=threading.Event()))
    with pytest.raises(UserError, match="try again"):
        jobs.start(counting)
    job.stop.set()
    assert ended(job)


def test_an_error_reaches_who_follows_and_the_book_stays():
    def failing(stop):
        yield State("drawing", book())
        raise UserError("No such model.")

    job = jobs.start(failing)
    with pytest.raises(UserError, match="No such model"):
        list(jobs.follow(job, "me"))
    assert jobs.find(job.name).book.pages


def test_edits_are_undone_and_redone_and_not_made_while_work_goes_on():
    job = jobs.new(State("done", book(1)))
    jobs.edited(job, State("done", book(2)))
    jobs.edited(job, State("done", book(3)))
    assert len(jobs.turned(job, undone).pages) == 2 and len(jobs.turned(job, undone).pages) == 1
    assert len(jobs.turned(job, redone).pages) == 2
    gate = threading.Event()
    jobs.start(lambda stop: counting(stop, gate=gate), job)
    for edit in (lambda: jobs.edited(job, State("done", book(4))), lambda: jobs.turned(job, undone)):
        with pytest.raises(UserError, match="still being made"):
            edit()
    with pytest.raises(UserError, match="still being made"):
        jobs.start(counting, job)
    gate.set()
    assert ended(job) and len(jobs.turned(job, undone).pages) == 2  # a run is one step back
    with pytest.raises(UserError, match="nothing to undo"):
        for _ in range(5):
            jobs.turned(job, undone)
