"""The training section on the page.

with gr.Tab("Train"):
    trained = section(tab)            # gr.State: the folder of the model that this visitor chose to use, or ""
trained.change(show, trained, ...)    # show(folder): runs.model(folder)
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from shared.core import registry
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import private, words
from shared.page.endpoint import told
from shared.page.tab import PRIVATE, SAME, Tab
from shared.page.words import chinese
from shared.training import live

from . import runs, view
from .runs import OPTIONS, applies, measured
from .view import say

WORDS = words.beside(__file__)
t = WORDS.t
SEED_HINT = words.of_page().t("seed_hint")  # that of the tab speaks of Generate

CSS = Path(__file__).with_name("section.css")


# A page that is left while it trains leaves a word in its browser tab, for the page after it; -> what was left. A frame
# may be without a storage.
LEFT = """() => {
  try {
    const left = sessionStorage.getItem('aigc-trains') ?? '';
    addEventListener('pagehide', () => {
      if (document.querySelector('#gan_train-stop').disabled) sessionStorage.removeItem('aigc-trains');
      else sessionStorage.setItem('aigc-trains', 1);
    });
    return left;
  } catch { return ''; }
}"""

# On the page around: this part, where it is looked for, is what is open again.
COME_BACK = """() => {
  try { if (sessionStorage.getItem('aigc-trains')) document.getElementById('gan_digits-part-train-button')?.click(); }
  catch {}
}"""


# ---- what the buttons do -----------------------------------------------------------------------------------
#
# What `start` shows, in this order: status, alarm, grid, classes, distance, the two curves; the buttons Start, Stop,
# Pause, 1 step, 100 steps and the row of the last three; the download, Use, and the row of these two; what is lost.
OUTPUTS = 17
CURVE_S = 5  # between two drawings of the losses: each holds the browser up, the longer the longer the curve is


def _figures(state: live.State, plan: live.Plan, seen: dict, in_chinese: bool) -> list[Any]:
    """The figures, each only where it has changed since `seen`."""
    parts = {
        "status": (view.status, (state.phase, state.step, state.place, state.why, state.source, state.floor)),
        "alarm": (partial(view.alarm, plan=plan), state.scores),
        "grid": (view.grid, state.grid),
        "classes": (view.classes, state.scores),
        "distance": (view.distance, state.scores),
        "losses": (
            lambda state, chinese: gr.update(
                value=view.losses(state, chinese), colors_in_legend=view.networks(state, chinese)
            ),
            (state.phase, state.step if state.phase == "paused" else state.seconds // CURVE_S),
        ),
        "distances": (lambda state, chinese: view.distances(state), state.scores),
    }
    figures = []
    for name, (show, fact) in parts.items():
        figures.append(SAME if name in seen and seen[name] == fact else show(state, chinese=in_chinese))
        seen[name] = fact
    return figures


def _buttons(state: live.State, in_chinese: bool) -> list[Any]:
    busy, going = state.phase != "ended", state.phase in ("running", "paused")
    pause = say("resume" if state.phase == "paused" else "pause", in_chinese)
    return [
        gr.update(interactive=not busy),
        gr.update(interactive=busy),
        gr.update(interactive=going, value=pause),
        gr.update(interactive=going),
        gr.update(interactive=going),
        gr.update(visible=busy),
    ]


def start(request: gr.Request, name: str, *given: Any) -> Iterator[list[Any]]:
    """Trains, and shows it until it is over. given: the values of OPTIONS."""
    in_chinese, session = chinese(request), str(request.session_hash)
    try:
        options = dict(zip(OPTIONS, given, strict=True))
        training = runs.begin(session, name, options, Path(gr.utils.get_upload_folder()))
    except UserError as error:
        yield [view.wrong(error), *[SAME] * (OUTPUTS - 2), ""]  # an exception would cover all of them with "Error"
        return
    seen: dict[str, Any] = {}
    phase, none = None, [gr.update(value=None), gr.update(), gr.update(visible=False)]
    with closing(training.watch()) as states:
        for state in states:
            if runs.VISITORS.current(session) is not training:
                return  # the visitor has begun another one, which writes to the same page
            end = none if phase is None else [SAME] * 3
            if state.phase == "ended" and training.packed():
                end = [gr.update(value=str(training.packed())), gr.update(interactive=True), gr.update(visible=True)]
            buttons = [SAME] * 6 if state.phase == phase else _buttons(state, in_chinese)
            phase = state.phase
            yield [*_figures(state, training.plan, seen, in_chinese), *buttons, *end, ""]


@told()
def tell(request: gr.Request, what: str, n: int = 1) -> None:
    training = runs.mine(str(request.session_hash))
    training.tell("resume" if what == "pause" and training.state.phase == "paused" else what, n)


def example_in_the_language(request: gr.Request) -> list[Any]:
    """The figures of the recorded training, whose words were English when the page was built."""
    recorded = runs.example()
    if not chinese(request) or not recorded:
        return [SAME] * 7
    state, plan = recorded
    _, *others, losses, distances = _figures(state, plan, {}, True)
    titles = {"x_title": say("axis_step", True), "y_title": say("axis_distance", True)}
    return [
        view.status(state, True, recorded=True),
        *others,
        losses | titles | {"y_title": say("axis_loss", True), "color_title": "", "color_map": view.colours(True)},
        gr.update(value=distances, **titles),
    ]


def pause(request: gr.Request) -> None:
    tell(request, "pause")


def one_step(request: gr.Request) -> None:
    tell(request, "step", 1)


def many_steps(request: gr.Request) -> None:
    tell(request, "step", 100)


def halt(request: gr.Request) -> None:
    tell(request, "stop")


def leave(request: gr.Request) -> None:
    """The visitor closes or reloads the page."""
    runs.VISITORS.leave(str(request.session_hash))


@told()
def use(request: gr.Request) -> tuple[Any, ...]:
    """-> the folder of the trained model, for this visitor's tab; digits from it; the row that shows them."""
    folder = str(runs.mine(str(request.session_hash)).model_folder() or "")
    return folder, draw(folder, 0, request), gr.update(visible=True)


