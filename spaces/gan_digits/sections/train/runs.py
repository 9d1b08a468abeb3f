"""The trainings of this process's visitors, one each, the models that came of them, and what may be chosen.

training = begin(session, "dcgan-mnist", {"steps": 600}, folder)    # ends the visitor's last one
for state in training.watch(): ...
model(str(training.model_folder()))                                 # a DigitModel; None once it is deleted
"""

import functools
import json
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.training import recipes
from shared.training.live import jobs

EXAMPLE = jobs.HERE / "example.json"  # a recorded training, shown before the first
PRESETS = jobs.HERE / "presets.json"  # written by shared/training/live/presets.py
REMEDIES = jobs.HERE / "remedies.json"  # written by shared/training/live/remedies.py
FIRST = "dcgan-mnist"

# In the order in which they stand on the page.
OPTIONS = ("steps", "patience", "learning_rate", "decay", "ema", "seed")
OPTIONS += ("label_smoothing", "feature_matching", "critic_steps", "norm")

_trainings: dict[str, jobs.Training] = {}  # session -> what this visitor trains


def begin(session: str, name: str, options: dict[str, Any], folder: Path) -> jobs.Training:
    """Errors: UserError."""
    job = jobs.checked(name, **options)
    leave(session)
    training = jobs.begin(job, folder)
    for other in [key for key, one in _trainings.items() if one.over()]:
        del _trainings[other]
    _trainings[session] = training
    return training


def current(session: str) -> jobs.Training | None:
    return _trainings.get(session)


def mine(session: str) -> jobs.Training:
    """Errors: UserError."""
    if session not in _trainings:
        raise UserError("Nothing is being trained: press Start first.")
    return _trainings[session]


def leave(session: str) -> None:
    """The training ends and its weights go."""
    if session in _trainings:
        _trainings.pop(session).leave()


def model(folder: str):
    """The model that a visitor trained, ready to draw from; None where it has been deleted."""
    return _loaded(folder) if folder and (Path(folder) / "model.safetensors").is_file() else None


@functools.lru_cache(maxsize=4)  # folders have names of their own; a model is a few megabytes
def _loaded(folder: str):
    return jobs.load(Path(folder))


def digits(folder: str, seed: Any) -> str:
    """Base64 of a PNG of fifty digits from the model in `folder`. Errors: UserError."""
    found = model(folder)
    if found is None:
        raise UserError("These weights are gone: they are kept for an hour. Please train again.")
    return jobs.grid(found, jobs.number("seed", seed))


def applies(name: str, option: str) -> bool:
    """Whether the recipe `name` knows the option."""
    row = recipes.recipe(name)
    if option == "label_smoothing":
        return jobs.gan(name) and row.loss == "bce"
    if option == "norm":
        return "norm" in row.model
    return option not in ("feature_matching", "critic_steps") or jobs.gan(name)


def seconds(name: str, steps: int) -> tuple[str, float] | None:
    """How long it takes: ("about", by this machine's own past trainings), else ("measured_time", on two cores)."""
    if pace := jobs.pace(name):
        return "about", pace * steps
    rows = [row for key, row in _read(PRESETS).items() if key.split()[0] == name]
    longest = max(rows, key=lambda row: row["steps"], default=None)  # it says most of what a step takes
    return longest and ("measured_time", longest["seconds"] / longest["steps"] * steps)


@functools.cache
def _read(file: Path) -> dict:
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def measured(option: str) -> tuple[float, float] | None:
    """The distance without and with an option, where it was measured."""
    file = _read(REMEDIES)
    row = file.get("remedies", {}).get(option)
    return row and (file["plain"]["frechet"], row["frechet"])


def measured_steps() -> int | None:
    """Of each of the trainings behind `measured`."""
    return _read(REMEDIES).get("steps")


def example() -> tuple[jobs.State, jobs.Job] | None:
    """The recorded training, or None where there is none yet."""
    recorded = _read(EXAMPLE)
    return (jobs.State(**recorded["state"]), jobs.Job(**recorded["job"])) if recorded else None
