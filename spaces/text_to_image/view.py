"""The views of the picture tab: the pictures with their time machine, the start picture with its mask, ideas to click.

Each is a gr.HTML with a bare skeleton; a script of its own draws plain JSON into it.
Events: pictures live {}, seed {seed}, again {recipe}, proceed {run, step}, take {picture}; ideas say {prompt};
start painted {}.
"""

import base64
from io import BytesIO
from pathlib import Path

import gradio as gr
import numpy as np

from shared import recipe
from shared.core import registry
from shared.core.errors import UserError
from shared.engines.diffusion import chinese, prompts
from shared.engines.diffusion.limits import TASK
from shared.media import photos, sheets
from shared.page import scripts, sentences, words
from shared.page.view import late
from shared.recipe import containers

from . import past, uploads, visits
from .request import CONTROLS, MOST_SIDE
from .runs import TAB, State, best_of

HERE = Path(__file__).parent
WORDS = words.beside(__file__)
SPOKEN = WORDS.table("view") | {control: WORDS.pair(control) for control in CONTROLS}  # what the scripts say
MOST_START = 512  # pixels a side of a start picture; the largest models that run on a CPU draw that
SMALL = 64  # pixels a side up to which a preview is sent as it is; larger ones are packed with loss

PICTURES = """
<div class="iv">
  <div class="iv-top">
    <span class="iv-badge" hidden></span><button class="iv-live iv-link" type="button" hidden></button>
    <span class="iv-message" role="status" hidden></span>
  </div>
  <div class="iv-bar" aria-hidden="true"><i></i></div>
  <div class="iv-stage">
    <div class="iv-tiles" role="group"></div>
    <aside class="iv-side" hidden>
      <p class="iv-name"></p>
      <p class="iv-line iv-quiet"></p>
      <p class="iv-fit iv-quiet" hidden></p>
      <div class="iv-actions">
        <a class="iv-save iv-link"></a>
        <button class="iv-all iv-link" type="button" hidden></button>
        <button class="iv-enlarge iv-link" type="button"></button>
        <button class="iv-reuse iv-link" type="button"></button>
        <button class="iv-take iv-link" type="button"></button>
        <button class="iv-look iv-link" type="button" aria-expanded="false"></button>
      </div>
    </aside>
  </div>
  <p class="iv-empty" hidden></p>
  <div class="iv-words" hidden><p class="iv-quiet iv-words-hint"></p><div class="iv-word-list" role="group"></div></div>
  <div class="iv-time off">
    <label><span class="iv-time-label"></span> <input class="iv-step" type="range" min="1" max="1" step="1"></label>
    <span class="iv-where"></span>
    <button class="iv-proceed" type="button"></button>
    <p class="iv-quiet iv-time-hint"></p>
  </div>
  <ul class="iv-notices" hidden></ul>
  <section class="iv-visit" hidden></section>
  <dialog class="iv-zoom">
    <img alt="">
    <div class="iv-zoom-row">
      <button class="iv-before iv-link" type="button"></button><span class="iv-zoom-name"></span>
      <button class="iv-after iv-link" type="button"></button>
      <label><input class="iv-pixels" type="checkbox"><span></span></label>
      <button class="iv-close iv-link" type="button"></button>
    </div>
  </dialog>
</div>
"""
START = """
<div class="iv im">
  <div class="im-paper">
    <img class="im-picture" alt="" hidden>
    <canvas class="im-mask" tabindex="0" role="img" hidden></canvas>
    <canvas class="im-ring" aria-hidden="true" hidden></canvas>
    <button class="im-choose" type="button"></button>
  </div>
  <div class="im-tools">
    <input class="im-file" type="file" accept="image/*" hidden>
    <label class="im-size">
      <span></span><input class="im-brush" type="range" min="4" max="64" step="2" value="24">
    </label>
    <div class="iv-actions">
      <button class="im-undo iv-link" type="button" disabled></button>
      <button class="im-clear iv-link" type="button" disabled></button>
      <button class="im-other iv-link" type="button" hidden></button>
      <button class="im-remove iv-link" type="button" hidden></button>
    </div>
    <p class="im-say iv-quiet" role="status"></p>
  </div>
</div>
"""
IDEAS = """
<div class="iv id"><p class="id-say iv-quiet" role="status" hidden></p><div class="id-chips" role="group"></div></div>
"""
VOCABULARY = """
<div class="iv vo">
  <p class="vo-about iv-quiet"></p>
  <label class="vo-find"><span></span><input type="search" autocomplete="off" spellcheck="false"></label>
  <div class="vo-list" role="group"></div>
</div>
"""


