"""Illustrated story: an idea in, a picture book out. Read it, change a word or a picture, keep it as a file.

Up here the endpoint, below it what the controls do, and `build()`, which makes the widgets and wires them. How a book
is made is in runs.py, how the work survives a reload in jobs.py, and how it is shown in
view.py.
"""

import html
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData

from shared.core import registry
from shared.core.errors import UserError
from shared.core.settings import settings as host
from shared.page import files, recipe_row, token_view, words
from shared.page.token_questions import token_attention, token_choices

from . import asked, book, edits, how, jobs, runs, view
from .asked import SETTINGS, TAB

WORDS = words.beside(__file__)
t = WORDS.t

IDEAS = (
    "Mia finds a small dragon in the garden",
    "The little boat that wanted to see the sea",
    "A bear and a bird bake a cake",
    "Once upon a time, in a distant galaxy, a brave explorer named Alex decided to",
)


# ---- the endpoint --------------------------------------------------------------------------------------------------


def illustrated_story(
    idea: str = asked.DEFAULTS["idea"],
    pages: int = asked.DEFAULTS["pages"],
    style: str = "",
    text_model: str = asked.DEFAULTS["text_model"],
    image_model: str = asked.DEFAULTS["image_model"],
    seed: int = 0,
) -> tuple[list[dict], FileData | None, FileData | None, dict]:  # a generator; Gradio reads the types from here
    """Writes and illustrates a picture book for children from an idea, and gives it as HTML and as PDF.

    Pages come one by one as they are drawn: a list of {image: PNG file, caption: its text}, the cover first once it is
    there. The files and the recipe come with the last value; before it they are none and {}. The PDF is none for a
    script that no font of this machine has. The same idea, seed and models make the same book.

    Args:
        idea: Who or what the story is about ("a fox who is afraid of the dark"), or its opening words, which are kept.
        pages: From 1 to 12, the cover not counted.
        style: For emoji-diffusion twemoji, noto or fluent 3d; for others photo, watercolour and so on. "": the first.
        text_model: gpt2-stories (small, bundled, writes stories for small children), or another of the tab's list.
        image_model: emoji-diffusion (small, bundled), or another of the tab's list, downloaded on first use.
        seed: A whole number; the same one gives the same book. -1 draws a new one.
    """
    settings = {name: value for name, value in locals().items() if name in SETTINGS}
    try:
        state = None
        with closing(runs.make(settings, threading.Event())) as states:
            for state in states:
                if state.phase == "drawing" and state.done:
                    yield _gallery(state.book), None, None, {}
        yield _gallery(state.book), _file(state.book, "html"), _file(state.book, "pdf"), state.book.recipe or {}
    except UserError as error:
        raise _shown(error) from None


def _file(found, kind: str) -> dict | None:
    """None where it cannot be: a story in a script that no font here has is no PDF, but a book all the same."""
    try:
        return files.served(view.written(found, kind), f"{view.file_name(found)}.{kind}")
    except UserError:
        return None


def _gallery(found) -> list[dict]:
    return [
        {
            "image": files.served(page.picture, "cover.png" if number < 0 else f"page-{number + 1}.png"),
            "caption": page.text,
        }
        for number, page in found.numbered()
        if page.picture
    ]


def _shown(error: UserError) -> gr.Error:
    return gr.Error(html.escape(str(error)), print_exception=False)  # Gradio shows it as HTML


# ---- what the controls do ------------------------------------------------------------------------------------------
#
# Each that works is a generator of updates: view, recipe, verdict, price, Make, Write, Stop.

SAME = gr.skip()
_followed: dict[str, str] = {}  # session -> the job that its page shows now


def _updates(shown=SAME, recipe=SAME, verdict=SAME, cost=SAME, busy: bool | None = None) -> tuple:
    buttons = [SAME] * 3 if busy is None else [gr.update(interactive=one) for one in (not busy, not busy, busy)]
    return shown, recipe, verdict, cost, *buttons


