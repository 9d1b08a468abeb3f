"""Records the grid that the GAN tab shows before the first click.

    python -m gan_digits.example

Run it after every training; examples.py says where it is kept and why.

The grid itself takes milliseconds, but the first one waits for torch to be imported, which takes seconds: recorded, it
is part of the page, and the server makes itself ready while the visitor reads.
"""

import argparse
from pathlib import Path

from shared.core import examples

from . import runs
from .request import Grid, Kept


def record(name: str) -> Path:
    """Writes the example of a model -> the file."""
    view, recipe, _ = runs.grid(Grid.check({"model": name}), Kept())
    return examples.write(name, view | {"notice": ""}, recipe)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the grid that the GAN tab shows first.")
    parser.add_argument("name", nargs="?", default=Grid.fields()["model"].default)
    print(record(parser.parse_args().name))
