"""How the models that translate pictures between two styles are trained."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class CycleGANRecipe(PictureRecipe):
    family: str = "cyclegan"
    cycle: float = 10.0  # weight of the way there and back
    identity: float = 0.5  # weight of what is of the style already, as a share of `cycle`
    buffer: int = 50  # pictures made before that the discriminators see again
    mirror: bool = True  # things are mirrored where nobody could tell; not where the light comes from one side
    discriminator: int = 64  # channels of its first layer


def row(name, styles, data, **changes):
    return CycleGANRecipe(
        name,
        "shared.models.cyclegan:CycleGAN",
        {"styles": styles, "width": 48 if data == "read_flat_3d" else 40},
        data=f"shared.data.emoji_styles:{data}",
        **{"epochs": 100, "batch": 16, "learning_rate": 4e-4, "rise": 100, "decay": 0.5, "ema": 0.998} | changes,
    )


# For a GPU. The batch is 16 times that of the paper and the rate twice: there is time for thousands of steps, not for
# hundreds of thousands.
NOTO_TWEMOJI = ["noto", "twemoji"], "read_noto_twemoji"
ROWS = (
    row("cyclegan-noto-twemoji", *NOTO_TWEMOJI),
    row("cyclegan-noto-twemoji-half", *NOTO_TWEMOJI, cycle=5.0),
    row("cyclegan-noto-twemoji-none", *NOTO_TWEMOJI, cycle=0.0),
    row("cyclegan-flat-3d", ["fluent flat", "fluent 3d"], "read_flat_3d", mirror=False),
)
