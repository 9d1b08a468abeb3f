"""English words with their parts of speech, by small libraries that bring their models along.

HanTa tags (Wartena, 2019; the tags are those of the British National Corpus, C5), lemminflect makes the past, inflect
says "a" or "an".

    tagged("The fox finds a key")   # [Word("The", "AT0", "the"), ..., Word("finds", "VVZ", "find"), ...]
    past("find")                    # "found"
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from ..scenes import lexicon, people

FINITE = frozenset("VVZ VVB VVD VBZ VBB VBD VHZ VHB VHD VDZ VDB VDD VM0".split())  # verbs that tell when
PAST = frozenset("VVD VBD VHD VDD".split())
MODALS = {"can": "could", "will": "would", "may": "might", "must": "had to", "shall": "should"}
HELPERS = frozenset("VM0 VDZ VDB VDD".split())  # behind them comes an infinitive
OPENING = ("AT", "DP", "TO")  # how tags begin of what opens an object
NUMBERS = frozenset("one two three four five six seven eight nine ten eleven twelve twenty hundred thousand".split())
CONTRACTED = {"can't": "can not", "cannot": "can not", "won't": "will not", "n't": " not"}


@dataclass(frozen=True)
class Word:
    text: str
    tag: str
    base: str  # "find" for "finds", "fox" for "foxes"; in lower case
    mark: str = ""  # a comma or the like behind it

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def noun(self) -> bool:
        return self.tag[:2] in ("NN", "NP")


def tagged(text: str) -> list[Word]:
    """The words of a phrase or sentence, contractions in full; the first one may have a capital."""
    text = text.replace("’", "'")
    for short, long in CONTRACTED.items():
        text = re.sub(rf"{short}\b" if short[0] == "n" else rf"\b{short}\b", long, text, flags=re.IGNORECASE)
    found = re.findall(r"(\w+(?:(?:[-.]|'(?!s\b))\w+)*|'s\b|')([.,!?;:]*)", text)
    pairs = zip(found, _tags([word for word, _ in found]), strict=True)
    words = [Word(word, tag, base.lower(), mark) for (word, mark), (_, base, tag) in pairs]
    return [_mended(words, at) for at in range(len(words))]


def _tags(tokens: list[str]) -> list[tuple[str, str, str]]:
    """(word, its base, tag). A first word with a capital that is no name is looked at without it."""
    if tokens and tokens[0].lower() not in people.NAMES | people.KIN:
        lowered = [tokens[0].lower(), *tokens[1:]]
        if not _tagger().tag_sent(lowered)[0][2].startswith(("NP", "UNC")) and _known(tokens[0]):
            tokens = lowered
    tags = _tagger().tag_sent(tokens)
    return [(word, base, "NP0" if _is_name(word, tag) else tag) for word, base, tag in tags]


def _is_name(word: str, tag: str) -> bool:
    """One of the list, or no English word: "Zeki" and "Juri", which the tagger takes for a number and a plural."""
    if word.lower() in people.NAMES | people.KIN:
        return word[0].isupper()
    return word.istitle() and len(word) > 2 and tag[:2] in ("NN", "CR", "UN") and not _known(word)


def _known(word: str) -> bool:
    """Whether it is a word, and no name, although a sentence begins with it."""
    from lemminflect import getAllLemmas

    return not word[0].isupper() or bool(getAllLemmas(word.lower())) or word.lower() in {"the", "a", "an"} | NUMBERS


def _mended(words: list[Word], at: int) -> Word:
    """The tagger takes "dreams" behind a name for a plural, and "build" behind a noun for an infinitive."""
    word, before = words[at], words[at - 1] if at else None
    if before and word.tag in ("NN1", "NN2", "AJ0") and (base := _verb(word.low)) and at + 1 < len(words):
        follows = words[at + 1].tag
        opens = follows[:2] in (*OPENING, "PR", "AV")
        behind = before.tag in ("NP0", "NN1") or before.tag == "CJC" and any(one.tag in FINITE for one in words[:at])
        if word.tag == "NN2" and behind and opens and word.low != base:
            return replace(word, tag="VVZ", base=base)
        several = before.tag == "NN2" or before.noun and any(one.low == "and" for one in words[: at - 1])
        if word.low == base and several and (is_alive(before.text) or word.tag == "NN1" and follows[:2] in OPENING):
            return replace(word, tag="VVB", base=base)
    return word


def _verb(word: str) -> str:
    """What a word is a form of, if it may be a verb in the present; else ""."""
    from lemminflect import getAllLemmas

    return next((base for base in getAllLemmas(word).get("VERB", ()) if word in (base, *_present(base))), "")


def _present(base: str) -> tuple[str, ...]:
    from lemminflect import getInflection

    return getInflection(base, "VBZ")


def past(base: str, plural: bool = False) -> str:
    from lemminflect import getInflection

    if base == "be":
        return "were" if plural else "was"
    found = getInflection(base, "VBD") or (base + "ed",)
    return next((one for one in found if one in CHOSEN), found[0])


CHOSEN = frozenset("dreamed learned travelled shone lit hung".split())  # of two forms, the one of stories


def article(noun: str) -> str:
    """ "a fox" for "fox", "an hour" for "hour"."""
    return _inflect().a(noun)


def are_several(words: list[Word]) -> bool:
    """Whether a noun phrase stands for more than one."""
    if words and words[0].tag == "CRD":
        return words[0].low != "one"
    head = head_of(words)
    return head is not None and (head.tag == "NN2" or any(one.tag == "CJC" for one in words))


def head_of(words: list[Word]) -> Word | None:
    """The noun that a phrase is about: the last one before what says more of it, and not its owner."""
    head = owner = None
    for one in words:
        if one.tag == "POS":
            head, owner = None, head
        elif head and not one.noun:
            break
        head = one if one.noun else head
    return head or owner


def is_alive(word: str) -> bool:
    return word.lower() in people.NAMES | people.KIN or lexicon.found_in(word, "") in lexicon.ANIMATE


@cache
def _tagger():
    from HanTa.HanoverTagger import HanoverTagger

    return HanoverTagger("morphmodel_en.pgz")


@cache
def _inflect():
    import typeguard

    # inflect has typeguard write checks into its methods whenever it is imported: that takes four seconds, without 0.1.
    checked, typeguard.typechecked = typeguard.typechecked, lambda method: method
    try:
        import inflect
    finally:
        typeguard.typechecked = checked
    return inflect.engine()
