"""Pictures for the pages of a book, one page at a time.

    for number, page in drawn(book, [-1, 0, 1], stop):
        book = book.with_page(number, page)

A small model that draws one thing on white paper (one with a vocabulary, see shared/engines/diffusion/prompts.py) gives
cut-out figures on painted backgrounds: a character's figure is drawn once and stands on all its pages. Any other model
gets the scene in words, with the style behind it, and a page begins from the first one that shows the same character.
"""

import io
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import repeat, takewhile

from shared import recipe
from shared.core.errors import UserError
from shared.core.registry import Picture
from shared.engines.diffusion import limits, prompts
from shared.engines.diffusion.pixels import pictures_of, tensor_of

from .. import scenes, tables
from .. import who as names
from ..book import COVER, Book, Character, Page
from ..request import TAB
from ..scenes import people, places
from . import stage
from .figures import Figure, seed_of
from .stage import HEIGHT, WIDTH

LIBRARIES = ("torch", "diffusers", "transformers", "tokenizers", "numpy", "scipy", "pillow")
MOST_FIGURES = 5  # on one page
STRENGTH = 0.8  # how far a page of a large model goes from the page it begins from


def drawn(book: Book, numbers: Iterable[int], stop: threading.Event | None = None) -> Iterator[tuple[int, Page]]:
    """Yields (number, page with picture, alt, likeness where figures are composed, recipe) in the order asked for.

    Ends within a pass of the network once `stop` is set; what was yielded before is whole. A page's picture does not
    depend on what else is asked for. Errors: UserError, a sentence, for an unknown model or page.
    """
    from shared.core import loaders
    from shared.core.threads import use_physical_cores

    numbers, stop = list(dict.fromkeys(numbers)), stop or threading.Event()
    for number in numbers:
        _page(book, number)
    limits.of(book.image_model)  # says so where there is no such model, before anything is loaded
    for _ in loaders.prepare(book.image_model, stop=stop):
        pass
    if stop.is_set():
        return
    with loaders.use(book.image_model) as loaded:
        use_physical_cores()
        way = _composed if composes(loaded.spec.name) else _painted
        with closing(way(book, numbers, loaded, stop)) as pages:
            yield from pages


def composes(model: str) -> bool:
    """Whether a page is composed of figures, since the model draws one thing at a time."""
    return bool(prompts.known(model)["names"])


def _page(book: Book, number: int) -> Page:
    page = book.cover if number == COVER else book.pages[number] if 0 <= number < len(book.pages) else None
    if page is None:
        raise UserError("This book has no cover." if number == COVER else f"This book has no page {number + 1}.")
    return page


# ---- figures on a backdrop -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cast:
    """Who and what stands on a page, and where that is."""

    scene: scenes.Scene
    figures: tuple[tuple[scenes.Thing, Figure], ...]

    @property
    def wanted(self) -> set[Figure]:
        return {figure for _, figure in self.figures}


def cast_of(page: Page, book: Book, model: str) -> Cast:
    """All of the book's cast have their own seeds on every page; everything else has one of this page's."""
    scene = scenes.read(page.prompt, model, book.characters)
    known = {one.name: one for one in book.characters}
    figures = []
    for thing in scene.things:
        who = known.get(thing.character)
        style = _style((who and who.style) or book.style, model)
        name = COLOURED.get(thing.name, thing.name) if thing.colour else thing.name
        name, style = POOR.get((style, name), (name, style))
        looks = _haired(name, style, who, model) if who and not thing.colour else name
        drawn, prompt = replace(thing, name=name), f"{thing.colour} {looks}".strip()
        for k in range(max(1, thing.count)):
            figures.append((drawn, Figure(prompt, style, who.seed if who else seed_of(page.seed, prompt, k))))
    return Cast(scene, tuple(figures[:MOST_FIGURES]))


# (style, name) that the bundled model draws poorly -> what is drawn for it: {("twemoji", "dog"): ("dog", "noto")}
POOR = {
    (style, name): (name, drawn_in)
    for style, row in stage.TABLES["unseen"].items()
    for drawn_in, names in tables.lists(row).items()
    for name in names
} | {
    (style, name): (instead, drawn_in)
    for style, row in stage.TABLES["poor"].items()
    for name, (instead, drawn_in) in row.items()
}


# Two women of a book are not twins (see hair.py): style -> {name: what it may be drawn as}.
HAIR = {style: tables.lists(row) for style, row in stage.TABLES["hair"].items()}


def _haired(name: str, style: str, who: Character, model: str) -> str:
    """A man or a woman by the prompt for the cut of hair that belongs to a character's seed."""
    vocabulary = prompts.known(model)
    known = [look for look in HAIR.get(style, {}).get(name, ()) if look in (*vocabulary["names"], *vocabulary["more"])]
    return known[who.seed % len(known)] if known else name


# What is drawn in a colour: a red soccer ball is black and white.
COLOURED: dict[str, str] = stage.TABLES["coloured"]


