"""Story books: edits, and the files they are kept in: all comes back, in any script, and no file can do harm."""

import base64
import io
import json
import re
import shutil
import struct
import subprocess
import time
import zipfile
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from illustrated_story import book as books
from illustrated_story import forks
from illustrated_story.book import COVER, MOST_PAGES, Book, History
from illustrated_story.book_json import from_json, to_json
from illustrated_story.files import cbz_file, epub_file, html_file, pdf_file, reader, restore, speech, typeset
from PIL import Image
from story_books import SCRIPTS, book, page, png

from shared import recipe
from shared.core.errors import UserError

WRITERS = {
    "html": html_file.write,
    "pdf": pdf_file.write,
    "epub": epub_file.write,
    "cbz": cbz_file.write,
    "json": lambda one: to_json(one).encode(),
}
POPPLER = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="no pdftoppm: apt-get install poppler-utils")
EVERY = pytest.mark.parametrize("kind", WRITERS)


def refused(act, *arguments):
    """The one sentence of a UserError."""
    with pytest.raises(UserError) as caught:
        act(*arguments)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 400
    return sentence


# Edits


def texts(one: Book) -> str:
    return " ".join(page.text[:1] for page in one.pages)


def test_pages_are_inserted_moved_deleted_and_replaced():
    old = book(("a", "b", "c"))
    assert texts(books.inserted(old, 1, page(9, "x"))) == "a x b c"
    assert texts(books.inserted(old, 3, page(9, "x"))) == "a b c x"
    assert texts(books.moved(old, 2, 0)) == "c a b" and texts(books.moved(old, 0, 2)) == "b c a"
    assert texts(books.deleted(old, 1)) == "a c"
    assert texts(books.replaced(old, 1, page(9, "x"))) == "a x c"
    assert texts(old) == "a b c"  # each edit gives another book


def test_a_story_edited_by_hand_goes_on_from_the_pages_before_and_one_drawn_anew_from_all():
    old = forks.marked(book())
    assert forks.as_written(books.replaced(old, 1, replace(old.pages[1], seed=99))) == 3
    assert forks.as_written(books.replaced(old, 1, replace(old.pages[1], text="Another."))) == 1
    assert forks.as_written(books.moved(old, 1, 0)) == forks.as_written(books.deleted(old, 0)) == 0
    assert forks.as_written(books.inserted(old, 2, page(9, "x"))) == 2
    assert forks.as_written(book()) == 3, "a file of before has no marks, and tokens only where all is as written"
    assert forks.as_written(replace(old, tokens="")) == 0


def test_the_cover_is_replaced_with_the_title():
    one = books.replaced(book(), COVER, page(COVER, "Another title"))
    assert one.title == one.cover.text == "Another title" and one.tokens


def test_what_no_book_can_be():
    full = book(["a"] * MOST_PAGES)
    assert "at most 12 pages" in refused(books.inserted, full, 0, page(0, "x"))
    assert "at least one page" in refused(books.deleted, book(["a"]), 0)
    for number in (-1, 3, 1.5, "2", None, True):
        assert "pages 1 to 3" in refused(books.moved, book(), number, 0)


def test_undo_and_redo():
    history = History(book(("a", "b", "c")))
    history = books.changed(history, books.deleted(history.now, 0))
    history = books.changed(history, books.moved(history.now, 0, 1))
    assert texts(history.now) == "c b"
    back = books.undone(books.undone(history))
    assert texts(back.now) == "a b c" and texts(books.redone(back).now) == "b c"
    assert not books.changed(back, books.deleted(back.now, 2)).future  # another way was taken
    assert books.changed(back, back.now) is back
    assert "nothing to undo" in refused(books.undone, back)
    for _ in range(books.MOST_UNDO + 10):
        history = books.changed(history, books.moved(history.now, 0, 1))
    assert len(history.past) == books.MOST_UNDO


# Round trips


@EVERY
@pytest.mark.parametrize("drawn", [True, False])
def test_every_file_gives_the_book_back(kind, drawn):
    original = book(drawn=drawn, cover=drawn)
    data = WRITERS[kind](original)
    assert restore.read(data) == original
    assert WRITERS[kind](original) == data  # the same book, the same file


@EVERY
def test_every_file_carries_the_recipe_of_every_page(kind):
    one = restore.read(WRITERS[kind](book()))
    for number, found in one.numbered():
        assert recipe.check(found.recipe)["seed"] == 10 + number
        assert recipe.read_bytes(found.picture)["settings"]["prompt"] == "a fox and a ball"


