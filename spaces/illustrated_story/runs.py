"""From an idea to a picture book: the story is written, cut into pages, and each page drawn.

    for state in make(settings, stop=Event()):  # loading, writing, drawing, done or stopped
        ...

Everything here is a generator of States that ends within a token or a picture once `stop` is set; what is finished by
then is in the last state. Nothing is kept here; see jobs.py.
"""

import io
import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from shared import recipe
from shared.core.errors import UserError
from shared.engines.diffusion import prompts

from . import asked
from .book import COVER, Book, Character, Page

LIBRARIES = (*recipe.LIBRARIES, "diffusers")


@dataclass(frozen=True)
class State:
    phase: str = "loading"  # loading, writing, drawing, done, stopped
    book: Book | None = None  # as far as it is finished
    text: str = ""  # the story so far, while it is written
    message: str = ""
    notices: tuple[str, ...] = ()
    done: int = 0  # pictures drawn in this run
    of: int = 0  # and to be drawn
    left: float | None = None  # seconds, by this machine's own past runs; None: not known yet
    changed: int = 0  # the first page that this run wrote


# ---- writing -------------------------------------------------------------------------------------------------------


def write(settings: dict, stop: threading.Event) -> Iterator[State]:
    """The story; the last state has the book without pictures. Errors: UserError."""
    from . import writing

    settings = asked.checked(settings)
    if settings["kept"]:
        progress = writing.rewritten(settings, kept_ids(settings["kept"]), stop)
    else:
        progress = writing.write(settings, stop)
    yield from _written(settings, progress, stop, None, 0)


def make(settings: dict, stop: threading.Event) -> Iterator[State]:
    """The whole book. Errors: UserError."""
    from shared.core import loaders

    settings = asked.checked(settings)
    start, book = time.monotonic(), None
    for state in write(settings, stop):
        if book is None and state.book is None and state.text:
            loaders.warm(settings["image_model"])  # while the story is written; idle once it is there
        book = state.book
        yield replace(state, phase="drawing") if state.phase == "done" else state
    if book and not stop.is_set():
        yield from draw(book, numbers_of(book), stop, start, state.notices)


def rewrite(book: Book, ids: list[int], stop: threading.Event) -> Iterator[State]:
    """The story from its first `ids` tokens on, the last of them chosen by a reader; then what changed is drawn anew.

    Pages before the change stay as they are, pictures included. Errors: UserError.
    """
    from . import writing

    settings = asked.checked(settings_of(book) | {"kept": " ".join(map(str, ids))})
    start, made = time.monotonic(), None
    for state in _written(settings, writing.rewritten(settings, ids, stop), stop, book, 0):
        made = state.book or made
        yield replace(state, phase="drawing") if state.phase == "done" else state
    if made is None or stop.is_set():
        return
    missing = [number for number in numbers_of(made) if picture_missing(made, number)]
    had_pictures = any(page.picture for page in book.pages)
    if missing and had_pictures:
        yield from draw(made, missing, stop, start, state.notices)
    else:
        yield State("done", finished(made, start))


def _written(settings: dict, progress: Iterator, stop: threading.Event, old: Book | None, changed: int):
    start, written, text = time.monotonic(), None, ""
    expected = expected_writing(settings)
    with closing(progress):
        for now in progress:
            text, written = now.text or text, now.written or written
            if now.message:
                start = time.monotonic()  # what a model takes to load is no part of its pace
            left = None if expected is None or not text else max(1.0, expected - (time.monotonic() - start))
            phase = "writing" if text else "loading"
            yield State(phase, old, text=text, message=now.message, left=left)
    if written is None or not written.text.strip():
        yield State("stopped", old)
        return
    if not stop.is_set():
        _learn("text", settings["text_model"], (time.monotonic() - start) / settings["pages"])
    book = book_of(written, settings, old)
    yield State("stopped" if stop.is_set() else "done", book, text=written.text, notices=_notices(written, book))


