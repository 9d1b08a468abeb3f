"""The picture tab: its widgets and what they do. What is drawn is in runs.py, and how it is shown in view.py."""

import html
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from shared import recipe
from shared.core import brakes, loaders, registry
from shared.core.errors import UserError
from shared.core.kinds import NEW
from shared.core.settings import settings as host
from shared.engines.diffusion import limits, prompts
from shared.engines.diffusion.limits import OWN, REMOTE, TASK
from shared.page import files, private, recipe_row, sentences, words
from shared.page.endpoint import told
from shared.page.tab import SAME, Tab

from . import how, ideas, prices, runs, view
from .request import CHANGE, CONTROLS, MOST_PROMPT, MOST_SEED, REPAINT, REQUESTS, STYLE, Drawing, Make
from .runs import TAB

WORDS = words.beside(__file__)
DEAR = ("model", "n", "width", "height", "steps", "guidance", "scheduler")  # what the price depends on
START = {"turns": "", "until": 0}  # a run that begins at the beginning and goes to its end
# The picture to begin with is cut to this shape; see start.js.
SHAPE = """(width, height) => {
  window.aigcImageShape = [width, height];
  dispatchEvent(new Event("aigc-image-shape"));
}"""


def run(request: Drawing, stop: threading.Event) -> Iterator[tuple[dict, dict]]:
    """Where nothing was drawn, the pictures of before stay, and their recipe."""
    with closing(runs.run(request, stop)) as states:
        for state in states:
            yield view.shown(state), state.recipe or SAME


def text_to_image(request: Make) -> Iterator[tuple[list[FileData], dict]]:
    """Draws pictures from words. First previews come, a step at a time, then PNG files, which carry their recipe.

    Picture i has the seed + i; the same seed gives the same picture, alone or among others. The recipe is {} until the
    pictures are finished. The model emoji-diffusion is small and bundled, and knows about 500 things by name; others
    are downloaded on first use. Its styles are noto, twemoji and fluent 3d; those of others photo, watercolour, ...
    """
    with closing(runs.run(request, brakes.left())) as states:
        for state in states:
            if state.phase == "done":
                made = zip(state.pictures, state.seeds, strict=True)
                yield (
                    [files.served(view.png(one, state.recipe, seed), f"{TAB}-{seed}.png") for one, seed in made],
                    state.recipe,
                )
            elif state.pictures:
                yield [files.served(view.png(one, None, 0), "preview.png") for one in state.pictures], {}


# ---- what the controls do ------------------------------------------------------------------------------------------


class Pictures(Tab):
    def price(self, request: gr.Request, *given: Any) -> str:
        """'About 4 s and 0.9 GB on this machine', or nothing before the first run."""
        try:
            asked = self.check(self.values(given) | START | {"what": "make"})
        except UserError:  # a field is empty, or about to be typed into
            return ""
        seconds = prices.seconds(asked)
        if not seconds:
            return ""
        span = f"{seconds:.0f}" if seconds >= 10 else f"{max(seconds, 0.1):.1f}"
        memory = f"{prices.megabytes(asked) / 1000:.1f}"
        return WORDS.say("price_memory", words.chinese(request), span=span, memory=memory)

    def again(self, event: gr.EventData) -> tuple:
        """A result of this visit was clicked: its settings come back. -> the controls, recipe, verdict."""
        with told():
            found = recipe.check(private.data_of(event).get("recipe"))
            values, line = recipe_row.restored(REQUESTS, found, TAB)
        return *self.restored(values), found, line

    def put_back(self, verdict: str, *given: Any) -> Sequence[Any]:
        """What a restored recipe leaves on the page: its pictures are not drawn before somebody asks for them.

        -> view, start, styles, vocabulary, verdict, OWN; nothing where there was no recipe, or one that did not fit
        """
        if not verdict or 'class="wrong"' in verdict:
            return [SAME] * (5 + len(OWN))
        values = self.values(given)
        start = {name: values[name] for name in ("image", "mask")}
        updates, sentence = fitted(values)
        line = verdict + f'<p class="differs">{html.escape(sentence)}</p>' if sentence else SAME
        return {"phase": "restored"}, start, *chips_of(values["model"], values["style"]), line, *updates


def fitted(values: dict[str, Any]) -> tuple[list, str]:
    """What the chosen model does not take is set to its own: a recipe of another program knows other models.

    -> updates of OWN, a sentence about them or "".
    """
    own = limits.of(values["model"])
    refused = limits.refused(own, values)
    odd = {name: getattr(own, name) for name in OWN if name in refused}
    updates = [odd.get(name, SAME) for name in OWN[:-1]]
    updates.append(gr.update(value=odd.get("scheduler", values["scheduler"]), choices=list(own.schedulers)))
    if not odd:
        return updates, ""
    changed = ", ".join(f"{name} {values[name]}" for name in odd)
    return updates, f"{registry.spec(values['model']).title} does not take {changed}; its own stand there now."


