"""Illustrated story: an idea in, a picture book out. Read it, change a word or a picture, keep it as a file.

Up here the endpoint, below it what the controls do, and `build()`, which makes the widgets and wires them. How a book
is made is in runs.py, how the work survives a reload in jobs.py, and how it is shown in view.py.
"""

import html
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from shared import recipe
from shared.core import brakes, loaders, registry
from shared.core.errors import UserError
from shared.core.kinds import NEW
from shared.core.registry.translation import INTO_CHINESE
from shared.page import files, private, recipe_row, sentences, token_view, words
from shared.page.endpoint import told
from shared.page.tab import SAME, Tab
from shared.page.widgets import model_title

from . import book, edits, forks, how, records, request, runs, view, writing
from .book import Book
from .jobs import BUSY, JOBS, NO_BOOK, Job
from .request import PICTURES, TAB, TEXT, WORD_TABLE, Story
from .runs import State

WORDS = words.beside(__file__)
IDEAS = ("dragon", "boat", "cake", "galaxy")
CHANGED = "This book was changed by hand: its files keep it, and each page keeps its own recipe."
RESTARTED = "The server was started again: the book goes on from what was finished."
FRESH = {"kept": "", "breaks": "", "english": ""}  # a story from its beginning
SCROLL = """() => setTimeout(() => document.querySelector(".st-card.st-open").scrollIntoView({block: "start"}), 100)"""
ACTED = """() => { dispatchEvent(new Event("aigc-story-acted")) }"""
REFUSED = ACTED.replace("acted", "refused")
PRESS = """() => document.getElementById("%s").click()"""

# ---- the endpoint --------------------------------------------------------------------------------------------------


def illustrated_story(asked: Story) -> Iterator[tuple[list[dict], FileData | None, FileData | None, dict]]:
    """Writes and illustrates a picture book for children from an idea, and gives it as HTML and as PDF.

    Pages come one by one as they are drawn: a list of {image: PNG file, caption: its text}, the cover first once it is
    there. The files and the recipe come with the last value; before it they are none and {}. The PDF is none for a
    script that no font of this machine has. The same idea, seed and models make the same book. The cover is not counted
    among the pages. Styles of emoji-diffusion are twemoji, noto and fluent 3d, those of others photo, watercolour and
    so on; "" is the first. The idea may be Chinese; language is english, chinese, both, or auto: as the idea, a Chinese
    one in both. gpt2-stories and emoji-diffusion are small and bundled; others are downloaded on first use.
    """
    with closing(runs.make(asked, brakes.left())) as states:
        for state in states:
            if state.phase == "drawing" and state.done:
                yield _gallery(state.book), None, None, {}
    yield _gallery(state.book), _file(state.book, "html"), _file(state.book, "pdf"), state.book.recipe or {}


def _file(kept: Book, kind: str) -> FileData | None:
    """None where it cannot be: a story in a script that no font here has is no PDF, but a book all the same."""
    try:
        return files.served(view.written(kept, kind), f"{view.file_name(kept)}.{kind}")
    except UserError:
        return None


def _gallery(kept: Book) -> list[dict]:
    return [
        {
            "image": files.served(page.picture, "cover.png" if number < 0 else f"page-{number + 1}.png"),
            "caption": "\n".join(line for line, _ in kept.lines(page)),
        }
        for number, page in kept.numbered()
        if page.picture
    ]


# ---- what the controls do ------------------------------------------------------------------------------------------


