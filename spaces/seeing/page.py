"""The tab of the models that see: a picture and words, and how much they belong together.

Here are the endpoints, what the controls do, and `build()`, which makes the widgets and wires them.
"""

import json
from functools import partial
from pathlib import Path

import gradio as gr

from shared.core import brakes
from shared.core.errors import UserError
from shared.media import pictures as digits
from shared.page import canvas, paint, parts, sentences, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, Tab

from . import how, pictures, runs, view
from .request import TASK, Looking, Scoring

WORDS = words.beside(__file__)
IDEAS = ("animals", "colours", "styles", "feelings")
TEXT = "(value) => value"  # what is on the pad, or was taken
SIDE = 216  # pixels a side of the canvas for a digit


def classify_picture(request: Looking) -> dict:
    """Which of some labels belongs to a picture, by a model that was never trained on those labels (zero-shot). JSON:
    labels [[label, chance among the labels, cosine]], the likeliest first; unknown (words that the model has never
    read); recipe.

    The picture is a data URL (data:image/png;base64,...), or from gradio_client a file (handle_file), or picture:1 to
    picture:54 for one that is bundled. Labels are English, with commas between.
    """
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    return {"labels": [row[:3] for row in found["results"]], "unknown": found["unknown"], "recipe": made}


def picture_text_score(request: Scoring) -> dict:
    """How well a text belongs to a picture. JSON: score (the cosine of both, -1 to 1), rank (how many of `of` pictures,
    this one and the bundled ones, fit the text better, plus 1), heat (which patches the text looks at, rows of numbers
    up to 1), unknown (words that the model has never read), recipe.

    The picture is a data URL, or from gradio_client a file (handle_file), or picture:1 to picture:54.
    """
    return runs.score(request)


def take_file(path: str) -> tuple[str, str]:
    """An upload -> the pad, the picture as text."""
    with told():
        text = pictures.packed(Path(path))
    return text, text


def read_digit(drawn: str) -> dict:
    """What the canvas holds, as two models read it."""
    try:
        return runs.digit(digits.digit_from(drawn)) if drawn else {}
    except UserError as error:
        return {"message": sentences.told(error)}


def build() -> gr.Blocks:
    fields = Looking.fields()
    tab = Tab(runs.TAB, Looking, runs.run, WORDS, concurrency_id="quick", example=fields["model"].default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                with gr.Column(elem_id=tab.id("paper"), elem_classes="aigc-first"):
                    first = pictures.shown(fields["picture"].default)
                    pad = paint.component(tab.id("pad"), tab.t("paper"), tab.t("paper_hint"), first)
                    upload = gr.UploadButton(
                        tab.t("upload"), file_types=["image"], size="sm", elem_id=tab.id("upload"),
                        elem_classes="aigc-link",
                    )  # fmt: skip
                labels = tab.widget("labels", elem_classes="aigc-first")
                with gr.Row(elem_id=tab.id("ideas"), elem_classes=["aigc-first", "aigc-ideas"]):
                    gr.Markdown(tab.t("ideas"))
                    ideas = [(tab.link_button(f"idea-{key}", f"idea_{key}"), key) for key in IDEAS]
                generate = tab.go("compare")
                tab.widget("model")
            with tab.result():
                shown = view.component(recorded)
                tab.recipe_row()
                strip = view.strip()
                tab.how(how.IDEA, how.facts)
                with gr.Accordion(tab.t("digit_title"), open=False, elem_id=tab.id("digit-box")):
                    with parts.later(tab.id("digit-part")):
                        gr.Markdown(tab.t("digit_idea"))
                        with gr.Row():
                            with gr.Column(scale=2, min_width=240):
                                paper = canvas.canvas(tab.id("canvas"), tab.t("digit_drawing"), "", SIDE)
                            with gr.Column(scale=5, min_width=300):
                                read = view.digit()
                        paper.drawn(read_digit, paper, read, **tab.live)
        picture = tab.widget("picture", visible=False, elem_id=None)
        events = tab.wire([shown])
        tab.on_pad(pad, picture, shown, "picture")
        newest = {"trigger_mode": "always_last"}
        tab.starts(generate.click)
        tab.starts(labels.submit)
        tab.starts(partial(tab.built["model"].input, **newest))
        pad.cleared(None, pad, picture, js="() => ''", **PRIVATE)
        tab.starts(partial(pad.drawn(None, pad, picture, js=TEXT, **PRIVATE).then, **newest))
        tab.starts(partial(strip.take(None, strip, picture, js=TEXT, **PRIVATE).then, **newest))
        tab.starts(upload.upload(take_file, upload, [pad, picture], **PRIVATE).success)
        for button, key in ideas:
            said = json.dumps(WORDS.pair(f"labels_{key}")[0])
            tab.starts(button.click(None, None, labels, js=f"() => {said}", **tab.quick).then)
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(classify_picture, "picture labels model")
        tab.endpoint(picture_text_score, "picture text model", Scoring)
    return tab.blocks
