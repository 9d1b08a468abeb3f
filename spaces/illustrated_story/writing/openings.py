"""An idea becomes an opening that a small story model can go on from: "a fox who is afraid of the dark" ->
"Once upon a time, there was a fox who was afraid of the dark."

Stories are told in the past, and small models know nothing else. What is an opening already stays word for word.
"""

import re
from dataclasses import replace

from ..scenes import lexicon, people
from . import phrases
from .phrases import FINITE, HELPERS, MODALS, PAST, Word, are_several, article, head_of, is_alive, tagged

ASKED = re.compile(
    r"^(?:please\s+)?(?:(?:can|could) you\s+)?(?:write|tell|make|create|give)\s+(?:me\s+|us\s+)?(?:an?|the|some)?\s*"
    r"(?:(?:short|little|nice|bedtime|children's|funny|fairy)\s+)*(?:story|tale|book|stories|picture book)\s+"
    r"(?:about|of|on|where|in which)\s+|^(?:an?|the)?\s*(?:short |little |bedtime )?(?:story|tale|book)\s+"
    r"(?:about|of)\s+|^(?:(?:tell (?:me|us) )?about|what if|imagine(?: that)?|there (?:is|are))\s+",
    re.IGNORECASE,
)
BEGUN = re.compile(
    r"^(?:once|one (?:day|morning|night|evening|sunny|rainy)|long ago|a long time ago|there (?:was|were|lived|once)|"
    r"in an?\b"
    r"|in the|it was|on an?\b|far away|deep in|when\b|every)",
    re.IGNORECASE,
)
GRANDCHILD = "Lily"
ASKING = frozenset("how why what where when who".split())
RELATIVE = frozenset("who that which whose where when".split())
TIMES = frozenset("day night morning evening birthday time end beginning christmas winter summer".split())
# What went on for long: such a story begins once upon a time.
LASTING = frozenset("be have love like want live can hate fear dream wish know own need hope will would could".split())
ONLY_ONE = frozenset("moon sun sea ocean sky world earth wind rain snow king queen".split())  # they keep their "the"
UNCOUNTED = frozenset("rain snow wind water magic music money fire gold".split())


def opening_of(idea: str) -> str:
    """How the story begins. The idea itself, where it begins a story; other scripts than Latin stay as they are."""
    idea = idea.strip()
    if is_opening(idea):
        return idea
    asked = ASKED.sub("", " ".join(idea.split())).strip().strip('.!?,;: "“”')
    words = tagged(re.sub(r"^let['’]?s\b|^let us\b", "we", asked, flags=re.IGNORECASE))
    if not words:
        return idea
    words[-1] = replace(words[-1], mark="")
    if (verb := _main_verb(words)) is not None:  # "Tom goes to the moon", "a cat and a dog build a boat"
        who, happens = _with_articles(words[:verb], "the"), in_the_past(words[verb:], are_several(words[:verb]))
        begun = "Once upon a time" if words[verb].base in LASTING or words[verb].tag == "VM0" else "One day"
        return f"{begun}, {_said(who)} {happens}."
    return _of_a_phrase(words)


def _of_a_phrase(words: list[Word]) -> str:
    """The opening for an idea without a verb of its own: who or what the story is about."""
    first, said = words[0], _said(words)
    relative = _relative(words)
    who, more = words[:relative], _clause(words[relative:], are_several(words[:relative]))
    asks = first.low in ASKING and len(words) > 2 and words[1].tag[:2] in ("VB", "VD", "VH", "VM")
    if asks:  # "Why is the sky blue?"
        return f'One day, {GRANDCHILD} asked, "{first.text.capitalize()} {_said(words[1:])}?"'
    if first.low in ("how", "why") and len(words) > 2:
        return f"This is the story of {_lower(first)} {in_the_past(words[1:], are_several(words[1:3]))}."
    if first.tag[:2] == "VV" and first.tag in ("VVB", "VVI") and len(words) > 1 and not first.noun:
        return f"This is a story about how to {_lower(first)} {_said(words[1:])}."
    head = head_of(who)
    if head and head.low in TIMES and not is_alive(who[0].text):
        return f"It was {_said(who)}{more}."
    if owned := _owned(words):
        return owned if head is None or head.low not in TIMES else f"It was {said}."
    if head and head.low in TIMES and who[-1] is head:
        return f"It was {said}."
    if first.tag == "NP0" and first.text[0].isupper() and (told := _of_somebody(who, more)):
        return told
    if first.low in ("my", "our"):
        return f"Once upon a time, {'I' if first.low == 'my' else 'we'} had {article(_said(who[1:]))}{more}."
    if head is None or not _tangible(who, head):
        return f"This is a story about {said}."
    several = are_several(who) and (first.low not in ("a", "an", "the") or head.tag == "NN2")
    return f"Once upon a time, there {'were' if several else 'was'} {_said(_with_articles(who, 'a'))}{more}."


