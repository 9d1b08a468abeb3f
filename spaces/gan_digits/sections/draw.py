"""Two sections of the GAN tab: the closest digit to a drawing, and what the discriminator thinks of both.

`section()` puts them where it is called, inside a gr.Blocks. The search is in
shared/engines/digits/inversion.py; the discriminator has shared/engines/digits/realism.py and judge.py.
"""

import html
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image, ImageDraw

from shared.core import loaders
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.media import pictures, sheets
from shared.page import canvas, digit_html, words
from shared.page.digit_html import facts, figure, picture
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, SAME, Tab
from shared.page.widgets import widget
from shared.page.words import chinese

from .. import judge as gan_judge
from ..request import GAN, Search

WORDS = words.beside(__file__)
t = WORDS.t

PACE = 0.1  # seconds between two pictures of the search, at least
BRAKES = Brakes()


# ---- the search --------------------------------------------------------------------------------------------


def drawn(value) -> np.ndarray:
    """What is on the canvas -> (28, 28) in [0, 1]. Errors: UserError."""
    if value and not (isinstance(value, str) and value.startswith("data:")):
        raise UserError("The drawing must be a picture from the canvas.")  # never a path of this machine
    return pictures.digit_from(value)


@dataclass(frozen=True)
class Shown:
    """What stands in the first section."""

    target: np.ndarray
    match: object  # inversion.Match
    first: float  # the error of the closest random picture
    title: str
    state: str  # running, done, stopped or example
    seconds: float = 0.0


def search(asked: Search, drawing: str, stop: threading.Event) -> Iterator[Shown]:
    """Yields what is to be shown while the search runs, and at its end or where `stop` was set. Errors: UserError."""
    import torch

    from shared.core.threads import use_physical_cores
    from shared.engines.digits import inversion

    pixels = drawn(drawing)
    with loaders.use(asked.model) as loaded:
        use_physical_cores()
        start, at, first = time.monotonic(), 0.0, None
        for match in inversion.search(loaded.model, torch.from_numpy(pixels), asked.steps, asked.prior, asked.seed):
            first = first or float(match.errors[0])
            ended = stop.is_set() or match.step == match.of
            if ended or time.monotonic() - at > PACE:
                at = time.monotonic()
                state = "running" if not ended else "done" if match.step == match.of else "stopped"
                yield Shown(pixels, match, first, loaded.spec.title, state, at - start)
            if ended:
                return


def found_html(shown: Shown, in_chinese: bool = False) -> str:
    say = WORDS.speaker(in_chinese, "inv")
    match, title = shown.match, html.escape(shown.title)
    found = match.images[0, 0].numpy()
    words = {"step": match.step, "of": match.of, "model": title, "seconds": shown.seconds}
    head = say("step" if shown.state == "running" else shown.state, **words)
    bar = digit_html.progress(match.step / match.of) if shown.state == "running" else ""
    pictures_ = (
        figure(picture(shown.target, say("drawn"), 5), say("drawn")),
        figure(picture(found, say("found"), 5), say("found")),
        figure(
            digit_html.tag(digit_html.signed(found - shown.target, np.zeros_like(found)), say("difference")),
            f"{say('difference')}<br>{say('difference_note')}",
        ),
    )
    labels = _labels_html(match, say) if match.labels is not None else ""
    return (
        f'<div class="dg inv-found" data-state="{shown.state}"><p class="quiet" role="status">{head}</p>'
        f'<div class="inv-bar">{bar}</div>'
        f'<div class="dg-row">{"".join(pictures_)}</div>{facts(_facts(shown, say))}{labels}</div>'
    )


