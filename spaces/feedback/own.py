"""The visitor's own adapter: pairs to choose from, the training on the choices, and what it foretells of the next one.

found = pair(7)                                    # an opening and two ways to go on, always the same for a seed
training = begin(session, [[7, 0], [8, 1], ...], folder)
foretold(token, 9)                                 # chance that the first of pair 9 is chosen
"""

import functools
import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.training import live

from .request import ADAPTERS

NEEDED = 12  # choices
MOST = 60
LENGTH = 40  # tokens of what is chosen from
BETA = 0.1
BASE = registry.spec(ADAPTERS[0]).base
WHO = "fox bear rabbit cat dog mouse owl girl boy dragon robot frog".split()
NAMES = "Lily Tom Mia Ben Sue Max Anna Tim Zoe Sam".split()
WHERE = "in the forest", "by the sea", "in a big house", "on a farm", "near a river", "in a small town"
FOUND = "a red ball", "a shiny key", "an old box", "a lost kitten", "a big cake", "a strange map", "a blue boat"

VISITORS = live.Visitors()


@dataclass(frozen=True)
class Pair:
    opening: str
    head: list[int]  # ids of the opening, with the start token
    texts: tuple[str, str]
    ids: tuple[list[int], list[int]]


def opening_of(seed: int) -> str:
    chosen = random.Random(seed)
    who, name, where, found = (chosen.choice(some) for some in (WHO, NAMES, WHERE, FOUND))
    return f"Once upon a time, a little {who} named {name} lived {where}. One day, {name} found {found}."


@functools.lru_cache(maxsize=512)
def pair(seed: int) -> Pair:
    """Two ways to go on, by the storyteller as it was."""
    from shared.engines.text.generation import generate
    from shared.engines.text.sampling import Sampling

    opening = opening_of(seed)
    sampling = Sampling(max_new_tokens=LENGTH, temperature=1.0, num_return_sequences=2, seed=seed, repetition_penalty=1)
    with loaders.use(BASE) as loaded:
        model = loaded.model
        *_, (one, other) = generate(model, opening, sampling)
        head = [model.end_id, *model.tokenizer.encode(opening)]
        ids = [[token.id for token in sample.tokens] for sample in (one, other)]
    return Pair(opening, head, (one.text.strip(), other.text.strip()), (ids[0], ids[1]))


def checked(choices: Any) -> list[tuple[int, int]]:
    """[(seed, 0 or 1)] of what a page sent. Errors: UserError."""
    right = isinstance(choices, list) and all(
        isinstance(one, list) and len(one) == 2 and all(type(part) is int for part in one) and one[1] in (0, 1)
        for one in choices
    )
    if not right or not all(0 <= seed < 2**31 for seed, _ in choices):
        raise UserError("The choices must be pairs of a seed and 0 or 1.")
    if len({seed for seed, _ in choices}) < NEEDED:
        raise UserError(f"Choose at least {NEEDED} times first; so far there are {len(choices)} choices.")
    return [(seed, side) for seed, side in choices[-MOST:]]


def begin(session: str, choices: Any, root: Path) -> live.Training:
    """Errors: UserError."""
    pairs = []
    for seed, side in checked(choices):
        found = pair(seed)
        pairs.append([found.head, found.ids[side], found.ids[1 - side]])
    return VISITORS.begin(session, live.Choices(pairs), root, live.Tuning)


def folder_of(token: str) -> Path:
    """Of a visitor's adapter, by the name that only this visitor knows. Errors: UserError."""
    for training in VISITORS.all():
        if token and training.folder.name == token and (found := training.model_folder()):
            return found
    raise UserError("This adapter is gone: it is kept for an hour. Please train again.")


@functools.lru_cache(maxsize=2)  # each is as large as the storyteller
def model(folder: Path) -> Any:
    from shared.models import adapter

    return adapter.load(folder, "fast", registry.WEIGHTS / BASE)


def foretold(token: str, seed: int) -> float:
    """sigmoid of DPO's margin: the chance, by the adapter, that the first of the pair is chosen."""
    from shared.engines.text.batcher import compute

    found, own = pair(seed), model(folder_of(token))
    with loaders.use(BASE) as loaded:
        base = loaded.model
        gains = [
            compute(own, likelihood, own, found.head, ids) - compute(base, likelihood, base, found.head, ids)
            for ids in found.ids
        ]
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, BETA * (gains[0] - gains[1])))))


def likelihood(model: Any, head: list[int], ids: list[int]) -> float:
    """log p(ids | head)."""
    logits = model.all_logits([*head, *ids[:-1]])[len(head) - 1 :].log_softmax(-1)
    return float(sum(row[i] for row, i in zip(logits, ids, strict=True)))


def told(token: str, prompt: str, seed: int) -> list[str]:
    """How the storyteller goes on with a text as it was, and with the visitor's adapter, from one seed."""
    import threading

    from shared.engines.text.sampling import Sampling

    from . import runs

    own = model(folder_of(token))
    sampling = Sampling(max_new_tokens=80, temperature=0.8, seed=seed, repetition_penalty=1)
    with loaders.use(BASE) as loaded:
        *_, sides = runs.together([loaded.model, own], prompt, sampling, threading.Event())
    return [samples[0].text.strip() for samples in sides]
