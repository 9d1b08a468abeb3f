"""Sentences that are made deep inside, in the visitor's language: "Loading GPT-2", and why something cannot be done.

What raises an error or tells of its progress says an English sentence with its values in it, and knows nothing of
visitors; so does a client without a language. Where a sentence reaches a page it is looked up in words/sentences.toml,
the suite's and each Space's:

    "{title} needs {need} GB of memory." = "{title} 需要 {need} GB 内存。"

tests/page/test_sentences.py reads all of the code and fails for one that is not there.
"""

import re
import tomllib
from functools import cache
from typing import Any

from gradio.context import LocalContext

from shared.page import words

SPOKEN = {"message", "notice", "notices", "note", "error"}  # keys of a view whose texts are sentences


def told(sentence: object) -> str:
    """A sentence in the language of the visitor who is being answered; as it is for anybody else, and unknown ones."""
    return in_chinese(str(sentence)) if words.chinese(LocalContext.request.get(None)) else str(sentence)


def view(value: Any) -> Any:
    """The value of a view, with its sentences in the language of the visitor."""
    return _view(value) if words.chinese(LocalContext.request.get(None)) else value


def in_chinese(text: str) -> str:
    """One sentence, or some."""
    parts = re.split(r"(?<=[.!?…]) (?=[A-Z“])", text)
    found = [_sentence(part) for part in parts]
    if not all(found) and (whole := _sentence(text)):
        return whole
    return "".join(one or part for one, part in zip(found, parts, strict=True)) if any(found) else text


def _sentence(text: str) -> str | None:
    for pattern, chinese in _patterns(words.known_folders()):
        if found := pattern.fullmatch(text):
            return chinese.format(**{name: in_chinese(value) for name, value in found.groupdict().items()})
    return None


@cache
def _patterns(folders: tuple) -> list[tuple[re.Pattern, str]]:
    """The one with the most text of its own first."""
    table: dict[str, str] = {}
    for file in (folder / "words" / "sentences.toml" for folder in folders):
        table |= tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    own = lambda english: len(re.sub(r"\{\w+\}", "", english))  # noqa: E731
    return [(_pattern(english), table[english]) for english in sorted(table, key=own, reverse=True)]


def _pattern(english: str) -> re.Pattern:
    parts = re.split(r"\{(\w+)\}", english)
    holes = [re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+?)" for i, part in enumerate(parts)]
    return re.compile("".join(holes), re.S)


def _view(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        return in_chinese(value) if key in SPOKEN and value else value
    if isinstance(value, dict):
        return {name: _view(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_view(inner, key) for inner in value] if value and isinstance(value[0], dict | str) else value
    return value
