"""A tab, wired: controls, Generate, Stop, the price, the example, the recipe row, restore, links, the endpoint.

    tab = Tab("dice", Throw, run, words.beside(__file__))
    with tab.page():
        with tab.row():
            with tab.controls():
                tab.widget("model")
                generate = tab.go()
                with tab.more():
                    tab.widget("seed")
            with tab.result():
                picture = gr.HTML()
                tab.recipe_row()
                tab.how(IDEA)
        tab.wire([picture])
        tab.starts(generate.click)
        tab.endpoint(dice, "model n seed")
    return tab.blocks

`run(request, stop)` is a generator: it yields (value of each output, ..., recipe), the recipe None until the output is
finished, and ends soon after the Event `stop` is set. One function serves Generate, Reproduce and the endpoint. A tab
that does more than that wires its own functions with `values`, `updates` and `told`.
"""

import html
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from shared.core import examples, loaders
from shared.core.brakes import Brakes
from shared.core.errors import UserError
from shared.core.request import Request, Requests
from shared.page import parts, private, sentences
from shared.page import recipe_row as recipes
from shared.page.endpoint import endpoint, told
from shared.page.widgets import widget
from shared.page.words import Words, chinese

Run = Callable[[Request, threading.Event], Iterator[tuple[Any, ...]]]
SAME = gr.skip()
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
NEW_SEED = "Math.floor(1e5 * Math.random())"  # in the browser, where nothing is waited for
ON_PAD = '(text, shown, pad) => (text?.startsWith("data:image/png") ? pad : (shown?.%s ?? pad))'
LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


