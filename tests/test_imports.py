"""Who may import whom: every import of the repository, read with `ast`, against one table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

ROOMS = {  # room of shared/ -> the rooms that it may import beside itself
    "core": set(),
    "recipe": {"core"},
    "models": {"core"},
    "data": {"core"},
    "media": {"core", "recipe"},
    "engines": {"core", "media", "models", "data"},
    "evaluation": {"core", "media", "models", "data", "engines"},
    "training": {"core", "recipe", "media", "models", "data", "engines", "evaluation"},
    "page": {"core", "recipe", "media", "engines"},
    "tools": {"core", "recipe", "media", "models", "data", "engines", "evaluation", "training"},
}
SPACES = sorted(path.parent.name for path in (ROOT / "spaces").glob("*/__init__.py"))
FILES = [ROOT / "app.py", *sorted((ROOT / "shared").rglob("*.py")), *sorted((ROOT / "spaces").rglob("*.py"))]


def room_of(name: str) -> str:
    """'shared.core.hub' -> 'core', 'gan_digits.runs' -> 'gan_digits', of other packages their first part."""
    first, *rest = name.split(".")
    return rest[0] if first == "shared" and rest else first


def modules(file: Path) -> Iterator[tuple[str, bool]]:
    """(full name of each module that a file imports, whether at module level)."""
    tree = ast.parse(file.read_text("utf-8"))
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    package = package[1:] if package[:1] == ("spaces",) else package
    inside = {
        node for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            base = ".".join(filter(None, (start, node.module)))
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node not in inside


def test_the_table_names_every_room():
    there = {
        path.name
        for path in (ROOT / "shared").iterdir()
        if path.is_dir() and path.name not in ("weights", "__pycache__")
    }
    assert there == ROOMS.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_stay_within_the_table(file):
    place, *_ = file.relative_to(ROOT).parts
    own = file.relative_to(ROOT).parts[1] if place != "app.py" else "app"
    if place == "spaces":
        allowed = {own} | ROOMS.keys() - {"tools"}
    elif place == "app.py":
        allowed = {"core", "page"}
    else:
        allowed = {own} | ROOMS.get(own, set())
    rooms = {room_of(name) for name, _ in modules(file)} & (ROOMS.keys() | set(SPACES))
    assert rooms <= allowed, f"{sorted(rooms - allowed)} may not be imported here"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_gradio_and_torch_stay_where_they_belong(file):
    place, room = file.relative_to(ROOT).parts[:2] if len(file.relative_to(ROOT).parts) > 1 else ("app.py", "")
    found = [(name.split(".")[0], at_top) for name, at_top in modules(file)]
    if room != "page" and place != "spaces":
        assert "gradio" not in [name for name, _ in found]
    if room not in ("models", "engines", "data", "training", "evaluation"):
        heavy = {"torch", "diffusers", "transformers", "accelerate"}
        assert not heavy & {name for name, at_top in found if at_top}
