"""What a picture shows, for those who cannot see it, in the languages of its book."""

import re
from functools import lru_cache

from shared.engines.diffusion.chinese import name_of

from ..book import Book, Page
from ..scenes.places import PLACES, TIMES
from . import by_table

CALLED = re.compile(r"([A-Z]\w*) the (.+)")  # "Lily the girl" is 女孩莉莉: the name comes last


def told(book: Book, page: Page) -> str:
    """In English, in Chinese or in both; what the table of words lacks stays English alone."""
    english = page.alt or page.prompt
    chinese = _in_chinese(english) if book.language != "english" else ""
    return " ".join(filter(None, [english if book.language == "both" or not chinese else "", chinese]))


@lru_cache(maxsize=512)
def _in_chinese(english: str) -> str:
    """ "Lily the girl and a red ball in the park at night." -> 夜里，女孩莉莉和一个红球在公园里。"""
    rest, ends = english.rstrip("."), []
    for rows in (TIMES, PLACES):  # as illustrate.alt_of says them, the time last
        found = next((one for one in rows.values() if rest.endswith(f" {one.phrase}")), None)
        rest = rest.removesuffix(f" {found.phrase}") if found else rest
        ends.append(found.chinese if found else "")
    things = [_thing(one) for one in re.split(", | and ", rest)]
    if not all(things):
        return ""
    time, place = ends
    listed = "和".join(filter(None, ["、".join(things[:-1]), things[-1]]))
    return f"{time}{'，' * bool(time)}{listed}{place}。"


def _thing(english: str) -> str:
    """ "a hot air balloon" -> 一个热气球; "" where a word is lacking."""
    words = english.split()
    runs = (" ".join(words[at : at + n]) for n in range(len(words), 1, -1) for at in range(len(words) - n + 1))
    name, title = next(
        ((run, found) for run in runs if (found := name_of(run) or name_of(run.removesuffix("s")))), ("", "")
    )
    plain = english.replace(name, "thing") if name else english  # a name of several words, as the vocabulary has it
    said, strange = by_table.told(CALLED.sub(r"the \2 \1", plain))
    return "" if strange else said.rstrip("。").replace("东西", title or "东西")
