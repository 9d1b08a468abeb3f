"""The book as EPUB 3.3: a cover, a page for each page in their order, contents, alt texts, accessibility metadata.

https://www.w3.org/TR/epub-33/ and https://www.w3.org/TR/epub-a11y-11/. The pages flow, so that every reader can set the
words as large as somebody needs them. The same book gives the same file, byte for byte.
"""

import html
import io
import json
import uuid
import zipfile
from collections.abc import Iterable

from shared.page import words

from .. import blurb, translating
from ..book import COVER, Book, Page, cleaned
from ..book_json import to_json
from . import imprint, restore, speech
from .reader import direction, language_of

WORDS = words.beside(__file__)

WHEN = (1980, 1, 1, 0, 0, 0)  # of each entry; the oldest that a zip file can say
NAMESPACE = uuid.UUID("6f0f2c1e-9d0b-5c55-8f4b-1d0f6c8f3a52")  # chosen once; a book's id follows from its contents

CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"
 lang="{language}" xml:lang="{language}" dir="{direction}">
<head><title>{title}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body epub:type="{kind}">{body}</body>
</html>
"""

PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{language}">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:language>{language}</dc:language>
    <dc:creator>{makers}</dc:creator>
    <dc:description>{idea}</dc:description>
    <meta property="dcterms:modified">{modified}</meta>
    <meta property="schema:accessMode">textual</meta>
    <meta property="schema:accessMode">visual</meta>
    <meta property="schema:accessModeSufficient">textual,visual</meta>
    <meta property="schema:accessModeSufficient">textual</meta>
    <meta property="schema:accessibilityFeature">alternativeText</meta>
    <meta property="schema:accessibilityFeature">displayTransformability</meta>
    <meta property="schema:accessibilityFeature">readingOrder</meta>
    <meta property="schema:accessibilityFeature">structuralNavigation</meta>
    <meta property="schema:accessibilityFeature">tableOfContents</meta>
    <meta property="schema:accessibilityHazard">none</meta>
    <meta property="schema:accessibilitySummary">{summary}</meta>{cover}
  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    <item id="style" href="book.css" media-type="text/css"/>
    <item id="data" href="book.json" media-type="application/json"/>
{manifest}
  </manifest>
  <spine page-progression-direction="{direction}">
{spine}
  </spine>
</package>
"""

STYLE = """body { margin: 0 4%; text-align: center; font-family: Georgia, "Noto Serif", serif; }
section { page-break-after: always; break-after: page; }
figure { margin: 0 0 1em; }
img { max-width: 100%; max-height: 70vh; border-radius: 0.5em; }
p { margin: 0 auto 0.6em; max-width: 32em; font-size: 1.35em; line-height: 1.5; text-indent: 0; }
h1 { font-size: 2em; line-height: 1.2; margin: 0.5em 0; }
h2 { font-size: 0.9em; font-weight: normal; color: #6d6459; margin: 1em 0 0; }
.stage { position: relative; display: inline-block; }
.stage .speech { position: absolute; left: 0; top: 0; width: 100%; height: 100%; border-radius: 0; }
.full img { max-height: 88vh; }
.made { text-align: left; } .made p { font-size: 0.9em; overflow-wrap: anywhere; } nav { text-align: left; }
"""


