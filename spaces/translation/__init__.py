"""Translation: English into Chinese and back, where the network looks while it writes, and what it is unsure of."""

TITLE = {"en": "Translation", "zh": "翻译"}
ORDER = 65
GROUP = "language"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
