"""What can be asked of the tab: a picture with the words that it is held against."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import SkipValidation

from shared.core.errors import UserError
from shared.core.kinds import Model, Text
from shared.core.request import Request

from .pictures import PictureText

TASK = "picture-text"
READER_TASK = "digits-reader"
MOST_LABELS, LONGEST = 12, 80  # labels, and characters of each
LABELS = "fox, butterfly, bird, dog, castle"
BOTH = "picture:48"  # a fox and a butterfly: two words look at two halves


@dataclass(frozen=True)
class Labels(Text):
    """Words or short descriptions, with commas or lines between."""

    most: int = 1000

    def check(self, value: Any, name: str) -> str:
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            value = ", ".join(value)
        found = labels_of(super().check(value, name))
        if not found:
            raise UserError("Write at least one label: words or short descriptions, with commas between.")
        if len(found) > MOST_LABELS:
            raise UserError(f"These are {len(found)} labels; up to {MOST_LABELS} are compared at once.")
        if any(len(label) > LONGEST for label in found):
            raise UserError(f"A label may have up to {LONGEST} characters; put commas between labels.")
        return ", ".join(found)


def labels_of(text: str) -> list[str]:
    """Each label once, in their order."""
    parts = (" ".join(part.split()) for part in re.split(r"[,，、;；\n]", text))
    return list(dict.fromkeys(part for part in parts if part))


MODEL = Model(task=TASK, noun="model that compares pictures with words")


class Looking(Request):
    # SkipValidation: pydantic would make a plain text of what was seen.
    picture: Annotated[str, SkipValidation, PictureText(called="The picture")] = BOTH
    labels: Annotated[str, Labels(lines=2, called="The labels")] = LABELS
    model: Annotated[str, MODEL] = "clip-emoji"

    def fitted(self) -> Self:
        english(self.labels)
        return self


class Scoring(Request):
    picture: Annotated[str, SkipValidation, PictureText(called="The picture")] = BOTH
    text: Annotated[str, Text(LONGEST, called="The text")] = "a fox and a butterfly"
    model: Annotated[str, MODEL] = "clip-emoji"

    def fitted(self) -> Self:
        if not self.text:
            raise UserError("Write a text first: a word is enough.")
        english(self.text)
        return self

    def label(self) -> str:
        """The text as one label."""
        return " ".join(re.sub(r"[,，、;；\n]", " ", self.text).split())[:LONGEST]


def english(text: str) -> None:
    """UserError for a text that these models cannot read at all."""
    if not re.search(r"[A-Za-z0-9]", text):
        raise UserError("These models have read English only: write the words in English.")
