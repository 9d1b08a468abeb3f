"""GAN digits: a grid that is redrawn as the sliders move, walks, directions, and models side by side."""

TITLE = {"en": "GAN digits", "zh": "GAN 数字"}
ORDER = 30


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
