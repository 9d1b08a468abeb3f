"""The book as PDF: a picture book in landscape, tagged for screen readers (PDF/UA-1), its data attached."""

from ..book import Book
from . import typeset


def write(book: Book) -> bytes:
    """Errors: UserError where the words have characters that no font here has."""
    return typeset.pdf(book)
