"""The tab of the flow: draw a digit, or take a sample, and see it go through the flow and back.

Here are the endpoint, what the controls do, and `build()`, which makes the widgets and wires them.
"""

from functools import partial
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import brakes
from shared.media import pictures
from shared.page import canvas, files, parts, words
from shared.page.endpoint import told
from shared.page.tab import NEW_SEED, PRIVATE, Tab

from . import how, runs, view
from .request import BLANK, NOISE, TASK, Reading

WORDS = words.beside(__file__)
SIDE = 216  # pixels a side of the canvas
DRAWN = f"(value) => value || '{BLANK}'"  # what the hand has wiped away is a sheet without ink
MEASURED = ("bits", "log_prob", "classes", "z_mean", "z_deviation", "error", "same")


def normalizing_flow(request: Reading) -> tuple[FileData, dict, dict]:
    """Sends a handwritten digit through a normalizing flow and back. A PNG of three rows: ten samples, the way from the
    digit to the last of them in ten steps, and the digit's own z times 0 to 1.8. Then JSON: bits (a pixel; the exact
    likelihood), log_prob (nats), classes (chance of each digit, of a flow that is told it), z_mean, z_deviation, error
    (largest difference of a pixel there and back), same (whether every grey level came back), less_likely (share of
    real held-out digits that are less likely than this). Then the recipe, which the PNG carries, too.

    The drawing is a data URL (data:image/png;base64,...), or from gradio_client a file (handle_file); "blank" or
    "noise"; or nothing for the sample of the seed.
    """
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    said = {key: found[key] for key in MEASURED}
    said["less_likely"] = round(runs.less_likely(found["bits"], found["real"]["bits_of_real"]), 4)
    return files.served(pictures_of(found), "flow.png"), said, made


def pictures_of(found: dict) -> bytes:
    """The PNG of a view."""
    import base64

    return base64.b64decode(found["png"].partition(",")[2])


def take_file(path: str) -> tuple[str, str]:
    """An upload -> the canvas, the drawing as text."""
    with told():
        pixels, _ = pictures.read_digit(path)
    return pictures.data_url(pixels), pictures.pack(pixels)


def build() -> gr.Blocks:
    default = Reading.fields()["model"].default
    tab = Tab(runs.TAB, Reading, runs.run, WORDS, concurrency_id="digits", example=default)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                with gr.Column(elem_id=tab.id("paper"), elem_classes="aigc-first"):
                    paper = canvas.canvas(tab.id("canvas"), tab.t("drawing"), recorded.get("digit", ""), SIDE)
                    with gr.Row(elem_id=tab.id("fill")):
                        sample = tab.link_button("sample", "sample")
                        upload = gr.UploadButton(
                            tab.t("upload"), file_types=["image"], size="sm", elem_id=tab.id("upload"),
                            elem_classes="aigc-link",
                        )  # fmt: skip
                        blank = tab.link_button("blank", "blank")
                        noise = tab.link_button("noise", "noise")
                generate = tab.go("through")
                tab.widget("model")
                tab.widget("digit")
                tab.widget("temperature")
                with tab.more():
                    seed = tab.widget("seed")
            with tab.result():
                shown = view.component(recorded)
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
                with gr.Accordion(tab.t("plane_title"), open=False, elem_id=tab.id("plane-box")):
                    with parts.later(tab.id("plane-part")):
                        gr.Markdown(tab.t("plane_idea"))
                        view.plane()
        drawing = tab.widget("drawing", visible=False, elem_id=None)
        events = tab.wire([shown])
        tab.on_pad(paper, drawing, shown, "digit")
        newest = {"trigger_mode": "always_last"}
        tab.starts(generate.click)
        tab.starts(partial(paper.drawn(None, paper, drawing, js=DRAWN, **PRIVATE).then, **newest))
        tab.starts(sample.click(None, None, [drawing, seed], js=f"() => ['', {NEW_SEED}]", **PRIVATE).then)
        tab.starts(upload.upload(take_file, upload, [paper, drawing], **PRIVATE).success)
        for button, word in ((blank, BLANK), (noise, NOISE)):
            tab.starts(button.click(None, None, drawing, js=f"() => '{word}'", **PRIVATE).then)
        for name in ("model", "digit", "temperature"):
            tab.starts(partial(tab.built[name].input, **newest))
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(normalizing_flow, "model drawing digit temperature seed")
    return tab.blocks
