"""A title out of the story itself: "Tom and the Red Ball", "The Little Fox Who Was Afraid of the Dark"."""

import re

from . import lexicon, people, places
from .mentions import VAGUE, Mention, mentions

MOST = 60  # characters
SMALL = frozenset("a an and at but by for from in is of on or the to with who was".split()) - {"who", "was", "is"}
PLAIN = "A Story"  # where nothing is known of it
WHO = re.compile(
    r"\b(?:was|were|lived)\s+(an?|the|two|three)\s+((?:[a-z]+[ ,]+){0,3}?[a-z]+)\s+(?:named\s+\w+\s+)?(?:who|that)\s+"
    r"((?:was|were|could|did|had|wanted|loved|lost|found|lived|never|dreamed|liked)\b[^.,;!?\"]*)"
)


BEGUN = re.compile(r"^(?:one \w+|once upon a time|long ago),\s*", re.IGNORECASE)
OPEN_ENDED = frozenset("a an the in on of to and with at for from was were had his her their who".split())


def title_of(text: str, characters=(), model: str = "emoji-diffusion") -> str:
    """From the first sentence where it says who wants what, else who it is about and the thing that matters most."""
    characters = [who for who in characters if not who.minor]
    said = _who(text)
    if said:
        return said
    heroes = _heroes(text, characters)
    thing = _thing(text, characters, model)
    if heroes and thing:
        return _cased(f"{heroes[0]} and the {thing}")
    if len(heroes) > 1:
        return _cased(f"{heroes[0]} and {heroes[1]}")
    if heroes or thing:
        place = places.place_of(text, "", ())
        where = places.PLACES[place].phrase if places.places_in(text) else ""
        return _cased(f"{heroes[0] if heroes else 'the ' + thing} {where}".strip())
    first = re.split(r"[.!?。！？\n]", text.strip(), maxsplit=1)[0].strip(" \"“”'")
    if first and not first.isascii():
        return first[:24]  # another script: its own first words
    short = " ".join(BEGUN.sub("", first).split()[:6])
    while short.rpartition(" ")[2].lower() in OPEN_ENDED:
        short = short.rpartition(" ")[0]
    return _cased(short) if short else PLAIN


def _who(text: str) -> str:
    """ "The Little Dragon Who Could Not Fly", out of "there was a little dragon who could not fly"."""
    match = WHO.search(text[:300])
    if not match:
        return ""
    article, noun, does = match.groups()
    does = re.split(r"\s+(?:and|but|so|because|when|until|while|with|in|as|all|very much|every)\s+", does)[0].strip()
    if not 2 <= len(does.split()) <= 6:
        return ""
    noun = noun.replace(",", "")
    title = f"{'the' if article in ('a', 'an', 'the') else 'the ' + article} {noun} who {does}"
    return _cased(title) if len(title) <= MOST else ""


def _heroes(text: str, characters) -> list[str]:
    counts = {}
    for who in characters:
        bare = who.name.removeprefix("the ")
        at = text.lower().find(bare.lower())
        if at >= 0:
            last = bare.split()[-1]  # "the fox" is the little fox, too
            kin = 3 if bare.lower() in people.KIN else 1
            counts[who.name] = (len(re.findall(rf"\b{re.escape(last)}\b", text, re.IGNORECASE)) / kin, -at)
    ranked = sorted(counts, key=lambda name: counts[name], reverse=True)
    # Who is named in the first lines is who the story is about, unless hardly spoken of again.
    early = [name for name in ranked if -counts[name][1] < 150 and counts[name][0] * 3 >= counts[ranked[0]][0]]
    return list(dict.fromkeys([*sorted(early, key=lambda name: -counts[name][1]), *ranked]))


def _thing(text: str, characters, model: str) -> str:
    """ "red ball": named more than once, and no part of the landscape."""
    kinds = {people.kind_of(who.look, model)[0] for who in characters}
    named: dict[str, list[Mention]] = {}
    for mention in mentions(text, model):
        scenery = mention.name in SCENERY or mention.name in lexicon.ANIMATE or mention.name in kinds
        if not scenery and mention.word not in VAGUE:
            named.setdefault(mention.word.removesuffix("'s"), []).append(mention)
    often = {word: sum(mention.weight for mention in group) for word, group in named.items() if len(group) > 1}
    if not often:
        return ""
    word = max(often, key=often.get)
    said = [adjective for mention in named[word] for adjective in mention.adjectives]
    adjective = next((adjective for adjective in said if adjective in people.GOOD or adjective in WORTH), "")
    colour = next((mention.colour for mention in named[word] if mention.colour), "")
    return " ".join(filter(None, [colour or adjective, word]))


SCENERY = frozenset({"deciduous tree", "evergreen tree", "sun", "cloud", "house", "window", "door", "bed"})
WORTH = frozenset("magic magical shiny lost golden secret wooden broken special mysterious".split())


def _cased(title: str) -> str:
    """Capitals as in a title: "The Cat in the Box"."""
    parts = title.split()
    words = [
        word if word.lower() in SMALL and 0 < at < len(parts) - 1 else word[:1].upper() + word[1:]
        for at, word in enumerate(parts)
    ]
    return " ".join(words)[: MOST + 20].strip(" ,;:")
