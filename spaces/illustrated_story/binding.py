"""A story that was written becomes a book: its pages, who is in it, and what each picture shows."""

import json
from dataclasses import replace

from shared import recipe
from shared.engines.diffusion import prompts

from . import forks, scenes, who
from .book import COVER, Book, Character, Page
from .records import fingerprint
from .request import Story, numbers_of
from .writing import Written


def bound(written: Written, asked: Story, old: Book | None = None) -> Book:
    """The pages of a story, each with its prompt and no picture yet. Those that read as in `old` are taken from it."""
    seed, model = asked.seed, asked.image_model
    breaks = _breaks(written.text, old) if old else asked.breaks
    known = who.read(asked.characters, seed)
    characters = scenes.cast_of(written.text, asked.told, known, seed, model)
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
        settings=asked.settings()
        | {
            "breaks": breaks,
            "written": json.dumps(recipe.facts(written.recipe or {})),
        },
    )
    book = forks.marked(book)
    return replace(book, settings=book.settings | {"as_made": fingerprint(book)})


def recast(book: Book, characters: tuple[Character, ...]) -> Book:
    """With this cast, as if it had been chosen before the story was bound: what `bound` makes of its lines."""
    settings = book.settings | {"characters": who.written(characters)}
    before, pages = "", []
    for page in book.pages:
        prompt = scenes.prompt_of(page.text, characters, book.image_model, before=before)
        pages.append(replace(page, prompt=prompt))
        before = f"{before} {page.text}".strip()
    cover = book.cover and replace(book.cover, prompt=scenes.cover_prompt(before, characters, book.image_model))
    new = replace(book, cover=cover, pages=tuple(pages), characters=characters, recipe=None)
    return replace(new, settings=settings | {"as_made": fingerprint(new)})


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


def seed_of(book_seed: int, number: int, model: str) -> int:
    """Of the picture of page `number`, or of the cover (-1).

    A model that draws whole scenes begins all of them with the same noise, so that they belong together; the bundled
    one is given another layout for each page.
    """
    return book_seed + 1 + number if prompts.known(model)["styles"] else book_seed
