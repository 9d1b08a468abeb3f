"""Records the book that the story tab shows before the first click.

    python -m illustrated_story.example

Run it after every training of its models. It is an ordinary book file (html_file.py), made by the models themselves
with the defaults of the tab, so that "Run it live" can be held against it.
"""

import argparse
import threading
from pathlib import Path

from . import runs
from .request import Story
from .view import EXAMPLE

SEED = 8


def record(**settings) -> Path:
    """Writes the example -> the file."""
    from .files import html_file

    book = list(runs.make(Story.check({"seed": SEED} | settings), threading.Event()))[-1].book
    EXAMPLE.write_bytes(html_file.write(book))
    return EXAMPLE


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Records the book that the story tab shows first.")
    for name in ("idea", "pages", "style"):
        default = Story.fields()[name].default
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--seed", type=int, default=SEED)
    print(record(**vars(parser.parse_args())))
