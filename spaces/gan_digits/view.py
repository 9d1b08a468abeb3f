"""The four views of the GAN tab: the grid, a walk, the directions, models side by side.

Each is a gr.HTML with a bare skeleton; view.js and a script of its own draw the JSON that runs.py makes into it.
Events: grid keep, live, again {settings}; directions nudge. What was clicked and the nudges stand at nodes of the
views: an event that waits for an earlier one to end comes with the data of that one (Gradio 6.31).
"""

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from shared.page import scripts, words

from .request import TAB

WORDS = words.beside(__file__)

HERE = Path(__file__).parent

GRID = """
<div class="gv">
  <div class="gv-top">
    <span class="gv-badge" hidden></span><button class="gv-live" type="button" hidden></button>
    <span class="gv-message" role="status" hidden></span>
  </div>
  <div class="gv-stage">
    <div>
      <p class="gv-empty" hidden></p>
      <div class="gv-tiles" role="group"></div>
      <p class="gv-links"><button class="gv-save" type="button" hidden></button>
        <button class="gv-all" type="button" hidden></button></p>
    </div>
    <section class="gv-kept" hidden>
      <div class="gv-ends"><div class="gv-end gv-end0"></div><div class="gv-end gv-end1"></div></div>
      <p class="gv-hint"></p>
    </section>
  </div>
  <div class="gv-told" role="status"></div>
  <section class="gv-visit" hidden></section>
</div>
"""
WALK = """
<div class="gv">
  <p class="gv-empty" hidden></p>
  <div class="gv-walked" hidden>
    <img class="gv-film" width="224" height="224">
    <div>
      <p class="gv-line"></p>
      <div class="gv-frames"></div>
      <p class="gv-links"><a class="gv-gif"></a><a class="gv-mp4"></a>
        <button class="gv-all" type="button"></button></p>
    </div>
  </div>
</div>
"""
DIRECTIONS = """
<div class="gv">
  <p class="gv-empty" hidden></p>
  <div class="gv-nudged" hidden>
    <div class="gv-side"><div class="gv-pair"></div><button class="gv-reset" type="button"></button></div>
    <div class="gv-rows"></div>
  </div>
</div>
"""
COMPARE = """
<div class="gv">
  <p class="gv-empty" hidden></p>
  <div class="gv-rows"></div>
  <div class="gv-floor" hidden></div>
  <p class="gv-explain" hidden></p>
</div>
"""


def grid(value: dict, picture: Callable) -> gr.HTML:
    """picture: makes the PNG that is saved; called by name from JavaScript, so it must be called gan_picture."""
    return _view("grid", GRID, value, server_functions=[picture])


def walk() -> gr.HTML:
    return _view("walk", WALK, {})


def directions() -> gr.HTML:
    return _view("directions", DIRECTIONS, {})


def compare() -> gr.HTML:
    return _view("compare", COMPARE, {})


def _view(name: str, skeleton: str, value: dict, **more) -> gr.HTML:
    style, spoken, files = (HERE / "view.css").read_text("utf-8"), WORDS.table("view"), [HERE / "view.js"]
    if name in ("grid", "walk"):
        style += scripts.GALLERY_STYLE.read_text("utf-8")
        spoken, files = spoken | scripts.gallery_words(), [*files, *scripts.GALLERY]
    return gr.HTML(
        value,
        html_template=skeleton,
        css_template=style,
        js_on_load=scripts.script(spoken, *files, HERE / f"{name}.js", most_kept=scripts.MOST_KEPT),
        apply_default_css=False,
        elem_id=f"{TAB}-{name}",
        elem_classes="gan-view",
        **more,
    )
