"""StyleGAN: emoji faces whose coarse and fine styles can be mixed, pushed in a direction, and walked between."""

TITLE = {"en": "StyleGAN", "zh": "风格 GAN"}
ORDER = 35
GROUP = "make"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
