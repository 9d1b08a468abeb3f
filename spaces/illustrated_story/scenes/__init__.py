"""From a story to what its pictures show: pages of whole sentences, and for each a prompt in plain words.

    for page in pages_of(text, 4):
        prompt = prompt_of(page, characters, model, before)    # "the little fox, a red ball and a tree in the park"
        scene = read(prompt, model, characters)                # Scene((Thing("fox", ...), ...), "park")

A small picture model that draws one thing at a time gets up to three things and a place, and the page is composed of
them. A model that draws whole scenes gets the sentence of the key moment, with everybody's looks in it.
"""

import re
import zlib
from dataclasses import dataclass, replace

from shared.engines.diffusion import prompts

from ..book import Character
from ..writing.titles import title_of
from . import lexicon, people, places
from .lexicon import words_of
from .mentions import MARKS, Mention, mentions, quoted
from .people import characters_of

MOST_THINGS = 3
# Painted behind everything where the page is there: no thing to stand before it once more.
BACKDROPS = {
    "castle": ("castle",), "school": ("school",), "mountains": ("mountain", "snow-capped mountain", "volcano"),
    "town": ("houses", "cityscape"), "room": ("house", "window", "door"), "farm": ("house with garden",),
    "sea": ("water wave",), "space": ("star",), "bedroom": ("window",),
}  # fmt: skip
SEVERAL = re.compile(r"\b(?:they|them)\b", re.IGNORECASE)
FRIENDS = re.compile(r"\b(?:friends|children|kids)\b")
SIZES = {"tiny": 0.55, "small": 0.7, "little": 0.85, "big": 1.2, "large": 1.2, "huge": 1.4, "giant": 1.4}
MOST_WORDS = 45  # of a whole scene's prompt; Stable Diffusion reads 77 tokens, style included


@dataclass(frozen=True)
class Thing:
    name: str  # in the picture model's vocabulary: "dog"; in the prompt's words for a model without one
    colour: str = ""
    count: int = 1  # 1 to 3
    character: str = ""  # whose figure it is: the name of a Character
    size: float = 1.0  # beside others of its kind, see SIZES


@dataclass(frozen=True)
class Scene:
    things: tuple[Thing, ...] = ()
    place: str = places.DEFAULT  # of places.PLACES
    time: str = ""  # "", or of places.TIMES


# ---- sentences and pages -------------------------------------------------------------------------------------------

ABBREVIATIONS = ("mr", "mrs", "ms", "dr", "st", "no")
# The end of a sentence, with the quotation marks that close behind it; the ideographic marks need no space.
_END = re.compile(r"""(?:[.!?…]+["”’')\]]*(?=\s|$)|[。！？]+[」』”’）]*|\n\s*\n|[।؟۔]["”’]*(?=\s|$))""")
_SAYS = re.compile(r"\s*(?:[a-z]|[A-Z][\w’']*\s+(?:said|asked|shouted|cried|replied|yelled|whispered|thought|called|"
                   r"exclaimed|answered|laughed|sobbed|begged|smiled)\b)")  # fmt: skip


def sentences(text: str) -> list[str]:
    """Whole sentences. What is said stays with who says it: '"Where are you?" asked Tom.' is one, and a quotation of
    two sentences is not torn apart."""
    found, start = [], 0
    for match in _END.finditer(text):
        piece = text[start : match.end()]
        if piece.strip() and not _goes_on(piece, text[match.end() :]):
            found.append(" ".join(piece.split()))
            start = match.end()
    if text[start:].strip():
        found.append(" ".join(text[start:].split()))
    return found


def _goes_on(piece: str, rest: str) -> bool:
    stripped = piece.rstrip()
    last = re.split(r"[\s\"“(]", stripped)[-1].lower()
    if last.endswith(".") and (last[:-1] in ABBREVIATIONS or re.fullmatch(r"[a-z]\.", last)):
        return bool(rest.strip())
    if piece.endswith("\n"):
        return False
    line = rest.split("\n", 1)[0]
    if stripped[-1] in '"”’' and _SAYS.match(line):
        return True  # "...?" asked Tom
    straight = piece.count('"') % 2 == 1 or piece.count("“") > piece.count("”")
    return straight and ('"' in line or "”" in line) and len(piece) < 400  # within a quotation that ends in this line


