"""Diffusion in the GAN tab: a digit grows out of noise step by step, and the other way round.

`section()` puts three things where it is called: denoising with a slider over what was recorded, samplers compared at
5 to 50 steps, and the forward process on a digit with its formula and the numbers in it. The model is in
shared/models/digit_diffusion.py.
"""

import html
import math
import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import gradio as gr
import numpy as np

from shared import recipe
from shared.core import registry
from shared.core.asked import number, whole
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.media import sheets
from shared.page import canvas, digit_html, words
from shared.page.digit_html import facts, figure, picture

from . import draw

WORDS = words.beside(__file__)

TAB, TASK = "gan_digits", "digit-diffusion"
SAMPLERS = {"DDIM": "ddim", "DDPM": "ddpm", "DPM-Solver": "dpm"}
COMPARED_STEPS, COMPARED = (5, 10, 20, 50), 4  # steps, digits in each cell
MOST, MOST_STEPS, MOST_GUIDANCE, MOST_SEED = 10, 200, 8, 2**53 - 100
TIMES = 1000  # t runs from 0 to 999
MOST_FRAMES = 60  # of a GIF; noise packs badly, and each frame is some 60 KB
LIBRARIES = ("torch", "numpy", "diffusers", "pillow")
SAME = gr.skip()
LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]

BRAKES = Brakes()


# ---- denoising ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    digit: str = "any"
    n: int = 8
    steps: int = 20
    sampler: str = "ddim"
    guidance: float = 1.0
    seed: int = 0

    @property
    def label(self) -> int | None:
        return None if self.digit == "any" else int(self.digit)


@dataclass
class Film:
    """What was recorded of one run. Pictures are uint8, 255 is ink, to keep it small."""

    settings: Settings
    title: str
    held: list = field(default_factory=list)  # x_t, each (n, 28, 28): at first pure noise, then after each step
    guessed: list = field(default_factory=list)  # x_0 as the network guesses it, each (n, 28, 28)
    seconds: float = 0.0
    state: str = "running"  # then done, stopped or example
    recipe: dict | None = None

    @property
    def step(self) -> int:
        return len(self.held) - 1

    def add(self, x, guess) -> None:
        """x: (n, 1, 28, 28), paper -1 and ink 1, what lies outside is cut off; guess: in [0, 1]."""
        self.held.append(_bytes((x + 1) / 2))
        self.guessed.append(_bytes(guess))


def _bytes(images) -> np.ndarray:
    return np.rint(255 * images[:, 0].clamp(0, 1).numpy()).astype(np.uint8)


def checked(digit="any", n=8, steps=20, sampler="ddim", guidance=1.0, seed=0) -> Settings:
    """Errors: UserError with one sentence."""
    digit = str(int(digit)) if isinstance(digit, float) and digit in range(10) else str(digit)
    if digit not in ("any", *"0123456789"):
        raise UserError(f"The digit must be any, or one from 0 to 9, not “{digit[:20]}”.")
    if sampler not in SAMPLERS.values():
        raise UserError(f"The sampler must be one of {', '.join(SAMPLERS.values())}, not “{str(sampler)[:20]}”.")
    if isinstance(seed, int | float) and seed == -1:
        seed = secrets.randbelow(100_000)
    n, steps = whole(n, "How many", 1, MOST), whole(steps, "Steps", 2, MOST_STEPS)
    guidance = number(guidance, "Guidance", 1, MOST_GUIDANCE)
    return Settings(digit, n, steps, sampler, guidance, whole(seed, "The seed", 0, MOST_SEED))


def name_of_model() -> str:
    """Errors: UserError where this copy of the app has no diffusion model of digits."""
    names = registry.names(TASK)
    if not names:
        raise UserError("This copy of the app has no diffusion model of digits.")
    return names[0]