def _follow(request: gr.Request, job: jobs.Job, begin: Callable[[], object] = lambda: None) -> Iterator[tuple]:
    """Shows a job until its work has ended. After an error the page is as it was before."""
    session = request.session_hash
    _followed[session] = job.name
    try:
        begin()
        yield _updates(view.shown(job, "loading" if job.state is None else ""), verdict="", busy=True)
        with closing(jobs.follow(job, session)) as states:
            for _ in states:
                if _followed.get(session) != job.name:
                    return  # the visitor has started something else
                yield _updates(view.shown(job))
        yield _updates(view.shown(job), job.book.recipe if job.book else SAME, _edited(job), busy=False)
    except UserError as error:
        yield _failed(job)
        raise _shown(error) from None
    except Exception:
        yield _failed(job)
        raise
    finally:
        if _followed.get(session) == job.name:
            del _followed[session]


def _failed(job: jobs.Job) -> tuple:
    """With what was finished by then, or nothing new."""
    shown = view.shown(job, "settled") if job.book and not job.running else {"phase": "failed"}
    return _updates(shown, busy=False)


def _edited(job: jobs.Job) -> str:
    """Why there is no recipe to reproduce, as HTML."""
    if job.book is None or job.book.recipe or job.state.phase != "done" or view.of_book(job.book)["missing"]:
        return ""
    return '<p role="status">This book was changed by hand: its files keep it, and each page keeps its own recipe.</p>'


def _begin(request: gr.Request, given, work: Callable):
    settings = dict(zip(SETTINGS, given, strict=True)) | {"kept": "", "breaks": ""}
    try:
        settings = asked.checked(settings)
    except UserError as error:
        raise _shown(error) from None
    jobs.halt(request.session_hash)
    job = jobs.new()
    yield from _follow(request, job, lambda: jobs.start(lambda stop: work(settings, stop), job))


def make(request: gr.Request, *given):
    yield from _begin(request, given, runs.make)


def write(request: gr.Request, *given):
    yield from _begin(request, given, runs.write)


def halt(request: gr.Request) -> None:
    jobs.halt(request.session_hash)


def leave(request: gr.Request) -> None:
    jobs.leave(request.session_hash)


def act(event: gr.EventData, request: gr.Request):
    """A button of the book: {what, job, page, text, prompt, seed, to}. See edits.py."""
    told = dict(event._data or {})
    try:
        job = _job(told.get("job"))
        yield from _acted(told, job, request)
    except UserError as error:
        yield _updates({"phase": "settled"})
        raise _shown(error) from None


def _acted(told: dict, job: jobs.Job, request: gr.Request):
    what = told.get("what")
    if what in ("undo", "redo"):
        _put(job, jobs.turned(job, book.undone if what == "undo" else book.redone))
    elif what in edits.EDITS:
        found = edits.EDITS[what](_book(job), told)
        if found is not job.book:
            jobs.edited(job, runs.State("done", found))
    elif what in edits.DRAWING:
        found, numbers = edits.to_draw(_book(job), told)
        yield from _follow(request, job, lambda: jobs.start(lambda stop: runs.draw(found, numbers, stop), job))
        return
    else:
        raise UserError("This button is not known here.")
    yield _updates(view.shown(job), job.book.recipe, _edited(job))


def _job(name) -> jobs.Job:
    """The job that is on the page; the example becomes one with the first change. Errors: UserError."""
    if name:
        return jobs.find(name)
    if view.example() is None:
        raise UserError("There is no book yet: make one first.")
    return jobs.new(runs.State("done", view.example()))


def _book(job: jobs.Job):
    if job.running:
        raise UserError(jobs.BUSY)
    if job.book is None:
        raise UserError("There is no book yet: make one first.")
    return job.book


def _put(job: jobs.Job, found) -> None:
    jobs.put(job, runs.State("done", found))


# A word of the story


def open_words(event: gr.EventData):
    """-> the token view, the job it is of, the box it stands in."""
    told = dict(event._data or {})
    try:
        job = _job(told.get("job"))
        shown = runs.words_of(_book(job), told.get("page"))
    except UserError as error:
        raise _shown(error) from None
    return shown, job.name, gr.update(visible=True, open=True)


def fork(event: gr.EventData, request: gr.Request, shown, name: str):
    """Another word was chosen: the story goes on from there."""
    told = dict(event._data or {})
    try:
        job = _job(name)
        found = _book(job)
        ids = runs.forked(found, shown, told)
    except UserError as error:
        raise _shown(error) from None
    yield from _follow(request, job, lambda: jobs.start(lambda stop: runs.rewrite(found, ids, stop), job))


# What comes back


