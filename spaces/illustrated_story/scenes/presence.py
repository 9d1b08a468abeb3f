"""Who is on a page: named, or meant by a pronoun."""

import re

from . import people
from .lexicon import words_of
from .mentions import mentions, quoted


def present(page_text: str, characters, model: str, before: str = "") -> dict[str, float]:
    """{name: how much of the page is about them} of the characters on a page, whom pronouns mean included."""
    weights: dict[str, float] = {}
    for name, weight in _appearances(page_text, characters, model, spoken_last(before, characters, model)):
        weights[name] = weights.get(name, 0.0) + weight
    return dict(sorted(weights.items(), key=lambda item: -item[1]))


def spoken_last(before: str, characters, model: str) -> list[str]:
    """Characters of the story so far, who was spoken of last comes first."""
    order = [name for name, _ in _appearances(before[-1500:], characters, model, [])]
    return list(dict.fromkeys(reversed(order)))


def _appearances(text: str, characters, model: str, last: list[str]) -> list[tuple[str, float]]:
    """(name, weight) for each time that a character is named or meant by a pronoun."""
    tokens = words_of(text)
    lower = [re.sub("['’]s$", "", token.lower()) for token in tokens]
    said = quoted(text)
    kinds = {character.name: people.kind_of(character.look, model)[0] for character in characters}
    cast = {character.name: character for character in characters}
    named: dict[int, str] = {}
    for name in kinds:
        parts = [part for part in words_of(name.lower()) if part != "the"]
        for at in range(len(tokens) - len(parts) + 1):
            if lower[at : at + len(parts)] == parts and (name[0].islower() or tokens[at][0].isupper()):
                named[at] = name
    things = {mention.at: mention for mention in mentions(text, model)}
    recent, appearances = list(last), []
    for at, token in enumerate(lower):
        who: list[str] = []
        weight = 0.5 if said[at] else 1.0
        if at in named:
            who = [named[at]]
        elif at in things and things[at].count == 1:
            alike = [name for name, kind in kinds.items() if people.means(cast[name], kind, things[at])]
            who = sorted(alike, key=lambda name: recent.index(name) if name in recent else 99)[:1]
            weight *= min(1.0, things[at].weight)
        elif said[at]:
            continue  # "I" and "you" of a quotation are somebody else each time
        elif token in people.HE or token in people.SHE:
            sort = "he" if token in people.HE else "she"
            sure = [name for name in recent if people.gender(kinds[name]) == sort]
            may = [name for name in recent if not people.gender(kinds[name])]
            # An animal may be either: it is meant where it was spoken of later than anybody who surely fits.
            both = [name for name in recent if name in sure or name in may]
            who, weight = both[:1], 0.4
        elif token == "it":
            animals = [name for name in recent[:1] if not people.gender(kinds[name])]
            who, weight = animals, 0.1
        elif token in ("they", "them") and len(recent) > 1:
            who, weight = recent[:2], 0.3
        appearances += [(name, weight) for name in who]
        recent = [*reversed(who), *(name for name in recent if name not in who)]
    return appearances
