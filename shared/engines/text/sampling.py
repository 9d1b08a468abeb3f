"""From the model's logits to the next token: the settings, the filters and the draw.

The filters are those of transformers' `generate`, in its order: repetition penalty (Keskar et al., 2019),
no repeated n-gram, temperature, top-k (Fan et al., 2018), top-p (Holtzman et al., 2020) and min-p (Nguyen
et al., 2024). They use methods of tensors only, so that importing this module does not import torch.
"""

import math
from dataclasses import dataclass, fields

from shared.core.errors import UserError

RANGES = {  # lowest and highest value that is allowed
    "max_new_tokens": (1, 2048),
    "temperature": (0, 5),
    "top_k": (0, 1_000_000),
    "top_p": (0, 1),
    "min_p": (0, 1),
    "repetition_penalty": (0.1, 10),
    "no_repeat_ngram_size": (0, 20),
    "num_return_sequences": (1, 16),
    "seed": (0, 2**63 - 1024),
    "num_beams": (1, 16),
}
MOST_PROMPT = 10_000  # characters; some pages, and more than any of the models can look back
LONGEST_STOP = 200  # characters
MOST_STOPS = 16
FIRST_LOOK = 1024  # candidates that top-p looks at before it sorts the whole vocabulary


@dataclass(frozen=True)
class Sampling:
    max_new_tokens: int = 80
    temperature: float = 0.8  # 0: always the most probable token
    top_k: int = 50  # 0: off
    top_p: float = 0.95  # 1: off
    min_p: float = 0.0  # 0: off
    repetition_penalty: float = 1.1  # 1: off
    no_repeat_ngram_size: int = 0  # 0: off
    num_return_sequences: int = 1
    stop: tuple[str, ...] = ()
    seed: int = 0
    num_beams: int = 1  # 1: off; beam search takes no temperature, top-k, top-p, min-p and no seed

    def __post_init__(self):
        for field in fields(self):  # sliders and JSON send 80.0 for 80
            value = getattr(self, field.name)
            if field.type is int and isinstance(value, float) and value.is_integer():
                object.__setattr__(self, field.name, int(value))

    def check(self):
        """UserError with one sentence for the first setting that is no number or out of range."""
        for name, (low, high) in RANGES.items():
            value, words = getattr(self, name), name.replace("_", " ")
            whole = type(getattr(Sampling, name)) is int
            number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value):
                kind = "whole number" if whole else "number"
                raise UserError(f"{words} is {value!r}; it must be a {kind} from {low} to {high}.")
            if not low <= value <= high:
                raise UserError(f"{words} is {value}; it must be from {low} to {high}.")
        if self.top_p == 0:
            raise UserError("top p is 0, which leaves no token to choose; it must be above 0 and at most 1.")
        if not isinstance(self.stop, tuple) or not all(isinstance(s, str) and s for s in self.stop):
            raise UserError(f"stop is {self.stop!r}; it must be a list of texts, none of them empty.")
        if len(self.stop) > MOST_STOPS or any(len(s) > LONGEST_STOP for s in self.stop):
            raise UserError(f"There can be {MOST_STOPS} stop texts of {LONGEST_STOP} characters, not more.")
        if 1 < self.num_beams < self.num_return_sequences:
            asked = f"{self.num_beams} beams cannot give {self.num_return_sequences} texts"
            raise UserError(f"{asked}; ask for as many beams as texts.")


def next_token(logits, ids, sampling, uniform):
    """The id drawn from logits (vocab,) after the text `ids`: inverse CDF at `uniform`, in [0, 1)."""
    return next_tokens(logits[None], [ids], sampling, [uniform])[0]


