"""What can be asked of the tab: a text, the model that translates it, and how many beams."""

import re
from typing import Annotated, Self

from shared.core import hanzi, registry
from shared.core.errors import UserError
from shared.core.kinds import Model, Text, Whole
from shared.core.registry.translation import INTO_CHINESE, INTO_ENGLISH
from shared.core.request import Request

TASKS = (INTO_CHINESE, INTO_ENGLISH)
MOST = 1000  # characters
READS = {INTO_CHINESE: "English", INTO_ENGLISH: "Chinese"}
TEXT = "Lily is afraid of dogs. She likes to swim in the river. The cat is sleeping under the table."


class Translation(Request):
    text: Annotated[str, Text(MOST, lines=5, called="The text")] = TEXT
    model: Annotated[str, Model(task=TASKS, noun="translator")] = "marian-en-zh"
    beams: Annotated[int, Whole(1, 8, called="The number of beams")] = 4

    def fitted(self) -> Self:
        if not re.search(r"\w", self.text):
            raise UserError("Write a text first: one sentence is enough.")
        found = "Chinese" if hanzi.is_chinese(self.text) else "English"
        reads = READS[registry.spec(self.model).task]
        if found != reads:
            raise UserError(f"The text is {found}, and this model reads {reads}: choose one that reads {found}.")
        return self
