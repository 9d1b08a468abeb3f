"""The trainings of this process's visitors, one each, the models that came of them, and what may be chosen.

training = begin(session, "dcgan-mnist", {"steps": 600}, folder)    # ends the visitor's last one
for state in training.watch(): ...
model(str(training.model_folder()))                                 # a DigitModel; None once it is deleted
"""

import functools
import json
import os
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.core.settings import settings
from shared.training import live, recipes
from shared.training.live import presets, remedies

EXAMPLE = presets.EXAMPLE  # a recorded training, shown before the first
FIRST = "dcgan-mnist"

# In the order in which they stand on the page.
OPTIONS = ("steps", "patience", "learning_rate", "decay", "ema", "seed")
OPTIONS += ("label_smoothing", "feature_matching", "critic_steps", "norm")

VISITORS = live.Visitors()


def begin(session: str, name: str, options: dict[str, Any], folder: Path) -> live.Training:
    """Errors: UserError."""
    return VISITORS.begin(session, live.checked(name, **options), folder)


def mine(session: str) -> live.Training:
    """Errors: UserError."""
    if (training := VISITORS.current(session)) is None:
        raise UserError("Nothing is being trained: press Start first.")
    return training


def model(folder: str):
    """The model that a visitor trained, ready to draw from; None where it has been deleted."""
    return _loaded(folder) if folder and (Path(folder) / "model.safetensors").is_file() else None


@functools.lru_cache(maxsize=4)  # folders have names of their own; a model is a few megabytes
def _loaded(folder: str):
    return live.load(Path(folder))


def digits(folder: str, seed: Any) -> str:
    """Base64 of a PNG of fifty digits from the model in `folder`. Errors: UserError."""
    found = model(folder)
    if found is None:
        raise UserError("These weights are gone: they are kept for an hour. Please train again.")
    return live.grid(found, live.number("seed", seed))


def applies(name: str, option: str) -> bool:
    """Whether the recipe `name` knows the option."""
    row = recipes.recipe(name)
    if option == "label_smoothing":
        return live.gan(name) and row.loss == "bce"
    if option == "norm":
        return "norm" in row.model
    return option not in ("feature_matching", "critic_steps") or live.gan(name)


def seconds(name: str, steps: int) -> tuple[str, float] | None:
    """How long it takes: ("about", by this machine's own past trainings), else ("measured_time", by one on two cores
    that had nothing else to do)."""
    if pace := live.pace(name):
        return "about", pace * steps
    rows = [row for key, row in _read(presets.FILE).items() if key.split()[0] == name]
    longest = max(rows, key=lambda row: row["steps"], default=None)  # it says most of what a step takes
    return longest and ("measured_time", crowd() * longest["seconds"] / longest["steps"] * steps)


def crowd() -> float:
    """How many times longer it takes on this machine because of those that use it now; 1 where it does not say."""
    return 1 + os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 1.0


def blurred() -> bool:
    """Whether MNIST is out of reach, so that a training would learn from other digits than the example did."""
    from shared.data import digits

    return digits.source(settings().data) != digits.MNIST


@functools.cache
def _read(file: Path) -> dict:
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def measured(option: str) -> tuple[float, float] | None:
    """The distance without and with an option, where it was measured."""
    file = _read(remedies.FILE)
    row = file.get("remedies", {}).get(option)
    return row and (file["plain"]["frechet"], row["frechet"])


def measured_steps() -> int | None:
    """Of each of the trainings behind `measured`."""
    return _read(remedies.FILE).get("steps")


def example() -> tuple[live.State, live.Plan] | None:
    """The recorded training, or None where there is none yet."""
    recorded = _read(EXAMPLE)
    return (live.State(**recorded["state"]), live.Plan(**recorded["job"])) if recorded else None
