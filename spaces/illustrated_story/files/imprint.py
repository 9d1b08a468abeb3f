"""The last page of a book: how it was made, in words; the recipes themselves are in the file's data."""

from shared.page import words

from ..book import Book

WORDS = words.beside(__file__)


def of(book: Book, language: str) -> dict:
    """title, lines and the description of the attachment, in Chinese for a Chinese book, else in English."""
    chinese = language == "zh"

    def say(key: str, **values) -> str:
        return WORDS.say(f"imprint_{key}", chinese, **values)

    lines = [say("idea", idea=book.idea)] if book.idea else []
    style = book.style or "-"
    lines.append(say("models", text=book.text_model, pictures=book.image_model, style=style, seed=book.seed))
    for number, page in book.numbered():
        name = say("cover") if number < 0 else say("page", number=number + 1)
        if page.prompt:
            lines.append(say("picture", name=name, prompt=page.prompt, seed=page.seed))
    lines.append(say("restore"))
    return {"title": say("title"), "lines": lines, "language": "zh" if chinese else "en", "attached": say("attached")}
