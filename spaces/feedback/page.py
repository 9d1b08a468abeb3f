"""The tab of learning from feedback: before and after a reward, a visitor's own choices, and a pole that is held up.

Here are the endpoint and `build()`, which makes the widgets and wires them.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import gradio as gr

from shared.core import brakes
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import parts, private, sentences, words
from shared.page.tab import PRIVATE, SAME, Tab
from shared.training import live

from . import cartpole, how, own, runs, view
from .request import ADAPTERS, TAB, Telling

WORDS = words.beside(__file__)
IDEAS = ("fox", "sad", "party")
POLES = Brakes()


def feedback(request: Telling) -> tuple[dict, dict]:
    """Goes on with an opening before and after a reward has steered the storyteller, from the same seeds. JSON: reward
    (happy or faithful: what the adapter was steered by) and texts, a row each seed: {"before", "after"}, each with
    text, ended (whether the story came to its end), reward in [0, 1] and, of a sentiment, other: what a judge says of
    it that no training has asked. Then the recipe."""
    *_, (found, made) = runs.run(request, brakes.left())
    return {"reward": found["reward"], "texts": found["texts"]}, made


# ---- the visitor's choices -----------------------------------------------------------------------------------------


def train(event: gr.EventData, request: gr.Request) -> Iterator[tuple]:
    """Trains on the choices that came with the event, and shows how it stands until it is over."""
    session, none = str(request.session_hash), gr.update(visible=False)
    try:
        choices = private.data_of(event).get("choices")
        training = own.begin(session, choices, Path(gr.utils.get_upload_folder()))
    except UserError as error:
        yield {"phase": "", "error": sentences.told(error)}, SAME
        return
    with closing(training.watch()) as states:
        for state in states:
            if own.VISITORS.current(session) is not training:
                return  # the visitor has begun another one, which writes to the same page
            packed = training.packed() if state.phase == "ended" else None
            standing = view.standing(state, training.folder.name if packed else "")
            yield standing, gr.update(value=str(packed), visible=True) if packed else none


def halt(request: gr.Request) -> None:
    if training := own.VISITORS.current(str(request.session_hash)):
        training.tell("stop")


def leave(request: gr.Request) -> None:
    """The visitor closes or reloads the page."""
    own.VISITORS.leave(str(request.session_hash))


# ---- the pole ------------------------------------------------------------------------------------------------------


def learn(seed: float, request: gr.Request) -> Iterator[tuple]:
    with POLES.run(str(request.session_hash)) as brake:
        yield SAME, gr.update(interactive=False), gr.update(interactive=True)
        number = int(seed) if isinstance(seed, int | float) and 0 <= seed < 2**31 else 0
        for state in cartpole.learn(number, brake):
            yield state, SAME, SAME
        if not brake.overtaken:
            yield SAME, gr.update(interactive=True), gr.update(interactive=False)


def stop_pole(request: gr.Request) -> None:
    POLES.stop(str(request.session_hash))


# ---- the tab -------------------------------------------------------------------------------------------------------


def build() -> gr.Blocks:
    tab = Tab(TAB, Telling, runs.run, WORDS, concurrency_id="text", example=ADAPTERS[0])
    with tab.page(Path(__file__).with_name("page.css")):
        with tab.row():
            with tab.controls():
                prompt = tab.widget("prompt", elem_classes="aigc-first")
                with gr.Row(elem_id=tab.id("ideas"), elem_classes=["aigc-first", "aigc-ideas"]):
                    gr.Markdown(tab.t("ideas"))
                    ideas = [(tab.link_button(f"idea-{key}", f"idea_{key}"), key) for key in IDEAS]
                tab.widget("adapter", elem_classes="aigc-first")
                generate = tab.go("compare")
                with tab.more():
                    for name in ("n", "max_new_tokens", "temperature", "seed"):
                        tab.widget(name)
            with tab.result():
                shown = view.component(tab.recorded[0] if tab.recorded else {})
                tab.recipe_row()
                tab.how(how.IDEA, how.facts, of=("adapter",))
        with gr.Accordion(tab.t("choose_title"), open=False, elem_id=tab.id("choose-box")):
            with parts.later(tab.id("choose-part")):
                if settings().training:
                    choosing()
                else:
                    gr.Markdown(tab.t("choose_off"))
        with gr.Accordion(tab.t("pole_title"), open=False, elem_id=tab.id("pole-box")):
            with parts.later(tab.id("pole-part")):
                balancing(tab)
        events = tab.wire([shown])
        tab.starts(generate.click)
        tab.starts(partial(tab.built["adapter"].input, trigger_mode="always_last"))
        for button, key in ideas:
            said = WORDS.pair(f"prompt_{key}")[0]
            chosen = button.click(None, None, prompt, js=f"() => {said!r}", **tab.quick)
            tab.starts(chosen.then, lambda values, event, said=said: values | {"prompt": said})
        tab.shows(events)
        tab.endpoint(feedback, "prompt adapter n max_new_tokens temperature seed")
    return tab.blocks


def choosing() -> None:
    gr.Markdown(WORDS.t("choose_idea"))
    chooser = view.choose()
    download = gr.DownloadButton(
        WORDS.t("choose_download"), size="sm", visible=False, elem_id=f"{TAB}-download", elem_classes="aigc-link"
    )
    # Those who wait have a place in the line of live/process.py, as with the digits.
    line = {"concurrency_id": "train", "concurrency_limit": live.AT_ONCE + live.MOST_WAITING + 1}
    chooser.train(train, None, [chooser, download], **line, **PRIVATE)
    chooser.halt(halt, None, None, queue=False, **PRIVATE)
    private.page().unload(leave)


def balancing(tab: Tab) -> None:
    gr.Markdown(WORDS.t("pole_idea"))
    with gr.Row(elem_id=f"{TAB}-pole-go", elem_classes="aigc-go"):
        go = gr.Button(WORDS.t("pole_learn"), variant="primary", elem_id=f"{TAB}-pole-learn", min_width=140)
        stop = gr.Button(WORDS.t("stop"), variant="stop", interactive=False, elem_id=f"{TAB}-pole-stop", min_width=90)
        seed = gr.Number(0, label=WORDS.t("seed"), precision=0, minimum=0, elem_id=f"{TAB}-pole-seed", min_width=120)
    shown = view.pole()
    go.click(learn, seed, [shown, go, stop], concurrency_id="pole", concurrency_limit=4, **PRIVATE)
    stop.click(stop_pole, None, None, **tab.quick)
