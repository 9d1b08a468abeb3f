"""What the buttons of the edit mode do to a book. `event` comes from a browser, which may send anything."""

from dataclasses import replace

from shared.core.errors import UserError
from shared.core.kinds import NEW, Kind

from . import book
from .book import COVER, Book, Page, drawing_order, page_of, picture_missing
from .request import LOOK, PAGE_TEXT, PROMPT, SEED, TITLE


def typed(old: Book, event: dict) -> tuple[int, Page]:
    """(number, page) with what stands in its fields. Errors: UserError."""
    number = event.get("page")
    page = page_of(old, number)
    text = _field(event, "text", page.text, TITLE if number == COVER else PAGE_TEXT)
    if number == COVER and not text:
        raise UserError("A book needs a title.")
    prompt = _field(event, "prompt", page.prompt, PROMPT)
    seed = page.seed if event.get("seed") is None else SEED.check(event["seed"], "seed")
    return number, replace(page, text=text, prompt=prompt, seed=seed)


def _field(event: dict, name: str, before: str, kind: Kind) -> str:
    return kind.check(event.get(name, before), name)


def new_seed() -> int:
    return SEED.check(NEW, "seed")


def saved(old: Book, event: dict) -> Book:
    """With the text, the prompt and the seed of a page as they were typed. The picture stays until it is redrawn."""
    number, page = typed(old, event)
    if page == page_of(old, number):
        return old
    return replace(book.replaced(old, number, page), recipe=None)


def reread(old: Book, event: dict) -> Book:
    """The prompt of a page is made from its text again."""
    from . import scenes

    number, page = typed(old, event)
    if number == COVER:
        prompt = scenes.cover_prompt(" ".join(page.text for page in old.pages), old.characters, old.image_model)
    else:
        before = " ".join(page.text for page in old.pages[:number])
        prompt = scenes.prompt_of(page.text, old.characters, old.image_model, before=before)
    return saved(old, event | {"prompt": prompt})


def moved(old: Book, event: dict) -> Book:
    return replace(book.moved(saved(old, event), event.get("page"), event.get("to")), recipe=None)


def deleted(old: Book, event: dict) -> Book:
    return replace(book.deleted(old, event.get("page")), recipe=None)


def inserted(old: Book, event: dict) -> Book:
    """An empty page behind this one; behind the cover, it is the first."""
    number = typed(old, event)[0] + 1
    return replace(book.inserted(saved(old, event), number, Page("", "", new_seed())), recipe=None)


DRAWING = ("redraw", "another", "illustrate", "recast")  # see to_draw
EDITS = {"save": saved, "scene": reread, "move": moved, "delete": deleted, "insert": inserted}


def recast(old: Book, event: dict) -> tuple[Book, list[int]]:
    """Character `who` gets another look, or the one that was typed, on all their pages. Errors: UserError."""
    from . import scenes
    from .drawing import illustrate

    who = event.get("who")
    if isinstance(who, bool) or not isinstance(who, int) or not 0 <= who < len(old.characters):
        raise UserError("This character is no longer in the book.")
    before = old.characters[who]
    look = _field(event, "look", before.look, LOOK)
    if not look:
        raise UserError(f"Write first what {before.name} looks like.")
    after = replace(before, look=look, seed=new_seed())
    new = replace(old, characters=(*old.characters[:who], after, *old.characters[who + 1 :]), recipe=None)
    numbers = [number for number in drawing_order(old) if illustrate.shown(page_of(old, number), [before])]
    for number in numbers:
        page = page_of(old, number)
        prompt = scenes.recast(page.prompt, before, after, old.image_model)
        # Where the noise of the whole page makes the looks, it is another one, too.
        seed = page.seed if illustrate.composes(old.image_model) else after.seed
        new = new.with_page(number, replace(page, prompt=prompt, seed=seed, picture=None, likeness=None))
    return new, numbers


def to_draw(old: Book, event: dict) -> tuple[Book, list[int]]:
    """The book and the pages that a button asks to be drawn. Errors: UserError."""
    if event.get("what") == "recast":
        return recast(old, event)
    if event.get("what") == "illustrate":
        missing = [number for number in drawing_order(old) if picture_missing(old, number)]
        if not missing:
            raise UserError("Every page has its picture already.")
        return old, missing
    if event.get("what") == "another":
        event = event | {"seed": new_seed()}
    new = saved(old, event)
    number = event["page"]
    if not page_of(new, number).prompt:
        raise UserError("Write first what the picture shows.")
    return new, [number]
