"""What a model can draw: the vocabulary of the bundled one, what a prompt asks of it, and styles to choose from.

A small model was shown a few hundred things by name. It draws something for any text, but only what it has seen is
worth looking at, and a visitor is better told before the click.
"""

import difflib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shared.core import registry
from shared.core.settings import settings
from shared.engines.diffusion import chinese

MOST_SUGGESTED = 6
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
FILLERS = frozenset(
    "a an the and or with of in on at by to for from some one two three my your his her its their this that is are it "
    "very little small big large old young happy cute picture drawing painting image emoji icon style please "
    "draw".split()
)
PRESETS = {  # for models that were shown everything: what is written behind the prompt
    "photo": "photograph, natural light, sharp focus",
    "watercolour": "watercolour painting, soft washes, paper texture",
    "oil painting": "oil painting, thick brush strokes",
    "pencil": "pencil drawing, fine hatching, white paper",
    "children's book": "children's book illustration, gentle colours, simple shapes",
    "comic": "comic book panel, bold ink lines, flat colours",
    "pixel art": "pixel art, 16-bit, limited palette",
    "clay": "clay figures, stop motion, studio light",
}


def known(model: str) -> dict:
    """styles, names, colours: lists; keywords: {name: [words]}; more: the same of names it was shown seldom.

    All are empty for a model that was shown everything.
    """
    file = _file(model)
    return _read(*file) if file else _empty()


def _file(model: str) -> tuple[Path, int] | None:
    """The vocabulary of a model that has one, and when it was written."""
    folder = settings().local.get(model) or registry.WEIGHTS / str(model)
    file = Path(folder) / "vocabulary.json"
    return (file, file.stat().st_mtime_ns) if "/" not in str(model) and file.is_file() else None


def _empty() -> dict:
    return {"styles": [], "names": [], "colours": [], "keywords": {}, "more": {}}


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int) -> dict:
    return _empty() | json.loads(file.read_text("utf-8"))


def styles(model: str) -> list[str]:
    return known(model)["styles"] or list(PRESETS)


def prompted(prompt: str, style: str, model: str) -> str:
    """The prompt as the model gets it: in words it was trained with, or with a preset's words behind it."""
    if not known(model)["styles"]:
        return ", ".join(filter(None, [prompt, PRESETS[style] if style else ""]))
    prompt = simplified(english(prompt, model)[0], model)
    return " of ".join(filter(None, [f"{style} emoji", prompt])) if style else prompt


def english(prompt: str, model: str) -> tuple[str, list[str]]:
    """-> the prompt with its Chinese in the words of a small model, and the Chinese words that name nothing of it."""
    vocabulary = known(model)
    if not vocabulary["names"] or not chinese.HAN.search(prompt):
        return prompt, []
    return chinese.translated(prompt, (*vocabulary["names"], *vocabulary["more"]))


@dataclass(frozen=True)
class Heard:
    """What a small model makes of the words of a prompt, each once, in their order."""

    knows: tuple[str, ...] = ()
    little: tuple[str, ...] = ()  # of things that it was shown seldom
    strange: tuple[str, ...] = ()  # never shown
    instead: tuple[str, ...] = ()  # things that it can draw, for the strange ones


def heard(prompt: str, model: str) -> Heard:
    """Nothing of a model that was shown everything."""
    vocabulary = known(model)
    if not vocabulary["names"]:
        return Heard()
    told, strange = english(prompt, model)
    knows, little = [], []
    often, seldom = _seen(model), _seen(model, "more")
    for word in dict.fromkeys(WORD.findall(told.lower())):
        if word not in FILLERS:
            place = next(
                (where for where, seen in ((knows, often), (little, seldom)) if forms(word) & seen.keys()), strange
            )
            place.append(word)
    instead = dict.fromkeys(name for word in strange for name in _like(word, vocabulary))
    return Heard(tuple(knows), tuple(little), tuple(strange), tuple(instead)[:MOST_SUGGESTED])


def judged(prompt: str, model: str) -> str:
    """A sentence about the words that this model has never seen, or ""."""
    strange = heard(prompt, model).strange
    if not strange:
        return ""
    named = " and ".join(f"“{word}”" for word in strange[:3]) + (" and others" if len(strange) > 3 else "")
    return f"This small model has never seen {named}; it knows {len(known(model)['names'])} things by name."


def simplified(prompt: str, model: str) -> str:
    """A prompt with each word as the model was shown it: "two cats" -> "two cat" where it knows cat and not cats."""
    seen = _seen(model, "more") | _seen(model)

    def shown(match: re.Match) -> str:
        word = match.group().lower()
        if word in seen.values() or word in FILLERS:
            return match.group()
        return next((seen[form] for form in forms(word) if form in seen), match.group())

    return WORD.sub(shown, prompt) if seen else prompt


def _seen(model: str, part: str = "keywords") -> dict[str, str]:
    """{a word in its simplest form: the word} of names, keywords, styles and colours; part "more": of what is rare."""
    file = _file(model)
    return _simplest(*file, part) if file else {}


@lru_cache(maxsize=8)
def _simplest(file: Path, changed: int, part: str) -> dict[str, str]:
    vocabulary = _read(file, changed)
    texts = [word for words in vocabulary[part].values() for word in words]
    texts += (
        vocabulary["more"] if part == "more" else [*vocabulary["names"], *vocabulary["styles"], *vocabulary["colours"]]
    )
    simplest: dict[str, str] = {}
    for word in (word for text in texts for word in WORD.findall(text.lower())):
        simplest[word] = word
        simplest.setdefault(_singular(word), word)
    return simplest


def forms(word: str) -> set[str]:
    """A word, without the ending of a plural, and each part of it where it is joined by a hyphen or written with 's."""
    word = re.sub("['’]s$", "", word)
    return {word, _singular(word)} | ({"".join(word.split("-"))} if "-" in word else set())


def _singular(word: str) -> str:
    """Simple English plurals: cats, foxes, cherries, wolves, mice; words that only look like one stay as they are."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    for ending, instead in (("ies", "y"), ("ves", "f"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("sses", "ss")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") else word


IRREGULAR = {
    "mice": "mouse",
    "geese": "goose",
    "men": "man",
    "women": "woman",
    "children": "child",
    "teeth": "tooth",
    "feet": "foot",
    "people": "person",
    "knives": "knife",
    "leaves": "leaf",
    "tomatoes": "tomato",
    "potatoes": "potato",
}


def _like(word: str, vocabulary: dict) -> list[str]:
    """Names that look like a word or have it in a keyword, the nearest first."""
    names = vocabulary["names"]
    by_word = {part: name for name in reversed(names) for part in name.lower().split()}
    near = [by_word[close] for close in difflib.get_close_matches(_singular(word), by_word, 3, 0.75)]
    stem = word[: max(4, len(word) - 2)]
    related = [
        name
        for name in names
        if any(keyword.startswith(stem) for keyword in vocabulary["keywords"].get(name, ())) and word
    ]
    return [*near, *related[:3]]