def _facts(shown: Shown, say) -> list[tuple[str, str]]:
    from shared.engines.digits import inversion

    match = shown.match
    rows = [
        (
            say("error", error=float(match.errors[0])),
            say("error_note", n=inversion.POOL, first=shown.first),
        )
    ]
    # |z| of a standard normal of d dimensions is close to normal, mean sqrt(d - 1/2) and variance 1/2; 1.645: 5 %.
    length, middle = float(match.latents[0].norm()), math.sqrt(match.latents.shape[1] - 0.5)
    low, high = middle - 1.645 * math.sqrt(0.5), middle + 1.645 * math.sqrt(0.5)
    verdict = say("inside" if length < low else "outside" if length > high else "typical")
    rows.append((say("length", length=length), say("length_note", low=low, high=high, verdict=verdict)))
    if match.labels is not None:
        best = _best_of_labels(match)
        second = sorted(best, key=lambda digit: float(match.errors[best[digit]]))[1]
        note = say("label_note", second=second, error=float(match.errors[best[second]]))
        rows.append((say("label", label=int(match.labels[0])), note))
    return rows


def _best_of_labels(match) -> dict[int, int]:
    """label -> the place of its closest candidate. The candidates are in order."""
    places = {}
    for place, digit in enumerate(match.labels.tolist()):
        places.setdefault(digit, place)
    return dict(sorted(places.items()))


def _labels_html(match, say) -> str:
    cells = [
        figure(
            picture(match.images[place, 0], say("alt", what=digit), 2),
            f"{digit}<br>{float(match.errors[place]):.3f}",
            "best" if place == 0 else "",
        )
        for digit, place in _best_of_labels(match).items()
    ]
    return f'<p class="inv-head">{say("labels")}</p><div class="dg-cells inv-ten">{"".join(cells)}</div>'


# ---- what the buttons do -----------------------------------------------------------------------------------


@cache
def example_drawing() -> str:
    """A 3 from one stroke, for the first look: as the canvas has it, white on black, 280x280."""
    image = Image.new("L", (280, 280))
    turns = np.linspace(-2.5, 1.6, 24), np.linspace(-1.6, 2.5, 30)
    points = [(135 + 47 * math.cos(a), 92 + 44 * math.sin(a)) for a in turns[0]]
    points += [(133 + 57 * math.cos(a), 188 + 52 * math.sin(a)) for a in turns[1]]
    ImageDraw.Draw(image).line(points, fill=255, width=20, joint="curve")
    return sheets.png_url(image)


def find(request: gr.Request, drawing: str, model: str, steps: int, prior: float, seed: int):
    """-> found, judged, Find, Stop."""
    in_chinese, session = chinese(request), str(request.session_hash)
    idle = gr.update(interactive=True), gr.update(interactive=False)
    with BRAKES.run(session) as brake, told():
        try:
            asked = Search.check({"model": model, "steps": steps, "prior": prior, "seed": seed})
            drawn(drawing)
            yield _looking(in_chinese), SAME, gr.update(interactive=False), gr.update(interactive=True)
            last = None
            for last in search(asked, drawing, brake):
                if brake.overtaken:
                    return
                yield found_html(last, in_chinese), SAME, SAME, SAME
            if brake.overtaken:
                return
            judged = gan_judge.judged_html(model, last.target, last.match.images[0, 0], in_chinese)
            yield SAME, judged, *idle
        except Exception:
            yield SAME, SAME, *idle
            raise


def _looking(in_chinese: bool) -> str:
    from shared.engines.digits import inversion

    words = WORDS.say("inv_looking", in_chinese, n=inversion.POOL)
    return f'<div class="dg inv-found" data-state="running"><p class="quiet" role="status">{words} …</p></div>'


def halt(request: gr.Request) -> None:
    BRAKES.stop(str(request.session_hash))


@told()
def judge(request: gr.Request, drawing: str, model: str) -> str:
    """A stroke was drawn -> judged. An empty canvas is no fault here: then the touchstones stand alone."""
    return gan_judge.judged_html(model, drawn(drawing) if drawing else None, None, chinese(request))


@told()
def another_model(request: gr.Request, looked: bool, drawing: str, model: str):
    """-> judged, sorted; nothing before the section was looked at, for it takes a moment."""
    if not looked:
        return SAME, SAME
    return judge(request, drawing, model), gan_judge.sorted_html(model, chinese(request))


