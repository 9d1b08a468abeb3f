"""Seeing: which words belong to a picture, which part of it a word looks at, and how a Transformer reads a digit."""

TITLE = {"en": "Seeing", "zh": "看图"}
ORDER = 62
GROUP = "language"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
