"""Models that look at pictures with a Transformer: CLIP, and a reader of digits."""

from shared.core.registry.digits import DIGITS_LICENSE
from shared.core.registry.spec import ModelSpec

CLIP_PAPER = (
    "Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision, arXiv:2103.00020"
)
EMOJI_LICENSE = (
    "MIT code; trained on Noto and Blob (Apache-2.0), Twemoji and EmojiTwo (CC BY 4.0) and Fluent (MIT) emoji"
)

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="clip-emoji",
        task="picture-text",
        title="Emoji CLIP",
        builder="shared.models.seeing:load_clip",
        license=EMOJI_LICENSE,
        download_mb=11,
        memory_mb=200,
        paper=CLIP_PAPER,
        summary="A CLIP of 5 million parameters, trained from nothing on emoji in six styles with their names and "
        "keywords; 64x64 pixels in 8x8 patches.",
        bundled=True,
    ),
    # OpenAI's own weights of this size lie on the Hub as a pickle only, which this app does not open.
    ModelSpec(
        name="clip-laion-b32",
        task="picture-text",
        title="CLIP (LAION)",
        builder="shared.models.seeing:load_clip",
        license="MIT",
        download_mb=608,
        memory_mb=1400,
        paper="Radford et al. 2021, arXiv:2103.00020; Schuhmann et al. 2022, LAION-5B, arXiv:2210.08402",
        summary="151 million parameters that have seen two billion pictures of the web with what was written beside "
        "them; 224x224 pixels in 7x7 patches.",
        repo="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ),
    ModelSpec(
        name="vit-mnist",
        task="digits-reader",
        title="ViT that reads digits",
        builder="shared.models.seeing:load_vit",
        license=DIGITS_LICENSE,
        download_mb=2,
        memory_mb=80,
        paper="Dosovitskiy et al. 2021, An Image is Worth 16x16 Words, arXiv:2010.11929",
        summary="A Vision Transformer of a million parameters, on 7x7 patches of four by four pixels.",
        bundled=True,
    ),
)