def gone(left: str, request: gr.Request) -> str:
    """What an earlier page of this browser tab says that it left: a training lives as long as its page."""
    return f"<p role=status class=gt-alarm>{say('gone', chinese(request))}</p>" if left else ""


def draw(folder: str, seed: Any, request: gr.Request) -> str:
    """Fifty digits from the model in `folder`, as HTML."""
    try:
        return view.grid(live.State(grid=runs.digits(folder, seed)), chinese(request))
    except UserError as error:
        return view.wrong(error)


@told()
def options_of(name: str, which: str, request: gr.Request) -> list[Any]:
    """-> the preset and all OPTIONS, as a recipe and a preset have them."""
    presets = live.presets_of(name)
    known = which in presets  # not every recipe has the last one
    plan = live.preset(name, which if known else "good")
    # Gradio translates no update.
    choices = [(say(preset, chinese(request)), preset) for preset in presets]
    # A preset that stays is not sent: by now the visitor may have chosen another.
    chosen = gr.update(choices=choices, **({} if known else {"value": "good"}))
    # None, since "" is no choice of a gr.Radio.
    values = {option: getattr(plan, option) for option in OPTIONS} | {"norm": plan.norm or None}
    updates = [gr.update(value=values[option], visible=applies(name, option)) for option in OPTIONS]
    return [chosen, *updates]


def expected(name: str, steps: Any, request: gr.Request) -> str:
    """How long it takes and what it learns from, where that is not what the example learned from."""
    if not isinstance(steps, int | float) or not 0 < steps <= live.MOST_STEPS:
        return ""
    in_chinese, known = chinese(request), runs.seconds(name, int(steps))
    said = [say(known[0], in_chinese, time=view.duration(known[1], in_chinese))] if known else []
    return "<br>".join([*said, *([say("blurred", in_chinese)] if runs.blurred() else [])])


