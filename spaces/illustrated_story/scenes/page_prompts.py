"""The prompt of a page: what its picture shows, in plain words that `reading.read` takes and a visitor may change.

A small picture model that draws one thing at a time gets up to three things and a place, and the page is composed of
them. A model that draws whole scenes gets the sentence of the key moment, with everybody's looks in it.
"""

import re
import zlib
from dataclasses import replace

from shared.engines.diffusion import prompts

from ..book import Character
from . import lexicon, people, places
from .lexicon import words_of
from .mentions import NO_ARTICLE, Mention, mentions
from .presence import present, spoken_last
from .reading import MOST_THINGS, SIZES
from .sentences import sentences
from .whole_scenes import whole_scene

SEVERAL = re.compile(r"\b(?:they|them)\b", re.IGNORECASE)
FRIENDS = re.compile(r"\b(?:friends|children|kids)\b")


def prompt_of(page_text: str, characters, model: str, before: str = "") -> str:
    """What the picture of a page shows, in plain words that `read` understands and a visitor may change.

    before: the story up to this page, for whom a pronoun means and for a place that goes on.
    """
    if not prompts.known(model)["names"]:
        return whole_scene(page_text, characters, model, before)
    return _composed(page_text, characters, model, before)[0]


def note_of(page_text: str, characters, model: str, before: str = "") -> str:
    """A sentence for the visitor where the page names nothing that can be drawn; "" otherwise."""
    return _composed(page_text, characters, model, before)[1] if prompts.known(model)["names"] else ""


def cover_prompt(text: str, characters, model: str) -> str:
    """Of the cover: who the story is about, the thing that matters most, and where it begins."""
    if not prompts.known(model)["names"]:
        return whole_scene(next(iter(sentences(text)), text), characters, model, "")
    main = present(text, characters, model)
    things = _things(text, characters, model)
    heroes = [character for character in characters if character.name in main][:2]
    others = [thing for thing in things if thing.name not in lexicon.ANIMATE or not heroes]
    parts = [_named(hero, model) for hero in heroes]
    parts += [_as_said(thing) for thing in others[: MOST_THINGS - len(heroes)]]
    kinds = [people.kind_of(hero.look, model)[0] for hero in heroes]
    place = places.first_of(text, [*kinds, *(thing.name for thing in things)])
    if not characters and FRIENDS.search(text):
        parts = ["a girl", "a boy", *parts[:1]]
    return _sentence(parts or ["a flower"], place, "")


def _composed(page_text: str, characters, model: str, before: str) -> tuple[str, str]:
    """(prompt, note) of a page for a model that draws one thing at a time."""
    weights = present(page_text, characters, model, before)
    on_page = sorted((who for who in characters if who.name in weights), key=lambda who: -weights[who.name])
    things = _things(page_text, characters, model)
    kinds = [people.kind_of(who.look, model)[0] for who in on_page]
    place = places.place_of(page_text, before, [*kinds, *(thing.name for thing in things)])
    time = places.time_of(page_text)
    painted = places.PLACES[place].painted
    objects = [thing for thing in things if thing.weight >= 0.4 and thing.name not in painted]
    parts = [_named(who, model) for who in on_page[: 2 if objects else MOST_THINGS]]
    if not parts and SEVERAL.search(page_text) and not any(thing.name in lexicon.ANIMATE for thing in objects):
        # "They" are those whom the story is about: three bears without names.
        several = [thing for thing in mentions(before, model) if thing.count > 1 and thing.name in lexicon.ANIMATE]
        parts = [_as_said(thing) for thing in several[:1]]
    if not characters and FRIENDS.search(f"{before} {page_text}"):
        parts = ["a girl", "a boy"]  # "two friends", of whom the story says no more
    parts += [_as_said(thing) for thing in objects[: MOST_THINGS - len(parts)]]
    note = ""
    if not parts:
        last = spoken_last(before, characters, model)[:1]
        parts = [_named(who, model) for who in characters if who.name in last]
        where = places.phrase_of(place, time)
        instead = f"{parts[0]} {where}" if parts else f"what is found {where}"
        note = f"This page names nothing that the picture model knows; its picture shows {instead}."
    return _sentence([*parts, *_props(parts, place, page_text, model)], place, time), note


def _props(parts: list[str], place: str, page_text: str, model: str) -> list[str]:
    """One thing that belongs to the place, so that a page is seldom empty, or two where nothing else is there."""
    there = {people.kind_of(part, model)[0] for part in parts}
    props = [prop for prop in places.PLACES[place].props if people.kind_of(prop, model)[0] not in {*there, ""}]
    if any(name.endswith("tree") for name in there):
        props = [prop for prop in props if not prop.endswith("tree")]
    if not props or len(parts) == MOST_THINGS:
        return []
    at = zlib.crc32(page_text.encode()) % len(props)
    return [*props[at:], *props[:at]][: 1 if parts else 2]


def _things(text: str, characters, model: str) -> list[Mention]:
    """The things of a text that are none of the characters, each once, with its weights summed; the heaviest first."""
    kinds = {people.calling(people.kind_of(who.look, model)[0]) for who in characters}
    names = {part.lower() for who in characters for part in words_of(who.name) if part[0].isupper()}
    things: dict[str, Mention] = {}
    for mention in mentions(text, model):
        if people.calling(mention.name) in kinds or mention.word in names:  # Daisy, who is no flower
            continue
        first = things.setdefault(mention.name, mention)
        if first is not mention:
            more = mention if len(mention.adjectives) > len(first.adjectives) else first
            things[mention.name] = replace(
                first,
                weight=first.weight + 0.6 * mention.weight,
                colour=first.colour or mention.colour,
                adjectives=more.adjectives,
            )
    return sorted(things.values(), key=lambda thing: -thing.weight)


def _named(character: Character, model: str) -> str:
    """ "the little fox", "Lily the girl": so that the prompt alone says what is to be drawn."""
    kind = people.kind_of(character.look, model)[0]
    own = mentions(character.name, model, strict=False)
    if own and own[0].name == kind:
        return character.name
    noun = people.spoken(kind) if kind else character.look
    return f"{character.name} the {noun}" if noun else character.name


def recast(prompt: str, old: Character, new: Character, model: str) -> str:
    """The prompt with other looks of somebody: "Lily the girl" becomes "Lily the fox"."""
    for said, wanted in ((_named(old, model), _named(new, model)), (old.look, new.look)):
        if said in prompt:
            return prompt.replace(said, wanted)
    return prompt


def _as_said(mention: Mention) -> str:
    """ "a red ball", "two apples"."""
    word = mention.word.removesuffix("'s")
    size = next((word for word in mention.adjectives if word in SIZES), "")
    inside = " ".join(filter(None, [size, mention.colour, word]))
    if mention.count > 1:
        return f"{'two' if mention.count == 2 else 'three'} {inside}"
    if word.split()[-1] in NO_ARTICLE:
        return inside
    return f"{'an' if inside[0] in 'aeiou' else 'a'} {inside}"


def _sentence(parts: list[str], place: str, time: str) -> str:
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
    return f"{listed} {places.phrase_of(place, time)}".strip()
