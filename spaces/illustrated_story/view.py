"""The view of the story tab: the story as it is written, the book to read, and the book to edit. And ideas to click.

Each is a gr.HTML with a bare skeleton; a script of its own draws plain JSON into it. Pictures are asked for one by one,
by the name of the job and what they hold, so that a page that arrives brings no other one with it.
Events: act {what, job, page, ...} (see page.py), live {}, words {job, page}; ideas say {idea}.
"""

import base64
import functools
import hashlib
import importlib
import re
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from shared.core.errors import UserError
from shared.engines.diffusion.chinese import name_of
from shared.page import scripts, sentences, words

from . import forks, translating
from .book import COVER, LAYOUTS, Book, Character, Page, picture_missing
from .drawing import likeness
from .files import reader, typeset
from .jobs import JOBS, NO_BOOK, Job
from .request import SEED, TAB
from .runs import State

MOST_PLACE = 5  # among the names of the vocabulary: up to it, CLIP has recognised a figure

WORDS = words.beside(__file__)

HERE = Path(__file__).parent
EXAMPLE = HERE / "example.html"  # an ordinary book file; `python -m illustrated_story.example` makes it
BLANK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"  # until the picture is there

BOOK = """
<div class="st">
  <div class="st-top">
    <span class="st-badge" hidden></span><button class="st-live st-link" type="button" hidden></button>
    <span class="st-message" role="status" hidden></span><span class="st-left" hidden></span>
  </div>
  <div class="st-bar" aria-hidden="true"><i></i></div>
  <p class="st-empty" hidden></p>
  <div class="st-story" dir="auto" hidden></div>
  <div class="st-tools" hidden>
    <div class="st-modes" role="group">
      <button class="st-read" type="button"></button><button class="st-edit" type="button"></button>
    </div>
    <button class="st-illustrate" type="button" hidden></button>
    <button class="st-refresh st-button" type="button" hidden></button>
    <button class="st-undo st-link" type="button"></button><button class="st-redo st-link" type="button"></button>
    <label class="st-layout"><span></span><select></select></label>
    <span class="st-keep"><span class="st-keep-label"></span></span>
  </div>
  <p class="st-say" role="status" hidden></p>
  <div class="st-book" hidden></div>
  <section class="st-cast" hidden></section>
  <div class="st-cards" hidden></div>
  <p class="st-hint" hidden></p>
  <ul class="st-notices" hidden></ul>
  <section class="st-visit" hidden></section>
</div>
"""
IDEAS = '<div class="st"><div class="st-chips" role="group"></div></div>'


def component() -> gr.HTML:
    return gr.HTML(
        {"phase": "empty"},
        html_template=BOOK,
        css_template=(HERE / "view.css").read_text("utf-8")
        + reader.STYLE.read_text("utf-8")
        + scripts.GALLERY_STYLE.read_text("utf-8"),
        js_on_load=scripts.script(
            _words(),
            reader.SCRIPT,
            *scripts.GALLERY,
            *(HERE / f"{part}.js" for part in ("cast", "keep", "view")),
            **_constants(),
        ),
        apply_default_css=False,
        server_functions=[story_picture, story_file, story_vocabulary],
        elem_id=f"{TAB}-book",
        elem_classes="story-view",
    )


def _words() -> dict[str, words.Pair]:
    styles = {f"styles_{key}": pair for key, pair in words.of_page().table("styles").items()}
    return WORDS.table("") | styles | scripts.gallery_words()


def _constants() -> dict:
    facts = {"tab": TAB, "cover": COVER, "blank": BLANK, "most_seed": SEED.most, "layouts": LAYOUTS}
    return facts | {"most_kept": scripts.MOST_KEPT}


def ideas(choices: list[words.Pair]) -> gr.HTML:
    """Each can be read in both languages; a click puts it into the field."""
    return gr.HTML(
        {"ideas": choices},
        html_template=IDEAS,
        css_template=(HERE / "ideas.css").read_text("utf-8"),
        js_on_load=scripts.script({"ideas": WORDS.pair("ideas")}, HERE / "ideas.js"),
        apply_default_css=False,
        elem_id=f"{TAB}-ideas",
        elem_classes=["story-view", "aigc-first"],
    )


# ---- what is shown -------------------------------------------------------------------------------------------------


def shown(job: Job, phase: str = "") -> dict:
    """A job as plain JSON, see view.js. phase: where it is not that of the job's state."""
    state = job.state or State()
    view = {
        "phase": phase or state.phase,
        "job": job.name,
        "text": state.text if state.phase in ("loading", "writing") else "",
        "message": state.message,
        "notices": list(state.notices),
        "done": state.done,
        "of": state.of,
        "left": state.left,
    }
    if state.book is None:
        return view
    history = job.history
    return (
        view
        | of_book(state.book)
        | {"undo": bool(history and history.past), "redo": bool(history and history.future), "busy": job.running}
    )


def of_book(book: Book) -> dict:
    pages = [_page(book, number, page) for number, page in book.numbered()]
    return {
        "markup": reader.markup(book, address=_address),
        "pages": pages,
        "title": book.title,
        "characters": [_look(book, who) for who in book.characters],
        "style": book.style,
        "layout": book.layout,
        "picture_model": book.image_model,
        "words": forks.as_written(book),  # pages, from the first on, of which a word can be changed
        "about": translating.notes(book),
        "missing": [number for number, _ in book.numbered() if picture_missing(book, number)],
        "name": file_name(book),
    }