def suit(model: str, style: str) -> tuple:
    """Another model: its own steps, guidance, size and scheduler. -> OWN, styles, style, vocabulary"""
    own = limits.of(model)
    kept = style if style in prompts.styles(model) else ""
    chips, vocabulary = chips_of(model, kept)
    scheduler = gr.update(value=own.scheduler, choices=list(own.schedulers))
    return *(getattr(own, name) for name in OWN[:-1]), scheduler, chips, kept, vocabulary


def schedulers_of(model: str) -> dict:
    """The choices of a model; a control at the start has those of all models, so that any recipe can be restored."""
    return gr.update(choices=list(limits.of(model).schedulers))


def chips_of(model: str, style: str) -> tuple[dict, dict]:
    """-> the styles of a model with one of them chosen, and all that it can draw."""
    chosen = style if style in prompts.styles(model) else ""
    return gr.update(choices=styles(model), value=chosen), vocabulary_of(model)


def styles(model: str) -> list[tuple]:
    return [(WORDS.t("style_any"), ""), *((words.style(name), name) for name in prompts.styles(model))]


def vocabulary_of(model: str) -> dict:
    return {"model": model, "n": len(prompts.known(model)["names"])}


def about(prompt: str, model: str, request: gr.Request) -> dict:
    return ideas.about(prompt, model, words.chinese(request))


def licence_of(model: str) -> str:
    return html.escape(sentences.told(registry.spec(model).license))


def in_the_language(prompt: str, model: str, request: gr.Request) -> tuple[dict, str]:
    """-> the hints under the prompt, the licence: what was English when the page was built."""
    return about(prompt, model, request), licence_of(model)


def begin(start: Any) -> dict[str, str]:
    """The picture and the mask that the browser has: {image, mask}."""
    start = start if isinstance(start, dict) else {}
    return {name: str(start.get(name) or "") for name in ("image", "mask")}


def said(event: gr.EventData) -> str:
    """A prompt that was clicked."""
    return str(private.data_of(event).get("prompt", ""))[:MOST_PROMPT]


def reuse(event: gr.EventData) -> Any:
    """The seed of a picture, so that the next click begins with the same noise."""
    seed = private.data_of(event).get("seed")
    return seed if isinstance(seed, int) and 0 <= seed <= MOST_SEED else SAME


def take(event: gr.EventData) -> tuple:
    """A picture becomes the one to begin with. -> start, the part of the tab that is open."""
    picture = str(private.data_of(event).get("picture", ""))
    if not picture.startswith("data:image/"):
        return SAME, SAME
    return {"image": picture, "mask": ""}, gr.Tabs(selected="start")


# ---- the page ------------------------------------------------------------------------------------------------------


