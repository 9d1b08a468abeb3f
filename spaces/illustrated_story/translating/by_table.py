"""Sentences of a story in Chinese by a table of words and a few rules, as machines translated before they learned to.

    translated("One day, the fox found a key in the snow.")     # "有一天，狐狸在雪里找到了一把钥匙。"

A sentence is cut into clauses, and each is put in the Chinese order: when, who, how and where, what is done, to whom.
What the table lacks stays English. by_table.toml has the words.
"""

import itertools
import re
from dataclasses import dataclass, field, replace

from shared.engines.diffusion import chinese
from shared.engines.translation import names

from .. import tables
from ..writing.phrases import Word, is_alive, tagged

TABLES = tables.beside(__file__)
GRAMMAR: dict[str, dict[str, str]] = TABLES["grammar"]


def _entries(lines: str) -> dict[str, str]:
    """ "fox 狐狸/只|dog 狗/只" -> {"fox": "狐狸/只", "dog": "狗/只"}"""
    pairs = (entry.strip().rpartition(" ") for entry in re.split(r"[|\n]", lines) if entry.strip())
    return {english: chinese for english, _, chinese in pairs}


TABLE = {kind: _entries(lines) for kind, lines in TABLES.items() if isinstance(lines, str)}
MARKS = {",": "，", ".": "。", "!": "！", "?": "？", ";": "；", ":": "："}
SPLITS = ("CJS", "CJT", "PNQ", "DTQ")  # tags of what begins a clause
SHORT = {"'re": " are", "'m": " am", "'ll": " will", "'ve": " have", "let's": "let us"}
SHORT |= {f"{word}'s": f"{word} is" for word in ("it", "he", "she", "that", "what", "there", "where", "who", "here")}
LONGEST = 7  # words of a phrase in the table
STRESS = ("非常", "这么", "太", "真", "有点")
OTHERWISE = {"要": "去", "继续": "上+"}  # where a place or thing follows: is going to the park, goes on the boat
SPEAK = frozenset(GRAMMAR["lists"]["speak"].split())


@dataclass
class Clause:
    joining: str = ""
    closing: str = ""  # what stands behind a clause instead: …的时候
    whens: list[str] = field(default_factory=list)
    subject: str = ""
    how: list[str] = field(default_factory=list)  # adverbs
    where: list[str] = field(default_factory=list)  # what stands before the verb: 在公园里
    helped: str = ""  # 能, 不, 没有
    verb: str = ""
    goal: str = ""  # what stands directly behind it: 到海边
    rest: list[str] = field(default_factory=list)
    asks: bool = False

    def said(self) -> str:
        parts = [
            self.joining,
            *self.whens,
            self.subject,
            *self.how,
            self.helped,
            *self.where,
            self.verb,
            self.goal,
            *self.rest,
        ]
        parts.append(self.closing)
        return "".join(parts) + "吗" * (
            self.asks and not any(word in "".join(parts) for word in ("什么", "哪", "谁", "怎么"))
        )


def translated(sentence: str) -> str:
    """One sentence, or some, in Chinese."""
    return told(sentence)[0]


def told(sentence: str) -> tuple[str, list[str]]:
    """-> the Chinese, and the English words that the table lacks, each once."""
    strange: list[str] = []
    said, inside = "", False
    for part in re.split(r"([\"“”])", sentence):
        if part in ('"', "“", "”"):
            said, inside = said + "“”"[inside], not inside
        elif part.strip():
            said += _phrase(part.strip(), strange)
    said = said + "”" * inside
    said = re.sub(rf"({'|'.join(sorted(SPEAK, key=len, reverse=True))})[，：]?“", r"\1：“", said)
    said = re.sub("，+([，。！？；：”])", r"\1", re.sub("^[，。]+|(?<=“)[，。]+", "", said))
    return said if re.search("[。！？：”]$", said) else said.rstrip("，") + "。", list(dict.fromkeys(strange))


def title(text: str) -> str:
    """ "The Robot Who Wanted to Fly" -> 想飞的机器人."""
    words = [word if word in names.IN_CHINESE else word.lower() for word in text.split()]
    who, mark, does = " ".join(words).partition(" who ")
    there = translated(who).rstrip("。")
    return f"{translated(does).rstrip('。')}的{there}" if mark else there


