"""Pictures from words: watch the noise go, stop, go back to a step and change your mind, see which word drew what."""

TITLE = {"en": "Pictures", "zh": "文生图"}
ORDER = 30
GROUP = "make"
WAY_IN = {"en": "Draw", "zh": "画一幅画", "press": ["text_to_image-reproduce"]}


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
