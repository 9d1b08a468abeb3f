"""The prompt of a page for a model that draws whole scenes: the key moment, with looks instead of names."""

import re

from ..book import Character
from . import people, places
from .mentions import mentions
from .presence import present, spoken_last
from .sentences import sentences

MOST_WORDS = 45  # of a prompt; Stable Diffusion reads 77 tokens, style included


def whole_scene(page_text: str, characters, model: str, before: str) -> str:
    """The sentence of the key moment with everybody's looks instead of their names, and where it is."""
    there = present(page_text, characters, model, before)
    on_page = [who for who in characters if who.name in there]
    last = spoken_last(before, characters, model)
    moment = max(sentences(page_text) or [page_text], key=lambda sentence: _drawable(sentence, characters, model))
    moment = re.sub(r"[\"“][^\"”]*[\"”]", "", moment)
    moment = LEADS.sub("", SAYING.sub("", moment)).strip(" .!?,;:").replace(" ,", ",")
    said: dict[str, str] = {}
    for who in on_page:
        moment, n = _as_spoken_of(who).subn(f"\0{len(said)}\0", moment, count=1)  # so that no look is taken for a name
        said |= {who.name: who.look} if n else {}
    for at, look in enumerate(said.values()):
        moment = moment.replace(f"\0{at}\0", look)
    subject = re.match(r"(he|she|it|they)\b", moment, re.IGNORECASE)
    if subject:
        likely = [who for who in on_page if who.name not in said and who.name in last[:2]] or on_page
        meant = likely[: 2 if subject[1].lower() == "they" else 1]
        if meant:
            moment = " and ".join(who.look for who in meant) + moment[subject.end() :]
            said |= {who.name: who.look for who in meant}
    extra = [who.look for who in on_page if who.name not in said][:1]
    place, time = places.place_of(page_text, before, []), places.time_of(page_text)
    moment = " ".join(moment.split()[:MOST_WORDS])
    if len(moment.split()) < 3:
        return f"{''.join(extra) or moment or 'a quiet landscape'} {places.phrase_of(place, time)}"
    return ", ".join([moment, *extra, places.phrase_of(place, time)])


def _as_spoken_of(who: Character) -> re.Pattern:
    """Matches "a little girl named Lily" and "Lily", or "the big, friendly dog"; not "Lily's"."""
    article = (
        r"\b(?:an?|the|his|her|their)\s+(?:(?!(?:and|or|an?|the|his|her|with|in|on|of|to|was|were)\b)[\w-]+,?\s+){0,4}?"
    )
    if who.name[0].isupper() and who.name.lower() not in people.KIN:
        return re.compile(rf"(?:{article}(?:named|called)\s+|\b){re.escape(who.name)}\b(?!['’]s)")
    noun = re.escape(who.name.removeprefix("the ").split()[-1])
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
    things = sum(mention.weight for mention in mentions(sentence, model))
    return min(things, 4) + len(present(sentence, characters, model)) - 0.02 * max(0, len(sentence.split()) - 25)
