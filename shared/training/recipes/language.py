"""How the models that understand a text are trained."""

from dataclasses import dataclass

from shared.training.recipes.spec import PictureRecipe


@dataclass(frozen=True)
class SentimentRecipe(PictureRecipe):
    family: str = "sentiment"  # or naive-bayes, which is counted and has no steps
    data: str = "shared.training.sentiment:read_encoded"
    weight_decay: float = 0.1
    drop_words: float = 0.2  # share of pieces that are unknown in a step
    label_smoothing: float = 0.1


ROWS = (
    SentimentRecipe(
        "naive-bayes-reviews",
        "shared.models.sentiment:NaiveBayes",
        {"smoothing": 1.0, "fewest": 1},
        family="naive-bayes",
    ),
    SentimentRecipe(
        "lstm-reviews",
        "shared.models.sentiment:LSTMClassifier",
        {"vocab_size": 8000, "width": 128},
        epochs=12,
        batch=64,
        learning_rate=1e-3,
        decay=0.7,
        ema=0.995,
    ),
    SentimentRecipe(
        "bert-reviews",
        "shared.training.sentiment:encoder",
        {"vocab_size": 8000, "dim": 128, "n_layers": 2, "n_heads": 4, "hidden_dim": 256, "dropout": 0.3},
        epochs=14,
        batch=64,
        learning_rate=1e-3,
        decay=0.7,
        ema=0.995,
    ),
)
