"""Sentences that are made deep inside, in the visitor's language: "Loading GPT-2", and why something cannot be done.

What raises an error or tells of its progress says an English sentence with its values in it, and knows nothing of
visitors; so does a client without a language. Where a sentence reaches a page it is looked up in words/sentences.toml,
the suite's and each Space's, see shared/core/chinese.py.

tests/page/test_sentences.py reads all of the code and fails for one that is not there.
"""

from typing import Any

from gradio.context import LocalContext

from shared.core import chinese
from shared.page import words

SPOKEN = {"message", "notice", "notices", "note", "error", "about"}  # keys of a view whose texts are sentences


def told(sentence: object) -> str:
    """A sentence in the language of the visitor who is being answered; as it is for anybody else, and unknown ones."""
    return in_chinese(str(sentence)) if words.chinese(LocalContext.request.get(None)) else str(sentence)


def view(value: Any) -> Any:
    """The value of a view, with its sentences in the language of the visitor."""
    return _view(value) if words.chinese(LocalContext.request.get(None)) else value


def facts(markdown: str) -> str:
    """The same of Markdown: tables, and lines in parts between which stands " · "."""
    return chinese.markdown(markdown, _files()) if words.chinese(LocalContext.request.get(None)) else markdown


def in_chinese(text: str) -> str:
    """One sentence, or some."""
    return chinese.sentences(text, _files())


def _files() -> chinese.Files:
    return tuple(folder / "words" / "sentences.toml" for folder in words.known_folders())


def _view(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        return in_chinese(value) if key in SPOKEN and value else value
    if isinstance(value, dict):
        return {name: _view(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_view(inner, key) for inner in value] if value and isinstance(value[0], dict | str) else value
    return value
