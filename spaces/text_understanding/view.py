"""The verdict, the coloured text, the words that are taken away, the arc of the sentences: JSON, drawn by view.js."""

from shared.page.view import View

from .runs import UNSURE

SKELETON = """
<div class="tu">
  <p class="tu-top"><span class="tu-badge" hidden></span><span class="tu-message" role="status" hidden></span></p>
  <div class="tu-summed" hidden>
    <h4></h4>
    <blockquote></blockquote>
    <h4 class="tu-marked-title"></h4>
    <p class="tu-marked"></p>
  </div>
  <div class="tu-found" hidden>
    <div class="tu-verdict"><strong></strong><span class="tu-by"></span></div>
    <div class="tu-meter" role="img"><i></i><b></b></div>
    <p class="tu-ends" aria-hidden="true"><span></span><span></span></p>
    <h4 class="tu-words-title"></h4>
    <p class="tu-text"></p>
    <p class="tu-legend"><span class="tu-bad"></span><span class="tu-scale"></span><span class="tu-good"></span></p>
    <label class="tu-remove"><span></span><input type="range" min="0" value="0" step="1"></label>
    <p class="tu-without tu-quiet"></p>
    <div class="tu-arc" hidden><h4></h4><svg role="img" viewBox="0 0 600 150" preserveAspectRatio="none"></svg>
      <p class="tu-at tu-quiet"></p></div>
    <div class="tu-others" hidden><h4></h4><table><tbody></tbody></table></div>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, "text_understanding-view", unsure=UNSURE)
