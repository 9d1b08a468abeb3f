"""A story that was written becomes a book: its pages, who is in it, and what each picture shows."""

import json
from dataclasses import replace

from shared import recipe
from shared.engines.diffusion import prompts

from . import scenes
from .book import COVER, Book, Character, Page
from .records import fingerprint
from .request import Story, numbers_of
from .writing import Written


def bound(written: Written, asked: Story, old: Book | None = None) -> Book:
    """The pages of a story, each with its prompt and no picture yet. Those that read as in `old` are taken from it."""
    seed, model = asked.seed, asked.image_model
    breaks = _breaks(written.text, old) if old else asked.breaks
    characters = scenes.characters_of(written.text, known=known_of(asked.characters, seed), seed=seed, model=model)
    before, pages = "", []
    for number, text in enumerate(pages_of(written.text, asked.pages, breaks)):
        if old and number < len(old.pages) and old.pages[number].text == text:
            pages.append(old.pages[number])
        else:
            prompt = scenes.prompt_of(text, characters, model, before=before)
            pages.append(Page(text, prompt, seed_of(seed, number, model)))
        before = f"{before} {text}".strip()
    title = scenes.title_of(written.text, characters)
    cover = Page(title, scenes.cover_prompt(written.text, characters, model), seed_of(seed, COVER, model))
    if old and old.cover and old.title == title and old.cover.prompt == cover.prompt:
        cover = old.cover
    book = Book(
        idea=asked.idea,
        style=asked.style,
        text_model=asked.text_model,
        image_model=model,
        seed=seed,
        title=title,
        cover=cover,
        pages=tuple(pages),
        characters=characters,
        tokens=written.ids,
        settings=asked.settings() | {"breaks": breaks, "written": json.dumps(recipe.facts(written.recipe or {}))},
    )
    return replace(book, settings=book.settings | {"as_made": fingerprint(book)})


def notices(written: Written, book: Book) -> tuple[str, ...]:
    """What the visitor should know: of the model, and of pages that name nothing that can be drawn."""
    lines, before = [written.notice], ""
    for number, page in enumerate(book.pages, 1):
        note = scenes.note_of(page.text, book.characters, book.image_model, before)
        lines.append(note and f"Page {number}: {note}")
        before = f"{before} {page.text}".strip()
    return tuple(filter(None, lines))


def pages_of(text: str, n: int, breaks: str) -> list[str]:
    """Balanced pages of whole sentences; the first of them have as many sentences as `breaks` says, as "3 2"."""
    first, sentences = [], scenes.sentences(text)
    for count in numbers_of(breaks)[: n - 1]:
        if len(sentences) <= count:
            break  # the rest needs a page, too
        first.append(" ".join(sentences[:count]))
        sentences = sentences[count:]
    return scenes.pages_of(text, n, tuple(first))


def _breaks(text: str, old: Book) -> str:
    """How many sentences each page of `old` has that a story goes on from; see pages_of."""
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
    known = []
    for i, line in enumerate(lines.splitlines()):
        name, colon, look = (part.strip() for part in line.partition(":"))
        if name and colon and look:
            known.append(Character(name, look, seed + i))
    return tuple(known)


def seed_of(book_seed: int, number: int, model: str) -> int:
    """Of the picture of page `number`, or of the cover (-1).

    A model that draws whole scenes begins all of them with the same noise, so that they belong together; the bundled
    one is given another layout for each page.
    """
    return book_seed + 1 + number if prompts.known(model)["styles"] else book_seed
