"""Parts of the page that are sent to the browser when they are first opened. Like private.py it needs Gradio's insides;
checked with Gradio 6.31 by tests/page/test_parts.py and by tests/bench/page_weight.py.

    with parts.Page(title=...) as page:
        with gr.Tab("Draw"):
            with parts.Part("draw"):    # its components and listeners are made here, once, for all visitors
                ...

Why: Gradio sends every component of every tab with the page (1.5 MB for five tabs), and keeps a copy of their configs
for each visitor (0.9 MB). gr.render would build a tab anew for each visitor, and runs no `load`.

Everything is built at the start and shared by all sessions, endpoints included. The page that a browser loads holds
the frame and the part that `?tab=` names; in place of each other part stands a line whose script asks for it when it
is first drawn, that is, when its tab or accordion is first opened. The answer is the one that Gradio gives for a render
(`render_config`), but nothing is built for it: the same components, under the same ids, for everyone.
"""

import contextvars
import copy
import inspect
import pickle
import re
from collections import ChainMap
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import parse_qs

import gradio as gr
from gradio import state_holder
from gradio.blocks import BlocksConfig
from gradio.context import Context
from gradio.events import EventListenerMethod

from shared.core import limits
from shared.page import gate, lines
from shared.page.endpoint import complete

asked: contextvars.ContextVar[str] = contextvars.ContextVar("tab", default="")
chosen: contextvars.ContextVar[str] = contextvars.ContextVar("language", default="")  # en or zh; "": the browser's
drawn: contextvars.ContextVar[bool] = contextvars.ContextVar("drawn", default=False)  # for the page itself, not /config

COOKIE = re.compile(r"(?:^|; )aigc_language=([\w-]+)")  # see page.js
CLIENTS = frozenset(("api_info", "api_info_as_input", "api_info_as_output", "example_inputs"))
BRING = """
const ask = () => trigger("bring");
setTimeout(ask, 0);
element.addEventListener("click", (event) => event.target.closest("button") && ask());
setTimeout(() => { const again = element.querySelector("button"); if (again) again.hidden = false; }, 6000);
"""


class Part:
    """A context: what is made inside is sent when it is first opened. Gradio takes it for a gr.render's Renderable."""

    def __init__(self, name: str):
        self.name = name
        self.root: Page = Context.root_block
        self.config = self.root.default_config
        self._id = len(self.config.renderables)
        self.config.renderables.append(self)
        self.fn, self.page, self.render_iteration = self.apply, "", 0
        self.container = gr.Column(elem_classes="aigc-part")
        self.container_id = self.container._id
        self.waiting = gr.HTML(
            "<p role='status'>…</p><button type='button' hidden>↻</button>", js_on_load=BRING, render=False
        )
        self.config.blocks[self.waiting._id] = self.waiting
        self.waiting.page, self.waiting.parent = "", self.container
        self.root.parts[self.container_id] = self
        self.bring, _ = self.config.set_event_trigger(
            [EventListenerMethod(self.waiting, "bring")],
            self.apply,
            None,
            None,
            api_name="bring_" + name,
            api_visibility="private",
            renderable=self,
            postprocess=False,
            queue=False,
            show_progress="hidden",
        )
        self.outer: Part | None = None

    def apply(self) -> None:
        """Nothing: the part is built already."""

    def __enter__(self):
        self.outer, self.root.inside = self.root.inside, self
        if self.outer:
            self.waiting.rendered_in = self.container.rendered_in = self.bring.rendered_in = self.outer
        self.before = set(self.config.blocks), set(self.config.fns)
        self.container.__enter__()
        return self

    def __exit__(self, *error):
        self.container.__exit__(*error)
        self.root.inside = self.outer
        blocks, fns = self.before
        for key, block in self.config.blocks.items():
            if key not in blocks and block.rendered_in is None and block.get_block_name() != "api":
                block.rendered_in = self
        for key, fn in self.config.fns.items():
            if key not in fns and fn.rendered_in is None and fn.api_visibility != "public":
                fn.rendered_in = self


class Config(BlocksConfig):
    """Knows how to send a part."""

    def __copy__(self):
        new = Config(self.root_block)
        # A session holds what has changed there; the rest is everybody's: two dicts of a thousand would be 55 kB.
        new.blocks, new.fns, new.fn_id = ChainMap({}, self.blocks), ChainMap({}, self.fns), self.fn_id
        new.renderables = self.renderables
        return new

    def get_config(self, renderable=None):
        if isinstance(renderable, Part):
            return self.root_block.part_config(renderable)
        # Gradio asks four times between the end of the page's `with` and its first answer.
        made = len(self.blocks), self.fn_id
        if getattr(self, "_made", None) != made:
            self._made, self._config = made, super().get_config(renderable)
            _settle(self._config)
        return dict(self._config)