def opened(request: gr.Request):
    """The page was opened: by the link of a job, or without one."""
    query = request.query_params
    name = query.get("job", "")
    if query.get("tab", TAB) != TAB or not name:
        yield _updates(view.shown_example(), view.example().recipe if view.example() else SAME)
        return
    try:
        job = jobs.find(name)
    except UserError as error:
        line = f'<p role="status" class="wrong">{html.escape(str(error))}</p>'
        yield _updates(view.shown_example(), view.example().recipe if view.example() else SAME, line)
        return
    yield from _follow(request, job)


def rerun(*given):
    """Reproduce: the settings of a recipe, made again."""
    settings = asked.checked(dict(zip(SETTINGS, given, strict=True)))
    job = jobs.start(lambda stop: runs.make(settings, stop))
    try:
        with closing(jobs.follow(job)) as states:
            for _ in states:
                yield view.shown(job), None
        yield view.shown(job), job.book.recipe if job.book else None
    finally:
        job.stop.set()


def after_reproduce():
    """-> Stop, the seed: with the seed of the recipe left there, Make would always make the same."""
    return gr.update(interactive=False), asked.ANY_SEED


def restore(path, controls: dict, request: gr.Request):
    """A file was dropped: a book of this app, or only a recipe. -> controls, view, recipe, verdict, the box."""
    from shared import recipe

    from .files import restore as files

    untouched = [SAME] * len(controls)
    if not path:
        return *untouched, *[SAME] * 4
    try:
        data = Path(path).read_bytes()
        try:
            found = files.read(data)
        except UserError as no_book:
            try:
                made = recipe.read_bytes(data)
            except UserError:
                raise no_book from None
            updates, line = recipe_row.restored(controls, made, TAB)
            return *updates, SAME, made, line, None
        jobs.halt(request.session_hash)
        job = jobs.new(runs.State("done", found))
        values, left = recipe_row.fitting(controls, {"settings": runs.settings_of(found)})
    except UserError as error:
        line = f'<p role="status" class="wrong">{html.escape(str(error))}</p>'
        return *untouched, SAME, SAME, line, None
    values = values | {"seed": asked.ANY_SEED, "kept": "", "breaks": ""}
    line = f'<p role="status">“{html.escape(found.title)}” is open again, with {len(found.pages)} pages.</p>'
    return *(values.get(name, SAME) for name in controls), view.shown(job), found.recipe, line, None


def said(event: gr.EventData) -> str:
    """An idea that was clicked."""
    return str((event._data or {}).get("idea", ""))[: asked.MOST_IDEA]


def suit(image_model: str, style: str):
    """Another picture model has other styles."""
    try:
        offered = asked.styles(image_model)
    except UserError:  # a name that is still being typed
        return SAME
    return gr.update(choices=_styles(image_model), value=style if style in offered else offered[0])


def told_of(text_model: str, image_model: str) -> tuple[str, str]:
    """-> the numbers of the models, their licences."""
    try:
        return how.facts(text_model, image_model), html.escape(how.licences(text_model, image_model))
    except UserError:
        return SAME, SAME


def price(request: gr.Request, *given) -> str:
    """'About 20 s on this machine', or nothing before the first run."""
    try:
        seconds = runs.expected_seconds(dict(zip(SETTINGS, given, strict=True)))
    except (UserError, TypeError, ValueError):  # a field is empty, or about to be typed into
        return ""
    if not seconds:
        return ""
    minutes = f"{seconds / 60:.0f}" if seconds >= 90 else ""
    if _chinese(request):
        return f"在本机约需 {minutes} 分钟" if minutes else f"在本机约需 {seconds:.0f} 秒"
    return f"About {minutes} min on this machine" if minutes else f"About {seconds:.0f} s on this machine"


def warm() -> None:
    """Starts to load the model that writes: importing torch alone takes seconds."""
    from shared.core import loaders

    loaders.warm(loaders.default_model(asked.TEXT))


def how_it_works(request: gr.Request) -> str:
    return how.IDEA[_chinese(request)]


def _chinese(request: gr.Request) -> bool:
    return request.headers.get("accept-language", "").lower().startswith("zh")


# ---- the page ------------------------------------------------------------------------------------------------------

