"""GAN digits: a grid that is redrawn as the sliders move, walks, directions, and models side by side.

Here are the endpoints and `build()`, which makes the widgets and wires them. What the controls do is in controls.py,
what is drawn in runs.py, and how it is shown in view.py; three more parts of the tab are in sections/.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import loaders
from shared.core.errors import UserError
from shared.page import files, sentences, words
from shared.page.parts import later
from shared.page.tab import PRIVATE

from . import how, runs, view
from .controls import KEPT, GanTab, show
from .request import ANY, NUDGES, REQUESTS, TAB, TASK, Grid, Walk
from .sections import draw
from .sections.diffusion import section as diffusion
from .sections.diffusion.runs import expected
from .sections.train import section as train

# A click on a digit: it becomes B, and the former B becomes A.
KEEP = f"""(...kept) => {{
  const {{seed, digit}} = document.querySelector("#{TAB}-grid .gv-tiles").chosen;
  if (kept[2] === seed && (digit === null || kept[3] === String(digit))) return kept;
  return [...kept.slice(2), seed, digit === null ? "{ANY}" : String(digit)];
}}"""
NUDGED = f"""() => document.querySelector("#{TAB}-directions .gv-rows").nudges"""

# ---- the endpoints -------------------------------------------------------------------------------------------------


def gan_digits(request: Grid) -> tuple[FileData, dict]:
    """Draws handwritten digits with a GAN: a grid as one PNG, which carries its recipe. Digit i has the seed + i."""
    _, made, picture = runs.grid(request)
    return files.served(runs.png(picture, made), "digits.png"), made


def gan_walk(request: Walk) -> tuple[FileData, dict]:
    """Walks from one digit of a GAN to another: a GIF of 12 frames a second, which carries its recipe."""
    _, made, frames = runs.walk(request)
    return files.served(runs.film(frames, "gif", made), "walk.gif"), made


def gan_picture(asked: dict) -> dict:
    """The grid that is on the page as a PNG file, for the browser to save: {settings, recipe} -> {png} or {error}."""
    try:
        _, made, picture = runs.grid(Grid.check(asked["settings"]))
        return {"png": runs.address(runs.png(picture, made if asked.get("recipe") else None), "image/png")}
    except UserError as error:
        return {"error": sentences.told(error)}
    except (AttributeError, KeyError, TypeError):
        return {"error": "There is no grid yet: press Generate first."}


# ---- the page ------------------------------------------------------------------------------------------------------


def build() -> gr.Blocks:
    tab = GanTab(
        TAB,
        REQUESTS,
        runs.run,
        words.beside(__file__),
        expected,
        example=Grid.fields()["model"].default,
        show=show,
    )
    t = tab.t
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                tab.widget("model", value=loaders.default_model(TASK))
                for name in ("digit", "n", "truncation"):
                    tab.widget(name)
                generate = gr.Button(
                    t("generate"), variant="primary", elem_id=tab.id("generate"), elem_classes="aigc-go"
                )
            with tab.result():
                grid = view.grid(tab.recorded[0] if tab.recorded else {}, gan_picture)
                tab.recipe_row()
        with tab.more():
            tab.widget("seed", minimum=0)
        part = gr.Textbox("walk", visible=False)  # which of the tabs below is open
        with gr.Tabs(elem_id=tab.id("parts"), overflow_behavior="wrap") as parts:
            with _part("walk", part):
                with gr.Row(elem_id=tab.id("walk-controls")):
                    tab.widget("frames")
                    tab.widget("route")
                    go_walk = gr.Button(t("walk"), elem_id=tab.id("walk-go"))
                walk = view.walk()
            with _part("directions", part) as opened_directions:
                gr.Markdown(t("directions_idea"))
                directions = view.directions()
            with _part("compare", part):
                with gr.Row(elem_id=tab.id("compare-controls")):
                    tab.widget("models")
                    go_compare = gr.Button(t("compare"), elem_id=tab.id("compare-go"))
                compare = view.compare()
            with _part("draw", part) as opened_draw:
                draw.section(tab, opened_draw.select)
            with _part("diffusion", part) as opened_diffusion:
                denoising = diffusion.section(tab, opened_diffusion.select)
            with _part("train", part), later("gan_train"):
                train.section(tab)
        tab.opened(None, None, None, js=train.COME_BACK)
        tab.how(how.IDEA, how.facts)

        dear = ("diffusion_n", "diffusion_steps", "diffusion_guidance")
        events = tab.wire([grid, walk, directions, compare, *denoising.views], dear=dear)
        quick, live, controls = tab.quick, tab.live, tab.built
        everything, made = tab.settings, [tab.panel.recipe, tab.panel.verdict]
        drawn = [controls["digit"], grid, directions, *made]
        # Outside of the queue: a grid takes milliseconds, and one that a hand has moved past is not drawn at all.
        moved = [controls[name].input for name in ("model", "digit", "n", "truncation", "seed")]
        gr.on(moved, tab.redraw, [part, *everything], drawn, **live)
        generate.click(tab.anew, [part, *everything], [controls["seed"], *drawn], **quick)
        kept = [controls[name] for name in KEPT]
        grid.keep(None, kept, kept, js=KEEP, **PRIVATE).then(tab.redraw, [part, *everything], drawn, **live)
        grid.again(tab.again, None, [*everything, grid, *made], **quick)
        nudges = [controls[name] for name in NUDGES]
        nudged = directions.nudge(None, None, nudges, js=NUDGED, **PRIVATE)
        nudged.then(tab.nudge, everything, [directions, *made], **live)
        opened_directions.select(tab.directions, everything, directions, **quick)
        go_walk.click(tab.walk, everything, [walk, *made], **quick)
        for button, what in ((go_compare, "compare"), (denoising.generate, "diffusion")):
            tab.starts(button.click, lambda values, data, what=what: values | {"what": what})
        grid.live(None, js=f"() => document.getElementById('{tab.id('reproduce')}').click()", **PRIVATE)
        again = [*drawn[:3], walk, parts, denoising.looked, denoising.views[0]]
        for event, opening in ((events.restore, False), (events.opened, True)):
            event.success(tab.drawn_again, [grid, gr.State(opening), *everything], again, **quick)
        tab.warm(TASK)
        tab.endpoint(gan_digits, "model digit n truncation seed", Grid)
        tab.endpoint(gan_walk, "model seed_from seed_to frames route", Walk)
    return tab.blocks


@contextmanager
def _part(name: str, opened: gr.Textbox) -> Iterator[gr.Tab]:
    """A tab below the grid; `opened` says which one is."""
    with gr.Tab(words.beside(__file__).t(f"tab_{name}"), id=name, elem_id=f"{TAB}-part-{name}") as tab:
        yield tab
    tab.select(None, None, opened, js=f"() => {name!r}", **PRIVATE)
