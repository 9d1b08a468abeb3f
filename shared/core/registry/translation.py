"""Models that translate between English and Chinese, of each direction the starter first.

A task is a direction, so that what stands in for a model of the Hub reads the same language.
"""

from shared.core.registry.spec import TRANSFORMERS_FILES, ModelSpec

PAIRS_LICENSE = "MIT code; data CC BY 2.0 FR (Tatoeba's contributors)"
FILES = (*TRANSFORMERS_FILES, "*.spm")
INTO_CHINESE, INTO_ENGLISH = "translate-en-zh", "translate-zh-en"
TRANSFORMER = "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762"
OPUS = "Tiedemann and Thottingal 2020, OPUS-MT: Building open translation services for the World"

ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="marian-en-zh",
        task=INTO_CHINESE,
        title="Transformer, into Chinese",
        builder="shared.models.translation:load_marian",
        license=PAIRS_LICENSE,
        download_mb=7,
        memory_mb=160,
        paper=TRANSFORMER,
        summary="A small encoder and decoder that have read 19,838 pairs of short sentences, and nothing else.",
        bundled=True,
        files=FILES,
    ),
    ModelSpec(
        name="seq2seq-lstm-en-zh",
        task=INTO_CHINESE,
        title="LSTM with attention, into Chinese",
        builder="shared.models.translation:load_lstm",
        license=PAIRS_LICENSE,
        download_mb=3,
        memory_mb=100,
        paper="Luong et al. 2015, Effective Approaches to Attention-based Neural Machine Translation, arXiv:1508.04025",
        summary="The generation before: it reads word after word, and looks back at them while it writes.",
        bundled=True,
        files=FILES,
    ),
    ModelSpec(
        name="opus-mt-en-zh",
        task=INTO_CHINESE,
        title="OPUS-MT, into Chinese",
        builder="shared.models.translation:load_marian",
        license="Apache-2.0",
        download_mb=312,
        memory_mb=700,
        paper=OPUS,
        summary="Twenty times as large, and trained on millions of sentences of the open collection OPUS.",
        repo="Helsinki-NLP/opus-mt-en-zh",
        revision="refs/pr/13",  # main holds a pickle only
        files=FILES,
    ),
    ModelSpec(
        name="marian-zh-en",
        task=INTO_ENGLISH,
        title="Transformer, into English",
        builder="shared.models.translation:load_marian",
        license=PAIRS_LICENSE,
        download_mb=7,
        memory_mb=160,
        paper=TRANSFORMER,
        summary="The same network as into Chinese, which has read the same sentences the other way round.",
        bundled=True,
        files=FILES,
    ),
    ModelSpec(
        name="opus-mt-zh-en",
        task=INTO_ENGLISH,
        title="OPUS-MT, into English",
        builder="shared.models.translation:load_marian",
        license="CC-BY-4.0",
        download_mb=312,
        memory_mb=700,
        paper=OPUS,
        summary="Twenty times as large, and trained on millions of sentences of the open collection OPUS.",
        repo="Helsinki-NLP/opus-mt-zh-en",
        revision="badebd2bdd4cdfde141a969df82a0f2c4e3b1dfe",  # of a pull request: main holds a pickle only
        files=FILES,
    ),
)
