"""The drawable things that a text names: "She kicked a big, red ball" -> a ball, red.

A word counts as a thing where a story means one: "the slide" and not "to slide", "a lion" and not "as brave as a lion".
"""

from dataclasses import dataclass

from .. import tables
from ..tables import listed
from . import lexicon
from .lexicon import words_of

MARKS = frozenset('.!?…,;:"“”()\n')
TABLES = tables.beside(__file__)
DETERMINERS, BREAKS, VAGUE, WEATHER, ONE_PICTURE, PAIRS, NO_THINGS, ABSENT = (
    frozenset(listed(TABLES[key]))
    for key in ("determiners", "breaks", "vague", "weather", "one_picture", "pairs", "no_things", "absent")
)
WITHOUT_ARTICLE = frozenset(listed(TABLES["without_article"])) | ONE_PICTURE
NO_ARTICLE = frozenset(listed(TABLES["no_article"]))


@dataclass(frozen=True)
class Mention:
    """A thing named once. `at` and `end` count the words and marks of the text, as lexicon.words_of gives them."""

    word: str  # as it stands there, in lower case: "puppies"
    name: str  # in the picture model's vocabulary: "dog"
    at: int
    end: int
    adjectives: tuple[str, ...] = ()
    colour: str = ""
    count: int = 1  # 1 to 3
    weight: float = 1.0  # how much it belongs into a picture of the text
    new: bool = False  # "a ball" rather than "the ball"


def mentions(text: str, model: str, strict: bool = True) -> list[Mention]:
    """Every thing named, in the order of the text. strict: a single word needs an article, as it does in a sentence."""
    tokens = words_of(text)
    lower = [token.lower().replace("’", "'") for token in tokens]
    quoted, known = _quoted(tokens), lexicon.nouns(model)
    named: list[Mention] = []
    at = 0
    while at < len(tokens):
        mention = None if tokens[at] in MARKS else _mention(tokens, lower, at, known, model, strict, quoted[at])
        if mention:
            named.append(mention)
        at = mention.end if mention else at + 1
    # In "bird nest" and "toy car" the last noun is the thing, those before it only say which.
    heads = {mention.at for mention in named}
    return [one for one in named if one.end not in heads or lower[one.end - 1].endswith("'s")]


def _mention(tokens, lower, at, known, model, strict, quoted) -> Mention | None:
    for n in range(min(lexicon.LONGEST, len(tokens) - at), 0, -1):
        phrase = lower[at : at + n]
        if any(word in MARKS for word in phrase) or phrase[-1] in NO_THINGS:
            continue
        name = lexicon.look_up(" ".join(phrase), known)
        if name:
            break
    else:
        return None
    determiner, adjectives = _before(lower, at, strict)
    word = " ".join(phrase)
    owner = phrase[-1].endswith("'s")
    plural = _plural(phrase[-1])
    named = tokens[at][0].isupper() and at > 0 and tokens[at - 1] not in '.!?"“\n:'  # "Fox" as somebody's name
    if strict and n == 1 and not (determiner or plural or word.removesuffix("'s") in WITHOUT_ARTICLE or named):
        return None
    if strict and plural and not determiner and not adjectives and at and lower[at - 1] in ("he", "she", "it", "who"):
        return None  # "He rocks", "it flies"
    if determiner == "no" or _denied(lower, at):
        return None
    # "An orange cat": the colour, not the fruit.
    if n == 1 and lexicon.colour_of(word, model) and at + 1 < len(lower) and lexicon.look_up(lower[at + 1], known):
        return None
    several = plural and not owner and name not in PAIRS and phrase[-1] not in ONE_PICTURE
    numbers = [lexicon.NUMBERS[near] for near in (determiner, *adjectives) if near in lexicon.NUMBERS]
    number = [*numbers, 2][0] if several else 1
    colour = next(filter(None, (lexicon.colour_of(near, model) for near in reversed(adjectives))), "")
    new = determiner in ("a", "an", "another", "one", "some") or determiner in lexicon.NUMBERS
    weight = 1.0 + 0.5 * new + 0.2 * min(2, len(adjectives))
    weight *= 0.5 if quoted else 1
    weight *= 0.5 if owner else 1
    weight *= 0.25 if name in WEATHER else 1
    weight *= (
        0.4 if at > 1 and lower[at - 1] == "of" and lexicon.look_up(lower[at - 2], known) else 1
    )  # "a bowl of oats"
    weight *= 0.5 if word in VAGUE else 1
    weight *= 0.4 if any(near in ABSENT for near in lower[max(0, at - 4) : at]) else 1
    return Mention(word, name, at, at + n, tuple(adjectives), colour, number, weight, new)


def _plural(word: str) -> bool:
    return word in lexicon.prompts.IRREGULAR or (lexicon.prompts.forms(word) != {word} and not word.endswith("'s"))


def _before(lower: list[str], at: int, strict: bool) -> tuple[str, list[str]]:
    """(the article or the like, "" for none; the adjectives) that stand before a noun."""
    adjectives: list[str] = []
    for back in range(at - 1, max(-1, at - 7), -1):
        word = lower[back]
        if word in DETERMINERS or word.endswith("'s"):
            return word, adjectives[::-1]
        if word == "," and adjectives:
            continue
        if word in MARKS or word in BREAKS or len(adjectives) == 4:
            break
        adjectives.append(word)
    return "", [] if strict else adjectives[::-1]  # in a sentence, they may be anything


def _denied(lower: list[str], at: int) -> bool:
    """ "Not a jellyfish", "without a hat", "as brave as a lion", "like a bird"."""
    before = lower[max(0, at - 6) : at]
    while (
        before
        and before[-1] not in ("not", "without", "as", "like", "was", "is", "for", "with")
        and (before[-1] not in BREAKS and before[-1] not in MARKS)
    ):
        before.pop()
    if not before:
        return False
    if before[-1] in ("not", "without"):
        return True
    if before[-1] == "as":
        return "as" in before[:-1]
    wish = ("would", "i'd", "i", "you", "they", "we", "not", "really", "didn't", "to", "don't", "did", "also")
    return before[-1] == "like" and len(before) > 1 and before[-2] not in wish


def _quoted(tokens: list[str]) -> list[bool]:
    """Whether each token is said by somebody; a quotation ends with its paragraph."""
    inside, said = False, []
    for token in tokens:
        if token in '"“”':
            inside = token == "“" or (token == '"' and not inside)
        elif token == "\n":
            inside = False
        said.append(inside)
    return said


def quoted(text: str) -> list[bool]:
    return _quoted(words_of(text))
