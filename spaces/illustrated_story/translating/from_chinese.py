"""A Chinese idea in English by the table of words: what it tells of is what the story is about, word for word.

    told("一只小狐狸在雪地里找到一把钥匙")    # ("a little fox finds a key in the snow", [])

Words are found from the left, the longest first. 的 behind a clause makes it one that says more of a noun (who wants to
fly), and where something happens goes to the end, as in English. What neither the table nor the picture vocabulary
knows is told.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from shared.core import hanzi
from shared.engines.diffusion import chinese
from shared.engines.translation import names

from .. import tables
from ..scenes import people
from .by_table import TABLE

GRAMMAR: dict[str, dict[str, str]] = {
    kind: {
        entry.strip().partition(" ")[0]: entry.strip().partition(" ")[2] for entry in re.split(r"[|\n]", lines) if entry
    }
    for kind, lines in tables.beside(__file__).items()
}
PLURAL = ("they", "we", "you", "i")
LATE = ("together", "every day", "at night", "for the first time")  # at the end
ABOUT = re.compile(r"^(?:请|写|讲|给我)*(?:一个)?(?:关于|讲|讲述)(.+?)的(?:小|童话|睡前)?故事[。！]?$")
AND, OF, IN = "和", "的", "在"


@dataclass(frozen=True)
class Part:
    kind: str  # noun, name, pronoun, count, verb, modal, adjective, adverb, where, joining, 的, 和, 在, no
    text: str = ""
    word: str = ""  # in Chinese


def told(idea: str) -> tuple[str, list[str]]:
    """-> English, and the Chinese words that were not known."""
    said, strange = [], []
    idea = ABOUT.sub(r"\1", hanzi.tidied(idea))
    for sentence in re.split(r"[。！？\n]+", idea):
        clauses, subject = [], ""
        for piece in filter(None, re.split(r"[，；：、“”‘’…\s]+", sentence)):
            parts = cut(piece)
            strange += [part.word for part in parts if part.kind == "no"]
            text, subject = _clause([part for part in parts if part.kind != "no"], subject)
            clauses.append(text.rstrip(","))
        if any(clauses):
            said.append(re.sub(r", (and|but|so|because|when)\b", r" \1", ", ".join(filter(None, clauses))))
    return ". ".join(said), list(dict.fromkeys(strange))


def things(idea: str) -> list[str]:
    """The English names of whom and what an idea names."""
    return list(dict.fromkeys(part.text for part in cut(hanzi.tidied(idea)) if part.kind in ("noun", "name")))


def cut(text: str) -> list[Part]:
    found: list[Part] = []
    at, words = 0, _words()
    while at < len(text):
        latin = re.match(r"[A-Za-z]+", text[at:])
        word = (
            latin[0] if latin else next((text[at : at + n] for n in range(6, 0, -1) if text[at : at + n] in words), "")
        )
        part = Part("name", word, word) if latin else words.get(word)
        if part is None:
            if found and found[-1].kind == "no":
                found[-1] = replace(found[-1], word=found[-1].word + text[at])
            else:
                found.append(Part("no", word=text[at]))
            at += 1
            continue
        if part.kind != "":
            found.append(part)
        at += len(word)
    return found


@cache
def _words() -> dict[str, Part]:
    """{Chinese word: what it is in English}; what stands first in the table wins."""
    found: dict[str, Part] = {}

    def add(word: str, kind: str, text: str) -> None:
        found.setdefault(word, Part(kind, text, word))

    for kind, entries in GRAMMAR.items():
        for word, text in entries.items():
            add(word, kind if kind != "nothing" else "", text)
    for word, name in names.IN_ENGLISH.items():
        add(word, "name", name)
    for english, word in TABLE["adjectives"].items():
        if english not in TABLE["adverbs"]:
            if found.get(word, Part("")).kind != "noun":  # 害怕黑暗的龙 is of a dragon, and of the dark
                add(word + OF, "adjective", english)
            add(word, "adjective", english)
    for english, entry in TABLE["nouns"].items():
        add(entry.partition("/")[0], "noun", english)
    for english, entry in TABLE["verbs"].items():
        add(entry.rstrip("+"), "verb", english)
    for english, entry in TABLE["phrasal"].items():
        if "…" not in entry and not english.startswith("be "):
            add(entry.rstrip("+"), "verb", english)
    known, _ = chinese.words_of_all()
    for word, name in known.items():
        if len(word) > 1 and re.fullmatch(r"[a-z ]+", name):
            add(word, "noun", name)
    return found


def _clause(parts: list[Part], subject: str) -> tuple[str, str]:
    """-> what is said, who does it: of the next clause, too, where that names nobody."""
    said: list[str] = []
    where: list[str] = []
    late: list[str] = []
    at, acted, who, free = 0, False, subject, False  # free: the next verb is an infinitive
    while at < len(parts):
        part = parts[at]
        if part.kind == IN:
            place, at = _noun_phrase(parts, at + 1, "the")
            if at < len(parts) and parts[at].kind == "where":
                place, at = f"{parts[at].text} {place}", at + 1
            else:
                place = f"{'at' if place.endswith('beach') else 'in'} {place}"
            where.append(place)
            continue
        if part.word == "给" and any(one.kind == "verb" for one in parts[at + 1 :]):  # tells stories to
            place, at = _noun_phrase(parts, at + 1, "a")
            where.append(f"to {place}")
            continue
        if (found := _noun_phrase(parts, at, "a")) and found[0]:
            text, at = found
            if not acted:
                who = text
            said.append(text)
            continue
        if part.kind in ("verb", "modal"):
            text = "be there" if part.text == "have" and not who else part.text
            text = "go" if text == "go to" and at + 1 < len(parts) and parts[at + 1].kind == "verb" else text
            said.append(text if free else "there is" if text == "be there" else _inflected(text, who))
            free = text == "go" or part.kind == "modal" and not part.text.endswith(("of", "with"))
            acted = True
        elif part.kind == "adverb" and part.text in LATE:
            late.append(part.text)
        elif part.kind in ("adverb", "joining"):
            said.append(part.text)
        elif part.kind == "adjective":
            said.append(part.text if acted or not who else f"{'are' if _several(who) else 'is'} {part.text}")
            acted = True
        elif part.kind == AND:
            said.append("and")
        at += 1
    return " ".join([*said, *where, *late]), who


def _noun_phrase(parts: list[Part], at: int, article: str) -> tuple[str, int]:
    """-> ("a little fox who wants to fly", the place behind it), or "" where none begins here."""
    start, count, ones = at, "", []
    if at < len(parts) and parts[at].kind == "count":
        count, at = parts[at].text, at + 1
    relative = _relative(parts, at)
    if relative:
        clause, _ = _clause(parts[at:relative], "he" if count in ("a", "") else "they")
        head, end = _noun_phrase(parts, relative + 1, article)
        if head:
            bare = re.sub(r"^(?:an?|the) ", "", head)
            return f"{_counted(count, bare, article)} who {clause}", end
    while at < len(parts) and parts[at].kind == "adjective":
        ones.append(parts[at].text)
        at += 1
    if at >= len(parts) or parts[at].kind not in ("noun", "name", "pronoun"):
        return "", start
    part, text = parts[at], " ".join([*ones, parts[at].text])
    at += 1
    while part.kind == "noun" and at < len(parts) and parts[at].kind == "noun":  # 森林动物
        text, at = f"{text} {parts[at].text}", at + 1
    if part.kind == "noun":
        text = _counted(count, text, article)
        if at < len(parts) and parts[at].kind == "name":  # 探险家亚历克斯
            text, at = f"{text} named {parts[at].text}", at + 1
    if at < len(parts) and parts[at].kind == OF:
        owned, end = _noun_phrase(parts, at + 1, "")
        if owned:
            owner = GRAMMAR["owners"].get(part.word) if part.kind == "pronoun" else f"{text}'s"
            text, at = f"{'a dark' if part.text == 'dark' else owner} {owned}", end
    if at < len(parts) and parts[at].kind == AND:
        other, end = _noun_phrase(parts, at + 1, article)
        if other:
            text, at = f"{text} and {other}", end
    return text, at


def _relative(parts: list[Part], at: int) -> int:
    """Where the 的 of a clause stands that begins here; 0 where there is none."""
    for k in range(at, len(parts)):
        if (
            parts[k].kind == OF
            and parts[k - 1].kind != "pronoun"
            and any(part.kind in ("verb", "modal") for part in parts[at:k])
        ):
            return k if not any(part.kind in ("noun", "name", "pronoun") for part in parts[at : at + 1]) else 0
        if parts[k].kind == "count" and k > at and not any(part.kind in ("verb", "modal") for part in parts[at:k]):
            return 0
    return 0


def _counted(count: str, text: str, article: str) -> str:
    noun = text.split()[-1]
    if count not in ("", "a"):
        return f"{count} {_plural(text) if count not in ('this', 'that', 'every', 'another') else text}"
    if noun in GRAMMAR["whole"]:
        return f"the {text}" if GRAMMAR["whole"][noun] == "the" else text
    if noun in people.KIN:
        return text
    if article == "the" and not count:
        return f"the {text}"
    if not article and not count:
        return text
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"


def _plural(text: str) -> str:
    from lemminflect import getInflection

    before, _, noun = text.rpartition(" ")
    return f"{before} {(getInflection(noun, 'NNS') or (noun + 's',))[0]}".strip()


def _several(who: str) -> bool:
    if not who:
        return False
    return who.lower() in PLURAL or " and " in who or who.split()[0] in GRAMMAR["several"]


def _inflected(text: str, who: str) -> str:
    """ "want to" -> "wants to", for one who does it."""
    from lemminflect import getInflection

    verb, _, more = text.partition(" ")
    if verb == "be":
        said = "are" if _several(who) else "is"
    elif verb in ("can", "will", "must", "is", "does") or _several(who):
        said = verb
    else:
        said = (getInflection(verb, "VBZ") or (verb + "s",))[0]
    return f"{said} {more}".strip()