def _phrase(text: str, strange: list[str]) -> str:
    """What stands between two quotation marks."""
    text = text.replace("’", "'")
    for short, long in SHORT.items():
        text = re.sub(rf"\b{short}\b" if short[0] != "'" else rf"{short}\b", long, text, flags=re.IGNORECASE)
    begun = text[:1] if text[:1] in MARKS else ""
    text, said = text.lstrip(",.!?;: "), MARKS.get(begun, "")
    parts = re.split(r"([,.!?;:…—]+)", text)
    for at in range(0, len(parts), 2):
        piece, mark = parts[at].strip(), parts[at + 1][0] if at + 1 < len(parts) else ""
        if piece:
            said += _piece(piece, mark == "?", strange) + MARKS.get(mark, "，" * bool(mark))
    return said


def _piece(text: str, asks: bool, strange: list[str]) -> str:
    """What stands between two marks."""
    if whole := TABLE["sayings"].get(text.lower()):
        return whole
    words = tagged(text)
    made = [_clause(part, asks, strange) for part in _clauses(words)]
    for before, clause in itertools.pairwise(list(made)):
        if clause.joining == "如果" and before.verb.rstrip("了") in ("问", "想知道"):
            clause.joining = "是不是"
        if clause.closing and not before.closing:  # when he saw it stands first
            at = made.index(clause)
            made[at - 1 : at + 1] = [clause, before]
            clause.joining, before.joining = before.joining, ""
    return "，".join(filter(None, (clause.said() for clause in made)))


def _clauses(words: list[Word]) -> list[list[Word]]:
    """Cut before what joins a clause that has a verb of its own."""
    found: list[list[Word]] = [[]]
    for at, word in enumerate(words):
        behind, now = words[at + 1 :], found[-1]
        joins = word.tag in SPLITS and now and not (word.tag == "DTQ" and word.low != "which")
        if word.tag == "CJC" and any(_acts(one) for one in now) and (word.low != "and" or _goes_on(behind)):
            joins = True
        joins = joins or word.tag == "AVQ" and word.low == "when" and bool(now)
        if joins and (any(map(_acts, behind)) or word.tag in ("CJS", "AVQ") and behind and behind[0].tag == "VVG"):
            found.append([])
        found[-1].append(word)
    return found


def _goes_on(words: list[Word]) -> bool:
    """Whether what follows "and" is another clause, and no other thing or property."""
    if words and (_acts(words[0]) or words[0].tag in ("AV0", "XX0")):
        return True
    rest = next((at for at, word in enumerate(words) if word.tag in ("CJC", *SPLITS)), len(words))
    return any(_acts(word) for word in words[:rest])


def _acts(word: Word) -> bool:
    return word.tag[:2] in ("VV", "VB", "VH", "VD", "VM") and word.tag not in ("VVG", "VVN", "VBG")


