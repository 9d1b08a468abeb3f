"""Train in the page: a section of a tab where a visitor trains a small generator of digits and watches it learn.

    with gr.Tab("Train"):
        trained = gan_train.section()     # gr.State: the folder of the model that this visitor chose to use, or ""
    trained.change(show, trained, ...)    # show(folder): gan_train.model(folder) is a DigitModel, None once deleted

The training runs in a process of its own (shared/training/live/jobs.py); here is what the page shows of it.
"""

import functools
import html
import json
from contextlib import closing
from pathlib import Path

import gradio as gr

from shared.core import registry
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import words
from shared.training import recipes
from shared.training.live import jobs

WORDS = words.beside(__file__)
t = WORDS.t

STYLE = Path(__file__).with_name("train.css")
EXAMPLE = jobs.HERE / "example.json"  # a recorded training, shown before the first
PRESETS = jobs.HERE / "presets.json"  # written by shared/training/live/presets.py
REMEDIES = jobs.HERE / "remedies.json"  # written by shared/training/live/remedies.py
FIRST = "dcgan-mnist"
# Every loss that a training may report; readable on paper and on dark.
COLOURS = {"discriminator": "#c2410c", "generator": "#2b8880", "bce": "#c2410c", "kl": "#2b8880"}
SAME = gr.skip()

_trainings: dict[str, jobs.Training] = {}  # session -> what this visitor trains


# ---- words -------------------------------------------------------------------------------------------------


def _chinese(request: gr.Request | None) -> bool:
    return request is not None and request.headers.get("accept-language", "").lower().startswith("zh")


def say(key: str, chinese: bool = False, **values) -> str:
    """The sentence `train_KEY` in the visitor's language, with these values in it."""
    return WORDS.say(f"train_{key}", chinese, **values)


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


def _wrong(error: UserError) -> str:
    return f"<p role=alert class=gt-alarm>{html.escape(str(error))}</p>"


def _duration(seconds: float, chinese: bool) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if chinese:
        return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


# ---- what a state looks like -------------------------------------------------------------------------------


def status(state: jobs.State, chinese: bool = False, recorded: bool = False) -> str:
    """Where the training stands, as HTML: a sentence, a bar, and the alarm where there is cause for one."""
    share = state.step / state.steps if state.steps else 0
    words = html.escape(_sentence(state, chinese))
    badge = f"<span class=gt-badge>{say('recorded', chinese)}</span> " if recorded else ""
    bar = f"<div class=gt-bar><i style='width:{share:.1%}'></i></div>"
    about = []
    if state.source:
        about.append(say("learns_from", chinese, source=state.source, n=f"{_pictures(state.source):,}"))
    if state.floor is not None:
        about.append(say("floor", chinese, floor=f"{state.floor:.0f}"))
    return f"<p role=status>{badge}{words}</p>{bar}<p class=gt-quiet>{html.escape(' '.join(about))}</p>"


def _pictures(source: str) -> int:
    return 55_000 if source == "MNIST" else 1_500


def _sentence(state: jobs.State, chinese: bool) -> str:
    if state.phase == "waiting":
        return say("waiting", chinese, place=state.place, running=jobs.AT_ONCE)
    if state.phase == "starting":
        return say("starting", chinese)
    done = say("done", chinese, step=f"{state.step:,}", steps=f"{state.steps:,}")
    done += say("took", chinese, time=_duration(state.seconds, chinese)) if state.step else ""
    if state.phase == "running" and 1 < state.step < state.steps:
        left = state.seconds / state.step * (state.steps - state.step)
        return done + say("left", chinese, time=_duration(left, chinese))
    if state.phase == "paused":
        return say("is_paused", chinese) + done
    if state.phase == "ended":
        kept = say("kept", chinese, step=f"{state.kept_step:,}") if state.kept_step not in (0, state.step) else ""
        return (state.sentence or say(f"why_{state.why}", chinese)) + " " + (done if state.step else "") + kept
    return done


def alarm(state: jobs.State, job: jobs.Job, chinese: bool = False) -> str:
    """A sentence on a mode collapse and the remedy to try, as HTML, or ""."""
    kind = jobs.alarm(state)
    if not kind or not jobs.gan(job.name):  # a VAE does not collapse
        return ""
    classes = state.scores[-1]["classes"]
    digit = classes.index(max(classes) if kind == "one" else min(classes))
    words = say(f"collapse_{kind}", chinese, digit=digit, share=f"{classes[digit]:.1%}")
    return f"<p role=alert class=gt-alarm>{words} {say('try_' + jobs.remedy(job).replace('-', '_'), chinese)}</p>"


