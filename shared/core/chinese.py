"""English sentences in Chinese, by tables of patterns in TOML:

    "{title} needs {need} GB of memory." = "{title} 需要 {need} GB 内存。"

{x} stands for anything, and what stands there is looked up in its turn; the pattern with the most text of its own wins.
"""

import re
import tomllib
from functools import cache
from pathlib import Path

Files = tuple[Path, ...]  # tables; one that is not there is empty
SUITE = Path(__file__).parents[1] / "page" / "words" / "sentences.toml"  # of what is said outside of the Spaces


def sentences(text: str, files: Files = (SUITE,)) -> str:
    """One sentence, or some. What no table has stays English."""
    parts = re.split(r"(?<=[.!?…]) (?=[A-Z“])", text)
    found = [_sentence(part, files) for part in parts]
    if not all(found) and (whole := _sentence(text, files)):
        return whole
    return "".join(one or part for one, part in zip(found, parts, strict=True)) if any(found) else text


def markdown(text: str, files: Files = (SUITE,)) -> str:
    """Tables cell by cell, and lines in parts between which stands " · "."""
    return "\n".join(_line(line, files) for line in text.split("\n"))


def _line(line: str, files: Files) -> str:
    if line.startswith("|---"):
        return line
    if line.startswith("|"):
        return "|".join(f" {sentences(cell.strip(), files)} " if cell.strip() else cell for cell in line.split("|"))
    return " · ".join(_part(part, files) for part in line.split(" · "))


def _part(part: str, files: Files) -> str:
    """With its full stop or without."""
    for end, stop in (("", ""), (".", "。")):
        if (found := sentences(part + end, files)) != part + end:
            return found.removesuffix(stop)
    return part


def _sentence(text: str, files: Files) -> str | None:
    for pattern, chinese in _patterns(files):
        if found := pattern.fullmatch(text):
            return chinese.format(**{name: sentences(value, files) for name, value in found.groupdict().items()})
    return None


@cache
def _patterns(files: Files) -> list[tuple[re.Pattern[str], str]]:
    """The one with the most text of its own first."""
    table: dict[str, str] = {}
    for file in files:
        table |= tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    own = lambda english: len(re.sub(r"\{\w+\}", "", english))  # noqa: E731
    return [(_pattern(english), table[english]) for english in sorted(table, key=own, reverse=True)]


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    holes = [re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts)]
    return re.compile("".join(holes), re.S)
