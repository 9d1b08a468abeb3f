"""The versions that are installed here, on a Space and by `make run` are those that the ranges ask for."""

import importlib.metadata
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from shared.tools import lock


def requirements(path) -> dict[str, Requirement]:
    """'huggingface-hub' -> its requirement, of each line of a file."""
    lines = [re.split(r"(?:^|\s)#", line)[0].strip() for line in path.read_text("utf-8").splitlines()]
    return {canonicalize_name(wanted.name): wanted for wanted in map(Requirement, filter(None, lines))}


WANTED = requirements(lock.WANTED) | requirements(lock.WANTED_BY_TESTS)
LOCKED, SPACE = requirements(lock.LOCK), requirements(lock.SPACE)


def version(requirement: Requirement) -> str:
    (only,) = requirement.specifier
    assert only.operator == "==" and "+" not in only.version, f"{requirement} is not one version for everybody"
    return only.version


def test_every_range_holds_the_version_that_is_locked():
    assert WANTED.keys() <= LOCKED.keys()
    assert [name for name in WANTED if not WANTED[name].specifier.contains(version(LOCKED[name]))] == []


def needs(name: str, extras: set[str]) -> list[Requirement]:
    """What an installed package asks for on this machine."""
    asked = map(Requirement, importlib.metadata.requires(name) or [])
    return [
        one for one in asked if not one.marker or any(one.marker.evaluate({"extra": extra}) for extra in {"", *extras})
    ]


def test_the_lock_lacks_nothing_that_they_need():
    todo, seen = [*WANTED.values()], set()
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if (name, *wanted.extras) in seen or f"{name}==".startswith(lock.CUDA):
            continue
        seen.add((name, *wanted.extras))
        assert wanted.specifier.contains(version(LOCKED[name]), prereleases=True), f"{wanted}, but {LOCKED[name]}"
        todo += needs(name, wanted.extras)
    assert len(seen) > 80


def test_what_runs_here_is_what_is_locked():
    """`make run` and `make test` install it; another system needs some packages that this one does not."""
    here = {name: wanted for name, wanted in LOCKED.items() if not wanted.marker or wanted.marker.evaluate()}
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in here}
    assert installed == {name: version(wanted) for name, wanted in here.items()}


def test_a_space_gets_the_same_versions_and_its_own_torch():
    assert requirements(lock.WANTED).keys() <= SPACE.keys() <= LOCKED.keys()
    assert SPACE["torch"].specifier == WANTED["torch"].specifier
    assert {str(SPACE[name]) for name in SPACE.keys() - {"torch"}} <= {str(one) for one in LOCKED.values()}


def test_no_file_names_a_place_to_fetch_from_or_asks_for_cuda():
    for path in (lock.LOCK, lock.SPACE):
        text = path.read_text("utf-8")
        assert "://" not in text and "\n-" not in text and not re.search(r"^(nvidia-|cuda-|triton)", text, re.MULTILINE)


def test_a_space_runs_the_gradio_that_is_locked():
    front = dict(re.findall(r"^(\w+): (.+)$", lock.README.read_text("utf-8").split("---")[1], re.MULTILINE))
    assert front["sdk_version"] == version(LOCKED["gradio"]), "run `make lock`"


def test_torch_is_one_that_has_muon():
    """torch.optim.Muon, with which text and pictures are trained, came with 2.9."""
    assert not WANTED["torch"].specifier.contains("2.8.0") and WANTED["torch"].specifier.contains("2.9.0")
