"""The recipe of a whole book: what made it, and what the tab needs to make it again."""

import io
import json
import time
from dataclasses import replace

from shared import recipe
from shared.core import registry
from shared.core.registry.translation import INTO_CHINESE

from .book import Book, drawing_order, picture_missing
from .request import TAB, WORD_TABLE, Story

LIBRARIES = (*recipe.LIBRARIES, "diffusers")


def finished(book: Book, start: float) -> Book:
    """The book with its recipe, where it is as the models made it and every picture is there."""
    missing = any(picture_missing(book, number) for number in drawing_order(book))
    if missing or book.settings.get("as_made") != fingerprint(book):
        return replace(book, recipe=None)
    models = [_writer_of(book), _painter_of(book), *translators_of(book)]
    seconds = time.monotonic() - start
    return replace(book, recipe=recipe.make(TAB, models, settings_of(book), _output_of(book), seconds, LIBRARIES))


def fingerprint(book: Book) -> str:
    """Of all that a reader can change by hand."""
    pages = [
        f"{page.text}\n{page.prompt}\n{page.seed}" + f"\n{page.chinese}" * bool(page.chinese)
        for page in (book.cover, *book.pages)
        if page
    ]
    looks = [f"{who.name}\n{who.look}\n{who.seed}" + f"\n{who.style}" * bool(who.style) for who in book.characters]
    return recipe.hash_output([book.title, *pages, *looks])


def settings_of(book: Book) -> dict:
    """What the tab would need to make it again, as far as a book from elsewhere tells it."""
    fields = Story.fields()
    told = {name: value for name, value in book.settings.items() if name in fields}
    own = {name: getattr(book, name) for name in ("idea", "style", "text_model", "image_model", "seed")}
    return {name: field.default for name, field in fields.items()} | told | own


def _writer_of(book: Book) -> dict:
    """Which weights wrote it."""
    try:
        return {"model": book.text_model} | recipe.facts(json.loads(str(book.settings.get("written") or "{}")))
    except (ValueError, AttributeError):  # a book from elsewhere
        return {"model": book.text_model}


def translators_of(book: Book) -> list[dict]:
    """Which weights translated it: the idea, its words, both or nothing."""
    try:
        return [recipe.facts(dict(one)) for one in json.loads(str(book.settings.get("translated") or "[]"))]
    except (ValueError, TypeError):
        return []


def translator_of(book: Book) -> str:
    """The model that its Chinese is by, or ""."""
    into = (*registry.names(INTO_CHINESE), WORD_TABLE)
    names = [one["model"] for one in translators_of(book) if one.get("model") in into]
    return names[0] if names and any(page.chinese for _, page in book.numbered()) else ""


def _painter_of(book: Book) -> dict:
    """Which weights drew it, from the recipe of its first picture."""
    first = next((page.recipe for page in (*book.pages, book.cover) if page and page.recipe), None)
    return recipe.facts(first) if first else {"model": book.image_model}


def _output_of(book: Book) -> list:
    """What a recipe hashes: the title, the texts, and the pixels of the pictures."""
    from PIL import Image

    pictures = [page.picture for page in (book.cover, *book.pages) if page and page.picture]
    texts = [book.title, *(page.text for page in book.pages)]
    texts += [page.chinese for page in (book.cover, *book.pages) if page and page.chinese]
    return [*texts, *(Image.open(io.BytesIO(picture)) for picture in pictures)]
