"""VAE interpolation: draw two digits, or take samples, and walk from one to the other through latent space.

Up here the endpoints, below them what the controls do, and `build()`, which makes the widgets and wires them. The walk
is in runs.py, the quiet sections in parts.py, the looks in view.py and vae_html.py.
"""

import html
import secrets
from dataclasses import dataclass

import gradio as gr
from gradio.data_classes import FileData

from shared.core import examples, registry
from shared.core.errors import UserError
from shared.media import pictures
from shared.page import canvas, files, recipe_row, words
from shared.page.digit_html import chinese

from . import ends as vae_ends
from . import how as vae_how
from . import html as vae_html
from . import parts, runs
from . import view as vae_view
from .runs import DEFAULTS, MOST_FRAMES, SETTINGS, TAB, TASK

WORDS = words.beside(__file__)
t = WORDS.t

ENDS = ("start", "end")
SECTIONS = ("posterior", "map", "sliders", "compare", "arithmetic")
SAME = gr.skip()


# ---- the endpoints -------------------------------------------------------------------------------------------------


def vae_interpolation(
    model: str = DEFAULTS["model"],
    start: str = DEFAULTS["start"],
    end: str = DEFAULTS["end"],
    frames: int = 16,
    path: str = "slerp",
) -> tuple[FileData, FileData, dict]:
    """Walks from one handwritten digit to another through the latent space of a VAE: a strip (PNG) and a film (GIF of
    12 frames a second). Both carry their recipe.

    Args:
        model: conv-vae-mnist, vae-mnist, beta-vae-mnist, vae-gan-mnist, vae2d-mnist or ladder-vae-mnist.
        start: A whole number, the seed of a sample; or a picture of a digit: a data URL (data:image/png;base64,...),
            or from gradio_client a file (handle_file). Up to 10 MB; any size, ink and paper.
        end: The same for the other end.
        frames: How many pictures, both ends among them, from 2 to 64.
        path: slerp (an arc, as far from the centre as the ends are) or lerp (straight).
    """
    settings = {"model": model, "start": start, "end": end, "frames": frames, "route": path}
    try:
        _, made, images = runs.interpolate(settings)
        return _served("png", images, made), _served("gif", images, made), made
    except UserError as error:
        raise _shown(error) from None


def vae_encode(model: str = DEFAULTS["model"], image: str = DEFAULTS["start"]) -> dict:
    """What a VAE makes of a handwritten digit. JSON: model; mean, log_variance and kl (nats) of each latent; bce, the
    reconstruction error in nats; picture and reconstruction as PNG data URLs of 28x28, white ink on black; notice.

    Args:
        model: conv-vae-mnist, vae-mnist, beta-vae-mnist, vae-gan-mnist, vae2d-mnist or ladder-vae-mnist.
        image: A picture of a digit: a data URL (data:image/png;base64,...), or from gradio_client a file
            (handle_file); or a whole number, the seed of a sample that the model draws and reads.
    """
    try:
        found = parts.encode(model, image)
    except UserError as error:
        raise _shown(error) from None
    return {
        "model": found["model"],
        **{key: [round(float(one), 5) for one in found[key]] for key in ("mean", "log_variance", "kl")},
        "bce": round(found["bce"], 3),
        **{key: pictures.data_url(found[key]) for key in ("picture", "reconstruction")},
        "notice": found["notice"],
    }


def _served(kind: str, images, made: dict) -> dict:
    return files.served(runs.WRITERS[kind](images, made), f"interpolation.{kind}")


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


# ---- what the controls do ------------------------------------------------------------------------------------------
#
# A run fills, in this order: the strip, for each end its canvas and the words under it, the recipe, the verdict.


def _canvas_of(text, shown: dict):
    """What to draw on the canvas of an end; a drawing that came from there stays as it is."""
    return SAME if isinstance(text, str) and text.startswith("data:") else shown["picture"]


def _words_of(text, say) -> str:
    """The line under a canvas, as HTML. It says, too, why an end cannot be used."""
    try:
        end = vae_ends.end_of(text, "digit")
    except UserError as error:
        return _line(say("is_empty") if text in ("", None) else str(error))
    if end.seed is not None:
        return _line(say("is_sample", seed=end.seed))
    return _line(end.notice or say("is_drawing" if end.pixels is not None else "is_latents"))


