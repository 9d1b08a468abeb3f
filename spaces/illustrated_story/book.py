"""A picture book as data: what the tab shows, the exports keep and a dropped file restores.

    text = to_json(book); from_json(text)                        # pictures inside, as base64
    text = to_json(book, pictures=False); from_json(text, pngs)  # pictures beside it: {number: PNG}
    history = changed(history, moved(history.now, 3, 0)); history = undone(history)

A book that comes back in a file may have been written by anybody: `from_json` takes plain values of bounded size and
pictures that really are PNG, and turns everything else into a UserError of one sentence.
"""

import base64
import binascii
import io
import json
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared import recipe as recipes
from shared.core.errors import UserError
from shared.engines.text import language

MOST_PAGES = 12
COVER = -1  # the number of the cover among the pages, which count from 0
MOST_UNDO = 50  # books remembered; they share the pictures that did not change

KIND, FORMAT = "aigc-story-book", 1
MOST_JSON = 80 * 1024 * 1024  # bytes; 13 pictures of the largest size in base64, and their words
MOST_VALUES = 500_000  # brackets and commas: JSON of a few megabytes could unpack to gigabytes of empty lists
MOST_PICTURE = 4 * 1024 * 1024  # bytes of one PNG; noise of 1024 x 1024 has 3
MOST_SIDE = 2048  # pixels
# Characters. A page of a picture book has 300; these are what a reader could still turn, and a recipe can hold.
MOST = {"idea": 15_000, "title": 300, "text": 6_000, "prompt": 3_000, "alt": 2_000, "look": 1_000, "name": 300}
MOST_TOKENS = 60_000  # characters of token ids
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


# As JSON


def to_json(book: Book, pictures: bool = True) -> str:
    """pictures: with each PNG as base64; else only whether there is one."""

    def page(which: Page | None) -> dict | None:
        if which is None:
            return None
        packed = base64.b64encode(which.picture).decode() if which.picture and pictures else bool(which.picture)
        return vars(which) | {"picture": packed}

    book = cleaned(book)
    data = {"kind": KIND, "format": FORMAT} | vars(book)
    data |= {"cover": page(book.cover), "pages": [page(one) for one in book.pages]}
    data["characters"] = [vars(one) for one in book.characters]
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def from_json(text: str, pictures: Mapping[int, bytes] | None = None) -> Book:
    """The book in what `to_json` wrote.

    pictures: number (-1: cover) -> PNG, for a text without them; a page whose picture is not there is not drawn.
    Errors: UserError that says in one sentence what is wrong.
    """
    if len(text) > MOST_JSON:
        raise UserError(f"This book is too large: {MOST_JSON >> 20} MB are the most.")
    if sum(map(text.count, "[{,")) > MOST_VALUES:
        raise _damaged("it has too many values")
    try:
        data = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):  # not JSON, not UTF-8, a number of thousands of digits, a tower of brackets
        raise UserError("The book in this file is damaged: it is not readable as JSON.") from None
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise UserError("This is not a book of this app.")
    if data.get("format") != FORMAT:
        raise UserError("This book was written by a newer version of this app, which this one cannot read.")
    pages = _list(data, "pages", MOST_PAGES)
    if not pages:
        raise _damaged("it has no pages")
    beside = {} if pictures is None else pictures
    cover = data.get("cover")
    return Book(
        idea=_text(data, "idea", MOST["idea"]),
        style=_text(data, "style", MOST["name"]),
        text_model=_text(data, "text_model", MOST["name"]),
        image_model=_text(data, "image_model", MOST["name"]),
        seed=_seed(data),
        title=_text(data, "title", MOST["title"]),
        cover=None if cover is None else _page(cover, beside.get(COVER)),
        pages=tuple(_page(one, beside.get(number)) for number, one in enumerate(pages)),
        characters=tuple(_character(one) for one in _list(data, "characters", MOST_CHARACTERS)),
        tokens=_tokens(data),
        settings=_settings(data.get("settings") or {}),
        recipe=None if data.get("recipe") is None else recipes.check(data["recipe"]),
    )


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError("no number of ours is that long, and a million digits take hours")
    return int(digits)


def _damaged(what: str) -> UserError:
    return UserError(f"The book in this file is damaged: {what}.")


