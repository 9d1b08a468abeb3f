"""A gr.HTML of our own whose value is JSON that may be streamed: lists are sent as objects.

    view = View({"samples": []}, html_template=..., js_on_load=scripts.script(words, FILE))

Python gives and gets the plain value. A script reads it with `received()`, see scripts.js, not with props.value.

The reason: while a function yields, Gradio sends differences, and `gradio.utils.diff` (6.31) corrects the positions of
deletions once for every list around them. A list inside a list that gets shorter by two or more is cut at the wrong
places. Of an object nothing has a position. tests/page/test_view.py fails as soon as Gradio is right.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from shared.page import private, scripts, words

HEAVY = 50_000  # characters of JSON


class View(gr.HTML, metaclass=private.OwnComponent):
    @classmethod
    def beside(cls, file: str, value: Any, skeleton: str, elem_id: str, **constants: Any) -> "View":
        """The view of a folder: view.js draws the value into the skeleton, view.css styles it, with the words "view".

        file: `__file__` of the caller. constants: what view.js is told, see scripts.script.
        """
        return beside(file, "view", skeleton, elem_id, value, kind=cls, **constants)

    def preprocess(self, payload: Any) -> Any:
        return plain(payload)

    def postprocess(self, value: Any) -> Any:
        return sent(value)


def beside(
    file: str,
    name: str,
    skeleton: str,
    elem_id: str,
    value: Any = "",
    asks: Sequence[Callable[..., Any]] = (),
    also: Sequence[str] = (),
    kind: Any = gr.HTML,
    **constants: Any,
) -> Any:
    """A part of a Space's page: NAME.js brings the skeleton to life, view.css styles it, with the words of that name.

    file: `__file__` of the caller. asks: the functions that the script may call. also: scripts that stand before it.
    constants: what the script is told, see scripts.script.
    """
    folder = Path(file).parent
    value, asks = late(value, asks)
    options = {"server_functions": asks} if asks else {}
    return kind(
        value,
        html_template=skeleton,
        css_template=(folder / "view.css").read_text("utf-8"),
        js_on_load=scripts.script(
            words.beside(file).table(name), *(folder / script for script in also), folder / f"{name}.js", **constants
        ),
        apply_default_css=False,
        elem_id=elem_id,
        **options,
    )


def late(value: Any, asks: Sequence[Callable[..., Any]] = ()) -> tuple[Any, list[Callable[..., Any]]]:
    """(the value that comes with the page, the functions that its script may call) of a component.

    The pictures of an example may weigh more than all of the page: scripts.js asks for them once that is there.
    """
    if len(json.dumps(value)) < HEAVY:
        return value, list(asks)

    def recorded(_: Any) -> Any:
        return value

    return {"later": True}, [*asks, recorded]


def sent(value: Any) -> Any:
    """JSON with no list inside a list: one that holds more than plain words and numbers is {"[0]": ..., "[1]": ...}."""
    if isinstance(value, dict):
        return {key: sent(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple) and any(isinstance(inner, dict | list | tuple) for inner in value):
        return {f"[{i}]": sent(inner) for i, inner in enumerate(value)}
    return value


def plain(value: Any) -> Any:
    """What `sent` was given, of what a browser sends back."""
    if not isinstance(value, dict):
        return value
    inner = {key: plain(one) for key, one in value.items()}
    return [inner[key] for key in sorted(inner, key=lambda key: int(key[1:-1]))] if "[0]" in inner else inner
