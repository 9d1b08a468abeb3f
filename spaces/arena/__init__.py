"""Arena: one digit by every family of models, a blind test against real ones, and one dial for all."""

TITLE = {"en": "Arena", "zh": "竞技场"}
ORDER = 90
GROUP = "arena"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
