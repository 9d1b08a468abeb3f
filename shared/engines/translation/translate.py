"""A text, sentence by sentence, into the other language: what is written, how sure, and where the network looked."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch

from shared.core import hanzi
from shared.data.translations import english
from shared.engines.translation import names
from shared.engines.translation.search import search
from shared.models.translation import END

BEAMS = 4
OTHERS = 3  # pieces that would have been as good, beside each word
ENDS = re.compile(r"(?<=[。！？…])(?![”’」』。！？…])|(?<=[。！？…][”’」』])|(?<=[.!?])\s+|(?<=[.!?][\"'”’])\s+")
MARK = re.compile(r"[^\w▁]+")  # a piece of marks only is a word by itself


@dataclass(frozen=True)
class Word:
    text: str  # as it is shown
    space: bool  # whether one stands before it
    chance: float = 1.0  # of its pieces, one after the other
    others: list[tuple[str, float]] = field(default_factory=list)  # what might have stood where it begins
    named: bool = False  # by the table of names


@dataclass(frozen=True)
class Beam:
    text: str
    worth: float  # the mean chance of a piece (geometric)
    words: list[Word]
    across: list[list[float]]  # of each word, how much it looked at each word of the source


@dataclass(frozen=True)
class Sentence:
    text: str
    words: list[Word]
    unknown: list[int]  # words with pieces that the network has never met
    inside: list[list[float]]  # of each word, how much it looked at the others; [] without self-attention
    beams: list[Beam]  # the likeliest first


def language(text: str) -> str:
    """ "zh" where there are Chinese characters, else "en"."""
    return "zh" if hanzi.is_chinese(text) else "en"


def lines(text: str) -> list[list[str]]:
    """The sentences of each line, tidied as the networks know them."""
    tidied = hanzi.tidied if language(text) == "zh" else english
    return [[part for part in (p.strip() for p in ENDS.split(tidied(line))) if part] for line in text.splitlines()]


def sentences(translator, text: str, beams: int = BEAMS) -> Iterator[Sentence]:
    for line in lines(text):
        for sentence in line:
            yield translate(translator, sentence, beams)


def translate(translator, text: str, beams: int = BEAMS) -> Sentence:
    """One sentence. Its names are the table's."""
    given, instead = names.hidden(text, translator.source)
    pieces, ids = translator.cut(given)
    groups = grouped(pieces)
    there = names.across(instead, translator.source)
    found: dict[str, Beam] = {}  # the same text may be cut in two ways: the likelier counts
    for one in search(translator, ids, beams):
        made = beam(translator, ids, groups, one, there)
        found.setdefault(made.text, made)
    inside = translator.look(ids, [translator.end]).inside
    return Sentence(
        text,
        [word(pieces, group, instead) for group in groups],
        [n for n, group in enumerate(groups) if any(ids[i] == translator.unknown for i in group)],
        [] if inside is None else summed(inside, groups, groups),
        list(found.values()),
    )


def plain(translator, text: str, beams: int = BEAMS) -> str:
    """The likeliest translation of one sentence, and nothing about it: half the work."""
    given, instead = names.hidden(text, translator.source)
    found = search(translator, translator.cut(given)[1], beams)[0]
    pieces = translator.pieces(found.ids)
    return in_words([word(pieces, group, names.across(instead, translator.source)) for group in grouped(pieces)])


def in_words(words: list[Word]) -> str:
    return "".join(" " * one.space + one.text for one in words).strip()


def beam(translator, ids, groups, found, instead) -> Beam:
    """groups: of the source. instead: {stand-in: name} in the language that is written."""
    looked = translator.look(ids, found.ids)
    pieces, chances = translator.pieces(found.ids), looked.logits.float().softmax(-1)
    words = []
    for group in (here := grouped(pieces)):
        first = group[0]
        best = chances[first].topk(OTHERS + 1)
        ways = zip(translator.pieces(best.indices.tolist()), best.values.tolist(), strict=True)
        others = [(piece.replace("▁", ""), chance) for piece, chance in ways if piece != pieces[first]]
        chance = math.prod(chances[i, found.ids[i]].item() for i in group)
        words.append(replace(word(pieces, group, instead), chance=chance, others=others[:OTHERS]))
    return Beam(in_words(words), math.exp(found.worth), words, summed(looked.across, here, groups))


def word(pieces, group, instead) -> Word:
    text = "".join(pieces[i] for i in group)
    shown = names.shown(text.replace("▁", ""), instead)
    return Word(shown, text.startswith("▁"), named=shown != text.replace("▁", ""))


def grouped(pieces: list[str]) -> list[list[int]]:
    """The pieces of each word, without the end and a code before them. English words begin with a space, marks stand
    alone; of Chinese each piece is a word, and letters or digits in a row are one."""
    groups: list[list[int]] = []
    for i, piece in enumerate(pieces):
        if piece == END or piece.startswith(">>") or not piece.strip("▁") and i + 1 == len(pieces):
            continue
        before = pieces[i - 1] if groups and groups[-1][-1] == i - 1 else ""
        inner = before.strip("▁") == "" or before[-1].isascii() and piece[0].isascii()
        alone = MARK.fullmatch(piece) and piece != "'" or MARK.fullmatch(before) and before != "'"
        if before and inner and not piece.startswith("▁") and not alone:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def summed(weights: torch.Tensor, rows: list[list[int]], columns: list[list[int]]) -> list[list[float]]:
    """Of pieces (t, s) -> of words: how much the pieces of a row look at those of a column, on average."""
    return [[round(weights[row][:, column].sum(1).mean().item(), 4) for column in columns] for row in rows]
