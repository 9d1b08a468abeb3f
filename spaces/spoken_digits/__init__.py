"""Spoken digits: press a digit and a network says it, in one of six voices."""

TITLE = {"en": "Spoken digits", "zh": "语音数字"}
ORDER = 57
GROUP = "digits"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
