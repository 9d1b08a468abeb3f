"""A Chinese idea in English, and the words of a book in Chinese: the story itself is always written in English.

    for message, asked, by in in_english(asked, stop): ...    # the last asked.told is English
    for message, book in in_chinese(book, by, stop): ...      # page by page, the last is whole

The translator is one of the registry's, or the table of words, which has no weights. by: what a recipe says of it.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from shared import recipe
from shared.core import loaders, registry
from shared.core.registry.translation import INTO_CHINESE, INTO_ENGLISH
from shared.engines.translation import names

from .. import scenes
from ..book import COVER, Book, Character, Page, page_of
from ..records import fingerprint, translator_of, translators_of
from ..request import WORD_TABLE, Story
from . import by_table, from_chinese

BY_TABLE = {"model": WORD_TABLE, "source": "code"}
SMALL = (
    "The Chinese is by a small translator, which learned from 20,000 short sentences and loses much of a story: read "
    "it with care."
)
TABLED = "The Chinese is word for word, by a table of words and a few rules: read it with care."
Facts = tuple[dict[str, Any], ...]

# Where a small model may stop to breathe: it has read short sentences only.
BREATHS = re.compile(
    r"(?<=[,;:])\s+|\s+(?=(?:and|but|so|because|when) (?:he|she|it|they|the|his|her|we|you|I)\b)", re.IGNORECASE
)


def other_way(translator: str) -> str:
    """The translator into English that goes with one into Chinese."""
    same = translator.replace("-en-zh", "-zh-en")
    if translator == WORD_TABLE or same in registry.names(INTO_ENGLISH):
        return same
    return registry.names(INTO_ENGLISH)[0]


@contextmanager
def translating(name: str) -> Iterator[tuple[Callable[[str], str], dict[str, Any]]]:
    """(a sentence -> its translation, what a recipe says of the translator)."""
    if name == WORD_TABLE:
        yield by_table.translated, BY_TABLE
        return
    from shared.engines.translation import translate

    with loaders.use(name) as loaded:
        plain = partial(translate.plain, loaded.model)
        yield partial(_by_breaths, plain) if loaded.spec.bundled else plain, recipe.facts(loaded)


def _by_breaths(plain: Callable[[str], str], sentence: str) -> str:
    """Part by part, as a small model knows them."""
    parts = [part.strip(" ,;:") for part in BREATHS.split(sentence)]
    found = [plain(part if part[-1:] in '.!?"”。！？' else f"{part}.") for part in parts if part]
    return "".join(part.rstrip("。.") + "，" for part in found[:-1]) + "".join(found[-1:])


def prepare(name: str, stop: threading.Event) -> Iterator[str]:
    if name != WORD_TABLE:
        yield from loaders.prepare(name, stop=stop)


# ---- the idea ------------------------------------------------------------------------------------------------------


def in_english(asked: Story, stop: threading.Event) -> Iterator[tuple[str, Story, Facts]]:
    """(what is waited for, the request, ()), and last ("", the request with its idea in English, which weights)."""
    if asked.chinese and not asked.english:
        name = other_way(asked.translator)
        yield from ((sentence, asked, ()) for sentence in prepare(name, stop))
        if not stop.is_set():
            english, by = _idea(asked.idea, name)
            yield "", asked.model_copy(update={"english": english}), (by,)
            return
    yield "", asked, ()


def _idea(idea: str, name: str) -> tuple[str, dict[str, Any]]:
    """By the table, or by a model where that keeps everybody and everything that the idea names."""
    told, _ = from_chinese.told(idea)
    if name == WORD_TABLE and told:
        return told, BY_TABLE
    with translating(registry.names(INTO_ENGLISH)[0] if name == WORD_TABLE else name) as (translate, by):
        from shared.engines.translation.translate import lines

        found = "\n".join(" ".join(map(translate, line)) for line in lines(idea)).strip()
    small = by["model"] in _bundled()
    lost = [thing for thing in from_chinese.things(idea) if thing.split()[-1].lower() not in found.lower()]
    return (told, BY_TABLE) if small and lost and told else (found, by)


# ---- the book ------------------------------------------------------------------------------------------------------


def in_chinese(book: Book, by: Facts, stop: threading.Event, old: Book | None = None) -> Iterator[tuple[str, Book]]:
    """(what is done, the book so far), and last with "" the whole; pages that have their Chinese keep it.

    by: the weights that translated its idea. old: a book that pages were taken from.
    """
    by = by or tuple(translators_of(old) if old else ())
    book = _noted(book, by)
    pages = [number for number, page in book.numbered() if not page.chinese]
    name = str(book.settings.get("translator") or WORD_TABLE)
    if book.language != "english" and pages:
        yield from ((sentence, book) for sentence in prepare(name, stop))
    if book.language != "english" and pages and not stop.is_set():
        with translating(name) as (translate, facts):
            book = _noted(book, (facts, *(one for one in by if one["model"] != facts["model"])))
            for done, number in enumerate(pages):
                if stop.is_set():
                    break
                yield f"Translating page {done + 1} of {len(pages)}", book
                book = book.with_page(number, _page(book, number, translate))
    yield "", replace(book, settings=book.settings | {"as_made": fingerprint(book)})


def _noted(book: Book, by: Facts) -> Book:
    return replace(book, settings=book.settings | {"translated": json.dumps(by)}) if by else book


def _page(book: Book, number: int, translate: Callable[[str], str]) -> Page:
    page = page_of(book, number)
    if number == COVER:
        return replace(
            page, chinese=(by_table.title if translate is by_table.translated else translate)(page.text).rstrip("。.")
        )
    lines = ("".join(map(translate, scenes.sentences(line))) for line in page.text.split("\n"))
    return replace(page, chinese="\n".join(lines))


def again(book: Book, number: int) -> Book:
    """A page whose text was changed by hand is translated anew. Errors: UserError."""
    with translating(translator_of(book) or WORD_TABLE) as (translate, _):
        return book.with_page(number, _page(book, number, translate))


def renamed(text: str, before: Character, after: Character) -> str:
    """Chinese with another name of somebody: that of the table, or as it is written in English."""
    there, new = (names.IN_CHINESE.get(one.name, one.name) for one in (before, after))
    return text.replace(there, new)


def notes(book: Book) -> list[str]:
    """What a reader should know of how its words were translated."""
    name, told = translator_of(book), book.told != book.idea
    said = [f"The idea in English: “{book.told}”."] * told
    if told and translators_of(book)[-1:] == [recipe.facts(BY_TABLE)] and (strange := from_chinese.told(book.idea)[1]):
        said.append(f"Words of the idea that the table does not have: {', '.join(strange)}.")
    return [*said, *[TABLED] * (name == WORD_TABLE), *[SMALL] * (name in _bundled())]


def _bundled() -> list[str]:
    return [row.name for row in registry.SPECS if row.task in (INTO_CHINESE, INTO_ENGLISH) and row.bundled]