def build() -> gr.Blocks:
    bundled = loaders.default_model(TASK)
    first = next(iter(registry.names(REMOTE)), bundled)  # the server on another machine, where the host has one
    own = limits.of(first)
    tab = Pictures(TAB, REQUESTS, run, WORDS, expected=prices.seconds, example=bundled)
    t, quick, live = tab.t, tab.quick, tab.live
    with tab.page(Path(__file__).with_suffix(".css")):
        with tab.row():
            with tab.controls():
                prompt = tab.widget("prompt", elem_classes="aigc-first")
                hints = view.ideas(ideas.about(prompt.value, first))
                begins = STYLE if STYLE in prompts.styles(first) else ""  # another model may be the default
                tab.widget("style", value=begins, visible=False)
                chips = gr.Radio(styles(first), value=begins, label=t("style"), elem_id=tab.id("styles"))
                generate = tab.go()
                model = tab.widget("model", gr.Dropdown, value=first, interactive=True)
                licence = gr.HTML(licence_of(first), elem_id=tab.id("licence"))
                tab.widget("n")
                seed = tab.widget("seed")
                fresh = tab.link_button("seed-new", "seed_new")
            with tab.result():
                pictures = view.pictures(tab.recorded[0] if tab.recorded else {})
                panel = tab.recipe_row()
        with tab.more():
            tab.widget("negative_prompt")
            tab.widget("steps", value=own.steps)
            tab.widget("guidance", value=own.guidance)
            with gr.Row():
                shape = [
                    tab.widget(side, gr.Number, value=getattr(own, side), min_width=120) for side in ("width", "height")
                ]
            tab.widget("scheduler", gr.Dropdown, value=own.scheduler, interactive=True)
            for name in ("lora", "lora_strength"):  # a LoRA is a model of its own, and strangers may name any
                tab.widget(name, visible=host().allow_any_model)
        with gr.Tabs(elem_id=tab.id("parts"), overflow_behavior="wrap") as parts:
            with gr.Tab(t("tab_start"), id="start"):
                gr.Markdown(t("start_idea"))
                with gr.Row(elem_id=tab.id("start-row")):
                    with gr.Column(scale=6, min_width=300):
                        start = view.start()
                    with gr.Column(scale=6, min_width=280, elem_id=tab.id("start-side"), elem_classes="aigc-column"):
                        tab.widget("strength")
                        with gr.Row(elem_id=tab.id("start-go")):
                            change = tab.button("change", min_width=160, variant="secondary")
                            fill = tab.button("fill", min_width=160, variant="secondary")
            with gr.Tab(t("tab_strip"), id="strip"):
                gr.Markdown(t("strip_idea"))
                with gr.Row(elem_id=tab.id("strip-row")):
                    tab.widget("control", choices=[(t(name), name) for name in CONTROLS])
                    strip = tab.button("strip-go", "strip", variant="secondary")
            with gr.Tab(t("tab_vocabulary"), id="vocabulary"):
                vocabulary = view.vocabulary(vocabulary_of(first))
        tab.how(how.IDEA, how.facts)

        events = tab.wire([pictures], [{"phase": "loading", "message": ""}], [{"phase": "failed"}], DEAR)
        tab.starts(generate.click, lambda values, data: values | START | {"what": "make"})
        tab.starts(strip.click, lambda values, data: values | START | {"what": "strip"})
        for button, what in ((change, "change"), (fill, "fill")):

            def chosen(values, data, start, what=what):
                return values | START | {"what": what} | begin(start)

            tab.starts(button.click, chosen, [start])

        # A part that is painted over shall be drawn anew; a strength that somebody has chosen stays.
        strength = tab.built["strength"]
        start.painted(None, strength, strength, js=f"now => now === {CHANGE} ? {REPAINT} : now", **quick)

        def back(values, data):
            """From a step of the run that is on screen, with what stands on the left now."""
            return values | START | {"what": "continue", "run": str(data.get("run", "")), "step": data.get("step")}

        tab.starts(pictures.proceed, back)
        fresh.click(None, None, seed, js=f"() => {NEW}", **quick)

        # The prompt and its words, the styles, and what each model has its own of.
        spoken, style, owned = [prompt, model], tab.built["style"], [tab.built[name] for name in OWN]
        prompt.change(about, spoken, hints, **live)
        for source in (hints, vocabulary):
            source.say(said, None, prompt, **quick).then(about, spoken, hints, **quick)
        # In the browser, so that a style chosen and Generate pressed at once belong together on the slowest machine.
        chips.input(None, chips, style, js="style => style", **quick)
        suited = model.input(suit, [model, style], [*owned, chips, style, vocabulary], **quick)
        suited.then(about, spoken, hints, **quick)
        model.change(licence_of, model, licence, **quick)
        tab.opened(in_the_language, spoken, [hints, licence])
        tab.opened(schedulers_of, model, tab.built["scheduler"])
        gr.on([side.change for side in shape], None, shape, None, js=SHAPE, **quick)
        tab.opened(None, shape, None, js=SHAPE)

        # What comes back: a recipe, a result of this visit, a seed, a picture to begin with.
        press = f"() => document.getElementById('{tab.id('reproduce')}').click()"
        pictures.live(None, js=press, **quick)
        # With the seed of the recipe left there, Generate would always draw the same.
        events.reproduce.then(lambda: ({"phase": "settled"}, NEW), None, [pictures, seed], **quick)
        after = [pictures, start, chips, vocabulary, panel.verdict, *owned]
        for event in (events.restore, events.opened):
            event.success(tab.put_back, [panel.verdict, *tab.settings], after, **quick)
        brought = pictures.again(tab.again, None, [*tab.settings, panel.recipe, panel.verdict], **quick)
        brought.success(chips_of, [model, style], [chips, vocabulary], **quick)
        pictures.seed(reuse, None, seed, **quick)
        pictures.take(take, None, [start, parts], **quick)

        at_hand = [TASK] if first == bundled else []
        tab.warm(*at_hand, "picture-text")  # which tells which picture fits best
        tab.endpoint(text_to_image, "prompt negative_prompt model style steps guidance width height n seed", Make)
    return tab.blocks
