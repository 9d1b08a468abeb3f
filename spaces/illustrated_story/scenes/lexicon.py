"""Words of stories and the things that the picture model knows: "puppy" is its dog, "mum" its woman, "woods" a forest.

    nouns("emoji-diffusion")["puppy"]                  # "dog"
    found_in("red apples", "emoji-diffusion")          # "red apple"

Three layers, the first that knows a word decides: THINGS of lexicon.toml, written for children's stories; near.toml, of
what the model was seldom or never shown; and the names of the model's vocabulary. Its keywords are no fourth one: they
are what emoji are looked up by, and would turn "done" into an hourglass and "tough" into a rock; those that name a
thing are in the table. A model without a vocabulary, which was shown everything, gets the names of THINGS.
"""

import re
from functools import lru_cache
from pathlib import Path

from shared.engines.diffusion import prompts

from .. import tables
from ..tables import listed, lists

TABLES = tables.beside(__file__)
# Name in the vocabulary: words of a story that mean it.
PEOPLE, BEINGS = lists(TABLES["people"]), lists(TABLES["beings"])
OBJECTS = {name: words for part in TABLES["objects"].values() for name, words in lists(part).items()}
THINGS = PEOPLE | BEINGS | OBJECTS
ANIMATE = frozenset({*PEOPLE, *BEINGS})
FEMALE, MALE, OTHERWISE = (frozenset(listed(TABLES["names"][key])) for key in ("female", "male", "otherwise"))
_UNLIKE = tables.read(Path(__file__).with_name("near.toml"))
NEAR, LITTLE = lists(_UNLIKE["near"]), lists(_UNLIKE["little"])
UNLIKE = frozenset({*listed(_UNLIKE["also"]["words"]), *(word for words in NEAR.values() for word in words)})
UNKNOWN = frozenset(listed(_UNLIKE["unknown"]["words"]))  # things that are not drawn at all
COLOURS = lists(TABLES["colours"])
NUMBERS: dict[str, int] = TABLES["numbers"]
LONGEST = max(len(word.split()) for words in THINGS.values() for word in words) + 1  # words of a phrase


def nouns(model: str) -> dict[str, str]:
    """{word or phrase in lower case, singular or as it stands: name in the model's vocabulary}. model "": any words."""
    if not model:
        return _everything()
    vocabulary = prompts.known(model)
    if not vocabulary["names"]:
        return _everything()
    return _nouns(tuple(vocabulary["names"]), tuple(vocabulary["more"]))


@lru_cache(maxsize=1)
def _everything() -> dict[str, str]:
    found = {word: name for name, words in reversed(THINGS.items()) for word in words}
    return {name.lower(): name for name in THINGS} | found


@lru_cache(maxsize=4)
def _nouns(names: tuple[str, ...], more: tuple[str, ...]) -> dict[str, str]:
    known = {*names, *more}
    table = {name.lower(): name for name in names if name not in OTHERWISE}
    for name, words in [*NEAR.items(), *LITTLE.items(), *reversed(THINGS.items())]:
        if name in known:
            table |= dict.fromkeys(words, name)
    return table


def found_in(phrase: str, model: str) -> str:
    """The name that a word or phrase stands for, in singular or plural; "" for none."""
    return look_up(phrase, nouns(model))


def unlike(word: str) -> bool:
    """Whether what is drawn for a word is something else, though near."""
    return not UNLIKE.isdisjoint({word, *prompts.forms(word)})


def look_up(phrase: str, known: dict[str, str]) -> str:
    """`found_in` for many words of one text. known: what `nouns` gives."""
    phrase = phrase.lower().replace("’", "'")
    if phrase in known:
        return known[phrase]
    *first, last = phrase.split()
    for form in sorted(prompts.forms(last)):
        whole = " ".join([*first, form])
        if whole in known:
            return known[whole]
    return ""


def colour_of(word: str, model: str) -> str:
    """The colour of the model that a word names, or ""."""
    offered = prompts.known(model)["colours"] or list(COLOURS)
    word = word.lower()
    return next((name for name, words in COLOURS.items() if name in offered and word in words), "")


WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|\d+|[.!?…,;:\"“”()\n]")


def words_of(text: str) -> list[str]:
    """Words and the marks between them."""
    return WORD.findall(text)
