"""Text: three generations of language models that can be watched, stopped, forked and measured."""

TITLE = {"en": "Text", "zh": "文本"}
ORDER = 10


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
