"""Steps of work that takes long come one after the other; what is seen first goes before; nobody waits for ever."""

import threading

import pytest

from shared.core.turns import Turns


def test_who_has_waited_longest_is_next_after_what_is_seen_first():
    turns, order, threads = Turns(1, patience=60), [], []

    def step(name: str, first: bool) -> None:
        with turns.turn(first):
            order.append(name)

    with turns.turn():
        for name, first in (("a", False), ("b", False), ("word", True)):
            threads.append(threading.Thread(target=step, args=(name, first)))
            threads[-1].start()
            with turns.changed:
                assert turns.changed.wait_for(lambda: len(turns.waiting) == len(threads), 60)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == ["word", "a", "b"] and turns.at_work == 0


def test_a_step_begins_anyway_after_a_while():
    turns = Turns(1, patience=0.01)
    with turns.turn(), turns.turn():
        assert turns.at_work == 2
    assert turns.at_work == 0 and not turns.waiting


def test_a_step_that_fails_gives_its_turn_back():
    turns = Turns(1, patience=60)
    with pytest.raises(ValueError), turns.turn():
        raise ValueError
    with turns.turn():
        assert turns.at_work == 1
