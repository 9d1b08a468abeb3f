"""The tab that judges a text: is it good or bad news, and which words say so."""

import json
import threading
from pathlib import Path

import gradio as gr

from shared.page import words
from shared.page.tab import Tab

from . import how, runs, view
from .request import TASK, Judgement

WORDS = words.beside(__file__)
IDEAS = ("praise", "slating", "mixed", "not")


def sentiment(request: Judgement) -> dict:
    """Judges whether an English text is good or bad news, as a film review would be. JSON: label (good, bad or unsure),
    probability of good, words [[word, what it adds to the logit of good]], sentences [[sentence, probability]], recipe.
    """
    found, made = next(result for result in runs.run(request, threading.Event()) if result[1])
    return {
        "label": runs.verdict(found["chance"]),
        "probability": found["chance"],
        "words": [[word, effect] for word, effect in found["pieces"] if effect is not None],
        "sentences": found["sentences"],
        "recipe": made,
    }


def build() -> gr.Blocks:
    default = Judgement.fields()["model"].default
    tab = Tab(runs.TAB, Judgement, runs.run, WORDS, concurrency_id="quick", example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls(scale=5):
                text = tab.widget("text", elem_classes="aigc-first")
                with gr.Row(elem_id=tab.id("ideas"), elem_classes="aigc-first"):
                    gr.Markdown(tab.t("ideas"))
                    examples = [(tab.link_button(f"example-{key}", f"idea_{key}"), key) for key in IDEAS]
                generate = tab.go("judge")
                tab.widget("model")
            with tab.result(scale=7):
                shown = view.component(recorded)
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
        events = tab.wire([shown])
        tab.starts(generate.click)
        tab.starts(tab.built["model"].input)
        for button, key in examples:
            written = button.click(
                None, None, text, js=f"() => {json.dumps(WORDS.pair(f'example_{key}')[0])}", **tab.quick
            )
            tab.starts(written.then)
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(sentiment, "text model")
    return tab.blocks
