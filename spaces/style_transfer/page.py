"""The tab of the styles: paint, choose or upload a picture, and see it in the other style and back.

Here are the endpoint, what the controls do, and `build()`, which makes the widgets and wires them.
"""

import base64
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.media import photos, sheets
from shared.page import files, paint, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, SAME, Tab

from . import how, runs, samples, view, whole_page
from .request import BACK, BLANK, TASK, THERE, Transfer, pack, small, unpack

WORDS = words.beside(__file__)
DRAWN = f"(value) => value || '{BLANK}'"
PLAIN = "cyclegan-noto-twemoji"  # of the models of its styles, that which a sample is given to
OF_STYLE = {  # what a sample of a style is translated by, and which way
    "fluent flat": ("cyclegan-flat-3d", THERE),
    "fluent 3d": ("cyclegan-flat-3d", BACK),
    "noto": (PLAIN, THERE),
    "twemoji": (PLAIN, BACK),
}


def style_transfer(request: Transfer) -> tuple[FileData, dict, dict]:
    """Translates a small picture (an emoji, a drawing on white) into another style, by a CycleGAN. A PNG of 64x64
    pixels in the other style. Then JSON: from, to (the styles), cycle_error (how far a pixel is off on average, of 1,
    once the picture is translated back). Then the recipe, which the PNG carries, too.

    The picture is a data URL (data:image/png;base64,...), or from gradio_client a file (handle_file); the name of a
    sample, such as "noto/fox"; or nothing for the first sample of the style that is translated. The direction is
    "there", from the first style in the model's title to the second, or "back".
    """
    found, made = next(result for result in runs.run(request, threading.Event()) if result[1])
    said = {"from": found["styles"][0], "to": found["styles"][1], "cycle_error": found["error"]}
    return files.served(base64.b64decode(found["png"].partition(",")[2]), "style.png"), said, made


def run(asked: Transfer, stop: threading.Event) -> Iterator[tuple]:
    """`runs.run` for the page: what there is to see, the canvas, the recipe."""
    for found, made in runs.run(asked, stop):
        on_canvas = not made or getattr(asked.picture, "on_canvas", False)
        yield found, SAME if on_canvas else found["given"], made


def take_file(path: str) -> tuple[str, str]:
    """An upload -> the canvas, the picture as text."""
    with told():
        packed = pack(small(photos.opened(photos.bytes_of(path))))
    return sheets.png_url(unpack(packed)), packed


def take_sample(url: str, model: str) -> tuple[str, str, str, str]:
    """The sample that was pressed -> the canvas, its name, and the model and direction for its style."""
    name = next((name for name, known in samples.urls().items() if known == url), "")
    if not name:
        return "", "", model, THERE
    wanted, direction = OF_STYLE[name.partition("/")[0]]
    return url, name, model if wanted == PLAIN and model in runs.WEIGHTS else wanted, direction


def take_page(path: str, model: str, direction: str) -> dict:
    """A page that was uploaded -> what the part below shows of it."""
    with told():
        page, made, figures = whole_page.translated(path, model, direction)
    return {"page": sheets.png_url(page), "made": sheets.png_url(made), "figures": figures, "model": model}


def build() -> gr.Blocks:
    default = Transfer.fields()["model"].default
    tab = Tab(runs.TAB, Transfer, run, WORDS, example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                with gr.Column(elem_id=tab.id("paper"), elem_classes="aigc-first"):
                    paper = paint.component(
                        tab.id("canvas"), tab.t("paper"), tab.t("paper_hint"), recorded.get("given", "")
                    )
                    taken = view.takes()
                    upload = gr.UploadButton(
                        tab.t("upload"), file_types=["image"], size="sm", elem_id=tab.id("upload"),
                        elem_classes="aigc-link",
                    )  # fmt: skip
                generate = tab.go("translate")
                tab.widget("model")
                tab.widget("direction")
                with tab.more():
                    pass
            with tab.result():
                shown = view.component(recorded)
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
                with gr.Accordion(tab.t("page_title"), open=False, elem_id=tab.id("page-box")):
                    gr.Markdown(tab.t("page_idea"))
                    sheet = gr.UploadButton(
                        tab.t("page_upload"), file_types=["image"], size="sm", elem_id=tab.id("page-upload"),
                    )  # fmt: skip
                    pages = view.pages()
        picture = tab.widget("picture", visible=False, elem_id=None)
        events = tab.wire([shown, paper])
        newest = {"trigger_mode": "always_last"}
        tab.starts(generate.click)
        paper.cleared(None, paper, picture, js=DRAWN, **PRIVATE)
        tab.starts(partial(paper.drawn(None, paper, picture, js=DRAWN, **PRIVATE).then, **newest))
        chosen = [picture, tab.built["model"], tab.built["direction"]]
        tab.starts(taken.take(take_sample, [taken, chosen[1]], [paper, *chosen], **tab.quick).then)
        tab.starts(upload.upload(take_file, upload, [paper, picture], **PRIVATE).success)
        sheet.upload(take_page, [sheet, *chosen[1:]], pages, **tab.work)
        for name in ("model", "direction"):
            tab.starts(partial(tab.built[name].input, **newest))
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(style_transfer, "model picture direction")
    return tab.blocks
