"""A picture book as data: what the tab shows, the exports keep and a dropped file restores (book_json.py).

history = changed(history, moved(history.now, 3, 0)); history = undone(history)
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from shared.core.errors import UserError
from shared.engines.text import language

MOST_PAGES = 12
COVER = -1  # the number of the cover among the pages, which count from 0
MOST_UNDO = 50  # books remembered; they share the pictures that did not change

MOST_CHARACTERS = 24


@dataclass(frozen=True)
class Character:
    """Somebody or something that looks the same on every page."""

    name: str  # as the story calls them: "Alex", "the little fox", "the red ball"
    look: str  # fixed words for the picture model: "fox", "man astronaut", "a brave explorer in a silver suit"
    seed: int  # of the noise that the figure is drawn from
    style: str = ""  # of the picture model; "" is the book's
    minor: bool = False  # is in the story, which is not told of it: the ball of a boy


@dataclass(frozen=True)
class Page:
    """The cover has one too: its text is the title."""

    text: str
    prompt: str  # what the picture shows, in words: "a fox, a ball and a tree in the park"; may be edited
    seed: int
    picture: bytes | None = None  # PNG, its recipe inside; None: not drawn yet
    alt: str = ""  # what the picture shows, for those who cannot see it
    likeness: float | None = None  # of its characters to their first picture, in [-1, 1]
    recipe: dict | None = None  # how text and picture were made (shared.recipe)
    chinese: str = ""  # the text, translated; "" where the book has none
    # (name of a character, x of the middle of their head, y of its top), as parts of the picture: for speech bubbles
    heads: tuple[tuple[str, float, float], ...] = ()
    # (name of a thing on the picture, the place that CLIP gives that name among all of the vocabulary, from 1)
    recognised: tuple[tuple[str, int], ...] = ()


LANGUAGES = ("auto", "english", "chinese", "both")  # of the words of a book; the first: as its idea
LAYOUTS = ("above", "full", "bubbles")  # of pages: a picture above its text, a whole picture with it, two pages


@dataclass(frozen=True)
class Book:
    idea: str
    style: str
    text_model: str
    image_model: str
    seed: int
    title: str = ""
    cover: Page | None = None
    pages: tuple[Page, ...] = ()
    characters: tuple[Character, ...] = ()
    tokens: str = ""  # the ids of the story as it was written, with spaces between; see forks.as_written
    settings: dict = field(default_factory=dict)  # all that the tab needs to write it again
    recipe: dict | None = None  # of the whole book, while it is as the models made it

    def with_page(self, number: int, page: Page) -> "Book":
        """The book with another page `number`, from 0; -1 is the cover."""
        if number == COVER:
            return replace(self, cover=page)
        return replace(self, pages=(*self.pages[:number], page, *self.pages[number + 1 :]))

    def page(self, number: int) -> Page | None:
        """Page `number`, from 0; -1 is the cover, which may be missing."""
        return self.cover if number == COVER else self.pages[number]

    @property
    def language(self) -> str:
        """english, chinese or both."""
        return language_for(self.settings.get("language"), self.idea)

    @property
    def told(self) -> str:
        """The idea in English, of which the story was written."""
        return str(self.settings.get("english") or "") or self.idea

    def lines(self, page: Page) -> list[tuple[str, str]]:
        """(line, language) of what stands on a page: "zh" for what was translated, "" for what was written."""
        chinese = page.chinese if self.language != "english" else ""
        written = "" if chinese and self.language == "chinese" else page.text
        found = [(line, "") for line in written.split("\n")] + [(line, "zh") for line in chinese.split("\n")]
        return [(line, spoken) for line, spoken in found if line.strip()]

    @property
    def name(self) -> str:
        """The title, in all its languages."""
        there = self.lines(Page(self.title, "", 0, chinese=self.cover.chinese if self.cover else ""))
        return " · ".join(line for line, _ in there) or self.told[:80]

    @property
    def layout(self) -> str:
        """One of LAYOUTS."""
        found = self.settings.get("layout")
        return found if found in LAYOUTS else LAYOUTS[0]

    def numbered(self) -> list[tuple[int, Page]]:
        """(number, page) in reading order: the cover (-1), if there is one, then the pages from 0."""
        return ([(COVER, self.cover)] if self.cover else []) + list(enumerate(self.pages))


def language_for(chosen: Any, idea: str) -> str:
    """What "auto" comes to: an English idea makes an English book, a Chinese one a book in both."""
    return chosen if chosen in LANGUAGES[1:] else "both" if language.of(idea) == "zh" else "english"


def drawing_order(book: Book) -> list[int]:
    """The numbers of all its pages, the cover last: a reader who waits wants to see how the story begins."""
    return [*range(len(book.pages)), COVER]


def page_of(book: Book, number) -> Page:
    """The page of a number that a browser sent. Errors: UserError where the book has no such page."""
    whole = isinstance(number, int) and not isinstance(number, bool)
    if whole and number == COVER and book.cover:
        return book.cover
    if not whole or not 0 <= number < len(book.pages):
        raise UserError("This page is no longer in the book.")
    return book.pages[number]


def picture_missing(book: Book, number: int) -> bool:
    page = page_of(book, number)
    return page.picture is None and bool(page.prompt.strip())


# Edits: each gives a new book and leaves the old one as it was


def _known(book: Book, number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(book.pages):
        raise UserError(f"This book has pages 1 to {len(book.pages)}; there is no page {_shown(number)}.")
    return number


def _shown(number) -> str:
    return str(number + 1) if isinstance(number, int) else str(number)[:20]


def inserted(book: Book, number: int, page: Page) -> Book:
    """`page` becomes page `number`; those behind it move on. Errors: UserError."""
    if len(book.pages) >= MOST_PAGES:
        raise UserError(f"A book has at most {MOST_PAGES} pages: delete one first.")
    if number != len(book.pages):
        _known(book, number)
    return replace(book, pages=(*book.pages[:number], page, *book.pages[number:]))


def deleted(book: Book, number: int) -> Book:
    """Without page `number`. Errors: UserError."""
    _known(book, number)
    if len(book.pages) == 1:
        raise UserError("A book needs at least one page: this is its last.")
    return replace(book, pages=(*book.pages[:number], *book.pages[number + 1 :]))


def moved(book: Book, number: int, to: int) -> Book:
    """Page `number` stands at `to`, the others in their order. Errors: UserError."""
    pages = list(book.pages)
    page = pages.pop(_known(book, number))
    pages.insert(_known(book, to), page)
    return replace(book, pages=tuple(pages))


def replaced(book: Book, number: int, page: Page) -> Book:
    """With another page `number`; -1 is the cover, whose text is the title. Errors: UserError."""
    if number == COVER:
        return replace(book.with_page(COVER, page), title=page.text)
    return book.with_page(_known(book, number), page)


@dataclass(frozen=True)
class History:
    """A book, what it was before, and what was undone."""

    now: Book
    past: tuple[Book, ...] = ()  # the oldest first
    future: tuple[Book, ...] = ()  # the next first


def changed(history: History, book: Book) -> History:
    """`book` is the newest now; what was undone cannot come back."""
    if book == history.now:
        return history
    return History(book, (*history.past, history.now)[-MOST_UNDO:])


def undone(history: History) -> History:
    if not history.past:
        raise UserError("There is nothing to undo.")
    return History(history.past[-1], history.past[:-1], (history.now, *history.future))


def redone(history: History) -> History:
    if not history.future:
        raise UserError("There is nothing to redo.")
    return History(history.future[0], (*history.past, history.now), history.future[1:])


# Text that every file format can hold

# Controls but tab and line break, halves of a UTF-16 pair, and code points that are no characters: XML forbids them.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """The same text without what XML, HTML and PDF cannot hold; line breaks are \\n."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def cleaned(book: Book) -> Book:
    """The book with all its texts `clean`."""

    def page(found: Page) -> Page:
        own = {name: clean(getattr(found, name)) for name in ("text", "prompt", "alt", "chinese")}
        return replace(found, **own)

    return replace(
        book,
        idea=clean(book.idea),
        title=clean(book.title),
        cover=book.cover and page(book.cover),
        pages=tuple(map(page, book.pages)),
        characters=tuple(replace(one, name=clean(one.name), look=clean(one.look)) for one in book.characters),
    )
