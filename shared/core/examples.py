"""The recorded outputs that the tabs show before the first click, kept with their recipes beside the weights.

A Space records its own (spaces/NAME/example.py), by the model itself and with the tab's defaults, so that "Run it live"
can be held against them.
"""

import json
from pathlib import Path
from typing import Any

from shared.core.registry import WEIGHTS


def path_of(name: str) -> Path:
    return WEIGHTS / name / "example.json"


def example(name: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The recorded (view, recipe) of a bundled model; None where its folder holds none."""
    if not path_of(name).exists():
        return None
    kept = json.loads(path_of(name).read_text("utf-8"))
    return kept["view"] | {"recorded": True}, kept["recipe"]


def write(name: str, view: dict[str, Any], recipe: dict[str, Any]) -> Path:
    """Keeps the example of a model -> its file."""
    path_of(name).write_text(json.dumps({"view": view, "recipe": recipe}, ensure_ascii=False) + "\n", "utf-8")
    return path_of(name)