def ending(text: str) -> str:
    """The text up to the end of its last whole sentence; "" where there is none. A quotation left open is closed."""
    whole = list(_END.finditer(text))
    while whole and whole[-1].group().isspace():
        whole.pop()
    if not whole:
        return ""
    text = text[: whole[-1].end()]
    last = text.rsplit("\n", 1)[-1]
    return text + '"' if last.count('"') % 2 else text + "”" if last.count("“") > last.count("”") else text


def pages_of(text: str, n: int, first: tuple[str, ...] = ()) -> list[str]:
    """The story on n pages of whole sentences, about equally long, or on as many as it has sentences.

    first: pages that stay as they are, where the text begins with them; the rest is parted anew.
    """
    kept, rest = [], " ".join(text.split())
    for page in first:
        page = " ".join(page.split())
        if len(kept) == n - 1 or not page or not rest.startswith(page):
            break
        kept.append(page)
        rest = rest[len(page) :].strip()
    if kept:
        text = text[_behind(text, " ".join(kept)) :]
    found = sentences(text)
    if not found:
        return kept
    return kept + [" ".join(part) for part in _parted(found, min(n - len(kept), len(found)), text)]


def _behind(text: str, beginning: str) -> int:
    """Where `text` goes on after `beginning`, which may differ in its white space."""
    letters = sum(not one.isspace() for one in beginning)
    for at, one in enumerate(text):
        if not letters:
            return at
        letters -= not one.isspace()
    return len(text)


def _parted(found: list[str], n: int, text: str) -> list[list[str]]:
    """n runs of sentences whose lengths differ least (squares summed), rather cut where a paragraph ends."""
    paragraphs = {" ".join(part.split())[-40:] for part in re.split(r"\n+", text) if part.strip()}
    lengths = [len(one) for one in found]
    aim = sum(lengths) / n

    def cost(i: int, j: int) -> float:  # of a page of sentences i to j - 1
        off = (sum(lengths[i:j]) - aim) / aim
        return off * off + (0 if j == len(found) or found[j - 1][-40:] in paragraphs else 0.15)

    # best[k][j]: the first j sentences on k pages
    best = [{0: (0.0, 0)}]
    for k in range(1, n + 1):
        row = {}
        for j in range(k, len(found) - (n - k) + 1):
            row[j] = min((best[k - 1][i][0] + cost(i, j), i) for i in best[k - 1] if i < j)
        best.append(row)
    cuts = [len(found)]
    for k in range(n, 0, -1):
        cuts.append(best[k][cuts[-1]][1])
    cuts.reverse()
    return [found[i:j] for i, j in zip(cuts, cuts[1:], strict=False)]


# ---- who is on a page ----------------------------------------------------------------------------------------------


def present(page_text: str, characters, model: str, before: str = "") -> dict[str, float]:
    """{name: how much of the page is about them} of the characters on a page, whom pronouns mean included."""
    found, last = {}, _spoken_last(before, characters, model)
    for _at, name, weight in _appearances(page_text, characters, model, last):
        found[name] = found.get(name, 0.0) + weight
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _spoken_last(before: str, characters, model: str) -> list[str]:
    """Characters of the story so far, who was spoken of last comes first."""
    recent = before[-1500:]
    order = [name for _, name, _ in _appearances(recent, characters, model, [])]
    return list(dict.fromkeys(reversed(order)))


def _appearances(text: str, characters, model: str, last: list[str]) -> list[tuple[int, str, float]]:
    """(index of the word, name, weight) for each time that a character is named or meant by a pronoun."""
    tokens = words_of(text)
    lower = [re.sub("['’]s$", "", token.lower()) for token in tokens]
    said = quoted(text)
    kinds = {one.name: people.kind_of(one.look, model)[0] for one in characters}
    named: dict[int, str] = {}
    for one in characters:
        parts = [part for part in words_of(one.name.lower()) if part != "the"]
        for at in range(len(tokens) - len(parts) + 1):
            if lower[at : at + len(parts)] == parts and (one.name[0].islower() or tokens[at][0].isupper()):
                named[at] = one.name
    things = {mention.at: mention for mention in mentions(text, model)}
    recent, found = list(last), []
    for at, token in enumerate(lower):
        who: list[str] = []
        weight = 0.5 if said[at] else 1.0
        if at in named:
            who = [named[at]]
        elif at in things and things[at].count == 1:
            alike = [name for name, kind in kinds.items() if people.calling(kind) == people.calling(things[at].name)]
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
        for name in who:
            found.append((at, name, weight))
        recent = [*reversed(who), *(name for name in recent if name not in who)]
    return found


