"""The VAE tab: draw two digits, or take samples, and walk from one to the other through latent space.

Here are the endpoints, what the controls do, and `build()`, which makes the widgets and wires them. The walk is in
runs.py, the quiet sections below it in sections.py, the looks in view.py and html.py.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from shared.core.errors import UserError
from shared.core.kinds import MOST_SEED
from shared.media import pictures
from shared.page import files, private, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, SAME, Tab

from . import how, parts, runs, view
from .ends import write_latents
from .request import MAP, MOST_POINTS, Interpolation, Reading
from .sections import ENDS, Sections
from .sheet import DIGIT, Sheet, sheet, under

# ---- the endpoints -------------------------------------------------------------------------------------------------


def vae_interpolation(request: Interpolation) -> tuple[FileData, FileData, dict]:
    """Walks from one handwritten digit to another through the latent space of a VAE: a strip (PNG) and a film (GIF of
    12 frames a second). Both carry their recipe.

    A digit is a whole number, the seed of a sample; or a picture: a data URL (data:image/png;base64,...), or from
    gradio_client a file (handle_file). Up to 10 MB; any size, ink and paper.
    """
    _, made, frames = runs.interpolate(request)
    png, gif = (files.served(runs.WRITERS[kind](frames, made), f"interpolation.{kind}") for kind in ("png", "gif"))
    return png, gif, made


def vae_encode(request: Reading) -> dict:
    """What a VAE makes of a handwritten digit. JSON: model; mean, log_variance and kl (nats) of each latent; bce, the
    reconstruction error in nats; picture and reconstruction as PNG data URLs of 28x28, white ink on black; notice.

    The image is a data URL (data:image/png;base64,...), or from gradio_client a file (handle_file); or a whole number,
    the seed of a sample that the model draws and reads.
    """
    read = parts.encode(request)
    return {
        "model": read["model"],
        **{key: [round(float(x), 5) for x in read[key]] for key in ("mean", "log_variance", "kl")},
        "bce": round(read["bce"], 3),
        **{key: pictures.data_url(read[key]) for key in ("picture", "reconstruction")},
        "notice": read["notice"],
    }


# ---- what the controls do ------------------------------------------------------------------------------------------


def run(asked: Interpolation, stop: threading.Event) -> Iterator[tuple]:
    """`runs.run` for the page: the strip, the words under each end with the picture on its canvas, the recipe."""
    for shown, made in runs.run(asked, stop):
        ends = [dict(end) for end in shown.get("ends", ())]
        for end in shown.get("ends", ()):
            del end["picture"]
        yield shown, *(ends or [SAME, SAME]), made


class VaeTab(Tab):
    def redraw(self, request: gr.Request, *given: Any) -> Iterator[tuple]:
        """What a control does while it is moved, or a drawing while it grows: an end that cannot be used is told under
        it, and is no error yet."""
        values = self.values(given) | {"points": ""}
        try:
            values |= {name: DIGIT.check(values[name], name) for name in ENDS}
        except UserError:
            start, end = (under(values[name]) for name in ENDS)
            yield self.updates([SAME, start, end])
        else:
            yield from self.play(request, values)

    def follow(self, event: gr.EventData, request: gr.Request, *given: Any) -> Iterator[tuple]:
        """A path was drawn on the map: its model walks along it. -> the model, and the outputs of a run."""
        points = private.data_of(event).get("points", [])[:MOST_POINTS]
        path = " ".join(f"{float(x):.3f},{float(y):.3f}" for x, y in points)
        values = self.values(given) | {"model": MAP, "points": path, "start": "", "end": ""}
        for updates in self.play(request, values):
            yield MAP, *updates

    def back(self, event: gr.EventData) -> list[Any]:
        """A strip of this visit was clicked. -> the controls."""
        with told():
            settings = private.data_of(event).get("settings")
            return self.restored(Interpolation.check(settings if isinstance(settings, dict) else {}).settings())


def take_latents(event: gr.EventData) -> tuple:
    """Latents of the map or of the sliders become an end. -> the model, the two ends."""
    chosen = private.data_of(event)
    text = write_latents(chosen.get("latents") or [])
    return chosen.get("model"), *(text if chosen.get("which") == name else SAME for name in ENDS)


# ---- the page ------------------------------------------------------------------------------------------------------


def build() -> gr.Blocks:
    model = Interpolation.fields()["model"].default
    tab = VaeTab(runs.TAB, Interpolation, run, words.beside(__file__), concurrency_id="digits", example=model)
    recorded = tab.recorded[0] if tab.recorded else {}
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls(scale=5):
                with gr.Row(elem_id=tab.id("ends")):
                    start, end = (_end(tab, name, i, recorded) for i, name in enumerate(ENDS))
                generate = tab.button("generate")
                tab.widget("model")
                tab.widget("route", elem_id=tab.id("path"))
                tab.widget("frames", label=tab.t("how_many"))
            with tab.result(scale=6):
                strip = view.strip(recorded)
                tab.recipe_row()
        with tab.more():
            seeds = [_seed(tab, name) for name in ENDS]
        tab.how(how.IDEA, how.facts)
        events = tab.wire([strip, start.words, end.words])
        sections = Sections(tab)
        quick, work = tab.quick, tab.work | {"trigger_mode": "always_last"}
        controls = [tab.built[name] for name in ("model", *ENDS)]

        def redrawn(event: Callable[..., Any]) -> None:
            """After `event` the strip is drawn anew, and then the section that is open."""
            sections.follow(event(tab.redraw, tab.settings, tab.outputs, **work))

        sections.follow(tab.starts(generate.click, lambda values, data: values | {"points": ""}))
        for name in ("model", "route", "frames"):
            redrawn(tab.built[name].input)
        for digit, seed, use in zip((start, end), seeds, sections.uses, strict=True):
            for filled in digit.filled():
                redrawn(filled)
            as_text = "(seed) => (Number.isInteger(seed) ? String(seed) : '')"
            redrawn(seed.submit(None, seed, digit.text, js=as_text, **PRIVATE).then)
            redrawn(use.click(lambda latents: latents, sections.total, digit.text, **quick).then)
        sections.follow(tab.starts(strip.again(tab.back, None, tab.settings, **quick).then))
        for source in (sections.map, sections.sliders):
            redrawn(source.use(take_latents, None, controls, **quick).then)
        sections.follow(sections.map.route(tab.follow, tab.settings, [tab.built["model"], *tab.outputs], **work))
        sections.follow(events.reproduce)
        for shown in tab.shows(events):
            sections.follow(shown)
        tab.endpoint(vae_interpolation, "model start end frames route")
        tab.endpoint(vae_encode, "model image", Reading)
    return tab.blocks


def _end(tab: Tab, name: str, i: int, recorded: dict) -> Sheet:
    what = dict(recorded["ends"][i]) if recorded else {}
    picture = what.pop("picture", "")
    return sheet(tab, name, tab.widget(name, visible=False, elem_id=None), picture, what)


def _seed(tab: Tab, name: str) -> gr.Number:
    """Of a sample that becomes this end."""
    return gr.Number(
        None,
        label=tab.t(f"seed_{name}"),
        info=tab.t("seed_hint"),
        precision=0,
        minimum=0,
        maximum=MOST_SEED,
        elem_id=tab.id(f"seed-{name}"),
    )
