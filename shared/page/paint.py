"""A canvas to paint on in colour, on white paper: for the tabs whose models look at coloured pictures.

    paper = paint.component("style_transfer-canvas", title, hint, value)
    paper.drawn(...)      # after each stroke, Undo, and a file that was dropped on it
    paper.cleared(...)    # there is nothing on it any more

The value is a data URL of a PNG, or "" while there is nothing on it. A value that the server sets is shown, and can be
painted over.
"""

from pathlib import Path

import gradio as gr

from shared.page import scripts, words

HERE = Path(__file__).parent
SKELETON = """
<div class="pt">
  <div class="pt-title"></div>
  <div class="pt-paper">
    <canvas width="256" height="256" role="img"></canvas><span class="pt-hint" aria-hidden="true"></span>
  </div>
  <div class="pt-tools">
    <div class="pt-colours" role="radiogroup"></div>
    <div class="pt-row">
      <span class="pt-sizes" role="radiogroup"></span>
      <button type="button" class="pt-undo" disabled></button>
      <button type="button" class="pt-clear" disabled></button>
    </div>
  </div>
  <div class="pt-say" role="status"></div>
</div>
"""


def component(elem_id: str, title, hint, value: str = "") -> gr.HTML:
    """title, hint (on the empty paper): words of `words`, or texts."""
    said = words.of_page().table("paint") | {"title": words.both(title), "hint": words.both(hint)}
    return gr.HTML(
        value,
        html_template=SKELETON,
        css_template=(HERE / "paint.css").read_text("utf-8"),
        js_on_load=scripts.script(said, scripts.STROKES, HERE / "paint.js"),
        apply_default_css=False,
        elem_id=elem_id,
    )