def _of_somebody(who: list[Word], more: str) -> str:
    """Of an idea that begins with a name; "" where it is nothing but a name in front of other things."""
    name, joined = who[0].text, next((at for at, one in enumerate(who) if one.low == "and"), None)
    if len(who) == 1 and more:  # "Mia, who ..." or "Tim who can fly"
        return f"Once upon a time, there was a child named {name}{more}."
    if joined is None:
        apart = len(who) == 1 or who[1].low in ("the", "a", "an")
        return (
            f"Once upon a time, there was {_said(who)}{more}." if apart else f"This is the story of {_said(who)}{more}."
        )
    other = head_of(who[joined + 1 :])
    somebody = other is not None and (other.tag == "NP0" or is_alive(other.text))
    if joined > 1 or not somebody:  # "Tom and the giant pumpkin"
        if somebody:
            return f"This is the story of {_said(who)}{more}."
        return f"One day, {_said(who[:joined])} saw {_said(_with_articles(who[joined + 1 :], 'a'))}{more}."
    return f"Once upon a time, there were two friends, {_said(who)}{more}."


def _owned(words: list[Word]) -> str:
    """ "The cook's lost hat" -> "One day, a cook lost his hat."; "Mia's kite" -> "... Mia had a kite.".

    Grandma is somebody's: small models know her with a grandchild only, and alone she would talk to herself.
    """
    at = next((at for at, word in enumerate(words[:4]) if word.tag == "POS"), None)
    if at is None or at + 1 == len(words) or not _tangible(words[:at], words[at - 1]):
        return ""
    who, what = words[:at], words[at + 1 :]
    owner = _said(who if who[-1].low in people.KIN | people.NAMES else _with_articles(who, "a"))
    if what[0].low in ("lost", "missing") and what[1:]:
        if who[-1].low in people.KIN:
            owner = f"{GRANDCHILD}'s {owner.lower()}"
        return f"One day, {owner} lost {_their(who[-1].low)} {_said(what[1:])}."
    return f"Once upon a time, {owner} had {_said(_with_articles(what, 'a'))}."


def _their(owner: str) -> str:
    if owner in people.NAMES:
        return "her" if owner in people.GIRLS else "his" if owner in people.BOYS else "their"
    return {"she": "her", "he": "his"}.get(people.gender(lexicon.found_in(owner, "")), "its")


def is_opening(idea: str) -> bool:
    """Whether a text begins a story already: a whole sentence in the past, several, or the first words of one."""
    text = idea.strip()
    letters = [one for one in text if one.isalpha()]
    if not letters or sum(one < "\u0250" for one in letters) < len(letters) / 2:
        return True  # of another script nothing is known here
    if ASKED.search(text):
        return False
    if BEGUN.search(text) or "\n" in text or len(re.findall(r"[.!?]+(?:\s|$)", text)) > 1:
        return True
    words = tagged(text)
    verb = _main_verb(words)
    return verb is not None and (words[verb].tag in PAST or words[verb].low in MODALS.values()) and len(words) > 3


def _relative(words: list[Word]) -> int:
    """Where a clause begins that says more of a noun; the end where there is none."""
    return next((at for at, word in enumerate(words) if at and word.low in RELATIVE), len(words))


def _main_verb(words: list[Word]) -> int | None:
    """Where the finite verb of the whole idea is; None for a phrase without one."""
    if not words or words[0].low in ("how", "why"):
        return None
    noun = next((at for at, word in enumerate(words) if word.noun or word.tag.startswith("PN")), None)
    for at, word in enumerate(words[: _relative(words)]):
        if noun is None or at <= noun or words[0].low in ("the", "a") and _a_time(words, at):
            continue
        before, behind = words[at - 1], words[at + 1 : at + 2]
        if word.low in ("named", "called") and behind and behind[0].tag == "NP0":  # "a boy named Tom"
            continue
        if word.tag in FINITE or word.tag in ("VVI", "VBI", "VHI", "VDI") and (before.noun or before.tag == "AV0"):
            return at
    return None


