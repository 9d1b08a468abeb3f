"""How the translators between English and Chinese are trained."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class TranslationRecipe(PictureRecipe):
    family: str = "translation"
    data: str = "shared.training.translation:read_pairs"
    source: str = "en"  # the language that is read, en or zh; the other is written
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    together: float = 5.0  # weight of what draws two readings with other dropout together (R-Drop's alpha)


PIECES = 6442
# For a GPU, by the clock: five minutes of an H100 beside others. What is kept is the best on sentences apart.
RUN = {"epochs": 100, "batch": 128, "rise": 1000, "decay": 0.7, "ema": 0.999, "score_steps": 250, "patience": 10_000}
MARIAN = {
    "vocab_size": PIECES,
    "d_model": 192,
    "encoder_layers": 3,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 512,
    "decoder_ffn_dim": 512,
    "max_position_embeddings": 128,
    "dropout": 0.3,
    "attention_dropout": 0.1,
    "activation_dropout": 0.1,
}

ROWS = (
    TranslationRecipe(
        "marian-en-zh", "shared.training.translation:marian", MARIAN, learning_rate=1e-3, source="en", **RUN
    ),
    TranslationRecipe(
        "marian-zh-en", "shared.training.translation:marian", MARIAN, learning_rate=1e-3, source="zh", **RUN
    ),
    TranslationRecipe(
        "seq2seq-lstm-en-zh",
        "shared.models.translation:AttentionLSTM",
        {"vocab_size": PIECES, "width": 160, "dropout": 0.4},
        learning_rate=2e-3,
        source="en",
        **RUN,
    ),
)
