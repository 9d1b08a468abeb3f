"""What the controls of the GAN tab do. Each handler gets all settings of the page, and returns values for its own
outputs, see page.py."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from shared.core.kinds import NEW
from shared.page import private
from shared.page.endpoint import told
from shared.page.tab import SAME, Tab
from shared.page.words import chinese

from . import runs
from .request import ANY, Grid, Kept
from .sections.diffusion import section as diffusion

VIEWS = ("grid", "walk", "directions", "compare")
KEPT = tuple(Kept.fields())


def show(found: Mapping[str, Any], chinese: bool) -> list[Any]:
    """What `runs.run` yields -> the four views, and those of the diffusion section."""
    film = found.get("diffusion")
    return [*(found.get(name, SAME) for name in VIEWS), *(diffusion.shown(film, chinese) if film else [SAME] * 4)]


class GanTab(Tab):
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
        """What a slider, a chip or a model does while it is moved, and a digit that is kept. -> as `drawn`."""
        if self.values(given)["seed"] is None:
            return [SAME] * 5  # the field is empty because a number is about to be typed into it
        return self.drawn(self.said(given), part)

    @told()
    def anew(self, part: str, *given: Any) -> list[Any]:
        """Generate: the same with another seed. -> seed, and as `drawn`."""
        seed = self.fields["seed"].kind.check(NEW, "seed")
        return [seed, *self.drawn(self.said(given) | {"seed": seed}, part)]

    @told()
    def again(self, event: gr.EventData) -> list[Any]:
        """A grid of this visit was clicked: it comes back with its settings. -> all controls, grid, recipe, verdict."""
        settings = private.data_of(event).get("settings")
        asked = Grid.check(settings if isinstance(settings, dict) else {})
        shown, made, _ = runs.grid(asked)
        back = asked.settings() | {"digit": gr.update(value=asked.digit, interactive=shown["conditional"])}
        return [*self.restored(back), shown, made, ""]

    @told()
    def nudge(self, *given: Any) -> list[Any]:
        """-> as `nudged`."""
        return self.nudged(self.said(given))

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
