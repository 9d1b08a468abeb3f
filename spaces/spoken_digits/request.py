"""What can be asked of the tab: a number to say, by which model and in whose voice."""

from dataclasses import dataclass
from typing import Annotated, Any

from shared.core.kinds import EMBED, Choice, Model, Seed, Text
from shared.core.request import Request
from shared.core.spoken import SPEAKERS

TASK = "spoken-digits"
ANY = "any"
MOST = 12  # digits of a number


@dataclass(frozen=True)
class Digits(Text):
    """A number to read out digit by digit. Blanks and the marks of telephone numbers and dates are passed over."""

    most: int = 40

    @property
    def wanted(self) -> str:
        return f"a number of 1 to {MOST} digits"

    def check(self, value: Any, name: str) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**MOST:
            value = str(value)
        if not isinstance(value, str):
            raise self.refused(value, name)
        text = value.translate({ord(mark): None for mark in " \t\n\u3000-–/.:,()+"})
        if not 1 <= len(text) <= MOST or not all(letter.isdecimal() for letter in text):
            raise self.refused(value, name)
        return "".join(str(int(letter)) for letter in text)  # ７ and ٧ are a 7


class Speech(Request):
    """Digit i of the number has the seed + i."""

    model: Annotated[str, Model(task=TASK, noun="model of spoken digits")] = "mel-flow-digits"
    number: Annotated[str, Digits(called="The number")] = "7"
    voice: Annotated[str, Choice((ANY, *SPEAKERS), called="The voice")] = ANY
    seed: Annotated[int, Seed()] = 0
    embed: Annotated[bool, EMBED] = True
