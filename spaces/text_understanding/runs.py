"""What a click does: a model judges a text, its words, its sentences, and what is left without the strongest words."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from shared import recipe
from shared.core import loaders, registry

if TYPE_CHECKING:
    from shared.models.sentiment import Reading

from .request import LEXRANK, TASK, Judgement, Summary

TAB = "text_understanding"
UNSURE = 0.6  # a verdict below this chance is none
MOST_REMOVED = 20  # words
MOST_SENTENCES = 120
SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]?\w)|\n+")


def run(asked: Judgement | Summary, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """What is asked for; see `judge` and `sum_up`."""
    return sum_up(asked, stop) if isinstance(asked, Summary) else judge(asked, stop)


def sum_up(asked: Summary, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while a model loads, then (view, its recipe)."""
    from shared.engines.text import summary

    start, model = time.monotonic(), {"model": LEXRANK, "source": "code"}
    parts = summary.sentences(asked.text)
    if asked.summarizer == LEXRANK:
        places = summary.chosen(parts, asked.sentences)
        between = "" if re.search("[\u4e00-\u9fff]", asked.text) else " "
        said, title = between.join(parts[i] for i in places), "LexRank"
    else:
        yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.summarizer, stop=stop))
        if stop.is_set():
            return
        with loaders.use(asked.summarizer) as loaded:
            said, places, model = loaded.model.summary(asked.text, asked.sentences), [], recipe.facts(loaded)
            title = loaded.spec.title
    made = recipe.make(TAB, model, asked.settings(), said, time.monotonic() - start)
    yield {"summary": said, "of": parts, "places": places, "title": title, "message": ""}, made


def judge(asked: Judgement, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while models load, then (view, its recipe) with what the chosen model finds, and once more
    with what the other bundled models say of the whole text."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    start = time.monotonic()
    with loaders.use(asked.model) as loaded:
        found = judged(loaded.model, asked.text)
        made = recipe.make(TAB, loaded, asked.settings(), written(found), time.monotonic() - start)
    found |= {"title": loaded.spec.title, "others": [], "message": ""}
    yield found, made
    for row in registry.SPECS:
        if row.task == TASK and row.bundled and row.name != asked.model and not stop.is_set():
            with loaders.use(row.name) as other:
                (chance,) = chances(other.model.judge([asked.text]).tolist())
            found = found | {"others": [*found["others"], [row.title, chance]]}
            yield found, made


def judged(model: Any, text: str) -> dict[str, Any]:
    """{chance of good, pieces: [text, effect or None], rest, order of removal, removed: chance without the first n,
    sentences: [text, chance], unread: characters at the end that the model did not reach}."""
    reading = model.read(text)
    toward = 1 if reading.logit > 0 else -1
    order = sorted(range(len(reading.words)), key=lambda i: -toward * reading.effects[i])
    order = [i for i in order if toward * reading.effects[i] > 0][:MOST_REMOVED]
    shorter = [without(text, reading, set(order[:n])) for n in range(1, len(order) + 1)]
    sentences = [part for part in (part.strip() for part in SENTENCE.split(text)) if part][:MOST_SENTENCES]
    found = chances(model.judge([*shorter, *sentences]).tolist())
    removed, arc = found[: len(shorter)], found[len(shorter) :]
    return {
        "chance": chances([reading.logit])[0],
        "pieces": pieces(text, reading),
        "rest": round(reading.rest, 4),
        "order": order,
        "removed": removed,
        "sentences": [list(pair) for pair in zip(sentences, arc, strict=True)],
        "unread": len(text) - reading.end,
    }


def chances(logits: Iterable[float]) -> list[float]:
    """Of good, from its logits."""
    return [round(0.5 + 0.5 * math.tanh(logit / 2), 4) for logit in logits]


def pieces(text: str, reading: Reading) -> list[list]:
    """The whole text in pieces: [word, its effect] and [what stands between two words, None]."""
    found, at = [], 0
    for (begin, end), effect in zip(reading.words, reading.effects, strict=True):
        if begin > at:
            found.append([text[at:begin], None])
        found.append([text[begin:end], round(effect, 4)])
        at = end
    return [*found, [text[at:], None]] if at < len(text) else found


def without(text: str, reading: Reading, removed: set[int]) -> str:
    """The text without those words, counted from 0."""
    kept, at = [], 0
    for i in sorted(removed):
        begin, end = reading.words[i]
        kept.append(text[at:begin])
        at = end
    return "".join([*kept, text[at:]])


def written(found: dict[str, Any]) -> list[str]:
    """What is hashed: each number as it is shown."""
    effects = [f"{word} {effect}" for word, effect in found["pieces"] if effect is not None]
    return [f"{found['chance']}", *effects, *(f"{chance}" for _, chance in found["sentences"])]


def verdict(chance: float) -> str:
    """ "good", "bad", or "unsure" below UNSURE."""
    return "unsure" if max(chance, 1 - chance) < UNSURE else "good" if chance > 0.5 else "bad"
