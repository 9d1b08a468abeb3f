"""Who is in a story, and what they look like: the same on every page.

characters_of("Once there was a little fox named Tim ...")  # (Character("Tim", "fox", seed),)
"""

import re
import zlib
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from shared.engines.diffusion import prompts

from .. import tables
from ..book import Character
from ..tables import listed
from . import lexicon
from .lexicon import words_of
from .mentions import MARKS, Mention, mentions

MOST = 8  # characters of a book
TABLES = tables.beside(__file__)


def _words(table: str, key: str) -> frozenset[str]:
    return frozenset(listed(TABLES[table][key]))


GIRLS, BOYS, NEITHER = (_words("names", key) for key in ("girls", "boys", "neither"))
NAMES = GIRLS | BOYS | NEITHER
NO_NAMES = _words("names", "none") | _words("names", "beginnings")
TITLES: dict[str, str] = TABLES["titles"]
HE, SHE, KIN, GOOD, ACTS = (_words("words", key) for key in ("he", "she", "kin", "good", "acts"))
HAIR, CLOTHES, COLLARS = (listed(TABLES["wear"][key]) for key in ("hair", "clothes", "collars"))


def characters_of(
    text: str, known: tuple[Character, ...] = (), seed: int = 0, model: str = "emoji-diffusion"
) -> tuple[Character, ...]:
    """Everybody who is named, or spoken of twice, with one look for the whole book; who matters most comes first.

    known: who has a look already; they keep it. model: whose words the looks are in.
    """
    things = mentions(text, model)
    counted = names_in(text)
    taken = {who.name.lower() for who in known}
    kinds = {
        name: _agreeing(_kind(name, text, things, model), name, text) for name in counted if name.lower() not in taken
    }
    scores: dict[str, float] = {}
    looks: dict[str, Mention | str] = {}
    for name, kind in kinds.items():
        looks[name], scores[name] = kind, counted[name] + 1.0
    named = {kind.name if isinstance(kind, Mention) else kind for kind in kinds.values()}
    named |= {kind_of(who.look, model)[0] for who in known}
    groups: dict[str, list[Mention]] = {}
    for mention in things:
        if mention.name in lexicon.ANIMATE and mention.name not in named and not mention.word.endswith("'s"):
            groups.setdefault(mention.name, []).append(mention)
    for group in groups.values():
        alone = [mention for mention in group if mention.count == 1 and mention.weight > 0.4]
        if len(alone) > 1:
            name = called(alone, text)
            if name.lower() not in taken:
                looks[name], scores[name] = alone[0], float(len(alone))
    for name in scores:
        if name.lower() in KIN:
            scores[name] /= 3  # mothers are in every story, which is seldom about them
    ranked = sorted(scores, key=lambda name: -scores[name])[: max(0, MOST - len(known))]
    made = [Character(name, _look(looks[name], name, model, seed), seed_of(name, seed)) for name in ranked]
    return (*known, *made)


def means(who: Character, kind: str, mention: Mention) -> bool:
    """Whether a mention may be somebody of this kind: by what it is, or since the story calls them so.

    "The fox" is the little fox, though it was given the look of a bear.
    """
    own = who.name[:1].islower() and who.name.split()[-1] == mention.word.removesuffix("'s")
    return own or calling(kind) == calling(mention.name)


def seed_of(name: str, seed: int) -> int:
    """Of a character's figure: their own in each book."""
    return zlib.crc32(f"{seed}/{name.lower()}".encode()) >> 1


def called(group: list[Mention], text: str) -> str:
    """What the story calls somebody without a name: "the little fox", "Mum"."""
    first = group[0]
    if first.word in KIN:
        return first.word.capitalize()
    colours = {word for words in lexicon.COLOURS.values() for word in words}
    adjectives = [word for word in first.adjectives if word in GOOD or word in colours][-1:]
    return " ".join(["the", *adjectives, first.word])


@lru_cache(maxsize=16)  # a story is asked for again with every draft of its next sentence
def names_in(text: str) -> Counter:
    """How often each proper name stands in a text, in the order of their first places."""
    tokens = _titled(words_of(text))
    inside, first = Counter(), Counter()
    for at, token in enumerate(tokens):
        if not token[0].isupper() or len(token) < 2 or token.isupper():  # TV, and what is shouted
            continue
        name = re.sub("['’]s$", "", token)
        if name.lower() in NO_NAMES or name.endswith("ing") and len(name) > 5 and name.lower() not in NAMES:
            continue
        if at == 0 or tokens[at - 1] in '.!?…"“”:\n' or tokens[at - 1].lower() in ("mr", "mrs", "dr", "ms"):
            first[name] += 1
        else:
            inside[name] += 1
    lower = {token for token in tokens if token[0].islower()}
    counts = Counter()
    for token in dict.fromkeys(re.sub("['’]s$", "", token) for token in tokens if token[0].isupper()):
        if token.lower() in lower or not (inside[token] or first[token]):
            continue
        if inside[token] or token.lower() in NAMES or _acts(token, tokens):
            counts[token] = inside[token] + first[token]
    return counts


def _titled(tokens: list[str]) -> list[str]:
    """With a capital for each name that was typed small, as many ideas are: "a girl named mia"."""
    small = {after for word, after in zip(tokens, tokens[1:], strict=False) if word in ("named", "called")} & NAMES
    return [token.capitalize() if token in small else token for token in tokens]


def _acts(name: str, tokens: list[str]) -> bool:
    """Whether something is told of it: "Olokwango stood", "Zuri was"."""
    after = [following.lower() for token, following in zip(tokens, tokens[1:], strict=False) if token == name]
    return any(word in ACTS or (word.endswith("ed") and len(word) > 4) for word in after)


