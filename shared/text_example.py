"""Records the example that the text tab shows before the first click.

    python -m shared.text_example gpt2-stories --seed 7 --length 160

It is written by the model itself, with the tab's own settings, and kept with its recipe beside the weights
(shared/weights/NAME/example.json), so that "Run it live" can be held against it. Run it after every training.
"""

import argparse
import json
from pathlib import Path

from shared import text_presets, text_runs
from shared.registry import WEIGHTS


def path_of(name: str) -> Path:
    return WEIGHTS / name / "example.json"


def example(name: str) -> tuple[dict, dict] | None:
    """The recorded (view, recipe) of a bundled model; None where its folder holds none."""
    if not path_of(name).exists():
        return None
    found = json.loads(path_of(name).read_text("utf-8"))
    return found["view"] | {"recorded": True}, found["recipe"]


def settings_of(name: str, seed: int, length: int) -> dict:
    """The tab's defaults, in exact arithmetic: an example must come out the same on other machines."""
    dials = {dial.name: dial.start for dial in text_presets.DIALS}
    return {
        "prompt": text_presets.PROMPT,
        "model": name,
        **dials,
        "max_new_tokens": length,
        "stop": "",
        "seed": seed,
        "precision": "exact",
    }


def record(name: str, seed: int, length: int) -> str:
    """Writes the example of a model -> its text."""
    view, recipe = list(text_runs.run(settings_of(name, seed, length)))[-1]
    found = json.dumps({"view": view | {"message": ""}, "recipe": recipe}, ensure_ascii=False)
    path_of(name).write_text(found + "\n", "utf-8")
    return text_runs.texts_of(view["samples"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the example that the text tab shows first.")
    parser.add_argument("name", nargs="?", default="gpt2-stories")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--length", type=int, default=160)
    print(record(**vars(parser.parse_args())))