# ---- the prompt of a page ------------------------------------------------------------------------------------------


def prompt_of(page_text: str, characters, model: str, before: str = "") -> str:
    """What the picture of a page shows, in plain words that `read` understands and a visitor may change.

    before: the story up to this page, for whom a pronoun means and for a place that goes on.
    """
    if not prompts.known(model)["names"]:
        return _whole_scene(page_text, characters, model, before)
    return _composed(page_text, characters, model, before)[0]


def note_of(page_text: str, characters, model: str, before: str = "") -> str:
    """A sentence for the visitor where the page names nothing that can be drawn; "" otherwise."""
    return _composed(page_text, characters, model, before)[1] if prompts.known(model)["names"] else ""


def cover_prompt(text: str, characters, model: str) -> str:
    """Of the cover: who the story is about, the thing that matters most, and where it begins."""
    if not prompts.known(model)["names"]:
        first = sentences(text)[:1]
        return _whole_scene(first[0] if first else text, characters, model, "")
    main = present(text, characters, model)
    things = _things(text, characters, model)
    heroes = [one for one in characters if one.name in main][:2]
    others = [mention for mention in things if mention.name not in lexicon.ANIMATE or not heroes]
    parts = [_named(one, model) for one in heroes] + [_told(one) for one in others[: MOST_THINGS - len(heroes)]]
    place = places.first_of(
        text, [*(people.kind_of(one.look, model)[0] for one in heroes), *(one.name for one in things)]
    )
    if not characters and FRIENDS.search(text):
        parts = ["a girl", "a boy", *parts[:1]]
    return _sentence(parts or ["a flower"], place, "")


def _composed(page_text: str, characters, model: str, before: str) -> tuple[str, str]:
    """(prompt, note) of a page for a model that draws one thing at a time."""
    found = present(page_text, characters, model, before)
    on_page = sorted((one for one in characters if one.name in found), key=lambda one: -found[one.name])
    others = _things(page_text, characters, model)
    kinds = [people.kind_of(one.look, model)[0] for one in on_page]
    place = places.place_of(page_text, before, [*kinds, *(one.name for one in others)])
    time = places.time_of(page_text)
    objects = [one for one in others if one.weight >= 0.4 and one.name not in BACKDROPS.get(place, ())]
    heroes = on_page[: 2 if objects else MOST_THINGS]
    parts = [_named(one, model) for one in heroes]
    if not parts and SEVERAL.search(page_text) and not any(one.name in lexicon.ANIMATE for one in objects):
        # "They" are those whom the story is about: three bears without names.
        several = [one for one in mentions(before, model) if one.count > 1 and one.name in lexicon.ANIMATE]
        parts = [_told(one) for one in several[:1]]
    if not characters and FRIENDS.search(f"{before} {page_text}"):
        parts = ["a girl", "a boy"]  # "two friends", of whom the story says no more
    parts += [_told(one) for one in objects[: MOST_THINGS - len(parts)]]
    note = ""
    if not parts:
        last = _spoken_last(before, characters, model)[:1]
        parts = [_named(one, model) for one in characters if one.name in last]
        where = places.phrase_of(place, time)
        shown = f"{parts[0]} {where}" if parts else f"what is found {where}"
        note = f"This page names nothing that the picture model knows; its picture shows {shown}."
    # One thing that belongs to the place, so that a page is seldom empty.
    shown = {people.kind_of(part, model)[0] for part in parts}
    props = [one for one in places.PLACES[place].props if people.kind_of(one, model)[0] not in {*shown, ""}]
    if any(name.endswith("tree") for name in shown):
        props = [one for one in props if not one.endswith("tree")]
    free = MOST_THINGS - len(parts)
    if props and free:
        at = zlib.crc32(page_text.encode()) % len(props)
        parts += [*props[at:], *props[:at]][: 1 if parts else 2]
    return _sentence(parts, place, time), note


