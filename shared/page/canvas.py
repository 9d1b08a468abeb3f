"""A canvas to draw a digit on: mouse, finger, pen or keyboard, and no brush to pick first.

    drawing = canvas.canvas("inv-drawing", words.of_page().t("canvas_label"))
    drawing.drawn(look, drawing, result)     # after each stroke, Undo and Clear; value: see below
    pixels = pictures.digit_from(drawing_value)

The value is a data URL of a PNG, white ink on black, 280x280, or "" while the canvas is empty; the page shows it as
black ink on white paper. A value that the server sets is shown on the canvas, scaled to it, until the first stroke,
which begins a new drawing (Undo brings it back). Beside it stands what a model gets to see: the 28x28 that
`pictures.digit_from` makes of it.
"""

import base64
from pathlib import Path

import gradio as gr

from shared.core.errors import UserError
from shared.media import pictures
from shared.page import scripts, sentences, words

HERE = Path(__file__).parent
SIDE = 280  # pixels a side of the value; the pen is 22 wide, a digit's line in MNIST

SKELETON = """
<div class="cv">
  <div class="cv-title"></div>
  <div class="cv-paper">
    <canvas class="cv-ink" width="280" height="280" tabindex="0" role="img"></canvas>
    <canvas class="cv-mark" width="280" height="280" aria-hidden="true"></canvas>
    <span class="cv-hint" aria-hidden="true"></span>
  </div>
  <div class="cv-row">
    <button type="button" class="cv-undo" disabled></button>
    <button type="button" class="cv-clear" disabled></button>
    <span class="cv-seen"><span class="cv-seen-label"></span><canvas width="28" height="28" role="img"></canvas></span>
  </div>
  <div class="cv-say" role="status"></div>
</div>
"""


def canvas(elem_id: str, label, value: str = "", side: int = SIDE) -> gr.HTML:
    """The component. label: a word of `words` or a text. side: pixels a side on the screen, whatever the value's are.

    Its event `drawn` comes with each change by the visitor's hand, and only with those.
    """
    return gr.HTML(
        value,
        html_template=SKELETON,
        css_template=(HERE / "canvas.css").read_text("utf-8").replace("SIDE", f"{side}px"),
        js_on_load=scripts.script(
            words.of_page().table("canvas") | {"title": words.both(label)}, scripts.STROKES, HERE / "canvas.js"
        ),
        apply_default_css=False,
        server_functions=[canvas_seen],
        elem_id=elem_id,
        elem_classes="digit-canvas",
    )


def canvas_seen(value) -> dict:
    """What a model sees of a drawing -> {pixels: base64 of 784 bytes, 255 is ink; says}, or {error}. For canvas.js."""
    try:
        if not isinstance(value, str) or not value.startswith("data:"):  # never a path of this machine
            raise UserError(pictures.EMPTY)
        pixels, says = pictures.read_digit(value)
    except UserError as error:
        return {"error": sentences.told(error)}
    return {"pixels": base64.b64encode((pixels * 255).round().astype("uint8").tobytes()).decode(), "says": says}
