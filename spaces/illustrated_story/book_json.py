"""A picture book as JSON: what the exports keep and a dropped file restores.

    text = to_json(book); from_json(text)                        # pictures inside, as base64
    text = to_json(book, pictures=False); from_json(text, pngs)  # pictures beside it: {number: PNG}

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

from shared import recipe as recipes
from shared.core.errors import UserError

from .book import COVER, MOST_CHARACTERS, MOST_PAGES, Book, Character, Page, clean, cleaned

KIND, FORMAT = "aigc-story-book", 1
MOST_JSON = 80 * 1024 * 1024  # bytes; 13 pictures of the largest size in base64, and their words
MOST_VALUES = 500_000  # brackets and commas: JSON of a few megabytes could unpack to gigabytes of empty lists
MOST_PICTURE = 4 * 1024 * 1024  # bytes of one PNG; noise of 1024 x 1024 has 3
MOST_SIDE = 2048  # pixels
# Characters. A page of a picture book has 300; these are what a reader could still turn, and a recipe can hold.
MOST = {"idea": 15_000, "title": 300, "text": 6_000, "prompt": 3_000, "alt": 2_000, "look": 1_000, "name": 300}
MOST_TOKENS = 60_000  # characters of token ids


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
