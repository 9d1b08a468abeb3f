"""GAN digits: a grid that is redrawn as the sliders move, walks, directions, and models side by side.

Here are the endpoints, what the controls do, and `build()`, which makes the widgets and wires them. What is drawn is in
runs.py, and how it is shown in view.py; three more parts of the tab are in sections/.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from shared.core import loaders
from shared.core.errors import UserError
from shared.core.kinds import NEW
from shared.page import files, private, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, SAME, Tab
from shared.page.words import chinese

from . import how, runs, view
from .request import ANY, NUDGES, REQUESTS, TAB, TASK, Grid, Kept, Walk
from .sections import draw
from .sections.diffusion import section as diffusion
from .sections.diffusion.runs import expected
from .sections.train import section as train

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
        return {"error": str(error)}
    except (AttributeError, KeyError, TypeError):
        return {"error": "There is no grid yet: press Generate first."}


# ---- what the controls do ------------------------------------------------------------------------------------------

VIEWS = ("grid", "walk", "directions", "compare")
KEPT = tuple(Kept.fields())


def show(found: Mapping[str, Any], chinese: bool) -> list[Any]:
    """What `runs.run` yields -> the four views, and those of the diffusion section."""
    film = found.get("diffusion")
    return [*(found.get(name, SAME) for name in VIEWS), *(diffusion.shown(film, chinese) if film else [SAME] * 4)]


class GanTab(Tab):
    """Each handler gets all settings of the page, and returns values for its own outputs, see `build`."""

    def said(self, given: Sequence[Any]) -> dict[str, Any]:
        """The values on the page, as far as its model can take them: an unconditional one is told no digit."""
        values = self.values(given)
        if not runs.conditional(values["model"]):
            values |= dict.fromkeys(("digit", "digit_from", "digit_to"), ANY)
        return values

    def drawn(self, values: dict[str, Any], part: str) -> list[Any]:
        """A new grid, and with it the directions where they can be seen. part: which tab below the grid is open.

        -> chips, grid, directions, recipe, verdict.
        """
        kept = Kept.check({name: values[name] for name in KEPT})
        shown, made, _ = runs.grid(self.check(values | {"what": "grid"}), kept)
        below = self.nudged(values)[0] if part == "directions" else SAME
        return [_chips(shown), shown, below, made, ""]

    def nudged(self, values: dict[str, Any]) -> list[Any]:
        """-> directions, recipe, verdict."""
        return [*runs.directions(self.check(values | {"what": "directions"})), ""]

    def walked(self, values: dict[str, Any]) -> list[Any]:
        """-> walk, recipe, verdict."""
        return [*runs.filmed(self.check(values | {"what": "walk"})), ""]

    @told()
    def redraw(self, part: str, *given: Any) -> list[Any]:
        """What a slider, a chip or a model does while it is moved. -> as `drawn`."""
        if self.values(given)["seed"] is None:
            return [SAME] * 5  # the field is empty because a number is about to be typed into it
        return self.drawn(self.said(given), part)

    @told()
    def anew(self, part: str, *given: Any) -> list[Any]:
        """Generate: the same with another seed. -> seed, and as `drawn`."""
        seed = self.fields["seed"].kind.check(NEW, "seed")
        return [seed, *self.drawn(self.said(given) | {"seed": seed}, part)]

    @told()
    def keep(self, event: gr.EventData, part: str, *given: Any) -> list[Any]:
        """A click on a digit: it becomes B, and the former B becomes A. -> KEPT, and as `drawn`."""
        values, chosen = self.said(given), private.data_of(event)
        digit = chosen.get("digit")
        b = {"seed_to": chosen.get("seed"), "digit_to": ANY if digit is None else str(digit)}
        if any(values[name] != b[name] for name in b):
            values |= {"seed_from": values["seed_to"], "digit_from": values["digit_to"]} | b
        return [*(values[name] for name in KEPT), *self.drawn(values, part)]

    @told()
    def nudge(self, event: gr.EventData, *given: Any) -> list[Any]:
        """-> the nudges, and as `nudged`."""
        numbers = list(private.data_of(event).get("nudges", []))[: len(NUDGES)]
        return [*numbers, *self.nudged(self.said(given) | dict(zip(NUDGES, numbers, strict=True)))]

    @told()
    def directions(self, *given: Any) -> Any:
        """Those of the page's model, when that part is opened."""
        return self.nudged(self.said(given))[0]

    @told()
    def walk(self, *given: Any) -> list[Any]:
        return self.walked(self.said(given))

    @told()
    def drawn_again(self, request: gr.Request, shown: dict, opening: bool, *given: Any) -> list[Any]:
        """What a recipe that was restored looks like; its own recipe stays, so that Reproduce has what to compare with.

        opening: the page was just opened, perhaps without a recipe; then its example stays.
        -> chips, grid, directions, walk, the part that is open, and of the diffusion section: looked, frame.
        """
        if opening and not request.query_params.get("r") and shown.get("tiles"):
            return [SAME] * 7
        values = self.said(given)
        what = values["what"]
        walk = self.walked(values)[0] if what == "walk" else SAME
        waiting = diffusion.restored(chinese(request)) if what == "diffusion" else [SAME, SAME]
        return [*self.drawn(values, what)[:3], walk, SAME if what == "grid" else gr.Tabs(selected=what), *waiting]

    def price(self, request: gr.Request, *given: Any) -> str:
        """Of denoising; the rest takes a blink."""
        return super().price(request, *(self.values(given) | {"what": "diffusion"}).values())


def _chips(shown: dict) -> Any:
    """The choice of a digit. Its value is left alone where it can be one: a hand may be ahead of the server."""
    return gr.update(interactive=True) if shown["conditional"] else gr.update(interactive=False, value=ANY)


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
                generate = gr.Button(t("generate"), variant="primary", elem_id=tab.id("generate"))
                with tab.more():
                    tab.widget("seed", minimum=0)
            with tab.result():
                grid = view.grid(tab.recorded[0] if tab.recorded else {}, gan_picture)
                tab.recipe_row()
        part = gr.Textbox("walk", visible=False)  # which of the tabs below is open
        with gr.Tabs(elem_id=tab.id("parts")) as parts:
            with _part("walk", part):
                with gr.Row(elem_id=tab.id("walk-controls")):
                    tab.widget("frames")
                    tab.widget("route")
                    go_walk = gr.Button(t("walk"), variant="primary", elem_id=tab.id("walk-go"))
                walk = view.walk()
            with _part("directions", part) as opened_directions:
                gr.Markdown(t("directions_idea"))
                directions = view.directions()
            with _part("compare", part):
                with gr.Row(elem_id=tab.id("compare-controls")):
                    tab.widget("models")
                    go_compare = gr.Button(t("compare"), variant="primary", elem_id=tab.id("compare-go"))
                compare = view.compare()
            with _part("draw", part) as opened_draw:
                draw.section(tab, opened_draw.select)
            with _part("diffusion", part) as opened_diffusion:
                denoising = diffusion.section(tab, opened_diffusion.select)
            with _part("train", part):
                train.section(tab)
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
        grid.keep(tab.keep, [part, *everything], [*(controls[name] for name in KEPT), *drawn], **live)
        nudges = [controls[name] for name in NUDGES]
        directions.nudge(tab.nudge, everything, [*nudges, directions, *made], **live)
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
    with gr.Tab(words.beside(__file__).t(f"tab_{name}"), id=name) as tab:
        yield tab
    tab.select(None, None, opened, js=f"() => {name!r}", **PRIVATE)