def run(asked: Story, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Reproduce: the settings of a recipe, made again."""
    job = JOBS.start(lambda halt: runs.make(asked, halt))
    try:
        with closing(JOBS.follow(job)) as states:
            for _ in states:
                yield view.shown(job), None
        yield view.shown(job), job.book.recipe if job.book else None
    finally:
        job.stop.set()


_followed: dict[str, str] = {}  # session -> the job that its page shows now


class StoryTab(Tab):
    """Its runs are jobs, which go on while the page is reloaded."""

    def follow(
        self, request: gr.Request, job: Job, begin: Callable[[], object] = lambda: None, line: str = ""
    ) -> Iterator[tuple]:
        """Shows a job until its work has ended. After an error the page is as it was before."""
        session = request.session_hash
        _followed[session] = job.name
        try:
            with told():
                begin()
                yield self.updates([view.shown(job, "loading" if job.state is None else "")], verdict=line, busy=True)
                with closing(JOBS.follow(job, session)) as states:
                    for _ in states:
                        if _followed.get(session) != job.name:
                            return  # the visitor has started something else
                        yield self.updates([view.shown(job)])
                made = job.book.recipe if job.book else SAME
                yield self.updates([view.shown(job)], made, _edited(job), busy=False)
        except Exception:
            # With what was finished by then, or nothing new.
            settled = view.shown(job, "settled") if job.book and not job.running else {"phase": "failed"}
            yield self.updates([settled], busy=False)
            raise
        finally:
            if _followed.get(session) == job.name:
                del _followed[session]

    def starting(self, work: Callable[[Story, threading.Event], Iterator[State]]) -> Callable:
        """What a button does that makes a book from the controls."""

        def start(request: gr.Request, *given: Any) -> Iterator[tuple]:
            with told():
                asked = self.check(self.values(given) | FRESH)
            JOBS.halt(request.session_hash)
            job = JOBS.new()
            yield from self.follow(request, job, lambda: JOBS.start(lambda stop: work(asked, stop), job))

        return start

    def act(self, event: gr.EventData, request: gr.Request) -> Iterator[tuple]:
        """A button of the book: {what, job, page, text, prompt, seed, to}. See edits.py."""
        sent = private.data_of(event)
        try:
            with told():
                yield from self._acted(sent, _job(sent.get("job")), request)
        except gr.Error:
            yield self.updates([{"phase": "settled"}])
            raise

    def _acted(self, sent: dict, job: Job, request: gr.Request) -> Iterator[tuple]:
        what = sent.get("what")
        if what in ("undo", "redo"):
            JOBS.turned(job, book.undone if what == "undo" else book.redone)
        elif what in edits.EDITS:
            new = edits.EDITS[what](_book(job), sent)
            if new is not job.book:
                JOBS.edited(job, State("done", new))
        elif what in edits.DRAWING:
            new, numbers = edits.to_draw(_book(job), sent)
            yield from self.follow(request, job, lambda: JOBS.start(lambda stop: runs.draw(new, numbers, stop), job))
            return
        else:
            raise UserError("This button is not known here.")
        yield self.updates([view.shown(job)], job.book.recipe, _edited(job))

    def fork(self, event: gr.EventData, request: gr.Request, tokens: Any, name: str) -> Iterator[tuple]:
        """Another word was chosen: the story goes on from there."""
        with told():
            job = _job(name)
            old = _book(job)
            ids = forks.forked(old, tokens, private.data_of(event))
        yield from self.follow(request, job, lambda: JOBS.start(lambda stop: runs.rewrite(old, ids, stop), job))

    def greet(self, request: gr.Request) -> Iterator[tuple]:
        """The page was opened: by the link of a job, or without one."""
        query, recorded = request.query_params, view.example()
        example, record = [view.shown_example()], recorded.recipe if recorded else SAME
        name = query.get("job", "")
        if query.get("tab", TAB) != TAB or not name:
            yield self.updates(example, SAME if query.get("r") else record)
            return
        try:
            job = JOBS.find(name)
        except UserError as error:
            yield self.updates(example, record, _wrong(error))
            return
        line = _line(RESTARTED) if job.cut else ""
        yield from self.follow(request, job, lambda: JOBS.go_on(job, runs.finish), line)

    def asked_for(self, request: gr.Request) -> list[Any]:
        """The controls of the book whose link was opened, as they were."""
        name = request.query_params.get("job", "")
        try:
            kept = JOBS.find(name).book if name else None
        except UserError:  # `greet` says it
            kept = None
        return self.again_of(kept) if kept else self.restored({})

    def again_of(self, kept: Book) -> list[Any]:
        """The controls that make such a book, but for its seed: with that, Make would always make the same."""
        return self.restored(Story.fitting(records.settings_of(kept))[0] | {"seed": NEW} | FRESH)

    def dropped(self, path: Any, request: gr.Request) -> tuple:
        """A file was dropped: a book of this app, or only a recipe. -> controls, view, recipe, verdict, the box."""
        from .files import restore

        unchanged = self.restored({})
        if not path:
            return *unchanged, *[SAME] * 4
        try:
            data = Path(path).read_bytes()
            try:
                story = restore.read(data)
            except UserError as no_book:
                try:
                    record = recipe.read_bytes(data)
                except UserError:
                    raise no_book from None
                values, line = recipe_row.restored(Story, record, TAB)
                return *self.restored(values), SAME, record, line, None
        except UserError as error:
            return *unchanged, SAME, SAME, _wrong(error), None
        JOBS.halt(request.session_hash)
        job = JOBS.new(State("done", story))
        line = _line(f"“{story.title}” is open again, with {len(story.pages)} pages.")
        return *self.again_of(story), view.shown(job), story.recipe, line, None


def _line(sentence: str, more: str = "") -> str:
    return f'<p role="status"{more}>{html.escape(sentences.told(sentence))}</p>'


def _wrong(error: UserError) -> str:
    return _line(str(error), ' class="wrong"')


def _edited(job: Job) -> str:
    """Why there is no recipe to reproduce, as HTML."""
    if job.book is None or job.book.recipe or job.state.phase != "done" or view.of_book(job.book)["missing"]:
        return ""
    return _line(CHANGED)


def _job(name: Any) -> Job:
    """The job that is on the page; the example becomes one with the first change. Errors: UserError."""
    if name:
        return JOBS.find(name)
    if view.example() is None:
        raise UserError(NO_BOOK)
    return JOBS.new(State("done", view.example()))


def _book(job: Job) -> Book:
    if job.running:
        raise UserError(BUSY)
    if job.book is None:
        raise UserError(NO_BOOK)
    return job.book


def halt(request: gr.Request) -> None:
    JOBS.halt(request.session_hash)


def leave(request: gr.Request) -> None:
    JOBS.leave(request.session_hash)


def open_words(event: gr.EventData) -> tuple:
    """-> the token view, the job it is of, the box it stands in."""
    sent = private.data_of(event)
    with told():
        job = _job(sent.get("job"))
        return forks.words_of(_book(job), sent.get("page")), job.name, gr.update(visible=True, open=True)


def said(event: gr.EventData) -> str:
    """An idea that was clicked."""
    return str(private.data_of(event).get("idea", ""))[: Story.fields()["idea"].kind.most]


def suit(image_model: str, style: str) -> Any:
    """Another picture model has other styles."""
    offered = request.styles(image_model)
    return gr.update(choices=_styles(image_model), value=style if style in offered else offered[0])


def licences(text_model: str, image_model: str) -> str:
    return html.escape("; ".join(map(sentences.told, how.licences(text_model, image_model))))


def _translator() -> str:
    """The Hub's, where it is on this machine or the host wants it; else the table, which reads better than a small
    model."""
    usual = loaders.default_model(INTO_CHINESE)
    return WORD_TABLE if registry.spec(usual).bundled else usual


def _styles(image_model: str) -> list[tuple]:
    offered = request.styles(image_model)
    return [(words.style(style) if style else WORDS.t("style_any"), style) for style in offered]


# ---- the page ------------------------------------------------------------------------------------------------------


def build() -> gr.Blocks:
    models = {"text_model": loaders.default_model(TEXT), "image_model": loaders.default_model(PICTURES)}
    tab = StoryTab(TAB, Story, run, WORDS, expected=runs.expected_seconds)
    t, quick, work, recorded = tab.t, tab.quick, tab.work, view.example()
    with tab.page(Path(__file__).with_suffix(".css")):
        with tab.row():
            with tab.controls():
                idea = tab.widget("idea", elem_classes="aigc-first")
                chips = view.ideas([WORDS.pair(f"idea_{key}") for key in IDEAS])
                tab.widget("pages")
                styles = _styles(models["image_model"])
                style = gr.Radio(styles, value=styles[0][1], label=t("style"), elem_id=tab.id("style"))
                tab.built["style"] = style
                tab.widget("language")
                make = tab.go("make")
                make.elem_id = tab.id("make")
                with gr.Row(elem_id=tab.id("links")):
                    link = {"size": "sm", "scale": 0, "min_width": 0}
                    write = tab.button("write", variant="secondary", **link)
                    kinds = [f".{kind}" for kind in (*view.KINDS, "json")]
                    opening = gr.UploadButton(t("open"), file_types=kinds, elem_id=tab.id("open"), **link)
                licence = gr.HTML(licences(**models), elem_id=tab.id("licence"))
            with tab.result():
                with gr.Row(elem_id=tab.id("desk")):
                    shelf = view.component()
                    with gr.Accordion(t("words"), open=False, visible=False, elem_id=tab.id("words-box")) as box:
                        gr.Markdown(t("words_hint"))
                        tokens = token_view.component(token_view.view([], {}), elem_id=tab.id("words"))
                panel = tab.recipe_row(example=recorded.recipe if recorded else None)
        with tab.more():
            for name, model in models.items():
                tab.widget(name, gr.Dropdown, value=model, interactive=True)
            translators = [
                (t("translator_table"), WORD_TABLE),
                *((model_title(name), name) for name in registry.names(INTO_CHINESE)),
            ]
            tab.widget("translator", gr.Dropdown, choices=translators, value=_translator(), interactive=True)
            tab.widget("characters", placeholder="Mia: girl")
            tab.widget("temperature")
            tab.widget("seed")
        tab.how(how.IDEA, how.facts, of=tuple(models))
        words_of = gr.State("")  # the job whose words are shown
        tab.panel = replace(panel, drop=gr.File(visible=False))  # what is dropped there may be a whole book
        events = tab.wire([shelf], dear=("pages", *models))

        for button, makes in ((make, runs.make), (write, runs.write)):
            started = button.click(tab.starting(makes), tab.settings, tab.outputs, **work)
            started.then(tab.price, tab.settings, tab.cost, **quick)
            started.failure(None, None, None, js=REFUSED, api_visibility="private")
        tab.stop.click(halt, None, None, **quick)
        private.page().unload(leave)
        acts = work | {"concurrency_id": tab.id("act")}
        acted = shelf.act(tab.act, None, tab.outputs, **acts | {"trigger_mode": "multiple"})
        for ended in (acted.then, acted.failure):
            ended(None, None, None, js=ACTED, api_visibility="private")
        shown = shelf.words(open_words, None, [tokens, words_of, box], **acts)
        shown.success(None, js=SCROLL, api_visibility="private")
        tokens.fork(tab.fork, [tokens, words_of], tab.outputs, **work)

        chips.say(said, None, idea, **quick)
        chosen = [tab.built[name] for name in models]
        chosen[1].change(suit, [chosen[1], style], style, **quick)
        gr.on([model.change for model in chosen], licences, chosen, licence, **quick)
        tab.opened(licences, chosen, licence)

        # What comes back: the job of a link, a recipe, a book in a file.
        events.opened.then(tab.asked_for, None, tab.settings, **quick)
        events.opened.then(tab.greet, None, tab.outputs, **work)
        shelf.live(None, js=PRESS % tab.id("reproduce"), api_visibility="private")
        # With the seed of the recipe left there, Make would always make the same.
        events.reproduce.then(lambda: NEW, None, tab.built["seed"], **quick)
        events.reproduce.failure(None, None, None, js=REFUSED, api_visibility="private")
        for source in (panel.drop, opening):
            outputs = [*tab.settings, shelf, panel.recipe, panel.verdict, source]
            source.upload(tab.dropped, source, outputs, **quick)
        tab.opened(writing.warm, None, None)
        at_hand = [PICTURES] if registry.spec(models["image_model"]).bundled else []
        tab.warm(TEXT, *at_hand)
        names = "idea pages style text_model image_model seed characters language translator"
        tab.endpoint(illustrated_story, names)
    return tab.blocks
