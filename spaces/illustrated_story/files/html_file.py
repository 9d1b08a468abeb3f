"""The book as one HTML file: it opens from a disk without a network, turns its pages, reads aloud and prints.

The same reader as the tab's (reader.py), with the book's data beside it: restore.py takes the data from the JSON and
the pictures from the <img> tags, so that no picture is there twice.
"""

import base64
import hashlib
import html

from shared.page import scripts

from ..book import Book, cleaned
from ..book_json import to_json
from . import imprint, reader

DATA = '<script type="application/json" id="aigc-book">'

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="aigc-suite">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="sb-alone">
<main>
{book}
<details class="sb-made"><summary>{made}</summary>{lines}</details>
</main>
{data}{json}</script>
<script>{script}</script>
</body>
</html>
"""


def write(book: Book) -> bytes:
    book = cleaned(book)
    style = reader.STYLE.read_text("utf-8")
    # U+2028 and "</" cannot occur in what is ours; the JSON is no script and is escaped below.
    script = scripts.script(reader.words(), reader.SCRIPT)
    script += '\nstoryReader(document.querySelector(".sb"), { keys: document });\n'
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    language = reader.language_of(book)
    imprinted = imprint.of(book, language)
    page = PAGE.format(
        language=language,
        policy=policy,
        title=html.escape(book.name),
        style=style,
        book=reader.markup(book),
        made=html.escape(imprinted["title"]),
        lines="".join(f"<p>{html.escape(line)}</p>" for line in imprinted["lines"]),
        data=DATA,
        # "<" cannot end the block early once it is written as a JSON escape.
        json=to_json(book, pictures=False).replace("<", "\\u003c"),
        script=script,
    )
    return page.encode("utf-8")


def _hash(text: str) -> str:
    """What a Content-Security-Policy allows: this text and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"
