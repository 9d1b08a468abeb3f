"""What the tab shows: the picture with its words, the bundled pictures, the digit: what scripts draw."""

from pathlib import Path

import gradio as gr

from shared.media.photos import NO_PICTURE
from shared.page import scripts, sentences, words
from shared.page.endpoint import told
from shared.page.view import View, beside

from . import pictures, runs
from .request import english

HERE = Path(__file__).parent
MOST_OWN = 24  # pictures of a visit
WORDS = words.beside(__file__)
SKELETON = """
<div class="se">
  <p class="se-top"><span class="se-badge" hidden></span><span class="se-message" role="status" hidden></span></p>
  <div class="se-found" hidden>
    <figure class="se-picture">
      <img alt=""><canvas aria-hidden="true"></canvas><figcaption class="se-quiet"></figcaption>
    </figure>
    <div class="se-side">
      <p class="se-by se-quiet"></p>
      <div class="se-bars" role="group"></div>
      <p class="se-unknown" hidden></p>
      <p class="se-hint se-quiet"></p>
    </div>
  </div>
</div>
"""
STRIP = """
<div class="se">
  <label class="se-search"><span></span><input type="search" maxlength="80" autocomplete="off"></label>
  <p class="se-said se-quiet" role="status" hidden></p>
  <div class="se-strip" role="group"></div>
</div>
"""
DIGIT = """
<div class="se">
  <p class="se-message" role="status"></p>
  <div class="se-digit" hidden>
    <figure class="se-picture">
      <img alt=""><canvas aria-hidden="true"></canvas><figcaption class="se-quiet"></figcaption>
    </figure>
    <table><thead></thead><tbody></tbody></table>
  </div>
  <p class="se-accuracy se-quiet" hidden></p>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view")


def strip() -> gr.HTML:
    """The bundled pictures. Its value is the one that was taken, with its event `take`: "picture:7"."""
    return beside(
        __file__, "strip", STRIP, f"{runs.TAB}-strip", asks=[seeing_pictures, seeing_search], most_own=MOST_OWN
    )


def digit() -> View:
    """The value is what `runs.digit` gives, or {"message": ...}."""
    return View(
        {},
        html_template=DIGIT,
        css_template=(HERE / "view.css").read_text("utf-8"),
        js_on_load=scripts.script(WORDS.table("digit"), HERE / "digit.js"),
        apply_default_css=False,
        elem_id=f"{runs.TAB}-digit-view",
    )


def seeing_pictures(_=None) -> dict:
    """For the scripts: all bundled pictures as one, and what each was drawn of."""
    import base64

    packed = base64.b64encode(pictures.SHEET.read_bytes()).decode()
    return {"sheet": pictures.HEAD + packed, "prompts": pictures.prompts(), "across": pictures.ACROSS}


def seeing_search(asked=None) -> dict:
    """For strip.js, {"text", "pictures": data URLs of the visit's}: {"order": which of the bundled pictures and then
    those comes first, second, ...}, or {"error"}."""
    from shared.core.errors import UserError

    try:
        asked = asked if isinstance(asked, dict) else {}
        text = str(asked.get("text") or "").strip()[:80]
        english(text)
        own = asked.get("pictures") or []
        fair = isinstance(own, list) and all(isinstance(one, str) and one.startswith("data:") for one in own)
        if not fair or len(own) > MOST_OWN:  # never a path of this machine
            raise UserError(NO_PICTURE)
        with told():
            return {"order": runs.search(text, own)}
    except (UserError, gr.Error) as error:
        return {"error": sentences.told(error) if isinstance(error, UserError) else str(error)}
