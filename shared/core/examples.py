"""The recorded outputs that the tabs show before the first click, kept with their recipes beside the weights.

A tab's own module records them (text_example.py, gan_example.py, vae_example.py), by the model itself and with the
tab's defaults, so that "Run it live" can be held against them.
"""

import json
from pathlib import Path

from shared.core.registry import WEIGHTS


def path_of(name: str) -> Path:
    return WEIGHTS / name / "example.json"


def example(name: str) -> tuple[dict, dict] | None:
    """The recorded (view, recipe) of a bundled model; None where its folder holds none."""
    if not path_of(name).exists():
        return None
    found = json.loads(path_of(name).read_text("utf-8"))
    return found["view"] | {"recorded": True}, found["recipe"]


def write(name: str, view: dict, recipe: dict) -> Path:
    """Keeps the example of a model -> its file."""
    path_of(name).write_text(json.dumps({"view": view, "recipe": recipe}, ensure_ascii=False) + "\n", "utf-8")
    return path_of(name)