# ---- the section -------------------------------------------------------------------------------------------


def _id(name: str) -> str:
    return f"gan_train-{name}"


def _effect(remedy: str) -> str:
    """' · 61 → 43': the distance without and with a remedy, where it was measured."""
    row = measured(remedy)
    return f" · {row[0]:.0f} → {row[1]:.0f}" if row else ""


def _hint(option: str, remedy: str = "") -> str:
    return f"{t(f'train_{option}_hint')}{_effect(remedy)}"


def _more(plan: live.Plan) -> list[gr.components.Component]:
    """The options, in the order of OPTIONS."""
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        if steps := runs.measured_steps():
            gr.HTML(f"<p class=gt-quiet>{t('train_measured')} {steps:,}.</p>")

        def slider(option: str, step: float, most: float | None = None) -> gr.Slider:
            low, high, _ = live.RANGES[option]
            return gr.Slider(
                low,
                most or high,
                getattr(plan, option),
                step=step,
                label=t(f"train_{option}"),
                info=_hint(option, option),
                visible=applies(plan.name, option),
                elem_id=_id(option),
            )

        def number(option: str, label: Any, info: Any, precision: int | None = None) -> gr.Number:
            return gr.Number(getattr(plan, option), label=label, info=info, precision=precision, elem_id=_id(option))

        gr.HTML(f"<h4>{t('train_length')}</h4>")
        length = [number("steps", t("train_steps"), _hint("steps"), 0), slider("patience", 1)]
        gr.HTML(f"<h4>{t('train_optimiser')}</h4>")
        optimiser = [
            number("learning_rate", t("train_learning_rate"), _hint("learning_rate")),
            slider("decay", 0.1),
            slider("ema", 0.01, 0.99),
            number("seed", t("seed"), SEED_HINT, 0),
        ]
        gr.HTML(f"<h4>{t('train_remedies')}</h4>")
        remedies = [
            slider("label_smoothing", 0.05),
            slider("feature_matching", 0.5),
            slider("critic_steps", 1),
            gr.Radio(
                [(f"{t(f'train_norm_{norm}')}{_effect(f'norm_{norm}')}", norm) for norm in live.NORMS],
                value=plan.norm or None,
                label=t("train_norm"),
                info=_hint("norm"),
                visible=applies(plan.name, "norm"),
                elem_id=_id("norm"),
            ),
        ]
    return [*length, *optimiser, *remedies]


def _plot(name: str, rows: Any, y: str, **facts: Any) -> gr.LinePlot:
    """A curve over the steps, with its title and its hint."""
    with gr.Column(min_width=280):
        gr.HTML(f"<h4>{t(f'train_{name}')}</h4>")
        plot = gr.LinePlot(
            rows,
            x="step",
            y=y,
            height=220,
            label=t(f"train_{name}"),
            show_label=False,  # it would push the axis out of the box
            elem_id=_id(name),
            **facts,
        )
        gr.HTML(f"<p class=gt-quiet>{t(f'train_{name}_hint')}</p>", elem_classes="gt-hint")
    return plot


