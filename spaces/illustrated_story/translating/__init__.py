"""The other language of a book: an idea in Chinese becomes English, and the words of the book become Chinese."""

from .work import again, in_chinese, in_english, notes, renamed

__all__ = ["again", "in_chinese", "in_english", "notes", "renamed"]