def next_tokens(logits, texts, sampling, uniforms):
    """The ids drawn from logits (n, vocab) after n texts, each as if it were alone."""
    scores = penalised(logits, texts, sampling)
    if sampling.temperature == 0:
        return scores.argmax(-1).tolist()
    if not 0 < sampling.top_k < scores.shape[-1]:
        return [drawn(*distribution(row, sampling), uniform) for row, uniform in zip(scores, uniforms, strict=True)]
    values, candidates = scores.topk(sampling.top_k)
    probabilities = heated(values, sampling)  # (n, top_k), in falling order
    cumulative = (probabilities * likely(probabilities, sampling)).cumsum(-1)
    below = cumulative <= cumulative.new_tensor(uniforms)[:, None] * cumulative[:, -1:]
    return candidates.gather(1, below.sum(-1, keepdim=True).clamp(max=sampling.top_k - 1))[:, 0].tolist()


def drawn(candidates, probabilities, uniform):
    cumulative = probabilities.cumsum(-1)
    place = int((cumulative <= uniform * cumulative[-1]).sum())
    return int(candidates[min(place, len(candidates) - 1)])


def penalised(logits, texts, sampling):
    """`penalise` for each row of logits (n, vocab), where there is something to do."""
    if sampling.repetition_penalty == 1 and not sampling.no_repeat_ngram_size:
        return logits
    scores = logits.clone()
    for i, ids in enumerate(texts):
        scores[i] = penalise(logits[i], ids, sampling)
    return scores


def penalise(scores, ids, sampling):
    """scores (vocab,) with what is in the text `ids` already made less likely or impossible; a copy."""
    if sampling.repetition_penalty != 1 and ids:
        seen = scores.new_tensor(ids).long()  # ids are below 2^24, so float32 holds them exactly
        old = scores[seen]
        penalty = sampling.repetition_penalty
        scores = scores.index_put((seen,), (old * penalty).where(old < 0, old / penalty))
    if sampling.no_repeat_ngram_size and (banned := completions(ids, sampling.no_repeat_ngram_size)):
        scores = scores.index_fill(0, scores.new_tensor(banned).long(), -math.inf)
        if scores.isinf().all():
            n = sampling.no_repeat_ngram_size
            raise UserError(f"Every next token would repeat {n} in a row; choose a longer no-repeat n-gram.")
    return scores


def completions(ids, n):
    """Tokens that would complete an n-gram which is in the list `ids` already."""
    begin = ids[len(ids) - n + 1 :]
    if len(begin) < n - 1:
        return []
    return [ids[i + n - 1] for i in range(len(ids) - n + 1) if ids[i : i + n - 1] == begin]


def distribution(scores, sampling):
    """scores (vocab,) -> what can be drawn: ids (k,) and their probabilities (k,), float64.

    The most probable comes first, unless all are kept. After top-p the sum is below 1.
    """
    if 0 < sampling.top_k < len(scores):
        values, candidates = scores.topk(sampling.top_k)
        return keep(heated(values, sampling), candidates, sampling)
    probabilities = heated(scores, sampling)
    if sampling.top_p == 1 and sampling.min_p == 0:
        return range(len(scores)), probabilities
    # Sorting 50,257 numbers takes 3 ms, and those that are kept are nearly always among the first thousand.
    top, candidates = probabilities.topk(min(FIRST_LOOK, len(scores)))
    if top.sum() < sampling.top_p and top[-1] >= sampling.min_p * top[0]:
        top, candidates = probabilities.sort(descending=True)
    return keep(top, candidates, sampling)


def heated(scores, sampling):
    """Softmax at a temperature; the maximum goes first, so that nothing overflows at a small one."""
    return ((scores.double() - scores.amax(-1, keepdim=True)) / sampling.temperature).softmax(-1)


def keep(probabilities, candidates, sampling):
    """Top-p and min-p, on probabilities in falling order."""
    kept = likely(probabilities, sampling)
    return candidates[kept], probabilities[kept]


def likely(probabilities, sampling):
    """Where top-p and min-p leave them, (..., k) in falling order: True at the first some."""
    before = probabilities.cumsum(-1) - probabilities  # mass of everything more probable
    return (before < sampling.top_p) & (probabilities >= sampling.min_p * probabilities[..., :1])