class Tab:
    """One Space on the page. `name` is its folder, its tab, its endpoint's beginning and that of its ids."""

    quick = PRIVATE | {"queue": False}  # for what answers in milliseconds: it need not wait in line
    live = quick | {"trigger_mode": "always_last"}  # for what answers while something is moved or typed

    def __init__(
        self,
        name: str,
        requests: type[Request] | Requests[Any],
        run: Run,
        words: Words,
        expected: Callable[[Request], float | None] | None = None,
        concurrency_id: str | None = None,
        example: str = "",
        show: Callable[..., Sequence[Any]] | None = None,
    ):
        """expected: how many seconds a request will take, or None. concurrency_id: of the line its runs wait in.

        example: the model whose recorded output stands there at first.
        show(what `run` yields but the recipe, whether in Chinese) -> the value of each output, where that is another.
        """
        self.name, self.requests, self.run, self.words, self.expected = name, requests, run, words, expected
        self.show = show
        self.work = PRIVATE | {"concurrency_id": concurrency_id or name}
        self.t = words.t
        self.fields = requests.fields()
        self.built: dict[str, gr.components.Component] = {}
        self.starters: list[gr.Button] = []  # the buttons that start a run
        self.stop: gr.Button | None = None
        self.cost: gr.HTML | None = None
        self.brakes = Brakes()
        self.recorded = examples.example(example) if example else None

    # ---- what stands where -------------------------------------------------------------------------------------------

    def id(self, part: str) -> str:
        return f"{self.name}-{part}"

    @contextmanager
    def page(self, style: Path | None = None) -> Iterator["Tab"]:
        """The tab's gr.Blocks. style: a CSS file."""
        with parts.inside() as self.blocks:
            if style:
                gr.HTML(f"<style>{style.read_text('utf-8')}</style>", visible="hidden")
            yield self

    def row(self) -> gr.Row:
        return gr.Row(elem_id=self.name, elem_classes="aigc-tab")

    def controls(self, scale: int = 4) -> gr.Column:
        return gr.Column(scale=scale, min_width=300, elem_id=self.id("controls"), elem_classes="aigc-column")

    def result(self, scale: int = 9) -> gr.Column:
        return gr.Column(scale=scale, min_width=320, elem_id=self.id("result"), elem_classes="aigc-column")

    def widget(self, name: str, component: Callable[..., Any] | None = None, **overrides: Any) -> Any:
        """The control of one field of the requests; see widgets.py."""
        self.built[name] = widget(self.fields[name], self.name, self.t, component, **overrides)
        return self.built[name]

    def hidden(self) -> None:
        """The controls that nobody sees: of hidden fields, and of those that no widget was made for."""
        for name in self.fields:
            if name not in self.built:
                self.widget(name, visible=False)

    def button(self, part: str, key: str = "", **facts: Any) -> gr.Button:
        """A button that starts a run: it cannot be pressed while one is going on. Wire it with `starts`."""
        button = gr.Button(self.t(key or part), elem_id=self.id(part), **{"variant": "primary"} | facts)
        self.starters.append(button)
        return button

    def go(self, key: str = "generate") -> gr.Button:
        """Generate, by whatever name, Stop, and what it costs -> the first."""
        with gr.Row(elem_id=self.id("go"), elem_classes="aigc-go"):
            generate = self.button("generate", key, scale=3, min_width=140)
            self.stop = gr.Button(
                self.t("stop"), variant="stop", min_width=90, interactive=False, elem_id=self.id("stop")
            )
        self.cost = gr.HTML("", elem_id=self.id("price"), elem_classes="aigc-price")
        return generate

    @contextmanager
    def more(self) -> Iterator[None]:
        """The closed box with everything that has a good default.

        Last in it, of requests with a field `embed` (kinds.EMBED): whether files that are saved carry their recipe.
        """
        with gr.Accordion(self.t("more"), open=False, elem_id=self.id("more"), elem_classes="aigc-more"):
            yield
            if "embed" in self.fields:
                self.widget("embed", elem_id=self.id("embed-recipe"))

    def link_button(self, part: str, key: str, **facts: Any) -> gr.Button:
        """A button that looks like a link."""
        return gr.Button(self.t(key), size="sm", elem_id=self.id(part), elem_classes="aigc-link", **facts)

    def recipe_row(self, **facts: Any) -> recipes.RecipePanel:
        example = facts.pop("example", self.recorded[1] if self.recorded else None)
        self.panel = recipes.panel(self.name, example=example, **facts)
        return self.panel

    def how(self, idea: Sequence[str], facts: Callable[..., str] | None = None, of: Sequence[str] = ("model",)) -> None:
        """How it works. idea: Markdown, English and Chinese. facts: what was measured, of the fields `of`."""

        def in_the_language(request: gr.Request) -> str:
            return idea[chinese(request)]

        def measured(*values: Any) -> str:
            return sentences.facts(facts(*values)) if facts else ""

        with gr.Accordion(self.t("how_it_works"), open=False, elem_id=self.id("how")):
            with parts.later(self.id("how")):
                shown = gr.Markdown(idea[0], latex_delimiters=LATEX)
                self.opened(in_the_language, None, shown)
                if facts:
                    controls = [self.built[name] for name in of]
                    numbers = gr.Markdown(facts(*(control.value for control in controls)), elem_id=self.id("numbers"))
                    self.opened(measured, controls, numbers)
                    gr.on([control.change for control in controls], measured, controls, numbers, **self.quick)

    # ---- what happens ------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> list[gr.components.Component]:
        """The controls of all fields, in the order of the requests."""
        return [self.built[name] for name in self.fields]

    def values(self, given: Sequence[Any]) -> dict[str, Any]:
        """What the controls say, by name."""
        return dict(zip(self.fields, given, strict=True))

    def check(self, values: Mapping[str, Any]) -> Any:
        """Errors: UserError."""
        return self.requests.check(values)

    def on_pad(self, pad: gr.HTML, text: gr.Textbox, shown: gr.HTML, key: str) -> None:
        """A pad shows the picture that a run had, `key` of the value of `shown`, unless a hand has drawn on it since.

        text: the field that the pad is sent as, a PNG after a stroke alone. It is asked in the browser once the answer
        has come, and what fills it in place of a hand sets it there, too: no late answer covers a drawing.
        """
        shown.change(None, [text, shown, pad], pad, js=ON_PAD % key, **PRIVATE)

    def restored(self, values: Mapping[str, Any]) -> list[Any]:
        """Updates of all controls, from those values that there are."""
        return [values.get(name, SAME) for name in self.fields]

    def opened(self, function: Callable[..., Any] | None, inputs: Any, outputs: Any, **options: Any) -> Any:
        """When the tab is there: after the page, or later where a visitor opens it first then."""
        return private.page().load(function, inputs, outputs, **(self.quick | options))

    def wire(
        self,
        views: Sequence[gr.components.Component],
        begun: Sequence[Any] = (),
        failed: Sequence[Any] = (),
        dear: Sequence[str] | None = None,
    ) -> recipes.RecipeEvents:
        """Stop, the price, and the recipe row; say afterwards what `starts` a run.

        views: the outputs of `run`, without the recipe.
        begun, failed: what the views show at the start of a run and after an error, where they do not stay as they are.
        dear: the fields that the price depends on; all, if nothing is said.
        """
        self.hidden()
        self.views, self.failed, self.begun = list(views), list(failed), list(begun)
        self.outputs = [*views, self.panel.recipe, self.panel.verdict]
        if self.stop:
            self.outputs += [self.cost, *self.starters, self.stop]
            self.stop.click(self.halt, None, None, **self.quick)
        private.page().unload(self.halt)
        if self.expected and self.cost:
            changes = [self.built[name].change for name in dear or self.fields]
            gr.on(changes, self.price, self.settings, self.cost, **self.live)
            self.opened(self.price, self.settings, self.cost)
        return recipes.wire(self)

    def starts(
        self,
        trigger: Callable[..., Any],
        choose: Callable[..., Mapping[str, Any]] | None = None,
        inputs: Sequence[gr.components.Component] = (),
    ) -> Any:
        """`trigger`, such as button.click, starts a run.

        choose(values, event data, value of each of `inputs`) -> the values to run instead of those of the controls.
        """

        def run(event: gr.EventData, request: gr.Request, *given: Any) -> Iterator[tuple[Any, ...]]:
            more, values = given[: len(inputs)], self.values(given[len(inputs) :])
            with told():
                values = choose(values, private.data_of(event), *more) if choose else values
            yield from self.play(request, values)

        return trigger(run, [*inputs, *self.settings], self.outputs, **self.work)

    def play(self, request: gr.Request, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
        """Runs these values on the page: `updates` at each change. After an error the page is as it was before."""
        with self.brakes.run(request.session_hash) as brake, told():
            try:
                asked, recipe = self.check(values), SAME
                yield self.updates(self.begun, verdict="", busy=True)
                with closing(self.results(asked, brake, request)) as results:
                    for views, made in results:
                        if brake.overtaken:
                            return  # the visitor has started something else
                        recipe = made or (None if recipe is SAME else recipe)
                        yield self.updates(views, made or SAME)
                if brake.overtaken:
                    return
                # What was not finished has no recipe, and that of the last output does not stay beside it.
                yield self.updates(recipe=recipe, price=self.price(request, *values.values()), busy=False)
            except Exception:
                if not brake.overtaken:
                    yield self.updates(self.failed, busy=False)
                raise

    def shows(self, events: recipes.RecipeEvents) -> tuple[Any, Any]:
        """Wires a tab whose runs take a blink: a recipe that was read is shown at once, in a link or dropped, and the
        page opens with the example -> both events. events: what `wire` gave."""
        restored = events.restore.then(self.again, self.settings, self.outputs, **self.work)
        return restored, events.opened.then(self.greet, self.settings, self.outputs, **self.work)

    def again(self, *given: Any) -> Iterator[tuple[Any, ...]]:
        """After a recipe was read: what it shows. The recipe stays, for Reproduce to compare with."""
        with told():
            for *views, _ in self.run(self.check(self.values(given)), threading.Event()):
                yield self.updates(views)

    def greet(self, request: gr.Request, *given: Any) -> Iterator[tuple[Any, ...]]:
        """The page was opened: a recipe in the address is shown, else the example is, recorded or made."""
        if recipes.linked(request, self.name):
            yield from self.again(*given)
        elif self.recorded:
            yield self.updates()  # a generator that yields nothing would empty its outputs
        else:
            yield from self.play(request, self.values(given))

    def results(
        self, asked: Request, stop: threading.Event, request: gr.Request
    ) -> Generator[tuple[Sequence[Any], Any], None, None]:
        """(the value of each output, recipe or None) of a run. Close it, so that the run ends at once when you do."""
        with closing(self.run(asked, stop)) as results:
            for *found, made in results:
                yield self.show(*found, chinese(request)) if self.show else found, made

    def updates(
        self,
        views: Sequence[Any] = (),
        recipe: Any = SAME,
        verdict: Any = SAME,
        price: Any = SAME,
        busy: bool | None = None,
    ) -> tuple[Any, ...]:
        """Values for `outputs`; what is not said stays as it is. busy: whether a run is going on."""
        found = [*map(sentences.view, views or [SAME] * len(self.views)), recipe, verdict]
        if self.stop:
            buttons = [SAME] * (len(self.starters) + 1)
            if busy is not None:
                buttons = [*[gr.update(interactive=not busy)] * len(self.starters), gr.update(interactive=busy)]
            found += [price, *buttons]
        return tuple(found)

    def halt(self, request: gr.Request) -> None:
        """Stop: whatever this visitor runs here ends soon."""
        self.brakes.stop(request.session_hash)

    def price(self, request: gr.Request, *given: Any) -> str:
        """'About 4 s on this machine' as HTML, or nothing before the first run."""
        try:
            seconds = self.expected(self.check(self.values(given))) if self.expected else None
        except UserError:  # a field is empty, or about to be typed into
            return ""
        return html.escape(self.words.price(seconds, chinese(request))) if seconds else ""

    def warm(self, *tasks: str) -> None:
        """Starts to load the models that a visitor finds chosen, once the page has its words: imports take seconds."""
        self.opened(lambda: loaders.warm(*map(loaders.default_model, tasks)), None, None)

    def endpoint(self, function: Callable[..., Any], names: str, request: type[Request] | None = None) -> None:
        """function(request) -> what the endpoint of its name returns, or yields. names: the fields it takes."""
        chosen = request or self.requests
        assert isinstance(chosen, type), "say which request"
        limits = {"concurrency_id": self.work["concurrency_id"]}
        endpoint(function, chosen, function.__name__, names, lambda key: self.words.pair(key)[0], **limits)
