"""The tab of the styles: paint, choose or upload a picture, and see it in the other style and back.

Here are the endpoint, what the controls do, and `build()`, which makes the widgets and wires them.
"""

import base64
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import brakes
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.media import photos, sheets
from shared.page import files, paint, private, sentences, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, Tab

from . import how, runs, samples, view, whole_page
from .request import BACK, BLANK, TASK, THERE, Transfer, pack, small, unpack

WORDS = words.beside(__file__)
DRAWN = f"(value) => value || '{BLANK}'"
PLAIN = "cyclegan-noto-twemoji"  # of the models of its styles, that which a sample is given to
# The model on the slider: an event that waits for an earlier one to end loses its data.
WEIGHED = f"() => document.querySelector('#{runs.TAB}-view .st-weigh').dataset.model"
MOST_PAGES = 24  # files that are translated at once
BEFORE = 384  # pixels a side, at most, of a page as it was
PAGES = Brakes()  # who uploads other pages, or leaves, does not wait for those before
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
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    said = {"from": found["styles"][0], "to": found["styles"][1], "cycle_error": found["error"]}
    return files.served(base64.b64decode(found["png"].partition(",")[2]), "style.png"), said, made


def take_file(path: str) -> tuple[str, str]:
    """An upload -> the canvas, the picture as text."""
    with told():
        packed = pack(small(photos.opened(photos.bytes_of(path))))
    return sheets.png_url(unpack(packed)), packed


def take_sample(url: str, model: str) -> tuple[str, str]:
    """The address of a sample that was pressed -> the model and direction for its style."""
    name = next((name for name, known in samples.urls().items() if known == url), "")
    if not name:
        return model, THERE
    wanted, direction = OF_STYLE[name.partition("/")[0]]
    return model if wanted == PLAIN and model in runs.WEIGHTS else wanted, direction


def take_pages(paths: list[str] | None, model: str, direction: str, request: gr.Request) -> Iterator[dict]:
    """Pages that were uploaded -> what the part below shows of them, one after the other."""
    paths = paths or []
    with told(), PAGES.run(request.session_hash) as brake:
        if len(paths) > MOST_PAGES:
            raise UserError(f"These are {len(paths)} files; up to {MOST_PAGES} are translated at once.")
        found: list[dict] = []
        yield {"pages": [*found], "of": len(paths), "model": model}
        for path in paths:
            if brake.is_set():
                return
            found.append({"name": Path(path).stem[:60]} | one_page(path, model, direction))
            yield {"pages": [*found], "of": len(paths), "model": model}


def one_page(path: str, model: str, direction: str) -> dict:
    """{"page", "made", "figures"}, or {"error"}: a file that is no picture does not keep back the others."""
    try:
        page, made, figures = whole_page.translated(path, model, direction)
    except UserError as error:
        return {"error": sentences.told(error)}
    page.thumbnail((BEFORE, BEFORE))
    return {"page": sheets.png_url(page), "made": sheets.png_url(made), "figures": figures}


def leave(request: gr.Request) -> None:
    """Nobody waits for these pages any more."""
    PAGES.stop(request.session_hash)


def build() -> gr.Blocks:
    default = Transfer.fields()["model"].default
    tab = Tab(runs.TAB, Transfer, runs.run, WORDS, example=default)
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
                    sheet = gr.File(
                        label=tab.t("page_upload"), file_count="multiple", file_types=["image"], height=150,
                        elem_id=tab.id("page-upload"),
                    )  # fmt: skip
                    pages = view.pages()
        picture = tab.widget("picture", visible=False, elem_id=None)
        events = tab.wire([shown], failed=[{"message": ""}])
        tab.on_pad(paper, picture, shown, "given")
        newest = {"trigger_mode": "always_last"}
        tab.starts(generate.click)
        paper.cleared(None, paper, picture, js=DRAWN, **PRIVATE)
        tab.starts(partial(paper.drawn(None, paper, picture, js=DRAWN, **PRIVATE).then, **newest))
        chosen = [picture, tab.built["model"], tab.built["direction"]]
        pressed = taken.take(None, taken, [paper, picture], js="(url) => [url, url]", **PRIVATE)
        tab.starts(pressed.then(take_sample, [taken, chosen[1]], chosen[1:], **tab.live).then)
        weighed = shown.weigh(None, None, chosen[1], js=WEIGHED, **PRIVATE)
        tab.starts(partial(weighed.then, **newest))
        tab.starts(upload.upload(take_file, upload, [paper, picture], **PRIVATE).success)
        sheet.upload(take_pages, [sheet, *chosen[1:]], pages, **tab.work)
        sheet.clear(lambda: {}, None, pages, **tab.quick)
        private.page().unload(leave)
        for name in ("model", "direction"):
            tab.starts(partial(tab.built[name].input, **newest))
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(style_transfer, "model picture direction")
    return tab.blocks
