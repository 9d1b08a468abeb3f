"""Records the interpolation that the VAE tab shows before the first click, and what the judge reads on the map.

    python -m vae_interpolation.example

Run it after every training; examples.py says where it is kept and why, plane.py has the map.
"""

import threading
from pathlib import Path

from shared.core import examples

from . import plane, runs
from .request import Interpolation


def record() -> Path:
    """Writes the example -> the file."""
    asked = Interpolation.check({})
    *_, (view, made) = runs.run(asked, threading.Event())
    return examples.write(asked.model, view | {"message": ""}, made)


if __name__ == "__main__":
    print(record())
    print(plane.record())