def denoise(settings: Settings, stop=None) -> Iterator[Film]:
    """Yields the same film before the first step and after each; `stop`, an Event, ends it within a step."""
    import torch

    from shared.core import loaders
    from shared.core.threads import use_physical_cores

    with loaders.use(name_of_model()) as loaded:
        use_physical_cores()
        model, film, start = loaded.model, Film(settings, loaded.spec.title), time.monotonic()
        noise = model.latents(range(settings.seed, settings.seed + settings.n)).view(-1, 1, 28, 28)
        film.add(noise, torch.zeros_like(noise))
        yield film
        for _, _, x, guess in model.steps(
            settings.n, settings.seed, settings.label, settings.steps, settings.sampler, settings.guidance
        ):
            if stop is not None and stop.is_set():
                break
            film.add(x, guess)
            film.seconds = time.monotonic() - start
            if film.step < settings.steps:
                yield film
        film.state = "done" if film.step == settings.steps else "stopped"
        if film.step:
            _measure(settings, film.step, film.seconds)
        named = {f"diffusion_{key}": value for key, value in vars(settings).items()} | {"seed": settings.seed}
        film.recipe = recipe.make(TAB, loaded, named, _strip(film.guessed[-1]), film.seconds, LIBRARIES)
        yield film


def _strip(greys: np.ndarray, scale: int = 1):
    """uint8 (n, 28, 28) -> one row as a PIL picture."""
    return sheets.strip(greys.astype(np.float32) / 255, scale, gap=2)


def frame_html(film: Film, step: int, in_chinese: bool = False) -> str:
    """What was recorded at one step."""
    say = WORDS.speaker(in_chinese, "ddpm")
    numbers = {"step": step, "of": film.settings.steps, "seconds": film.seconds}
    head = say("start" if step == 0 else "step", **numbers)
    if film.state != "running":
        head += " · " + say(film.state, **numbers)
    rows = ""
    for name, greys in (("held", film.held[step]), ("guessed", film.guessed[step])):
        image = digit_html.tag(_strip(greys, 2), say(f"{name}_alt", step=step, n=len(greys)))
        rows += figure(image, f"<b>{say(name)}</b> {say(name + '_note')}")
    bar = digit_html.progress(step / film.settings.steps)
    return (
        f'<div class="dg ddpm-frame" data-state="{film.state}" style="--n:{film.settings.n}">'
        f'<p class="quiet" role="status">{head}</p>{bar}{rows}</div>'
    )


