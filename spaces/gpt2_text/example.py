"""Records the example that the text tab shows before the first click.

    python -m gpt2_text.example gpt2-stories --seed 1 --length 160

Run it after every training; examples.py says where it is kept and why.
"""

import argparse
import threading

from shared.core import examples

from . import runs
from .request import Writing


def record(name: str, seed: int, length: int) -> str:
    """Writes the example of a model -> its text.

    The tab's defaults, in exact arithmetic: an example must come out the same on other machines.
    """
    page = {field.name: field.start for field in Writing.fields().values()}
    changes = {"model": name, "seed": seed, "max_new_tokens": length, "precision": "exact"}
    *_, (view, recipe) = runs.run(Writing.check(page | changes), threading.Event())
    examples.write(name, view | {"message": ""}, recipe)
    return runs.texts_of(view["samples"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the example that the text tab shows first.")
    parser.add_argument("name", nargs="?", default="gpt2-stories")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--length", type=int, default=160)
    print(record(**vars(parser.parse_args())))
