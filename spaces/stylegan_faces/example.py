"""Records the example that the tab shows before the first click: `python -m stylegan_faces.example`, in spaces/.

Run it after every training; shared/core/examples.py says where it is kept and why.
"""

import threading

from shared.core import examples

from . import runs
from .request import Mixing


def record() -> dict:
    asked = Mixing.check({})
    *_, (view, recipe) = runs.run(asked, threading.Event())
    examples.write(asked.model, view | {"message": ""}, recipe)
    return view


if __name__ == "__main__":
    print(record()["title"])
