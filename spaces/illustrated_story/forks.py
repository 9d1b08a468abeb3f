"""Another word for one of the story: its tokens with their probabilities, and the story from a chosen one on."""

import zlib
from dataclasses import replace

from shared.core.errors import UserError

from .book import Book, page_of
from .request import numbers_of


def mark(text: str) -> str:
    """Of a page as it was written: "1c291ca3"."""
    return f"{zlib.crc32(text.encode()):08x}"


def marked(book: Book) -> Book:
    """With a mark of each page in its settings; to be called while all pages read as they were written."""
    return replace(book, settings=book.settings | {"marks": " ".join(mark(page.text) for page in book.pages)})


def as_written(book: Book) -> int:
    """How many pages, from the first on, read as the model wrote them: from there it can go on with another word."""
    if not book.tokens:
        return 0
    marks = str(marked(book).settings["marks"] if "marks" not in book.settings else book.settings["marks"]).split()
    same = [mark(page.text) == then for page, then in zip(book.pages, marks, strict=False)]
    return same.index(False) if False in same else len(same)


def words_of(book: Book, number) -> dict:
    """The tokens of a page as a value of the token view; the story before it is its prompt. Errors: UserError."""
    from shared.core import loaders
    from shared.engines.text import generation
    from shared.page import token_view

    from .writing.openings import opening_of

    page_of(book, number)
    if not book.tokens:
        raise UserError("The words of this book are not the model's, so it cannot go on from them.")
    if number >= as_written(book):
        raise UserError("This page, or one before it, was changed by hand, so the model cannot go on from its words.")
    opening, ids = opening_of(book.told), numbers_of(book.tokens)
    with loaders.use(book.text_model) as loaded:
        model = loaded.model
        beginning = model.tokenizer.encode(opening)
        if any(not 0 <= token < model.vocab_size for token in ids):
            raise UserError("This book holds tokens that its model does not know.")
        tokens = generation.token_probabilities(model, [*beginning, *ids])[len(beginning) :]
        rows = [[token.id, token.text, round(token.probability, 4)] for token in tokens]
        start, end = _span(book, number, opening, rows)
        column = token_view.column(
            loaded.spec.name,
            opening + "".join(text for _, text, _ in rows[:start]),
            rows[start:end],
            title=loaded.spec.title,
            note=token_view.note_of(loaded.spec.name),
            finished="length",
        )
    return token_view.view([column], {"before": start})


def _span(book: Book, number: int, opening: str, rows: list) -> tuple[int, int]:
    """(first, behind the last) of the tokens of a page. White space does not count: pages have it put in order."""

    def letters(text: str) -> int:
        return sum(not letter.isspace() for letter in text)

    begin = sum(letters(page.text) for page in book.pages[:number])
    end = begin + letters(book.pages[number].text)
    so_far, start = letters(opening), None
    for at, (_, text, _) in enumerate(rows):
        if start is None and so_far >= begin:
            start = at
        if so_far >= end:
            return start or 0, at
        so_far += letters(text)
    return start or 0, len(rows)


def forked(book: Book, view, chosen: dict) -> list[int]:
    """The tokens to go on from: those before the word that was clicked, and the one chosen for it. Errors: UserError.

    view: the value of the token view; chosen: its event {sample, position, id, text}. Both come from a browser.
    """
    from shared.page import token_view

    ids, view = numbers_of(book.tokens), token_view.read(view)
    try:
        position = int(view["settings"]["before"]) + int(chosen["position"])
        token = int(chosen["id"])
    except (KeyError, TypeError, ValueError):
        raise UserError("This word is no longer on the page.") from None
    if chosen.get("text") == token_view.END:
        raise UserError("To end the story here, delete the pages behind this one.")
    if not 0 <= position < len(ids):
        raise UserError("This word is no longer on the page.")
    return [*ids[:position], token]
