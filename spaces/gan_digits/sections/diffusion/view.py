"""What the diffusion section shows, as HTML, and the files it saves."""

import base64
import io
import math
import tempfile
from pathlib import Path

import numpy as np

from shared import recipe
from shared.media import films
from shared.page import digit_html, words
from shared.page.digit_html import facts, figure, picture

from ...request import SAMPLERS, TIMES
from .runs import COMPARED, COMPARED_STEPS, Cells, Film, strip

WORDS = words.beside(__file__)
MOST_FRAMES = 60  # of a GIF; noise packs badly, and each frame is some 60 KB


def frame_html(film: Film, step: int, in_chinese: bool = False) -> str:
    """What was recorded at one step."""
    say = WORDS.speaker(in_chinese, "ddpm")
    asked = film.asked
    numbers = {"step": step, "of": asked.diffusion_steps, "seconds": film.seconds}
    head = say("start" if step == 0 else "step", **numbers)
    if film.state != "running":
        head += " · " + say(film.state, **numbers)
    rows = ""
    for name, greys in (("held", film.held[step]), ("guessed", film.guessed[step])):
        image = digit_html.tag(strip(greys, 2), say(f"{name}_alt", step=step, n=len(greys)))
        rows += figure(image, f"<b>{say(name)}</b> {say(name + '_note')}")
    bar = digit_html.progress(step / asked.diffusion_steps)
    return (
        f'<div class="dg ddpm-frame" data-state="{film.state}" style="--n:{asked.diffusion_n}">'
        f'<p class="quiet" role="status">{head}</p>{bar}{rows}</div>'
    )


def gif_bytes(film: Film) -> bytes:
    """The film as a GIF, x_t above the guess, with its recipe inside; a long one leaves out steps."""
    every = -(-len(film.held) // MOST_FRAMES)
    kept = sorted({*range(0, len(film.held), every), len(film.held) - 1})
    gap = np.zeros((4, 28 * film.asked.diffusion_n))
    frames = [
        np.vstack([np.hstack(list(film.held[i])), gap, np.hstack(list(film.guessed[i]))])
        for i in [*kept, *[kept[-1]] * 8]  # the end stays a moment
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "denoising.gif"
        films.gif(path, np.stack(frames) / 255, scale=2, fps=10, recipe=film.recipe)
        return path.read_bytes()


def files_html(film: Film, in_chinese: bool = False) -> str:
    """Two links that hold their files: the film as GIF, the digits as PNG."""
    say, packed = WORDS.speaker(in_chinese, "ddpm"), io.BytesIO()
    strip(film.guessed[-1], 4).save(packed, "PNG")
    kinds = {"gif": gif_bytes(film), "png": recipe.embed_bytes(packed.getvalue(), film.recipe)}
    links = (
        f'<a download="diffusion-{film.asked.diffusion_seed}.{kind}" href="data:image/{kind};base64,'
        f'{base64.b64encode(data).decode()}">{say("save_" + kind)}</a>'
        for kind, data in kinds.items()
    )
    return f'<div class="dg ddpm-files">{" ".join(links)}</div>'


def compared_html(cells: Cells, in_chinese: bool = False) -> str:
    say = WORDS.speaker(in_chinese, "ddpm")
    head = "".join(f"<th>{say('n_steps', n=steps)}</th>" for steps in COMPARED_STEPS)
    rows = ""
    for sampler in SAMPLERS:
        title, line = say(f"sampler_{sampler}"), ""
        for steps in COMPARED_STEPS:
            inside = '<div class="ddpm-empty"></div>'
            if (sampler, steps) in cells:
                images, seconds = cells[sampler, steps]
                alt = say("cell_alt", n=COMPARED, sampler=title, steps=steps)
                inside = figure(picture(images / 255, alt, 2, 2), say("seconds", seconds=seconds))
            line += f"<td>{inside}</td>"
        rows += f'<tr><th scope="row">{title}<span>{say("about_" + sampler)}</span></th>{line}</tr>'
    table = f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="dg ddpm-compared">{table}</div>'


# ---- the forward process -----------------------------------------------------------------------------------


def forward_html(pixels: np.ndarray, t: int, parts: dict, in_chinese: bool = False) -> str:
    """parts: of runs.noised."""
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

    def path(values: list[float]) -> str:
        step = 400 / len(alphas)
        return "M" + " L".join(f"{i * step:.0f},{100 - 96 * value:.1f}" for i, value in enumerate(values))

    at = 400 * t / TIMES
    return (
        f'<figure class="ddpm-curves"><svg viewBox="0 0 400 104" role="img" aria-label="{say("curves_alt")}">'
        f'<path class="a" d="{path([math.sqrt(alpha) for alpha in alphas])}"/>'
        f'<path class="b" d="{path([math.sqrt(1 - alpha) for alpha in alphas])}"/>'
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