def _things(text: str, characters, model: str) -> list[Mention]:
    """The things of a text that are none of the characters, each once, with its weights summed; the heaviest first."""
    kinds = {people.calling(people.kind_of(one.look, model)[0]) for one in characters}
    names = {part.lower() for one in characters for part in words_of(one.name) if part[0].isupper()}
    found: dict[str, Mention] = {}
    for one in mentions(text, model):
        if people.calling(one.name) in kinds or one.word in names:  # Daisy, who is no flower
            continue
        if one.name in found:
            first = found[one.name]
            more = one if len(one.adjectives) > len(first.adjectives) else first
            found[one.name] = replace(
                first,
                weight=first.weight + 0.6 * one.weight,
                colour=first.colour or one.colour,
                adjectives=more.adjectives,
            )
        else:
            found[one.name] = one
    return sorted(found.values(), key=lambda one: -one.weight)


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


def _told(mention: Mention) -> str:
    """ "a red ball", "two apples"."""
    word = mention.word.removesuffix("'s")
    size = next((one for one in mention.adjectives if one in SIZES), "")
    inside = " ".join(filter(None, [size, mention.colour, word]))
    if mention.count > 1:
        return f"{'two' if mention.count == 2 else 'three'} {inside}"
    if word.split()[-1] in _NO_ARTICLE:
        return inside
    return f"{'an' if inside[0] in 'aeiou' else 'a'} {inside}"


_NO_ARTICLE = frozenset(
    "milk bread cheese soup rice corn meat gold treasure money juice tea coffee chocolate candy ice "
    "oats noodles fries peas beans popcorn salt grass magic music leaves flowers books berries glasses scissors "
    "jeans pants shoes "
    "boots socks gloves mittens clothes police porridge pasta spaghetti fruit honey jam mum mom dad "
    "mummy mommy daddy grandma grandpa fireworks lightning thunder waves footprints".split()
)


def _sentence(parts: list[str], place: str, time: str) -> str:
    listed = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)
    return f"{listed} {places.phrase_of(place, time)}".strip()


# ---- whole scenes --------------------------------------------------------------------------------------------------


def _whole_scene(page_text: str, characters, model: str, before: str) -> str:
    """The sentence of the key moment with everybody's looks instead of their names, and where it is."""
    found = present(page_text, characters, model, before)
    on_page = [one for one in characters if one.name in found]
    last = _spoken_last(before, characters, model)
    moment = max(sentences(page_text) or [page_text], key=lambda one: _drawable(one, characters, model))
    moment = re.sub(r"[\"“][^\"”]*[\"”]", "", moment)
    moment = LEADS.sub("", SAYING.sub("", moment)).strip(" .!?,;:").replace(" ,", ",")
    said: dict[str, str] = {}
    for one in on_page:
        moment, n = _as_spoken_of(one).subn(f"\0{len(said)}\0", moment, count=1)  # so that no look is taken for a name
        said |= {one.name: one.look} if n else {}
    for at, look in enumerate(said.values()):
        moment = moment.replace(f"\0{at}\0", look)
    subject = re.match(r"(he|she|it|they)\b", moment, re.IGNORECASE)
    if subject:
        who = [one for one in on_page if one.name not in said and one.name in last[:2]] or on_page
        meant = who[: 2 if subject[1].lower() == "they" else 1]
        if meant:
            moment = " and ".join(one.look for one in meant) + moment[subject.end() :]
            said |= {one.name: one.look for one in meant}
    extra = [one.look for one in on_page if one.name not in said][:1]
    place, time = places.place_of(page_text, before, []), places.time_of(page_text)
    moment = " ".join(moment.split()[:MOST_WORDS])
    if len(moment.split()) < 3:
        return _sentence(extra or [moment or "a quiet landscape"], place, time)
    return ", ".join([moment, *extra, places.phrase_of(place, time)])


