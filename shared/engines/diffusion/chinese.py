"""A Chinese prompt in the words of a small model that reads English: 红色的马和房子 -> a red horse and a house.

The words are those of chinese.toml; what is in none of them is named, so that a page can say it before the click.
Words are found from the left, the longest first; of several things that a word may mean, the one is taken whose name it
is, else the one whose name has it and is the shortest.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".toml")
HAN = re.compile(r"[\u4e00-\u9fff]+")
COLOURS = {
    "red": "红 赤",
    "orange": "橙 橘",
    "yellow": "黄",
    "green": "绿",
    "blue": "蓝",
    "purple": "紫",
    "pink": "粉红 粉",
    "brown": "棕 褐 咖啡色",
}
AND = frozenset("和 与 跟 及 同 还有 以及 、".split())
FILLERS = frozenset("的 了 着 是 在 有 里 上 下 一 两 二 三 个 只 条 匹 头 辆 朵 座 棵 颗 张 位 架 艘 件 双 块".split())
FILLERS |= frozenset("幅 些 小 大 老 可爱 请 画 表情 图标 风格".split())
_COLOUR_WORDS = {
    word + end: colour
    for colour, words in COLOURS.items()
    for word in words.split()
    for end in ("", "色", "色的", "的")
}


def translated(prompt: str, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """-> the prompt with its Chinese in English, and the Chinese words that name nothing of `names`, each once."""
    strange: list[str] = []
    parts = re.split(f"({HAN.pattern}|、)", prompt)
    if len(parts) == 1:
        return prompt, strange
    words, most = _words(names)
    found: list[str] = [""]  # things, by AND
    for part in parts:
        if part != "、" and not HAN.fullmatch(part):
            found[-1] += f" {part.strip(' ，。,')}"
            continue
        for word in _cut(part, words, most):
            if word in AND:
                found.append("")
            elif word in FILLERS:
                continue
            elif word in words or word in _COLOUR_WORDS:
                found[-1] += f" {_COLOUR_WORDS.get(word) or words[word]}"
            elif word not in strange:
                strange.append(word)
    things = [" ".join(one.split()) for one in found if one.strip()]
    if len(things) > 1:
        things = [f"{'an' if one[0] in 'aeiou' else 'a'} {one}" for one in things]
    return " and ".join(things), strange


def _cut(text: str, words: dict[str, str], most: int) -> list[str]:
    """The words of a text, those that are unknown as long as they go on."""
    found, i, unknown = [], 0, ""
    while i < len(text):
        word = next((text[i : i + n] for n in range(most, 0, -1) if _is_word(text[i : i + n], words)), "")
        if word:
            found += [unknown, word] if unknown else [word]
            unknown, i = "", i + len(word)
        else:
            unknown, i = unknown + text[i], i + 1
    return [*found, unknown] if unknown else found


def _is_word(word: str, words: dict[str, str]) -> bool:
    return word in _COLOUR_WORDS or word in words or word in AND or word in FILLERS


@lru_cache(maxsize=4)
def _words(names: tuple[str, ...]) -> tuple[dict[str, str], int]:
    """-> {Chinese word: name}, and how long the longest is."""
    table = {name: words.split() for name, words in tomllib.loads(TABLE.read_text("utf-8")).items()}
    known = {name: table[name] for name in names if name in table}
    own = {words[0]: name for name, words in reversed(known.items())}
    candidates: dict[str, list[str]] = {}
    for name, (_, *others) in known.items():
        for word in others:
            candidates.setdefault(word, []).append(name)

    def fits(word: str, name: str) -> tuple[bool, int]:
        title = known[name][0]
        return word not in title, len(title)

    found = {word: min(several, key=lambda name: fits(word, name)) for word, several in candidates.items()} | own
    return found, max((len(word) for word in found), default=1)


def words_of_all() -> tuple[dict[str, str], int]:
    """{Chinese word: name} of all that the table has, and how long the longest is."""
    return _words(tuple(_titles()))


@lru_cache(maxsize=1)
def all_names() -> dict[str, list[str]]:
    """{a thing of one English word: all that it is called in Chinese}."""
    table = tomllib.loads(TABLE.read_text("utf-8")).items()
    return {name: words.split() for name, words in table if re.fullmatch("[a-z]+", name)}


def name_of(name: str) -> str:
    """What a thing is called in Chinese, or "" where CLDR has no word."""
    return _titles().get(name, "")


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    return {name: words.split()[0] for name, words in tomllib.loads(TABLE.read_text("utf-8")).items()}
