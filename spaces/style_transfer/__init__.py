"""Styles: a picture in another style and back, by networks that have never seen the same thing in both."""

TITLE = {"en": "Styles", "zh": "风格迁移"}
ORDER = 35
GROUP = "make"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
