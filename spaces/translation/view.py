"""Both texts side by side; of one sentence its words with lines between them, and its beams: JSON for view.js."""

from shared.page.view import View

from .runs import UNSURE

SKELETON = """
<div class="tr">
  <p class="tr-top"><span class="tr-badge" hidden></span><span class="tr-message" role="status" hidden></span></p>
  <div class="tr-found" hidden>
    <div class="tr-sides">
      <section><h4></h4><p class="tr-source"></p></section>
      <section><h4></h4><p class="tr-target"></p></section>
    </div>
    <p class="tr-key tr-quiet"></p>
    <h4 class="tr-title"></h4>
    <div class="tr-loom"><svg aria-hidden="true"></svg>
      <div class="tr-row tr-from"></div><div class="tr-row tr-to"></div></div>
    <p class="tr-tell tr-quiet" aria-live="polite"></p>
    <h4 class="tr-beams-title"></h4>
    <ol class="tr-beams"></ol>
    <div class="tr-others" hidden><h4></h4><dl></dl></div>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, "translation-view", unsure=UNSURE)
