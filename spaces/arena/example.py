"""Records the round that the arena shows before the first click: `python -m arena.example`, in spaces/.

Run it after every training; shared/core/examples.py says where it is kept and why.
"""

import threading

from shared.core import examples

from . import runs
from .request import Round


def record() -> dict:
    *_, (view, recipe) = runs.run(Round.check({}), threading.Event())
    examples.write("digit-judge", view, recipe)
    return view


if __name__ == "__main__":
    print([(row["model"], row["confidence"]) for row in record()["rows"]])
