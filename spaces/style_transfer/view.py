"""What the tab shows of a picture, and of a page: JSON, drawn by view.js and pages.js."""

import gradio as gr

from shared.page.view import View, beside

from . import runs

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
      <div class="st-weights"></div>
    </div>
    <p class="st-links"><a class="st-png"></a></p>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view", weights=list(runs.WEIGHTS))


PAGES = """
<div class="st">
  <p class="st-said st-quiet" role="status"></p>
  <div class="st-pages"></div>
  <p class="st-links"><a class="st-png" hidden></a></p>
</div>
"""


def pages() -> gr.HTML:
    return beside(__file__, "pages", PAGES, f"{runs.TAB}-pages", {})
