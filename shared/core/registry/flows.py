"""Normalizing flows: of handwritten digits, and one of the plane that can be looked at. All are trained here."""

from shared.core.registry.digits import DIGITS_LICENSE
from shared.core.registry.spec import ModelSpec

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="glow-mnist",
        task="digit-flow",
        title="Glow",
        builder="shared.models.flow:load_glow",
        license=DIGITS_LICENSE,
        download_mb=1,
        memory_mb=110,
        paper="Kingma and Dhariwal 2018, Glow, arXiv:1807.03039; Dinh et al. 2017, Real NVP, arXiv:1605.08803",
        summary="Affine couplings, normalised activations and invertible 1x1 convolutions at two scales; it is told "
        "the digit. Paper and ink of each pixel are first laid on a bell.",
        bundled=True,
    ),
    ModelSpec(
        name="nice-mnist",
        task="digit-flow",
        title="NICE",
        builder="shared.models.flow:load_nice",
        license=DIGITS_LICENSE,
        download_mb=3,
        memory_mb=120,
        paper="Dinh et al. 2015, NICE: Non-linear Independent Components Estimation, arXiv:1410.8516",
        summary="The first of its kind: four additive couplings, each a small fully connected network, and one scale a "
        "pixel.",
        bundled=True,
    ),
    ModelSpec(
        name="moons-flow",
        task="plane-flow",
        title="Flow of the plane",
        builder="shared.models.plane_flow:load",
        license="MIT",
        download_mb=1,
        memory_mb=100,
        paper="Dinh et al. 2017, Density estimation using Real NVP, arXiv:1605.08803",
        summary="Eight affine couplings that bend a round cloud into two moons, small enough to watch.",
        bundled=True,
    ),
)
