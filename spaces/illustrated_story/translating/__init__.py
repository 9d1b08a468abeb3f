"""The other language of a book: an idea in Chinese becomes English, and the words of the book become Chinese."""

from .alts import told as alt
from .work import again, in_chinese, in_english, notes, renamed

__all__ = ["again", "alt", "in_chinese", "in_english", "notes", "renamed"]
