"""Models that translate pictures from one style into another and back. All are trained here."""

from shared.core.registry.spec import ModelSpec

PAPER = "Zhu et al. 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, "
PAPER += "arXiv:1703.10593"
FLUENT = "MIT code; trained on Fluent emoji (MIT)"
NOTO_TWEMOJI = "MIT code; trained on Noto (Apache-2.0) and Twemoji (CC BY 4.0) emoji"


def _translator(name: str, title: str, license: str, summary: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        task="style-transfer",
        title=title,
        builder="shared.models.cyclegan:load",
        license=license,
        download_mb=4 if name == "cyclegan-flat-3d" else 3,
        memory_mb=120,
        paper=PAPER,
        summary=summary,
        bundled=True,
    )


ROWS: tuple[ModelSpec, ...] = (
    _translator(
        "cyclegan-flat-3d",
        "Flat ↔ 3D",
        FLUENT,
        "Gives flat drawings light and shade, and takes them away again.",
    ),
    _translator(
        "cyclegan-noto-twemoji",
        "Noto ↔ Twemoji",
        NOTO_TWEMOJI,
        "Redraws Google's emoji as Twitter's, and Twitter's as Google's.",
    ),
    _translator(
        "cyclegan-noto-twemoji-half",
        "Noto ↔ Twemoji, half the cycle loss",
        NOTO_TWEMOJI,
        "The same with half the weight on the way there and back, to compare.",
    ),
    _translator(
        "cyclegan-noto-twemoji-none",
        "Noto ↔ Twemoji, no cycle loss",
        NOTO_TWEMOJI,
        "The same without cycle and identity loss, to compare: only the discriminators say what is made of a picture.",
    ),
)
