"""What the buttons of the edit mode do to a book. `event` comes from a browser, which may send anything."""

from dataclasses import replace

from shared.core.errors import UserError
from shared.core.kinds import NEW, Kind

from . import binding, book, forks, translating, who
from .book import COVER, Book, Character, Page, drawing_order, page_of, picture_missing
from .records import fingerprint
from .request import LOOK, NAME, PAGE_TEXT, PROMPT, SEED, TITLE, styles


def typed(old: Book, event: dict) -> tuple[int, Page]:
    """(number, page) with what stands in its fields. Errors: UserError."""
    number = event.get("page")
    page = page_of(old, number)
    text = _field(event, "text", page.text, TITLE if number == COVER else PAGE_TEXT)
    if number == COVER and not text:
        raise UserError("A book needs a title.")
    prompt = _field(event, "prompt", page.prompt, PROMPT)
    chinese = _field(event, "chinese", page.chinese, TITLE if number == COVER else PAGE_TEXT)
    seed = page.seed if event.get("seed") is None else SEED.check(event["seed"], "seed")
    return number, replace(page, text=text, prompt=prompt, seed=seed, chinese=chinese)


def _field(event: dict, name: str, before: str, kind: Kind) -> str:
    return kind.check(event.get(name, before), name)


def new_seed() -> int:
    return SEED.check(NEW, "seed")


def saved(old: Book, event: dict) -> Book:
    """With the text, the prompt and the seed of a page as they were typed. The picture stays until it is redrawn."""
    number, page = typed(old, event)
    if page == page_of(old, number):
        return old
    new, before = replace(book.replaced(_marked(old), number, page), recipe=None), page_of(old, number)
    return translating.again(new, number) if page.chinese == before.chinese != "" and page.text != before.text else new


def _marked(old: Book) -> Book:
    """A book of before knows nothing of its pages as they were written; it has tokens only where they still are so."""
    return old if "marks" in old.settings or not old.tokens else forks.marked(old)


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
    return replace(book.moved(_marked(saved(old, event)), event.get("page"), event.get("to")), recipe=None)


def deleted(old: Book, event: dict) -> Book:
    return replace(book.deleted(_marked(old), event.get("page")), recipe=None)


def inserted(old: Book, event: dict) -> Book:
    """An empty page behind this one; behind the cover, it is the first."""
    number = typed(old, event)[0] + 1
    return replace(book.inserted(_marked(saved(old, event)), number, Page("", "", new_seed())), recipe=None)


def laid_out(old: Book, event: dict) -> Book:
    """In another layout: nothing but how its pages are shown, so its recipe stays."""
    if event.get("layout") not in book.LAYOUTS:
        raise UserError(f"A book is laid out as {', '.join(book.LAYOUTS)}.")
    return replace(old, settings=old.settings | {"layout": event["layout"]})


DRAWING = ("redraw", "another", "illustrate", "recast", "refresh")  # see to_draw


def cast(old: Book, event: dict) -> Book:
    """Somebody of the cast gets another name, look or style; their pictures are out of date then. Errors: UserError."""
    at, before = _of_cast(old, event)
    after = _typed_look(old, event, before)
    after = replace(after, name=who.plain(_field(event, "name", before.name, NAME)))
    if not after.name:
        raise UserError("A character needs a name.")
    if after.name != before.name and any(one.name == after.name for one in old.characters):
        raise UserError(f"There is another {after.name} in the book.")
    characters = (*old.characters[:at], after, *old.characters[at + 1 :])
    if after == before:
        return old
    if after.name == before.name and old.settings.get("as_made") == fingerprint(old):
        return binding.recast(old, characters)
    new = replace(old, characters=characters, recipe=None)
    for number, page in old.numbered():
        new = book.replaced(new, number, _recast(page, before, after, old.image_model))
    return new