def pictures(value: dict) -> gr.HTML:
    return _view("pictures", PICTURES, value, [image_frame, image_words])


def start() -> gr.HTML:
    """The picture to begin with, and the part of it that shall be redrawn: {image, mask}, data URLs or ""."""
    return _view("start", START, {}, [image_open])


def ideas(value: dict) -> gr.HTML:
    """value: {say: a sentence about the prompt, chips: [prompt]}."""
    return _view("ideas", IDEAS, value, [])


def vocabulary(value: dict) -> gr.HTML:
    """value: {model, n: how many things it can draw by name}; 0 for a model that draws anything."""
    return _view("vocabulary", VOCABULARY, value, [image_names])


def _view(name: str, skeleton: str, value: dict, functions: list) -> gr.HTML:
    style, spoken, files = (HERE / "view.css").read_text("utf-8"), SPOKEN, [HERE / "view.js", HERE / f"{name}.js"]
    if name == "pictures":
        style += scripts.GALLERY_STYLE.read_text("utf-8")
        spoken, files[1:1] = spoken | scripts.gallery_words(), scripts.GALLERY
    value, functions = late(value, functions)
    return gr.HTML(
        value,
        html_template=skeleton,
        css_template=style,
        js_on_load=scripts.script(spoken, *files, most_kept=scripts.MOST_KEPT),
        apply_default_css=False,
        server_functions=functions,
        elem_id=f"{TAB}-{name}",
        elem_classes="image-view",
    )


# ---- what the scripts ask, by these names --------------------------------------------------------------------------


def image_frame(asked) -> dict:
    """{run, step} -> {pictures: [address]} as they looked after that step, or {error}."""
    return _answer(lambda: {"pictures": [small(one) for one in past.frame(_run(asked), asked.get("step"))]})


def image_words(asked) -> dict:
    """{run, i} -> {words, maps, width, height}, or {error}. maps: base64 of a byte for each pixel, 255 is the most."""

    def found():
        told = past.attention(_run(asked), asked.get("i"))
        if not told:
            raise UserError("This picture was drawn without words: there is nothing to point at.")
        height, width = told[0][1].shape
        maps = [np.rint(255 * np.clip(one, 0, 1)).astype(np.uint8).tobytes() for _, one in told]
        return {
            "words": [word for word, _ in told],
            "maps": [base64.b64encode(one).decode() for one in maps],
            "width": width,
            "height": height,
        }

    return _answer(found)


def image_open(asked) -> dict:
    """{image: data URL, width, height of the result} -> {image}: cut to that shape, upright, on white; or {error}.

    With {mask} where a part of it is transparent, which is meant to be filled.
    """

    def found():
        image, width, height = (
            asked.get(key) if isinstance(asked, dict) else None for key in ("image", "width", "height")
        )
        if not isinstance(image, str) or not image.startswith("data:"):  # never a path of this machine
            raise UserError("Choose a picture first.")
        if not all(isinstance(side, int) and 8 <= side <= MOST_SIDE for side in (width, height)):
            raise UserError(f"The width and the height must be from 8 to {MOST_SIDE} pixels.")
        with photos.opened(photos.bytes_of(image)) as picture:
            most = min(MOST_START / max(width, height), picture.width / width, picture.height / height)
        by = max(1, most)  # what is there already is not made smaller, and nothing is made up
        size = round(by * width), round(by * height)
        found = {"image": sheets.png_url(uploads.fitted(image, *size))}
        mask = uploads.hole(image, *size)
        return found | ({"mask": uploads.packed_mask(mask)} if mask else {})

    return _answer(found)


