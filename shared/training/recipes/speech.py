"""How the models of spoken digits are trained, and their judge."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe

READ = "shared.data.spoken:read_spoken"


@dataclass(frozen=True)
class WaveGANRecipe(PictureRecipe):
    family: str = "wavegan"
    data: str = READ
    critic_steps: int = 3  # updates of the critic for one of the generator; the paper has 5, and days
    critic_widths: tuple[int, ...] = (32, 64, 128, 256, 512)
    shuffle: int = 2  # the paper's n: samples by which the critic's layers are moved
    shift: int = 64  # samples by which recordings are moved
    gradient_penalty: float = 10.0


@dataclass(frozen=True)
class MelFlowRecipe(PictureRecipe):
    family: str = "mel-flow"
    data: str = READ
    vocoder_rate: float = 8e-4
    vocoder_share: float = 0.5  # of a batch, from which the vocoder learns
    critic_width: int = 16
    unasked: float = 0.1  # share of the digits and of the voices that the flow is not told
    rough: float = 0.03  # noise in the spectrograms that the vocoder learns from
    mel: float = 45.0  # weight of the difference of mel spectrograms


@dataclass(frozen=True)
class SpokenJudgeRecipe(PictureRecipe):
    family: str = "spoken-judge"
    data: str = READ
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    speed: float = 0.15  # logarithm of the largest factor
    shift: int = 3000  # samples later
    noise: tuple[float, float] = (-3.5, -1.0)  # logarithms, base 10, of its size, where the loudest sample is 0.95
    band: int = 16  # rows of the spectrogram that are hidden, at most
    while_: int = 12  # columns


ROWS = (
    SpokenJudgeRecipe(
        "spoken-judge",
        "shared.models.spoken_judge:SpokenJudge",
        epochs=60,
        batch=128,
        learning_rate=2e-3,
        rise=50,
        decay=0.8,
        ema=0.998,
    ),
    WaveGANRecipe(
        "wavegan-digits",
        "shared.models.wavegan:WaveGenerator",
        {"widths": [384, 192, 96, 48, 32]},
        epochs=600,
        batch=64,
        learning_rate=2e-4,
        decay=0.3,
        ema=0.998,
    ),
    WaveGANRecipe(
        "mlp-audio-digits",
        "shared.models.wavegan:MLPGenerator",
        epochs=600,
        batch=64,
        learning_rate=2e-4,
        decay=0.3,
        ema=0.998,
    ),
    MelFlowRecipe(
        "mel-flow-digits",
        "shared.models.mel_flow:MelFlow",
        epochs=200,
        batch=128,
        learning_rate=1e-3,
        rise=200,
        decay=0.5,
        ema=0.999,
    ),
)
