"""The book set on pages, by Typst: shaped, bidirectional text in any script that there is a font for, as PDF or PNG.

pages.typ says how a page looks. Fonts: those of this folder first (fonts/README.md), so that a book comes out the same
on a machine that has none, then the machine's own.
"""

import json
import re
import tempfile
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from shared.core.errors import UserError
from shared.page import words

from .. import blurb, translating
from ..book import COVER, Book, Page, cleaned
from ..book_json import to_json
from . import imprint, speech
from .reader import language_of

WORDS = words.beside(__file__)

HERE = Path(__file__).parent
TEMPLATE, FONTS = HERE / "pages.typ", HERE / "fonts"
FAMILIES = (
    "Andika",
    "Noto Naskh Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Thai",
    "Story Sans CJK",
)
CENTRED = 170  # characters: a short text stands in the middle, a longer one is easier to read from one edge


@cache
def fonts():
    """All fonts that can be used; looking for the machine's own takes half a second, once."""
    import typst

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=[str(FONTS)])


def pdf(book: Book) -> bytes:
    """Tagged for screen readers (PDF/UA-1), the book's data attached. Errors: UserError, see `missing`."""
    return _typeset(book, attach=True, format="pdf", pdf_standards="ua-1")


def sheets(book: Book, ppi: float) -> list[bytes]:
    """Each page as a PNG. Errors: UserError, see `missing`."""
    return _typeset(book, format="png", ppi=ppi)


def _typeset(book: Book, attach: bool = False, **options):
    """What typst.compile gives with these options. attach: the book's data goes in, with all its signs."""
    import typst

    book = cleaned(book)
    if missing(book):
        raise UserError(missing(book))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)  # Typst reads nothing outside it
        (root / "pages.typ").write_bytes(TEMPLATE.read_bytes())
        for number, page in book.numbered():
            if page.picture:
                (root / _file(number)).write_bytes(page.picture)
            over = _over(book, number)
            if over:
                (root / f"speech-{number + 1}.png").write_bytes(over)
        if attach:
            (root / "book.json").write_text(to_json(book), "utf-8")
        (root / "words.json").write_text(json.dumps(_words(book, attach), ensure_ascii=False), "utf-8")
        return typst.compile(str(root / "pages.typ"), root=folder, font_paths=fonts(), **options)


def _file(number: int) -> str:
    return "cover.png" if number == COVER else f"page-{number + 1}.png"


def _over(book: Book, number: int) -> bytes | None:
    if book.layout != "bubbles" or number == COVER:
        return None
    return speech.overlay(book.pages[number], book)


def _words(book: Book, attach: bool) -> dict:
    """What pages.typ sets."""

    spoken, lost = language_of(book), lost_in(book)

    def page(number: int, which: Page) -> dict:
        lines = [(spared(line, lost), of or spoken) for line, of in book.lines(which)]
        return {
            "picture": _file(number) if which.picture else None,
            "speech": f"speech-{number + 1}.png" if _over(book, number) else None,
            "alt": spared(translating.alt(book, which), lost),
            "paragraphs": [{"text": line, "language": of} for line, of in lines],
            "centred": sum(len(line) for line, _ in lines) <= CENTRED,
            "name": WORDS.say("imprint_page", spoken == "zh", number=number + 1),
        }

    return {
        "title": spared(book.name, lost) or "-",
        "titles": [spared(line, lost) for line, _ in book.lines(book.cover)] if book.cover else [],
        "idea": spared(book.idea[:300], lost),
        "language": spoken,
        "layout": book.layout,
        "fonts": FAMILIES,
        "cover": book.cover and page(COVER, book.cover),
        "pages": [page(number, one) for number, one in enumerate(book.pages)],
        "blurb": [{"text": spared(text, lost), "language": of or spoken} for text, of in blurb.of(book)],
        "imprint": _imprint(book, spoken, lost),
        "attach": attach,
    }


def _imprint(book: Book, spoken: str, lost: tuple[str, ...]) -> dict:
    made = imprint.of(book, spoken)
    lines = [spared(line, lost) for line in made["lines"]]
    if lost:
        lines.append(WORDS.say("imprint_left_out", spoken == "zh", signs=", ".join(map(name_of, lost))))
    return made | {"lines": lines}


# Which characters have no font

MOST_LOST = 0.1  # of the letters of a book; emoji are none


def missing(book: Book) -> str:
    """A sentence that names the characters no font here has, where they are too many to be left out; else ""."""
    lost = lost_in(book)
    letters = [letter for text in _texts(book) for letter in text if letter.isalpha()]
    if sum(letter in lost for letter in letters) <= MOST_LOST * len(letters):
        return ""
    listed = ", ".join(f"{one} ({name_of(one)})" for one in lost[:3])
    more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
    return (
        f"No font on this machine has {listed}{more}, so this book cannot be printed here: "
        "its HTML and EPUB files show it with the reader's own fonts."
    )


def name_of(letter: str) -> str:
    """As Unicode calls it: "fox face"."""
    return unicodedata.name(letter, f"U+{ord(letter):04X}").lower()


def spared(text: str, lost: tuple[str, ...]) -> str:
    """Without these signs, and what only joins or colours them."""
    if not lost:
        return text
    signs = "".join(map(re.escape, lost))
    text = re.sub(f"[{signs}][{signs}\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]*", "", text)
    return re.sub(r"[^\S\n]{2,}", " ", re.sub(r"[^\S\n]+(?=[.,!?;:]|$)", "", text))


def _texts(book: Book) -> list[str]:
    texts = [book.name, *imprint.of(book, language_of(book))["lines"]]
    for _, page in book.numbered():
        texts += [translating.alt(book, page), *(line for line, _ in book.lines(page))]
    return texts


def lost_in(book: Book) -> tuple[str, ...]:
    """The signs of a book that no font here has."""
    return _lost(frozenset(word for text in _texts(book) for word in text.split() if not word.isascii()))


@lru_cache(maxsize=32)
def _lost(words: frozenset[str]) -> tuple[str, ...]:
    letters = sorted({letter for word in _without(sorted(words)) for letter in word if ord(letter) > 126})
    # A sign that stands on a letter cannot stand alone: such a sign is named only where nothing else is to blame.
    return tuple(_without([letter for letter in letters if not unicodedata.combining(letter)]) or _without(letters))


def _without(parts: list[str]) -> list[str]:
    """Those of `parts` that no font has: a list that cannot be set is halved, and each half tried."""
    if not parts or drawable(parts):
        return []
    if len(parts) == 1:
        return parts
    middle = len(parts) // 2
    return _without(parts[:middle]) + _without(parts[middle:])


def drawable(parts: list[str]) -> bool:
    """Whether there is a font for all of these. PDF/UA forbids boxes in place of letters, and Typst sees to it."""
    import typst

    source = b'#set document(title: "x")\n#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.parts'
    inputs = {"fonts": json.dumps(FAMILIES), "parts": " ".join(parts)}
    try:
        typst.compile(source, font_paths=fonts(), format="pdf", pdf_standards="ua-1", sys_inputs=inputs)
    except typst.TypstError:
        return False
    return True
