"""Rewards of stories, and what became of a storyteller that was steered by one of them.

happy      how good its news are: the judge's chance of "good", on average over the sentences
sad        what is missing of that to 1
faithful   half for coming to an end, half for staying with those who are in the opening

All lie in [0, 1]. The judge has read reviews of films, a sentence each; a second one, which no training has asked,
says whether a story pleases only the first.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shared.core import loaders
from shared.engines.text.summary import sentences
from shared.evaluation.text import bits_per_character

JUDGE, OTHER_JUDGE = "bert-reviews", "naive-bayes-reviews"
OPENINGS = 100  # of held-out stories
STORIES = 60  # held-out ones, whose bits are measured
AT_ONCE = 32  # texts of a batch
# Who a story for small children is told of, beside names.
BEINGS = frozenset(
    "alien ant baby bat bear bee bird boy brother bunny butterfly cat chicken child children cow crab crow daddy deer "
    "dinosaur dog dolphin donkey dragon duck eagle elephant fairy farmer fish fly fox friend friends frog ghost giant "
    "girl goat grandma grandpa hen horse king kitten knight ladybug lady lion lizard man mommy monkey monster mouse "
    "octopus owl panda parrot penguin pig pirate pony prince princess puppy queen rabbit raccoon robot shark sheep "
    "sister snail snake spider squirrel tiger turtle whale witch wizard wolf woman worm zebra".split()
)
NAME = re.compile(r"(?<![.!?…\"“”'’\n] )(?<!\A)(?<![\n\"“”])\b[A-Z][a-z]+\b")  # a capital inside a sentence
BEGIN = frozenset(  # words with a capital that are no names
    "a after all an and as at before but each every far for from he her here his how i if in inside it its just later "
    "long many my near next no not now on once one our outside she so some soon suddenly that the their then there "
    "these they this today tomorrow two under we what when where while who why with yes you your".split()
)
NO_NAMES = frozenset("Mom Dad Mommy Daddy Mum Mama Papa Grandma Grandpa Mr Mrs Miss Santa".split())


@dataclass(frozen=True)
class Told:
    """A story: how it was begun, how it went on, and whether it came to its end by itself."""

    opening: str
    text: str
    ended: bool


@dataclass(frozen=True)
class Written:
    told: Told
    head: list[int]  # ids of the opening, behind the start token
    new: list[int]  # ids of what was written, with the end token where it came


def rewards(name: str, told: list[Told], judge: str = JUDGE) -> list[float]:
    """The reward of each story; name: happy, sad or faithful."""
    if name == "faithful":
        return [(one.ended + stays(one)) / 2 for one in told]
    good = happiness([one.text for one in told], judge)
    return good if name == "happy" else [1 - chance for chance in good]


def happiness(texts: list[str], judge: str = JUDGE) -> list[float]:
    """The chance of "good" of each text, averaged over its sentences; 0.5 where there is none."""
    parts = [sentences(text) for text in texts]
    flat = [part for some in parts for part in some]
    if not flat:
        return [0.5] * len(texts)
    with loaders.use(judge) as loaded:
        chances = iter(loaded.model.judge(flat).sigmoid().tolist())
    return [sum(next(chances) for _ in some) / len(some) if some else 0.5 for some in parts]


def stays(one: Told) -> float:
    """Half for naming nobody new, half for those of the opening still being there in its last third; in [0, 1]."""
    known = characters(one.opening)
    named = [name.lower() for name in NAME.findall(one.text.strip()) if name not in NO_NAMES]
    faithful = sum(name in known for name in named) / len(named) if named else 1.0
    end = set(re.findall(r"[a-z]+", one.text[-max(1, len(one.text) // 3) :].lower()))
    return (faithful + bool(known & end)) / 2


def characters(opening: str) -> set[str]:
    """The names of an opening and the beings in it, in lower case."""
    names = {name.lower() for name in re.findall(r"\b[A-Z][a-z]+\b", opening)} - BEGIN
    return names | {word for word in re.findall(r"[a-z]+", opening.lower()) if word in BEINGS}


def opening_of(story: str) -> str:
    """Its first two sentences."""
    return " ".join(sentences(story[:600])[:2])


def openings(stories: list[str], most: int) -> list[str]:
    """The openings of the first stories that say who they are about."""
    found: list[str] = []
    for story in stories:
        opening = opening_of(story)
        if len(opening) < 300 and characters(opening) and len(story) > len(opening) + 100:
            found.append(opening)
        if len(found) == most:
            break
    return found


@torch.inference_mode()
def written(network, tokenizer, begun: list[str], length: int, seed: int) -> list[Written]:
    """Each opening gone on with by the plain chances of a transformers network; the same for the same seed."""
    network.eval()
    end, found = tokenizer.end_id, []
    for start in range(0, len(begun), AT_ONCE):
        some = begun[start : start + AT_ONCE]
        heads = [[end, *tokenizer.encode(opening)] for opening in some]
        width = max(map(len, heads))
        ids = torch.tensor([[end] * (width - len(head)) + head for head in heads])
        mask = torch.tensor([[0] * (width - len(head)) + [1] * len(head) for head in heads])
        options = {"do_sample": True, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "use_cache": True}
        options |= {"max_new_tokens": length, "pad_token_id": end, "eos_token_id": end}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + start)
            rows = network.generate(input_ids=ids, attention_mask=mask, **options)[:, width:].tolist()
        for opening, head, row in zip(some, heads, rows, strict=True):
            new = row[: row.index(end) + 1] if end in row else row
            found.append(Written(Told(opening, tokenizer.decode(new), end in row), head, new))
    return found


@torch.inference_mode()
def kl(network, other, texts: list[Written]) -> float:
    """KL(network || other), in nats a text: the mean, over texts of the network's own, of the sum over their tokens of
    that of the next one's chances. other: a network, or a function that takes the same arguments."""
    total = 0.0
    for start in range(0, len(texts), AT_ONCE):
        some = texts[start : start + AT_ONCE]
        ids, mask = padded([one.head + one.new for one in some])
        mine, theirs = (
            ask(input_ids=ids, attention_mask=mask).logits.float().log_softmax(-1) for ask in (network, other)
        )
        each = divergence(mine, theirs)  # (n, t): of what comes after each token
        for row, one in zip(each, some, strict=True):
            total += row[len(one.head) - 1 : len(one.head) + len(one.new) - 1].sum().item()
    return total / len(texts)


