"""What a prompt asks to be drawn, whoever wrote it.

scene = read("the little fox, a red ball and a tree in the park", model, characters)
scene.things[1], scene.place            # Thing("soccer ball", "red"), "park"
"""

import re
from dataclasses import dataclass, replace

from shared.engines.diffusion import prompts

from . import people, places
from .lexicon import words_of
from .mentions import MARKS, mentions

MOST_THINGS = 3
SIZES = {"tiny": 0.55, "small": 0.7, "little": 0.85, "big": 1.2, "large": 1.2, "huge": 1.4, "giant": 1.4}


@dataclass(frozen=True)
class Thing:
    name: str  # in the picture model's vocabulary: "dog"; in the prompt's words for a model without one
    colour: str = ""
    count: int = 1  # 1 to 3
    character: str = ""  # whose figure it is: the name of a Character
    size: float = 1.0  # beside others of its kind, see SIZES
    minor: bool = False  # the story is not told of it, though it is a Character of the book

    @property
    def leads(self) -> bool:
        return bool(self.character) and not self.minor


@dataclass(frozen=True)
class Scene:
    things: tuple[Thing, ...] = ()
    place: str = places.DEFAULT  # of places.PLACES
    time: str = ""  # "", or of places.TIMES


def read(prompt: str, model: str, characters=()) -> Scene:
    """What a prompt asks to be drawn: up to three things and a place. Words that name nothing known are passed over."""
    tokens = [re.sub("['’]s$", "", token.lower()) for token in words_of(prompt)]
    where = _place_words(prompt)
    things: list[tuple[int, Thing]] = []
    known = prompts.known(model)["names"]
    covered: set[int] = set()
    for who in characters:
        at, end = _place_of_name(who.name, tokens, covered)
        if end:
            name, colour = people.kind_of(who.look, model)
            size = _size([*words_of(who.name.lower()), *tokens[max(0, at - 1) : at]])  # "the small dragon", "big Ben"
            if name or not known:  # what a model of few words does not know is left out
                things.append((at, Thing(name or who.look, colour, 1, who.name, size, who.minor)))
            covered |= set(range(at, end))
    for mention in mentions(prompt, model, strict=False):
        if not covered & set(range(mention.at, mention.end)) and mention.at not in where:
            size = _size([*mention.adjectives, *mention.word.split()])
            thing = Thing(mention.name, mention.colour, mention.count, size=size)
            things.append((mention.at, _of_cast(thing, characters, [one for _, one in things], model)))
    first = tuple(thing for _, thing in sorted(things, key=lambda row: row[0])[:MOST_THINGS])
    place, time = places.read(prompt)
    return Scene(first, place or places.place_of("", "", [thing.name for thing in first]), time)


def _of_cast(thing: Thing, characters, before: list[Thing], model: str) -> Thing:
    """The ball of "a ball" is the red ball of the cast, where that is not on the page already."""
    if thing.count > 1:
        return thing
    for who in characters:
        name, colour = people.kind_of(who.look, model)
        if name == thing.name and thing.colour in ("", colour) and all(one.character != who.name for one in before):
            return replace(thing, colour=colour, character=who.name, minor=who.minor)
    return thing


def _place_of_name(name: str, tokens: list[str], covered: set[int]) -> tuple[int, int]:
    """(first, behind the last) of the words of a name, "the girl" behind it included; (0, 0) where it is not there."""
    parts = words_of(name.lower())
    for wanted in (parts, [part for part in parts if part != "the"]):
        at = next((at for at in range(len(tokens)) if tokens[at : at + len(wanted)] == wanted and wanted), None)
        if at is None or covered & set(range(at, at + len(wanted))):
            continue
        end = at + len(wanted)
        after = tokens[end : end + 4]
        if after[:1] == ["the"]:  # "Lily the girl"
            end += next((n for n, word in enumerate(after) if word in MARKS or word in ("and", "in")), len(after))
        return at, end
    return 0, 0


def _size(said) -> float:
    return next((SIZES[word] for word in said if word in SIZES), 1.0)


def _place_words(prompt: str) -> set[int]:
    """The words that say where, and are no things to draw: the castle of "at the castle", where it ends the prompt."""
    said = [at for at, _, _ in places.places_in(prompt)]
    tokens = [token.lower() for token in words_of(prompt)]
    rest = {at for at in said if not any(token in (",", "and") for token in tokens[at:])}
    # And all of its time: "at night", "in falling snow".
    for time in places.TIMES.values():
        phrase = time.phrase.split()
        for at in range(len(tokens) - len(phrase) + 1):
            if tokens[at : at + len(phrase)] == phrase:
                rest |= set(range(at, at + len(phrase)))
    return rest
