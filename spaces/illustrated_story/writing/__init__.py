"""The story of a picture book, from an idea; see story.py."""

from .story import Progress, Written, is_whole, length_of, write

__all__ = ["Progress", "Written", "is_whole", "length_of", "write"]