def padded(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Lists of ids -> (n, t) ids and mask, padded on the right."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def divergence(mine: Tensor, other: Tensor) -> Tensor:
    """log p, log q (..., vocab) -> KL(p || q) (...)."""
    return (mine.exp() * (mine - other)).sum(-1)


def distinct(texts: list[str], n: int = 2) -> float:
    """The share of different ones among all n-grams of words (Li et al., 2016, arXiv:1510.03055)."""
    grams: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = re.findall(r"[\w'’]+", text.lower())
        grams.update(zip(*(words[i:] for i in range(n)), strict=False))
    return len(grams) / max(1, grams.total())


def scores(network, reference, tokenizer, reward: str, length: int, stories: list[str]) -> dict[str, Any]:
    """Of two transformers networks: OPENINGS openings of held-out stories, gone on with before and after from the same
    seeds, and the bits that the first STORIES held-out stories take."""
    begun = openings(stories, OPENINGS)
    before, after = (written(one, tokenizer, begun, length, seed=0) for one in (reference, network))
    found: dict[str, Any] = {"reward": reward, "openings": len(begun), "length": length, "bits_stories": STORIES}
    for when, one, texts in (("before", reference, before), ("after", network, after)):
        told = [text.told for text in texts]
        kind = "sad" if reward == "sad" else "happy"
        found[f"reward_{when}"] = round(mean(rewards(reward, told)), 4)
        found[f"other_judge_{when}"] = round(mean(rewards(kind, told, OTHER_JUDGE)), 4)
        found[f"ended_{when}"] = round(mean([story.ended for story in told]), 4)
        found[f"distinct_{when}"] = round(distinct([story.text for story in told]), 4)
        bits = bits_per_character(logits_of(one), tokenizer, stories[:STORIES], 512)
        found[f"bits_{when}"] = round(bits, 4)
    return found | {"kl": round(kl(network, reference, after), 3)}


def logits_of(network):
    """ids -> (n, vocab)."""
    return lambda ids: network(input_ids=torch.tensor([ids])).logits[0]


def mean(values: list) -> float:
    return sum(values) / len(values)
