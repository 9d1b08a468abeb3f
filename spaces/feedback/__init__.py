"""Learning from feedback: a storyteller steered by a reward and by a visitor's choices, a pole that learns to stand."""

TITLE = {"en": "Feedback", "zh": "反馈学习"}
ORDER = 67
GROUP = "language"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
