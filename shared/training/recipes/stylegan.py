"""How the StyleGANs are trained, of digits and of faces, and the judge of the faces."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class StyleGANRecipe(PictureRecipe):
    family: str = "stylegan"
    learning_rate: float = 2e-3
    gamma: float = 0.05  # of R1: weight of the squared gradient, at every 16th step 16 times
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


FACES = "shared.data.emoji_faces:read_faces"
FACE_RUN = {
    "data": FACES,
    "epochs": 600,
    "batch": 64,
    "decay": 0.3,
    "ema": 0.998,
    "gamma": 0.2,
    "adapt": 100.0,
    "mirror": True,
}

ROWS = (
    StyleGANRecipe(
        "stylegan-mnist",
        "shared.models.stylegan:DigitStyleGAN",
        epochs=28,
        batch=128,
        rise=100,
        decay=0.4,
        ema=0.999,
        paper=-1.0,
    ),
    StyleGANRecipe("stylegan-emoji", "shared.models.stylegan:StyleGAN", **FACE_RUN),
    # The same budget, but the small resolutions first: most of the steps are cheaper, so there are more of them.
    StyleGANRecipe(
        "stylegan-emoji-progressive",
        "shared.models.stylegan:StyleGAN",
        {"grows": True},
        growth=(0.0, 0.06, 0.15, 0.28, 0.45),
        **FACE_RUN,
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
ROWS = (*JUDGES, *ROWS)