def grid(state: jobs.State, chinese: bool = False) -> str:
    if not state.grid:
        return f"<div class=gt-empty>{say('no_grid', chinese)}</div>"
    words = say("grid_alt", chinese, step=f"{state.grid_step:,}")
    return (
        f'<img class=gt-grid src="data:image/png;base64,{state.grid}" alt="{html.escape(words)}" width=298 height=148>'
    )


def classes(state: jobs.State, chinese: bool = False) -> str:
    """Ten bars: the share of each digit, with a line where all would be even. And the distance, as a number."""
    found = state.scores[-1] if state.scores else None
    shares = found["classes"] if found else [0.0] * 10
    top = max(0.25, *shares)
    bars = "".join(
        f"<span class=gt-class title='{share:.1%}'><b style='height:{100 * share / top:.1f}%' "
        f"class='{'low' if found and share < 0.01 else ''}'></b><em>{digit}</em></span>"
        for digit, share in enumerate(shares)
    )
    words = ", ".join(f"{digit}: {share:.0%}" for digit, share in enumerate(shares))
    even = f"<i class=gt-even style='bottom:{10 / top:.1f}%'></i>"
    return (
        f"<div class=gt-classes role=img aria-label='{html.escape(words)}'>{even}{bars}</div>"
        f"<p class=gt-quiet>{say('classes_hint', chinese)}</p>"
    )


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


def distance(state: jobs.State, chinese: bool = False) -> str:
    """The newest digit Frechet distance and the best, in words."""
    if not state.scores:
        number, words = "–", ""
    else:
        last, best = state.scores[-1], min(state.scores, key=lambda one: one["frechet"])
        number = _rounded(last["frechet"])
        words = say("distance_best", chinese, best=_rounded(best["frechet"]), step=f"{best['step']:,}")
    return (
        f"<p class=gt-number><b>{number}</b> {say('distance', chinese)}</p>"
        f"<p class=gt-quiet>{say('distance_hint', chinese)} {words}</p>"
    )


def _losses(state: jobs.State):
    import pandas

    # A row without a value for every name: Gradio gives colours to those alone that were there at first.
    rows = [(0, name, None) for name in COLOURS]
    rows += [(step, name, value) for step, found in state.losses for name, value in found.items()]
    # Without types an empty frame would make the axes lists of words.
    return pandas.DataFrame(rows, columns=["step", "network", "loss"]).astype({"step": int, "loss": float})


def _names(state: jobs.State) -> list[str]:
    return list(state.losses[-1][1]) if state.losses else ["discriminator", "generator"]


def _distances(state: jobs.State):
    import pandas

    rows = [(one["step"], one["frechet"]) for one in state.scores]
    return pandas.DataFrame(rows, columns=["step", "distance"]).astype({"step": int, "distance": float})


# ---- what the buttons do -----------------------------------------------------------------------------------
#
# What `start` shows, in this order: status, alarm, grid, classes, distance, the two curves; the buttons Start, Stop,
# Pause, 1 step, 100 steps and the row of the last three; the download, Use, and the row of these two.
OUTPUTS = 16


def _figures(state: jobs.State, job: jobs.Job, seen: dict, chinese: bool) -> list:
    """The figures, each only where it has changed since `seen`."""
    parts = {
        "status": (status, (state.phase, state.step, state.place, state.why, state.source, state.floor)),
        "alarm": (functools.partial(alarm, job=job), state.scores),
        "grid": (grid, state.grid),
        "classes": (classes, state.scores),
        "distance": (distance, state.scores),
        "losses": (
            lambda state, chinese: gr.update(value=_losses(state), colors_in_legend=_names(state)),
            state.losses,
        ),
        "distances": (lambda state, chinese: _distances(state), state.scores),
    }
    found = []
    for name, (show, fact) in parts.items():
        found.append(SAME if name in seen and seen[name] == fact else show(state, chinese=chinese))
        seen[name] = fact
    return found


def _buttons(state: jobs.State, chinese: bool) -> list:
    busy, live_now = state.phase != "ended", state.phase in ("running", "paused")
    words = WORDS.say("train_resume" if state.phase == "paused" else "train_pause", chinese)
    return [
        gr.update(interactive=not busy),
        gr.update(interactive=busy),
        gr.update(interactive=live_now, value=words),
        gr.update(interactive=live_now),
        gr.update(interactive=live_now),
        gr.update(visible=busy),
    ]