def _as_spoken_of(one: Character) -> re.Pattern:
    """Matches "a little girl named Lily" and "Lily", or "the big, friendly dog"; not "Lily's"."""
    article = (
        r"\b(?:an?|the|his|her|their)\s+(?:(?!(?:and|or|an?|the|his|her|with|in|on|of|to|was|were)\b)[\w-]+,?\s+){0,4}?"
    )
    if one.name[0].isupper() and one.name.lower() not in people.KIN:
        return re.compile(rf"(?:{article}(?:named|called)\s+|\b){re.escape(one.name)}\b(?!['’]s)")
    noun = re.escape(one.name.removeprefix("the ").split()[-1])
    return re.compile(rf"(?:{article}|\b){noun}\b(?!['’]s)", re.IGNORECASE)


# What a story says and a picture does not show: how it goes on, and who speaks.
LEADS = re.compile(
    r"^\s*(?:(?:once upon a time|one (?:\w+ )?(?:day|morning|evening|night)|suddenly|but|then|so|and|from that day on|"
    r"later|soon|finally|at last|the next day|in the end|as soon as|when)\b,?\s*)+(?:there (?:was|were|lived)\s+)?",
    re.IGNORECASE,
)
SAYING = re.compile(r"(?:,|\band\b)?\s*\b(?:said|asked|shouted|replied|thought|cried|answered|barked|whispered|"
                    r"called out|"
                    r"yelled)\b(?: to \w+)?\s*[,:]?\s*(?=$|[.!?,])|\s+and\s*,?\s*$")  # fmt: skip


def _drawable(sentence: str, characters, model: str) -> float:
    things = sum(one.weight for one in mentions(sentence, model))
    who = len(present(sentence, characters, model))
    return min(things, 4) + who - 0.02 * max(0, len(sentence.split()) - 25)


# ---- the way back --------------------------------------------------------------------------------------------------


def read(prompt: str, model: str, characters=()) -> Scene:
    """What a prompt asks to be drawn: up to three things and a place. Words that name nothing known are passed over."""
    tokens = [re.sub("['’]s$", "", token.lower()) for token in words_of(prompt)]
    where = _place_words(prompt, model)
    found: list[tuple[int, Thing]] = []
    covered: set[int] = set()
    for one in characters:
        parts = words_of(one.name.lower())
        bare = [part for part in parts if part != "the"]
        for wanted in (parts, bare):
            at = next((at for at in range(len(tokens)) if tokens[at : at + len(wanted)] == wanted and wanted), None)
            if at is not None and not covered & set(range(at, at + len(wanted))):
                name, colour = people.kind_of(one.look, model)
                size = _size([*parts, *tokens[max(0, at - 1) : at]])  # "the small dragon", "big Ben"
                found.append((at, Thing(name or one.look, colour, 1, one.name, size)))
                end = at + len(wanted)
                after = tokens[end : end + 4]
                if after[:1] == ["the"]:  # "Lily the girl"
                    end += next(
                        (n for n, word in enumerate(after) if word in MARKS or word in ("and", "in")), len(after)
                    )
                covered |= set(range(at, end))
                break
    for mention in mentions(prompt, model, strict=False):
        if not covered & set(range(mention.at, mention.end)) and mention.at not in where:
            size = _size([*mention.adjectives, *mention.word.split()])
            found.append((mention.at, Thing(mention.name, mention.colour, mention.count, size=size)))
    found.sort(key=lambda one: one[0])
    things = tuple(thing for _, thing in found[:MOST_THINGS])
    place, time = places.read(prompt)
    return Scene(things, place or places.place_of("", "", [one.name for one in things]), time)


def _size(said) -> float:
    return next((SIZES[word] for word in said if word in SIZES), 1.0)


def _place_words(prompt: str, model: str) -> set[int]:
    """The words that say where, and are no things to draw: the castle of "at the castle", where it ends the prompt."""
    said = [at for at, _, _ in places.places_in(prompt)]
    tokens = [token.lower() for token in words_of(prompt)]
    rest = {at for at in said if not any(token in (",", "and") for token in tokens[at:])}
    # And all of its time: "at night", "in falling snow".
    times = [time.phrase.split() for time in places.TIMES.values()]
    for phrase in times:
        for at in range(len(tokens) - len(phrase) + 1):
            if tokens[at : at + len(phrase)] == phrase:
                rest |= set(range(at, at + len(phrase)))
    return rest


__all__ = ["Scene", "Thing", "characters_of", "cover_prompt", "ending", "note_of", "pages_of", "present", "prompt_of",
           "read", "recast", "sentences", "title_of"]  # fmt: skip