def _notices(written, book: Book) -> tuple[str, ...]:
    """What the visitor should know: of the model, and of pages that name nothing that can be drawn."""
    from . import scenes

    found, before = [written.notice], ""
    for number, page in enumerate(book.pages, 1):
        note = scenes.note_of(page.text, book.characters, book.image_model, before)
        found.append(note and f"Page {number}: {note}")
        before = f"{before} {page.text}".strip()
    return tuple(filter(None, found))


def book_of(written, settings: dict, old: Book | None = None) -> Book:
    """The pages of a story, each with its prompt. Those that read as in `old` are taken from it."""
    from . import scenes

    settings, model = dict(settings), settings["image_model"]
    settings["breaks"] = _breaks(written.text, old) if old else settings["breaks"]
    texts = pages_of(written.text, settings["pages"], settings["breaks"])
    characters = scenes.characters_of(
        written.text, known=known_of(settings["characters"], settings["seed"]), seed=settings["seed"], model=model
    )
    title = scenes.title_of(written.text, characters)
    before, pages = "", []
    for number, text in enumerate(texts):
        same = old and number < len(old.pages) and old.pages[number].text == text
        if same:
            pages.append(old.pages[number])
        else:
            prompt = scenes.prompt_of(text, characters, model, before=before)
            pages.append(Page(text, prompt, seed_of(settings["seed"], number, model)))
        before = f"{before} {text}".strip()
    cover = Page(title, scenes.cover_prompt(written.text, characters, model), seed_of(settings["seed"], COVER, model))
    if old and old.cover and old.title == title and old.cover.prompt == cover.prompt:
        cover = old.cover
    book = Book(
        idea=settings["idea"],
        style=settings["style"],
        text_model=settings["text_model"],
        image_model=model,
        seed=settings["seed"],
        title=title,
        cover=cover,
        pages=tuple(pages),
        characters=characters,
        tokens=written.ids,
        settings=settings | {"written": json.dumps(recipe.facts(written.recipe or {}))},
    )
    return replace(book, settings=book.settings | {"as_made": _fingerprint(book)})


def _fingerprint(book: Book) -> str:
    """Of all that a reader can change by hand."""
    pages = [f"{one.text}\n{one.prompt}\n{one.seed}" for one in (book.cover, *book.pages) if one]
    return recipe.hash_output([book.title, *pages, *(f"{one.name}\n{one.look}\n{one.seed}" for one in book.characters)])


def pages_of(text: str, n: int, breaks: str) -> list[str]:
    """Balanced pages of whole sentences; the first of them have as many sentences as `breaks` says, as "3 2"."""
    from . import scenes

    counts = kept_ids(breaks)[: n - 1]
    found, sentences = [], scenes.sentences(text)
    for count in counts:
        if len(sentences) <= count:
            break  # the rest needs a page, too
        found.append(" ".join(sentences[:count]))
        sentences = sentences[count:]
    return scenes.pages_of(text, n, tuple(found))


def _breaks(text: str, old: Book) -> str:
    """How many sentences each page of `old` has that a story goes on from; see pages_of."""
    from . import scenes

    new, counts, at = scenes.sentences(text), [], 0
    for page in old.pages:
        own = scenes.sentences(page.text)
        if new[at : at + len(own)] != own:
            break
        counts.append(len(own))
        at += len(own)
    return " ".join(map(str, counts))


def known_of(lines: str, seed: int) -> tuple[Character, ...]:
    """'Mia: a girl with red hair' on a line of its own -> who is known already."""
    found = []
    for i, line in enumerate(lines.splitlines()):
        name, colon, look = (part.strip() for part in line.partition(":"))
        if name and colon and look:
            found.append(Character(name, look, seed + i))
    return tuple(found)


def kept_ids(text: str) -> list[int]:
    """The whole numbers in a text. Errors: UserError."""
    if not all(one.isascii() and one.isdigit() and len(one) < 8 for one in text.split()):
        raise UserError("What a story goes on from must be whole numbers.")
    return [int(one) for one in text.split()]


