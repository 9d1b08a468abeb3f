"""How the models that look at pictures with a Transformer are trained."""

from dataclasses import dataclass

from shared.training.recipes.digits import ClassifierRecipe
from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class ClipRecipe(PictureRecipe):
    family: str = "clip"
    data: str = "shared.data.captions:read_captioned"
    weight_decay: float = 0.2
    made: int = 512  # pictures in a step that are made of others, beside the `batch`
    made_weight: float = 0.3  # of their loss
    shift: float = 0.1  # augmentation: as of the digits' judge
    turn: float = 15.0
    scale: float = 0.25
    colour: float = 0.25  # brighter, flatter and paler, or the reverse, by up to this share
    drawn: float = 0.08  # share that are shown as lines, and as many in grey
    hidden: float = 0.3  # share of which a square is covered


ROWS = (
    # More updates than the judge, and more moved about: nothing tells a Transformer that neighbours belong together.
    ClassifierRecipe(
        "vit-mnist",
        "shared.models.seeing:vit",
        {
            "image_size": 28,
            "patch_size": 4,
            "hidden_size": 128,
            "num_hidden_layers": 6,
            "num_attention_heads": 4,
            "intermediate_size": 384,
            "hidden_dropout_prob": 0.1,
        },
        family="vit",
        epochs=60,
        batch=512,
        learning_rate=1e-3,
        rise=500,
        decay=0.8,
        ema=0.999,
        weight_decay=0.05,
        shift=0.12,
        turn=15.0,
        scale=0.15,
    ),
    # For a GPU: nearly three of ten pictures stand against each other in a step.
    ClipRecipe(
        "clip-emoji",
        "shared.models.seeing:clip",
        {
            "text": {
                "vocab_size": 6144,
                "max_position_embeddings": 24,
                "hidden_size": 192,
                "intermediate_size": 576,
                "num_hidden_layers": 3,
                "num_attention_heads": 4,
            },
            "vision": {
                "image_size": 64,
                "patch_size": 8,
                "hidden_size": 192,
                "intermediate_size": 768,
                "num_hidden_layers": 6,
                "num_attention_heads": 4,
                "attention_dropout": 0.1,
            },
            "projection": 192,
        },
        epochs=800,
        batch=2048,
        learning_rate=1e-3,
        rise=300,
        decay=0.8,
        ema=0.999,
    ),
)
