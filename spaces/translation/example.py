"""Records the example that the tab shows before the first click: `python -m translation.example`, in spaces/.

Run it after every training; shared/core/examples.py says where it is kept and why.
"""

import threading

from shared.core import examples

from . import runs
from .request import Translation


def record() -> dict:
    asked = Translation.check({})
    *_, (view, recipe) = runs.run(asked, threading.Event())
    examples.write(asked.model, view, recipe)
    return view


if __name__ == "__main__":
    print(runs.joined(record()))