def gif_bytes(film: Film) -> bytes:
    """The film as a GIF, x_t above the guess, with its recipe inside; a long one leaves out steps."""
    every = -(-len(film.held) // MOST_FRAMES)
    kept = sorted({*range(0, len(film.held), every), len(film.held) - 1})
    frames = [
        np.vstack(
            [np.hstack(list(film.held[i])), np.zeros((4, 28 * film.settings.n)), np.hstack(list(film.guessed[i]))]
        )
        for i in [*kept, *[kept[-1]] * 8]  # the end stays a moment
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "denoising.gif"
        sheets.gif(path, np.stack(frames) / 255, scale=2, fps=10, recipe=film.recipe)
        return path.read_bytes()


def files_html(film: Film, in_chinese: bool = False) -> str:
    """Two links that hold their files: the film as GIF, the digits as PNG."""
    import base64
    import io

    say, packed = WORDS.speaker(in_chinese, "ddpm"), io.BytesIO()
    _strip(film.guessed[-1], 4).save(packed, "PNG")
    kinds = {"gif": gif_bytes(film), "png": recipe.embed_bytes(packed.getvalue(), film.recipe)}
    links = (
        f'<a download="diffusion-{film.settings.seed}.{kind}" href="data:image/{kind};base64,'
        f'{base64.b64encode(data).decode()}">{say("save_" + kind)}</a>'
        for kind, data in kinds.items()
    )
    return f'<div class="dg ddpm-files">{" ".join(links)}</div>'


# ---- how long it takes here --------------------------------------------------------------------------------

_seconds_per_pass: dict[str, float] = {}  # of one picture through the network once, in this process


def _measure(settings: Settings, steps: int, seconds: float) -> None:
    found, old = seconds / (steps * _passes(settings)), _seconds_per_pass.get("picture")
    _seconds_per_pass["picture"] = found if old is None else (found + old) / 2


def _passes(settings: Settings) -> int:
    return settings.n * (2 if settings.guidance > 1 else 1)


def expected_seconds(settings: Settings) -> float | None:
    each = _seconds_per_pass.get("picture")
    return each and each * settings.steps * _passes(settings)


# ---- samplers compared -------------------------------------------------------------------------------------


def compare(digit="any", seed=0, guidance=1.0, stop=None) -> Iterator[dict]:
    """Yields {(sampler, steps): (pictures (n, 28, 28) uint8, seconds)} as each cell is done; few steps come first."""
    from shared.core import loaders
    from shared.core.threads import use_physical_cores

    cells = {}
    with loaders.use(name_of_model()) as loaded:
        use_physical_cores()
        for steps in COMPARED_STEPS:
            for sampler in SAMPLERS.values():
                given, start = checked(digit, COMPARED, steps, sampler, guidance, seed), time.monotonic()
                run = loaded.model.steps(COMPARED, given.seed, given.label, steps, sampler, given.guidance)
                for step, _, _, guess in run:
                    if stop is not None and stop.is_set():
                        return
                    if step == steps:
                        cells[sampler, steps] = _bytes(guess), time.monotonic() - start
                        yield cells


def compared_html(cells: dict, in_chinese: bool = False) -> str:
    say = WORDS.speaker(in_chinese, "ddpm")
    head = "".join(f"<th>{say('n_steps', n=steps)}</th>" for steps in COMPARED_STEPS)
    rows = ""
    for title, sampler in SAMPLERS.items():
        line = ""
        for steps in COMPARED_STEPS:
            made = cells.get((sampler, steps))
            if made:
                alt = say("cell_alt", n=COMPARED, sampler=title, steps=steps)
                inside = figure(picture(made[0] / 255, alt, 2, 2), say("seconds", seconds=made[1]))
            else:
                inside = '<div class="ddpm-empty"></div>'
            line += f"<td>{inside}</td>"
        rows += f'<tr><th scope="row">{title}<span>{say("about_" + sampler)}</span></th>{line}</tr>'
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="dg ddpm-compared">{table}</div>'


# ---- the forward process -----------------------------------------------------------------------------------


def forward_parts(pixels, t, seed=0) -> dict:
    """A digit (28, 28) in [0, 1] noised to the time t: {x: (28, 28) in [-1, 1] and beyond, guess, alpha, alphas}.

    guess: what the network makes of x in one pass, in [0, 1], not being told the digit.
    """
    import torch

    from shared.core import loaders
    from shared.models.digit_diffusion import ANY

    t, seed = whole(t, "t", 0, TIMES - 1), whole(seed, "The seed", 0, MOST_SEED)
    with loaders.use(name_of_model()) as loaded, torch.inference_mode():
        model = loaded.model
        noise = model.latents([seed]).view(1, 1, 28, 28)
        x = model.noised(torch.from_numpy(pixels)[None, None], t, noise)
        alpha = float(model.alphas_cumprod[t])
        v = model.guided(x, torch.tensor(t), torch.tensor([ANY]), 1)
        guess = (math.sqrt(alpha) * x - math.sqrt(1 - alpha) * v).clamp(-1, 1)
        alphas = model.alphas_cumprod[:: TIMES // 50].tolist()
        return {"x": x[0, 0].numpy(), "guess": (guess[0, 0].numpy() + 1) / 2, "alpha": alpha, "alphas": alphas}


def forward_html(pixels, t, parts: dict, in_chinese: bool = False) -> str:
    say, alpha = WORDS.speaker(in_chinese, "ddpm"), parts["alpha"]
    ratio = alpha / max(1 - alpha, 1e-12)
    row = "".join(
        figure(picture(image, say(name + "_note"), 5), f"<b>{say(name, t=t)}</b><br>{say(name + '_note')}")
        for name, image in (("clean", pixels), ("noisy", (parts["x"] + 1) / 2), ("one_pass", parts["guess"]))
    )
    table = facts(
        [
            (say("alpha", alpha=alpha), say("alpha_note")),
            (say("ratio", ratio=_short(ratio), decibel=10 * math.log10(max(ratio, 1e-12))), say("ratio_note")),
        ]
    )
    return (
        f'<div class="dg ddpm-forward"><div class="dg-row">{row}</div>{table}{_curves(parts["alphas"], t, say)}</div>'
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 1e-3 else f"{value:.1e}"


def _curves(alphas: list[float], t: int, say) -> str:
    """How much of the digit and of the noise x_t holds, over t: an SVG."""

    def path(values) -> str:
        step = 400 / len(alphas)
        return "M" + " L".join(f"{i * step:.0f},{100 - 96 * value:.1f}" for i, value in enumerate(values))

    at = 400 * t / TIMES
    return (
        f'<figure class="ddpm-curves"><svg viewBox="0 0 400 104" role="img" aria-label="{say("curves_alt")}">'
        f'<path class="a" d="{path([math.sqrt(one) for one in alphas])}"/>'
        f'<path class="b" d="{path([math.sqrt(1 - one) for one in alphas])}"/>'
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="104"/></svg><figcaption>{say("curves")}</figcaption></figure>'
    )


def formula(t: int, alpha: float) -> str:
    """q(x_t | x_0) with the numbers of this t, as Markdown."""
    a, b = math.sqrt(alpha), math.sqrt(1 - alpha)
    return (
        r"$$q(x_t\mid x_0)=\mathcal N\!\left(\sqrt{\bar\alpha_t}\,x_0,\ (1-\bar\alpha_t)\,I\right)$$"
        rf"$$x_{{{t}}}=\sqrt{{{alpha:.4f}}}\,x_0+\sqrt{{{1 - alpha:.4f}}}\,\epsilon"
        rf"={a:.3f}\,x_0+{b:.3f}\,\epsilon$$"
        r"$$\epsilon\sim\mathcal N(0,I)$$"
    )


# ---- what the buttons do -----------------------------------------------------------------------------------


def _told(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)


def start(request: gr.Request, *given):
    """-> frame, film, slider, files, price, Generate, Stop."""
    chinese, session = digit_html.chinese(request), request.session_hash
    idle = gr.update(interactive=True), gr.update(interactive=False)
    with BRAKES.run(session) as brake:
        try:
            settings, film = checked(*given), None
            yield (
                SAME,
                SAME,
                gr.update(interactive=False),
                "",
                SAME,
                gr.update(interactive=False),
                gr.update(interactive=True),
            )
            for film in denoise(settings, brake):
                if BRAKES.overtaken(session, brake):
                    return
                yield frame_html(film, film.step, chinese), SAME, SAME, SAME, SAME, SAME, SAME
            yield *_finished(film, chinese), price(request, *given), *idle
        except UserError as error:
            yield SAME, SAME, SAME, SAME, SAME, *idle
            raise _told(error) from None
        except Exception:
            yield SAME, SAME, SAME, SAME, SAME, *idle
            raise


def _finished(film: Film, chinese: bool) -> tuple:
    """-> frame, film, slider, files."""
    frames = [frame_html(film, step, chinese) for step in range(len(film.held))]
    slider = gr.update(maximum=film.step, value=film.step, interactive=film.step > 0)
    return frames[-1], frames, slider, files_html(film, chinese)


def price(request: gr.Request, *given) -> str:
    """'About 4 s on this machine', or nothing before the first run."""
    try:
        seconds = expected_seconds(checked(*given))
    except UserError:
        return ""  # Generate says what is wrong
    if seconds is None:
        return ""
    return WORDS.speaker(digit_html.chinese(request), "ddpm")(
        "price" if seconds >= 1 else "price_short", seconds=seconds
    )


def opened(request: gr.Request, looked: bool):
    """The section is looked at -> looked, frame, film, slider, files: of the example."""
    if looked:
        return (SAME,) * 5
    try:
        return True, *_finished(_example(), digit_html.chinese(request))
    except UserError as error:
        raise _told(error) from None


@cache
def _example() -> Film:
    """Made once in a process: the next visitors find it done."""
    *_, film = denoise(Settings())
    film.state = "example"
    return film


def start_comparing(request: gr.Request, digit, guidance, seed):
    """-> table, Compare, Stop."""
    chinese, session = digit_html.chinese(request), "compare " + request.session_hash
    idle = gr.update(interactive=True), gr.update(interactive=False)
    with BRAKES.run(session) as brake:
        try:
            seed = checked(digit, guidance=guidance, seed=seed).seed
            yield compared_html({}, chinese), gr.update(interactive=False), gr.update(interactive=True)
            for cells in compare(digit, seed, guidance, brake):
                yield compared_html(cells, chinese), SAME, SAME
            yield SAME, *idle
        except UserError as error:
            yield SAME, *idle
            raise _told(error) from None
        except Exception:
            yield SAME, *idle
            raise


def halt(request: gr.Request):
    BRAKES.stop(request.session_hash)


def halt_comparing(request: gr.Request):
    BRAKES.stop("compare " + request.session_hash)


def noise_it(request: gr.Request, drawing, t, seed):
    """-> the pictures, the formula. An empty canvas is no fault here: the example stands in for it."""
    try:
        pixels = draw.drawn(drawing or draw.example_drawing())
        parts = forward_parts(pixels, t, seed)
    except UserError as error:
        raise _told(error) from None
    return forward_html(pixels, int(t), parts, digit_html.chinese(request)), formula(int(t), parts["alpha"])


def take():
    """A digit of the diffusion model -> the canvas."""
    from shared.core import loaders

    try:
        with loaders.use(name_of_model()) as loaded:
            return draw.as_drawing(loaded.model.sample(1, seed=secrets.randbelow(2**31))[0, 0].numpy())
    except UserError as error:
        raise _told(error) from None


# ---- the page ----------------------------------------------------------------------------------------------

CSS = Path(__file__).with_name("diffusion.css")
PICK = "(step, film) => film?.[step] ?? ''"  # the film is in the browser: the slider asks nobody


def section(opens: gr.events.EventListener | None = None) -> None:
    """opens: what shows the section, such as `tab.select`; else the opening of the page."""
    private = {"api_visibility": "private", "show_progress": "hidden"}
    quick = private | {"queue": False}
    with gr.Column(elem_id="ddpm"):
        gr.HTML(f"<style>{digit_html.CSS}{CSS.read_text('utf-8')}</style>", visible="hidden")
        gr.HTML(f'<div class="prose"><h3>{WORDS.t("ddpm_title")}</h3></div>')
        gr.HTML(f'<div class="dg dg-idea"><p>{WORDS.t("ddpm_idea")}</p></div>')  # Gradio translates one word in each
        with gr.Row(elem_id="ddpm-row"):
            with gr.Column(scale=4, min_width=290, elem_id="ddpm-controls"):
                digit = gr.Radio(
                    [(WORDS.t("ddpm_any"), "any"), *((d, d) for d in "0123456789")],
                    value="any",
                    label=WORDS.t("ddpm_digit"),
                    elem_id="ddpm-digit",
                )
                sampler = gr.Radio(
                    list(SAMPLERS.items()),
                    value="ddim",
                    label=WORDS.t("ddpm_sampler"),
                    info=WORDS.t("ddpm_sampler_hint"),
                    elem_id="ddpm-sampler",
                )
                steps = _slider("steps", 2, 100, 20, 1)
                guidance = _slider("guidance", 1, MOST_GUIDANCE, 1, 0.5)
                with gr.Row(elem_id="ddpm-go"):
                    generate = gr.Button(
                        WORDS.t("generate"), variant="primary", scale=3, min_width=140, elem_id="ddpm-generate"
                    )
                    stop = gr.Button(
                        WORDS.t("stop"), variant="stop", min_width=90, interactive=False, elem_id="ddpm-stop"
                    )
                cost = gr.HTML("", elem_id="ddpm-price")
                with gr.Accordion(WORDS.t("more"), open=False, elem_id="ddpm-more"):
                    n = _slider("how_many", 1, MOST, 8, 1)
                    seed = gr.Number(
                        0,
                        label=WORDS.t("seed"),
                        info=WORDS.t("ddpm_seed_hint"),
                        precision=0,
                        minimum=-1,
                        maximum=MOST_SEED,
                        elem_id="ddpm-seed",
                    )
            with gr.Column(scale=9, min_width=300):
                frame = gr.HTML(elem_id="ddpm-frame")
                film = gr.JSON(visible=False)  # the frames as HTML, in the visitor's browser
                at = gr.Slider(
                    0,
                    20,
                    20,
                    step=1,
                    label=WORDS.t("ddpm_at"),
                    info=WORDS.t("ddpm_at_hint"),
                    interactive=False,
                    precision=0,
                    elem_id="ddpm-at",
                )
                files = gr.HTML(elem_id="ddpm-files")
        with gr.Accordion(WORDS.t("ddpm_compare"), open=False, elem_id="ddpm-compare-box"):
            gr.HTML(f'<div class="dg"><p class="quiet">{WORDS.t("ddpm_compare_idea")}</p></div>')
            with gr.Row(elem_id="ddpm-compare-go"):
                compare_ = gr.Button(WORDS.t("ddpm_compare_go"), min_width=140, elem_id="ddpm-compare")
                halt_ = gr.Button(
                    WORDS.t("stop"), variant="stop", min_width=90, interactive=False, elem_id="ddpm-compare-stop"
                )
            table = gr.HTML(elem_id="ddpm-table")
        with gr.Accordion(WORDS.t("ddpm_forward"), open=False, elem_id="ddpm-forward-box") as box:
            gr.HTML(f'<div class="dg"><p class="quiet">{WORDS.t("ddpm_forward_idea")}</p></div>')
            with gr.Row(elem_id="ddpm-forward-row"):
                with gr.Column(scale=4, min_width=290):
                    drawing = canvas.canvas("ddpm-drawing", WORDS.t("canvas_label"), draw.example_drawing(), side=220)
                    taken = gr.Button(WORDS.t("ddpm_take"), size="sm", elem_id="ddpm-take")
                with gr.Column(scale=9, min_width=300, elem_id="ddpm-forward"):
                    t = gr.Slider(
                        0,
                        TIMES - 1,
                        300,
                        step=1,
                        label="t",
                        info=WORDS.t("ddpm_t_hint"),
                        precision=0,
                        elem_id="ddpm-t",
                    )
                    shown = gr.HTML(elem_id="ddpm-noised")
                    law = gr.Markdown(latex_delimiters=LATEX, elem_id="ddpm-formula")

    given = [digit, n, steps, sampler, guidance, seed]
    generate.click(start, given, [frame, film, at, files, cost, generate, stop], **private)
    stop.click(halt, None, None, **quick)
    at.input(None, [at, film], frame, js=PICK, **private)
    dear = [one.change for one in (n, steps, guidance)]
    gr.on(dear, price, given, cost, trigger_mode="always_last", **quick)
    compare_.click(start_comparing, [digit, guidance, seed], [table, compare_, halt_], **private)
    halt_.click(halt_comparing, None, None, **quick)
    noising = {"fn": noise_it, "inputs": [drawing, t, seed], "outputs": [shown, law]}
    latest = private | {"trigger_mode": "always_last", "concurrency_id": "ddpm-noise"}
    for event in (t.input, t.release, drawing.drawn, box.expand):  # gr.on knows no events of gr.HTML's own
        event(**noising, **latest)
    taken.click(take, None, drawing, **private).success(**noising, **latest)
    opens = opens or gr.context.Context.root_block.load
    looked = gr.State(False)
    opens(opened, looked, [looked, frame, film, at, files], **private)


def _slider(name: str, low, high, value, step) -> gr.Slider:
    return gr.Slider(
        low,
        high,
        value,
        step=step,
        label=WORDS.t(name if name == "how_many" else f"ddpm_{name}"),
        info=WORDS.t(f"ddpm_{name}_hint"),
        precision=0 if isinstance(step, int) else 1,
        elem_id=f"ddpm-{name}",
    )
