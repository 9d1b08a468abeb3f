"""The newest training of each visitor of a place that trains: a new one ends the last."""

from pathlib import Path
from typing import Any

from shared.core.limits import KEPT
from shared.training.live.process import Training, begin


class Visitors:
    def __init__(self) -> None:
        self._trainings: dict[str, Training] = {}  # session -> what this visitor trains

    def begin(self, session: str, plan: Any, root: Path, kind: type[Training] | None = None) -> Training:
        """Errors: UserError; see process.begin."""
        self.leave(session)
        training = begin(plan, root, kind)
        for other in [key for key, one in self._trainings.items() if one.over()]:
            del self._trainings[other]
        self._trainings[session] = training
        while len(self._trainings) > KEPT["learners"].number:
            self.leave(next(iter(self._trainings)))
        return training

    def current(self, session: str) -> Training | None:
        return self._trainings.get(session)

    def leave(self, session: str) -> None:
        """The training ends and its weights go."""
        if session in self._trainings:
            self._trainings.pop(session).leave()

    def all(self) -> list[Training]:
        return list(self._trainings.values())
