"""GAN digits: a grid that is redrawn as the sliders move, walks, directions, and models side by side."""

TITLE = {"en": "GAN digits", "zh": "GAN 数字"}
ORDER = 40
GROUP = "digits"
WAY_IN = {"en": "Train a model", "zh": "训练一个模型", "press": ["gan_digits-part-train-button", "gan_train-start"]}


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
