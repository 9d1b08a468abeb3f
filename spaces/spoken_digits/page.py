"""The tab of the spoken digits: press a key and hear it, or have a number said.

Here are the endpoint, what the controls do, and `build()`, which makes the widgets and wires them.
"""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from shared.core import brakes
from shared.core.errors import UserError
from shared.page import files, parts, sentences, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, Tab

from . import how, runs, view
from .request import TASK, Speech

WORDS = words.beside(__file__)
MEASURED = ("voice", "seconds", "digits")
PRESSED = "() => ['{}', Math.floor(100000 * Math.random())]"  # number and seed: each press says it anew


def spoken_digits(request: Speech) -> tuple[FileData, dict, dict]:
    """Says a number of up to 12 digits, digit by digit, with a small generative network. A WAV file of 8 kHz, which
    carries its recipe. Then JSON: voice, seconds, digits (of each: digit, from and to in seconds, heard and chance:
    which digit a judge hears in it, and how surely). Then the recipe.
    """
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    sound = base64.b64decode(found["sound"].partition(",")[2])
    return files.served(sound, f"{request.number}.wav"), {key: found[key] for key in MEASURED}, made


def answered(function: Callable[[dict], dict], asked: Any) -> dict:
    """What a script of the page asks for, or {"error": a sentence}."""
    try:
        return function(asked)
    except UserError as error:
        return {"error": sentences.told(error)}


def spoken_walk(asked: dict) -> dict:
    """See `runs.walk`."""
    return answered(runs.walk, asked)


def spoken_pair(asked: dict) -> dict:
    """See `runs.pair`."""
    return answered(runs.pair, asked)


def hear(path: str | None, request: gr.Request) -> str:
    """A visitor's recording -> what the judge hears, as HTML; nothing where it was taken away."""
    if not path:
        return ""
    with told():
        return view.chances(runs.heard(path), words.chinese(request))


def build() -> gr.Blocks:
    default = Speech.fields()["model"].default
    tab = Tab(runs.TAB, Speech, runs.run, WORDS, concurrency_id="digits", example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    keys = []
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                with gr.Row(elem_id=tab.id("pad"), elem_classes="aigc-first"):
                    for digit in "1234567890":
                        keys.append(gr.Button(digit, elem_id=tab.id(f"key-{digit}"), variant="secondary"))
                number = tab.widget("number", elem_classes="aigc-first")
                generate = tab.go("say")
                tab.widget("voice")
                tab.widget("model")
                with tab.more():
                    seed = tab.widget("seed")
            with tab.result():
                shown = view.component(recorded)
                tab.recipe_row()
        with gr.Tabs(elem_id=tab.id("parts"), overflow_behavior="wrap"):
            with gr.Tab(tab.t("tab_walk"), elem_id=tab.id("part-walk")):
                view.walk(spoken_walk)
            with gr.Tab(tab.t("tab_quiz"), elem_id=tab.id("part-quiz")), parts.later(tab.id("quiz")):
                view.quiz(spoken_pair)
            with gr.Tab(tab.t("tab_own"), elem_id=tab.id("part-own")), parts.later(tab.id("own")):
                gr.Markdown(tab.t("own_idea"))
                recording = gr.Audio(
                    sources=["microphone", "upload"], type="filepath", label=tab.t("own_label"), elem_id=tab.id("own")
                )
                judged = gr.HTML(elem_id=tab.id("own-heard"))
                recording.change(hear, recording, judged, **PRIVATE, concurrency_id="digits")
        tab.how(how.IDEA, how.facts)
        events = tab.wire([shown])
        tab.starts(generate.click)
        tab.starts(number.submit)
        for key in keys:
            pressed = key.click(None, None, [number, seed], js=PRESSED.format(key.value), **tab.quick)
            tab.starts(pressed.then)
        for name in ("model", "voice"):
            tab.starts(tab.built[name].input)
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(spoken_digits, "number model voice seed")
    return tab.blocks
