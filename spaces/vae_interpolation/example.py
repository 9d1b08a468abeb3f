"""Records the interpolation that the VAE tab shows before the first click, and what the judge reads on the map.

    python -m vae_interpolation.example

Run it after every training; examples.py says where it is kept and why, vae_map.py has the map.
"""

from pathlib import Path

from shared.core import examples

from . import plane, runs


def record(name: str) -> Path:
    """Writes the example of a model -> the file."""
    view, made = list(runs.run({"model": name}))[-1]
    return examples.write(name, view | {"message": ""}, made)


if __name__ == "__main__":
    print(record(runs.DEFAULTS["model"]))
    print(plane.record())
