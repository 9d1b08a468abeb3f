"""The quiet sections below the strip. The one that is open is filled when it is opened, and after each run."""

from typing import Any

import gradio as gr

from shared.core.errors import UserError
from shared.core.kinds import Choice
from shared.media import pictures
from shared.page import sentences
from shared.page.tab import PRIVATE, SAME, Tab
from shared.page.words import chinese

from . import html, parts, view
from .ends import EndText
from .request import Arithmetic, Reading
from .sheet import Sheet, sheet, under

ENDS = ("start", "end")
SECTIONS = ("posterior", "map", "sliders", "compare", "arithmetic")
NOW = "() => {}"  # an event that only starts what is chained to it


class Sections:
    """map, sliders: they send events. total: the latents that the arithmetic came to, as text.

    uses: the buttons that make it the start, the end.
    """

    def __init__(self, tab: Tab):
        """tab: wired."""
        self.tab, t = tab, tab.t
        with gr.Column(elem_id=tab.id("sections")):
            which = gr.Radio(
                [(t(name), name) for name in ENDS], value=ENDS[0], label=t("look_at"), elem_id=tab.id("which")
            )
            with gr.Tabs(elem_id=tab.id("parts"), overflow_behavior="wrap"):
                with self._tab("posterior") as posterior:
                    cloud = gr.HTML(html.message("…"), elem_id=tab.id("posterior"))
                with self._tab("map") as plane:
                    self.map = view.plane()
                with self._tab("sliders") as latents:
                    self.sliders = view.sliders()
                with self._tab("compare") as compare:
                    rows = gr.HTML(html.message("…"), elem_id=tab.id("compare"))
                with self._tab("arithmetic") as arithmetic:
                    third, steps = self._arithmetic()
        self.total = gr.Textbox("", visible=False)
        opened = gr.State(SECTIONS[0])
        self._asked = [opened, which, third.text, *tab.settings]
        self._filled = [cloud, self.map, self.sliders, rows, steps, self.total]

        for name, section in zip(SECTIONS, (posterior, plane, latents, compare, arithmetic), strict=True):
            self.follow(section.select(lambda name=name: name, None, opened, **tab.quick))
        self.follow(which.input(None, js=NOW, **PRIVATE))
        for then in (*third.filled(), arithmetic.select(None, js=NOW, **PRIVATE).then):
            drawn = then(draw_third, [tab.built["model"], third.text], third.words, **PRIVATE)
            self.follow(drawn)

    def follow(self, event: gr.events.Dependency) -> None:
        """After `event`, the section that is open is filled anew."""
        event.then(self.look, self._asked, self._filled, **self.tab.work | {"trigger_mode": "always_last"})

    def look(self, request: gr.Request, opened: str, which: str, third: str, *given: Any) -> tuple:
        """-> posterior, map, sliders, compare, arithmetic, its latents."""
        values, zh = self.tab.values(given), chinese(request)
        updates: dict[str, Any] = dict.fromkeys((*SECTIONS, "total"), SAME)
        try:
            if opened == "map":
                updates[opened] = self._map(values)
            elif opened == "arithmetic":
                asked = {"model": values["model"], "start": values["start"], "end": values["end"], "third": third}
                found = parts.arithmetic(Arithmetic.check(asked))
                updates |= {opened: html.arithmetic(found, zh), "total": found["latents"]}
            else:
                which = Choice(ENDS, called="The digit").check(which, "which")
                end = EndText(called=f"The {which}").check(values[which], which)
                asked = Reading.check({"model": values["model"], "image": end})
                updates[opened] = LOOKS[opened](asked, zh)
        except UserError as error:
            scripted = opened in ("map", "sliders")
            said = sentences.told(error)
            updates[opened] = {"message": said} if scripted else html.message(said)
        return tuple(updates.values())

    def _map(self, values: dict) -> dict:
        from . import plane

        try:
            return plane.view(self.tab.check(values | {"points": ""}))
        except UserError:
            return plane.view(None)

    def _tab(self, name: str) -> gr.Tab:
        return gr.Tab(self.tab.t(f"tab_{name}"), id=name, elem_id=self.tab.id(f"tab-{name}"))

    def _arithmetic(self) -> tuple[Sheet, gr.HTML]:
        tab = self.tab
        gr.Markdown(tab.t("arithmetic_idea"))
        with gr.Row(equal_height=False):
            first = Arithmetic.fields()["third"].default
            third = sheet(tab, "third", gr.Textbox(first, visible=False))
            with gr.Column(scale=3, min_width=300):
                steps = gr.HTML(html.message("…"), elem_id=tab.id("arithmetic"))
                with gr.Row(elem_classes=f"{tab.name}-quiet"):
                    self.uses = [
                        gr.Button(
                            tab.t(f"use_sum_{end}"), size="sm", scale=0, min_width=0, elem_id=tab.id(f"sum-{end}")
                        )
                        for end in ENDS
                    ]
        return third, steps


LOOKS = {
    "posterior": lambda asked, chinese: html.posterior(parts.posterior(asked), chinese),
    "sliders": lambda asked, chinese: parts.sliders(asked),
    "compare": lambda asked, chinese: html.compare(parts.compare(asked), chinese),
}


def draw_third(model: str, text: str) -> dict:
    """The third digit of the arithmetic -> the words under it, with its picture."""
    try:
        asked = Reading.check({"model": model, "image": text})
        return under(asked.digits[0]) | {"picture": pictures.data_url(parts.picture(asked))}
    except UserError:
        return under(text)
