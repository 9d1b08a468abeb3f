"""What the tab shows of a spoken number, and the two parts below: JSON, drawn by view.js, walk.js and quiz.js."""

from collections.abc import Callable

import gradio as gr

from shared.core import registry
from shared.core.spoken import SPEAKERS
from shared.page import scripts, words
from shared.page.view import View, beside

from . import runs
from .request import TASK

WORDS = words.beside(__file__)
SKELETON = """
<div class="sd">
  <p class="sd-top"><span class="sd-badge" hidden></span><span class="sd-message" role="status" hidden></span></p>
  <p class="sd-wait sd-quiet"></p>
  <div class="sd-found" hidden>
    <p class="sd-digits" role="group"></p>
    <p class="sd-caption" aria-live="polite"></p>
    <audio class="sd-player" controls preload="auto"></audio>
    <div class="sd-plot" tabindex="-1">
      <div class="sd-scale" aria-hidden="true"></div>
      <div class="sd-pictures">
        <svg class="sd-wave" role="img" preserveAspectRatio="none"></svg>
        <img class="sd-spectrogram" alt="">
        <i class="sd-head" aria-hidden="true"></i>
      </div>
      <div class="sd-times" aria-hidden="true"></div>
    </div>
    <p class="sd-note sd-quiet"></p>
    <p class="sd-links"><a class="sd-save"></a></p>
  </div>
</div>
"""
WALK = """
<div class="sd sd-walk">
  <div class="sd-asked"></div>
  <div class="sd-steps"></div>
  <p class="sd-said sd-quiet" role="status"></p>
</div>
"""
QUIZ = """
<div class="sd sd-quiz">
  <div class="sd-asked"></div>
  <div class="sd-two"></div>
  <p class="sd-said" role="status"></p>
  <p class="sd-count sd-quiet"></p>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{runs.TAB}-view")


def _part(name: str, skeleton: str, asks: Callable[[dict], dict]) -> gr.HTML:
    models = [[row.name, row.title] for row in map(registry.spec, registry.names(TASK))]
    told = {"models": models, "voices": [*SPEAKERS]}
    return beside(
        __file__, name, skeleton, f"{runs.TAB}-{name}-view", asks=[asks], also=["parts.js", scripts.ZIP], **told
    )


def walk(asks: Callable[[dict], dict]) -> gr.HTML:
    return _part("walk", WALK, asks)


def quiz(asks: Callable[[dict], dict]) -> gr.HTML:
    return _part("quiz", QUIZ, asks)


def chances(found: dict, chinese: bool) -> str:
    """What the judge hears in a visitor's recording, as HTML."""
    say = WORDS.speaker(chinese, "own")
    best = found["heard"]
    bars = "".join(
        f'<li class="{"best" if digit == best else ""}"><b>{digit}</b><i style="--at:{chance}"></i>'
        f"<span>{chance:.0%}</span></li>"
        for digit, chance in enumerate(found["chances"])
    )
    said = say("heard", digit=best, chance=f"{found['chances'][best]:.0%}", voice=found["voice"].capitalize())
    return (
        f'<p class="sd-own-said">{said}</p><ol class="sd-bars" aria-label="{say("bars")}">{bars}</ol>'
        f'<img class="sd-own-picture" src="{found["spectrogram"]}" alt="{say("picture")}">'
    )
