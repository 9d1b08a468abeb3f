"""What can be asked of the tab: a text and the model that judges it."""

import re
from typing import Annotated, Self

from shared.core.errors import UserError
from shared.core.kinds import Model, Text
from shared.core.request import Request

TASK = "sentiment"
MOST = 5000  # characters
REVIEW = (
    "The story starts slowly, and the first half hour is dull. Then the old lighthouse keeper appears, and everything "
    "changes. His scenes with the girl are funny, warm and beautifully acted. The ending is a little too sweet. Still, "
    "I left the cinema happier than I had been in weeks."
)


class Judgement(Request):
    text: Annotated[str, Text(MOST, lines=7, called="The text")] = REVIEW
    model: Annotated[str, Model(task=TASK, noun="model that judges texts")] = "naive-bayes-reviews"

    def fitted(self) -> Self:
        if not self.text:
            raise UserError("Write a text first: one sentence is enough.")
        if not re.search(r"[A-Za-z]{2}", self.text):
            raise UserError("These models have read English only: write the text in English.")
        return self
