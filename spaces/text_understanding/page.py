"""The tab that judges a text, is it good or bad news and which words say so, and sums it up."""

import json
from functools import partial

import gradio as gr

from shared.core import brakes, registry
from shared.page import words
from shared.page.tab import Tab
from shared.page.widgets import model_title

from . import how, runs, view
from .request import LEXRANK, REQUESTS, SUMMARY, TASK, Judgement, Summary

WORDS = words.beside(__file__)
IDEAS = ("praise", "slating", "mixed", "not")


def sentiment(request: Judgement) -> dict:
    """Judges whether an English text is good or bad news, as a film review would be. JSON: label (good, bad or unsure),
    probability of good, words [[word, what it adds to the logit of good]], sentences [[sentence, probability]], recipe.
    """
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    return {
        "label": runs.verdict(found["chance"]),
        "probability": found["chance"],
        "words": [[word, effect] for word, effect in found["pieces"] if effect is not None],
        "sentences": found["sentences"],
        "recipe": made,
    }


def summarize(request: Summary) -> tuple[str, dict]:
    """Sums a text up: by its own most central sentences (lexrank, any language), or by a model of the Hub that writes
    new ones (English; mt5-xlsum Chinese, too) -> the summary, its recipe."""
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    return found["summary"], made


def build() -> gr.Blocks:
    default = Judgement.fields()["model"].default
    tab = Tab(runs.TAB, REQUESTS, runs.run, WORDS, concurrency_id="quick", example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page():
        with tab.row():
            with tab.controls(scale=5):
                text = tab.widget("text", elem_classes="aigc-first")
                with gr.Row(elem_id=tab.id("ideas"), elem_classes=["aigc-first", "aigc-ideas"]):
                    gr.Markdown(tab.t("ideas"))
                    examples = [(tab.link_button(f"example-{key}", f"idea_{key}"), key) for key in IDEAS]
                generate = tab.go("judge")
                tab.widget("model")
                with gr.Column(elem_id=tab.id("sum")):
                    written = [(model_title(name), name) for name in registry.names(SUMMARY)]
                    tab.widget("summarizer", choices=[("LexRank", LEXRANK), *written])
                    tab.widget("sentences")
                    summarise = tab.button("summarize", variant="secondary")
            with tab.result(scale=7):
                shown = view.component(recorded)
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
        events = tab.wire([shown])
        judged, summed = ({"what": name} for name in REQUESTS.classes)
        for trigger, what in (
            (generate.click, judged),
            (tab.built["model"].input, judged),
            (summarise.click, summed),
            (partial(tab.built["sentences"].input, trigger_mode="always_last"), summed),
        ):
            tab.starts(trigger, lambda values, event, what=what: values | what)
        for button, key in examples:
            written = button.click(
                None, None, text, js=f"() => {json.dumps(WORDS.pair(f'example_{key}')[0])}", **tab.quick
            )
            tab.starts(written.then, lambda values, event: values | judged)
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(sentiment, "text model", Judgement)
        tab.endpoint(summarize, "text summarizer sentences", Summary)
    return tab.blocks
