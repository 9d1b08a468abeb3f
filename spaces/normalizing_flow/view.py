"""What the tab shows of a digit, and the plane below: JSON, drawn by view.js and plane.js."""

import gradio as gr

from shared.page import scripts
from shared.page.view import View, beside

from . import runs

SKELETON = """
<div class="nf">
  <p class="nf-top"><span class="nf-badge" hidden></span><span class="nf-message" role="status" hidden></span></p>
  <p class="nf-wait nf-quiet"></p>
  <div class="nf-found" hidden>
    <div class="nf-way">
      <figure><img class="nf-digit" alt=""><figcaption></figcaption></figure>
      <span class="nf-arrow" aria-hidden="true">→</span>
      <figure><img class="nf-z" alt=""><figcaption></figcaption></figure>
      <span class="nf-arrow" aria-hidden="true">→</span>
      <figure><span class="nf-picture nf-back" role="img"></span><figcaption></figcaption></figure>
    </div>
    <p class="nf-error"></p>
    <h4 class="nf-likely-title"></h4>
    <p class="nf-likely"></p>
    <svg class="nf-real" role="img" viewBox="0 0 600 132"></svg>
    <p class="nf-surprise nf-quiet"></p>
    <div class="nf-classes" role="img"></div>
    <div class="nf-rows"></div>
    <p class="nf-links"><a class="nf-png"></a><button type="button" class="nf-all"></button></p>
  </div>
</div>
"""
PLANE = """
<div class="nf">
  <p class="nf-wait nf-quiet" role="status"></p>
  <div class="nf-plane" hidden>
    <canvas width="880" height="880" role="img" tabindex="0"></canvas>
    <div class="nf-side">
      <label><span></span><input type="range" min="0" step="0.05" value="0"></label>
      <button type="button" class="nf-play"></button>
      <p class="nf-said nf-quiet"></p>
    </div>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view", also=[scripts.ZIP])


def plane() -> gr.HTML:
    return beside(__file__, "plane", PLANE, f"{runs.TAB}-plane", asks=[flow_plane])


def flow_plane(_=None) -> dict:
    """What plane.js asks for when it is opened: the layers; see `runs.plane`."""
    return runs.plane()