def _style(style: str, model: str) -> str:
    """The style asked for, or the model's first: figures of one page must match."""
    known = prompts.styles(model)
    return style if style in known else known[0]


def _composed(book: Book, numbers: list[int], loaded, stop) -> Iterator[tuple[int, Page]]:
    from shared.core.threads import cores

    from . import figures

    casts = {number: cast_of(_page(book, number), book, loaded.spec.name) for number in numbers}
    since = time.monotonic()

    def staged(number: int, pictures: dict) -> Page | None:
        return None if stop.is_set() else _staged(book, number, casts[number], pictures, loaded, since)

    # The figures of the first page alone, so that there is soon something to look at; then those of all others.
    for part in filter(None, (numbers[:1], numbers[1:])):
        waiting = list(part)
        wanted = [figure for number in part for _, figure in casts[number].figures]
        with closing(figures.drawn(loaded, wanted, stop)) as batches, ThreadPoolExecutor(cores()) as pool:
            for pictures in batches:
                ready = list(takewhile(lambda number, has=pictures: casts[number].wanted <= has.keys(), waiting))
                for page in pool.map(staged, ready, repeat(pictures)):
                    if page is None:
                        return
                    yield waiting.pop(0), page
                    since = time.monotonic()
        if stop.is_set():
            return


def _staged(book: Book, number: int, cast: Cast, pictures: dict, loaded, since: float) -> Page:
    from . import compose, figures, hair, likeness

    page, scene = _page(book, number), cast.scene
    known = {who.name: who for who in book.characters}
    parts = []
    for thing, figure in cast.figures:
        who = known.get(thing.character)
        colour = hair.colour_of(who, thing.name, figure.style) if who and not thing.colour else ""
        picture = hair.tinted(pictures[figure], colour)
        parts.append(compose.Part(thing.name, picture, thing.leads, figure.seed, thing.size))
    place = scene.place if scene.place in places.PLACES else places.DEFAULT
    layout = seed_of(page.seed, page.prompt, page.text)  # two pages of one prompt are not the same picture
    room = seed_of(book.seed, place) if place in places.INDOORS else None  # the same kitchen on all pages
    whole = compose.composed(parts, place, scene.time, layout, number == COVER, room)
    alike = [
        likeness.figure_on(whole.picture, box, mirrored, part.picture)
        for (thing, _), part, box, mirrored in zip(cast.figures, parts, whole.where, whole.mirrored, strict=True)
        if thing.character
    ]
    heads = tuple(
        (thing.character, round((left + right) / 2 / WIDTH, 4), round(max(0, top) / HEIGHT, 4))
        for (thing, _), (left, top, right, _) in zip(cast.figures, whole.where, strict=True)
        if thing.leads
    )
    alt = alt_of(scene, book.characters)
    done = _finished(book, number, whole.picture, loaded, since, alt, min(alike, default=None))
    named = [(thing.name, pictures[figure]) for thing, figure in cast.figures]
    return replace(done, heads=heads, recognised=tuple(figures.recognised(loaded, named)))


NUMBERS = ("no", "a", "two", "three")


def alt_of(scene: scenes.Scene, characters: Iterable[Character]) -> str:
    """What is on the page, in a sentence: "Lily the girl and a red ball in the park at night."."""
    said = []
    for thing in scene.things:
        noun = f"{thing.colour} {people.spoken(thing.name)}".strip()
        if thing.character:
            known = noun.split()[-1].lower() in thing.character.lower()
            said.append(thing.character if known else f"{thing.character} the {noun}")
        elif thing.count > 1:
            said.append(f"{NUMBERS[min(thing.count, 3)]} {noun if noun.endswith('s') else noun + 's'}")
        else:
            said.append(("an " if noun[:1].lower() in "aeiou" else "a ") + noun)
    where = places.phrase_of(scene.place if scene.place in places.PLACES else places.DEFAULT, scene.time)
    listed = " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]])) or "An empty scene"
    return f"{listed[:1].upper()}{listed[1:]} {where}."


# ---- a whole scene -------------------------------------------------------------------------------------------------


def _painted(book: Book, numbers: list[int], loaded, stop) -> Iterator[tuple[int, Page]]:

    from shared.engines.diffusion import engine

    painter, model = loaded.model, loaded.spec.name
    own = limits.of(model)
    width, height = _size(own)
    for number in numbers:
        since, page = time.monotonic(), _page(book, number)
        on_page = shown(page, scenes.lead(book.characters))
        first = _first(book, number, on_page)
        source = None
        if first is not None:
            source = painter.encode(tensor_of(_opened(_page(book, first)).resize((width, height))))
        prompt = prompts.prompted(
            with_looks(page.prompt, on_page), book.style if book.style in prompts.styles(model) else "", model
        )
        plan = engine.Plan(
            turns=(engine.Turn(0, prompt, "", own.guidance),),
            width=width,
            height=height,
            steps=own.steps,
            scheduler=own.scheduler,
            seeds=(page.seed,),
            source=source,
            strength=1.0 if source is None else min(STRENGTH, 1 - 1 / max(2, own.steps)),
        )
        last = None
        with closing(engine.denoise(painter, plan, brake=stop)) as steps:
            for step in steps:
                last = step
        if stop.is_set() or last is None:
            return
        pixels, _ = painter.safe(painter.decode(last.x))
        picture = _page_shaped(pictures_of(pixels)[0])
        done = _finished(book, number, picture, loaded, since, page.prompt.strip().rstrip(".") + ".", None)
        book = book.with_page(number, done)
        yield number, done


