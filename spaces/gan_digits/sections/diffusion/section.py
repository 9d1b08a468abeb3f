"""The diffusion section on the page. Its Generate is a run of the tab, so the tab's recipe row is its, too."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from shared.core import loaders
from shared.core.brakes import Brakes
from shared.page import canvas, digit_html, words
from shared.page.endpoint import told
from shared.page.tab import LATEX, PRIVATE, SAME, Tab
from shared.page.widgets import widget
from shared.page.words import chinese

from ...request import Denoising, Noised
from .. import draw
from . import runs, view

WORDS = words.beside(__file__)
t = WORDS.t

CSS = Path(__file__).with_name("section.css")
PICK = "(step, film) => film?.[step] ?? ''"  # the film is in the browser: the slider asks nobody
COMPARING = Brakes()


class Section(NamedTuple):
    generate: gr.Button
    views: list[gr.components.Component]  # frame, film, slider, files, as `shown` fills them
    looked: gr.State  # whether the visitor has seen it: until then the example waits


def section(tab: Tab, opens: Callable[..., Any]) -> Section:
    """opens: what shows the section, such as `tab.select`."""
    with gr.Column(elem_id="ddpm"):
        gr.HTML(f"<style>{digit_html.CSS}{CSS.read_text('utf-8')}</style>", visible="hidden")
        gr.HTML(f'<div class="prose"><h3>{t("ddpm_title")}</h3></div>')
        gr.HTML(f'<div class="dg dg-idea"><p>{t("ddpm_idea")}</p></div>')  # Gradio translates one word in each
        with gr.Row(elem_id="ddpm-row", elem_classes="aigc-tab"):
            with gr.Column(scale=4, min_width=290, elem_id="ddpm-controls", elem_classes="aigc-column"):
                for name in ("digit", "sampler"):
                    tab.widget(f"diffusion_{name}", elem_id=f"ddpm-{name}")
                tab.widget("diffusion_steps", elem_id="ddpm-steps", maximum=100)
                tab.widget("diffusion_guidance", elem_id="ddpm-guidance")
                generate = _go(tab)
                with gr.Accordion(t("more"), open=False, elem_id="ddpm-more"):
                    tab.widget("diffusion_n", elem_id="ddpm-how_many", label=t("how_many"))
                    seed = tab.widget("diffusion_seed", elem_id="ddpm-seed", label=t("seed"))
            with gr.Column(scale=9, min_width=300):
                frame = gr.HTML(elem_id="ddpm-frame")
                film = gr.JSON(visible=False)  # the frames as HTML, in the visitor's browser
                at = gr.Slider(
                    0,
                    20,
                    20,
                    step=1,
                    label=t("ddpm_at"),
                    info=t("ddpm_at_hint"),
                    interactive=False,
                    precision=0,
                    elem_id="ddpm-at",
                )
                files = gr.HTML(elem_id="ddpm-files")
        with gr.Accordion(t("ddpm_compare"), open=False, elem_id="ddpm-compare-box"):
            _comparing([tab.built[f"diffusion_{name}"] for name in ("digit", "guidance", "seed")])
        with gr.Accordion(t("ddpm_forward"), open=False, elem_id="ddpm-forward-box") as box:
            _forward(box.expand, seed)
    views, looked = [frame, film, at, files], gr.State(False)
    at.input(None, [at, film], frame, js=PICK, **PRIVATE)
    opens(opened, looked, [looked, *views], **PRIVATE)
    return Section(generate, views, looked)


def _go(tab: Tab) -> gr.Button:
    """Generate, Stop and the price: those of the tab's runs, with names of their own."""
    with gr.Row(elem_id="ddpm-go", elem_classes="aigc-go"):
        generate = gr.Button(t("generate"), scale=3, min_width=140, elem_id="ddpm-generate")
        tab.stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id="ddpm-stop")
    tab.cost = gr.HTML("", elem_id="ddpm-price", elem_classes="aigc-price")
    tab.starters.append(generate)
    return generate


def _comparing(given: list[gr.components.Component]) -> None:
    gr.HTML(f'<div class="dg"><p class="quiet">{t("ddpm_compare_idea")}</p></div>')
    with gr.Row(elem_id="ddpm-compare-go"):
        start = gr.Button(t("ddpm_compare_go"), min_width=140, elem_id="ddpm-compare")
        stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id="ddpm-compare-stop")
    table = gr.HTML(elem_id="ddpm-table")
    start.click(compare, given, [table, start, stop], **PRIVATE)
    stop.click(halt_comparing, None, None, **Tab.quick)


