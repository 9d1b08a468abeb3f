"""Where and when a page plays: "in the woods", "at night"."""

from dataclasses import dataclass

from .. import tables
from ..tables import listed
from .lexicon import words_of

DEFAULT = "meadow"


@dataclass(frozen=True)
class Place:
    phrase: str  # as a prompt says it
    chinese: str  # the same
    words: tuple[str, ...]  # of stories, that mean it after "in", "to", "through" ...
    things: tuple[str, ...] = ()  # by their names in the vocabulary, that are mostly found there
    painted: tuple[str, ...] = ()  # and those that its backdrop shows
    indoors: bool = False


def _place(row: dict) -> Place:
    lists = {key: listed(row[key]) for key in ("words", "things", "painted") if key in row}
    return Place(row["phrase"], row["chinese"], indoors=row.get("indoors", False), **lists)


TABLES = tables.beside(__file__)
PLACES = {name: _place(row) for name, row in TABLES["places"].items()}
TIMES = {name: _place(row) for name, row in TABLES["times"].items()}
INDOORS = frozenset(name for name, place in PLACES.items() if place.indoors)
INTO, BETWEEN, ALONE, WEAK = (frozenset(listed(TABLES["words"][key])) for key in ("into", "between", "alone", "weak"))
SUNSETS = tuple(tuple(phrase.split()) for phrase in listed(TABLES["words"]["sunset"]))


def _by_words(rows: dict[str, Place]) -> dict[tuple[str, ...], str]:
    return {tuple(phrase.split()): name for name, place in rows.items() for phrase in place.words}


_WORDS, _TIMES = _by_words(PLACES), _by_words(TIMES)
_PHRASES = {tuple(place.phrase.split()): name for name, place in PLACES.items()}
_LONGEST = max(map(len, _WORDS))


def places_in(text: str) -> list[tuple[int, str, float]]:
    """(index of the word, place, how sure: 1 or less) for each place that somebody is in or goes to, in order."""
    tokens = [token.lower() for token in words_of(text)]
    said, end = [], 0
    for at in range(len(tokens)):
        for n in range(_LONGEST if at >= end else 0, 0, -1):  # "by the sea" is no sea
            name = _WORDS.get(tuple(tokens[at : at + n]))
            if name and (_led_to(tokens, at) or tokens[at] in ALONE or n > 1 and tokens[at] in INTO):
                weak = n == 1 and tokens[at] in WEAK
                said.append((at, name, 0.4 if weak else 1.0))
                end = at + n
                break
    return said


def _led_to(tokens: list[str], at: int) -> bool:
    """Whether a preposition of place stands before the word, with nothing but articles and adjectives between."""
    if tokens[at] == "home":
        return at > 0 and tokens[at - 1] in ("went", "go", "ran", "came", "walked", "at", "back", "got", "come", "flew")
    for back in range(at - 1, max(-1, at - 6), -1):
        if tokens[back] in INTO:
            return True
        if tokens[back] not in BETWEEN and tokens[back] != ",":
            return False
    return False


def place_of(text: str, before: str = "", things=()) -> str:
    """The place where most of a page plays: what it says, what was said before it, or where its things are found."""
    carried = _last(before)
    tokens = words_of(text)
    said = places_in(text)
    if carried or any(sure == 1 for _, _, sure in said):
        said = [one for one in said if one[2] == 1]  # "under a tree" is a forest only where nothing else is known
    best, most = "", 0.0
    if carried:
        best, most = carried, 0.7 * (said[0][0] if said else len(tokens))
    ends = [*(one[0] for one in said[1:]), len(tokens)]
    for (at, name, sure), following in zip(said, ends, strict=False):
        # A place stays until the next is named; to have been named at all counts for ten words.
        length = (following - at + 10) * sure
        if length > most:
            best, most = name, length
    return best or _last(before, sure=0) or _hinted(things) or DEFAULT


def first_of(text: str, things=()) -> str:
    """The place where a story begins, or DEFAULT."""
    said = [name for _, name, sure in places_in(text) if sure == 1]
    return said[0] if said else place_of(text, "", things)


def _last(text: str, sure: float = 1) -> str:
    said = [name for _, name, how_sure in places_in(text) if how_sure >= sure]
    return said[-1] if said else ""


def _hinted(things) -> str:
    """The place of the first thing that belongs somewhere."""
    for thing in things:
        for name, place in PLACES.items():
            if thing in place.things:
                return name
    return ""


def time_of(text: str) -> str:
    """ "night", "rain", "snow", "storm" or "sunset", where a text says so; else ""."""
    tokens = [token.lower() for token in words_of(text)]
    for name, time in TIMES.items():
        if f" {time.phrase} " in f" {' '.join(tokens)} ":
            return name
    for at, token in enumerate(tokens):
        if token == "sun" and any(tuple(tokens[at : at + len(way)]) == way for way in SUNSETS):
            return "sunset"
        name = _TIMES.get((token,))
        if name and not _only_spoken_of(tokens, at):
            return name
    return ""


def _only_spoken_of(tokens: list[str], at: int) -> bool:
    """ "A dark box" and "the next night" aside: a dark thing is no night, and nobody waits for one by fearing it."""
    if tokens[at] in ("dark", "windy", "snowy", "rainy"):
        after = tokens[at + 1] if at + 1 < len(tokens) else "."
        return after.isalpha() and after not in ("and", "outside", "night", "day", "so", "but", "when", "now", "again",
                                                 "anymore", "in", "because", "the")  # fmt: skip
    return tokens[at] == "stars" and "sky" not in tokens


def phrase_of(place: str, time: str = "") -> str:
    """ "in the park at night"."""
    return " ".join(filter(None, [PLACES[place].phrase, TIMES[time].phrase if time else ""]))


def read(prompt: str) -> tuple[str, str]:
    """(place, time) in a prompt, each "" where it has none."""
    said = places_in(prompt)
    tokens = tuple(token.lower() for token in words_of(prompt))
    exact = [name for phrase, name in _PHRASES.items() for at in range(len(tokens))
             if tokens[at : at + len(phrase)] == phrase]  # fmt: skip
    return (exact[-1] if exact else max(said, key=lambda one: one[2])[1] if said else ""), time_of(prompt)
