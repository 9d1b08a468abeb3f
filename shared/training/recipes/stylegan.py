"""How the StyleGANs are trained, of digits and of faces, and the judge of the faces."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class StyleGANRecipe(PictureRecipe):
    family: str = "stylegan"
    learning_rate: float = 2e-3
    gamma: float = 0.05  # of R1: weight of the squared gradient, at every 16th step 16 times
    mixing: float = 0.0  # share of the generated pictures that take their style from two latents
    adapt: float = 0.0  # adaptive augmentation: p can go from 0 to 1 in so many thousand pictures; 0: none
    paper: float = 1.0  # what lies around a picture that is moved, in [-1, 1]
    mirror: bool = False  # half of the real pictures are mirrored
    growth: tuple[float, ...] = ()  # shares of the training at which 4x4, 8x8, ... begin; (): full size from the start


@dataclass(frozen=True)
class JudgeRecipe(PictureRecipe):
    family: str = "emoji-classifier"
    data: str = "shared.data.emoji_faces:read_living"
    weight_decay: float = 0.05
    changed: float = 0.5  # chance of each of the augmentations
    label_smoothing: float = 0.1


# For a processor: an hour of one core. Growing gives most steps to small pictures, which are cheap there; whether that
# pays depends on the time there is. Measured, side by side for 18 minutes of a thread each (without: `--set growth=`):
# grown 1,585 steps and an emoji-FD of 1,233; without, 857 steps and 958.
SIZES = {"widths": [64, 64, 32, 16], "latent_size": 64, "w_size": 64, "mapping": 3, "grows": True}
RUN = {
    "batch": 64,
    "learning_rate": 3e-3,
    "rise": 50,
    "decay": 0.3,
    "gamma": 0.1,
    "growth": (0.0, 0.04, 0.12, 0.35),
    "mixing": 0.5,
}
# The bundled `stylegan-mnist` had 70 minutes of a shared core by this recipe, and 38 more of whole pictures from there:
# --weights FILE --set growth= --set rise=200 --set learning_rate=0.002 (digit-FD 110 before, 82 after).
GANS = (
    StyleGANRecipe("stylegan-mnist", "shared.models.stylegan:DigitStyleGAN", SIZES, epochs=14, ema=0.998, **RUN),
    StyleGANRecipe(
        "stylegan-emoji",
        "shared.models.stylegan:StyleGAN",
        SIZES,
        data="shared.data.emoji_faces:read_smileys",
        epochs=300,
        ema=0.995,
        adapt=60.0,
        mirror=True,
        **RUN,
    ),
)

JUDGES = (
    JudgeRecipe(
        "emoji-classifier",
        "shared.models.emoji_classifier:EmojiClassifier",
        {"styles": 6, "names": 371},
        epochs=60,
        batch=128,
        learning_rate=2e-3,
        rise=100,
        decay=0.7,
        ema=0.998,
    ),
)
ROWS = (*JUDGES, *GANS)
