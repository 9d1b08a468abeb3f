"""What can be asked of the tab: one opening, gone on with before and after a reward has steered the storyteller."""

from typing import Annotated, Self

from shared.core import registry
from shared.core.errors import UserError
from shared.core.kinds import MOST_SEED, Choice, Number, Seed, Text, Whole
from shared.core.request import Request
from shared.engines.text import language

TAB = "feedback"
MOST_PROMPT = 1000
MOST_TEXTS = 4
ADAPTERS = tuple(row.name for row in registry.SPECS if row.base)
PROMPT = "Once upon a time, there was a little fox named Lily. One day, she found a red ball in the forest."


class Telling(Request):
    prompt: Annotated[str, Text(MOST_PROMPT, lines=4, called="The opening")] = PROMPT
    adapter: Annotated[str, Choice(ADAPTERS, noun="adapter")] = ADAPTERS[0]
    n: Annotated[int, Whole(1, MOST_TEXTS, called="How many", words="how_many")] = 2
    max_new_tokens: Annotated[int, Whole(20, 200, called="The length", words="length", step=10)] = 100
    temperature: Annotated[float, Number(0.1, 2, called="The temperature", step=0.1)] = 0.8
    seed: Annotated[int, Seed(most=MOST_SEED - MOST_TEXTS)] = 1

    def fitted(self) -> Self:
        if not self.prompt:
            raise UserError("Write an opening first: a sentence is enough.")
        language.check(registry.spec(self.adapter), self.prompt)
        return self
