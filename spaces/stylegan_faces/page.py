"""The tab of the StyleGAN: a grid of mixtures whose border between coarse and fine is moved, psi, directions, walks.

Here are the endpoint, what the controls do, and `build()`, which makes the widgets and wires them.
"""

import base64
from functools import partial
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import brakes
from shared.core.kinds import NEW, Seed
from shared.media import sheets
from shared.page import files, paint, parts, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, Tab

from . import how, runs, view
from .request import TASK, Mixing, pack, unpack

WORDS = words.beside(__file__)
# Where the border was dragged to: an event that waits for an earlier one to end loses its data.
BORDER = f"() => Number(document.querySelector('#{runs.TAB}-view .sf-layers').ariaValueNow)"


def stylegan_faces(request: Mixing) -> tuple[FileData, dict]:
    """Mixes emoji faces that nobody drew: a PNG whose first column are four faces, whose first row are six others, and
    in whose cells layers before `cut` (0 to 9) take their style from the row and the others from the column. psi below
    1 pulls all to the mean face; `far` pushes them along one of five directions of the styles. Then the recipe, which
    the PNG carries, too. For a face (a data URL, or from gradio_client a file: handle_file) the nearest style is looked
    for, which takes the place of the first row's.
    """
    found, made = next(result for result in runs.run(request, brakes.left()) if result[1])
    return files.served(base64.b64decode(found["png"].partition(",")[2]), "stylegan.png"), made


def another() -> int:
    return Seed().check(NEW, "seed")


def take_file(path: str) -> tuple[str, str]:
    """An upload -> the pad, the face as text."""
    with told():
        face = pack(path)
    return sheets.png_url(unpack(face)), face


def build() -> gr.Blocks:
    default = Mixing.fields()["model"].default
    tab = Tab(runs.TAB, Mixing, runs.run, WORDS, example=default)
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                generate = tab.go("others")
                tab.widget("cut")
                tab.widget("psi")
                tab.widget("direction")
                tab.widget("far")
                with gr.Accordion(tab.t("own"), open=False, elem_id=tab.id("own"), elem_classes="aigc-more"):
                    pad = paint.component(tab.id("pad"), tab.t("pad"), tab.t("pad_hint"))
                    with gr.Row(elem_id=tab.id("own-row")):
                        upload = gr.UploadButton(
                            tab.t("upload"), file_types=["image"], size="sm", elem_id=tab.id("upload"),
                            elem_classes="aigc-link",
                        )  # fmt: skip
                        without = tab.link_button("without", "without")
                with tab.more():
                    tab.widget("model")
                    tab.widget("noise")
                    seed = tab.widget("seed")
            with tab.result():
                shown = view.component(tab.recorded[0] if tab.recorded else {})
                tab.recipe_row()
                tab.how(how.IDEA, how.facts)
                if grown := view.stages(WORDS.pair("stages_alt")[0]):
                    with gr.Accordion(tab.t("stages_title"), open=False, elem_id=tab.id("stages-box")):
                        with parts.later(tab.id("stages")):
                            gr.Markdown(tab.t("stages_idea"))
                            gr.HTML(grown)
        face = tab.widget("face", visible=False, elem_id=None)
        events = tab.wire([shown], failed=[{"message": ""}])
        tab.on_pad(pad, face, shown, "sought")
        tab.starts(generate.click(another, None, seed, **tab.quick).then)
        newest = {"trigger_mode": "always_last"}
        tab.starts(upload.upload(take_file, upload, [pad, face], **PRIVATE).success)
        tab.starts(without.click(None, None, [pad, face], js="() => ['', '']", **PRIVATE).then)
        for event in (pad.drawn, pad.cleared):  # the search for what was there before ends
            drawn = event(None, pad, face, js="(value) => value", **PRIVATE).then(tab.halt, None, None, **tab.quick)
            tab.starts(partial(drawn.then, **newest))
        border = shown.border(None, None, tab.built["cut"], js=BORDER, **PRIVATE)
        tab.starts(partial(border.then, **newest))
        for name in ("cut", "psi", "direction", "far", "model", "noise"):
            tab.starts(partial(tab.built[name].input, **newest))
        tab.starts(partial(seed.submit, **newest))
        tab.shows(events)
        tab.warm(TASK)
        tab.endpoint(stylegan_faces, "model seed cut psi direction far noise face")
    return tab.blocks
