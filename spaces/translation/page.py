"""The tab that translates: a text, its translation beside it, and where the network looked."""

import json

import gradio as gr

from shared.core import brakes, registry
from shared.page import words
from shared.page.tab import Tab

from . import how, runs, view
from .request import TASKS, Translation

WORDS = words.beside(__file__)
IDEAS = ("english", "chinese", "question", "story")


def translate(request: Translation) -> tuple[str, dict]:
    """Translates an English text into Chinese, or a Chinese one into English -> the translation, its recipe."""
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    return runs.joined(found), made


def turned() -> str:
    """JavaScript (text, model) -> the model, or where it reads the other language the one that goes with the text."""
    pairs = [[[row.name for row in registry.SPECS if row.task == task] for task in TASKS]]
    (into_chinese, into_english), *_ = pairs
    return f"""(text, model) => {{
        const english = {json.dumps(into_chinese)}, chinese = {json.dumps(into_english)};
        const reads = /[\\u3400-\\u9fff]/.test(text) ? chinese : english;
        if (!text.trim() || reads.includes(model)) return model;
        const partner = model.replace(/en-zh|zh-en/, reads === chinese ? "zh-en" : "en-zh");
        return reads.includes(partner) ? partner : reads[0];
    }}"""


def build() -> gr.Blocks:
    default = Translation.fields()["model"].default
    tab = Tab(runs.TAB, Translation, runs.run, WORDS, concurrency_id="quick", example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page():
        with tab.row():
            with tab.controls(scale=4):
                text = tab.widget("text", elem_classes="aigc-first")
                with gr.Row(elem_id=tab.id("ideas"), elem_classes=["aigc-first", "aigc-ideas"]):
                    gr.Markdown(tab.t("ideas"))
                    examples = [(tab.link_button(f"example-{key}", f"idea_{key}"), key) for key in IDEAS]
                generate = tab.go("translate")
                model = tab.widget("model")
                with tab.more():
                    tab.widget("beams")
            with tab.result(scale=8):
                shown = view.component(recorded)
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
        events = tab.wire([shown])
        text.change(None, [text, model], model, js=turned(), **tab.live)
        tab.starts(generate.click)
        for button, key in examples:
            sentence = json.dumps(WORDS.pair(f"example_{key}")[0])
            chosen = f"(text, model) => [{sentence}, ({turned()})({sentence}, model)]"
            written = button.click(None, [text, model], [text, model], js=chosen, **tab.quick)
            tab.starts(written.then)
        tab.shows(events)
        tab.warm(TASKS[0])
        tab.endpoint(translate, "text model beams")
    return tab.blocks