def write(book: Book) -> bytes:
    book = cleaned(book)
    spoken = language_of(book)
    last = imprint.of(book, spoken)
    title = book.name or "Book"

    def xhtml(kind: str, name: str, body: str) -> str:
        values = {"language": spoken, "direction": direction(spoken), "kind": kind, "title": html.escape(name)}
        return PAGE.format(body=body, **values)

    # (file, name in the contents, kind, body), in reading order
    pages = [("cover", title, "cover", _cover(title, book))]
    overlays: dict[int, bytes] = {}
    for number, page in enumerate(book.pages):
        name = WORDS.say("imprint_page", spoken == "zh", number=number + 1)
        over = speech.overlay(page, book) if book.layout == "bubbles" else None
        overlays |= {number: over} if over else {}
        body = _page(number, page, name, book, over)
        pages.append((f"page-{number + 1}", name, "bodymatter", body))
    about = "".join(_line(text, of) for text, of in blurb.of(book))
    if about:
        pages.append(("back", WORDS.say("reader_back", spoken == "zh"), "backmatter", f"<section>{about}</section>"))
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in last["lines"])
    body = f'<section class="made" epub:type="colophon"><h2>{html.escape(last["title"])}</h2>{lines}</section>'
    pages.append(("made", last["title"], "backmatter", body))

    data = json.dumps(json.loads(to_json(book, pictures=False)), ensure_ascii=False, indent=1)
    files = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": _package(book, title, spoken, pages, overlays),
        "OEBPS/nav.xhtml": xhtml("frontmatter", title, _contents(title, pages)),
        "OEBPS/book.css": STYLE,
        restore.BOOK_IN_EPUB: data,
    }
    files |= {f"OEBPS/{name}.xhtml": xhtml(kind, heading, body) for name, heading, kind, body in pages}
    files |= {restore.picture_in_epub(number): page.picture for number, page in book.numbered() if page.picture}
    files |= {f"OEBPS/{_over(number)}": over for number, over in overlays.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # First and not compressed, so that the kind of file can be told from its first bytes (OCF 4.3).
        archive.writestr(zipfile.ZipInfo("mimetype", WHEN), "application/epub+zip")
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, WHEN)
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def _over(number: int) -> str:
    return f"images/page-{number + 1}-speech.png"


def _figure(book: Book, number: int, page: Page | None, over: bytes | None = None) -> str:
    if page is None or not page.picture:
        return ""
    source = restore.picture_in_epub(number).removeprefix("OEBPS/")
    picture = f'<img src="{source}" alt="{html.escape(translating.alt(book, page))}"/>'
    if over:
        picture = f'<div class="stage">{picture}<img class="speech" src="{_over(number)}" alt=""/></div>'
    return f"<figure>{picture}</figure>"


def _cover(title: str, book: Book) -> str:
    return f'<section epub:type="cover">{_figure(book, COVER, book.cover)}<h1>{html.escape(title)}</h1></section>'


def _page(number: int, page: Page, name: str, book: Book, over: bytes | None) -> str:
    words, layout = "".join(_line(line, spoken) for line, spoken in book.lines(page)), book.layout
    picture, name = _figure(book, number, page, over), f"<h2>{html.escape(name)}</h2>"
    if layout == "bubbles" and picture:  # two pages
        return f'<section class="full">{picture}</section><section>{words}{name}</section>'
    return f"<section{_class(layout)}>{picture}{words}{name}</section>"


def _line(line: str, spoken: str) -> str:
    there = f' lang="{spoken}" xml:lang="{spoken}"' if spoken else ""
    return f"<p{there}>{html.escape(line)}</p>"


def _class(layout: str) -> str:
    return ' class="full"' if layout == "full" else ""


def _contents(title: str, pages: list[tuple]) -> str:
    links = "".join(f'<li><a href="{name}.xhtml">{html.escape(heading)}</a></li>' for name, heading, _, _ in pages)
    return f'<nav epub:type="toc"><h1>{html.escape(title)}</h1><ol>{links}</ol></nav>'


def _package(book: Book, title: str, spoken: str, pages: list[tuple], overlays: Iterable[int]) -> str:
    drawn = [number for number, page in book.numbered() if page.picture]
    items = [f'    <item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>' for name, *_ in pages]
    for number in drawn:
        source = restore.picture_in_epub(number).removeprefix("OEBPS/")
        properties = ' properties="cover-image"' if number == COVER else ""
        items.append(f'    <item id="picture{number + 1}" href="{source}" media-type="image/png"{properties}/>')
    items += [f'    <item id="speech{n + 1}" href="{_over(n)}" media-type="image/png"/>' for n in overlays]
    dates = [page.recipe["created"] for _, page in book.numbered() if page.recipe and page.recipe.get("created")]
    return PACKAGE.format(
        language=spoken,
        identifier=uuid.uuid5(NAMESPACE, to_json(book)),
        title=html.escape(title),
        makers=html.escape(", ".join(filter(None, (book.text_model, book.image_model))) or "aigc-suite"),
        idea=html.escape(book.idea or title),
        modified=max(dates, default="1980-01-01T00:00:00Z"),
        summary="Every picture has a text that says what it shows; the words can be set in any size.",
        cover='\n    <meta name="cover" content="picture0"/>' if COVER in drawn else "",
        manifest="\n".join(items),
        direction=direction(spoken),
        spine="\n".join(f'    <itemref idref="{name}"/>' for name, *_ in pages),
    )
