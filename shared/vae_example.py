"""Records the interpolation that the VAE tab shows before the first click, and what the judge reads on the map.

    python -m shared.vae_example

It is made by the model itself with the tab's own defaults, and kept with its recipe beside the weights
(shared/weights/NAME/example.json; vae_map.py has the map). Run it after every training.
"""

import json
from pathlib import Path

from shared import vae_map, vae_runs
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
    view, made = list(vae_runs.run({"model": name}))[-1]
    found = json.dumps({"view": view | {"message": ""}, "recipe": made}, ensure_ascii=False)
    path_of(name).write_text(found + "\n", "utf-8")
    return path_of(name)


if __name__ == "__main__":
    print(record(vae_runs.DEFAULTS["model"]))
    print(vae_map.record())