def _line(sentence: str) -> str:
    return f'<p role="status">{html.escape(sentence)}</p>'


def _run(values: dict, embed: bool, say):
    """Yields the updates of a run, the recipe last but one."""
    for view, made in runs.run(values, embed):
        if made is None:
            yield view, *[SAME] * 4, SAME, SAME
            continue
        ends = [SAME] * 4
        if view["ends"]:
            texts = [values[name] for name in ENDS]
            canvases = [_canvas_of(text, shown) for text, shown in zip(texts, view["ends"], strict=True)]
            ends = [
                one for pair in zip(canvases, (_words_of(text, say) for text in texts), strict=True) for one in pair
            ]
        for end in view["ends"]:
            end.pop("picture")
        yield view, *ends, made, ""


def play(request: gr.Request, embed: bool, *given):
    """Generate. After an error the page is as it was."""
    values = dict(zip(SETTINGS, given, strict=True)) | {"points": ""}
    try:
        yield from _run(values, embed, WORDS.speaker(chinese(request)))
    except UserError as error:
        raise _shown(error) from None


def live(request: gr.Request, embed: bool, *given):
    """What a control does while it is moved, or a drawing while it grows: an end that cannot be used is told under it,
    and is no error yet."""
    values, say = dict(zip(SETTINGS, given, strict=True)) | {"points": ""}, WORDS.speaker(chinese(request))
    try:
        for name in ENDS:
            vae_ends.end_of(values[name], name)
    except UserError:
        words = [_words_of(values[name], say) for name in ENDS]
        yield SAME, SAME, words[0], SAME, words[1], SAME, SAME
        return
    yield from play(request, embed, *given)


def follow(request: gr.Request, event: gr.EventData, embed: bool, *given):
    """A path was drawn on the map: its model walks along it. -> the model, the updates of a run."""
    drawn = [[float(x) for x in point] for point in (event._data or {}).get("points", [])[: runs.MOST_POINTS]]
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in drawn)
    values = dict(zip(SETTINGS, given, strict=True)) | {"points": points, "model": runs.MAP}
    try:
        for updates in _run(values, embed, WORDS.speaker(chinese(request))):
            yield runs.MAP, *updates
    except UserError as error:
        raise _shown(error) from None


def take_latents(event: gr.EventData):
    """Latents of the map or of the sliders become an end. -> the model, the two ends."""
    chosen = event._data or {}
    text = vae_ends.write_latents(chosen.get("latents") or [])
    return chosen.get("model"), *(text if chosen.get("which") == name else SAME for name in ENDS)


def take_file(path, request: gr.Request):
    """An upload -> the canvas, the end, the words under it."""
    try:
        pixels, notice = pictures.read_digit(path)
    except UserError as error:
        raise _shown(error) from None
    words = notice or WORDS.speaker(chinese(request))("is_drawing")
    return pictures.data_url(pixels), pictures.pack(pixels), _line(words)


def new_seed() -> str:
    return str(secrets.randbelow(100_000))


def third_shown(request: gr.Request, model: str, text: str):
    """The third digit of the arithmetic -> its canvas, the words under it."""
    import torch

    words = _words_of(text, WORDS.speaker(chinese(request)))
    try:
        end = vae_ends.end_of(text, "third digit")
        with parts.used(model) as loaded, torch.inference_mode():
            picture = pictures.data_url(vae_ends.picture_of(end, loaded.model))
    except UserError:
        return SAME, words
    return _canvas_of(text, {"picture": picture}), words


def look(request: gr.Request, opened: str, which: str, third: str, *given):
    """Fills the section that is open, and no other. -> posterior, map, sliders, compare, arithmetic, its latents."""
    values, zh = dict(zip(SETTINGS, given, strict=True)), chinese(request)
    name, text = values["model"], values[which if which in ENDS else ENDS[0]]
    updates, sum_ = dict.fromkeys(SECTIONS, SAME), SAME
    try:
        if opened == "posterior":
            updates[opened] = vae_html.posterior(parts.posterior(name, text, which), zh)
        elif opened == "map":
            from . import plane as vae_map

            updates[opened] = vae_map.view(name, values["start"], values["end"], values["route"])
        elif opened == "sliders":
            updates[opened] = parts.sliders(name, text, which)
        elif opened == "compare":
            updates[opened] = vae_html.compare(parts.compare(name, text, which), zh)
        elif opened == "arithmetic":
            found = parts.arithmetic(name, (values["start"], values["end"], third))
            updates[opened], sum_ = vae_html.arithmetic(found, zh), found["latents"]
    except UserError as error:
        shown = {"message": str(error)} if opened in ("map", "sliders") else vae_html.message(str(error))
        updates[opened] = shown
    return *updates.values(), sum_


