"""One run at a time for each visitor: what ends a run, and what it may still show."""

from contextlib import ExitStack

from shared.core.brakes import Brakes


def test_a_run_that_was_overtaken_knows_it_even_after_the_later_one_has_ended():
    brakes = Brakes()
    with brakes.run("visitor") as earlier:
        with brakes.run("visitor") as later:
            assert earlier.is_set() and earlier.overtaken
            assert not later.is_set() and not later.overtaken
        assert earlier.overtaken


def test_stop_ends_a_run_that_may_still_show_what_it_has():
    brakes = Brakes()
    with brakes.run("visitor") as brake, brakes.run("somebody else") as other:
        brakes.stop("visitor")
        assert brake.is_set() and not brake.overtaken
        assert not other.is_set()


def test_stop_reaches_a_run_that_still_waits():
    brakes = Brakes()
    brakes.begin("visitor")
    brakes.stop("visitor")
    with brakes.run("visitor", begun=True) as brake:
        assert brake.is_set() and not brake.overtaken


def test_a_run_that_came_in_between_does_not_end_the_one_that_waited():
    brakes, waits = Brakes(), ExitStack()
    brakes.begin("visitor")
    with waits:
        with brakes.run("visitor") as between:
            brake = waits.enter_context(brakes.run("visitor", begun=True))
            assert between.overtaken
        assert not brake.is_set()
