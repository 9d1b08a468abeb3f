"""The book to read: one piece of HTML with reader.css and reader.js, in the tab and in the file that is kept.

    <style>reader.css</style> markup(book) <script>scripts.script(words(), reader.js); storyReader(root)</script>

Without the script it is a row of pages to push along; the script puts the buttons, the keys and the voice there. All
text is escaped, and nothing but pictures has an address.
"""

import base64
import html
import re
from collections.abc import Callable
from pathlib import Path

from shared.engines.text import language
from shared.page import words as page_words

from .. import blurb, translating
from ..book import COVER, Book, Page, cleaned
from . import speech

WORDS = page_words.beside(__file__)

BACK = -2  # the number of the back cover
STYLE, SCRIPT = (Path(__file__).with_name(f"reader.{kind}") for kind in ("css", "js"))

# A whole sentence with the quotation mark behind it, in the scripts that end theirs with one of these.
_SENTENCE = re.compile(r"[^.!?…。！？।؟]+[.!?…。！？।؟]*[\"'”’»)」』]*\s*|[.!?…。！？।؟\"'”’»)」』]+\s*")


def data_url(number: int, page: Page) -> str:
    """The picture itself as an address."""
    return "data:image/png;base64," + base64.b64encode(page.picture).decode()


def markup(book: Book, editable: bool = False, address: Callable[[int, Page], str] = data_url) -> str:
    """The book as HTML: a <div class="sb"> with one <section class="sb-page" data-number="N"> for the cover and a page.

    editable: each page has a <button class="sb-edit" data-number="N"> and tells how alike its characters are.
    address: (number, page) -> where its picture is, for those that are served as files.
    """
    book = cleaned(book)
    spoken = language_of(book)
    pages = "".join(_section(book, number, page, editable, address) for number, page in book.numbered())
    pages += _back(book)
    return (
        f'<div class="sb" lang="{spoken}" data-layout="{book.layout}">'
        f'<div class="sb-pages" role="region" tabindex="0" dir="{direction(spoken)}" '
        f'aria-label="{html.escape(book.name)}">{pages}</div></div>'
    )


def _section(book: Book, number: int, page: Page, editable: bool, address: Callable) -> str:
    cover = number == COVER
    name = html.escape(book.name if cover else f"{number + 1} / {len(book.pages)}")
    kind = "sb-page sb-cover" if cover else "sb-page"
    two = " data-two" if book.layout == "bubbles" and not cover else ""
    if page.picture:
        alt, source = html.escape(translating.alt(book, page)), html.escape(address(number, page))
        picture = f'<img data-picture="{number}" src="{source}" alt="{alt}" draggable="false">'
        over = speech.overlay(page, book) if book.layout == "bubbles" and not cover else None
        if over:
            # Its words are read in the text of the page.
            address_of = "data:image/png;base64," + base64.b64encode(over).decode()
            picture = f'<div class="sb-stage">{picture}<img class="sb-speech" src="{address_of}" alt=""></div>'
    else:
        picture = '<div class="sb-undrawn"></div>'
    if cover:
        titles = book.lines(page) or [(book.name, "")]
        said = "<br>".join(f'<span class="sb-say"{_in(spoken)}>{html.escape(line)}</span>' for line, spoken in titles)
        text = f'<h2 class="sb-title" dir="auto">{said}</h2>'
    else:
        text = "".join(_paragraph(line, spoken) for line, spoken in book.lines(page))
        text += f'<span class="sb-folio" aria-hidden="true">{number + 1}</span>'
    text += _tools(number, page) if editable else ""
    return (
        f'<section class="{kind}" data-number="{number}"{two} '
        f'aria-label="{name}"><div class="sb-picture">{picture}</div>'
        f'<div class="sb-text"><div class="sb-words">{text}</div></div></section>'
    )


def _back(book: Book) -> str:
    """The back cover; "" where there is too little to say."""
    said = "".join(_paragraph(text, spoken) for text, spoken in blurb.of(book))
    there = f'<div class="sb-text"><div class="sb-words">{said}</div></div>'
    return f'<section class="sb-page sb-cover sb-back" data-number="{BACK}">{there}</section>' if said else ""


def _in(spoken: str) -> str:
    return f' lang="{spoken}"' if spoken else ""


def _paragraph(text: str, spoken: str) -> str:
    said = "".join(f'<span class="sb-say">{html.escape(one)}</span>' for one in sentences(text))
    return f'<p dir="auto"{_in(spoken)}>{said}</p>'


def sentences(text: str) -> list[str]:
    """The text in the pieces that are read aloud; “Oh no!” said Tim. is one."""
    pieces: list[str] = []
    for piece in _SENTENCE.findall(text):
        if pieces and piece[:1].islower():
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _tools(number: int, page: Page) -> str:
    alike = "" if page.likeness is None else f' data-likeness="{page.likeness:.2f}"'
    return f'<button type="button" class="sb-edit" data-number="{number}"{alike}></button>'


def words() -> dict[str, tuple[str, str]]:
    """The words of reader.js: key -> (English, Chinese)."""
    return {f"reader_{key}": pair for key, pair in WORDS.table("reader").items()}


# What the words are written in: for the voice that reads them, for hyphens, and for the fonts


def language_of(book: Book) -> str:
    """Of most of what stands on its pages; of both languages, the first."""
    return "en" if book.language == "both" else language.of(_words_of(book))


def _words_of(book: Book) -> str:
    return " ".join([book.name, *(line for page in book.pages for line, _ in book.lines(page))])


def direction(language: str) -> str:
    """Which way a book in this language runs."""
    return "rtl" if language in ("ar", "he") else "ltr"
