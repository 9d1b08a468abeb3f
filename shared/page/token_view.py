"""A text whose tokens can be taken apart: chance as colour, ten alternatives at a click, attention.

token_view.css and token_view.js are its looks and its life, token_questions.py answers what the browser asks. Its value
is plain JSON, made by `view` and `column` here, and is the visitor's: it comes back from the browser as the input of
the next click, so `read` judges it anew.

Events: fork {sample, position, id, text, probability}, remedy {sample}, reuse {seed}, live {}.
"""

from pathlib import Path
from typing import Any

from shared.core import registry
from shared.core.errors import UserError
from shared.page import scripts, words
from shared.page.token_questions import END, MOST_TOKENS, token_attention, token_choices
from shared.page.view import View

__all__ = ["END", "TOO_REPETITIVE", "column", "component", "note_of", "read", "settled", "text_of", "view"]

HERE = Path(__file__).parent
TOO_REPETITIVE = 0.1  # share of repeated 3-grams from which a remedy is offered; children's stories have 1 to 5 %
MOST_COLUMNS = 4

SKELETON = """
<style>@keyframes tv-blink { 50% { opacity: 0; } }</style>
<div class="tv">
  <div class="tv-top">
    <span class="tv-badge" hidden></span>
    <button class="tv-live" type="button" hidden></button>
    <span class="tv-message" role="status" hidden></span>
    <label class="tv-switch"><input type="checkbox" checked><span class="tv-colours"></span></label>
    <span class="tv-legend">
      <span class="tv-sure"></span><span class="tv-scale"></span><span class="tv-surprised"></span>
    </span>
  </div>
  <div class="tv-columns"></div>
  <p class="tv-try" hidden></p>
  <p class="tv-bits" hidden></p>
  <div class="tv-pop" role="dialog" hidden></div>
</div>
<div class="tv-hidden" aria-live="polite"></div>
"""


def component(value: dict, elem_id: str) -> View:
    return View(
        value,
        html_template=SKELETON,
        css_template=(HERE / "token_view.css").read_text("utf-8"),
        js_on_load=scripts.script(words.of_page().table("tv"), HERE / "token_view.js", too_repetitive=TOO_REPETITIVE),
        apply_default_css=False,
        server_functions=[token_choices, token_attention],
        elem_id=elem_id,
        elem_classes="token-view",
    )


def column(
    model: str,
    prompt: str,
    tokens: list[list],
    *,
    precision: str = "fast",
    title: str = "",
    note: str = "",
    finished: str = "",
    seed: int | None = None,
    repetition: float = 0.0,
    changed: int | None = None,
) -> dict:
    """One text. tokens: [id, text, probability in [0, 1], or None where nobody says] of each after the prompt;
    changed: position of a token that the reader chose; finished: "" while it runs, then why it ended: end, length,
    stop, stopped."""
    return {
        "model": model,
        "precision": precision,
        "title": title,
        "note": note,
        "prompt": prompt,
        "tokens": tokens,
        "finished": finished,
        "seed": seed,
        "repetition": round(repetition, 3),
        "changed": changed,
    }


def view(columns: list[dict], settings: dict, message: str = "", recorded: bool = False) -> dict:
    """The component's value. settings: those that made the text, by their names in the recipe."""
    return {"samples": columns, "settings": settings, "message": message, "recorded": recorded}


def settled(shown: dict) -> dict:
    """The same view with nothing in it still being written, and nothing beside what `view` puts there."""
    shown = {key: shown.get(key) for key in view([], {})}
    return shown | {
        "samples": [sample | {"finished": sample["finished"] or "stopped"} for sample in shown["samples"] or []]
    }


def text_of(sample: dict) -> str:
    return sample["prompt"] + "".join(text for _, text, _ in sample["tokens"])


def read(value: Any) -> dict:
    """The view that a browser sent, checked: it may send anything. Errors: UserError."""
    try:
        samples = [_read_column(sample) for sample in value["samples"]]
        settings = {str(key)[:40]: one for key, one in value["settings"].items() if isinstance(one, str | int | float)}
    except (TypeError, KeyError, ValueError, AttributeError):
        raise UserError("There is no text to work on yet: generate one first.") from None
    if not 1 <= len(samples) <= MOST_COLUMNS or len(settings) > 32:
        raise UserError("There is no text to work on yet: generate one first.")
    return view(samples, settings)


def _read_column(sample: dict) -> dict:
    tokens = [
        [int(i), str(text)[:200], None if p is None else min(1.0, max(0.0, float(p)))]
        for i, text, p in sample["tokens"]
    ]
    if len(tokens) > MOST_TOKENS:
        raise ValueError
    texts = {key: str(sample[key])[:15_000] for key in ("model", "prompt", "precision", "title", "note", "finished")}
    seed, share = sample["seed"], float(sample["repetition"])
    return column(tokens=tokens, seed=seed if isinstance(seed, int) else None, repetition=share, **texts)


def note_of(name: str) -> str:
    """What a column says of its model: '0.64 bits per character', or nothing."""
    bits = registry.scores(name).get("bits_per_character", {}).get("tinystories")
    return f"{bits:.2f} bits per character" if bits else ""
