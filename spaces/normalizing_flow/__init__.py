"""Flow: a digit becomes noise and comes back unchanged, so the model knows how likely it is."""

TITLE = {"en": "Flow", "zh": "标准化流"}
ORDER = 55
GROUP = "digits"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
