"""Two sections of the GAN tab: the closest digit to a drawing, and what the discriminator thinks of both.

`section()` puts them where it is called, inside a gr.Blocks. The search is in
shared/engines/digits/inversion.py; the discriminator has shared/engines/digits/realism.py and judge.py.
"""

import html
import math
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image, ImageDraw

from shared.core import registry
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.media import pictures, sheets
from shared.page import canvas, digit_html, words
from shared.page.digit_html import facts, figure, picture

from .. import judge as gan_judge

WORDS = words.beside(__file__)
t = WORDS.t

STEPS, MOST_STEPS = 60, 300
PACE = 0.1  # seconds between two pictures of the search, at least
MOST_SEED = 2**31 - 1  # each stands for a pool of seeds of its own
SAME = gr.skip()

BRAKES = Brakes()


# ---- the search --------------------------------------------------------------------------------------------


def drawn(value) -> np.ndarray:
    """What is on the canvas -> (28, 28) in [0, 1]. Errors: UserError."""
    if value and not (isinstance(value, str) and value.startswith("data:")):
        raise UserError("The drawing must be a picture from the canvas.")  # never a path of this machine
    return pictures.digit_from(value)


def checked(name, steps=STEPS, prior=1.0, seed=0) -> tuple[str, int, float, int]:
    """Errors: UserError."""
    gan_judge.check_name(name)
    for value, what, low, high in (
        (steps, "Steps", 1, MOST_STEPS),
        (prior, "Stay typical", 0, 10),
        (seed, "The seed", 0, MOST_SEED),
    ):
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or not low <= value <= high or (what != "Stay typical" and value != int(value)):
            kind = "a number" if what == "Stay typical" else "a whole number"
            raise UserError(f"{what} must be {kind} from {low} to {high:,}, not {str(value)[:20]}.")
    return name, int(steps), float(prior), int(seed)


@dataclass(frozen=True)
class Shown:
    """What stands in the first section."""

    target: np.ndarray
    match: object  # inversion.Match
    first: float  # the error of the closest random picture
    title: str
    state: str  # running, done, stopped or example
    seconds: float = 0.0


def search(drawing, name, steps=STEPS, prior=1.0, seed=0, stop: threading.Event | None = None) -> Iterator[Shown]:
    """Yields what is to be shown while the search runs, and at its end or where `stop` was set. Errors: UserError."""
    import torch

    from shared.core import loaders
    from shared.core.threads import use_physical_cores
    from shared.engines.digits import inversion

    name, steps, prior, seed = checked(name, steps, prior, seed)
    pixels, stop = drawn(drawing), stop or threading.Event()
    target = torch.from_numpy(pixels)
    with loaders.use(name) as loaded:
        use_physical_cores()
        start, shown, first = time.monotonic(), 0.0, None
        for match in inversion.search(loaded.model, target, steps, prior, seed):
            first = first or float(match.errors[0])
            ended = stop.is_set() or match.step == match.of
            if ended or time.monotonic() - shown > PACE:
                shown = time.monotonic()
                state = "running" if not ended else "done" if match.step == match.of else "stopped"
                yield Shown(pixels, match, first, loaded.spec.title, state, shown - start)
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


def find(request: gr.Request, drawing, name, steps, prior, seed):
    """-> found, judged, Find, Stop."""
    chinese, session = digit_html.chinese(request), request.session_hash
    idle = gr.update(interactive=True), gr.update(interactive=False)
    with BRAKES.run(session) as brake:
        try:
            checked(name, steps, prior, seed)
            drawn(drawing)
            yield _message(_looking(chinese)), SAME, gr.update(interactive=False), gr.update(interactive=True)
            last = None
            for last in search(drawing, name, steps, prior, seed, brake):
                if BRAKES.overtaken(session, brake):
                    return
                yield found_html(last, chinese), SAME, SAME, SAME
            judged = gan_judge.judged_html(name, last.target, last.match.images[0, 0], chinese)
            yield SAME, judged, *idle
        except UserError as error:
            yield SAME, SAME, *idle
            raise gr.Error(html.escape(str(error)), print_exception=False) from None
        except Exception:
            yield SAME, SAME, *idle
            raise


def _looking(chinese: bool) -> str:
    from shared.engines.digits import inversion

    return WORDS.speaker(chinese, "inv")("looking", n=inversion.POOL)


def _message(words: str) -> str:
    return f'<div class="dg inv-found" data-state="running"><p class="quiet" role="status">{words} …</p></div>'


def halt(request: gr.Request):
    BRAKES.stop(request.session_hash)


def judge(request: gr.Request, drawing, name):
    """A stroke was drawn -> judged."""
    return _told(_judged, drawing, name, digit_html.chinese(request))


def another_model(request: gr.Request, looked: bool, drawing, name):
    """-> judged, sorted; nothing before the section was looked at, for it takes a moment."""
    chinese = digit_html.chinese(request)
    if not looked:
        return SAME, SAME
    return _told(_judged, drawing, name, chinese), _told(gan_judge.sorted_html, name, chinese)


def _judged(drawing, name, chinese: bool) -> str:
    """An empty canvas is no fault here: then the touchstones stand alone."""
    return gan_judge.judged_html(name, drawn(drawing) if drawing else None, None, chinese)


