"""What a Chinese visitor finds on the page holds no English sentence but names, and what models write and read."""

import inspect
import re
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from shared.core import registry
from shared.evaluation import measured
from shared.page import sentences

VISITOR = SimpleNamespace(session_hash="zh", query_params={"lang": "zh"}, headers={}, cookies={}, request=None)
HAN = re.compile(r"[\u3400-\u9fff]")
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")  # two words of which the second is no name
WRITTEN = {  # by a model, or for one: the models of text read English
    "illustrated_story-idea",
    "illustrated_story-characters",
    "gpt2_text-prompt",
    "feedback-prompt",
    "text_to_image-prompt",
    "text_understanding-text",
    "translation-text",
}
TITLES = [row.title for row in registry.SPECS]
PAPERS = [row.paper for row in registry.SPECS if row.paper]


@pytest.fixture(autouse=True)
def in_chinese():
    token = LocalContext.request.set(VISITOR)
    yield
    LocalContext.request.reset(token)


def english(text: str) -> list[str]:
    """The lines of HTML or Markdown, cell by cell, that are English sentences."""
    text = re.sub(r"<(style|script).*?</\1>|\$\$.*?\$\$|\$.*?\$", " ", text, flags=re.S)
    for name in sorted([*TITLES, *PAPERS], key=len, reverse=True):
        text = text.replace(name, " ").replace(name.rstrip("."), " ")
    parts = re.split(r"<[^>]*>|\n| · |\||; ", text)
    return [part for part in parts if SENTENCE.search(part) and not HAN.search(part)]


def greeted(built) -> dict[int, object]:
    """Component -> what it shows once the page has been opened, where that is not its value."""
    found = {}
    for fn in built.fns.values():
        if fn.fn is None or fn.queue or not fn.outputs or not any(event == "load" for _, event in fn.targets):
            continue
        given = [getattr(one, "value", None) for one in fn.inputs]
        names = list(inspect.signature(fn.fn).parameters.values())
        place = next((i for i, one in enumerate(names) if one.annotation is gr.Request), None)
        if place is not None:
            given.insert(min(place, len(given)), VISITOR)
        shown = fn.fn(*given)
        for one, value in zip(fn.outputs, shown if len(fn.outputs) > 1 else [shown], strict=True):
            value = value.get("value") if isinstance(value, dict) and "__type__" in value else value
            if isinstance(value, str):
                found[one._id] = value
    return found


@pytest.mark.slow
def test_what_is_there_when_the_page_is_opened(built):
    now, left = greeted(built), []
    chinese = built.i18n_words.translations_dict["zh"]
    for block in built.blocks.values():
        if block.get_block_name() == "api":  # of an endpoint, for programs
            continue
        said = [getattr(block, name, None) for name in ("label", "info", "placeholder")]
        value = now.get(block._id, getattr(block, "value", None))
        if block.elem_id not in WRITTEN and not isinstance(value, dict):
            said.append(value)
        said += [choice[0] for choice in getattr(block, "choices", None) or []]
        for one in said:
            one = chinese[one.key] if hasattr(one, "key") else one
            left += [(block.elem_id, line) for line in english(one)] if isinstance(one, str) else []
    assert left == []


@pytest.mark.parametrize("name", [row.name for row in registry.SPECS])
def test_what_was_measured(name):
    row = registry.spec(name)
    facts = [measured.named(row)]
    facts += [measured.texts((name,))] if row.task == "text" else []
    facts += [measured.pictures(name)] if row.task == "text-to-image" else []
    facts += [measured.of_task(row.task, name, measured.SENTIMENT_COLUMNS)] if row.task == "sentiment" else []
    columns = measured.TRANSLATION_COLUMNS
    facts += [measured.of_task(row.task, name, columns)] if row.task.startswith("translate-") else []
    assert english(sentences.facts("\n".join(facts))) == []
    assert "许可" in sentences.facts(facts[0])
