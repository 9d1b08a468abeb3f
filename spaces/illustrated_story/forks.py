"""Another word for one of the story: its tokens with their probabilities, and the story from a chosen one on."""

from shared.core.errors import UserError

from .book import Book, page_of
from .request import numbers_of


def words_of(book: Book, number) -> dict:
    """The tokens of a page as a value of the token view; the story before it is its prompt. Errors: UserError."""
    from shared.core import loaders
    from shared.engines.text import generation
    from shared.page import token_view

    from .writing.openings import opening_of

    page_of(book, number)
    if not book.tokens:
        raise UserError("The words of this book were changed by hand, so no model can go on from them.")
    opening, ids = opening_of(book.idea), numbers_of(book.tokens)
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
