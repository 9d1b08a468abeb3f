"""Models that judge a text, the starter first."""

from shared.core.registry.spec import ModelSpec

REVIEWS_LICENSE = "MIT code; data CC BY 4.0 (sentence polarity dataset, Pang and Lee)"

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="naive-bayes-reviews",
        task="sentiment",
        title="Naive Bayes",
        builder="shared.models.sentiment:load_bayes",
        license=REVIEWS_LICENSE,
        download_mb=2,
        memory_mb=60,
        paper="Wang and Manning 2012, Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
        summary="Adds a number for each word and each pair of neighbours, by how often good and bad reviews had it.",
        bundled=True,
    ),
    ModelSpec(
        name="lstm-reviews",
        task="sentiment",
        title="LSTM",
        builder="shared.models.sentiment:load_lstm",
        license=REVIEWS_LICENSE,
        download_mb=3,
        memory_mb=80,
        paper="Hochreiter and Schmidhuber 1997, Long Short-Term Memory; Conneau et al. 2017, arXiv:1705.02364",
        summary="Reads the text forwards and backwards, a piece of a word at a time, and keeps what was strongest.",
        bundled=True,
    ),
    ModelSpec(
        name="bert-reviews",
        task="sentiment",
        title="Transformer encoder",
        builder="shared.models.sentiment:load_transformer",
        license=REVIEWS_LICENSE,
        download_mb=3,
        memory_mb=120,
        paper="Devlin et al. 2019, BERT, arXiv:1810.04805; Sanh et al. 2019, DistilBERT, arXiv:1910.01108",
        summary="Every piece of a word looks at all others at once, in 2 layers of 4 heads.",
        bundled=True,
    ),
    ModelSpec(
        name="distilbert-sst2",
        task="sentiment",
        title="DistilBERT (SST-2)",
        builder="shared.models.sentiment:load_transformer",
        license="Apache-2.0",
        download_mb=268,
        memory_mb=600,
        paper="Sanh et al. 2019, DistilBERT, a distilled version of BERT, arXiv:1910.01108",
        summary="66 million parameters that read the English Wikipedia and books before they saw 67,349 reviews.",
        repo="distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    ),
)
