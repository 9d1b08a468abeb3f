"""What the tab shows of a mixture: JSON, drawn by view.js."""

import base64
from pathlib import Path

from shared.core.registry import WEIGHTS
from shared.page import scripts, words
from shared.page.view import View

from . import runs

WORDS = words.beside(__file__)
SKELETON = """
<div class="sf">
  <p class="sf-top"><span class="sf-badge" hidden></span><span class="sf-message" role="status" hidden></span></p>
  <p class="sf-wait sf-quiet"></p>
  <div class="sf-own" hidden>
    <figure><img class="sf-sought" alt=""><figcaption></figcaption></figure>
    <span class="sf-arrow" aria-hidden="true">→</span>
    <figure><img class="sf-nearest" alt=""><figcaption></figcaption></figure>
    <p class="sf-quiet sf-off"></p>
  </div>
  <div class="sf-found" hidden>
    <div class="sf-layers" role="slider" tabindex="0" aria-valuemin="0"></div>
    <div class="sf-grid">
      <p class="sf-fine"></p>
      <p class="sf-coarse"></p>
      <img alt="">
      <span class="sf-lines" aria-hidden="true"></span>
    </div>
    <div class="sf-strips"></div>
    <figure class="sf-strip sf-grown"><figcaption><b></b> <span></span></figcaption><img alt=""></figure>
    <p class="sf-links"><a class="sf-png"></a><button type="button" class="sf-all"></button></p>
  </div>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view", also=[scripts.ZIP])


def stages(alt: str) -> str:
    """HTML: what the same latents gave at the end of each stage of the training that grew; "" without such a model."""
    file = WEIGHTS / "stylegan-emoji" / "stages.png"
    if not file.is_file():
        return ""
    address = "data:image/png;base64," + base64.b64encode(Path(file).read_bytes()).decode()
    return f'<img class="sf-stages" src="{address}" alt="{alt}">'