def _a_time(words: list[Word], at: int) -> bool:
    """ "The day the sun forgot to rise": its verb is not that of the day."""
    return any(word.low in TIMES for word in words[: min(at, 3)]) and sum(word.noun for word in words[:at]) > 1


def in_the_past(words: list[Word], plural: bool) -> str:
    """What happens, as it happened: every verb that is finite, and no infinitive, becomes past."""
    done, finite = [], True
    for at, word in enumerate(words):
        before = words[at - 1] if at else None
        if word.low in RELATIVE or word.tag in ("PNP", "CJS") or word.low == "but":
            finite = True
            plural = word.low in ("they", "we", "you") if word.tag == "PNP" else plural
        verb = word.tag[0] == "V" and word.tag[2] in "ZBI0" and word.tag != "VM0"
        helper = next((one for one in reversed(words[:at]) if one.tag not in ("AV0", "XX0")), None)  # "would rather go"
        if before and before.tag == "TO0" or helper and helper.tag in HELPERS and verb:
            finite = False
        if word.tag == "VM0" and word.low in MODALS:
            done.append(MODALS[word.low] + word.mark)
        elif (
            verb
            and word.tag[2] in "ZB"
            and (finite or word.tag[2] == "Z")
            or verb
            and finite
            and (before is None or before.tag in ("CJC", "AV0", "PNP") or before.noun or before.low in RELATIVE)
        ):
            done.append(phrases.past(word.base, plural) + word.mark)
            finite = True
        elif word.tag == "POS":
            done[-1] += word.text
        else:
            done.append(word.text + word.mark)
    return " ".join(done)


def _clause(words: list[Word], plural: bool) -> str:
    return f" {in_the_past(words, plural)}" if words else ""


def _tangible(words: list[Word], head: Word) -> bool:
    """Whether it is about somebody or something, rather than "friendship" or "being brave"."""
    if words[0].tag in ("AT0", "DPS", "CRD", "DT0") or head.tag in ("NP0", "NN2"):
        return True
    return bool(lexicon.found_in(head.text, ""))


def _with_articles(words: list[Word], definite: str) -> list[Word]:
    """ "little dragon" -> "a little dragon"; definite "a": "the fox" -> "a fox", too; names and plurals stay."""
    parts, start = [], 0
    nearer = next((at for at, word in enumerate(words) if word.tag in ("PRP", "PRF")), len(words))
    for at in range(len(words) + 1):
        if at == len(words) or words[at].tag == "CJC" and at < nearer:
            parts += [*_with_article(words[start:at], definite, not parts), *words[at : at + 1]]
            start = at + 1
    return parts


def _with_article(part: list[Word], definite: str, first: bool) -> list[Word]:
    if not part:
        return part
    head, word = head_of(part), part[0]
    if word.low == "the" and definite == "a" and len(part) > 1 and part[1].low not in ONLY_ONE:
        part = part[1:]
    elif word.tag not in ("NN1", "AJ0", "NN0", "VVN", "VVG") or head is None or not first and word.tag != "AJ0":
        return part
    if (
        head is None
        or head.tag in ("NN2", "NP0")
        or head.low in UNCOUNTED
        or part[0].tag in ("NP0", "CRD", "ORD")
        and part[0].text[0].isupper()
    ):
        return part
    said = article(part[0].low).split()[0]
    return [Word(said, "AT0", said), *part]


def _said(words: list[Word]) -> str:
    """As they stand within a sentence: the capital of its beginning goes, unless it is a name's."""
    texts: list[str] = []
    for at, word in enumerate(words):
        text = (_lower(word) if at == 0 or words[at - 1].tag == "AT0" else word.text) + word.mark
        if word.tag == "POS" and texts:
            texts[-1] += text
        else:
            texts.append(text)
    return " ".join(texts)


def _lower(word: Word) -> str:
    return word.text if word.tag == "NP0" or word.text == "I" or word.text[1:].lower() != word.text[1:] else word.low
