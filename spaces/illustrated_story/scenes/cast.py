"""The cast of a book: who its story is told of, the thing it is told of, and what else comes again, each with a look.

cast_of("Tom had a red ball. ...", "a boy and his ball")   # Characters: Tom, the red ball
"""

import re
from dataclasses import replace

from shared.engines.diffusion import prompts

from .. import tables
from ..book import Character
from ..tables import listed
from . import lexicon, people
from .lexicon import words_of
from .mentions import VAGUE, WEATHER, Mention, mentions
from .people import called, kind_of, seed_of
from .titles import SCENERY

LEAST = 3  # in a cast, where the story names as many things that can be drawn
MOST_MINOR = 4  # things that only come again
FEELS = frozenset(listed(tables.beside(people.__file__)["words"]["feels"]))
# "an armadillo named", "the little wumpus said"
BEING = re.compile(rf"\b(an?|the)\s+(?:[a-z-]+\s+){{0,2}}?([a-z-]{{3,}})\s+(?:named|called|who|{'|'.join(FEELS)})\b")
NOBODY = frozenset(listed(tables.beside(people.__file__)["words"]["nobody"]))
INVENTED = "T-Rex"  # a being that nobody has seen; ogre and goblin are masks that nobody wants in a bedroom


def cast_of(
    text: str, idea: str = "", known: tuple[Character, ...] = (), seed: int = 0, model: str = "emoji-diffusion"
) -> tuple[Character, ...]:
    """Who matters most comes first; `known` keep their looks. For a model with a vocabulary, things are in it, too."""
    told = list(people.characters_of(text, known, seed, model))
    things = [one for one in mentions(text, model) if one.count == 1 and not one.word.endswith("'s")]
    hero = _hero(idea, text, things, model)
    name = hero and called([one for one in things if one.name == hero.name] or [hero], text)
    if hero and name and hero.name not in _kinds(told, model) and name not in _names(told):
        told.insert(len(known), Character(name, _look([hero], model), seed_of(name, seed)))
    for word in strangers(f"{idea}. {text}", model):
        if not any(word in who.name.lower().split() for who in told):
            told.insert(len(known), Character(f"the {word}", _stranger(word, model), seed_of(word, seed)))
    if not prompts.known(model)["names"]:
        return tuple(told[: people.MOST])
    if known:  # what a look was chosen for is as important as it would be without
        own = {who.name.lower(): who.minor for who in cast_of(text, idea, (), seed, model)}
        told = [replace(who, minor=own.get(who.name.lower(), _minor(who, model))) for who in told]
    return (*told, *_minor_ones(told, things, idea, seed, model))


def _names(cast) -> set[str]:
    return {who.name.lower() for who in cast}


def _kinds(cast, model: str) -> set[str]:
    return {kind_of(who.look, model)[0] for who in cast}


def _minor(who: Character, model: str) -> bool:
    """Of somebody whom the text does not name."""
    return not (who.name[:1].isupper() or kind_of(who.look, model)[0] in lexicon.ANIMATE)


def _hero(idea: str, text: str, things: list[Mention], model: str) -> Mention | None:
    """Whom or what a story is told of by its idea: the little boat of "the little boat that wanted to see the sea"."""
    meant = mentions(idea, model)
    if meant and meant[0].count == 1 and not people.names_in(idea):
        living = [one for one in meant if one.name in lexicon.ANIMATE]
        said = sum(one.name == meant[0].name for one in things)
        if said > 1 and not living or said and meant[0] in living:
            return meant[0]
    lower = [token.lower() for token in words_of(text)]
    acts: dict[str, int] = {}
    for one in things:
        if one.name not in lexicon.ANIMATE and lower[one.end : one.end + 1] and lower[one.end] in FEELS:
            acts[one.name] = acts.get(one.name, 0) + 1
    most = max(acts, key=acts.__getitem__, default="")
    return next(one for one in things if one.name == most) if acts.get(most, 0) > 1 else None


def strangers(text: str, model: str) -> list[str]:
    """Beings that a text tells of and that no word of the lexicon means: the wumpus of "a wumpus named Bo"."""
    known = lexicon.nouns(model)
    found = {}
    for _, word in BEING.findall(text.lower()):
        if not (word in NOBODY or lexicon.look_up(word, known) or word in lexicon.COLOURS or word in people.GOOD):
            found[word] = found.get(word, 0) + 1
    named = {word for word in found if re.search(rf"\b{word}\s+(?:named|called|who)\b", text, re.IGNORECASE)}
    return [word for word, n in found.items() if n > 1 or word in named]


def _stranger(word: str, model: str) -> str:
    return INVENTED if prompts.known(model)["names"] else f"a {word}"


def _minor_ones(told, things: list[Mention], idea: str, seed: int, model: str) -> list[Character]:
    """What comes again, and, where the cast is small, what comes once."""
    taken = {people.calling(kind) for kind in _kinds(told, model)}
    wanted = {one.name for one in mentions(idea, model)}
    names = {part.lower() for who in told for part in words_of(who.name) if part[0].isupper()}
    groups: dict[str, list[Mention]] = {}
    for one in things:
        fit = one.weight > 0.4 and one.word not in VAGUE | names  # Lily, who is no flower
        if fit and people.calling(one.name) not in taken | WEATHER:
            groups.setdefault(one.name, []).append(one)
    ranked = sorted(groups, key=lambda name: -sum(one.weight for one in groups[name]) - 3 * (name in wanted))
    again = [name for name in ranked if len(groups[name]) > 1 and name not in SCENERY][:MOST_MINOR]
    once = [name for name in ranked if name not in again][: max(0, LEAST - len(told) - len(again))]
    made = []
    for group in (groups[name] for name in [*again, *once]):
        name = called(group, "")
        if name.lower() not in _names(told):
            made.append(Character(name, _look(group, model), seed_of(name, seed), minor=True))
    return made


def _look(group: list[Mention], model: str) -> str:
    if not prompts.known(model)["names"]:
        return f"a {' '.join([*group[0].adjectives, group[0].word])}"
    colour = next((one.colour for one in group if one.colour), "")
    return f"{colour} {group[0].name}".strip()


def lead(characters) -> tuple[Character, ...]:
    """Those whom the story is told of."""
    return tuple(who for who in characters if not who.minor)
