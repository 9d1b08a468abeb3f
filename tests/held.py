"""For the programs that tests start: work that is not over before Stop is pressed, however fast the machine is."""

from collections.abc import Callable, Iterator
from typing import Any

PATIENCE = 100  # seconds


def held(work: Callable[..., Iterator[Any]], when: Callable[..., bool]) -> Callable[..., Iterator[Any]]:
    """`work(..., stop)`, a generator, that waits for the Event `stop` where `when(i, state, ...)` is true, i from 0."""

    def wait(*given: Any) -> Iterator[Any]:
        for i, state in enumerate(work(*given)):
            yield state
            if when(i, state, *given) and not given[-1].wait(PATIENCE):
                raise TimeoutError("nobody pressed Stop")

    return wait