def rerun(*given):
    """Reproduce: the settings of a recipe."""
    for view, *ends, made, _ in _run(dict(zip(SETTINGS, given, strict=True)), True, WORDS.speaker(False)):
        yield view, *ends, made


def restored(request: gr.Request, *given):
    """After a recipe was read: its walk, which takes less than a blink. -> the strip, for each end its canvas and the
    words under it. The recipe itself stays, for Reproduce to be held against."""
    values, say = dict(zip(SETTINGS, given, strict=True)), WORDS.speaker(chinese(request))
    try:
        for view, *ends, _, _ in _run(values, True, say):
            yield view, *ends
    except UserError as error:
        raise _shown(error) from None


def opened(request: gr.Request, embed: bool, *given):
    """The page was opened: with a recipe in the address that is shown, else the example is, recorded or made."""
    query = request.query_params
    if query.get("r") and query.get("tab", TAB) == TAB:
        for shown in restored(request, *given):
            yield *shown, SAME, SAME
    elif examples.example(DEFAULTS["model"]):
        say = WORDS.speaker(chinese(request))
        words = [_words_of(DEFAULTS[name], say) for name in ENDS]
        yield SAME, SAME, words[0], SAME, words[1], SAME, SAME
    else:
        yield from play(request, embed, *given)


def how_it_works(request: gr.Request):
    return vae_how.IDEA[1 if chinese(request) else 0]


# ---- the page ------------------------------------------------------------------------------------------------------

CSS = f"""
#{TAB} {{ gap: 36px; align-items: flex-start; }}
#{TAB}-controls, #{TAB}-result {{ gap: 18px; }}
#{TAB}-ends {{ gap: 20px; flex-wrap: nowrap; }}
.{TAB}-end {{ gap: 2px !important; min-width: 0 !important; }}
.{TAB}-end .row {{ gap: 16px; }}
.{TAB}-end .row button, .{TAB}-quiet button {{
  flex: 0 0 auto; width: auto; min-height: 30px; padding: 0; border: 0; background: none; box-shadow: none;
  font-size: 13px; font-weight: 500; color: var(--link-text-color);
}}
.{TAB}-end .row button:hover {{ text-decoration: underline; text-underline-offset: 3px; }}
.{TAB}-words p {{
  margin: 0; font-size: 13px; line-height: 1.4; min-height: 36px; color: var(--body-text-color-subdued);
}}
#{TAB}-sections {{ margin-top: 12px; }}
#{TAB}-third {{ max-width: 224px; }}
#{TAB}-which {{ width: fit-content; margin: 0 auto 0 0; }}
#{TAB}-sections:has([role="tab"]:is(:nth-child(2), :nth-child(5)).selected) #{TAB}-which {{ display: none; }}
@media (max-width: 640px) {{ /* the result right under the button; what there is to choose comes after it */
  #{TAB} {{ flex-direction: column; gap: 18px; align-items: stretch; }}
  #{TAB}-controls {{ display: contents; }}
  #{TAB}-controls > * {{ order: 4; }}
  #{TAB}-controls > #{TAB}-ends {{ order: 1; gap: 14px; }}
  #{TAB}-controls > #{TAB}-generate {{ order: 2; }}
  #{TAB}-result {{ order: 3; }}
}}
"""
LATEX = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
SIDE = 216  # pixels a side of a canvas
THIRD = "30"  # the seed of the third digit of the arithmetic

PRIVATE = {"api_visibility": "private", "show_progress": "hidden"}
QUICK = PRIVATE | {"queue": False}
WORK = PRIVATE | {"concurrency_id": "digits", "trigger_mode": "always_last"}
DRAWN = "(value) => value || ''"  # a drawing becomes the end's text in the browser: Generate can be pressed at once


def _id(name: str) -> str:
    return f"{TAB}-{name}"