def _list(data: dict, key: str, most: int) -> list:
    value = data.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise _damaged(f"{key} must be a list of at most {most}")
    return value


def _text(data: dict, key: str, most: int) -> str:
    value = data.get(key)
    if not isinstance(value, str) or len(value) > most:
        raise _damaged(f"{key} must be a text of at most {most:,} characters")
    return clean(value)


def _seed(data: dict) -> int:
    value = data.get("seed")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= recipes.MAX_WHOLE:
        raise _damaged("seed must be a whole number from 0")
    return value


def _tokens(data: dict) -> str:
    value = _text(data, "tokens", MOST_TOKENS)
    if not re.fullmatch(r"[0-9 |]*", value):
        raise _damaged("tokens must be whole numbers")
    return value


def _settings(found) -> dict:
    return recipes.check({"tab": "illustrated_story", "settings": found})["settings"]


def _page(data, picture: bytes | None) -> Page:
    if not isinstance(data, dict):
        raise _damaged("a page must be an object")
    inside = data.get("picture")
    if isinstance(inside, str):
        try:
            picture = base64.b64decode(inside[: MOST_PICTURE * 2], validate=True)
        except (binascii.Error, ValueError):
            raise _damaged("a picture is cut off") from None
    elif inside is not True:
        picture = None
    likeness = data.get("likeness")
    number = isinstance(likeness, int | float) and not isinstance(likeness, bool) and math.isfinite(likeness)
    if likeness is not None and not (number and -1 <= likeness <= 1):
        raise _damaged("likeness must be a number from -1 to 1")
    return Page(
        text=_text(data, "text", MOST["text"]),
        prompt=_text(data, "prompt", MOST["prompt"]),
        seed=_seed(data),
        picture=None if picture is None else checked_png(picture),
        alt=_text(data, "alt", MOST["alt"]),
        likeness=likeness,
        recipe=None if data.get("recipe") is None else recipes.check(data["recipe"]),
        chinese=_text({"chinese": ""} | data, "chinese", MOST["text"]),  # books of before have none
        heads=_heads(data.get("heads") or []),
        recognised=_recognised(data.get("recognised") or []),
    )


def _recognised(found) -> tuple[tuple[str, int], ...]:
    try:
        return tuple((str(name)[: MOST["name"]], int(place)) for name, place in found[:MOST_CHARACTERS])
    except (TypeError, ValueError, OverflowError):
        raise _damaged("recognised must be a list of names and places") from None


def _heads(found) -> tuple[tuple[str, float, float], ...]:
    try:
        rows = [(str(name)[: MOST["name"]], float(x), float(y)) for name, x, y in found[:MOST_CHARACTERS]]
    except (TypeError, ValueError):
        raise _damaged("heads must be a list of names and places") from None
    return tuple((clean(name), x, y) for name, x, y in rows if 0 <= x <= 1 and 0 <= y <= 1)


def _character(data) -> Character:
    if not isinstance(data, dict):
        raise _damaged("a character must be an object")
    name, look = _text(data, "name", MOST["name"]), _text(data, "look", MOST["look"])
    style = _text({"style": ""} | data, "style", MOST["name"])  # books of before have none
    return Character(name, look, _seed(data), style, data.get("minor") is True)


def checked_png(data: bytes) -> bytes:
    """`data` itself, if it is one whole PNG of bounded size and nothing behind it. Errors: UserError."""
    from PIL import Image

    if len(data) > MOST_PICTURE:
        raise UserError(f"A picture in this file is too large: {MOST_PICTURE >> 20} MB are the most.")
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[-12:] != b"\0\0\0\0IEND\xaeB`\x82":
        raise _damaged("a picture is not a PNG")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            warnings.simplefilter("ignore")  # its size is judged here, and more strictly
            if max(picture.size) > MOST_SIDE or getattr(picture, "n_frames", 1) > 1:
                raise UserError(f"A picture in this file is too large: {MOST_SIDE} pixels a side are the most.")
            picture.load()
    except UserError:
        raise
    except Exception:  # Pillow raises half a dozen kinds for what is not a picture
        raise _damaged("a picture cannot be decoded") from None
    return data


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