def _clause(words: list[Word], asks: bool, strange: list[str]) -> Clause:
    made, at, acted, negated, helped, being, did = Clause(asks=asks), 0, False, False, "", False, False
    open_said = words and words[0].tag[0] == "V" and words[0].base in GRAMMAR["say"]
    while at < len(words):
        word = words[at]
        if (found := _whole(words, at)) is not None:
            lasts = found[0] in GRAMMAR["lists"]["while"].split()
            (made.whens if not acted else made.rest if lasts else made.how).append(found[0])
            at = found[1]
            continue
        if at == 0 and word.low in GRAMMAR["closing"] and len(words) > 1 and any(one.tag[0] == "V" for one in words):
            made.closing, at = GRAMMAR["closing"][word.low], 1
            if words[1].tag == "VVG":
                words = [word, replace(words[1], tag="VVB"), *words[2:]]
        elif at == 0 and word.low == "so" and len(words) > 2:
            made.joining, at = "所以", 1
        elif (
            word.low == "a"
            and at + 2 < len(words)
            and words[at + 1].low == "little"
            and words[at + 2].tag == "AJ0"
            and not _noun_follows(words, at + 1)
        ):
            made.how.append("有点")
            at += 2
        elif word.low == "too" and at + 1 == len(words):
            made.how.append("也")
            at += 1
        elif (
            not acted
            and at == 0
            and word.tag in ("CJC", "CJS", "CJT", "PNQ", "DTQ", "AVQ")
            and (word.low in GRAMMAR["joining"])
        ):
            made.joining = GRAMMAR["joining"][word.low]
            if word.tag in ("PNQ", "DTQ") and len(words) > 1 and asks:
                made.joining = GRAMMAR["asking"].get(word.low, "")
            at += 1
        elif word.tag == "XX0":
            negated, at = True, at + 1
        elif (
            word.tag == "VM0"
            or word.tag[:2] == "VD"
            and any(one.tag in ("VVI", "VHI", "VBI") for one in words[at + 1 :])
        ):
            helped, did, at = GRAMMAR["modals"].get(word.low, ""), word.low == "did", at + 1
        elif word.tag == "EX0":
            at += 1
            while at < len(words) and (words[at].tag[:2] == "VB" or words[at].tag == "AV0" or words[at].tag == "XX0"):
                negated, at = negated or words[at].tag == "XX0", at + 1
            made.verb, acted = ("没有" if negated else "有"), True
        elif word.tag[:2] == "VH" and at + 1 < len(words) and words[at + 1].tag in ("VVN", "VBN") or word.tag == "TO0":
            at += 1
        elif not (being and word.tag in ("VVG", "VVN")) and (verb := _verb(words, at, acted, strange)) is not None:
            text, past, takes, base, end = verb
            if not made.verb:
                made.helped, made.verb = _verbed(text, past, takes or did, negated, helped, base)
                being = base == "be"
                acted, negated, helped, at = True, False, "", end
            else:  # wants to find, likes playing
                rest = _clause(words[at:], False, strange)
                made.rest.append(rest.said())
                break
        elif (np := _noun_phrase(words, at, strange)) is not None:
            text, end = np
            if acted and end < len(words) and _acts(words[end]) and not open_said:  # he thought he could ...
                made.rest.append(_clause(words[at:], False, strange).said())
                break
            if not acted and not open_said:
                made.subject += text
            elif open_said and not made.subject and made.verb:
                made.subject = text
            elif being and made.verb == "是" and asks and not made.subject:
                made.subject = text
            else:
                made.rest.append(text)
            at = end
        elif (
            word.tag in ("PRP", "PRF") or word.tag == "AVP" and at + 1 < len(words) and _noun_phrase(words, at + 1, [])
        ):
            at = _prepositional(made, words, at, acted, strange)
        elif word.tag in ("AJ0", "AJC", "AJS", "VVN", "ORD") or word.tag == "VVG" and being:
            at = _property(made, words, at, being, negated, strange)
            negated = False
        elif word.tag in ("AV0", "AVP", "AVQ", "DT0", "CRD"):
            text = TABLE["adverbs"].get(word.low) or GRAMMAR["asking"].get(word.low)
            text = text or _of_content(word, strange)
            (made.rest if acted and word.low in GRAMMAR["lists"]["behind"].split() else made.how).append(text)
            at += 1
        elif word.tag == "CJC":
            (made.rest if acted else made.how).append(
                "和" if word.low == "and" else GRAMMAR["joining"].get(word.low, "")
            )
            at += 1
        elif word.tag == "ITJ" or word.low in TABLE["sayings"]:
            (made.rest if acted else made.how).append(TABLE["sayings"].get(word.low, ""))
            at += 1
        else:
            (made.rest if acted else made.how).append(_of_content(word, strange))
            at += 1
    if "…" in made.verb:
        _around(made)
    if being and made.verb == "是" and not made.rest and (made.where or made.how):
        made.verb = ""
    return made


def _around(made: Clause) -> None:
    """和…玩 + 她的狗 -> 和她的狗玩; 给…看 + 球, 到朋友 -> 给朋友看球."""
    if made.goal.startswith("到") and made.rest:
        inner, made.goal = made.goal[1:], ""
    else:
        inner = made.rest.pop(0) if made.rest else "它"
    made.verb = made.verb.replace("…", inner)


def _whole(words: list[Word], at: int) -> tuple[str, int] | None:
    """A phrase of the table that begins here -> its Chinese, the place behind it."""
    for n in range(min(LONGEST, len(words) - at), 1, -1):
        if found := TABLE["phrases"].get(" ".join(word.low for word in words[at : at + n])):
            return found, at + n
    return None


def _verb(words: list[Word], at: int, acted: bool, strange: list[str]) -> tuple[str, bool, bool, str, int] | None:
    """-> Chinese, whether it is past, whether it takes 了, base, the place behind it."""
    word = words[at]
    if (
        word.tag[0] != "V"
        or word.tag == "VM0"
        or word.tag == "VVN"
        and not acted
        and at
        and words[at - 1].tag in ("AT0", "DPS")
    ):
        return None
    past = word.tag in ("VVD", "VHD", "VDD", "VBD")
    for n in range(min(5, len(words) - at), 1, -1):
        found = TABLE["phrasal"].get(" ".join([word.base, *(one.low for one in words[at + 1 : at + n])]))
        if found and n > 1 and found.rstrip("了+") in GRAMMAR["lists"]["whither"].split():
            if at + n < len(words) and words[at + n].tag in ("VVI", "VBI", "VHI"):
                continue  # came to help
        if found:
            if found in OTHERWISE and _noun_phrase(words, at + n, []):
                found = OTHERWISE[found]
            return found.rstrip("+"), past, found.endswith("+"), word.base.replace("be", ""), at + n
    found = TABLE["verbs"].get(word.base)
    if found is None:
        if word.tag[:2] != "VV" or word.tag == "VVN":
            return None
        found = _of_content(word, strange)
    return found.rstrip("+"), past, found.endswith("+"), word.base, at + 1


