"""A folder that trains models on a machine which has a GPU and nothing else of ours.

    python -m shared.training bundle glow-mnist nice-mnist --data DIR --output FOLDER
    bash FOLDER/train.sh 10                                        # there: ten minutes in all, one after the other
    python -m shared.training bundle --collect FOLDER              # here: FOLDER/results -> shared/weights

The folder holds our code, the data as tensors (shared/data/prepared.py) and the bundled weights that the trainings
begin with. A model that has a teacher brings it along, to be trained before it: not side by side. It needs Python 3.12,
torch, transformers, accelerate, safetensors, pyarrow and pillow there, and no network. What a family needs beside them,
such as diffusers, comes along as wheels, with what that needs; pip fetches those when the folder is written.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import is_dataclass
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement

from shared.core.registry import WEIGHTS
from shared.data import prepared
from shared.training.recipes import PictureRecipe, recipe

CODE = Path(__file__).parents[1]
ROOMS = ("core", "data", "engines", "evaluation", "media", "models", "recipe", "training")
SOURCES = ("*.py", "*.txt", "*.json", "*.toml")
NOT_KEPT = ("checkpoint", "samples", "teacher", "log.txt")  # of what a training wrote
TEACHER = "/teacher"  # behind the name of its pupil; not kept either
ALWAYS = ("digit-judge",)  # measures digits while they are learned
MOST_MB = 60
PYTHON = "3.12"  # of the machine, with these packages and what they need
THERE = ("torch", "transformers", "accelerate", "safetensors", "pyarrow", "pillow")
BESIDE = {  # family -> packages
    "autoencoder": ("diffusers",),
    "diffusion": ("diffusers",),
    "text-to-image": ("diffusers",),
    "dpo": ("peft",),
    "grpo": ("peft", "trl"),
}
SCRIPT = """#!/bin/bash
# bash train.sh MINUTES [together]: all of these models within so many minutes, one after the other or side by side.
cd "$(dirname "$0")" || exit 1
minutes=${{1:?say how many minutes}} together=$2
if ls wheels/*.whl > /dev/null 2>&1; then
    python3 -m pip install -q --upgrade --no-index --no-deps --target site wheels/*.whl || exit 1
    export PYTHONPATH=$PWD/site:$PYTHONPATH
fi
mkdir -p results
names=({names})
[ "$together" ] || minutes=$(python3 -c "print($minutes / ${{#names[@]}})")
for name in "${{names[@]}}"; do
    mkdir -p "results/$name"
    (
        python3 -m shared.training "$name" --data data --output "results/$name" --minutes "$minutes" \\
            > "results/$name/log.txt" 2>&1 && echo "$name" >> results/trained.txt || echo "$name failed" >&2
    ) &
    [ "$together" ] || wait
done
wait
[ "$(sort -u results/trained.txt | wc -l)" = ${{#names[@]}} ]
"""


def parser():
    options = argparse.ArgumentParser(prog="python -m shared.training bundle", description=__doc__.split("\n")[0])
    options.add_argument("names", nargs="*", metavar="NAME", help="training recipes")
    options.add_argument("--data", type=Path, help="folder with the training data; without it, it comes from the Hub")
    options.add_argument("--output", type=Path, help="the folder to write")
    options.add_argument("--collect", type=Path, metavar="FOLDER", help="take the results of that folder over")
    options.add_argument("--weights", type=Path, default=WEIGHTS, help="where they go (default: shared/weights)")
    return options


def main(argv=None):
    options = parser()
    given = options.parse_args(argv)
    if given.collect and not given.names:
        print("Taken over:", ", ".join(collect(given.collect, given.weights)))
    elif given.names and given.output and not given.collect:
        print(f"{given.output}: {bundle(given.names, given.data, given.output):.1f} MB")
    else:
        options.error("Give names and --output FOLDER, or --collect FOLDER.")


def bundle(names, data, output):
    """Writes the folder -> its size in MB; SystemExit where that is above 60 or the folder is not empty."""
    names = with_teachers(names)
    rows = [recipe(name) for name in names]
    if output.exists() and any(output.iterdir()):
        raise SystemExit(f"{output} is not empty.")
    (output / "data").mkdir(parents=True)
    shutil.copy(CODE / "__init__.py", _folder(output / "shared"))
    for room in ROOMS:
        for pattern in SOURCES:
            for file in (CODE / room).rglob(pattern):
                shutil.copy(file, _folder(output / "shared" / file.relative_to(CODE).parent))
    for name in {*ALWAYS, *(needed for row in rows for needed in row.needs)}:
        shutil.copytree(WEIGHTS / name, output / "shared" / "weights" / name, dirs_exist_ok=True)
    for reader in dict.fromkeys(row.data for row in rows if isinstance(row, PictureRecipe)):
        prepare(reader, data, output / "data")
    if not all(isinstance(row, PictureRecipe) for row in rows):
        copy_stories(data, output / "data")
    fetch(beside([package for row in rows for package in BESIDE.get(row.family, ())]), output / "wheels")
    (output / "train.sh").write_text(SCRIPT.format(names=" ".join(names)))
    size = sum(file.stat().st_size for file in output.rglob("*") if file.is_file()) / 1e6
    if size > MOST_MB:
        raise SystemExit(f"{output} has {size:.0f} MB, above {MOST_MB}: name fewer models.")
    return size


def with_teachers(names):
    """The same, each pupil behind the recipe of its teacher, which is trained first."""
    pupils = {name for name in names if getattr(recipe(name), "teaching", 0)}
    return list(dict.fromkeys(one for name in names for one in ([name + TEACHER, name] if name in pupils else [name])))


def prepare(reader, data, folder):
    """What the reader at "module:function" makes of the data, as a file that `read_data` takes in its place. Readers
    that make their data, and do not read it, need none."""
    from shared.training.loop import imported

    found = imported(reader)(data)
    if is_dataclass(found):
        prepared.write(found, prepared.place(folder, reader))


def beside(packages):
    """Names of packages, and of all that they need, but for what the machine has."""
    return sorted(_needed(packages) - _needed(THERE)) if packages else []


def _needed(packages: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = list(packages)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name not in found:
            found.add(name)
            wanted = map(Requirement, requires(name) or ())
            left += [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def fetch(packages, folder):
    """Their wheels, of the versions that are here; SystemExit where pip has no way to them."""
    if not packages:
        return
    wanted = [f"{name}=={version(name)}" for name in packages]
    which = ["--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--dest", str(folder)]
    done = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *which, *wanted])
    if done.returncode:
        raise SystemExit(f"pip could not fetch {', '.join(wanted)}, which the training needs on the other machine.")


def copy_stories(data, folder):
    """The text files, which hold no more than what is read of them."""
    files = sorted(Path(data or ".").glob("**/*.txt.gz")) + sorted(Path(data or ".").glob("**/*.txt"))
    if not files:
        raise SystemExit(f"{data} holds no *.txt or *.txt.gz with stories.")
    for file in files:
        shutil.copy(file, folder)


def collect(folder, weights=WEIGHTS):
    """Copies what was trained in a bundle's folder to weights/NAME -> the names; SystemExit where there is nothing."""
    log = folder / "results" / "trained.txt"
    names = sorted(set(log.read_text().split())) if log.is_file() else []
    names = [name for name in names if not name.endswith(TEACHER)]
    if not names:
        raise SystemExit(f"{folder}/results has no trained.txt: nothing was trained there.")
    for name in names:
        not_kept = shutil.ignore_patterns(*NOT_KEPT)
        shutil.copytree(folder / "results" / name, weights / name, ignore=not_kept, dirs_exist_ok=True)
    return names


def _folder(path):
    path.mkdir(parents=True, exist_ok=True)
    return path
