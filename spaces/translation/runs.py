"""What a click does: a text is translated sentence by sentence, by the chosen model, then by the others, and back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared import recipe
from shared.core import loaders, registry

if TYPE_CHECKING:
    from shared.engines.translation.translate import Sentence, Word

from .request import TASKS, Translation

TAB = "translation"
LIBRARIES = ("torch", "numpy", "sentencepiece", "transformers")
UNSURE = 0.25  # a word with a smaller chance than this is marked


def run(asked: Translation, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while models load and after each sentence, then (view, its recipe), and once more with what
    the other bundled models of this direction write and what it is when it is translated back."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    from shared.engines.translation import translate

    start, found = time.monotonic(), {"message": "", "sentences": [], "others": [], "back": []}
    with loaders.use(asked.model) as loaded:
        found |= {"title": loaded.spec.title, "message": loaded.notice}
        found |= {"source": loaded.model.source, "target": loaded.model.target}
        lines = translate.lines(asked.text)
        total = sum(map(len, lines))
        for line, sentences in enumerate(lines):
            for sentence in sentences:
                if stop.is_set():
                    return
                made = shown(translate.translate(loaded.model, sentence, asked.beams)) | {"line": line}
                found = found | {"sentences": [*found["sentences"], made]}
                if len(found["sentences"]) < total:
                    yield found, None
        seconds = time.monotonic() - start
        record = recipe.make(TAB, loaded, asked.settings(), written(found), seconds, libraries=LIBRARIES)
    yield found, record
    for row in registry.SPECS:
        same = row.task == registry.spec(asked.model).task
        if row.task in TASKS and row.bundled and row.name != asked.model and not stop.is_set():
            with loaders.use(row.name) as other:
                text = asked.text if same else joined(found)
                said = [row.title, as_text(translate.lines(text), other.model)]
            key = "others" if same else "back"
            found = found | {key: [*found[key], said]}
            yield found, record


def shown(sentence: Sentence) -> dict[str, Any]:
    """A sentence as the view draws it."""
    return {
        "text": sentence.text,
        "words": [[word.text, word.space, word.named, n in sentence.unknown] for n, word in enumerate(sentence.words)],
        "inside": sentence.inside,
        "beams": [
            {
                "text": beam.text,
                "worth": round(beam.worth, 4),
                "words": [beam_word(word) for word in beam.words],
                "across": beam.across,
            }
            for beam in sentence.beams
        ],
    }


def beam_word(word: Word) -> list[Any]:
    return [word.text, word.space, word.named, round(word.chance, 4), [[a, round(b, 4)] for a, b in word.others]]


def joined(found: dict[str, Any]) -> str:
    """The translation as a text: its lines are those of the source."""
    lines: dict[int, list[str]] = {}
    for sentence in found["sentences"]:
        lines.setdefault(sentence["line"], []).append(sentence["beams"][0]["text"])
    last = max(lines, default=-1)
    between = "" if found["target"] == "zh" else " "
    return "\n".join(between.join(lines.get(i, [])) for i in range(last + 1))


def as_text(lines: list[list[str]], model: Any) -> str:
    """The likeliest translation of each sentence."""
    from shared.engines.translation import translate

    between = "" if model.target == "zh" else " "
    return "\n".join(between.join(translate.plain(model, one) for one in line) for line in lines)


def written(found: dict[str, Any]) -> list[str]:
    """What is hashed: each beam, and how likely it is."""
    return [f"{beam['text']} {beam['worth']:.3f}" for sentence in found["sentences"] for beam in sentence["beams"]]
