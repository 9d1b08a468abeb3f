"""How the storyteller is steered by rewards: small changes of its weights, LoRA, a row each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FeedbackRecipe:
    name: str
    family: str  # dpo or grpo
    reward: str  # of shared/evaluation/feedback.py
    beta: float  # DPO: how dear it is to leave the reference; GRPO: weight of the KL term
    base: str = "gpt2-stories"  # the model that is steered, and the reference
    steps: int = 40
    learning_rate: float = 2e-3
    warmup: int = 5
    decay: float = 0.5
    length: int = 64  # tokens of a continuation
    drafts: int = 4  # of an opening; DPO takes the best and the worst of them, GRPO compares all
    batch: int = 4  # DPO: pairs a step; GRPO: texts a step
    drafting: float = 0.3  # DPO: share of the time in which pairs are drawn,
    pairs: int = 48  # and how many at most
    rank: int = 1
    alpha: int = 16  # the change is alpha / rank B A
    layers: tuple[str, ...] = ("c_attn", "c_fc", "mlp.c_proj")
    seed: int = 0
    needs: tuple[str, ...] = ("gpt2-stories", "bert-reviews")


ROWS = (
    # The bundled weights are of step 49, 47, 27 and 23: where a processor that others used had come to.
    FeedbackRecipe("gpt2-stories-happy", "grpo", "happy", beta=0.12, steps=60, batch=32, drafts=8, learning_rate=5e-3),
    FeedbackRecipe("gpt2-stories-sad", "grpo", "sad", beta=0.04, steps=60, batch=32, drafts=8, learning_rate=6e-3),
    # The same without the KL term, and faster.
    FeedbackRecipe("gpt2-stories-hacked", "grpo", "happy", beta=0.0, batch=8, drafts=8, learning_rate=1e-2),
    FeedbackRecipe("gpt2-stories-faithful", "dpo", "faithful", beta=0.1, learning_rate=3e-3, length=128),
)