def shown(page: Page, characters: Iterable[Character], model: str = "") -> list[Character]:
    """Those on the picture of a page, whose name or look is in the prompt. model: one whose figures are composed."""
    said, there = page.prompt.lower(), set()
    if model and composes(model):  # "a ball" is the ball of the cast
        there = {thing.character for thing in scenes.read(page.prompt, model, tuple(characters)).things}
    said_of = [(one, one.look.strip().lower()) for one in characters]
    return [one for one, look in said_of if one.name in there or one.name.lower() in said or (look and look in said)]


def outdated(book: Book, number: int) -> bool:
    """Whether the picture of a page shows something else than what the page says by now."""
    page = _page(book, number)
    made = (page.recipe or {}).get("settings") or {}
    if not page.picture or not made.get("page_prompt"):
        return False  # nothing is known of a picture from elsewhere
    text, prompt = as_drawn(book, page)
    told = number != COVER and text != page.text  # a title is not on the picture
    if told or prompt != page.prompt or made.get("page_seed") != page.seed:
        return True
    then = _looks(made)
    return any(_look(one) not in then for one in shown(page, book.characters, book.image_model))


def as_drawn(book: Book, page: Page) -> tuple[str | None, str | None]:
    """The text and the prompt that the picture of a page was drawn for, in the names of now: another name is no other
    picture. None where that is not known."""
    made = (page.recipe or {}).get("settings") or {}
    text, prompt, then = made.get("page_text"), made.get("page_prompt"), _looks(made)
    for one in book.characters:
        before = replace(one, name=then.get(_look(one)) or one.name)
        if before.name != one.name and text and prompt:
            text = names.renamed(text, before.name, one.name)
            prompt = scenes.recast(prompt, before, one, book.image_model)
    return text, prompt


def _looks(made: dict) -> dict[str, str]:
    """look, seed and style of each character -> the name, of the settings of a picture."""
    return {look: name for name, _, look in (line.partition("; ") for line in made.get("characters") or ())}


def _line(one: Character) -> str:
    return f"{one.name}; {_look(one)}"


def _look(one: Character) -> str:
    return "; ".join([one.look, str(one.seed), *filter(None, [one.style])])


def with_looks(prompt: str, characters: list[Character]) -> str:
    """The prompt with the looks of those whom it only names."""
    missing = [f"{one.name}: {one.look}" for one in characters if one.look.lower() not in prompt.lower()]
    return ", ".join([prompt, *missing])


def _first(book: Book, number: int, on_page: list[Character]) -> int | None:
    """The first page that has a picture of the most important character here; None where this is the first itself."""
    if not on_page:
        return None
    for other in (COVER, *range(len(book.pages))):
        page = book.cover if other == COVER else book.pages[other]
        if other == number:
            return None
        if page is not None and page.picture and on_page[0] in shown(page, [on_page[0]]):
            return other
    return None


def _size(own: Picture) -> tuple[int, int]:
    """Width and height that a model draws well at, in the shape of a page where it can."""
    low, high, multiple = own.sizes
    width = own.width
    height = round(width * HEIGHT / WIDTH / multiple) * multiple
    return (width, height) if low <= height <= high else (own.width, own.height)


def _page_shaped(picture):
    from PIL import Image, ImageOps

    return ImageOps.fit(picture, (WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _opened(page: Page):
    from PIL import Image

    return Image.open(io.BytesIO(page.picture), formats=["PNG"]).convert("RGB")


# ---- both ----------------------------------------------------------------------------------------------------------


def _finished(book: Book, number: int, picture, loaded, since: float, alt: str, alike: float | None) -> Page:
    page = _page(book, number)
    settings = {
        "idea": book.idea[: recipe.MAX_TEXT],
        "pages": len(book.pages),
        "style": book.style,
        "text_model": book.text_model,
        "image_model": loaded.spec.name,
        "seed": book.seed,
        "page": number + 1,  # 0 is the cover
        "page_text": page.text,
        "page_prompt": page.prompt,
        "page_seed": page.seed,
        "characters": [_line(one) for one in book.characters],
    }
    record = recipe.make(TAB, loaded, settings, picture, time.monotonic() - since, LIBRARIES)
    file = io.BytesIO()
    picture.save(file, "PNG")
    png = recipe.embed_bytes(file.getvalue(), record)
    return replace(page, picture=png, alt=alt, likeness=alike, recipe=record)
