"""Illustrated story: an idea in, a picture book out. Read it, change a word or a picture, keep it as a file."""

TITLE = {"en": "Illustrated story", "zh": "图画故事"}
ORDER = 10
GROUP = "make"
WAY_IN = {"en": "Make a book", "zh": "做一本绘本", "press": ["illustrated_story-reproduce"]}


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
