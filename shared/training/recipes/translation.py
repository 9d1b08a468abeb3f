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
    together: float = 0.0  # weight of what draws two readings with other dropout together (R-Drop's alpha, 5 there)


PIECES = 6442
# Of a few passes nobody learns 20,000 sentences by heart: strong dropout and R-Drop, the known remedies, only slow the
# first of them down. Who has an hour of a GPU: --set together=5 --set epochs=150. The best on sentences apart is kept.
RUN = {"epochs": 30, "batch": 64, "rise": 300, "decay": 0.8, "ema": 0.995, "score_steps": 100, "patience": 10_000}
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
    "dropout": 0.1,
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
        {"vocab_size": PIECES, "width": 160, "dropout": 0.2},
        learning_rate=2e-3,
        source="en",
        **RUN,
    ),
)
