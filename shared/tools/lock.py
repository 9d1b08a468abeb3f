"""Locks versions, the newest that fit: `make lock`, which installs uv for it.

`make lock ARGS="--resolution lowest-direct"` takes the oldest that requirements.in allows, to test that end, too.

requirements.lock: all of requirements.in and requirements-dev.in. `make run` and `make test` install from it.
requirements.txt: the versions of requirements.in alone, with torch as a range. A Space is built with this one file, no
    other is there at that time, and ZeroGPU takes the newest of its own builds of torch that the range allows. What
    torch alone needs (sympy, setuptools, ...) comes with it, since each torch wants others.
README.md: the front matter names the version of Gradio that is locked; pip refuses a Space where the two differ.

torch's CUDA packages are in neither: torch names their exact versions itself, in the builds that need them.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
WANTED, WANTED_BY_TESTS = ROOT / "requirements.in", ROOT / "requirements-dev.in"
LOCK, SPACE, README = ROOT / "requirements.lock", ROOT / "requirements.txt", ROOT / "README.md"
CUDA = "nvidia-", "cuda-", "triton=="
FORM = "--universal --fork-strategy fewest --python-version 3.11 --annotation-style line --no-header --quiet".split()


def resolve(arguments: list[str], *wanted: Path) -> dict[str, str]:
    """Package -> its line 'NAME==VERSION ; MARKER  # via WHO', good for every system and every Python from 3.11."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *FORM, *arguments, *(path.name for path in wanted)]
    lines = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    return {line.split("==")[0]: line for line in lines if not line.startswith(CUDA)}


def write(path: Path, what_for: str, lines: Iterable[str]) -> None:
    path.write_text("\n".join([f"# Exact versions for {what_for}; `make lock` renews them.", *lines, ""]), "utf-8")


def main(arguments: list[str]) -> None:
    """arguments: more of them for `uv pip compile`."""
    locked, of_the_app = resolve(arguments, WANTED, WANTED_BY_TESTS), resolve(arguments, WANTED)
    write(LOCK, "`make run` and `make test`", locked.values())
    torch = re.search(r"^torch\S+", WANTED.read_text("utf-8"), re.MULTILINE)[0]
    lines = {name: line for name, line in locked.items() if name in of_the_app and not line.endswith("# via torch")}
    space = [line.split("  #")[0].strip() for line in (lines | {"torch": torch}).values()]
    write(SPACE, "a Space, which takes its own torch", space)
    gradio = locked["gradio"].split()[0].removeprefix("gradio==")
    readme = README.read_text("utf-8")
    README.write_text(re.sub(r"(?m)^sdk_version: .*$", f"sdk_version: {gradio}", readme, count=1), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