@EVERY
def test_words_that_look_like_markup_stay_words(kind):
    nasty = '</script><script>alert(1)</script><img src=x onerror=alert(1)> & "quoted" \\u003c #let x = 1 {{}} ]]> 100%'
    original = book([nasty, "two"], title=nasty[:200])
    original = replace(
        original, idea=nasty, pages=(replace(original.pages[0], alt=nasty, prompt=nasty), original.pages[1])
    )
    data = WRITERS[kind](original)
    assert restore.read(data) == original
    if kind == "html":
        assert data.count(b"<script") == 2 and b"<img src=x" not in data  # the data and the reader


@EVERY
def test_what_files_cannot_hold_is_left_out(kind):
    one = book(["A bell\x07, a null\x00, half a pair\ud83d, \ufffe and\r\na line."])
    assert restore.read(WRITERS[kind](one)).pages[0].text == "A bell, a null, half a pair,  and\na line."


@pytest.mark.parametrize("language", SCRIPTS)
def test_other_scripts_come_out_right(language):
    words, title = SCRIPTS[language]
    original = book([words], title)
    assert reader.language_of(original) == language
    for kind, write in WRITERS.items():
        assert restore.read(write(original)) == original, kind


@pytest.mark.parametrize("language", SCRIPTS)
@POPPLER
def test_the_pdf_says_what_the_page_says(language, tmp_path):
    words, title = SCRIPTS[language]
    (tmp_path / "book.pdf").write_bytes(pdf_file.write(book([words], title)))
    run = subprocess.run(["pdftotext", tmp_path / "book.pdf", "-"], capture_output=True, text=True, check=True)
    kept = {letter for letter in run.stdout if letter.isalpha()}
    assert {letter for letter in words + title if letter.isalpha()} <= kept


# PDF


def test_the_pdf_has_its_fonts_inside_is_tagged_and_has_an_outline():
    data = pdf_file.write(book([SCRIPTS["zh"][0], SCRIPTS["hi"][0]]))
    assert data.startswith(b"%PDF-1.7")
    for word in (b"/FontFile2", b"/FontFile3", b"/StructTreeRoot", b"/Outlines", b"/EmbeddedFile", b"pdfuaid"):
        assert word in data, word
    assert b"/JavaScript" not in data and b"/URI" not in data


@POPPLER
def test_the_pdf_opens_and_shows_a_page_for_each(tmp_path):
    (tmp_path / "book.pdf").write_bytes(pdf_file.write(book()))
    subprocess.run(["pdftoppm", "-r", "20", "-png", tmp_path / "book.pdf", tmp_path / "p"], check=True)
    sheets = [Image.open(path) for path in sorted(tmp_path.glob("p-*.png"))]
    assert len(sheets) == 5 and {sheet.size for sheet in sheets} == {(221, 166)}  # cover, three pages, how it was made
    assert all(len(sheet.convert("RGB").getcolors(100_000)) > 10 for sheet in sheets[:4])


def test_signs_without_a_font_are_left_out_and_named_and_a_book_of_them_is_not_printed_as_boxes():
    lost = "\U00012000"  # a cuneiform sign
    if typeset.drawable([lost]):
        pytest.skip("this machine has a font for cuneiform")
    assert all(typeset.drawable(words.split()) for words, _ in SCRIPTS.values())
    emoji = "The fox \U0001f98a waved \U0001f44b\U0001f3fd to a heart \u2764\ufe0f."
    one = book([f"A sign: {lost}.", emoji])
    assert "cuneiform sign a" in {typeset.name_of(sign) for sign in typeset.lost_in(one)}
    printed = typeset._words(one, False)
    assert [page["paragraphs"] for page in printed["pages"]][0] == [{"text": "A sign:.", "language": "en"}]
    assert "cuneiform sign a" in printed["imprint"]["lines"][-1]
    for write in (pdf_file.write, cbz_file.write):
        back = restore.read(write(one))
        assert [page.text for page in back.pages] == [f"A sign: {lost}.", emoji], "its data keeps them"
        assert "cuneiform sign a" in refused(write, book([lost * 80])) and "HTML" in refused(write, book([lost * 80]))
    assert restore.read(html_file.write(book([lost]))).pages[0].text == lost


def test_the_bundled_fonts_suffice_for_the_scripts_they_are_for():
    import typst

    only = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(typeset.FONTS)])
    for words, title in SCRIPTS.values():
        source = b'#set document(title: "x")\n#set text(font: json(bytes(sys.inputs.fonts)))\n#sys.inputs.words'
        inputs = {"fonts": json.dumps(typeset.FAMILIES), "words": words + title}
        assert typst.compile(source, font_paths=only, format="pdf", pdf_standards="ua-1", sys_inputs=inputs)
    assert set(typeset.FAMILIES) <= set(only.families())
    assert (typeset.FONTS / "OFL.txt").exists()
    assert all(path.stat().st_size < 10_000_000 for path in typeset.FONTS.iterdir())


