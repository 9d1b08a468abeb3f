"""What can be asked of the tab: a text, and the model that judges it or the way it is summed up."""

import re
from typing import Annotated, Literal, Self

from shared.core import hanzi
from shared.core.errors import UserError
from shared.core.kinds import Model, Text, Whole
from shared.core.request import Request, Requests

TASK, SUMMARY = "sentiment", "summary"
LEXRANK = "lexrank"  # its own sentences, the most central of them; needs no weights
CHINESE = ("mt5-xlsum",)  # models that have read Chinese
MOST = 5000  # characters
REVIEW = (
    "The story starts slowly, and the first half hour is dull. Then the old lighthouse keeper appears, and everything "
    "changes. His scenes with the girl are funny, warm and beautifully acted. The ending is a little too sweet. Still, "
    "I left the cinema happier than I had been in weeks."
)
FIRST = "Write a text first: one sentence is enough."
Written = Annotated[str, Text(MOST, lines=7, called="The text")]


class Judgement(Request):
    what: Literal["sentiment"] = "sentiment"
    text: Written = REVIEW
    model: Annotated[str, Model(task=TASK, noun="model that judges texts")] = "naive-bayes-reviews"

    def fitted(self) -> Self:
        if not self.text:
            raise UserError(FIRST)
        if not re.search(r"[A-Za-z]{2}", self.text):
            raise UserError("These models have read English only: write the text in English.")
        return self


class Summary(Request):
    what: Literal["summary"] = "summary"
    text: Written = REVIEW
    summarizer: Annotated[str, Model(task=SUMMARY, options=(LEXRANK,), noun="way to sum up")] = LEXRANK
    sentences: Annotated[int, Whole(1, 12, called="The number of sentences")] = 2

    def fitted(self) -> Self:
        if not re.search(r"\w", self.text):
            raise UserError(FIRST)
        if self.summarizer not in (LEXRANK, *CHINESE) and hanzi.is_chinese(self.text):
            raise UserError("This model has read English only; lexrank and mt5-xlsum sum up Chinese, too.")
        return self


REQUESTS = Requests(Judgement, Summary)