def section(tab: Tab) -> gr.State:
    """Builds the section in the current Blocks -> the state that holds the folder of the model to use, or ""."""
    trained = gr.State("")
    if not settings().training:
        gr.Markdown(t("train_off"))
        return trained
    recorded = runs.example()
    state, plan = recorded or (live.State(), live.preset(runs.FIRST, "good"))
    gr.HTML(f"<style>{CSS.read_text('utf-8')}</style>", visible="hidden")
    with gr.Row(elem_id="gan_train", elem_classes="aigc-tab"):
        with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
            name = gr.Dropdown(
                [(registry.spec(model).title, model) for model in live.NAMES],
                value=plan.name,
                label=t("model"),
                info=t("train_model_hint"),
                elem_id=_id("model"),
            )
            which = gr.Radio(
                [(t(f"train_{preset}"), preset) for preset in live.presets_of(plan.name)],
                value="good",
                label=t("train_preset"),
                info=t("train_preset_hint"),
                elem_id=_id("preset"),
            )
            with gr.Row(elem_id=_id("go"), elem_classes="aigc-go"):
                begin = gr.Button(t("train_start"), scale=3, min_width=140, elem_id=_id("start"))
                stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id=_id("stop"))
            price = gr.HTML("", elem_id=_id("price"), elem_classes="aigc-price")
            with gr.Row(visible=False, elem_id=_id("steps-row")) as by_hand:
                wait, once, often = (
                    gr.Button(t(f"train_{key}"), size="sm", min_width=80, interactive=False, elem_id=_id(key))
                    for key in ("pause", "one", "many")
                )
            options = _more(live.preset(plan.name, "good"))
        with gr.Column(scale=9, min_width=320, elem_id=_id("view")):
            lost = gr.HTML("", elem_id=_id("lost"))
            standing = gr.HTML(view.status(state, recorded=True) if recorded else "", elem_id=_id("status"))
            alarm = gr.HTML(view.alarm(state, plan), elem_id=_id("alarm"))
            with gr.Row():
                with gr.Column(scale=5, min_width=280):
                    grid = gr.HTML(view.grid(state), elem_id=_id("grid"))
                    gr.HTML(f"<p class=gt-quiet>{t('train_grid_hint')}</p>", elem_classes="gt-hint")
                with gr.Column(scale=4, min_width=240):
                    distance = gr.HTML(view.distance(state), elem_id=_id("distance"))
                    classes = gr.HTML(view.classes(state), elem_id=_id("classes"))
            with gr.Row():
                legend = {"color": "network", "color_map": view.colours(), "colors_in_legend": view.networks(state)}
                losses = _plot("losses", view.losses(state), "loss", **legend)
                distances = _plot("distances", view.distances(state), "distance")
            with gr.Row(visible=False, elem_id=_id("end")) as end:
                download = gr.DownloadButton(t("train_download"), size="sm", min_width=160, elem_id=_id("download"))
                take = gr.Button(t("train_use"), size="sm", min_width=160, elem_id=_id("use"))
            with gr.Column(visible=False, elem_id=_id("own")) as own:
                gr.Markdown(t("train_own"))
                digits = gr.HTML("", elem_id=_id("digits"))
                seed = gr.Number(0, label=t("seed"), info=SEED_HINT, precision=0, elem_id=_id("own-seed"))

    figures = [standing, alarm, grid, classes, distance, losses, distances]
    begin.click(
        start,
        [name, *options],
        [*figures, begin, stop, wait, once, often, by_hand, download, take, end, lost],
        # Those who wait have a place in the line of live/process.py; Gradio's own would keep them without a word.
        concurrency_id="train",
        concurrency_limit=live.AT_ONCE + live.MOST_WAITING + 1,
        **PRIVATE,
    )
    tab.opened(gone, lost, lost, js=LEFT)
    tab.opened(example_in_the_language, None, figures)
    for button, function in ((wait, pause), (once, one_step), (often, many_steps), (stop, halt)):
        button.click(function, None, None, **tab.quick)
    gr.on([name.input, which.input], options_of, [name, which], [which, *options], **tab.live)
    gr.on([name.change, options[0].change], expected, [name, options[0]], price, **tab.live)
    tab.opened(expected, [name, options[0]], price)
    take.click(use, None, [trained, digits, own], **PRIVATE)  # queued: without, a gr.State tells nobody of its change
    seed.change(draw, [trained, seed], digits, **tab.live)
    private.page().unload(leave)
    return trained
