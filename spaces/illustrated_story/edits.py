"""What the buttons of the edit mode do to a book. `told` comes from a browser, which may send anything."""

from dataclasses import replace

from shared.core.errors import UserError

from . import asked, book, runs
from .book import COVER, Book, Page


def told_page(old: Book, told: dict) -> tuple[int, Page]:
    """(number, page) with what stands in its fields. Errors: UserError."""
    number = told.get("page")
    page = runs.page_of(old, number)
    name = "title" if number == COVER else "page"
    text = asked.text(told.get("text", page.text), name, 300 if number == COVER else asked.MOST_TEXT)
    if number == COVER and not text:
        raise UserError("A book needs a title.")
    prompt = asked.text(told.get("prompt", page.prompt), "picture's description", asked.MOST_PROMPT)
    seed = told.get("seed")
    return number, replace(page, text=text, prompt=prompt, seed=page.seed if seed is None else asked.seed(seed))


def saved(old: Book, told: dict) -> Book:
    """With the text, the prompt and the seed of a page as they were typed. The picture stays until it is redrawn."""
    number, page = told_page(old, told)
    if page == runs.page_of(old, number):
        return old
    return replace(book.replaced(old, number, page), recipe=None)


def reread(old: Book, told: dict) -> Book:
    """The prompt of a page is made from its text again."""
    from . import scenes

    number, page = told_page(old, told)
    if number == COVER:
        prompt = scenes.cover_prompt(" ".join(one.text for one in old.pages), old.characters, old.image_model)
    else:
        before = " ".join(one.text for one in old.pages[:number])
        prompt = scenes.prompt_of(page.text, old.characters, old.image_model, before=before)
    return saved(old, told | {"prompt": prompt})


def moved(old: Book, told: dict) -> Book:
    return replace(book.moved(saved(old, told), told.get("page"), told.get("to")), recipe=None)


def deleted(old: Book, told: dict) -> Book:
    return replace(book.deleted(old, told.get("page")), recipe=None)


def inserted(old: Book, told: dict) -> Book:
    """An empty page behind this one; behind the cover, it is the first."""
    number = told_page(old, told)[0] + 1
    return replace(book.inserted(saved(old, told), number, Page("", "", asked.new_seed())), recipe=None)


DRAWING = ("redraw", "another", "illustrate", "recast")  # see to_draw
EDITS = {"save": saved, "scene": reread, "move": moved, "delete": deleted, "insert": inserted}


def recast(old: Book, told: dict) -> tuple[Book, list[int]]:
    """Character `who` gets another look, or the one that was typed, on all their pages. Errors: UserError."""
    from . import scenes
    from .drawing import illustrate

    who = told.get("who")
    if isinstance(who, bool) or not isinstance(who, int) or not 0 <= who < len(old.characters):
        raise UserError("This character is no longer in the book.")
    before = old.characters[who]
    look = asked.text(told.get("look", before.look), "look", asked.MOST_WHO)
    if not look:
        raise UserError(f"Write first what {before.name} looks like.")
    after = replace(before, look=look, seed=asked.new_seed())
    new = replace(old, characters=(*old.characters[:who], after, *old.characters[who + 1 :]), recipe=None)
    numbers = [number for number in runs.numbers_of(old) if illustrate.shown(runs.page_of(old, number), [before])]
    for number in numbers:
        page = runs.page_of(old, number)
        prompt = scenes.recast(page.prompt, before, after, old.image_model)
        # Where the noise of the whole page makes the looks, it is another one, too.
        seed = page.seed if illustrate.composes(old.image_model) else after.seed
        new = new.with_page(number, replace(page, prompt=prompt, seed=seed, picture=None, likeness=None))
    return new, numbers


def to_draw(old: Book, told: dict) -> tuple[Book, list[int]]:
    """The book and the pages that a button asks to be drawn. Errors: UserError."""
    if told.get("what") == "recast":
        return recast(old, told)
    if told.get("what") == "illustrate":
        missing = [number for number in runs.numbers_of(old) if runs.picture_missing(old, number)]
        if not missing:
            raise UserError("Every page has its picture already.")
        return old, missing
    if told.get("what") == "another":
        told = told | {"seed": asked.new_seed()}
    new = saved(old, told)
    number = told["page"]
    if not runs.page_of(new, number).prompt:
        raise UserError("Write first what the picture shows.")
    return new, [number]
