"""Which draft of a sentence goes best with the story so far."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from .. import scenes
from ..scenes import lexicon, people
from ..scenes.lexicon import words_of
from ..scenes.mentions import MARKS
from . import coverage


@dataclass(frozen=True)
class Draft:
    text: str  # as it follows the story, white space included
    ids: tuple[int, ...]
    probabilities: tuple[float, ...]  # of each token, by the model, before any filter
    ends: bool = False  # the model ends the story behind it


# Trouble, a turn of events, and what is in a good end.
BLEAK = re.compile(
    r"never seen again|\b(?:died|dead|killed)\b|"
    r"\b(?:was|were|felt) (?:very |so |both |all )?(?:sad|scared|lonely|hurt)\b|"
    r"(?:did|could|would|should)(?: not|n't)|\b(?:hurt|cried|angry|stuck|lost|gone|wished)\b|ran away|something bad|"
    r"never (?!forg)\w+|took (?:\w+ )?\w+ away|said no\b|"
    r"\b(?:frustrated|upset|broke|broken|worried|slipped|tired|screamed|fell(?! asleep)|pain|fight|sick|jealous)\b|"
    r"too late|not happy|threw \w+ away",
    re.IGNORECASE,
)
TURN = re.compile(r"^\s*(?:But|Suddenly|However|One day)\b")
WARM = re.compile(r"\b(?:happy|happily|friends?|proud|fun|always|safe|loved?|together|home)\b")
SHORT = 12  # words; of longer ends more go wrong, and nothing comes after them
# Such sentences lead small models nowhere: what happens then has nothing to do with what was told.
STOCK = re.compile(
    r"something unexpected|the moral of the story|known as the|not an? \w+(?: at all| anymore|, but)", re.IGNORECASE
)

STUTTER = re.compile(r"(-\w+)\1", re.IGNORECASE)


def ranked(
    drafts: list[Draft],
    story: str,
    wants_end: bool = False,
    late: bool = False,
    about: tuple[coverage.Subject, ...] = (),
) -> list[Draft]:
    """The best first, none twice. late: the end is near, and no time for new trouble. wants_end: the story is long
    enough, so that a sentence that ends it well is welcome. about: whom it is to tell of all through."""

    def worth(draft: Draft) -> float:
        points = score(draft, story) + coverage.worth(about, story, draft.text, late, wants_end)
        if late or draft.ends:
            points -= 3.0 * bool(BLEAK.search(draft.text)) + 1.0 * bool(TURN.search(draft.text))
        else:
            points -= 0.4 * bool(BLEAK.search(draft.text))
        if wants_end:
            points += 0.5 * _comes_back(draft.text, story) + 0.3 * bool(WARM.search(draft.text))
            points -= 0.05 * max(0, len(_words(draft.text)) - SHORT)
            points += 1.5 * (draft.ends and not BLEAK.search(draft.text))
        return points

    return sorted(dict.fromkeys(drafts), key=worth, reverse=True)


def score(draft: Draft, story: str) -> float:
    """How probable it is, in nats a token, less what a reader would stumble over. The higher the better."""
    return log_probability(draft.probabilities) - faults(draft.text, story)


@lru_cache(maxsize=256)  # it is asked for twice: is there a draft without any, and which one is best
def faults(text: str, story: str) -> float:
    """What a reader would stumble over, in nats a token of probability that make up for it; 0.0: nothing."""
    words, so_far = _words(text), _words(story)
    weight = 3.0 * _repeated(words, so_far)
    weight += 2.0 * _with_itself(words)
    weight += 2.0 * _does_it_to_itself(words, story)
    weight += 2.0 * _named_again(text, story)
    weight += 1.0 * _strangers(text, story)
    weight += 1.2 * _answers_itself(text, story)
    weight += 1.5 * _unheard_of(words, so_far)
    weight += 2.5 * _called_otherwise(text, so_far)
    weight += 2.0 * _own_relative(text, story)
    weight += 1.5 * len(STOCK.findall(text))
    weight += 3.0 * len(STUTTER.findall(text))
    weight += 2.0 * _crossed(words, so_far)
    weight += 2.0 * _misspelt(words, so_far)
    weight += 1.5 * _of_another_size(text, story)
    weight += 0.6 * _says_nothing_new(words, so_far)
    weight += 1.2 * _forgets(words, story)
    weight += 0.5 * _begins_alike(words, story)
    if len(words) < 3:
        weight += 0.7
    if not _about(words, so_far):
        weight += 0.6
    return weight


def log_probability(probabilities: Iterable[float]) -> float:
    """Their mean logarithm, in nats a token; 0.0 of none."""
    logarithms = [math.log(max(one, 1e-6)) for one in probabilities]
    return sum(logarithms) / max(1, len(logarithms))


def _repeated(words: list[str], so_far: list[str]) -> float:
    """Share of its runs of three words that stand in the story, or earlier in it, already."""
    runs = list(zip(words, words[1:], words[2:], strict=False))
    old = Counter(zip(so_far, so_far[1:], so_far[2:], strict=False))
    again = sum(1 for at, run in enumerate(runs) if run in old or run in runs[:at])
    return again / len(runs) if runs else float(words in [so_far[at : at + len(words)] for at in range(len(so_far))])


def _with_itself(words: list[str]) -> int:
    """ "The fox and the fox", "the bird flew up and caught the bird": how often something does a thing with itself."""
    text = " ".join(words)
    joined = re.findall(r"\b(\w{3,}) and (?:the |a |his |her |some )?(?:\w+ )?\1\b", text)
    met = re.findall(
        r"\b(?:the|a) (?:little |big )?(\w{3,}) (?:\w+ ){1,8}(?:the|a|her|his) (?:little |big )?\1\b", text
    )
    relatives = [one for one in people.KIN if words.count(one) > 1]  # "grandma gave grandma a hug"
    return len(joined) + len(met) + len(relatives)


def _does_it_to_itself(words: list[str], story: str) -> bool:
    """ "The penguin was happy. He thanked the penguin.": with whom a sentence begins that goes on with "he"."""
    subject = next((at for at, word in enumerate(words[:3]) if word in ("he", "she", "it")), None)
    if subject is None:
        return False
    last = _words(scenes.sentences(story)[-1]) if story.strip() else []
    others = {"he", "she", "it", "they"} | people.NAMES
    who = next((word for word in last[:4] if word in others or _beings([word])), "")
    known = _beings(_words(story))
    return bool((known if len(known) == 1 else {who} - others) & set(words[subject + 1 :]))


def _beings(words: list[str]) -> set[str]:
    """The people and animals among the words; a penguin wants to fly, and meets no fly."""
    return {word for word in words if word in people.KIN or _alive(word)} - {"fly"}


@lru_cache(maxsize=4096)  # a story is asked for again with every draft of its next sentence
def _alive(word: str) -> bool:
    return lexicon.found_in(word, "") in lexicon.ANIMATE


SAYS = "said|replied|asked|answered|shouted|cried|thought|agreed"
SPEAKS = re.compile(
    rf"\b(?:[Tt]he (?:\w+ )??(\w+)|([A-Z]\w+|{'|'.join(people.KIN)})) (?:(?:\w+ ){{1,5}}and )?(?:{SAYS})\b"
    rf"|[\"”] (?:{SAYS}) (?:the (?:\w+ )??)?(\w+)"
)


def _answers_itself(text: str, story: str) -> bool:
    """Whether somebody speaks to themselves: "The fox said, "Hello, little fox."", or twice in a row."""
    now = SPEAKS.search(text)
    before = list(SPEAKS.finditer(story[-400:]))
    open_quote = story.rsplit("\n", 1)[-1].count('"') % 2
    speaker = _name(now) if now else _name(before[-1]) if before and open_quote else ""
    if not speaker:
        return False
    quoted = (re.findall(r'"([^"]*)', text) or [""])[0] if now else text
    if re.search(rf"\b{re.escape(speaker)}\b", quoted, re.IGNORECASE):
        return True
    last = story.rstrip()
    spoken = last.endswith('"') or bool(before and before[-1][3] and last.endswith(f"{before[-1][3]}."))
    return bool(now and before and _name(before[-1]) == speaker and spoken)


def _name(match: re.Match) -> str:
    return (match[1] or match[2] or match[3]).lower()


def _named_again(text: str, story: str) -> int:
    """ "A small puppy named Lily", where Lily is the girl."""
    known = people.names_in(story)
    return sum(1 for name in re.findall(r"\b(?:named|called) ([A-Z]\w+)", text) if name in known)


def _strangers(text: str, story: str) -> int:
    """Names that nobody introduced, once there are some."""
    known = people.names_in(story)
    if not known:
        return 0
    new = {name for name in people.names_in(story + " " + text) if name not in known}
    return len(new - set(re.findall(r"\b(?:named|called|friend,?|was) ([A-Z]\w+)", text)))


def _unheard_of(words: list[str], so_far: list[str]) -> int:
    """ "The girl", where no girl has been spoken of."""
    who = {second for first, second in zip(words, words[1:], strict=False) if first == "the" and second not in so_far}
    return sum(map(_alive, who))


TITLED = re.compile(r"\b(?:Mr|Mrs|Miss)\.? (\w+)")
CALLED = re.compile(
    r"[\"“](?:(?:Hello|Hi|Hey|Yes|No|Thank you),? )?(?:little )?([A-Za-z]+)[,!]|, (?:little )?([a-z]+)[!?.][\"”]"
)


def _called_otherwise(text: str, so_far: list[str]) -> int:
    """ "Hello, Mr. Elephant" or "Pig, can you help me?" to an owl: how many are called so of whom nobody spoke."""
    called = {(match[1] or match[2]).lower() for match in CALLED.finditer(text)}
    return len(({one.lower() for one in TITLED.findall(text)} | set(filter(_alive, called))) - set(so_far))


def _own_relative(text: str, story: str) -> bool:
    """ "Her grandma", in a story about grandma."""
    beginning = " " + story.partition(".")[0].lower()
    hero = re.search(rf"(?<! her)(?<! his)(?<! their)(?<!'s) ({'|'.join(people.KIN)})\b", beginning)
    return bool(hero and re.search(rf"\b(?:her|his) {hero[1]}\b", text, re.IGNORECASE))


def _crossed(words: list[str], so_far: list[str]) -> int:
    """ "The elephant dog": two beings in one, that nobody spoke of before. "Baby bear" and "mother hen" are one."""
    new = set(zip(words, words[1:], strict=False)) - set(zip(so_far, so_far[1:], strict=False))
    of_kin = people.KIN | {"baby", "girl", "boy"}
    return sum(not of_kin & set(pair) and all(map(_alive, pair)) for pair in new)


ENDINGS = re.compile(r"(?:ing|ed|es|s|er|est|ly|ful|y|ies|ment|e|'s|n't|ness|ion|or|ers)+$")


def _misspelt(words: list[str], so_far: list[str]) -> int:
    """ "Mermady", after a mermaid: rare words come in pieces, and small models put them together wrongly."""
    known = {word for word in so_far if len(word) > 5 and lexicon.found_in(word, "")}
    new = {word for word in words if len(word) > 5 and word not in known and not lexicon.found_in(word, "")}
    return sum(
        any(new_one[:5] == old[:5] and ENDINGS.sub("", new_one) != ENDINGS.sub("", old) for old in known)
        for new_one in new
    )


SMALL, BIG = "small|little|tiny", "big|large|huge|giant|enormous"
SIZED = re.compile(
    rf"\b(?:({SMALL})|({BIG}))(?:, \w+)? (\w+)|\b(\w+) (?:was|is) (?:very |so |really |too )?(?:({SMALL})|({BIG}))\b",
    re.IGNORECASE,
)


def _of_another_size(text: str, story: str) -> int:
    """How much is big now that was small before: "a small dragon. The dragon was very big"."""

    def sizes(text: str) -> set[tuple[str, bool]]:
        found = (match.groups() for match in SIZED.finditer(text))
        return {((after or before).lower(), bool(big or was_big)) for _, big, after, before, _, was_big in found}

    told = sizes(story)
    return sum((thing, not big) in told and (thing, big) not in told for thing, big in sizes(text))


def _says_nothing_new(words: list[str], so_far: list[str]) -> bool:
    """ "They were happy. They ate the cake", when they were and did: all its words of some length were there before."""
    return {word for word in words if len(word) > 3} <= set(so_far)


def _begins_alike(words: list[str], story: str) -> bool:
    """The third sentence in a row with the same two first words: "The penguins ... The penguins ... The penguins"."""
    last = [_words(sentence)[:2] for sentence in scenes.sentences(story)[-2:]]
    return len(last) == 2 and all(first == words[:2] for first in last)


RECENT = 120  # characters, about two sentences


def _forgets(words: list[str], story: str) -> bool:
    """Whether whom the story is about, its first being, has not been named for a while, and is not named now either."""
    heroes = set(filter(_alive, _words(story.partition(".")[0])))
    heroes |= {name.lower() for name in people.names_in(story.partition(".")[0])}
    return bool(heroes) and not heroes & {*words, *_words(story[-RECENT:])}


COMMON = frozenset("once upon time there was were who and one day that the had named for his her its with little "
                   "wanted could not lived saw lost looking two went".split())  # fmt: skip


def _comes_back(text: str, story: str) -> bool:
    """Whether it speaks of what the story is about beside its hero: the moon that a hedgehog was looking for."""
    first = [word for word in _words(scenes.sentences(story)[0]) if len(word) > 2] if story.strip() else []
    subjects = {word for word in first if word not in COMMON and not _beings([word])} - people.NAMES
    return bool(subjects & set(_words(text)))


def _words(text: str) -> list[str]:
    return [word.lower() for word in words_of(text) if word not in MARKS]


def _about(words: list[str], so_far: list[str]) -> bool:
    """Whether it speaks of something that the story spoke of."""
    pronouns = {"he", "she", "it", "they", "his", "her", "him", "them", "their", "i", "you", "we"}
    return bool(set(words) & pronouns) or bool({word for word in words if len(word) > 3} & set(so_far))