CSS = """
#illustrated_story { gap: 28px; align-items: flex-start; }
#illustrated_story-controls, #illustrated_story-result { gap: 18px; }
#illustrated_story-ideas { margin-top: -8px; }
#illustrated_story-go { gap: 10px; align-items: center; }
#illustrated_story-price { min-height: 20px; margin-top: -8px; }
#illustrated_story-price * { color: var(--body-text-color-subdued); font-size: 13px; line-height: 20px; }
#illustrated_story-links { gap: 4px 20px; margin-top: -10px; }
#illustrated_story-links button {
  flex: 0 0 auto; width: auto; min-height: 28px; white-space: nowrap; padding: 0; border: 0; background: none;
  box-shadow: none; font-size: 13px;
  font-weight: 500; color: var(--link-text-color); text-decoration: underline; text-underline-offset: 3px;
}
#illustrated_story-licence * { color: var(--body-text-color-subdued); font-size: 12px; line-height: 1.4; }
#illustrated_story-style .wrap:has(label) { gap: 6px; }
#illustrated_story-style label { padding: 4px 11px; border-radius: 999px; font-size: 13px; }
#illustrated_story-style label input { position: absolute; opacity: 0; width: 1px; min-width: 0; margin: 0; }
#illustrated_story-style label span { margin: 0; }
html.aigc-embed :is(#illustrated_story-controls, #illustrated_story-how, #illustrated_story-recipe-box) {
  display: none;
}
html.aigc-embed :is(.st-modes, .st-illustrate) { display: none !important; }
"""
SCROLL = """() => setTimeout(() => document.getElementById("%s").scrollIntoView({block: "center"}), 100)"""
LATEX = [{"left": "$", "right": "$", "display": False}]


def _id(name: str) -> str:
    return f"{TAB}-{name}"


def _styles(image_model: str) -> list[tuple]:
    def label(style: str):
        return (style[:1].upper() + style[1:]).replace("3d", "3D") if style else t("style_any")

    return [(label(style), style) for style in asked.styles(image_model)]


def _models(task: str, name: str) -> gr.Dropdown:
    from shared.core import hub, loaders

    def label(row) -> str:
        here = row.bundled or row.name in host().local or hub.cached(row.repo, row.revision, row.files)
        return row.title if here else f"{row.title} · {row.download_mb:,} MB"

    return gr.Dropdown(
        [(label(registry.spec(one)), one) for one in registry.names(task)],
        value=loaders.default_model(task),
        label=t(f"{name}"),
        info=t(f"{name}_hint"),
        interactive=True,
        elem_id=_id(name),
    )


def _more() -> dict:
    with gr.Accordion(t("more"), open=False, elem_id=_id("more")):
        return {
            "text_model": _models(asked.TEXT, "text_model"),
            "image_model": _models(asked.PICTURES, "image_model"),
            "characters": gr.Textbox(
                "",
                label=t("characters"),
                info=t("characters_hint"),
                placeholder="Mia: girl",
                lines=2,
                max_lines=5,
                max_length=asked.MOST_WHO,
                elem_id=_id("characters"),
            ),
            "temperature": gr.Slider(
                0,
                1.5,
                asked.DEFAULTS["temperature"],
                step=0.05,
                precision=2,
                label=t("temperature"),
                info=t("temperature_hint"),
                elem_id=_id("temperature"),
            ),
            "seed": gr.Number(
                asked.ANY_SEED,
                precision=0,
                minimum=asked.ANY_SEED,
                maximum=asked.MOST_SEED,
                label=t("seed"),
                info=t("seed_hint"),
                elem_id=_id("seed"),
            ),
            "kept": gr.Textbox("", visible=False),
            "breaks": gr.Textbox("", visible=False),
        }


