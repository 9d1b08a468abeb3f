"""The arena: one digit by every family, a blind test, and one dial for all.

Here are the endpoint and `build()`, which makes the widgets and wires them.
"""

import base64
from functools import partial
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import brakes, loaders
from shared.page import files, parts, words
from shared.page.tab import Tab

from . import how, runs, view
from .request import STARTERS, TAB, Round

WORDS = words.beside(__file__)
SAID = ("model", "year", "confidence", "ms", "parameters", "tried", "frechet", "likelihood", "near")
JUDGE = "digit-judge"  # beside whom the example is kept: it belongs to no single model


def arena(request: Round) -> tuple[FileData, list, dict]:
    """One handwritten digit by every family of models: a PNG with a row of six pictures for each, in the order of their
    years. Then JSON, a row each: model, year, confidence (the judge's chance of the digit), ms (a picture, measured
    now), parameters, tried (seeds that it took: some cannot be told the digit), frechet (digit Frechet distance of
    10,000 samples), likelihood ({"bits"} a pixel or {"nats"} a picture, or {}), near (how far the nearest digits of the
    training set are, root mean square of pixels from 0 to 1, or null where `nearest` is not asked for). Then the
    recipe, which the PNG carries.
    """
    *_, (found, made) = runs.run(request, brakes.left())
    said = [{key: row.get(key) for key in SAID} for row in found["rows"] if row["model"] != runs.REAL]
    return files.served(base64.b64decode(found["png"].partition(",")[2]), "arena.png"), said, made


def warm() -> None:
    """The first click finds its models loaded; diffusion's library alone takes seconds."""
    loaders.warm(*STARTERS)


def build() -> gr.Blocks:
    tab = Tab(TAB, Round, runs.run, WORDS, concurrency_id="digits", example=JUDGE)
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls(scale=3):
                tab.widget("digit", elem_classes="aigc-first")
                generate = tab.go("draw")
                tab.widget("models")
                with tab.more():
                    tab.widget("seed")
                    tab.widget("nearest")
            with tab.result(scale=10):
                shown = view.component(tab.recorded[0] if tab.recorded else {})
                tab.recipe_row()
        with gr.Accordion(tab.t("blind_title"), open=False, elem_id=tab.id("blind-box")):
            with parts.later(tab.id("blind-part")):
                gr.Markdown(tab.t("blind_idea"))
                view.blind()
        with gr.Accordion(tab.t("dial_title"), open=False, elem_id=tab.id("dial-box")):
            with parts.later(tab.id("dial-part")):
                gr.Markdown(tab.t("dial_idea"))
                view.dial()
        tab.how(how.IDEA, lambda *_: how.facts(), of=("models",))
        events = tab.wire([shown], failed=[{"message": ""}])
        tab.starts(generate.click)
        tab.starts(partial(tab.built["digit"].input, trigger_mode="always_last"))
        tab.shows(events)
        tab.opened(warm, None, None)
        tab.endpoint(arena, "digit models seed nearest")
    return tab.blocks
