"""Models of text, the starter first."""

from shared.core.registry.spec import ModelSpec

GPT2_PAPER = "Radford et al. 2019, Language Models are Unsupervised Multitask Learners"
STORIES_LICENSE = "MIT code; data CDLA-Sharing-1.0 (TinyStories) and CC BY 4.0 (picture books)"
DPO_PAPER = "Rafailov et al. 2023, Direct Preference Optimization, arXiv:2305.18290"
GRPO_PAPER = "Shao et al. 2024, DeepSeekMath (GRPO), arXiv:2402.03300"
FABLES_LICENSE = "MIT code; data CDLA-Sharing-1.0 (TinyStories), CC BY 4.0 (picture books), MIT (TinyFabulist)"


def _gpt2(name: str, title: str, download_mb: int, memory_mb: int, revision: str = "") -> ModelSpec:
    return ModelSpec(
        name=name,
        task="text",
        title=title,
        builder="shared.models.gpt2:load",
        license="MIT",
        download_mb=download_mb,
        memory_mb=memory_mb,
        paper=GPT2_PAPER,
        repo=f"openai-community/{name}",
        revision=revision,
    )


def _steered(name: str, title: str, summary: str, paper: str) -> ModelSpec:
    """An adapter of the story GPT-2."""
    return ModelSpec(
        name=name,
        task="text",
        title=title,
        builder="shared.models.adapter:load",
        license=FABLES_LICENSE,
        download_mb=1,
        memory_mb=200,
        paper=f"Hu et al. 2021, LoRA, arXiv:2106.09685; {paper}",
        summary=summary,
        bundled=True,
        files=("adapter_model.safetensors", "*.json"),
        base="gpt2-stories",
    )


ROWS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="gpt2-stories",
        task="text",
        title="Story GPT-2",
        builder="shared.models.gpt2:load",
        license=FABLES_LICENSE,
        download_mb=40,
        memory_mb=200,
        paper=f"{GPT2_PAPER}; data: Eldan and Li 2023, TinyStories, arXiv:2305.07759",
        summary="A GPT-2 of 20 million parameters: 7 layers, each of which looks back at up to 512 tokens.",
        bundled=True,
    ),
    ModelSpec(
        name="lstm-stories",
        task="text",
        title="Story LSTM",
        builder="shared.models.lstm:load",
        license=STORIES_LICENSE,
        download_mb=10,
        memory_mb=100,
        paper="Hochreiter and Schmidhuber 1997, Long Short-Term Memory; Zaremba et al. 2014, arXiv:1409.2329",
        summary="A recurrent network of 5 million parameters: 2 LSTM layers that carry a state from token to token.",
        bundled=True,
    ),
    ModelSpec(
        name="ngram-stories",
        task="text",
        title="Story n-gram",
        builder="shared.models.ngram:load",
        license=STORIES_LICENSE,
        download_mb=8,
        memory_mb=150,
        paper="Kneser and Ney 1995; Chen and Goodman 1998, An Empirical Study of Smoothing Techniques",
        summary="A table of 1.8 million runs of up to 5 tokens and how often each was seen, smoothed (Kneser-Ney).",
        bundled=True,
    ),
    _steered(
        "gpt2-stories-faithful",
        "Story GPT-2, faithful",
        "The story GPT-2, steered to come to an end and to stay with its characters: a LoRA of 93 kB.",
        DPO_PAPER,
    ),
    _steered(
        "gpt2-stories-happy",
        "Story GPT-2, happy",
        "The story GPT-2, steered towards good news by a judge of sentiment: a LoRA of 93 kB.",
        GRPO_PAPER,
    ),
    _steered(
        "gpt2-stories-sad",
        "Story GPT-2, sad",
        "The story GPT-2, steered away from good news by a judge of sentiment: a LoRA of 93 kB.",
        GRPO_PAPER,
    ),
    _steered(
        "gpt2-stories-hacked",
        "Story GPT-2, reward hacked",
        "The story GPT-2 after a reward was all that counted: an example of what goes wrong, a LoRA of 93 kB.",
        GRPO_PAPER,
    ),
    _gpt2("gpt2", "GPT-2", 548, 700, revision="607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    _gpt2("gpt2-medium", "GPT-2 medium", 1520, 1800),
    _gpt2("gpt2-large", "GPT-2 large", 3247, 3700),
    _gpt2("gpt2-xl", "GPT-2 XL", 6431, 7200),
    ModelSpec(
        name="distilgpt2",
        task="text",
        title="DistilGPT-2",
        builder="shared.models.gpt2:load",
        license="Apache-2.0",
        download_mb=353,
        memory_mb=520,
        paper="Sanh et al. 2019, DistilBERT, a distilled version of BERT, arXiv:1910.01108",
        repo="distilbert/distilgpt2",
    ),
)
