"""Words and names that stand in a TOML file beside the module that asks for them.

TABLES = tables.beside(__file__)                # people.toml, for people.py
listed(TABLES["names"]["neither"])              # ("alex", "sam", ...), of "alex, sam, ..."
"""

import tomllib
from functools import cache
from pathlib import Path


@cache
def read(file: Path) -> dict:
    return tomllib.loads(file.read_text("utf-8"))


def beside(module: str) -> dict:
    """The tables of a module, by its __file__."""
    return read(Path(module).with_suffix(".toml"))


def listed(line: str) -> tuple[str, ...]:
    """Words or phrases that stand with commas between them, on one line or several."""
    return tuple(" ".join(word.split()) for word in line.split(","))


def lists(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: listed(line) for name, line in table.items()}