def start(request: gr.Request, name, *given):
    """Trains, and shows it until it is over. `given`: the values of OPTIONS."""
    chinese, session = _chinese(request), request.session_hash
    try:
        job = jobs.checked(name, **dict(zip(OPTIONS, given, strict=True)))
        if session in _trainings:
            _trainings.pop(session).leave()
        training = jobs.begin(job, Path(gr.utils.get_upload_folder()))
    except UserError as error:
        yield [_wrong(error), *[SAME] * (OUTPUTS - 1)]  # an exception would cover all of them with "Error"
        return
    for other in [key for key, one in _trainings.items() if one.over()]:
        del _trainings[other]
    _trainings[session] = training
    seen, phase = {}, None
    none = [gr.update(value=None), gr.update(), gr.update(visible=False)]
    with closing(training.watch()) as states:
        for state in states:
            if _trainings.get(session) is not training:
                return  # the visitor has begun another one, which writes to the same page
            end = none if phase is None else [SAME] * 3
            if state.phase == "ended" and training.packed():
                end = [gr.update(value=str(training.packed())), gr.update(interactive=True), gr.update(visible=True)]
            buttons = [SAME] * 6 if state.phase == phase else _buttons(state, chinese)
            phase = state.phase
            yield [*_figures(state, job, seen, chinese), *buttons, *end]


def _mine(request: gr.Request) -> jobs.Training:
    if request.session_hash not in _trainings:
        raise _shown(UserError("Nothing is being trained: press Start first."))
    return _trainings[request.session_hash]


def pause(request: gr.Request) -> None:
    training = _mine(request)
    training.tell("resume" if training.state.phase == "paused" else "pause")


def one_step(request: gr.Request) -> None:
    _mine(request).tell("step", 1)


def many_steps(request: gr.Request) -> None:
    _mine(request).tell("step", 100)


def halt(request: gr.Request) -> None:
    _mine(request).tell("stop")


def leave(request: gr.Request) -> None:
    """The visitor closes or reloads the page: the training ends and its weights go."""
    if request.session_hash in _trainings:
        _trainings.pop(request.session_hash).leave()


def use(request: gr.Request):
    """-> the folder of the trained model, for this visitor's tab; digits from it; the row that shows them."""
    folder = str(_mine(request).model_folder() or "")
    return folder, draw(folder, 0, request), gr.update(visible=True)


def draw(folder: str, seed, request: gr.Request) -> str:
    """Fifty digits from the model in `folder`, as HTML."""
    found = model(folder)
    try:
        if found is None:
            raise UserError("These weights are gone: they are kept for an hour. Please train again.")
        return grid(jobs.State(grid=jobs.grid(found, jobs.number("seed", seed))), _chinese(request))
    except UserError as error:
        return _wrong(error)


def model(folder: str):
    """The model that a visitor trained, ready to draw from; None where it has been deleted."""
    return _loaded(folder) if folder and (Path(folder) / "model.safetensors").is_file() else None


@functools.lru_cache(maxsize=4)  # folders have names of their own; a model is a few megabytes
def _loaded(folder: str):
    return jobs.load(Path(folder))


# ---- the options -------------------------------------------------------------------------------------------

# In the order in which they stand on the page.
OPTIONS = ("steps", "patience", "learning_rate", "decay", "ema", "seed")
OPTIONS += ("label_smoothing", "feature_matching", "critic_steps", "norm")


def applies(name: str, option: str) -> bool:
    """Whether the recipe `name` knows the option."""
    row = recipes.recipe(name)
    if option == "label_smoothing":
        return jobs.gan(name) and row.loss == "bce"
    if option == "norm":
        return "norm" in row.model
    return option not in ("feature_matching", "critic_steps") or jobs.gan(name)


def options_of(name: str, which: str, request: gr.Request) -> list:
    """-> the preset and all OPTIONS, as a recipe and a preset have them."""
    try:
        which = which if which in jobs.presets(name) else "good"  # not every recipe has the last one
        job = jobs.preset(name, which)
    except UserError as error:
        raise _shown(error) from None
    choices = [(say(one, _chinese(request)), one) for one in jobs.presets(name)]  # Gradio translates no update
    # None, since "" is no choice of a gr.Radio.
    values = {option: getattr(job, option) for option in OPTIONS} | {"norm": job.norm or None}
    updates = [gr.update(value=values[option], visible=applies(name, option)) for option in OPTIONS]
    return [gr.update(choices=choices, value=which), *updates]


