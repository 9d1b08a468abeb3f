"""The scripts of the suite's own gr.HTML components: their words and constants, what all share, and their own."""

import json
from pathlib import Path

from shared.page.words import Pair, of_page

SHARED = Path(__file__).with_suffix(".js")
STROKES = Path(__file__).with_name("strokes.js")  # for what is drawn on by hand
ZIP = Path(__file__).with_name("zip.js")  # several files as one
# For views of several outputs: all of them as one ZIP, and those of this visit to go back to. See gallery.js.
GALLERY = (ZIP, Path(__file__).with_name("gallery.js"))
GALLERY_STYLE = Path(__file__).with_name("gallery.css")
MOST_KEPT = 24  # results that a page keeps of its visit


def gallery_words() -> dict[str, Pair]:
    return {f"gallery_{key}": pair for key, pair in of_page().table("gallery").items()}


def script(words: dict[str, Pair], *files: Path, **constants) -> str:
    """JavaScript for `js_on_load`: what all views share, then `files`.

    It knows `words` in the language of the browser, and `constants`.

    Properties of gr.HTML would be the place for both, but Gradio 6.31 forgets those of a component that is an output
    with gr.skip() before its tab was ever opened.
    """
    both = {language: {key: pair[i] for key, pair in words.items()} for i, language in enumerate(("en", "zh"))}
    first = f"const constants = {json.dumps(constants | {'words': both}, ensure_ascii=False)};\n"
    return first + "".join(bare(file.read_text("utf-8")) for file in (SHARED, *files))


def bare(text: str) -> str:
    """Without indentation, and without the lines that hold a comment alone: a page carries its scripts with it."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