def seed_of(book_seed: int, number: int, model: str) -> int:
    """Of the picture of page `number`, or of the cover (-1).

    A model that draws whole scenes begins all of them with the same noise, so that they belong together; the bundled
    one is given another layout for each page.
    """
    return book_seed + 1 + number if prompts.known(model)["styles"] else book_seed


def settings_of(book: Book) -> dict:
    """What the tab would need to make it again, as far as a book from elsewhere tells it."""
    told = {name: value for name, value in book.settings.items() if name in asked.SETTINGS}
    own = ("idea", "style", "text_model", "image_model", "seed")
    return asked.DEFAULTS | told | {name: getattr(book, name) for name in own}


# ---- words ---------------------------------------------------------------------------------------------------------


def words_of(book: Book, number) -> dict:
    """The tokens of a page as a value of the token view; the story before it is its prompt. Errors: UserError."""
    from shared.core import loaders
    from shared.engines.text import generation
    from shared.page import token_view

    from .writing.openings import opening_of

    page_of(book, number)
    if not book.tokens:
        raise UserError("The words of this book were changed by hand, so no model can go on from them.")
    opening, ids = opening_of(book.idea), kept_ids(book.tokens)
    with loaders.use(book.text_model) as loaded:
        model = loaded.model
        beginning = model.tokenizer.encode(opening)
        if any(not 0 <= one < model.vocab_size for one in ids):
            raise UserError("This book holds tokens that its model does not know.")
        told = generation.token_probabilities(model, [*beginning, *ids])[len(beginning) :]
        rows = [[one.id, one.text, round(one.probability, 4)] for one in told]
        start, end = _span(book, number, opening, rows)
        column = token_view.column(
            loaded.spec.name,
            opening + "".join(text for _, text, _ in rows[:start]),
            rows[start:end],
            title=loaded.spec.title,
            note=token_view.note_of(loaded.spec.name),
            finished="length",
        )
    return token_view.view([column], {"before": start})


def _span(book: Book, number: int, opening: str, rows: list) -> tuple[int, int]:
    """(first, behind the last) of the tokens of a page. White space does not count: pages have it put in order."""

    def letters(text: str) -> int:
        return sum(not one.isspace() for one in text)

    begin = sum(letters(page.text) for page in book.pages[:number])
    found, at, start = letters(opening), 0, None
    end = begin + letters(book.pages[number].text)
    for at, (_, text, _) in enumerate(rows):
        if start is None and found >= begin:
            start = at
        if found >= end:
            return start or 0, at
        found += letters(text)
    return start or 0, len(rows)


def forked(book: Book, shown, chosen: dict) -> list[int]:
    """The tokens to go on from: those before the word that was clicked, and the one chosen for it. Errors: UserError.

    shown: the value of the token view; chosen: its event {sample, position, id, text}. Both come from a browser.
    """
    from shared.page import token_view

    ids, view = kept_ids(book.tokens), token_view.read(shown)
    try:
        position = int(view["settings"]["before"]) + int(chosen["position"])
        token = int(chosen["id"])
    except (KeyError, TypeError, ValueError):
        raise UserError("This word is no longer on the page.") from None
    if chosen.get("text") == token_view.END:
        raise UserError("To end the story here, delete the pages behind this one.")
    if not 0 <= position < len(ids):
        raise UserError("This word is no longer on the page.")
    return [*ids[:position], token]


# ---- drawing -------------------------------------------------------------------------------------------------------


def numbers_of(book: Book) -> list[int]:
    """All its pages, the cover last: a reader who waits wants to see how the story begins."""
    return [*range(len(book.pages)), COVER]


def page_of(book: Book, number) -> Page:
    """Errors: UserError where the book has no such page."""
    whole = isinstance(number, int) and not isinstance(number, bool)
    if whole and number == COVER and book.cover:
        return book.cover
    if not whole or not 0 <= number < len(book.pages):
        raise UserError("This page is no longer in the book.")
    return book.pages[number]


