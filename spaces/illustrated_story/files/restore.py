"""A book back from a file that was kept: HTML, PDF, EPUB, CBZ or JSON.

    book = read(data)      # UserError of one sentence for anything that is not such a book

The file may have been written by anybody. Nothing in it runs: HTML is looked through as text, a PDF is not interpreted
but searched for the one attachment, and a zip file is unpacked in memory, by name and up to a size.
"""

import base64
import binascii
import io
import re
import zipfile
import zlib

from shared.core.errors import UserError

from ..book import COVER, MOST_PAGES, Book
from ..book_json import KIND, MOST_JSON, MOST_PICTURE, from_json
from .html_file import DATA

MOST_FILE = 100 * 1024 * 1024  # bytes; a PDF holds each picture twice
MOST_LIST = 64 * 1024  # bytes of the list of files in an EPUB or CBZ; ours have 40 files

NO_BOOK = "This file holds no book: drop the HTML, PDF, EPUB, CBZ or JSON file of a book that was made here."
DAMAGED = "The book in this file is damaged or cut off."
TOO_LARGE = f"The book in this file is too large: {MOST_JSON >> 20} MB are the most."


def read(data: bytes) -> Book:
    """The book in the bytes of a file. Errors: UserError."""
    if not data:
        raise UserError("This file is empty.")
    if len(data) > MOST_FILE:
        raise UserError(f"This file is too large: books of up to {MOST_FILE >> 20} MB are read.")
    if b"%PDF-" in data[:1024]:
        return _from_pdf(data)
    if data.startswith(b"PK\x03\x04"):
        return _from_zip(data)
    start = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return _from_html(data)
    if start.startswith(b"{"):
        return from_json(_text(data))
    raise UserError(NO_BOOK)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(DAMAGED) from None


# HTML: the words in the JSON, the pictures in the pages before it

_IMAGE = re.compile(r'<img data-picture="(-1|\d{1,2})" src="data:image/png;base64,([A-Za-z0-9+/=]*)"')


def _from_html(data: bytes) -> Book:
    # The last one: ours stands behind the pages, and "<" is escaped in all that they say.
    before, mark, rest = _text(data).rpartition(DATA)
    if not mark:
        raise UserError(NO_BOOK)
    pictures = {}
    for number, packed in _IMAGE.findall(before):
        try:
            pictures[int(number)] = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError):
            raise UserError(DAMAGED) from None
    return from_json(rest.partition("</script>")[0], pictures)


# PDF: the attachment is a stream of its own, whose dictionary is never packed (ISO 32000-1, 7.11.4)

_MARK, _START = b"/EmbeddedFile", f'{{"kind": "{KIND}"'.encode()
_HEAD = 800  # bytes: where the dictionary of a stream begins before such a mark at most, and ends behind it
_MOST_MARKS = 50


def _from_pdf(data: bytes) -> Book:
    at = -1
    for _ in range(_MOST_MARKS):
        at = data.find(_MARK, at + 1)
        if at < 0:
            break
        end = data.find(b"stream", at, at + _HEAD)
        begin = data.rfind(b" obj", max(0, at - _HEAD), at)
        if begin < 0 or end < 0:
            continue  # the word stands elsewhere: in a list of names, or between two streams
        head = data[begin:end]
        start = end + len(b"stream")
        start += 2 if data[start : start + 2] == b"\r\n" else 1
        if b"/FlateDecode" in head:
            if _inflated(data[start : start + 4096], len(_START), whole=False) == _START:
                return from_json(_text(_inflated(data[start:], MOST_JSON)))
        elif data.startswith(_START, start):
            return from_json(_text(data[start : max(data.find(b"endstream", start), start)]))
    raise UserError(NO_BOOK)


def _inflated(data: bytes, most: int, whole: bool = True) -> bytes:
    """zlib, which knows its own end; at most `most` bytes of it. whole: more or less than all is an error."""
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(data, most + whole)
    except zlib.error:
        if whole:
            raise UserError(DAMAGED) from None
        return b""
    if whole and len(unpacked) > most:
        raise UserError(TOO_LARGE)
    if whole and not stream.eof:
        raise UserError(DAMAGED)
    return unpacked


# EPUB and CBZ: zip files with a book.json, and the pictures of the EPUB beside it

BOOK_IN_EPUB, BOOK_IN_CBZ = "OEBPS/book.json", "book.json"


def picture_in_epub(number: int) -> str:
    return f"OEBPS/images/{'cover' if number == COVER else f'page-{number + 1}'}.png"


def _from_zip(data: bytes) -> Book:
    # The list of files stands at the end, and its length before that is read: it could have a million lines.
    end = data.rfind(b"PK\5\6", -70_000)
    if end < 0 or len(data) < end + 22 or b"PK\6\7" in data[max(0, end - 20) : end]:
        raise UserError(DAMAGED)
    if int.from_bytes(data[end + 12 : end + 16], "little") > MOST_LIST:
        raise UserError(NO_BOOK)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            within = _folder(names)
            if within + BOOK_IN_EPUB in names:
                places = {n: within + picture_in_epub(n) for n in range(COVER, MOST_PAGES)}
                pictures = {n: _entry(archive, place, MOST_PICTURE) for n, place in places.items() if place in names}
                return from_json(_text(_entry(archive, within + BOOK_IN_EPUB, MOST_JSON)), pictures)
            if within + BOOK_IN_CBZ in names:
                return from_json(_text(_entry(archive, within + BOOK_IN_CBZ, MOST_JSON)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        raise UserError(DAMAGED) from None  # what zipfile raises for damage, locks and packings it does not know
    raise UserError(NO_BOOK)


def _folder(names: set[str]) -> str:
    """Where the book lies: a file that was unpacked and zipped again on a Mac has a folder around it, and __MACOSX."""
    folders = {"", *(name.partition("/")[0] + "/" for name in names)} - {"../", "./", "__MACOSX/"}
    books_in = (one for one in sorted(folders) if {one + BOOK_IN_EPUB, one + BOOK_IN_CBZ} & names)
    return next(books_in, "")


def _entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """At most `most` bytes of one file: a few kilobytes can unpack to gigabytes."""
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UserError(DAMAGED)
    with archive.open(name) as file:
        entry = file.read(most + 1)
    if len(entry) > most:
        raise UserError(TOO_LARGE)
    return entry
