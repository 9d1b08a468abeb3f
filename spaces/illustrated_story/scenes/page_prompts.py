"""The prompt of a page: what its picture shows, in plain words that `reading.read` takes and a visitor may change.

A small picture model that draws one thing at a time gets up to three things and a place, and the page is composed of
them. A model that draws whole scenes gets the sentence of the key moment, with everybody's looks in it.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from shared.engines.diffusion import prompts

from ..book import Character
from . import cast, lexicon, people, places
from .lexicon import words_of
from .mentions import MARKS, NO_ARTICLE, Mention, mentions
from .presence import present, spoken_last
from .reading import MOST_THINGS, SIZES, read
from .sentences import sentences
from .whole_scenes import whole_scene

SEVERAL = re.compile(r"\b(?:they|them)\b", re.IGNORECASE)
FRIENDS = re.compile(r"\b(?:friends|children|kids)\b")


@dataclass(frozen=True)
class Note:
    """What a visitor should know of the picture of a page."""

    left_out: tuple[str, ...] = ()  # things that the text names and the model does not know
    near: tuple[tuple[str, str], ...] = ()  # (what the text names, what is drawn for it)
    instead: str = ""  # what is shown where nothing that is named can be drawn


MOST_NOTED = 4  # words of one note
BEFORE_VERBS = frozenset("to not can could will would did i you he she it we they who".split())
SPOKEN_OF = re.compile(r"\b(?:he|she|they|him|her|them)\b", re.IGNORECASE)


def prompt_of(page_text: str, characters, model: str, before: str = "") -> str:
    """What the picture of a page shows, in plain words that `read` understands and a visitor may change.

    before: the story up to this page, for whom a pronoun means and for a place that goes on.
    """
    if not prompts.known(model)["names"]:
        return whole_scene(page_text, cast.lead(characters), model, before)
    return _composed(page_text, characters, model, before)


def noted(page_text: str, prompt: str, model: str, characters=()) -> Note:
    """Of a page with this prompt: what of its text is left out or drawn as something near; empty where nothing is."""
    if not prompts.known(model)["names"] or not page_text.strip():
        return Note()
    drawn, named = read(prompt, model, characters).things, mentions(page_text, model)
    told = [who.name.removeprefix("the ").lower() for who in characters]
    meant = any(name in page_text.lower() for name in told) or SPOKEN_OF.search(page_text)
    if not named and not meant:
        return Note(instead=prompt)
    words = words_of(page_text.lower())
    inside = [(word, before) for before, word in pairwise(words) if before not in MARKS]
    left = [word for word, before in inside if _unknown(word) and not _is_verb(word, before)]
    there = [who for who in characters if who.name in prompt or who.look in prompt]
    left += [who.look for who in there if not people.kind_of(who.look, model)[0]]
    kinds = {thing.name for thing in drawn}
    near = {one.word: one.name for one in named if lexicon.unlike(one.word) and one.name in kinds}
    strange = {
        word: people.kind_of(who.look, model)[0] for who in characters for word in _strange(who, page_text, model)
    }
    listed = tuple((word, name.removesuffix(" face")) for word, name in (strange | near).items() if name)
    return Note(tuple(dict.fromkeys(left))[:MOST_NOTED], listed[:MOST_NOTED])


def _strange(who: Character, page_text: str, model: str) -> list[str]:
    """ "wumpus", of a wumpus that is on the page."""
    word = who.name.split()[-1]
    on_page = who.name.startswith("the ") and re.search(rf"\b{re.escape(word)}\b", page_text, re.IGNORECASE)
    return [word] if on_page and not lexicon.found_in(word, model) else []


def _is_verb(word: str, before: str) -> bool:
    """Whether a word stands where a verb does: "to sail", "they sail"; a thing has an article or the like before it."""
    from lemminflect import getAllLemmas

    return before in BEFORE_VERBS and bool(getAllLemmas(word).get("VERB"))


def _unknown(word: str) -> bool:
    return not lexicon.UNKNOWN.isdisjoint(prompts.forms(word))


def cover_prompt(text: str, characters, model: str) -> str:
    """Of the cover: who the story is about, the thing that matters most, and where it begins."""
    told = cast.lead(characters)
    if not prompts.known(model)["names"]:
        return whole_scene(next(iter(sentences(text)), text), told, model, "")
    main = present(text, told, model)
    things = _things(text, told, model)
    heroes = [character for character in told if character.name in main][:2]
    others = [thing for thing in things if thing.name not in lexicon.ANIMATE or not heroes]
    parts = [_named(hero, model) for hero in heroes]
    parts += [_said(thing, characters, model) for thing in others[: MOST_THINGS - len(heroes)]]
    kinds = [people.kind_of(hero.look, model)[0] for hero in heroes]
    place = places.first_of(text, [*kinds, *(thing.name for thing in things)])
    if not told and FRIENDS.search(text):
        parts = ["a girl", "a boy", *parts[:1]]
    return _sentence(parts, place, "")


def _composed(page_text: str, characters, model: str, before: str) -> str:
    """The prompt of a page for a model that draws one thing at a time."""
    told = cast.lead(characters)
    weights = present(page_text, told, model, before)
    on_page = sorted((who for who in told if who.name in weights), key=lambda who: -weights[who.name])
    things = _things(page_text, told, model)
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
    if not told and FRIENDS.search(f"{before} {page_text}"):
        parts = ["a girl", "a boy"]  # "two friends", of whom the story says no more
    parts += [_said(thing, characters, model) for thing in objects[: MOST_THINGS - len(parts)]]
    if not parts:  # whom the story spoke of last, or is told of
        last = [*spoken_last(before, told, model), *(who.name for who in told)][:1]
        parts = [_named(who, model) for who in told if who.name in last]
    return _sentence(parts, place, time)


def _things(text: str, characters, model: str) -> list[Mention]:
    """The things of a text that are none of the characters, each once, with its weights summed; the heaviest first."""
    kinds = {who: people.kind_of(who.look, model)[0] for who in characters}
    names = {part.lower() for who in characters for part in words_of(who.name) if part[0].isupper()}
    things: dict[str, Mention] = {}
    for mention in mentions(text, model):
        somebody = any(people.means(who, kind, mention) for who, kind in kinds.items())
        if somebody or mention.word in names:  # Daisy, who is no flower
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
    if character.name[:4].lower() == "the ":  # found by these words, whatever it was given to look like
        return character.name
    kind = people.kind_of(character.look, model)[0]
    own = mentions(character.name, model, strict=False)
    if own and own[0].name == kind:
        return character.name
    noun = people.spoken(kind) if kind else character.look
    return f"{character.name} the {noun}" if noun else character.name


def _said(mention: Mention, characters, model: str) -> str:
    """What the cast calls it, where it is one of them; else "a red ball"."""
    for who in characters:
        if not who.minor or mention.count > 1:
            continue
        kind, colour = people.kind_of(who.look, model)
        same = kind == mention.name and mention.colour in ("", colour)
        if same or people.means(who, kind, mention) and kind != mention.name:
            return who.name
    return _as_said(mention)


def recast(prompt: str, old: Character, new: Character, model: str) -> str:
    """The prompt with another name or other looks of somebody: "Lily the girl" becomes "Lily the fox"."""
    for said, wanted in ((_named(old, model), _named(new, model)), (old.name, new.name), (old.look, new.look)):
        if said in prompt:
            return prompt.replace(said, wanted)
    return prompt


def _with_article(noun: str) -> str:
    if noun.split()[-1] in NO_ARTICLE:
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _as_said(mention: Mention) -> str:
    """ "a red ball", "two apples"."""
    word = mention.word.removesuffix("'s")
    size = next((word for word in mention.adjectives if word in SIZES), "")
    inside = " ".join(filter(None, [size, mention.colour, word]))
    if mention.count > 1:
        return f"{'two' if mention.count == 2 else 'three'} {inside}"
    return inside if word.split()[-1] in NO_ARTICLE else _with_article(inside)


def _sentence(parts: list[str], place: str, time: str) -> str:
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
    return f"{listed} {places.phrase_of(place, time)}".strip()
