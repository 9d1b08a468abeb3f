"""An idea becomes an opening that a small story model can go on from: "a fox who is afraid of the dark" ->
"Once upon a time, there was a fox who was afraid of the dark."

Stories are told in the past, and small models know nothing else. What is an opening already stays word for word.
"""

import re

from .. import tables
from ..scenes import lexicon, people
from ..scenes.lexicon import words_of
from ..tables import listed

TABLES = tables.beside(__file__)
IRREGULAR: dict[str, str] = TABLES["past"]
REGULAR, NOUNS, LASTING = (frozenset(listed(TABLES["verbs"][key])) for key in ("regular", "nouns", "lasting"))
DETERMINED, RELATIVE, ONLY_ONE, PLURALS = (
    frozenset(listed(TABLES["words"][key])) for key in ("determined", "relative", "only_one", "plurals")
)
CLAUSE = frozenset({*IRREGULAR.values(), *"was were had did could would".split()})  # finite already
ASKED = re.compile(
    r"^(?:please\s+)?(?:(?:can|could) you\s+)?(?:write|tell|make|create|give)\s+(?:me\s+|us\s+)?(?:an?|the|some)?\s*"
    r"(?:(?:short|little|nice|bedtime|children's|funny|fairy)\s+)*(?:story|tale|book|stories|picture book)\s+"
    r"(?:about|of|on|where|in which)\s+|^(?:an?|the)?\s*(?:short |little |bedtime )?(?:story|tale|book)\s+"
    r"(?:about|of)\s+",
    re.IGNORECASE,
)
BEGUN = re.compile(
    r"^(?:once|one (?:day|morning|night|evening|sunny|rainy)|long ago|a long time ago|there (?:was|were|lived|once)|"
    r"in an?\b"
    r"|in the|it was|on an?\b|far away|deep in|when\b|every)",
    re.IGNORECASE,
)
GRANDCHILD = "Lily"


def opening_of(idea: str) -> str:
    """How the story begins. The idea itself, where it begins a story; other scripts than Latin stay as they are."""
    idea = idea.strip()
    if is_opening(idea):
        return idea
    bare = ASKED.sub("", " ".join(idea.split())).strip().rstrip(".!,;: ")
    tokens = bare.split()
    if not tokens:
        return idea
    plural = _plural(tokens)
    verb = _verb(tokens)
    relative = next((at for at, token in enumerate(tokens) if token.lower() in RELATIVE and at), len(tokens))
    if verb is not None and verb < relative:  # "Tom goes to the moon", "a cat and a dog build a boat"
        who, happens = tokens[:verb], _past(tokens[verb:], plural)
        who = who if who[0].lower() == "the" or who[0][0].isupper() and not _known(who[0]) else _article(who)
        begun = "Once upon a time" if happens[0] in LASTING else "One day"
        return f"{begun}, {_lower_first(' '.join([*who, *happens]))}."
    tokens = [*tokens[:relative], *_past(tokens[relative:], plural)]
    name = tokens[0]
    if name.lower() in people.KIN and tokens[1:2] == ["and"] and not _somebody(tokens[2:]):  # "Mom and the magic hat"
        return f"One day, {name.capitalize()} saw {' '.join(_article(tokens[2:]))}."
    if name[:1].isupper() and name.lower() in people.NAMES:
        rest = " ".join(tokens)
        if relative < len(tokens) and relative == 1:  # "Mia, who ..." or "Tim who can fly"
            return f"Once upon a time, there was a child named {rest}."
        if tokens[1:2] == ["and"] and not _somebody(tokens[2:]):  # "Tom and the giant pumpkin"
            return f"One day, {name} saw {' '.join(_article(tokens[2:]))}."
        if tokens[1:2] in (["the"], ["and"], []):  # "Ben the robot", "Mia and the dragon"
            return f"Once upon a time, there {'were two friends,' if 'and' in tokens else 'was'} {rest}."
        return f"This is the story of {rest}."
    if _head(tokens) in ("day", "night", "morning", "evening", "birthday", "time", "end", "beginning"):
        return f"It was {_lower_first(' '.join(tokens))}."
    if not _thing(tokens):
        return f"This is a story about {_lower_first(' '.join(tokens))}."
    if owned := _owned(tokens):
        return owned
    if tokens[0].lower() in ("my", "our"):
        return f"Once upon a time, {'I' if tokens[0].lower() == 'my' else 'we'} had a {' '.join(tokens[1:])}."
    tokens = _article(tokens)
    for at in range(len(tokens) - 2, 0, -1):
        if tokens[at - 1 : at + 1] == ["and", "the"] and tokens[at + 1] not in ONLY_ONE:
            tokens = [*tokens[:at], *_article(tokens[at:])]
    be = "were" if plural and tokens[0].lower() not in ("a", "an", "the") else "was"
    return f"Once upon a time, there {be} {_lower_first(' '.join(tokens))}."


def _owned(tokens: list[str]) -> str:
    """ "The cook's lost hat" -> "One day, a cook lost his hat."; "Mia's kite" -> "... Mia had a kite.".

    Grandma is somebody's: small models know her with a grandchild only, and alone she would talk to herself.
    """
    at = next((at for at, token in enumerate(tokens[:3]) if re.search("\\w['’]s$", token)), None)
    if at is None or at + 1 == len(tokens) or not _thing([*tokens[:at], tokens[at][:-2]]):
        return ""
    who, what = [*tokens[:at], tokens[at][:-2]], tokens[at + 1 :]
    owner = _lower_first(" ".join(who if who[-1].lower() in people.KIN else _article(who)))
    if what[0].lower() in ("lost", "missing") and what[1:]:
        if owner in people.KIN:
            owner = f"{GRANDCHILD}'s {owner}"
        return f"One day, {owner} lost {_their(who[-1].lower())} {' '.join(what[1:])}."
    return f"Once upon a time, {owner} had {' '.join(_article(what))}."


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
    tokens = [token.lower() for token in text.split()]
    relative = next((at for at, token in enumerate(tokens) if token in RELATIVE and at), len(tokens))
    past = [token for at, token in enumerate(tokens[:relative]) if at and _finite(token) and tokens[at - 1] not in
            ("a", "an", "the")]  # fmt: skip  # "a lost bear" tells nothing yet
    return bool(past) and len(tokens) > 3


