"""One digit on the page: its canvas, the words under it, Sample, Upload, and its text, which nobody sees."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from shared.core.errors import UserError
from shared.media import pictures
from shared.page import canvas, sentences
from shared.page.endpoint import told
from shared.page.tab import NEW_SEED, PRIVATE, Tab

from . import view
from .ends import EndText

SIDE = 216  # pixels a side of a canvas
DIGIT = EndText(called="The digit")
DRAWN = "(value) => value || ''"  # a drawing becomes the text in the browser: Generate can be pressed at once


def under(text: object) -> dict:
    """What stands under a canvas: what the digit is, or why it cannot be used."""
    try:
        return DIGIT.check(text, "digit").told()
    except UserError as error:
        return {"kind": "empty"} if text in ("", None) else {"says": sentences.told(error)}


def take_file(path: str) -> tuple:
    """An upload -> the canvas, the text, the words under the canvas."""
    with told():
        pixels, notice = pictures.read_digit(path)
    return pictures.data_url(pixels), pictures.pack(pixels), {"kind": "drawing", "says": notice}


@dataclass(frozen=True)
class Sheet:
    canvas: gr.HTML
    words: gr.HTML
    text: gr.Textbox
    sample: gr.Button
    upload: gr.UploadButton

    def filled(self) -> list[Callable[..., Any]]:
        """Wires the hand, Sample and Upload to the text -> where what comes next is wired."""
        drawn = self.canvas.drawn(None, self.canvas, self.text, js=DRAWN, **PRIVATE)
        sampled = self.sample.click(None, None, self.text, js=f"() => String({NEW_SEED})", **PRIVATE)
        uploaded = self.upload.upload(take_file, self.upload, [self.canvas, self.text, self.words], **PRIVATE)
        return [drawn.then, sampled.then, uploaded.success]


def sheet(tab: Tab, name: str, text: gr.Textbox, picture: str = "", what: dict | None = None) -> Sheet:
    """what: see `under`; picture: what is on the canvas at first."""
    small: dict[str, Any] = {"size": "sm", "scale": 0, "min_width": 0}
    with gr.Column(elem_id=tab.id(name), elem_classes=f"{tab.name}-end"):
        paper = canvas.canvas(tab.id(f"{name}-canvas"), tab.t(name), picture, SIDE)
        with gr.Row():
            sample = gr.Button(tab.t("sample"), elem_id=tab.id(f"{name}-sample"), **small)
            upload = gr.UploadButton(tab.t("upload"), file_types=["image"], elem_id=tab.id(f"{name}-upload"), **small)
        words = view.under(name, what or {})
    tab.on_pad(paper, text, words, "picture")
    return Sheet(paper, words, text, sample, upload)
