"""The live views of the VAE tab: the strip with its film, the map, the sliders, the words under a canvas.

Each is a gr.HTML with a bare skeleton; view.js and a script of its own draw plain JSON into it.
Events: map route {points}; map and sliders use {latents, which, model}.
"""

from pathlib import Path

import gradio as gr

from shared.page import scripts, words
from shared.page.view import late

from . import parts, runs
from .request import MOST_POINTS

WORDS = words.beside(__file__)

HERE = Path(__file__).parent

STRIP = """
<div class="vv">
  <div class="vv-top"><span class="vv-badge" hidden></span><span class="vv-title"></span>
    <span class="vv-message" role="status" hidden></span></div>
  <div class="vv-wait"></div>
  <div class="vv-stage" hidden>
    <div>
      <img class="vv-picture vv-film" alt="" width="224" height="224">
      <span class="vv-picture vv-film vv-still" role="img" hidden></span>
      <p class="vv-where vv-quiet"></p>
    </div>
    <div>
      <div class="vv-frames" role="group"></div>
      <p class="vv-links"><a class="vv-png"></a><a class="vv-gif"></a><button type="button" class="vv-mp4"></button>
        <button type="button" class="vv-all"></button></p>
    </div>
  </div>
  <section class="vv-visit" hidden></section>
</div>
"""
MAP = """
<div class="vv">
  <p class="vv-wait vv-quiet" role="status"></p>
  <div class="vv-mapped" hidden>
    <div class="vv-plane">
      <canvas class="vv-land" width="980" height="980" tabindex="0" role="img"></canvas>
      <canvas class="vv-marks" width="980" height="980" aria-hidden="true"></canvas>
    </div>
    <div class="vv-side">
      <p class="vv-title"></p>
      <div class="vv-big">
        <span class="vv-picture vv-digit" role="img"></span>
        <dl><dt class="vv-z1-name"></dt><dd class="vv-z1"></dd><dt class="vv-z2-name"></dt><dd class="vv-z2"></dd></dl>
      </div>
      <p class="vv-reads"></p>
      <p class="vv-said" role="status" hidden></p>
      <div class="vv-uses" hidden>
        <button type="button" class="vv-link vv-use-start"></button>
        <button type="button" class="vv-link vv-use-end"></button>
      </div>
      <div class="vv-legend"></div>
    </div>
    <div class="vv-reel"></div>
  </div>
</div>
"""
SLIDERS = """
<div class="vv">
  <p class="vv-wait vv-quiet" role="status"></p>
  <div class="vv-tuned" hidden>
    <div class="vv-now">
      <span class="vv-picture vv-digit" role="img"></span>
      <div class="vv-uses">
        <button type="button" class="vv-link vv-back"></button><button type="button" class="vv-link vv-zero"></button>
      </div>
      <div class="vv-uses">
        <button type="button" class="vv-link vv-use-start"></button>
        <button type="button" class="vv-link vv-use-end"></button>
      </div>
      <p class="vv-said" role="status" hidden></p>
    </div>
    <div><p class="vv-title vv-quiet" style="margin-bottom: 14px"></p><div class="vv-rows"></div></div>
  </div>
</div>
"""


def strip(value: dict) -> gr.HTML:
    return _view("strip", STRIP, value, [vae_film])


def plane() -> gr.HTML:
    return _view("map", MAP, {}, [vae_decode])


def sliders() -> gr.HTML:
    return _view("sliders", SLIDERS, {}, [vae_decode])


def under(end: str, value: dict) -> gr.HTML:
    """What stands under the canvas of an end. value: what `End.told` says, or {says: why it cannot be used}."""
    return gr.HTML(
        value,
        html_template='<p role="status"></p>',
        js_on_load=scripts.script(WORDS.table("under"), HERE / "under.js"),
        elem_id=f"{runs.TAB}-{end}-words",
        elem_classes=f"{runs.TAB}-words",
        min_height=36,
    )


def vae_decode(asked) -> dict:
    """[model, latents] -> {sprite} or {error}. Called by the scripts, by this name."""
    if not isinstance(asked, list | tuple) or len(asked) != 2:
        return {"error": "There are no such latents."}
    return parts.decode(*asked)


def vae_film(shown) -> dict:
    """{settings, embed} -> {mp4} or {error}. Called by strip.js, by this name."""
    return runs.mp4(shown)


def _view(name: str, skeleton: str, value: dict, server_functions: list) -> gr.HTML:
    own, style = WORDS.table("views") | WORDS.table(name), (HERE / "view.css").read_text("utf-8")
    files = [HERE / "view.js", HERE / f"{name}.js"]
    if name == "strip":
        own, style = own | scripts.gallery_words(), style + scripts.GALLERY_STYLE.read_text("utf-8")
        files[1:1] = scripts.GALLERY
    value, server_functions = late(value, server_functions)
    return gr.HTML(
        value,
        html_template=skeleton,
        css_template=style,
        js_on_load=scripts.script(own, *files, most_points=MOST_POINTS, most_kept=scripts.MOST_KEPT),
        apply_default_css=False,
        elem_id=f"{runs.TAB}-{name}",
        elem_classes="vae-view",
        server_functions=server_functions,
    )
