"""Understanding: is a text good or bad news, which words say so, how its mood goes, and what it says in short."""

TITLE = {"en": "Understanding", "zh": "理解文本"}
ORDER = 60
GROUP = "language"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
