"""What can be asked of the illustrated story: its settings and their checks."""

import secrets

from shared import recipe
from shared.core import registry
from shared.core.asked import number, whole
from shared.core.errors import UserError
from shared.engines.diffusion import prompts

from .book import MOST_PAGES

TAB = "illustrated_story"
TEXT, PICTURES = "text", "text-to-image"
ANY_SEED = -1  # a new one
MOST_SEED = recipe.MAX_WHOLE - 1000  # each page counts on from it
MOST_IDEA = 2_000  # characters; a story model reads about as many
MOST_TEXT = 3_000  # of one page, in characters: what a page of large type cannot hold is no page
MOST_PROMPT = 600
MOST_WHO = 600

DEFAULTS = {
    "idea": "A fox who is afraid of the dark",
    "pages": 4,
    "style": "twemoji",  # flat shapes: of all, the small model draws them best
    "text_model": "gpt2-stories",
    "image_model": "emoji-diffusion",
    "seed": 0,
    "characters": "",  # one a line, "Mia: a girl with red hair": who shall look how
    "temperature": 0.7,
    "kept": "",  # tokens of the story that stand already, after a word of it was changed
    "breaks": "",  # and how many sentences the pages have that stay as they are
}
SETTINGS = tuple(DEFAULTS)


def new_seed() -> int:
    return secrets.randbelow(100_000)


def styles(image_model: str) -> list[str]:
    """What the model offers, the best first; one that draws in styles of its own always draws in one of them.

    Errors: UserError.
    """
    known = prompts.known(_picture_model(image_model))
    return sorted(known["styles"], key=lambda style: style != DEFAULTS["style"]) or ["", *prompts.styles(image_model)]


def checked(settings: dict) -> dict:
    """The settings, whole and of the right types. Errors: UserError with one sentence."""
    given = DEFAULTS | {name: value for name, value in settings.items() if value is not None}
    found = {name: JUDGES[name](given[name]) for name in SETTINGS}
    offered = styles(found["image_model"])
    if not found["style"]:
        found["style"] = offered[0]
    if found["style"] not in offered:
        raise UserError(f"This model has no style “{found['style'][:40]}”; it has {', '.join(filter(None, offered))}.")
    return found


def text(value, name: str, most: int) -> str:
    """Errors: UserError."""
    if not isinstance(value, str):
        raise UserError(f"The {name} must be a text.")
    if len(value) > most:
        raise UserError(f"The {name} has {len(value):,} characters; up to {most:,} are taken here.")
    # Half of a pair of UTF-16, which no file can hold, becomes a question mark.
    return value.encode("utf-8", "replace").decode().replace("\0", " ").strip()


def _idea(value) -> str:
    found = text(value, "idea", MOST_IDEA)
    if not any(map(str.isalpha, found)):
        raise UserError("Write an idea first: who the story is about, or how it begins.")
    return found


def _text_model(value) -> str:
    name = str(value or "").strip()
    known = registry.names(TEXT)
    if name not in known:
        raise UserError(f"There is no text model called “{name[:60]}”; there are: {', '.join(known)}.")
    return name


def _picture_model(value) -> str:
    name = str(value or "").strip()
    known = registry.names(PICTURES)
    if name not in known:
        raise UserError(f"There is no picture model called “{name[:60]}”; there are: {', '.join(known)}.")
    return name


def seed(value) -> int:
    if value == ANY_SEED and not isinstance(value, bool):
        return new_seed()
    return whole(value, "The seed", 0, MOST_SEED)


JUDGES = {
    "idea": _idea,
    "pages": lambda value: whole(value, "The number of pages", 1, MOST_PAGES),
    "style": lambda value: text(value, "style", 100),
    "text_model": _text_model,
    "image_model": _picture_model,
    "seed": seed,
    "characters": lambda value: text(value, "list of characters", MOST_WHO),
    "temperature": lambda value: number(value, "How daring", 0, 1.5),
    "kept": lambda value: text(value, "story so far", recipe.MAX_TEXT),
    "breaks": lambda value: text(value, "list of page breaks", 100),
}
