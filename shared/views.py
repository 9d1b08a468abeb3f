"""The scripts of the suite's own gr.HTML components: their words and constants, what all share, and their own."""

import json
from pathlib import Path

from shared import translations

HERE = Path(__file__).parent


def script(prefix: str, *files: str, words: dict[str, tuple[str, str]] | None = None, **constants) -> str:
    """JavaScript for `js_on_load`: views.js and then `files` of this folder.

    It knows `words`, all of translations.py whose key begins with `prefix`, in the language of the browser and without
    the prefix, and `constants`. words: more of them, (English, Chinese) each.

    Properties of gr.HTML would be the place for both, but Gradio 6.31 forgets those of a component that is an output
    with gr.skip() before its tab was ever opened.
    """
    found = {key.removeprefix(prefix): both for key, both in translations.WORDS.items() if key.startswith(prefix)}
    found |= words or {}
    both = {language: {key: pair[i] for key, pair in found.items()} for i, language in enumerate(("en", "zh"))}
    first = f"const constants = {json.dumps(constants | {'words': both}, ensure_ascii=False)};\n"
    return first + "".join((HERE / file).read_text("utf-8") for file in ("views.js", *files))
