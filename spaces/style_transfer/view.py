"""What the tab shows of a picture, and of pages: JSON, drawn by view.js and pages.js; and the samples to take."""

import gradio as gr

from shared.page import scripts
from shared.page.view import View, beside

from . import runs, samples

SKELETON = """
<div class="st">
  <p class="st-top"><span class="st-badge" hidden></span><span class="st-message" role="status" hidden></span></p>
  <p class="st-wait st-quiet"></p>
  <div class="st-found" hidden>
    <div class="st-way">
      <figure><img class="st-given" alt=""><figcaption></figcaption></figure>
      <span class="st-arrow" aria-hidden="true">→</span>
      <figure class="st-large"><img class="st-made" alt=""><figcaption></figcaption></figure>
      <span class="st-arrow" aria-hidden="true">→</span>
      <figure><img class="st-again" alt=""><figcaption></figcaption></figure>
      <figure><img class="st-difference" alt=""><figcaption></figcaption></figure>
    </div>
    <p class="st-error"></p>
    <p class="st-known st-quiet"></p>
    <div class="st-others" hidden>
      <h4></h4>
      <p class="st-quiet"></p>
      <input class="st-weigh" type="range" min="0" max="2" step="1">
      <div class="st-weights"></div>
    </div>
    <p class="st-links"><a class="st-png"></a></p>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view", weights=list(runs.WEIGHTS))


def takes() -> gr.HTML:
    """The samples. The value is the address of the one that was taken, with the event `take`."""
    rows = [
        [runs.SHOWN[style], [[name, f"{style}/{name}"] for name in names]] for style, names in samples.NAMES.items()
    ]
    samples_below = '<div class="st"><div class="st-samples"></div></div>'
    return beside(__file__, "samples", samples_below, f"{runs.TAB}-samples", asks=[style_samples], rows=rows)


def style_samples(_=None) -> dict:
    """For samples.js: {"noto/fox": a PNG as a data URL}."""
    return samples.urls()


PAGES = """
<div class="st">
  <div class="st-pages"></div>
  <p class="st-said st-quiet" role="status" hidden></p>
  <p class="st-links"><a class="st-png" hidden></a><button type="button" class="st-zip" hidden></button></p>
</div>
"""


def pages() -> View:
    """The value is {"pages": [{"name", "page", "made", "figures"} or {"name", "error"}], "of", "model"}, or {}."""
    return beside(__file__, "pages", PAGES, f"{runs.TAB}-pages", {}, also=[scripts.ZIP], kind=View)
