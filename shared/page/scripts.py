"""The scripts of the suite's own gr.HTML components: their words and constants, what all share, and their own."""

import json
from pathlib import Path

from shared.page.words import Pair

SHARED = Path(__file__).with_suffix(".js")


def script(words: dict[str, Pair], *files: Path, **constants) -> str:
    """JavaScript for `js_on_load`: what all views share, then `files`.

    It knows `words` in the language of the browser, and `constants`.

    Properties of gr.HTML would be the place for both, but Gradio 6.31 forgets those of a component that is an output
    with gr.skip() before its tab was ever opened.
    """
    both = {language: {key: pair[i] for key, pair in words.items()} for i, language in enumerate(("en", "zh"))}
    first = f"const constants = {json.dumps(constants | {'words': both}, ensure_ascii=False)};\n"
    return first + "".join(file.read_text("utf-8") for file in (SHARED, *files))