class Page(gr.Blocks):
    def __init__(self, *args, **more):
        self.parts: dict[int, Part] = {}  # by the id of the container
        self.inside: Part | None = None
        self._whole, self._slim, self._views, self._sent = None, None, {}, {}
        super().__init__(*args, **more)
        self.default_config = Config(self)

    def queue(self, status_update_rate="auto", api_open=False, max_size=None, *, default_concurrency_limit="not_set"):
        """Lines in place of Gradio's queue, and no way around them; without a server app that `launch` throws away:
        each takes a tenth of a second."""
        self.max_threads, self.api_open = limits.THREADS, api_open
        self._queue = lines.Lines(
            live_updates=status_update_rate == "auto",
            concurrency_count=self.max_threads,
            update_intervals=1 if status_update_rate == "auto" else status_update_rate,
            blocks=self,
            default_concurrency_limit=default_concurrency_limit,
        )
        return self

    # What Gradio's components or Python say of a value that does not fit is no sentence for a visitor.
    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        with gate.guarded("not_of_this_control", quiet=True):
            inputs = complete(block_fn.fn, inputs)
            found = await super().preprocess_data(block_fn, inputs, state, explicit_call)
            if not all(map(_fits, block_fn.inputs, found)):
                raise TypeError
            return found

    async def postprocess_data(self, block_fn, predictions, state):
        """Leaves an output that is skipped as it is: Gradio (6.31) makes it anew and keeps it with the visitor, all of
        them for each token of a text."""
        outputs = list(block_fn.outputs)
        if _skipped(predictions) and len(outputs) > 1:
            predictions = [predictions] * len(outputs)
        several = isinstance(predictions, list | tuple) and len(predictions) == len(outputs) > 1
        if not several or block_fn.batch or block_fn.is_validator_function:
            return await super().postprocess_data(block_fn, predictions, state)
        told = [i for i, block in enumerate(outputs) if block.stateful or not _skipped(predictions[i])]
        answer = [gr.skip() for _ in outputs]
        if told:
            of_these = copy.copy(block_fn)
            of_these.outputs = [outputs[i] for i in told]
            values = [predictions[i] for i in told]
            found = await super().postprocess_data(of_these, values if len(told) > 1 else values[0], state)
            for i, value in zip(told, found, strict=True):
                answer[i] = value
        return answer

    async def process_api(self, block_fn, inputs, state=None, request=None, **more):
        with gate.guarded("fault", request):
            return await super().process_api(block_fn, inputs, state, request, **more)

    # Gradio sets `config` and reads it for each page: what it reads is the view of the tab that was asked for.
    @property
    def config(self):
        whole, name = self._whole, asked.get()
        if not self.parts or whole is None or "page" not in whole:
            return whole
        name = name if any(part.name == name and not part.outer for part in self.parts.values()) else self.first
        if name not in self._views:
            self._views[name] = self._view(whole, name)
        found = whole | {"page": {"": self._views[name]}}
        if drawn.get():
            if self._slim is None:
                self._slim = [_slim(part) for part in whole["components"]]
            # Of answers that are whole: stream.js makes them so.
            found |= {"protocol": "sse_v1", "components": self._slim}
        # Gradio has asked the browser for its language before anything of ours runs there: whichever it found, it gets
        # the words of the one that was chosen.
        table = (whole.get("i18n_translations") or {}).get(chosen.get())
        return found | {"i18n_translations": {"en": table, "zh": table}} if table else found

    @config.setter
    def config(self, found):
        self._whole, self._slim, self._views, self._sent = found, None, {}, {}

    def get_config_file(self):
        if not self.default_config.blocks:
            return {"page": {}}  # create_app asks for it in __init__, when there is nothing yet
        found = super().get_config_file()
        self._by_id = {part["id"]: part for part in found["components"]}
        return found

    def get_api_info(self, **more):
        told = drawn.set(False)  # a page asks for it, too, and it is made of what the page goes without
        try:
            return super().get_api_info(**more)
        finally:
            drawn.reset(told)

    @property
    def first(self) -> str:
        return next(part.name for part in self.parts.values())

    def _shown(self, part: Part | None, name: str) -> bool:
        """Whether the part is in the page of the tab `name`."""
        return part is None or (part.name == name and self._shown(part.outer, name))

    def _layout(self, block, shown) -> dict:
        part = self.parts.get(block._id)
        if part is not None and not shown(part):
            return {"id": block._id, "children": [{"id": part.waiting._id}]}
        if not isinstance(block, gr.blocks.BlockContext):
            return {"id": block._id}
        return {"id": block._id, "children": [self._layout(child, shown) for child in block.children]}

    def _view(self, whole: dict, name: str) -> dict:
        layout = self._layout(self, lambda part: self._shown(part, name))
        ids = set(_ids(layout))
        kept = [part["id"] for part in whole["components"] if part["id"] in ids or part["type"] == "api"]
        fns = [key for key, fn in self.default_config.fns.items() if self._shown(fn.rendered_in, name)]
        return {"layout": layout, "components": kept, "dependencies": fns}

    def part_config(self, part: Part) -> dict:
        """What the browser gets when it opens the part: as of gr.render."""
        if part._id not in self._sent:
            layout = self._layout(part.container, lambda one: one is part)
            ids = set(_ids(layout))
            whole = {fn["id"]: fn for fn in self._whole["dependencies"]}
            components = [_slim(self._by_id[key]) for key in sorted(ids)]
            fns = [whole[key] for key, fn in self.default_config.fns.items() if fn.rendered_in is part]
            page = {"layout": {"id": self._id, "children": []}, "components": [], "dependencies": []}
            found = {"page": {"": page}, "components": components, "dependencies": fns, "layout": layout}
            self._sent[part._id] = pickle.dumps(found)
        return pickle.loads(self._sent[part._id])


