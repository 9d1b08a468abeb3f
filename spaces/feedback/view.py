"""What the tab shows: texts before and after with their rewards, the curve, the choosing, the pole, for the scripts."""

from typing import Any

import gradio as gr

from shared.core.errors import UserError
from shared.page import sentences
from shared.page.view import View, beside

from . import cartpole, own, runs
from .request import TAB

SKELETON = """
<div class="fb">
  <p class="fb-top"><span class="fb-badge" hidden></span><span class="fb-message" role="status" hidden></span></p>
  <div class="fb-found" hidden>
    <p class="fb-sum"></p>
    <div class="fb-rows"></div>
    <figure class="fb-curve">
      <figcaption></figcaption>
      <svg viewBox="0 0 640 300" role="img"></svg>
      <p class="fb-quiet"></p>
    </figure>
  </div>
</div>
"""
CHOOSE = """
<div class="fb">
  <p class="fb-message" role="status" hidden></p>
  <p class="fb-opening" hidden></p>
  <div class="fb-pair" role="group"></div>
  <p class="fb-count fb-quiet"></p>
  <div class="fb-training" hidden><div class="fb-bar"><i></i></div><p class="fb-quiet"></p></div>
  <p class="fb-score" hidden></p>
  <p class="fb-actions"><button type="button" class="fb-train" hidden></button>
    <button type="button" class="fb-stop" hidden></button>
    <button type="button" class="fb-write" hidden></button></p>
  <div class="fb-own" hidden></div>
</div>
"""
POLE = """
<div class="fb">
  <p class="fb-message" role="status"></p>
  <div class="fb-poles">
    <figure><figcaption></figcaption><svg viewBox="-2.6 -1.5 5.2 2" role="img"></svg></figure>
    <figure><figcaption></figcaption><svg viewBox="-2.6 -1.5 5.2 2" role="img"></svg></figure>
  </div>
  <figure class="fb-curve"><figcaption></figcaption><svg viewBox="0 0 640 240" role="img"></svg></figure>
  <p class="fb-weights fb-quiet" hidden></p>
</div>
"""


def component(value: dict) -> View:
    return View.beside(__file__, value, SKELETON, f"{TAB}-view", curves=runs.curves())


def choose() -> View:
    """Its value is how the training stands. Its events: `train` with {"choices": [[seed, 0 or 1], ...]}, and `halt`."""
    asks = [feedback_pair, feedback_own]
    return beside(__file__, "choose", CHOOSE, f"{TAB}-choose", {}, asks, kind=View, needed=own.NEEDED, most=own.MOST)


def pole() -> View:
    return beside(__file__, "pole", POLE, f"{TAB}-pole", {}, kind=View, most=cartpole.EPISODES, last=cartpole.LAST)


def feedback_pair(asked: Any = None) -> dict:
    """For choose.js: {"opening", "texts": two}, and with the token of an adapter "first": the chance, by it, that the
    first will be chosen; or {"error"}."""
    try:
        seed, token = numbered(asked), str(asked.get("token") or "")
        found = own.pair(seed)
        said = {"opening": found.opening, "texts": list(found.texts)}
        return said | ({"first": round(own.foretold(token, seed), 4)} if token else {})
    except (UserError, gr.Error) as error:
        return {"error": sentences.told(error)}


def feedback_own(asked: Any = None) -> dict:
    """For choose.js: {"texts": before, with the visitor's adapter}, or {"error"}."""
    try:
        seed = numbered(asked)
        return {
            "texts": own.told(str(asked.get("token") or ""), own.opening_of(seed), seed),
            "opening": own.opening_of(seed),
        }
    except (UserError, gr.Error) as error:
        return {"error": sentences.told(error)}


def numbered(asked: Any) -> int:
    seed = asked.get("seed") if isinstance(asked, dict) else None
    if type(seed) is not int or not 0 <= seed < 2**31:
        raise UserError("A pair has a whole number from 0 to 2147483647.")
    return seed


def standing(state: Any, token: str) -> dict:
    """How a training stands, for choose.js."""
    losses = state.losses[-1][1] if state.losses else {}
    return {
        "phase": state.phase,
        "why": state.why,
        "place": state.place,
        "step": state.step,
        "steps": state.steps,
        "seconds": round(state.seconds),
        "loss": losses.get("loss"),
        "right": losses.get("right"),
        "error": state.sentence,
        "token": token,
    }