def picture_missing(book: Book, number: int) -> bool:
    page = page_of(book, number)
    return page.picture is None and bool(page.prompt.strip())


def draw(
    book: Book,
    numbers: Iterable[int],
    stop: threading.Event,
    start: float | None = None,
    notices: tuple[str, ...] = (),
) -> Iterator[State]:
    """Draws these pages; each is in the state that follows it.

    start: when the work began that this is a part of. notices: what was said of it. Errors: UserError.
    """
    from shared.core import loaders

    from .drawing import illustrate

    start, numbers = start or time.monotonic(), list(numbers)
    state = State("drawing", book, notices=notices, of=len(numbers), left=_drawing(book.image_model, len(numbers)))
    yield state
    for step in loaders.progress(book.image_model, stop=stop):
        yield replace(state, message=step.text, left=None)
    began, done = time.monotonic(), 0
    if not stop.is_set():
        with closing(illustrate.drawn(book, numbers, stop)) as pages:
            for number, page in pages:
                book, done = book.with_page(number, page), done + 1
                pace = (time.monotonic() - began) / done
                yield replace(state, book=book, done=done, left=pace * (len(numbers) - done))
    if done:
        _learn("picture", book.image_model, (time.monotonic() - began) / done)
    if stop.is_set() and done < len(numbers):
        yield replace(state, phase="stopped", book=book, done=done, left=None)
    else:
        yield State("done", finished(book, start), notices=notices, done=done, of=len(numbers))


def finished(book: Book, start: float) -> Book:
    """The book with the recipe of the whole, where it is as the models made it and every picture is there."""
    missing = any(picture_missing(book, number) for number in numbers_of(book))
    if missing or book.settings.get("as_made") != _fingerprint(book):
        return replace(book, recipe=None)
    told = recipe.make(
        asked.TAB,
        [text_facts(book), picture_facts(book)],
        settings_of(book),
        output_of(book),
        time.monotonic() - start,
        LIBRARIES,
    )
    return replace(book, recipe=told)


def text_facts(book: Book) -> dict:
    """Which weights wrote it."""
    try:
        told = json.loads(str(book.settings.get("written") or "{}"))
        return {"model": book.text_model} | recipe.facts(told)
    except (ValueError, AttributeError):  # a book from elsewhere
        return {"model": book.text_model}


def picture_facts(book: Book) -> dict:
    """Which weights drew it, from the recipe of its first picture."""
    made = next((page.recipe for page in (*book.pages, book.cover) if page and page.recipe), None)
    return recipe.facts(made) if made else {"model": book.image_model}


def output_of(book: Book) -> list:
    """What a recipe hashes: the title, the texts, and the pixels of the pictures."""
    from PIL import Image

    pictures = [page.picture for page in (book.cover, *book.pages) if page and page.picture]
    return [book.title, *(page.text for page in book.pages), *(Image.open(io.BytesIO(one)) for one in pictures)]


# ---- how long it takes here ----------------------------------------------------------------------------------------

_seconds: dict[tuple[str, str], float] = {}  # (what, model) -> of one page; of this process, nothing of anybody's


def _learn(what: str, model: str, seconds: float) -> None:
    """The newest counts half, since visitors slow each other down."""
    key = what, model
    _seconds[key] = (seconds + _seconds[key]) / 2 if key in _seconds else seconds


def expected_writing(settings: dict) -> float | None:
    one = _seconds.get(("text", settings["text_model"]))
    return one and one * settings["pages"]


def _drawing(model: str, n: int) -> float | None:
    one = _seconds.get(("picture", model))
    return one and one * n


def expected_seconds(settings: dict, what: str = "make") -> float | None:
    """How long this will take on this machine, from its own past runs; None before the first. Errors: UserError."""
    settings = asked.checked(settings)
    text, pictures = expected_writing(settings), _drawing(settings["image_model"], settings["pages"] + 1)
    if what == "write":
        return text
    return text and pictures and text + pictures