def _page(book: Book, number: int, page: Page) -> dict:
    from .drawing import illustrate

    shown = illustrate.shown(page, book.characters, book.image_model)
    left, near, instead = _note(page.text, page.prompt, book.image_model, book.characters)
    return {
        "number": number,
        "text": page.text,
        "chinese": page.chinese,
        "prompt": page.prompt,
        "seed": page.seed,
        "alt": translating.alt(book, page),
        "picture": key_of(page.picture),
        "likeness": page.likeness,
        "alike": [who.name for who in shown],
        "flagged": page.likeness is not None and page.likeness < likeness.THRESHOLD,
        "seen": [_both(name) for name, place in page.recognised if place <= MOST_PLACE],
        "unseen": [_both(name) for name, place in page.recognised if place > MOST_PLACE],
        "outdated": illustrate.outdated(book, number),
        "left_out": left if number != COVER else [],
        "near": near if number != COVER else [],
        "instead": instead if number != COVER else "",
    }


def _both(name: str) -> list[str]:
    return [name, name_of(name) or name]


@functools.lru_cache(maxsize=256)
def _note(text: str, prompt: str, model: str, characters: tuple[Character, ...]) -> tuple[list, list, str]:
    """Of a page: what it does not show, [what it shows, as what], and what it shows though nothing of it is named."""
    from . import scenes

    note = scenes.noted(text, prompt, model, characters)
    return list(note.left_out), [list(pair) for pair in note.near], note.instead


def _look(book: Book, who: Character) -> dict:
    from .scenes import people

    kind, colour = people.kind_of(who.look, book.image_model)
    return {"name": who.name, "look": who.look, "kind": kind, "colour": colour, "style": who.style}


def _address(number: int, page: Page) -> str:
    return f"{BLANK}#{key_of(page.picture)}"


def key_of(picture: bytes | None) -> str:
    return _sha256(picture)[:24] if picture else ""


@functools.lru_cache(maxsize=64)
def _sha256(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def file_name(book: Book) -> str:
    words = re.sub(r"[^\w]+", "-", book.name.lower()).strip("-_")
    return words[:60] or "story"


# ---- the example ---------------------------------------------------------------------------------------------------


@functools.cache
def example() -> Book | None:
    """The recorded book that is shown before the first click; None where this copy of the app has none."""
    from .files import restore

    return restore.read(EXAMPLE.read_bytes()) if EXAMPLE.is_file() else None


def shown_example() -> dict:
    book = example()
    if book is None:
        return {"phase": "empty"}
    return {"phase": "done", "job": "", "recorded": True, "undo": False, "redo": False} | of_book(book)


# ---- what the script asks, by these names --------------------------------------------------------------------------


def story_picture(question) -> dict:
    """{job, key} -> {picture: address that holds it}, or {error}."""
    return _answer(question, _picture)


def story_file(question) -> dict:
    """{job, kind} -> {name, type, data: base64, left_out: signs that no font has}, or {error}."""
    return _answer(question, _file)


def story_vocabulary(question) -> dict:
    """{model} -> {names, colours, styles}: what looks can be chosen from; no names where any words will do."""
    from shared.engines.diffusion import prompts

    model = str((question if isinstance(question, dict) else {}).get("model") or "")
    known = prompts.known(model)
    return {"names": known["names"], "colours": known["colours"], "styles": known["styles"]}


def _answer(question, of: Callable[[str, str], dict]) -> dict:
    """The browser shows errors in its own place, not as a message of Gradio's."""
    said = question if isinstance(question, dict) else {}
    try:
        return of(str(said.get("job") or ""), str(said.get("key" if of is _picture else "kind") or ""))
    except UserError as error:
        return {"error": sentences.told(error)}


def _picture(job: str, key: str) -> dict:
    for book in _books(job):
        for _, page in book.numbered():
            if page.picture and key_of(page.picture) == key:
                return {"picture": "data:image/png;base64," + base64.b64encode(page.picture).decode()}
    raise UserError("This picture is no longer kept here.")


def _file(job: str, kind: str) -> dict:
    if kind not in KINDS:
        raise UserError(f"A book can be kept as {', '.join(KINDS)}.")
    if job and JOBS.find(job).running:
        raise UserError("The book is still being made: press Stop to keep what there is, or wait until it is finished.")
    book = _books(job)[0]
    data = base64.b64encode(written(book, kind)).decode()
    lost = typeset.lost_in(book) if kind in ("pdf", "cbz") else ()
    signs = ", ".join(f"{one} ({typeset.name_of(one)})" for one in lost)
    return {"name": f"{file_name(book)}.{kind}", "type": KINDS[kind], "data": data, "left_out": signs}


def _books(job: str) -> list[Book]:
    """The book of a job and those that Undo would bring back, or the example. Errors: UserError."""
    if not job:
        if example() is None:
            raise UserError(NO_BOOK)
        return [example()]
    books = JOBS.find(job).books
    if not books:
        raise UserError("There is no book yet: it is still being written.")
    return books


KINDS = {
    "html": "text/html",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "cbz": "application/vnd.comicbook+zip",
}


def written(book: Book, kind: str) -> bytes:
    """The book as a file. Errors: UserError, for a PDF whose characters no font here has."""
    return importlib.import_module(f"{__package__}.files.{kind}_file").write(book)
