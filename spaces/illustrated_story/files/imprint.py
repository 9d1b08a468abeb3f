"""The last page of a book: how it was made, in words; the recipes themselves are in the file's data."""

from shared.core import registry
from shared.page import words

from ..book import Book
from ..records import translator_of
from ..request import WORD_TABLE

WORDS = words.beside(__file__)


def _kind(translator: str) -> str:
    if translator == WORD_TABLE:
        return "tabled"
    return "small" if registry.spec(translator).bundled else "translated"


def of(book: Book, language: str) -> dict:
    """title, lines and the description of the attachment, in Chinese for a Chinese book, else in English."""
    chinese = language == "zh"

    def say(key: str, **values) -> str:
        return WORDS.say(f"imprint_{key}", chinese, **values)

    lines = [say("idea", idea=book.idea)] if book.idea else []
    if book.told != book.idea:
        lines.append(say("english", english=book.told))
    style = words.both(words.style(book.style))[chinese] if book.style else "-"
    lines.append(say("models", text=book.text_model, pictures=book.image_model, style=style, seed=book.seed))
    if translator := translator_of(book):
        lines.append(say(_kind(translator), name=translator))
    for number, page in book.numbered():
        name = say("cover") if number < 0 else say("page", number=number + 1)
        if page.prompt:
            lines.append(say("picture", name=name, prompt=page.prompt, seed=page.seed))
    lines.append(say("restore"))
    return {"title": say("title"), "lines": lines, "language": "zh" if chinese else "en", "attached": say("attached")}