def _end(name: str, value: str, picture: str):
    """One digit: canvas, sample, upload, and its text -> canvas, words, text, sample, upload."""
    with gr.Column(elem_id=_id(name), elem_classes=f"{TAB}-end"):
        sheet = canvas.canvas(_id(f"{name}-canvas"), t(f"{name}"), picture, SIDE)
        with gr.Row():
            sample = gr.Button(t("sample"), size="sm", scale=0, min_width=0, elem_id=_id(f"{name}-sample"))
            upload = gr.UploadButton(
                t("upload"),
                file_types=["image"],
                size="sm",
                scale=0,
                min_width=0,
                elem_id=_id(f"{name}-upload"),
            )
        words = gr.HTML(elem_id=_id(f"{name}-words"), elem_classes=f"{TAB}-words", min_height=36)
    return sheet, words, gr.Textbox(value, visible=False), sample, upload


def _more():
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        seeds = [
            gr.Number(
                None,
                label=t(f"seed_{name}"),
                info=t("seed_hint"),
                precision=0,
                minimum=0,
                maximum=vae_ends.MOST_SEED,
                elem_id=_id(f"seed-{name}"),
            )
            for name in ENDS
        ]
        embed = gr.Checkbox(True, label=t("embed_recipe"), elem_id=_id("embed-recipe"))
    return seeds, embed


def build() -> gr.Blocks:
    recorded = examples.example(DEFAULTS["model"])
    shown = [end["picture"] for end in recorded[0]["ends"]] if recorded else ["", ""]
    with gr.Blocks() as demo:
        gr.HTML(f"<style>{CSS}</style>", visible="hidden")
        with gr.Row(elem_id=TAB):
            with gr.Column(scale=5, min_width=300, elem_id=_id("controls")):
                with gr.Row(elem_id=_id("ends")):
                    start = _end("start", DEFAULTS["start"], shown[0])
                    end = _end("end", DEFAULTS["end"], shown[1])
                generate = gr.Button(t("generate"), variant="primary", elem_id=_id("generate"))
                model = gr.Radio(
                    [(registry.spec(name).title, name) for name in registry.names(TASK)],
                    value=DEFAULTS["model"],
                    label=t("model"),
                    elem_id=_id("model"),
                )
                path = gr.Radio(
                    [(t("slerp"), "slerp"), (t("lerp"), "lerp")],
                    value=DEFAULTS["route"],
                    label=t("path"),
                    info=t("path_hint"),
                    elem_id=_id("path"),
                )
                frames = gr.Slider(
                    2,
                    MOST_FRAMES,
                    DEFAULTS["frames"],
                    step=1,
                    precision=0,
                    label=t("how_many"),
                    info=t("frames_hint"),
                    elem_id=_id("frames"),
                )
                seeds, embed = _more()
            with gr.Column(scale=6, min_width=320, elem_id=_id("result")):
                view = vae_view.strip(recorded[0] if recorded else {})
                panel = recipe_row.panel(TAB, example=recorded[1] if recorded else None)
                with gr.Accordion(t("how_it_works"), open=False, elem_id=_id("how")):
                    how = gr.Markdown(vae_how.IDEA[0], latex_delimiters=LATEX)
                    numbers = gr.Markdown(vae_how.facts(DEFAULTS["model"]), elem_id=_id("numbers"))
        named = {"model": model, "start": start[2], "end": end[2], "frames": frames, "route": path}
        named["points"] = gr.Textbox("", visible=False)
        controls = [named[name] for name in SETTINGS]
        sections = _sections(controls)

        page = [embed, *controls]
        ends = [start[0], start[1], end[0], end[1]]
        updates = [view, *ends, panel.recipe, panel.verdict]

        def redrawn(event, run=live):
            """After `event` the strip is drawn anew, and then the section that is open."""
            return sections.follow(event(run, page, updates, **WORK))

        generate.click(lambda: "", None, named["points"], **QUICK)
        redrawn(generate.click, play)
        for control in (model.input, path.input, frames.input):
            redrawn(control)
        for (sheet, words, text, sample, upload), seed in zip((start, end), seeds, strict=True):
            drawn = sheet.drawn(None, sheet, text, js=DRAWN, **PRIVATE)
            redrawn(drawn.then)
            redrawn(sample.click(new_seed, None, text, **QUICK).then)
            redrawn(upload.upload(take_file, upload, [sheet, text, words], **PRIVATE).success)
            as_text = "(seed) => (Number.isInteger(seed) ? String(seed) : '')"
            redrawn(seed.submit(None, seed, text, js=as_text, **PRIVATE).then)
        sections.follow(sections.map.route(follow, page, [model, *updates], **WORK))
        for source in (sections.map, sections.sliders):
            redrawn(source.use(take_latents, None, [model, start[2], end[2]], **QUICK).then)
        for button, text in zip(sections.uses, (start[2], end[2]), strict=True):
            redrawn(button.click(lambda latents: latents, sections.sum, text, **QUICK).then)

        events = recipe_row.wire(panel, rerun, named, [view, *ends], fresh=[generate.click], concurrency_id="digits")
        sections.follow(events.reproduce)
        sections.follow(events.restore.then(restored, controls, [view, *ends], **PRIVATE))
        sections.follow(events.opened.then(opened, page, updates, **PRIVATE))
        model.change(vae_how.facts, model, numbers, **QUICK)
        demo.load(how_it_works, None, how, **QUICK)

        gr.api(vae_interpolation, api_name="vae_interpolation", concurrency_id="digits")
        gr.api(vae_encode, api_name="vae_encode", concurrency_id="digits")
    return demo