def _recast(page: Page, before: Character, after: Character, model: str) -> Page:
    """A page with another name or look of somebody, in its text and its prompt."""
    from . import scenes

    text, chinese = who.renamed(page.text, before.name, after.name), translating.renamed(page.chinese, before, after)
    return replace(page, text=text, chinese=chinese, prompt=scenes.recast(page.prompt, before, after, model))


def _of_cast(old: Book, event: dict) -> tuple[int, Character]:
    at = event.get("who")
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(old.characters):
        raise UserError("This character is no longer in the book.")
    return at, old.characters[at]


def _typed_look(old: Book, event: dict, before: Character) -> Character:
    """With the look and style that were typed, an empty look as it was; pages say it where the model does not know one.

    Errors: UserError.
    """
    look = who.plain(_field(event, "look", before.look, LOOK)) or before.look
    style = str(event.get("style", before.style) or "")
    if style and style not in styles(old.image_model):
        raise UserError(f"This model has no style “{style[:40]}”.")
    return replace(before, look=look, style=style)


def recast(old: Book, event: dict) -> tuple[Book, list[int]]:
    """Character `who` gets another look, or the one that was typed, on all their pages. Errors: UserError."""
    from .drawing import illustrate

    at, before = _of_cast(old, event)
    after = replace(_typed_look(old, event, before), seed=new_seed())
    characters = (*old.characters[:at], after, *old.characters[at + 1 :])
    numbers = [number for number in drawing_order(old) if _shows(old, number, before)]
    as_made = illustrate.composes(old.image_model) and old.settings.get("as_made") == fingerprint(old)
    new = binding.recast(old, characters) if as_made else replace(old, characters=characters, recipe=None)
    for number in numbers:
        page = page_of(new, number) if as_made else _recast(page_of(old, number), before, after, old.image_model)
        # Where the noise of the whole page makes the looks, it is another one, too.
        seed = page.seed if illustrate.composes(old.image_model) else after.seed
        new = new.with_page(number, replace(page, seed=seed, picture=None, likeness=None, recognised=()))
    return new, numbers


def _shows(old: Book, number: int, character: Character) -> bool:
    from .drawing import illustrate

    found = illustrate.shown(page_of(old, number), old.characters, old.image_model)
    return any(one.name == character.name for one in found)


def refreshed(old: Book) -> tuple[Book, list[int]]:
    """The pages whose picture is out of date, each with the prompt that its new text asks for. Errors: UserError."""
    from .drawing import illustrate

    numbers = [number for number in drawing_order(old) if illustrate.outdated(old, number)]
    if not numbers:
        raise UserError("Every picture is as its page says.")
    new = old
    for number in numbers:
        new = _as_told(new, number)
    return new, numbers


def _as_told(old: Book, number: int) -> Book:
    """Where its text was changed and its prompt was not, a page gets a new prompt."""
    from .drawing import illustrate

    page = page_of(old, number)
    text, prompt = illustrate.as_drawn(old, page)
    changed = number != COVER and text not in (None, page.text)
    return reread(old, {"page": number}) if changed and prompt == page.prompt else old


def to_draw(old: Book, event: dict) -> tuple[Book, list[int]]:
    """The book and the pages that a button asks to be drawn. Errors: UserError."""
    if event.get("what") == "recast":
        return recast(old, event)
    if event.get("what") == "refresh" and event.get("page") is None:
        return refreshed(old)
    if event.get("what") == "illustrate":
        missing = [number for number in drawing_order(old) if picture_missing(old, number)]
        if not missing:
            raise UserError("Every page has its picture already.")
        return old, missing
    if event.get("what") == "another":
        event = event | {"seed": new_seed()}
    new = saved(old, event)
    number = event["page"]
    if event.get("what") == "refresh":
        new = _as_told(new, number)
    if not page_of(new, number).prompt:
        raise UserError("Write first what the picture shows.")
    return new, [number]


EDITS = {
    "save": saved,
    "scene": reread,
    "move": moved,
    "delete": deleted,
    "insert": inserted,
    "cast": cast,
    "layout": laid_out,
}
