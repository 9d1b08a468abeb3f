"""Whom and what an idea is about, and whether a story still tells of them.

    about = subjects_of("One day, Grandpa and Tom repaired an old robot.")   # Grandpa, Tom and the robot
    missing(about, story, 3)             # who is not named in the last three sentences
    beginnings(missing(about, story, 3)) # (" Grandpa and Tom", " The robot"): how a sentence can begin that brings them

Small models forget the second of two friends, and what they had found, after three sentences. So drafts that bring
somebody back are worth more (drafts.py), and some are begun with those who are missing (story.py).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from .. import scenes
from ..scenes import people
from ..scenes.lexicon import words_of
from . import phrases
from .openings import TIMES

MOST = 4  # subjects of a story; more do not fit into its end
TOLD = 2  # sentences of an opening that are looked at
TITLES = frozenset("mr mrs miss dr".split())
WINDOW = 3  # sentences after which somebody is missed
BROUGHT_BACK, LATE, AT_THE_END = 0.3, 0.4, 0.8  # nats a token of probability, for each
TALKS = 1.0
FEELS = "scared|sad|happy|glad|sorry|angry|surprised|excited|proud|afraid|lonely|tired|curious|grateful|hungry|friends"
SAYS = "said|asked|smiled|laughed|replied|told|wanted|decided|agreed|thought|nodded|loved|liked"
NOTHING = frozenset("lot end way name kind love front middle bottom top side points time story day".split())
BEGIN = 4  # words: "Once upon a time", "One day", "It was the first day" are about no day
SECOND = frozenset(("PRP", "PRF"))  # "under the bridge", "of wool": only where there is no other thing
RELATIVES = ("mom mum mommy mummy mother", "dad daddy father papa", "grandma granny grandmother",
             "grandpa granddad grandfather")  # fmt: skip


@dataclass(frozen=True)
class Subject:
    said: str  # as it stands within a sentence: "Tom", "the robot"; "" where no sentence should begin with it
    words: frozenset[str]  # any of which means it, in lower case
    alive: bool = True


@lru_cache(maxsize=64)
def subjects_of(opening: str) -> tuple[Subject, ...]:
    """Whom and what a story is about: everybody of its first sentences, and the first thing they speak of."""
    words = phrases.tagged(" ".join(scenes.sentences(opening)[:TOLD]) or opening)
    beings, things, far, deeds = [], [], [], []
    at = 0
    while at < len(words):
        word, name, behind = words[at], "", at + 1
        if word.tag == "VVI":
            deeds.append(Subject("", _forms(word.low), False))
        elif _is_noun(words, at):
            name, behind = _name_behind(words, at)
            proper = word.tag == "NP0" or at > 0 and word.text[0].isupper()
            if name or proper or phrases.is_alive(word.text) or word.low in ("friend", "friends"):
                both = _forms(word.low) | (_forms(words[behind - 1].low) if behind > at + 1 else frozenset())
                title = f"{words[at - 1].text}. " if at and words[at - 1].low in TITLES else ""
                beings.append(Subject(title + (name or word.text) if name or proper else f"the {word.low}", both))
            elif _governed(words, at):
                far.append(Subject("", _forms(word.low), False))
            else:
                things.append(Subject(f"the {word.low}", _forms(word.low), False))
        at = behind
    things = [*things[:2], *far[:1]][: 1 + (not beings)] or deeds[-1:]
    return tuple({one.words: one for one in [*things[::-1], *beings[: MOST - 1][::-1]]}.values())[::-1][:MOST]


def _is_noun(words: list[phrases.Word], at: int) -> bool:
    """Whether a noun stands there that somebody or something is meant by, and no "treasure" of "treasure map"."""
    word, after = words[at], words[at + 1] if at + 1 < len(words) else None
    if word.low in NOTHING | TITLES or at < BEGIN and word.low in TIMES:
        return False
    if word.tag[:2] == "AJ" and at and words[at - 1].tag == "AT0":  # "afraid of the dark"
        return after is None or bool(word.mark) or not (after.noun or after.tag[:2] == "AJ")
    if after is None or word.mark != "," or not after.text[0].isupper():
        return word.noun and not (after and not word.mark and after.tag in ("NN1", "NN2"))
    return word.noun and word.tag != "NN2"  # "two friends, Ann and Bo,": they are those


def missing(subjects: tuple[Subject, ...], story: str, last: int) -> list[Subject]:
    """Those who are not named in the last so many sentences."""
    words = _words_at_the_end(story, last)
    return [one for one in subjects if not one.words & words]


def third(story: str) -> int:
    """How many sentences are the last third."""
    return -(-len(scenes.sentences(story)) // 3)


def beginnings(absent: list[Subject], begun: str = "") -> tuple[str, ...]:
    """How sentences begin that bring them back; begun: words that are to stand before."""
    beings = [one.said for one in absent if one.alive and one.said][:2]
    groups = [" and ".join(beings), *[one.said for one in absent if not one.alive and one.said][:1]]
    return tuple(
        f"{begun} {said if begun else said[0].upper() + said[1:]}" for said in groups if said
    )  # fmt: skip


def worth(subjects: tuple[Subject, ...], story: str, text: str, late: bool, wants_end: bool) -> float:
    """What the next sentence, `text`, is worth for whom it brings back, in nats a token of probability."""
    talking = TALKS * sum(_talks(one, text) for one in subjects[1:] if not one.alive)
    if late or wants_end:
        whole = f"{story.rstrip()} {text.strip()}"
        last = third(whole) if wants_end else WINDOW
        return -talking - (AT_THE_END if wants_end else LATE) * len(missing(subjects, whole, last))
    away = missing(subjects, story, WINDOW)
    return -talking + BROUGHT_BACK * (len(away) - len(missing(tuple(away), text, 1)))


def _talks(thing: Subject, text: str) -> bool:
    """ "The map said", "the opera was scared": what is no hero of the story does not behave like one."""
    words = "|".join(thing.words)
    return bool(
        re.search(rf"\b(?:{words}) (?:(?:was|were|felt) (?:\w+ )?(?:{FEELS})|(?:{SAYS}))\b", text, re.IGNORECASE)
    )


@lru_cache(maxsize=1024)
def _words_at_the_end(story: str, last: int) -> frozenset[str]:
    ends = " ".join(scenes.sentences(story)[-last:]) if last else ""
    return frozenset(word.lower().removesuffix("'s").removesuffix("’s") for word in words_of(ends))


def _name_behind(words: list[phrases.Word], at: int) -> tuple[str, int]:
    """(the name in "a mouse named Pip", "Pip" for "Pip the mouse"; else "", the place behind what was read)."""
    word, rest = words[at], words[at + 1 : at + 3]
    if len(rest) == 2 and rest[0].low in ("named", "called") and not word.mark:
        return rest[1].text, at + 3
    if word.tag == "NP0" and len(rest) == 2 and rest[0].low in ("the", "a") and rest[1].noun and word.mark in ("", ","):
        return word.text, at + 3
    return "", at + 1


def _governed(words: list[phrases.Word], at: int) -> bool:
    """Whether it stands behind a preposition, in the same phrase."""
    before = next((one for one in reversed(words[:at]) if one.tag[:2] not in ("AT", "AJ", "DP", "CR", "NN")), None)
    return before is not None and before.tag in SECOND


@lru_cache(maxsize=1024)
def _forms(word: str) -> frozenset[str]:
    """A word and its other forms: "mice" for "mouse", "lost" for "lose"; "mum" for "mom"."""
    from lemminflect import getAllInflections, getAllLemmas

    found = {word, *next((group.split() for group in RELATIVES if word in group.split()), ())}
    if word not in people.NAMES:
        bases = {word, *(base for kind in ("NOUN", "VERB") for base in getAllLemmas(word).get(kind, ())[:1])}
        found |= {form.lower() for base in bases for forms in getAllInflections(base).values() for form in forms}
    return frozenset(found)