def expected(name: str, steps, request: gr.Request) -> str:
    """How long it takes: on this machine, from its own past trainings, else as it was measured on two cores."""
    if not isinstance(steps, int | float) or not 0 < steps <= jobs.MOST_STEPS:
        return ""
    chinese, pace = _chinese(request), jobs.pace(name)
    if pace:
        return say("about", chinese, time=_duration(pace * steps, chinese))
    rows = [row for key, row in _measured(PRESETS).items() if key.split()[0] == name]
    found = max(rows, key=lambda row: row["steps"], default=None)  # the longest run says most of what a step takes
    return (
        say("measured_time", chinese, time=_duration(found["seconds"] / found["steps"] * steps, chinese))
        if found
        else ""
    )


@functools.cache
def _measured(file: Path) -> dict:
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def measured(option: str) -> str:
    """' · 61 → 43': the distance without and with an option, where it was measured."""
    file = _measured(REMEDIES)
    found = file.get("remedies", {}).get(option)
    return f" · {file['plain']['frechet']:.0f} → {found['frechet']:.0f}" if found else ""


def _hint(option: str, remedy: str = "") -> str:
    return f"{t(f'train_{option}_hint')}{measured(remedy)}"


# ---- the section -------------------------------------------------------------------------------------------


def _id(name: str) -> str:
    return f"gan_train-{name}"


def _example() -> tuple[jobs.State, jobs.Job] | None:
    """The recorded training, or None where there is none yet."""
    if not EXAMPLE.exists():
        return None
    found = json.loads(EXAMPLE.read_text("utf-8"))
    state = jobs.State(**found["state"])
    return state, jobs.Job(**found["job"])


def _more(job: jobs.Job) -> list:
    """The options, in the order of OPTIONS."""
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        if found := _measured(REMEDIES):
            gr.HTML(f"<p class=gt-quiet>{t('train_measured')} {found['steps']:,}.</p>")

        def slider(option, step, remedy="", most=None):
            low, high, _ = jobs.RANGES[option]
            return gr.Slider(
                low,
                most or high,
                getattr(job, option),
                step=step,
                label=t(f"train_{option}"),
                info=_hint(option, remedy),
                visible=applies(job.name, option),
                elem_id=_id(option),
            )

        def number(option, label, info, precision=None):
            return gr.Number(getattr(job, option), label=label, info=info, precision=precision, elem_id=_id(option))

        gr.HTML(f"<h4>{t('train_length')}</h4>")
        length = [
            number("steps", t("train_steps"), _hint("steps"), 0),
            slider("patience", 1, "patience"),
        ]
        gr.HTML(f"<h4>{t('train_optimiser')}</h4>")
        optimiser = [
            number("learning_rate", t("train_learning_rate"), _hint("learning_rate")),
            slider("decay", 0.1, "decay"),
            slider("ema", 0.01, "ema", 0.99),
            number("seed", t("seed"), t("seed_hint"), 0),
        ]
        gr.HTML(f"<h4>{t('train_remedies')}</h4>")
        remedies = [
            slider("label_smoothing", 0.05, "label_smoothing"),
            slider("feature_matching", 0.5, "feature_matching"),
            slider("critic_steps", 1, "critic_steps"),
            gr.Radio(
                [(f"{t(f'train_norm_{norm}')}{measured(f'norm_{norm}')}", norm) for norm in jobs.NORMS],
                value=job.norm or None,
                label=t("train_norm"),
                info=_hint("norm"),
                visible=applies(job.name, "norm"),
                elem_id=_id("norm"),
            ),
        ]
    return [*length, *optimiser, *remedies]


