"""How the normalizing flows are trained: of digits, and of the plane."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class FlowRecipe(PictureRecipe):
    family: str = "flow"


DIGITS = (
    FlowRecipe(
        "nice-mnist",
        "shared.models.flow:NICE",
        epochs=60,
        batch=256,
        learning_rate=2e-3,
        rise=200,
        decay=0.8,
        ema=0.998,
    ),
    FlowRecipe(
        "glow-mnist", "shared.models.flow:Glow", epochs=6, batch=32, learning_rate=3e-3, rise=50, decay=0.8, ema=0.995
    ),
)

PLANE = (
    FlowRecipe(
        "moons-flow",
        "shared.models.plane_flow:PlaneFlow",
        {"couplings": 8, "width": 24},
        family="plane-flow",
        data="shared.data.moons:read_moons",
        epochs=60,
        batch=512,
        learning_rate=5e-3,
        decay=0.8,
        ema=0.99,
    ),
)

ROWS = (*DIGITS, *PLANE)