def _verbed(text: str, past: bool, takes: bool, negated: bool, helped: str, base: str) -> tuple[str, str]:
    """-> what stands before what goes before the verb, the verb."""
    if negated and base == "have" and not helped:
        return "", "没有"
    if negated:
        never = text in GRAMMAR["lists"]["lasting"].split()
        return f"不{helped}" if helped else "没有" if takes and not never else "不", text
    return helped, text + "了" * (past and takes and not helped)


def _prepositional(made: Clause, words: list[Word], at: int, acted: bool, strange: list[str]) -> int:
    word = words[at]
    two = f"{word.low} {words[at + 1].low}" if at + 1 < len(words) else ""
    pair = GRAMMAR["before"].get(two) or GRAMMAR["before"].get(word.low)
    begin = at + 2 if two in GRAMMAR["before"] else at + 1
    np = _noun_phrase(words, begin, strange)
    if np is None:
        if begin < len(words) and words[begin].tag == "VVG":  # without asking, like drawing
            if word.low == "like":
                pair = "比如…"
            made.rest.append(
                "，" * acted + (pair or "…").partition("…")[0] + _clause(words[begin:], False, strange).said()
            )
            return len(words)
        text = TABLE["adverbs"].get(word.low, "")
        (made.rest if acted else made.how).append(text)
        return at + 1
    text, end = np
    if word.low in GRAMMAR["behind"]:
        made.goal += GRAMMAR["behind"][word.low].replace("…", text)
    elif made.verb in GRAMMAR["lists"]["put"].split() and made.rest and word.low in ("in", "on", "under", "at"):
        made.where.append("把" + made.rest.pop(0))
        made.verb, made.goal = made.verb.rstrip("了"), (pair or "").replace("…", text)
    elif word.low == "with" and made.rest and not made.verb.startswith("玩") and not is_alive(words[end - 1].text):
        made.rest.append(f"，有{text}")  # a room with many toys
    elif pair:
        there = re.sub("(上|里)(上|里|里面)$", r"\1", pair.replace("…", text))
        if acted and made.verb in ("有", "没有") and not made.subject:
            made.whens.append(there)
        else:
            made.where.append(there)
    else:
        made.where.append(_strange(word, strange) + text)
    return end


def _property(made: Clause, words: list[Word], at: int, being: bool, negated: bool, strange: list[str]) -> int:
    """Behind be, feel and the like: very happy."""
    word = words[at]
    text = _of_content(word, strange)
    if word.tag == "VVG":
        rest = _clause([replace(word, tag="VVI"), *words[at + 1 :]], False, strange)
        made.verb, made.rest = "", [*made.rest, ("没有" if negated else "") + "在" * (not rest.where) + rest.said()]
        return len(words)
    stressed = bool(made.how) and made.how[-1] in STRESS
    degree = made.how.pop() if stressed and being else "" if negated else "很"
    if being:
        made.verb = ""
    and_too = at + 2 < len(words) and words[at + 1].low == "and" and words[at + 2].tag == "AJ0"
    if and_too and not _noun_follows(words, at + 2):
        made.rest.append(
            ("不" if negated else "") + "".join(f"又{_of_content(one, strange)}" for one in (word, words[at + 2]))
        )
        return at + 3
    if made.asks or being and not made.subject:  # be careful
        degree = ""
    first = not any(one.startswith(("很", *STRESS, "不")) for one in made.rest)
    made.rest.append(("不" if negated else "") + degree * first + text)
    return at + 1