def _told(function, *given):
    try:
        return function(*given)
    except UserError as error:
        raise gr.Error(html.escape(str(error)), print_exception=False) from None


def opened(request: gr.Request, looked: bool, drawing, name):
    """The section is looked at -> looked, found, judged, sorted: of the example, which is on the canvas at first."""
    if looked:
        return SAME, SAME, SAME, SAME
    if drawing != example_drawing():
        return True, SAME, *another_model(request, True, drawing, name)
    chinese, shown = digit_html.chinese(request), _told(_example, name)
    judged = gan_judge.judged_html(name, shown.target, shown.match.images[0, 0], chinese)
    return True, found_html(shown, chinese), judged, gan_judge.sorted_html(name, chinese)


@cache
def _example(name) -> Shown:
    """Searched once in a process: the next visitors find it done."""
    *_, last = search(example_drawing(), name)
    return Shown(last.target, last.match, last.first, last.title, "example")


def take(name):
    """One of the model's own digits -> the canvas: of these it is known that they can be found."""
    from shared.core import loaders

    def made():
        gan_judge.check_name(name)
        with loaders.use(name) as loaded:
            return as_drawing(loaded.model.sample(1, seed=secrets.randbelow(2**31))[0, 0].numpy())

    return _told(made)


def as_drawing(image: np.ndarray) -> str:
    """(28, 28) in [0, 1] -> what the canvas holds, which may be drawn over."""
    white = Image.fromarray(np.rint(255 * image).astype(np.uint8))
    return sheets.png_url(white.resize((280, 280), Image.Resampling.BICUBIC))


# ---- the page ----------------------------------------------------------------------------------------------

CSS = Path(__file__).with_name("draw.css")


def section(model: gr.components.Component | None = None, opens: gr.events.EventListener | None = None) -> None:
    """model: the tab's own choice of a GAN, where it has one; else the section brings its own.
    opens: what shows the section, such as `tab.select`; else the opening of the page."""
    from shared.core import loaders

    with gr.Column(elem_id="inv"):
        gr.HTML(f"<style>{digit_html.CSS}{CSS.read_text('utf-8')}</style>", visible="hidden")
        gr.HTML(f'<div class="prose"><h3>{t("inv_title")}</h3></div>')
        gr.HTML(f'<div class="dg dg-idea"><p>{t("inv_idea")}</p></div>')  # Gradio translates one word in each
        with gr.Row(elem_id="inv-row"):
            with gr.Column(scale=4, min_width=290, elem_id="inv-controls"):
                drawing = canvas.canvas("inv-drawing", t("canvas_label"), example_drawing())
                taken = gr.Button(t("inv_take"), size="sm", elem_id="inv-take")
                if model is None:
                    model = gr.Dropdown(
                        [(registry.spec(name).title, name) for name in registry.names(gan_judge.TASK)],
                        value=loaders.default_model(gan_judge.TASK),
                        label=t("model"),
                        elem_id="inv-model",
                    )
                with gr.Row(elem_id="inv-go"):
                    start = gr.Button(t("inv_find"), variant="primary", scale=3, min_width=140, elem_id="inv-find")
                    stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id="inv-stop")
                with gr.Accordion(t("more"), open=False, elem_id="inv-more"):
                    steps = gr.Slider(
                        10,
                        MOST_STEPS,
                        STEPS,
                        step=10,
                        label=t("inv_steps"),
                        info=t("inv_steps_hint"),
                        precision=0,
                        elem_id="inv-steps",
                    )
                    prior = gr.Slider(0, 3, 1, step=0.1, label=t("inv_prior"), info=t("inv_prior_hint"))
                    seed = gr.Number(
                        0,
                        label=t("seed"),
                        info=t("inv_seed_hint"),
                        precision=0,
                        minimum=0,
                        maximum=MOST_SEED,
                    )
            with gr.Column(scale=9, min_width=300):
                found = gr.HTML(f'<div class="dg"><p class="quiet">{t("inv_waiting")}</p></div>', elem_id="inv-found")
        gr.HTML(f'<div class="prose"><h3>{t("inv_judge")}</h3></div>')
        judged = gr.HTML(elem_id="inv-judged")
        with gr.Accordion(t("inv_sorted"), open=False, elem_id="inv-sorted-box"):
            in_order = gr.HTML(elem_id="inv-sorted")

    looked = gr.State(False)
    private = {"api_visibility": "private", "show_progress": "hidden"}
    quick = private | {"queue": False}
    latest = private | {"trigger_mode": "always_last", "concurrency_id": "inv-judge"}
    start.click(find, [drawing, model, steps, prior, seed], [found, judged, start, stop], **private)
    stop.click(halt, None, None, **quick)
    drawing.drawn(judge, [drawing, model], judged, **latest)
    taken.click(take, model, drawing, **private).success(judge, [drawing, model], judged, **latest)
    model.change(another_model, [looked, drawing, model], [judged, in_order], **latest)
    opens = opens or gr.context.Context.root_block.load
    opens(opened, [looked, drawing, model], [looked, found, judged, in_order], **private)