def _slim(part: dict) -> dict:
    """The config of a component without what only clients read, who ask for /config: it was said four times over."""
    found = {key: value for key, value in part.items() if key not in CLIENTS}
    if part["type"] == "api":
        found["props"] = {key: value for key, value in part["props"].items() if key not in ("_api_info", "value")}
    return found


def _skipped(value) -> bool:
    return isinstance(value, dict) and value == gr.skip()


def _fits(block, value) -> bool:
    """Whether the value that a page sent is of the kind that the component shows: Gradio does not look at it."""
    if value is None:
        return not isinstance(block, gr.UploadButton)  # it speaks only when a file has come
    if isinstance(block, gr.JSON):  # a text would be read as JSON on its way back to the page
        return isinstance(value, dict)
    if isinstance(block, gr.Dropdown):
        return isinstance(value, list) == bool(block.multiselect)
    if isinstance(block, gr.HTML) and isinstance(block.value, dict | str):
        return isinstance(value, type(block.value))
    return True


def _ids(layout: dict):
    yield layout["id"]
    for child in layout.get("children", []):
        yield from _ids(child)


def _settle(config: dict) -> None:
    """Writes into the config what Gradio's page works out for what it holds at the start, but not for what comes later:
    which components can be changed."""
    inputs = {one for fn in config["dependencies"] for one in fn["inputs"]}
    outputs = {one for fn in config["dependencies"] for one in fn["outputs"]}
    for part in config["components"]:
        props = part["props"]
        if part["type"] == "api":
            # All of them are in every page, for "Use via API", also where their place is not: the page waits until
            # what is to be seen is drawn.
            props["visible"] = False
        if not isinstance(props.get("interactive"), bool):
            props["interactive"] = part["id"] in inputs or (part["id"] not in outputs and not props.get("value"))


class Asked:
    """ASGI middleware: notes tab and language of the request, for `Page.config`; lets no proxy hold streams back."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) in ("/", ""):
            query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
            drawn.set(True)
            asked.set(query.get("tab", [""])[0])
            cookie = COOKIE.search(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
            chosen.set((query.get("lang") or [cookie[1] if cookie else ""])[0][:2].lower())

        async def unbuffered(message):
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                if any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers):
                    message = message | {"headers": [*headers, (b"x-accel-buffering", b"no")]}
            await send(message)

        await self.app(scope, receive, unbuffered)


class Forgetful(dict):
    """Keeps nothing."""

    def __setitem__(self, key, value):
        pass


def share_configs() -> None:
    """No session keeps the configs of its components: Gradio copies them all, and once more each that changes, for deep
    links, which this page does not have."""
    source = inspect.getsource(state_holder.SessionState)
    if "config_values" not in source or hasattr(state_holder.SessionState, "shared"):
        return

    original = state_holder.SessionState.__init__

    def start(self, blocks):
        original(self, SimpleNamespace(default_config=blocks.default_config, blocks=()))
        self.config_values = Forgetful()

    def nothing(self, *_):
        pass

    state_holder.SessionState.__init__ = start
    state_holder.SessionState._update_config = state_holder.SessionState._update_value_in_config = nothing
    state_holder.SessionState.shared = True


def later(name: str) -> "Part | gr.Column":
    """A part of the page, or just a column where a tab is built for itself.

    Only for what is complete in itself: what stands outside gets None for a component of a part that is not opened yet.
    """
    return Part(name) if isinstance(Context.root_block, Page) else gr.Column()


@contextmanager
def inside() -> Iterator[gr.Blocks]:
    """Where a tab builds: on the page that is being built, or on one of its own."""
    if Context.root_block is not None:
        yield Context.root_block
    else:
        with gr.Blocks() as alone:
            yield alone


@contextmanager
def whole_or_not() -> Iterator[None]:
    """What is built inside is taken away again where it fails half-way."""
    root, place = Context.root_block, Context.block
    config, within = root.default_config, root.inside
    before = dict(config.blocks), dict(config.fns), config.fn_id, list(place.children), dict(root.parts)
    try:
        yield
    except Exception:
        config.blocks, config.fns, config.fn_id, place.children, root.parts = before
        Context.root_block, Context.block, root.inside = root, place, within
        raise