def test_a_very_long_page_goes_on_and_nothing_is_lost():
    one = book(["A fox ran over the hill. " * 200, "End."])
    assert restore.read(pdf_file.write(one)) == one


# EPUB and CBZ


def epubcheck():
    """The command, or the reason why there is none. Debian's /usr/bin/epubcheck is the jar itself."""
    command = shutil.which("epubcheck")
    jar = command and Path(command).resolve()
    if jar and jar.suffix == ".jar" and shutil.which("java"):
        return ["java", "-jar", str(jar)]
    return [command] if command and jar.suffix != ".jar" else None


@pytest.mark.slow
@pytest.mark.skipif(not epubcheck(), reason="epubcheck is not installed: apt-get install epubcheck")
def test_the_epub_passes_epubcheck(tmp_path):
    one = book([f"{SCRIPTS['ar'][0]} <b>&", "Not drawn."], SCRIPTS["ar"][1])
    one = one.with_page(1, page(1, "Not drawn.", drawn=False))
    (tmp_path / "book.epub").write_bytes(epub_file.write(one))
    run = subprocess.run([*epubcheck(), tmp_path / "book.epub"], capture_output=True, text=True, timeout=300)
    assert run.returncode == 0 and "0 errors / 0 warnings" in run.stdout, run.stdout + run.stderr


def test_the_epub_has_a_cover_contents_alt_texts_and_its_order():
    with zipfile.ZipFile(io.BytesIO(epub_file.write(book()))) as archive:
        first = archive.infolist()[0]
        assert first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
        files = {name: archive.read(name).decode() for name in archive.namelist() if not name.endswith(".png")}
    package = files["OEBPS/book.opf"]
    assert 'properties="cover-image"' in package and "schema:accessibilityFeature" in package
    assert re.findall(r'idref="([\w-]+)"', package) == ["cover", "page-1", "page-2", "page-3", "back", "made"]
    assert re.findall(r'href="([\w-]+)\.xhtml"', files["OEBPS/nav.xhtml"]) == re.findall(r'idref="([\w-]+)"', package)
    for name, text in files.items():
        if name.endswith((".xhtml", ".opf", ".xml")):
            ElementTree.fromstring(text)
        assert text.count("<img") == text.count('alt="A fox with a red ball in the park."')


def test_the_cbz_has_its_pages_in_order_and_says_what_it_is():
    with zipfile.ZipFile(io.BytesIO(cbz_file.write(book()))) as archive:
        names = archive.namelist()
        info = ElementTree.fromstring(archive.read("ComicInfo.xml"))
        sheets = [Image.open(io.BytesIO(archive.read(name))) for name in names if name.endswith(".png")]
    assert names == ["000.png", "001.png", "002.png", "003.png", "004.png", "ComicInfo.xml", "book.json"]
    assert info.findtext("Title") == "Tim and the Red Ball" and info.findtext("PageCount") == str(len(sheets))
    assert {sheet.size for sheet in sheets} == {(1587, 1191)}


# HTML


