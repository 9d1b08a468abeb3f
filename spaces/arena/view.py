"""What the arena shows: a row for each model, the blind test, the dial. JSON, drawn by the scripts beside this."""

import gradio as gr

from shared.page import scripts
from shared.page.view import View, beside

from . import runs
from .request import EACH, TAB

SKELETON = """
<div class="ar">
  <p class="ar-top"><span class="ar-badge" hidden></span><span class="ar-message" role="status" hidden></span></p>
  <div class="ar-rows"></div>
  <p class="ar-note ar-quiet"></p>
  <p class="ar-links"><a class="ar-png" hidden></a><button type="button" class="ar-all" hidden></button></p>
</div>
"""
BLIND = """
<div class="ar ar-blind">
  <p class="ar-said ar-quiet" role="status"></p>
  <div class="ar-pair" hidden><button type="button"></button><button type="button"></button></div>
  <p class="ar-count ar-quiet"></p>
  <div class="ar-past"></div>
  <div class="ar-table" hidden></div>
  <p class="ar-links"><button type="button" class="ar-again" hidden></button></p>
</div>
"""
DIAL = """
<div class="ar ar-dial">
  <div class="ar-slide"><span></span><input type="range" min="0" max="1" step="0.01" value="0.6"><span></span></div>
  <p class="ar-said ar-quiet" role="status"></p>
  <div class="ar-plot"><svg viewBox="0 0 640 360" role="img"></svg></div>
  <div class="ar-places"></div>
  <h4 class="ar-writing"></h4>
  <div class="ar-plot"><svg viewBox="0 0 640 360" role="img"></svg></div>
  <div class="ar-places"></div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{TAB}-view", also=[scripts.ZIP], each=EACH)


def blind() -> gr.HTML:
    return beside(__file__, "blind", BLIND, f"{TAB}-blind", asks=[arena_pairs])


def dial() -> gr.HTML:
    told = {"digits": runs.dials(), "texts": runs.dials(runs.WRITERS), "n": runs.SHOWN, "opening": runs.OPENING}
    return beside(__file__, "dial", DIAL, f"{TAB}-dial", asks=[arena_dial, arena_dial_text], **told)


def arena_pairs(_=None) -> dict:
    """What blind.js asks for: twenty pairs; see `runs.blind`."""
    return runs.blind()


def arena_dial(place) -> dict:
    """What dial.js asks for: {model: sprite} at a place of the dial; the middle where it is no number."""
    return runs.at_the_dial(_number(place))


def arena_dial_text(place) -> dict:
    """The same of the language models: {model: text}"""
    return runs.written_at_the_dial(_number(place))


def _number(place) -> float:
    return float(place) if isinstance(place, int | float) else 0.5
