"""Records the grid that the GAN tab shows before the first click.

    python -m shared.gan_example

It is drawn by the model itself with the tab's own defaults, and kept with its recipe beside the weights
(shared/weights/NAME/example.json), so that "Run it live" can be held against it. Run it after every training.

The grid itself takes milliseconds, but the first one waits for torch to be imported, which takes seconds: recorded, it
is part of the page, and the server makes itself ready while the visitor reads.
"""

import argparse
import json
from pathlib import Path

from shared import gan_runs
from shared.registry import WEIGHTS


def path_of(name: str) -> Path:
    return WEIGHTS / name / "example.json"


def example(name: str) -> tuple[dict, dict] | None:
    """The recorded (view, recipe) of a bundled model; None where its folder holds none."""
    if not path_of(name).exists():
        return None
    found = json.loads(path_of(name).read_text("utf-8"))
    return found["view"] | {"recorded": True}, found["recipe"]


def record(name: str) -> Path:
    """Writes the example of a model -> the file."""
    view, recipe, _ = gan_runs.grid({"model": name}, gan_runs.ends({}))
    path_of(name).write_text(json.dumps({"view": view | {"notice": ""}, "recipe": recipe}, ensure_ascii=False) + "\n")
    return path_of(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the grid that the GAN tab shows first.")
    parser.add_argument("name", nargs="?", default=gan_runs.DEFAULTS["model"])
    print(record(parser.parse_args().name))