def build() -> gr.Blocks:
    from shared.core import loaders

    first = loaders.default_model(asked.PICTURES)
    shown = view.example()
    with gr.Blocks() as demo:
        gr.HTML(f"<style>{CSS}</style>", visible="hidden")
        with gr.Row(elem_id=TAB):
            with gr.Column(scale=4, min_width=300, elem_id=_id("controls")):
                idea = gr.Textbox(
                    asked.DEFAULTS["idea"],
                    label=t("idea"),
                    info=t("idea_hint"),
                    lines=3,
                    max_lines=8,
                    elem_id=_id("idea"),
                )
                chips = view.ideas(list(IDEAS))
                pages = gr.Slider(
                    1,
                    book.MOST_PAGES,
                    asked.DEFAULTS["pages"],
                    step=1,
                    precision=0,
                    label=t("pages"),
                    info=t("pages_hint"),
                    elem_id=_id("pages"),
                )
                style = gr.Radio(_styles(first), value=asked.styles(first)[0], label=t("style"), elem_id=_id("style"))
                with gr.Row(elem_id=_id("go")):
                    main = {"variant": "primary", "scale": 3, "min_width": 140}
                    make_button = gr.Button(t("make"), elem_id=_id("make"), **main)
                    stop = gr.Button(t("stop"), variant="stop", min_width=90, interactive=False, elem_id=_id("stop"))
                cost = gr.HTML("", elem_id=_id("price"))
                with gr.Row(elem_id=_id("links")):
                    link = {"size": "sm", "scale": 0, "min_width": 0}
                    write_button = gr.Button(t("write"), elem_id=_id("write"), **link)
                    open_button = gr.UploadButton(
                        t("open"),
                        file_types=[f".{kind}" for kind in (*view.KINDS, "json")],
                        elem_id=_id("open"),
                        **link,
                    )
                named = {"idea": idea, "pages": pages, "style": style, **_more()}
                licence = gr.HTML("", elem_id=_id("licence"))
            with gr.Column(scale=9, min_width=320, elem_id=_id("result")):
                shelf = view.component()
                with gr.Accordion(t("words"), open=False, visible=False, elem_id=_id("words-box")) as box:
                    gr.Markdown(t("words_hint"))
                    tokens = token_view.component(
                        token_view.view([], {}), token_choices, token_attention, elem_id=_id("words")
                    )
                panel = recipe_row.panel(TAB, example=shown.recipe if shown else None)
                with gr.Accordion(t("how_it_works"), open=False, elem_id=_id("how")):
                    idea_of = gr.Markdown(how.IDEA[0], latex_delimiters=LATEX)
                    numbers = gr.Markdown("", elem_id=_id("numbers"))
        controls = {name: named[name] for name in SETTINGS}
        words_of = gr.State("")  # the job whose words are shown

        private = {"api_visibility": "private", "show_progress": "hidden"}
        work, quick = private | {"concurrency_id": TAB}, private | {"queue": False}
        everything = list(controls.values())
        updates = [shelf, panel.recipe, panel.verdict, cost, make_button, write_button, stop]
        make_button.click(make, everything, updates, **work).then(price, everything, cost, **quick)
        write_button.click(write, everything, updates, **work).then(price, everything, cost, **quick)
        shelf.act(act, None, updates, concurrency_id=f"{TAB}-act", **private)
        shelf.words(open_words, None, [tokens, words_of, box], concurrency_id=f"{TAB}-act", **private).success(
            None, js=SCROLL % _id("words-box"), api_visibility="private"
        )
        tokens.fork(fork, [tokens, words_of], updates, **work)
        stop.click(halt, None, None, **quick)
        demo.unload(leave)

        chips.say(said, None, idea, **quick)
        models = [controls["text_model"], controls["image_model"]]
        controls["image_model"].change(suit, [controls["image_model"], style], style, **quick)
        gr.on([one.change for one in models], told_of, models, [numbers, licence], **quick)
        dear = [controls[name].change for name in ("pages", "text_model", "image_model")]
        gr.on([*dear, demo.load], price, everything, cost, trigger_mode="always_last", **quick)

        # What comes back: the job of a link, a recipe, a book in a file.
        unused = gr.File(visible=False)  # the recipe row would read the dropped file as a recipe only
        events = recipe_row.wire(replace(panel, drop=unused), rerun, controls, [shelf], stop=stop, concurrency_id=TAB)
        press = f"() => document.getElementById('{_id('reproduce')}').click()"
        shelf.live(None, js=press, api_visibility="private")
        panel.reproduce.click(lambda: gr.update(interactive=True), None, stop, **quick)
        events.reproduce.then(after_reproduce, None, [stop, controls["seed"]], **quick)

        def dropped(path, request: gr.Request):
            return restore(path, controls, request)

        for source in (panel.drop, open_button):
            source.upload(dropped, source, [*everything, shelf, panel.recipe, panel.verdict, source], **quick)
        demo.load(opened, None, updates, **work)
        demo.load(how_it_works, None, idea_of, **quick).then(told_of, models, [numbers, licence], **quick).then(
            warm, None, None, **quick
        )
        gr.api(illustrated_story, api_name="illustrated_story", concurrency_id=TAB)
    return demo