class Parts(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, data: bytes):
        super().__init__()
        self.tags = []
        self.feed(data.decode())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def test_the_html_asks_for_nothing_and_allows_nothing_else():
    tags = Parts(html_file.write(book())).tags
    policy = next(
        attributes["content"] for tag, attributes in tags if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:") and "unsafe" not in policy
    addresses = [
        attributes[key] for _, attributes in tags for key in ("src", "href", "action", "data") if attributes.get(key)
    ]
    assert len(addresses) == 4 and all(one.startswith("data:image/png;base64,") for one in addresses)
    assert all(attributes.get("alt") for tag, attributes in tags if tag == "img")
    assert not [key for _, attributes in tags for key in attributes if key.startswith("on") or key == "style"]


def test_the_markup_for_the_tab():
    original = book()
    tags = Parts(
        reader.markup(original, editable=True, address=lambda number, page: f"/file/{number}.png").encode()
    ).tags
    assert [found["src"] for tag, found in tags if tag == "img"] == [f"/file/{n}.png" for n in (-1, 0, 1, 2)]
    buttons = [found for tag, found in tags if tag == "button"]
    assert [button["data-number"] for button in buttons] == ["-1", "0", "1", "2"] and buttons[0][
        "data-likeness"
    ] == "0.90"


SAID = """Mia went out and said, "Hello, dragon!" The dragon looked up. "Hello," it said. Mia smiled. "Play?" """


def test_what_is_said_stands_in_bubbles_over_who_says_it():
    assert speech.said(SAID, ("Mia", "the dragon")) == [("Hello, dragon!", "Mia"), ("Hello", ""), ("Play?", "")]
    assert speech.said("“Yes,” said Tom, “let us go.”", ("Tom",)) == [("Yes", "Tom"), ("let us go.", "Tom")]
    one = book()
    page = replace(one.pages[1], heads=(("Tim", 0.7, 0.5),))
    over = Image.open(io.BytesIO(speech.overlay(page, one))).convert("RGBA")
    assert over.size == (speech.WIDTH, speech.HEIGHT)
    left, top, right, bottom = over.getbbox()
    assert bottom < 0.5 * over.height and left < 0.7 * over.width < right, "above the head, not on it"
    assert speech.overlay(replace(page, text="Nobody spoke."), one) is None


@pytest.mark.parametrize("layout", books.LAYOUTS)
def test_every_layout_is_in_every_file_and_comes_back(layout):
    one = replace(book(), settings=book().settings | {"layout": layout})
    for kind, write in WRITERS.items():
        back = restore.read(write(one))
        assert back.layout == layout and back.pages[1].picture == one.pages[1].picture, kind
    with zipfile.ZipFile(io.BytesIO(cbz_file.write(one))) as archive:
        sheets = [name for name in archive.namelist() if name.endswith(".png")]
    assert len(sheets) == 2 + len(one.pages) * (2 if layout == "bubbles" else 1)
    assert f'data-layout="{layout}"' in reader.markup(one)


def test_sentences_are_read_one_by_one_and_none_is_lost():
    text = 'He said: “Stop! I see it.” Then he ran... 从前，有一只狐狸。它跑了！ "Oh?" No end'
    said = reader.sentences(text)
    assert "".join(said) == text and "He said: “Stop! " in said and "从前，有一只狐狸。" in said
    assert reader.sentences("“Oh no!” said Tim. He ran.") == ["“Oh no!” said Tim. ", "He ran."]
    start = time.monotonic()
    assert "".join(reader.sentences("\"'" * 50_000 + "." * 100_000)) and time.monotonic() - start < 2


# Files from anybody


def test_what_is_no_book():
    for data in (b"hello", b"\x89PNG\r\n\x1a\n", png(), b"<html><p>Hi</p></html>", b"%PDF-1.7 nothing", b"\0" * 100):
        assert "no book" in refused(restore.read, data)
    assert "empty" in refused(restore.read, b"")
    assert "not a book" in refused(restore.read, b"{}")
    assert "too large" in refused(restore.read, bytes(restore.MOST_FILE + 1))


@EVERY
def test_a_file_that_is_cut_off(kind):
    data = WRITERS[kind](book())
    refused(restore.read, data[: len(data) // 5])
    for part in (0.4, 0.6, 0.8, 0.99):  # the data may stand whole before the cut
        try:
            assert restore.read(data[: int(len(data) * part)]) == book()
        except UserError:
            continue


@EVERY
def test_a_damaged_file_gives_a_sentence_or_the_book(kind):
    data = WRITERS[kind](book())
    for i in range(60):
        at = len(data) * i // 60
        try:
            restore.read(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        except UserError:
            continue


def changed(**values) -> str:
    return json.dumps(json.loads(to_json(book())) | values)


@pytest.mark.parametrize(
    "values",
    [
        {"pages": []},
        {"pages": [1]},
        {"pages": [{}] * 13},
        {"pages": "all"},
        {"title": "x" * 301},
        {"title": None},
        {"seed": -1},
        {"seed": 2**70},
        {"seed": True},
        {"seed": 1.5},
        {"tokens": "1 2 <b>"},
        {"settings": {"__class__": 1}},
        {"settings": [1]},
        {"characters": [{"name": "Tim"}]},
        {"characters": [{}] * 25},
        {"cover": {"text": "only"}},
        {"format": 2},
        {"kind": "another"},
    ],
)
def test_values_that_no_book_has(values):
    refused(from_json, changed(**values))


@pytest.mark.parametrize(
    "values",
    [
        {"likeness": 2},
        {"recognised": ["fox"]},
        {"recognised": [["fox", "first"]]},
        {"likeness": "high"},
        {"recipe": {"tab": "../../etc", "settings": {}}},
        {"recipe": "made by hand"},
        {"picture": "not base64!"},
        {"picture": base64.b64encode(b"GIF89a").decode()},
        {"picture": base64.b64encode(png()[:-20]).decode()},
        {"picture": base64.b64encode(png() + b"<script>").decode()},
        {"text": "x" * 6_001},
        {"text": {"x": 1}},
    ],
)
def test_a_page_that_no_book_has(values):
    data = json.loads(to_json(book()))
    data["pages"][1] |= values
    refused(from_json, json.dumps(data))


def test_json_that_would_fill_the_memory_or_the_day():
    start = time.monotonic()
    for tower in ("[" * 1_000_000, '{"a":' * 200_000, "[" + "[]," * 1_000_000 + "[]]", '{"a":' + "9" * 5_000_000 + "}"):
        refused(from_json, tower)
        refused(from_json, changed()[:-1] + ', "x": ' + tower + "}")
    assert "NaN" not in to_json(book()) and time.monotonic() - start < 20
    data = json.loads(to_json(book()))
    data["pages"][0]["likeness"] = float("nan")
    refused(from_json, json.dumps(data))


def bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels, in 100 bytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_picture_that_would_fill_the_memory():
    data = json.loads(to_json(book(drawn=False)))
    data["pages"][0]["picture"] = base64.b64encode(bomb()).decode()
    refused(from_json, json.dumps(data))


def zipped(files: dict, compression=zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def test_a_zip_file_that_would_fill_the_memory(monkeypatch):
    monkeypatch.setattr(restore, "MOST_JSON", 1 << 20)  # what is packed here must be made first
    large = b" " * (1 << 20) + b" "
    for name in (restore.BOOK_IN_CBZ, restore.BOOK_IN_EPUB):
        assert "too large" in refused(restore.read, zipped({name: large}))
    assert "no book" in refused(restore.read, zipped({f"{i}": b"" for i in range(2_000)}))
    assert "no book" in refused(restore.read, zipped({"../../book.json": to_json(book())}))
    assert "damaged" in refused(restore.read, zipped({"book.json": to_json(book())}, zipfile.ZIP_LZMA))


@pytest.mark.parametrize("kind", ["epub", "cbz"])
def test_a_book_that_was_zipped_again_on_a_mac(kind):
    """zotero/zotero#4704: the folder is packed with it, and a second one holds what the Mac keeps beside each file."""
    with zipfile.ZipFile(io.BytesIO(WRITERS[kind](book()))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    again = {f"My book.{kind}/{name}": data for name, data in entries.items()}
    beside = {f"__MACOSX/My book.{kind}/._{name}": b"Mac OS X" for name in entries}
    assert restore.read(zipped(again | beside)) == restore.read(WRITERS[kind](book()))


def test_a_pdf_that_would_fill_the_memory_or_the_day(monkeypatch):
    monkeypatch.setattr(restore, "MOST_JSON", 1 << 20)
    head = b"%PDF-1.7\n1 0 obj <</Type /EmbeddedFile /Filter /FlateDecode /Length 9>> stream\n"
    start = zlib.compress(b'{"kind": "aigc-story-book"' + b" " * (1 << 20))
    assert "too large" in refused(restore.read, head + start + b"\nendstream")
    start = time.monotonic()
    for filler in (b"<<", b"/EmbeddedFile ", b" obj<</EmbeddedFile/FlateDecode>>stream\nx", b" obj"):
        refused(restore.read, b"%PDF-1.7\n" + filler * (20_000_000 // len(filler)))
    assert time.monotonic() - start < 10


def test_html_that_would_take_the_day():
    start = time.monotonic()
    for filler in (b'<img data-picture="1" src="data:image/png;base64,', b"<" * 50, html_file.DATA.encode()):
        refused(restore.read, b"<!doctype html>" + filler * (20_000_000 // len(filler)) + html_file.DATA.encode())
    assert time.monotonic() - start < 10


def test_a_pdf_that_was_saved_without_packing_still_gives_the_book():
    one = to_json(book()).encode()
    data = b"%PDF-1.4\n7 0 obj\n<< /Type /EmbeddedFile /Length 8 0 R >>\nstream\n" + one + b"\nendstream\nendobj\n"
    assert restore.read(data) == book()


def test_scripts_in_a_dropped_file_are_never_in_what_comes_back():
    data = html_file.write(book())
    data = data.replace(b"</body>", b"<script>alert(1)</script></body>").replace(b"<main>", b"<main onclick=alert(1)>")
    one = restore.read(data)
    assert one == book() and b"alert" not in html_file.write(one)


def test_a_recipe_may_stand_in_the_html_beside_the_book():
    one = book()
    data = recipe.embed_bytes(html_file.write(one), recipe.make("illustrated_story", {}, {"seed": 7}, "book", 1.0))
    assert restore.read(data) == one and recipe.read_bytes(data)["seed"] == 7
