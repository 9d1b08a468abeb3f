"""The story of a picture book, from an idea; see story.py."""

from .openings import opening_of
from .story import Progress, Written, is_whole, length_of, write

__all__ = ["Progress", "Written", "is_whole", "length_of", "warm", "write"]


def warm() -> None:
    """Reads the grammar, which takes a second, so that the first click finds it."""
    opening_of("a fox")
