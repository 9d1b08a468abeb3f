"""The book as CBZ, for comic readers: each page as a picture with its words, ComicInfo.xml, and the book's data.

https://anansi-project.github.io/docs/comicinfo/documentation. A comic reader shows nothing but pictures, so the pages
are set as for print; the data that restore.py reads is a file that comic readers pass over.
"""

import html
import io
import zipfile

from ..book import Book, cleaned
from ..book_json import to_json
from . import typeset
from .epub_file import WHEN
from .reader import direction, language_of
from .restore import BOOK_IN_CBZ

PPI = 144  # 1587 x 1191 pixels: sharp on a tablet

INFO = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <Title>{title}</Title>
  <Summary>{summary}</Summary>
  <Notes>{notes}</Notes>
  <Writer>{writer}</Writer>
  <Penciller>{artist}</Penciller>
  <Genre>Children</Genre>
  <PageCount>{count}</PageCount>
  <LanguageISO>{language}</LanguageISO>
  <BlackAndWhite>No</BlackAndWhite>
  <Manga>{manga}</Manga>
</ComicInfo>
"""


def write(book: Book) -> bytes:
    """Errors: UserError where the words have characters that no font here has."""
    book = cleaned(book)
    sheets = typeset.sheets(book, PPI)
    spoken = language_of(book)
    info = INFO.format(
        title=html.escape(book.name),
        summary=html.escape(" ".join(line for page in book.pages for line, _ in book.lines(page))),
        notes=html.escape(f"Idea: {book.idea}. Seed: {book.seed}. The recipe of every page is in {BOOK_IN_CBZ}."),
        writer=html.escape(book.text_model),
        artist=html.escape(book.image_model),
        count=len(sheets),
        language=spoken,
        manga="YesAndRightToLeft" if direction(spoken) == "rtl" else "No",
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        files = {f"{i:03}.png": sheet for i, sheet in enumerate(sheets)}
        for name, content in (files | {"ComicInfo.xml": info, BOOK_IN_CBZ: to_json(book)}).items():
            entry = zipfile.ZipInfo(name, WHEN)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()