def _forward(opens: Callable[..., Any], seed: gr.Number) -> None:
    gr.HTML(f'<div class="dg"><p class="quiet">{t("ddpm_forward_idea")}</p></div>')
    with gr.Row(elem_id="ddpm-forward-row", elem_classes="aigc-tab"):
        with gr.Column(scale=4, min_width=290):
            drawing = canvas.canvas("ddpm-drawing", t("canvas_label"), draw.example_drawing(), side=220)
            taken = gr.Button(t("ddpm_take"), size="sm", elem_id="ddpm-take", elem_classes="aigc-link")
        with gr.Column(scale=9, min_width=300, elem_id="ddpm-forward"):
            time = widget(Noised.fields()["t"], "ddpm", lambda key: t(f"ddpm_{key}"), label="t")
            noised = gr.HTML(elem_id="ddpm-noised")
            law = gr.Markdown(latex_delimiters=LATEX, elem_id="ddpm-formula")
    noising: dict[str, Any] = {"fn": noise, "inputs": [drawing, time, seed], "outputs": [noised, law]}
    latest = PRIVATE | {"trigger_mode": "always_last", "concurrency_id": "ddpm-noise"}
    for event in (time.input, time.release, drawing.drawn, opens):  # gr.on knows no events of gr.HTML's own
        event(**noising, **latest)
    taken.click(take, None, drawing, **PRIVATE).success(**noising, **latest)


# ---- what happens ------------------------------------------------------------------------------------------


def shown(film: runs.Film, in_chinese: bool) -> list[Any]:
    """-> frame, film, slider, files."""
    if film.state == "running":
        rest = [gr.update(interactive=False), ""] if film.step == 0 else [SAME, SAME]
        return [view.frame_html(film, film.step, in_chinese), SAME, *rest]
    frames = [view.frame_html(film, step, in_chinese) for step in range(len(film.held))]
    slider = gr.update(maximum=film.step, value=film.step, interactive=film.step > 0)
    return [frames[-1], frames, slider, view.files_html(film, in_chinese)]


def restored(in_chinese: bool) -> tuple[bool, str]:
    """A recipe is here, and its digits are yet to be made -> looked, frame."""
    words = WORDS.say("ddpm_restored", in_chinese)
    return True, f'<div class="dg ddpm-frame" data-state="restored"><p class="quiet" role="status">{words}</p></div>'


def opened(request: gr.Request, looked: bool) -> tuple[Any, ...]:
    """The section is looked at -> looked, and the example as `shown`."""
    if looked:
        return (SAME,) * 5
    with told():
        return True, *shown(runs.example(), chinese(request))


def compare(request: gr.Request, digit: str, guidance: float, seed: int) -> Iterator[tuple[Any, ...]]:
    """-> table, Compare, Stop."""
    in_chinese, idle = chinese(request), (gr.update(interactive=True), gr.update(interactive=False))
    given = {"what": "diffusion", "diffusion_digit": digit, "diffusion_guidance": guidance, "diffusion_seed": seed}
    with COMPARING.run(str(request.session_hash)) as brake, told():
        try:
            asked = Denoising.check(given)
            yield view.compared_html({}, in_chinese), gr.update(interactive=False), gr.update(interactive=True)
            for cells in runs.compare(asked, brake):
                yield view.compared_html(cells, in_chinese), SAME, SAME
        except Exception:
            yield SAME, *idle
            raise
        yield SAME, *idle


def halt_comparing(request: gr.Request) -> None:
    COMPARING.stop(str(request.session_hash))


def noise(request: gr.Request, drawing: str, t: int, seed: int) -> tuple[str, str]:
    """-> the pictures, the formula. An empty canvas is no fault here: the example stands in for it."""
    with told():
        asked = Noised.check({"t": t, "seed": seed})
        pixels = draw.drawn(drawing or draw.example_drawing())
        parts = runs.noised(pixels, asked)
    return view.forward_html(pixels, asked.t, parts, chinese(request)), view.formula(asked.t, parts["alpha"])


def take() -> str:
    """A digit of the diffusion model -> the canvas."""
    with told(), loaders.use(runs.name_of_model()) as loaded:
        return draw.as_drawing(loaded.model.sample(1, seed=secrets.randbelow(2**31))[0, 0].numpy())
