"""Text: three generations of language models that can be watched, stopped, forked and measured.

Here are the widgets, and what the buttons do. How texts are run is in runs.py, what a click makes of them in edits.py,
and how they are shown with their tokens in shared/page/token_view.py.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr

from shared.core import brakes, limits, loaders, registry
from shared.core.errors import UserError
from shared.core.kinds import MOST_SEED, NEW
from shared.core.settings import settings as host
from shared.page import private, token_view, words
from shared.page.endpoint import endpoint, told
from shared.page.tab import PRIVATE, SAME, Tab
from shared.page.view import View
from shared.page.widgets import model_title

from . import edits, how, presets, runs
from .request import COMPARE, REMOTE, Place, Writing

WORDS = words.beside(__file__)
t = WORDS.t
MOST_UNDO = limits.KEPT["texts"].number  # small JSON, tens of kilobytes
ENDPOINT = (
    "prompt model max_new_tokens temperature top_k top_p min_p repetition_penalty no_repeat_ngram_size "
    "num_return_sequences stop seed"
)
CURED = ("repetition_penalty", "no_repeat_ngram_size", "temperature")  # the dials that a cure turns


def gpt2_text(request: Writing) -> Iterator[tuple[str, dict]]:
    """Continues a text with a language model, streaming it. The same seed and settings give the same text."""
    for view, recipe in runs.run(request, brakes.left()):
        yield runs.texts_of(view["samples"]), recipe


def token_alternatives(request: Place) -> dict:
    """What a language model expects at one place of a text: the likeliest tokens with their probabilities."""
    return runs.alternatives(request)


class TextTab(Tab):
    def price(self, request: gr.Request, *given: Any) -> str:
        """'About 2 s on this machine, 14 s at most': what runs took so far, and what the length limit allows."""
        try:
            asked = self.check(self.values(given))
        except UserError:  # a field is empty, or about to be typed into
            return ""
        usual, most = runs.usual_seconds(asked), runs.expected_seconds(asked)
        if not usual or not most:
            return ""
        zh = words.chinese(request)
        if usual > 0.8 * most or most < 2:
            return html.escape(self.words.price(most, zh))
        return html.escape(WORDS.say("price_usual", zh, usual=f"{max(1, usual):.0f}", most=f"{most:.0f}"))


class Desk:
    """The buttons that write. They are given the text that is there too, and what each did can be undone."""

    def __init__(self, tab: Tab, view: View, undo: gr.Button, go_on: gr.Button):
        self.tab, self.go_on = tab, go_on
        history = gr.State([])  # [{view, recipe}], the newest last: this visitor's own texts
        page = [view, tab.panel.recipe, history]
        self.inputs = [*page, *tab.settings]
        self.outputs = [*tab.outputs, history, undo, *(tab.built[name] for name in CURED)]
        undo.click(self.undo, history, [*page, undo, tab.panel.verdict, go_on], **tab.quick)

    def starts(self, trigger: Callable[..., Any], choose: edits.Choose, run: edits.Run = edits.run) -> None:
        """After an error, or a Stop before the first token, the page is as it was before."""

        def write(
            event: gr.EventData, request: gr.Request, view: Any, recipe: Any, history: list, *given: Any
        ) -> Iterator[tuple[Any, ...]]:
            tab, chosen, now = self.tab, private.data_of(event), None
            values = tab.values(given) | {"kept": "", "lengths": ""}  # of a text that stands, not of the page
            before = self.updates(
                history, view, recipe, price=tab.price(request, *given), busy=False, ended=ended(view)
            )
            with tab.brakes.run(request.session_hash) as brake, told():
                try:
                    asked = tab.check(choose(view, chosen, values))
                    older = [*history, {"view": token_view.settled(view), "recipe": recipe}] if recipe else history
                    yield self.updates(older[-MOST_UNDO:], verdict="", busy=True)
                    with closing(run(asked, brake, view, chosen)) as texts:
                        for now, made in texts:
                            if brake.overtaken:
                                return  # the visitor has started something else
                            yield self.updates(SAME, now, made or SAME, price=_waiting(now))
                    if brake.overtaken:
                        return
                    if now is None or brake.is_set() and not _written(now):
                        yield before
                    else:
                        cured = {name: now["settings"][name] for name in CURED}
                        turned = {name: value for name, value in cured.items() if value != getattr(asked, name)}
                        price = tab.price(request, *given)
                        yield self.updates(older[-MOST_UNDO:], price=price, busy=False, turned=turned, ended=ended(now))
                except Exception:
                    if not brake.overtaken:
                        yield before
                    raise

        trigger(write, self.inputs, self.outputs, **self.tab.work)

    def updates(
        self,
        history: Any,
        view: Any = SAME,
        recipe: Any = SAME,
        busy: bool | None = None,
        turned: Mapping[str, float] | None = None,
        ended: bool = False,
        **more: Any,
    ) -> tuple[Any, ...]:
        """Values for `outputs`. turned: dials; ended: nothing can go on; more: as in Tab.updates."""
        undo = SAME if busy is None else gr.update(interactive=bool(history) and not busy)
        dials = [(turned or {}).get(name, SAME) for name in CURED]
        found = list(self.tab.updates([view], recipe, busy=busy, **more))
        if ended:
            found[self.tab.outputs.index(self.go_on)] = gr.update(interactive=False)
        return *found, history, undo, *dials

    def undo(self, history: list) -> tuple[Any, ...]:
        """-> view, recipe, history, Undo, the verdict, Continue. A second click may come when there is nothing left."""
        if not history:
            return SAME, SAME, SAME, SAME, SAME, SAME
        *rest, last = history
        go_on = gr.update(interactive=not ended(last["view"]))
        return last["view"], last["recipe"], rest, gr.update(interactive=bool(rest)), "", go_on


def ended(view: Any) -> bool:
    """Whether all texts of a view have come to their end: nothing can go on."""
    samples = view.get("samples") if isinstance(view, dict) else None
    return bool(samples) and all(isinstance(one, dict) and one.get("finished") == "end" for one in samples)


def _written(view: dict) -> bool:
    return any(column["tokens"] for column in view["samples"])


def _waiting(view: dict) -> str:
    """What the first token waits for, as HTML: said beside the button too, which is where the visitor looks."""
    return "" if _written(view) else html.escape(view["message"])


def build() -> gr.Blocks:
    tab = TextTab(
        runs.TAB,
        Writing,
        runs.run,
        WORDS,
        expected=runs.expected_seconds,
        concurrency_id="text",
        example="gpt2-stories",
    )
    recorded = tab.recorded[0] if tab.recorded else token_view.view([], {})
    with tab.page(Path(__file__).with_suffix(".css")):
        with tab.row():
            with tab.controls():
                tab.widget("prompt", elem_classes="aigc-first")
                tab.widget("model", choices=_models(), value=_first())
                larger = tab.link_button("larger", "larger", visible=not host().allow_any_model)
                names = [(t(name), name) for name in presets.PRESETS]
                preset = gr.Radio(names, value="bedtime", label=t("preset"), elem_id=tab.id("preset"))
                generate = tab.go()
            with tab.result():
                view = token_view.component(recorded, elem_id=tab.id("text"))
                with gr.Row(elem_id=tab.id("actions")):
                    go_on = tab.button(
                        "continue", variant="secondary", size="sm", min_width=96, interactive=not ended(recorded)
                    )
                    undo = gr.Button(t("undo"), size="sm", min_width=80, interactive=False, elem_id=tab.id("undo"))
                    again = tab.button("regenerate", variant="secondary", size="sm", min_width=110)
                tab.recipe_row()
        with tab.more():
            _dials(tab, "length", "max_new_tokens", "num_return_sequences", "num_beams")
            tab.widget("stop", elem_id=tab.id("stop-at"))
            _dials(tab, "randomness", "temperature", "top_k", "top_p", "min_p")
            _dials(tab, "repeating", "repetition_penalty", "no_repeat_ngram_size")
            _dials(tab, "engine", "seed")
            new_seed = tab.link_button("new-seed", "seed_new")
            tab.widget("precision")
        tab.how(how.IDEA, how.facts)
        events = tab.wire([view], dear=("model", "max_new_tokens", "num_return_sequences", "precision"))
        # With the seed of the recipe left there, Generate would always write the same.
        events.reproduce.then(lambda: NEW, None, tab.built["seed"], **tab.quick)

        events.reproduce.then(lambda shown: gr.update(interactive=not ended(shown)), view, go_on, **tab.quick)

        desk = Desk(tab, view, undo, go_on)
        desk.starts(generate.click, edits.as_set)
        desk.starts(go_on.click, edits.continued)
        desk.starts(again.click, edits.regenerated)
        desk.starts(view.fork, edits.forked)
        desk.starts(view.remedy, edits.made_again, edits.cure)

        _wire_controls(tab, preset, view)
        for trigger, script, output in (
            (view.live, f"() => document.getElementById('{tab.id('reproduce')}').click()", None),
            (larger.click, f"() => document.getElementById('{tab.id('model')}').classList.toggle('all')", None),
            (new_seed.click, f"() => {NEW}", tab.built["seed"]),
        ):
            trigger(None, None, output, js=script, **PRIVATE)
        if not registry.spec(_first()).remote:
            tab.warm("text")

        tab.endpoint(gpt2_text, ENDPOINT)
        english = lambda key: WORDS.pair(key)[0]  # noqa: E731
        endpoint(token_alternatives, Place, "token_alternatives", "text model position n", english)
    return tab.blocks


def _first() -> str:
    """The model that a visitor finds chosen: the server on another machine, where the host has one."""
    return next(iter(registry.names(REMOTE)), loaders.default_model("text"))


def _models() -> list[tuple[Any, str]]:
    """Every text model. The steered ones and those of the Hub come last: they wait behind a link, see page.css."""
    elsewhere = [(registry.spec(name).title, name) for name in registry.names(REMOTE)]
    rows = [registry.spec(name) for name in registry.names("text")]
    here = [(row.title, row.name) for row in rows if row.bundled and not row.base]
    steered = [(row.title, row.name) for row in rows if row.base]
    hub = [(_hub_title(row), row.name) for row in rows if not row.bundled]
    return [*elsewhere, *here, (t("model_compare"), COMPARE), *steered, *hub]


def _hub_title(row: registry.ModelSpec) -> str:
    title = model_title(row.name)
    return title if title == row.title else f"{title} {t('download')}"


def _dials(tab: Tab, heading: str, *names: str) -> None:
    gr.HTML(f"<h4>{t(heading)}</h4>")
    for name in names:
        tab.widget(name)


def _wire_controls(tab: Tab, preset: gr.Radio, view: View) -> None:
    """What happens among the controls: a style turns its dials, and is marked only while they stand as it wants."""
    turned = [tab.built[name] for name in presets.DIALS]

    def reuse(event: gr.EventData) -> Any:
        seed = private.data_of(event).get("seed")
        return seed if isinstance(seed, int) and 0 <= seed <= MOST_SEED else SAME

    preset.input(None, preset, turned, js=presets.TURN, **tab.quick)
    gr.on([dial.change for dial in turned], None, turned, preset, js=presets.MARK, **tab.quick)
    view.reuse(reuse, None, tab.built["seed"], **tab.quick)
