"""What a visitor of the text tab asks for, checked. Defaults are those of the endpoint, `start` those of the page."""

from dataclasses import fields
from typing import Annotated, Literal, Self

from shared.core import registry
from shared.core.errors import UserError
from shared.core.kinds import MOST_SEED, NEW, Model, Number, Seed, Text, Whole
from shared.core.registry.remote import TEXT as REMOTE
from shared.core.request import Request
from shared.engines.text import language
from shared.engines.text.sampling import MOST_PROMPT, Sampling

PROMPT = "Once upon a time, there was a little fox who"
COMPARE = "compare"  # in place of a model: these three, side by side
GENERATIONS = ("ngram-stories", "lstm-stories", "gpt2-stories")
MOST_SAMPLES = 4  # side by side
MOST_NEW = 1000  # tokens
MOST_KEPT = 2_000  # tokens that stand already; their ids must fit into a recipe
SAMPLED = {field.name for field in fields(Sampling)} - {"stop"}


class Writing(Request):
    """Texts to write, or to go on with."""

    prompt: Annotated[str, Text(MOST_PROMPT, lines=3, strip=False, called="The prompt")] = PROMPT
    model: Annotated[str, Model((COMPARE,), task=("text", REMOTE), any_id=True)] = "gpt2-stories"
    max_new_tokens: Annotated[int, Whole(1, MOST_NEW, start=300)] = 80
    num_return_sequences: Annotated[int, Whole(1, MOST_SAMPLES, words="how_many")] = 1
    num_beams: Annotated[int, Whole(1, 8)] = 1
    temperature: Annotated[float, Number(0, 2, 0.05, start=0.7)] = 0.8
    top_k: Annotated[int, Whole(0, 1000)] = 50
    top_p: Annotated[float, Number(0.05, 1, 0.01)] = 0.95
    min_p: Annotated[float, Number(0, 1, 0.01)] = 0.0
    # The page begins without a penalty: with one, a small model turns the fox into a rabbit in the third sentence,
    # because "fox" has been said so often.
    repetition_penalty: Annotated[float, Number(1, 2, 0.05, start=1.0)] = 1.1
    no_repeat_ngram_size: Annotated[int, Whole(0, 10)] = 0
    stop: Annotated[str, Text(4_000, strip=False, optional=True, words="stop_at", example="The end")] = ""
    seed: Annotated[int, Seed(most=MOST_SEED - MOST_SAMPLES, start=NEW)] = 0
    precision: Literal["fast", "exact"] = "fast"
    kept: Annotated[str, Text(100_000, hidden=True)] = ""  # "12 7|12 9": the tokens that stand already, of each text
    lengths: Annotated[str, Text(100, hidden=True)] = ""  # "80,0": the most new ones, of each; 0: it has ended

    def fitted(self) -> Self:
        fits = self.model_copy(update={"num_return_sequences": 1}) if self.model == COMPARE else self
        for name in fits.models:
            language.check(registry.spec(name), fits.prompt)
        fits._fits_elsewhere()
        fits.sampling().check()
        fits.standing()
        fits.most_new()
        return fits

    def _fits_elsewhere(self) -> None:
        """Errors: UserError for what a server on another machine cannot be asked."""
        if not self.elsewhere:
            return
        title = registry.spec(self.model).title
        if self.num_beams > 1 or self.no_repeat_ngram_size:
            raise UserError(f"{title} knows no beams and no rule against n-grams: set Beams to 1 and the rule to 0.")
        if self.kept or self.lengths:
            raise UserError(f"{title} goes on from a text, not from tokens; give it the text as the prompt.")

    @property
    def elsewhere(self) -> bool:
        """Whether another machine writes."""
        return self.model == REMOTE

    @property
    def models(self) -> tuple[str, ...]:
        return GENERATIONS if self.model == COMPARE else (self.model,)

    @property
    def texts(self) -> int:
        """How many stand side by side."""
        return max(len(self.models), self.num_return_sequences)

    def sampling(self) -> Sampling:
        lines = self.stop.split("\n")  # one on each line; a written \\n is a line break to stop at
        stop = tuple(line.replace("\\n", "\n") for line in lines if line) or tuple(filter(None, [self.stop]))
        return Sampling(**self.model_dump(include=SAMPLED), stop=stop)

    def standing(self) -> list[tuple[int, ...]]:
        """The ids of the tokens that stand already, of each text."""
        try:
            found = [tuple(int(one) for one in part.split()) for part in self.kept.split("|")] if self.kept else []
        except ValueError:
            raise UserError("The tokens to go on from must be whole numbers.") from None
        if found and len(found) != self.texts:
            raise UserError(f"There are {len(found)} texts to go on from, and {self.texts} asked for.")
        if any(len(ids) > MOST_KEPT for ids in found):
            raise UserError(f"This text is longer than {MOST_KEPT:,} tokens and cannot go on; start a new one.")
        return found or [()] * self.texts

    def most_new(self) -> list[int]:
        """How many tokens may be written, of each text. Where one was stopped by hand, as many as it then had."""
        if not self.lengths:
            return [self.max_new_tokens] * self.texts
        parts = self.lengths.split(",")
        if len(parts) != self.texts or not all(one.strip().isdecimal() and int(one) <= MOST_NEW for one in parts):
            raise UserError("The lengths must be one whole number for each text.")
        return [int(one) for one in parts]


class Place(Request):
    """A place in a text, whose token is in question."""

    text: Annotated[str, Text(MOST_PROMPT, strip=False, called="The text", words="place_text", example=PROMPT)]
    model: Annotated[str, Model(task="text", any_id=True)] = "gpt2-stories"
    position: Annotated[int, Whole(-1, MOST_PROMPT, called="The position", words="place_position")] = -1
    n: Annotated[int, Whole(1, 100, words="place_n")] = 10
