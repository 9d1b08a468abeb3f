"""VAE interpolation: draw two digits, or take samples, and walk from one to the other through latent space."""

TITLE = {"en": "VAE interpolation", "zh": "VAE 插值"}
ORDER = 50
GROUP = "digits"


def build():
    """The tab, a gr.Blocks. Gradio is imported here, not with the module."""
    from .page import build

    return build()
