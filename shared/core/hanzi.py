"""Chinese as the models of this suite write it: simplified characters, and punctuation as wide as they are."""

import re
from functools import cache
from typing import Any

HAN = r"\u3400-\u9fff\U00020000-\U0003134f"
WIDE = str.maketrans(
    {"!": "！", "?": "？", ",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "﹐": "，", "－": "-"}
)
WIDE |= str.maketrans({"「": "“", "」": "”", "『": "‘", "』": "’", "％": "%", "＂": '"', "\u200b": "", "\u3000": " "})
# The tables of OpenCC leave these as they are.
ALSO = (
    ("甚么", "什么"),
    ("什幺", "什么"),
    ("怎幺", "怎么"),
    ("那幺", "那么"),
    ("这幺", "这么"),
    ("妳", "你"),
    ("牠", "它"),
)


def is_chinese(text: str) -> bool:
    """Whether a character of it is a Chinese one."""
    return bool(re.search(f"[{HAN}]", text))


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, by OpenCC's table from Taiwan, which also tells 著 from 着."""
    text = _opencc().convert(text)
    for one, other in ALSO:
        text = text.replace(one, other)
    return text


def tidied(text: str) -> str:
    """Simplified, with wide punctuation and no spaces between Chinese characters."""
    text = simplified(text).translate(WIDE)
    parts = text.split('"')
    if len(parts) % 2:
        text = "".join(part + "“”"[i % 2] for i, part in enumerate(parts[:-1])) + parts[-1]
    text = re.sub(f"(?<=[{HAN}”])\\.(?!\\d)", "。", text)
    # Western numbers keep the narrow marks inside them: 1,000 and 6:30.
    text = re.sub(r"(?<=\d)[，：](?=\d)", lambda mark: {"，": ",", "：": ":"}[mark[0]], text)
    return re.sub(rf"\s*([{HAN}，。！？；：“”…、])\s*", r"\1", text).strip()


@cache
def _opencc() -> Any:
    from opencc import OpenCC  # half a megabyte of tables, read in 50 ms

    return OpenCC("tw2s")
