"""Records the pictures that the tab shows before the first click.

    python -m text_to_image.example

Run it after every training; examples.py says where it is kept and why. Every step is kept with them, so that the time
machine has something to go back to before anything was drawn.
"""

import argparse
from pathlib import Path

from shared.core import examples

from . import past, runs, view
from .request import PROMPT, STYLE, Make

FIRST, SEED = Make(), 3


def record(name: str, prompt: str, style: str, seed: int) -> Path:
    """Writes the example of a model -> the file."""
    *_, state = runs.run(Make.check({"prompt": prompt, "style": style, "model": name, "n": 4, "seed": seed}))
    steps = [[view.small(one) for one in step] for step in past.frames(state.run_id)]
    # The run itself is kept for an hour: what needs it is not offered with a recording. How long it took, says nothing
    # of the machine that shows it.
    shown = view.shown(state) | {"notices": [], "run": "", "steps": steps, "seconds": None}
    return examples.write(name, shown, state.recipe)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the pictures that the picture tab shows first.")
    parser.add_argument("name", nargs="?", default=FIRST.model)
    parser.add_argument("--prompt", default=PROMPT)
    parser.add_argument("--style", default=STYLE)
    parser.add_argument("--seed", type=int, default=SEED)
    print(record(**vars(parser.parse_args())))