def _finite(word: str) -> bool:
    word = word.strip(".,!?;:")
    return word in CLAUSE - {"read", "put", "set", "hurt", "let"} or (
        word.endswith("ed") and any(word in (verb + "ed", verb + "d", verb[:-1] + "ied") for verb in REGULAR)
    )


def _base(word: str) -> str:
    """ "goes" -> "go", "tries" -> "try", "wants" -> "want"; "" for what is no known verb."""
    word = word.lower().strip(".,!?;:").replace("’", "'")
    for form in (word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)):
        if form in IRREGULAR or form in REGULAR:
            return form
    return ""


def _verb(tokens: list[str]) -> int | None:
    """Where the finite verb of the whole idea is; None for a noun phrase."""
    for at, token in enumerate(tokens[1:], 1):
        before = tokens[at - 1].lower()
        if token.lower() in RELATIVE:
            return None
        base = _base(token)
        noun = token.lower() in NOUNS and at == len(tokens) - 1
        named = token.lower() == base and tokens[at + 1 : at + 2] == ["that"]  # "the little train that could not stop"
        if base and before not in DETERMINED and before != "to" and not noun and not named:
            return at
    return None


def _past(tokens: list[str], plural: bool) -> list[str]:
    """Verbs that are finite become past: the first, and those joined to it by "and" or "but"; not after "to"."""
    tense, expected = [], True
    for at, token in enumerate(tokens):
        low = token.lower()
        tail = token[len(token.rstrip(".,!?;:")) :]
        base = _base(token)
        before = tokens[at - 1].lower() if at else ""
        joins = low in RELATIVE or low in ("and", "but", "because", "when", "he", "she", "it", "they")
        if low == "not" and tense and tense[-1] in ("could not", "did not"):
            continue
        if base and expected and before not in DETERMINED and before != "to":
            done = IRREGULAR.get(low.rstrip(".,!?;:").replace("’", "'")) or IRREGULAR.get(base) or _ed(base)
            tense.append(done + tail)
            expected = False
            helping = base in ("can", "cannot", "can't", "does", "do", "don't", "doesn't", "will", "won't", "must")
            expected = False if helping else expected
        else:
            tense.append(token)
            expected = joins or (expected and low in ("never", "always", "also", "really", "only", "still", "once"))
        if plural and tense[-1] == "was" and low == "are":
            tense[-1] = "were"
    return tense


def _ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    if verb in ("stop", "travel", "plan", "hop", "dig", "chat"):
        return {"dig": "dug", "travel": "travelled"}.get(verb, verb + verb[-1] + "ed")
    return verb + "ed"


def _plural(tokens: list[str]) -> bool:
    head = _head(tokens)
    return (
        tokens[0].lower() in ("two", "three", "four", "five", "six", "seven", "some", "many")
        or head in PLURALS
        or (head.endswith("s") and not head.endswith(("ss", "us", "is")) and tokens[0].lower() not in ("a", "an"))
    )


def _head(tokens: list[str]) -> str:
    """The noun that a phrase is about, roughly: the last word before what says more of it."""
    for at, token in enumerate(tokens):
        low = token.lower().strip(",")
        if at and (low in RELATIVE or low in ("and", "in", "on", "at", "with", "of", "from", "under", "who's", "named",
                                              "called", "to", "for", "without", "trying", "going")):  # fmt: skip
            return tokens[at - 1].lower().strip(",.!?")
    return tokens[-1].lower().strip(",.!?")


def _thing(tokens: list[str]) -> bool:
    """Whether it is about somebody or something, rather than "friendship" or "being brave"."""
    if tokens[0].lower() in DETERMINED or tokens[0].lower() in people.NAMES:
        return True
    head = _head(tokens)
    return bool(lexicon.found_in(head, "")) or any(
        lexicon.found_in(token, "") for token in words_of(" ".join(tokens[:4]))
    )


def _somebody(tokens: list[str]) -> bool:
    """ "the dragon", "Lily", "her dog": somebody who can be a friend."""
    head = _head(tokens) if tokens else ""
    return head in people.NAMES | people.KIN or lexicon.found_in(head, "") in lexicon.ANIMATE


def _article(tokens: list[str]) -> list[str]:
    """ "little dragon" -> "a little dragon"; "The fox" -> "a fox" where a story begins; names and plurals stay."""
    first = tokens[0].lower()
    if first == "the" and len(tokens) > 1:
        tokens = tokens[1:]
        first = tokens[0].lower()
        if _plural(tokens):
            return tokens
    elif first in DETERMINED or _plural(tokens):
        return tokens
    if tokens[0][:1].isupper() and first in people.NAMES:
        return tokens
    return ["an" if first[0] in "aeiou" else "a", *tokens]


def _known(word: str) -> bool:
    """Whether it is a word, and no name, although a sentence begins with it."""
    return word.lower() in DETERMINED or _thing([word]) or bool(_base(word))


def _lower_first(text: str) -> str:
    """Without the capital of a sentence's beginning; names and "I" keep theirs."""
    first = text.split()[0] if text else ""
    if first.lower() in people.NAMES or first == "I" or first[1:].lower() != first[1:]:
        return text
    return text[:1].lower() + text[1:] if _known(first) else text
