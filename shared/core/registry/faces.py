"""A StyleGAN of smileys, and the judge that scores it. All are trained here."""

from shared.core.registry.spec import ModelSpec

FACES_LICENSE = (
    "MIT code; trained on Noto and Blobmoji (Apache-2.0), Twemoji and Emojitwo (CC BY 4.0), Fluent (MIT) emoji"
)
PAPER = (
    "Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN, arXiv:1912.04958; Karras et al. 2020, "
    "Training Generative Adversarial Networks with Limited Data, arXiv:2006.06676"
)

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="stylegan-emoji",
        task="face-gan",
        title="StyleGAN",
        builder="shared.models.stylegan:load",
        license=FACES_LICENSE,
        download_mb=1,
        memory_mb=140,
        paper=f"{PAPER}; Karras et al. 2018, Progressive Growing of GANs, arXiv:1710.10196",
        summary="Draws smileys, 32x32, with a style for each of seven layers; grown from 4x4, with adaptive "
        "augmentation, in forty minutes of one processor core.",
        bundled=True,
    ),
    ModelSpec(
        name="emoji-classifier",
        task="emoji-judge",
        title="Judge of emoji",
        builder="shared.models.emoji_classifier:load",
        license=FACES_LICENSE,
        download_mb=2,
        memory_mb=120,
        paper="Simonyan and Zisserman 2015, Very Deep Convolutional Networks, arXiv:1409.1556",
        summary="A small convolutional network that tells the style of an emoji of something living, and which it is.",
        bundled=True,
    ),
)