def _noun_phrase(words: list[Word], at: int, strange: list[str]) -> tuple[str, int] | None:
    """-> its Chinese, the place behind it; None where none begins here."""
    start, before, ones, nouns, counted = at, "", [], [], ""
    for n in (3, 2):
        if found := GRAMMAR["determiners"].get(" ".join(word.low for word in words[at : at + n])):
            before, at = found, at + n
            break
    while at < len(words):
        word = words[at]
        if word.tag == "PNP" or word.tag in ("PNX", "PNI"):
            if nouns or before or ones:
                break
            text = GRAMMAR["pronouns"].get(word.low) or _of_content(word, strange)
            return _joined(text, words, at + 1, strange)
        if word.tag in ("AT0", "DT0", "CRD", "DPS") and not nouns:
            text = GRAMMAR["determiners"].get(word.low)
            if word.low in ("both", "all") and at and words[at - 1].tag[:2] == "VB":
                return None
            if text is None or word.tag == "DT0" and not _noun_follows(words, at + 1):
                if word.low in GRAMMAR["pronouns"]:
                    return _joined(GRAMMAR["pronouns"][word.low], words, at + 1, strange)
                break
            before, counted = before + text.replace("#", ""), counted or ("#" if "#" in text else "")
        elif (
            (word.tag in ("AJ0", "AJC", "AJS", "ORD", "VVN", "VVG") or word.low in ("best", "better"))
            and not nouns
            and _noun_follows(words, at + 1)
        ):
            text = _of_content(word, strange)
            ones.append(text if len(text) == 1 or text.endswith("的") else text + "的")
        elif word.tag == "AV0" and ones == [] and word.low in ("very", "so", "really") and _noun_follows(words, at + 1):
            pass
        elif word.tag[:2] in ("NN", "NP") or word.tag == "AJ0" and at > start and word.low in TABLE["nouns"]:
            nouns.append(word)
        elif word.tag == "POS" and nouns:
            owner = before + "".join(ones) + "".join(_of_noun(one, strange) for one in nouns) + "的"
            inner = _noun_phrase(words, at + 1, strange)
            return (owner + inner[0], inner[1]) if inner else (owner, at + 1)
        else:
            break
        at += 1
    if not nouns:
        return None
    if counted:
        before += _measure(nouns[-1])
    if at + 1 < len(words) and words[at].low in ("named", "called") and words[at + 1].tag[:2] in ("NP", "NN"):
        before, at = f"{before}名叫{_of_noun(words[at + 1], strange)}的", at + 2
    text = before + "".join(ones) + "".join(_of_noun(one, strange) for one in nouns)
    if at < len(words) and words[at].tag == "PRF" and (inner := _noun_phrase(words, at + 1, strange)):
        text, at = (f"{before}{inner[0]}" if nouns[-1].base in GRAMMAR["measures"] else f"{inner[0]}的{text}"), inner[1]
    return _joined(text, words, at, strange) if at > start else None


def _joined(text: str, words: list[Word], at: int, strange: list[str]) -> tuple[str, int]:
    """With what "and" adds to it, where that is another thing."""
    if at < len(words) and words[at].tag == "CJC" and words[at].low == "and":
        if (other := _noun_phrase(words, at + 1, strange)) and not (
            other[1] < len(words) and _acts(words[other[1]]) and any(map(_acts, words[:at]))
        ):
            return f"{text}和{other[0]}", other[1]
    return text, at


def _noun_follows(words: list[Word], at: int) -> bool:
    for word in words[at:]:
        if word.tag[:2] in ("NN", "NP"):
            return True
        if word.tag not in ("AJ0", "AJC", "AJS", "ORD", "CRD", "VVN", "DPS", "AT0", "AV0"):
            return False
    return False


def _of_noun(word: Word, strange: list[str]) -> str:
    if word.text in names.IN_CHINESE:
        return names.IN_CHINESE[word.text]
    found = TABLE["nouns"].get(word.base) or TABLE["nouns"].get(word.low) or chinese.name_of(word.base)
    if found:
        return found.partition("/")[0]
    if word.tag == "NP0" and word.text[0].isupper():
        return word.text
    return _of_content(word, strange)


def _measure(word: Word) -> str:
    text, mark, measure = TABLE["nouns"].get(word.base, "").partition("/")
    return measure if mark else "个"


def _of_content(word: Word, strange: list[str]) -> str:
    from lemminflect import getLemma

    for table in ("adjectives", "nouns", "adverbs", "verbs"):
        said = TABLE[table]
        if found := said.get(word.low) or said.get(word.base) or said.get(getLemma(word.low, "VERB")[0]):
            return found.partition("/")[0].rstrip("+")
    for grammar in ("pronouns", "asking", "determiners"):
        if word.low in GRAMMAR[grammar]:
            return GRAMMAR[grammar][word.low].replace("#", "个")
    return _strange(word, strange)


def _strange(word: Word, strange: list[str]) -> str:
    if not word.text[0].isupper() and not word.text.isdigit():
        strange.append(word.low)
    return word.text