def image_names(asked) -> dict:
    """{model} -> {names, more: [[English, Chinese or ""]]} of what it knows well and a little."""
    model = str(asked.get("model", "")) if isinstance(asked, dict) else ""
    vocabulary = prompts.known(model) if model in registry.names(TASK) else {"names": [], "more": []}
    return {part: [[name, chinese.name_of(name)] for name in vocabulary[part]] for part in ("names", "more")}


def _run(asked) -> str:
    run = asked.get("run") if isinstance(asked, dict) else None
    if not isinstance(run, str) or not run:
        raise UserError("There is nothing to look back at: generate something first.")
    return run


def _answer(found) -> dict:
    """The browser shows errors in its own place, not as a message of Gradio's."""
    try:
        return found()
    except UserError as error:
        return {"error": sentences.told(error)}


# ---- what is shown -------------------------------------------------------------------------------------------------


def shown(state: State) -> dict:
    """A state of a run as plain JSON, see pictures.js. The PNG files carry the recipe where the request wants that."""
    view = {"phase": state.phase, "message": state.message, "notices": list(state.notices)}
    if not state.pictures:
        return view | {"step": state.step, "of": state.of}
    request, done = state.request, state.phase in ("done", "stopped")
    inside = state.recipe if request.embed else None
    pairs = list(zip(state.pictures, state.seeds, strict=False))
    sources = [sheets.url(png(one, inside, seed), "image/png") if done else small(one) for one, seed in pairs]
    labels = [*state.labels, *[""] * len(pairs)]
    planned = _planned(state.run_id)
    return view | {
        "pictures": [
            {"src": src, "seed": seed, "label": label}
            for src, (_, seed), label in zip(sources, pairs, labels, strict=False)
        ],
        "fits": [round(fit, 2) for fit in state.fits],
        "seen": [[name, chinese.name_of(name)] for name in state.seen],
        "best": best_of(state),
        "n": len(state.seeds),
        "width": state.pictures[0].width,
        "height": state.pictures[0].height,
        "what": request.what,
        "control": getattr(request, "control", ""),
        "prompt": request.prompt,
        "model": request.model,
        "run": state.run_id,
        "step": state.step,
        "of": state.of,
        "reach": min(state.step, planned),  # steps that can be looked at
        "planned": planned,
        "seconds": state.seconds,
        "recipe": state.recipe,
    }


def _planned(run: str) -> int:
    """How many steps a run has, or 0 where it cannot be gone back to."""
    try:
        return visits.find(run).of if run else 0
    except UserError:  # visitors who drew more at this moment have pushed it out
        return 0


def small(picture) -> str:
    """A preview as an address that holds it. PNG of a large one would be most of what the page has to fetch."""
    if max(picture.size) <= SMALL:
        return sheets.png_url(picture)
    packed = BytesIO()
    picture.convert("RGB").save(packed, "WEBP", quality=70, method=0)
    return sheets.url(packed.getvalue(), "image/webp")


def png(picture, made: dict | None, seed: int) -> bytes:
    """A finished picture as the bytes of a PNG file, with the recipe of its whole run inside unless that is None.

    So Reproduce compares all that was made at once. The `parameters` text, which other tools read, names this
    picture's own seed, and the sampler by the name that they use for it.
    """
    data = recipe.png(picture, made)
    if made is None:
        return data
    settings = made["settings"]
    alone = made | {"seed": seed, "settings": settings | {"sampler": settings.get("scheduler")}}
    return containers.put(data, containers.find(data)["aigc_recipe"], recipe.write_parameters(alone))