def section() -> gr.State:
    """Builds the section in the current Blocks -> the state that holds the folder of the model to use, or ""."""
    trained = gr.State("")
    if not settings().training:
        gr.Markdown(t("train_off"))
        return trained
    recorded = _example()
    state, job = recorded or (jobs.State(), jobs.preset(FIRST, "good"))
    gr.HTML(f"<style>{STYLE.read_text('utf-8')}</style>", visible="hidden")
    with gr.Row(elem_id="gan_train"):
        with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
            name = gr.Dropdown(
                [(registry.spec(one).title, one) for one in jobs.NAMES],
                value=job.name,
                label=t("model"),
                info=t("train_model_hint"),
                elem_id=_id("model"),
            )
            which = gr.Radio(
                [(t(f"train_{one}"), one) for one in jobs.presets(job.name)],
                value="good",
                label=t("train_preset"),
                info=t("train_preset_hint"),
                elem_id=_id("preset"),
            )
            with gr.Row(elem_id=_id("go")):
                begin = gr.Button(t("train_start"), variant="primary", scale=3, min_width=140, elem_id=_id("start"))
                stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id=_id("stop"))
            price = gr.HTML("", elem_id=_id("price"))
            with gr.Row(visible=False, elem_id=_id("steps-row")) as by_hand:
                wait = gr.Button(t("train_pause"), size="sm", min_width=80, interactive=False, elem_id=_id("pause"))
                once = gr.Button(t("train_one"), size="sm", min_width=80, interactive=False, elem_id=_id("one"))
                often = gr.Button(t("train_many"), size="sm", min_width=80, interactive=False, elem_id=_id("many"))
            options = _more(jobs.preset(job.name, "good"))
        with gr.Column(scale=9, min_width=320, elem_id=_id("view")):
            told = gr.HTML(status(state, recorded=bool(recorded)) if recorded else "", elem_id=_id("status"))
            alarmed = gr.HTML(alarm(state, job), elem_id=_id("alarm"))
            with gr.Row():
                with gr.Column(scale=5, min_width=280):
                    shown = gr.HTML(grid(state), elem_id=_id("grid"))
                    gr.HTML(f"<p class=gt-quiet>{t('train_grid_hint')}</p>", elem_classes="gt-hint")
                with gr.Column(scale=4, min_width=240):
                    far = gr.HTML(distance(state), elem_id=_id("distance"))
                    bars = gr.HTML(classes(state), elem_id=_id("classes"))
            with gr.Row():
                with gr.Column(min_width=280):
                    gr.HTML(f"<h4>{t('train_losses')}</h4>")
                    losses = gr.LinePlot(
                        _losses(state),
                        x="step",
                        y="loss",
                        color="network",
                        height=220,
                        label=t("train_losses"),
                        show_label=False,  # it would push the axis out of the box
                        color_map=COLOURS,
                        colors_in_legend=_names(state),
                        elem_id=_id("losses"),
                    )
                    gr.HTML(f"<p class=gt-quiet>{t('train_losses_hint')}</p>", elem_classes="gt-hint")
                with gr.Column(min_width=280):
                    gr.HTML(f"<h4>{t('train_distances')}</h4>")
                    distances = gr.LinePlot(
                        _distances(state),
                        x="step",
                        y="distance",
                        height=220,
                        label=t("train_distances"),
                        show_label=False,  # it would push the axis out of the box
                        elem_id=_id("distances"),
                    )
                    gr.HTML(f"<p class=gt-quiet>{t('train_distances_hint')}</p>", elem_classes="gt-hint")
            with gr.Row(visible=False, elem_id=_id("end")) as end:
                download = gr.DownloadButton(t("train_download"), size="sm", min_width=160, elem_id=_id("download"))
                take = gr.Button(t("train_use"), size="sm", min_width=160, elem_id=_id("use"))
            with gr.Column(visible=False, elem_id=_id("own")) as own:
                gr.Markdown(t("train_own"))
                digits = gr.HTML("", elem_id=_id("digits"))
                seed = gr.Number(0, label=t("seed"), info=t("seed_hint"), precision=0, elem_id=_id("own-seed"))

    private = {"api_visibility": "private", "show_progress": "hidden"}
    quick = private | {"queue": False}
    figures = [told, alarmed, shown, bars, far, losses, distances]
    outputs = [*figures, begin, stop, wait, once, often, by_hand, download, take, end]
    # Those who wait have a place in live.py's line; Gradio's own would keep them without a word.
    begin.click(
        start,
        [name, *options],
        outputs,
        concurrency_id="train",
        concurrency_limit=jobs.AT_ONCE + jobs.MOST_WAITING + 1,
        **private,
    )
    wait.click(pause, None, None, **quick)
    once.click(one_step, None, None, **quick)
    often.click(many_steps, None, None, **quick)
    stop.click(halt, None, None, **quick)
    gr.on([name.input, which.input], options_of, [name, which], [which, *options], **quick)
    page = gr.context.Context.root_block
    gr.on([name.change, options[0].change, page.load], expected, [name, options[0]], price, **quick)
    take.click(use, None, [trained, digits, own], **private)  # queued: without, a gr.State tells nobody of its change
    seed.change(draw, [trained, seed], digits, trigger_mode="always_last", **quick)
    page.unload(leave)
    return trained
