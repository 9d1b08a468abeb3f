"""What can be asked of the illustrated story."""

from dataclasses import dataclass
from typing import Annotated, Any, Self

from shared import recipe
from shared.core import registry
from shared.core.errors import UserError
from shared.core.kinds import NEW, Choice, Model, Number, Seed, Text, Whole
from shared.core.registry.translation import INTO_CHINESE
from shared.core.request import Request
from shared.engines.diffusion import prompts
from shared.engines.text import language

from .book import LANGUAGES, LAYOUTS, MOST_PAGES, language_for

TAB = "illustrated_story"
TEXT, PICTURES = "text", "text-to-image"
MOST_WHO, MOST_LOOK = 8_000, 600  # characters: of who looks how, and of one look
# Of a page, in characters: what a page of large type cannot hold is no page.
PAGE_TEXT, TITLE = Text(3_000, called="The page"), Text(300, called="The title")
PROMPT, LOOK = Text(600, called="The picture's description"), Text(MOST_LOOK, called="The look")
NAME = Text(60, called="The name")
SEED = Seed(most=recipe.MAX_WHOLE - 1000, start=NEW)  # each page counts on from it
WORD_TABLE = "word-table"  # a translator without weights
WHO = "Mia: a girl with red hair"  # see who.py
FIRST_STYLE = "twemoji"  # flat shapes: of all, the small model draws them best


@dataclass(frozen=True)
class Idea(Text):
    def check(self, value: Any, name: str) -> str:
        text = super().check(value, name)
        if not any(map(str.isalpha, text)):
            raise UserError("Write an idea first: who the story is about, or how it begins.")
        return text


@dataclass(frozen=True)
class Numbers(Text):
    """Whole numbers with spaces between them."""

    def check(self, value: Any, name: str) -> str:
        text = super().check(value, name)
        numbers_of(text)
        return text


def numbers_of(text: str) -> list[int]:
    """Errors: UserError."""
    if not all(number.isascii() and number.isdigit() and len(number) < 8 for number in text.split()):
        raise UserError("What a story goes on from must be whole numbers.")
    return [int(number) for number in text.split()]


class Story(Request):
    """A picture book."""

    # A story model reads about as many characters of an idea.
    idea: Annotated[str, Idea(2_000, lines=3, called="The idea")] = "A fox who is afraid of the dark"
    pages: Annotated[int, Whole(1, MOST_PAGES, called="The number of pages")] = 4
    # "": what the model draws best
    style: Annotated[str, Text(100, called="The style", optional=True, example=FIRST_STYLE)] = ""
    text_model: Annotated[str, Model(task=TEXT, noun="text model")] = "gpt2-stories"
    image_model: Annotated[str, Model(task=PICTURES, noun="picture model")] = "emoji-diffusion"
    seed: Annotated[int, SEED] = 0
    characters: Annotated[str, Text(MOST_WHO, lines=2, called="The list of characters", example=WHO)] = ""
    temperature: Annotated[float, Number(0, 1.5, step=0.05, called="How daring")] = 0.7
    language: Annotated[str, Choice(options=LANGUAGES, called="The language of the book")] = LANGUAGES[0]
    translator: Annotated[str, Model(task=INTO_CHINESE, options=(WORD_TABLE,), noun="translator")] = WORD_TABLE
    english: Annotated[str, Text(2_000, called="The idea in English", hidden=True)] = ""  # where it was translated
    # Tokens of the story that stand already, after a word of it was changed, and how many sentences the pages have
    # that stay as they are.
    kept: Annotated[str, Numbers(recipe.MAX_TEXT, called="The story so far", hidden=True)] = ""
    layout: Annotated[str, Choice(options=LAYOUTS, called="The layout", hidden=True)] = LAYOUTS[0]
    breaks: Annotated[str, Numbers(100, called="The list of page breaks", hidden=True)] = ""

    def fitted(self) -> Self:
        spec = registry.spec(self.text_model)
        if spec.bundled and language.foreign(self.idea) and not self.chinese:
            raise UserError(f"{spec.title} writes English only: write the idea in English, or in Chinese.")
        offered = styles(self.image_model)
        style = self.style or offered[0]
        if style not in offered:
            raise UserError(f"This model has no style “{style[:40]}”; it has {', '.join(filter(None, offered))}.")
        return self.model_copy(update={"style": style})

    @property
    def chinese(self) -> bool:
        """Whether the idea has to be translated."""
        return language.of(self.idea) == "zh"

    @property
    def told(self) -> str:
        """The idea in English, as far as it is known."""
        return self.english or self.idea

    @property
    def spoken(self) -> str:
        """english, chinese or both: the words of the book."""
        return language_for(self.language, self.idea)


def styles(image_model: str) -> list[str]:
    """What the model offers, the best first; one that draws in styles of its own always draws in one of them."""
    known = prompts.known(image_model)
    return sorted(known["styles"], key=lambda style: style != FIRST_STYLE) or ["", *prompts.styles(image_model)]