def _kind(name: str, text: str, things: list[Mention], model: str) -> "Mention | str":
    """What somebody is: a mention ("a pink bunny named Daisy"), or a kind of people."""
    tokens = [token.lower().replace("’", "'") for token in words_of(text)]
    name = name.lower()
    ends = {thing.end: thing for thing in things}
    starts = {thing.at: thing for thing in things}
    for at, token in enumerate(tokens):
        if token.removesuffix("'s") != name:
            continue
        before, after = tokens[max(0, at - 4) : at], tokens[at + 1 : at + 7]
        if before and before[-1] in TITLES:
            return TITLES[before[-1]]
        if before[-2:-1] and before[-2] in TITLES and before[-1] == ".":
            return TITLES[before[-2]]
        if before and before[-1] in ("named", "called"):
            for end in (at - 1, at - 2, at - 3):  # "a girl named", "a girl, named", "a girl who was named"
                if end in ends:
                    return ends[end]
        if before[-2:] in (["name", "was"], ["name", "is"]) or before[-2:] == ["named", "him"]:
            earlier = [thing for thing in things if thing.end < at and thing.name in lexicon.ANIMATE]
            if earlier:
                return earlier[-1]
        if at in ends and (tokens[at - 1 : at] and at + 1 < len(tokens)) and ends[at].name in lexicon.ANIMATE:
            return ends[at]  # "the bear Bruno"
        if before and before[-1] == "," and at - 1 in ends and tokens[at + 1 : at + 2] in ([","], ["."]):
            if ends[at - 1].name in lexicon.ANIMATE:
                return ends[at - 1]  # "his dog, Max, "
        if after and (after[0] in ("was", "is", "the") or after[:2] in ([",", "a"], [",", "the"], [",", "an"])):
            for start in range(at + 2, at + 7):
                mention = starts.get(start)
                if mention and mention.name in lexicon.ANIMATE and not MARKS & set(tokens[at + 3 : start]):
                    # "Ben was a robot", "Tom, a little mouse,"; not "Ben was in the dog's bed"
                    between = tokens[at + 2 : start]
                    elsewhere = "in on at to with of by and for than his her".split()
                    if not {*elsewhere} & {*between}:
                        return mention
    return _boy_or_girl(name, tokens)


def _agreeing(kind: "Mention | str", name: str, text: str) -> "Mention | str":
    """An explorer is a "man astronaut" or a "woman astronaut", as the story says he or she."""
    if not isinstance(kind, Mention) or not kind.name.startswith(("man ", "woman ")):
        return kind
    tokens = [token.lower().replace("’", "'") for token in words_of(text)]
    sex = {"boy": "man", "girl": "woman"}.get(_told_sex(name.lower(), tokens))
    other = f"{sex} {kind.name.split(' ', 1)[1]}"
    return replace(kind, name=other) if other in lexicon.THINGS else kind


def _boy_or_girl(name: str, tokens: list[str]) -> str:
    return _told_sex(name, tokens) or ("girl" if name in GIRLS or name.endswith("a") else "boy")


def _told_sex(name: str, tokens: list[str]) -> str:
    """ "girl" or "boy", where the name or the pronouns behind it say so; else ""."""
    if name in GIRLS and name not in NEITHER:
        return "girl"
    if name in BOYS and name not in NEITHER:
        return "boy"
    he = she = 0
    for at, token in enumerate(tokens):
        if token.removesuffix("'s") == name:
            near = next((one for one in tokens[at + 1 : at + 25] if one in HE or one in SHE), "")
            he, she = he + (near in HE), she + (near in SHE)
    return "" if he == she else "boy" if he > she else "girl"


def kind_of(look: str, model: str) -> tuple[str, str]:
    """(name in the vocabulary, colour) that a look's words ask for; ("", "") where it names nothing."""
    exact = lexicon.found_in(look, model) if look.strip() else ""
    if exact:
        return exact, ""
    found = mentions(look, model, strict=False)
    living = [one for one in found if one.name in lexicon.ANIMATE]
    first = next(iter(living or found), None)
    return (first.name, first.colour) if first else ("", "")


def _look(kind: "Mention | str", name: str, model: str, seed: int) -> str:
    thing, colour = (kind.name, kind.colour) if isinstance(kind, Mention) else (kind, "")
    if prompts.known(model)["names"]:
        return f"{colour} {thing}".strip()
    dice = seed_of(name, seed)
    if isinstance(kind, Mention):
        adjectives = [one for one in kind.adjectives if one in GOOD or lexicon.colour_of(one, model)]
        body = " ".join([*adjectives, kind.word.removesuffix("'s")])
    else:
        body = spoken(kind)
    article = "an" if body[0] in "aeiou" else "a"
    if thing in lexicon.PEOPLE:
        return f"{article} {body} with {HAIR[dice % len(HAIR)]} and {CLOTHES[dice // 7 % len(CLOTHES)]}"
    return f"{article} {body} with {COLLARS[dice % len(COLLARS)]}" if thing in lexicon.BEINGS else f"{article} {body}"


def spoken(name: str) -> str:
    """How a name of the vocabulary is said: "astronaut" for "man astronaut", "sheep" for "ewe"."""
    return lexicon.THINGS.get(name, (name,))[0]


def calling(name: str) -> str:
    """ "astronaut" for "man astronaut" and "woman astronaut": a story's explorer may be either."""
    return name.removeprefix("woman ").removeprefix("man ")


def gender(name: str) -> str:
    """ "he", "she" or "it" for a name of the vocabulary; "" for those that may be any."""
    if name in lexicon.FEMALE - {"ewe", "cow", "cow face", "chicken"}:
        return "she"
    return "he" if name in lexicon.MALE - {"rooster", "ox"} else ""