@told()
def opened(request: gr.Request, looked: bool, drawing: str, model: str):
    """The section is looked at -> looked, found, judged, sorted: of the example, which is on the canvas at first."""
    if looked:
        return SAME, SAME, SAME, SAME
    if drawing != example_drawing():
        return True, SAME, *another_model(request, True, drawing, model)
    in_chinese, shown = chinese(request), _example(model)
    judged = gan_judge.judged_html(model, shown.target, shown.match.images[0, 0], in_chinese)
    return True, found_html(shown, in_chinese), judged, gan_judge.sorted_html(model, in_chinese)


@cache
def _example(model: str) -> Shown:
    """Searched once in a process: the next visitors find it done."""
    *_, last = search(Search.check({"model": model}), example_drawing(), threading.Event())
    return Shown(last.target, last.match, last.first, last.title, "example")


@told()
def take(model: str) -> str:
    """One of the model's own digits -> the canvas: of these it is known that they can be found."""
    with loaders.use(GAN.check(model, "model")) as loaded:
        return as_drawing(loaded.model.sample(1, seed=secrets.randbelow(2**31))[0, 0].numpy())


def as_drawing(image: np.ndarray) -> str:
    """(28, 28) in [0, 1] -> what the canvas holds, which may be drawn over."""
    white = Image.fromarray(np.rint(255 * image).astype(np.uint8))
    return sheets.png_url(white.resize((280, 280), Image.Resampling.BICUBIC))


# ---- the page ----------------------------------------------------------------------------------------------

CSS = Path(__file__).with_name("draw.css")


def section(tab: Tab, opens: Callable[..., Any]) -> None:
    """opens: what shows the section, such as `tab.select`. The model is the tab's."""
    model = tab.built["model"]
    with gr.Column(elem_id="inv"):
        gr.HTML(f"<style>{digit_html.CSS}{CSS.read_text('utf-8')}</style>", visible="hidden")
        gr.HTML(f'<div class="prose"><h3>{t("inv_title")}</h3></div>')
        gr.HTML(f'<div class="dg dg-idea"><p>{t("inv_idea")}</p></div>')  # Gradio translates one word in each
        with gr.Row(elem_id="inv-row", elem_classes="aigc-tab"):
            with gr.Column(scale=4, min_width=290, elem_id="inv-controls", elem_classes="aigc-column"):
                drawing = canvas.canvas("inv-drawing", t("canvas_label"), example_drawing())
                taken = gr.Button(t("inv_take"), size="sm", elem_id="inv-take", elem_classes="aigc-link")
                with gr.Row(elem_id="inv-go", elem_classes="aigc-go"):
                    start = gr.Button(t("inv_find"), scale=3, min_width=140, elem_id="inv-find")
                    stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id="inv-stop")
                with gr.Accordion(t("more"), open=False, elem_id="inv-more"):
                    steps = _widget("steps", minimum=10)
                    prior = _widget("prior", maximum=3)
                    seed = _widget("seed", label=t("seed"))
            with gr.Column(scale=9, min_width=300):
                found = gr.HTML(f'<div class="dg"><p class="quiet">{t("inv_waiting")}</p></div>', elem_id="inv-found")
        gr.HTML(f'<div class="prose"><h3>{t("inv_judge")}</h3></div>')
        judged = gr.HTML(elem_id="inv-judged")
        with gr.Accordion(t("inv_sorted"), open=False, elem_id="inv-sorted-box"):
            in_order = gr.HTML(elem_id="inv-sorted")

    looked = gr.State(False)
    latest = PRIVATE | {"trigger_mode": "always_last", "concurrency_id": "inv-judge"}
    start.click(find, [drawing, model, steps, prior, seed], [found, judged, start, stop], **PRIVATE)
    stop.click(halt, None, None, **tab.quick)
    drawing.drawn(judge, [drawing, model], judged, **latest)
    taken.click(take, model, drawing, **PRIVATE).success(judge, [drawing, model], judged, **latest)
    model.change(another_model, [looked, drawing, model], [judged, in_order], **latest)
    opens(opened, [looked, drawing, model], [looked, found, judged, in_order], **PRIVATE)


def _widget(name: str, **overrides: Any) -> gr.components.Component:
    return widget(Search.fields()[name], "inv", lambda key: t(f"inv_{key}"), **overrides)