@dataclass(frozen=True)
class Sections:
    """The quiet part below. What is open there is filled when it is opened, and after each run."""

    map: gr.HTML
    sliders: gr.HTML
    sum: gr.Textbox  # the latents that the arithmetic came to, as an end's text
    uses: list[gr.Button]  # make the sum the start, the end
    asked: list  # the inputs of `look`
    shown: list  # its outputs

    def follow(self, event):
        """After `event`, the section that is open is filled anew."""
        return event.then(look, self.asked, self.shown, **WORK)


def _sections(controls: list) -> Sections:
    with gr.Column(elem_id=_id("sections")):
        which = gr.Radio(
            [(t(f"{name}"), name) for name in ENDS],
            value=ENDS[0],
            label=t("look_at"),
            elem_id=_id("which"),
        )
        tabs = {}
        with gr.Tabs(elem_id=_id("parts")):
            with _tab("posterior", tabs):
                posterior = gr.HTML(vae_html.message("…"), elem_id=_id("posterior"))
            with _tab("map", tabs):
                plane = vae_view.plane()
            with _tab("sliders", tabs):
                sliders = vae_view.sliders()
            with _tab("compare", tabs):
                compare = gr.HTML(vae_html.message("…"), elem_id=_id("compare"))
            with _tab("arithmetic", tabs):
                third, arithmetic, uses = _arithmetic()
                sum_ = gr.Textbox("", visible=False)
    opened = gr.State(SECTIONS[0])
    shown = [posterior, plane, sliders, compare, arithmetic, sum_]
    found = Sections(plane, sliders, sum_, uses, [opened, which, third[2], *controls], shown)
    for name, tab in tabs.items():
        found.follow(tab.select(lambda name=name: name, None, opened, **QUICK))
    found.follow(which.input(None, js="() => {}", **PRIVATE))
    sheet, words, text, sample, upload = third
    for event in (
        sheet.drawn(None, sheet, text, js=DRAWN, **PRIVATE),
        sample.click(new_seed, None, text, **QUICK),
        upload.upload(take_file, upload, [sheet, text, words], **PRIVATE),
        tabs["arithmetic"].select(None, js="() => {}", **PRIVATE),
    ):
        found.follow(event.then(third_shown, [controls[0], text], [sheet, words], **PRIVATE))
    return found


def _tab(name: str, tabs: dict) -> gr.Tab:
    tabs[name] = gr.Tab(t(f"{name}"), id=name, elem_id=_id(f"tab-{name}"))
    return tabs[name]


def _arithmetic():
    """-> the third digit, the result, the buttons that make it an end."""
    gr.Markdown(t("arithmetic_idea"))
    with gr.Row(equal_height=False):
        third = _end("third", THIRD, "")
        with gr.Column(scale=3, min_width=300):
            result = gr.HTML(vae_html.message("…"), elem_id=_id("arithmetic"))
            with gr.Row(elem_classes=f"{TAB}-quiet"):
                uses = [
                    gr.Button(t(f"use_sum_{end}"), size="sm", scale=0, min_width=0, elem_id=_id(f"sum-{end}"))
                    for end in ENDS
                ]
    return third, result, uses
