"""What a reader can set about a text: the presets with names people understand, and the controls.

A dial is a row: name in the recipe, default, range. Its label and its one-line hint are the words
`text_NAME` and `text_NAME_hint` of translations.py.
"""

from dataclasses import dataclass

MOST_SAMPLES = 4  # side by side
PROMPT = "Once upon a time, there was a little fox who"


@dataclass(frozen=True)
class Dial:
    """A number with its range, which holds for the slider, the endpoint and a recipe alike.

    on_page: where the slider begins, if not at the default of the endpoint.
    """

    name: str
    default: float
    low: float
    high: float
    step: float
    on_page: float | None = None

    @property
    def start(self) -> float:
        """Where the slider begins."""
        return self.default if self.on_page is None else self.on_page


RANDOMNESS = (
    Dial("temperature", 0.8, 0, 2, 0.05, on_page=0.7),
    Dial("top_k", 50, 0, 1000, 1),
    Dial("top_p", 0.95, 0.05, 1, 0.01),
    Dial("min_p", 0, 0, 1, 0.01),
)
REPETITION = (
    Dial("repetition_penalty", 1.1, 1, 2, 0.05, on_page=1.0),
    Dial("no_repeat_ngram_size", 0, 0, 10, 1),
)
LENGTH = (
    Dial("max_new_tokens", 80, 1, 1000, 1, on_page=300),
    Dial("num_return_sequences", 1, 1, MOST_SAMPLES, 1),
    Dial("num_beams", 1, 1, 8, 1),
)

DIALS = (*LENGTH, *RANDOMNESS, *REPETITION)

# Only what a preset is about: how daring the choice of words is. The page begins without a repetition penalty: with
# one, a small model turns the fox into a rabbit in the third sentence, because "fox" has been said so often.
PRESETS = {
    "bedtime": {"temperature": 0.7, "top_k": 50, "top_p": 0.95, "min_p": 0, "repetition_penalty": 1.0},
    "careful": {"temperature": 0.4, "top_k": 20, "top_p": 0.9, "min_p": 0, "repetition_penalty": 1.05},
    "surprise": {"temperature": 1.2, "top_k": 0, "top_p": 1, "min_p": 0.03, "repetition_penalty": 1.0},
    "likely": {"temperature": 0, "top_k": 0, "top_p": 1, "min_p": 0, "repetition_penalty": 1},
}


def preset_of(values: dict) -> str | None:
    """The preset that these settings are, or None."""
    return next((name for name, row in PRESETS.items() if all(values[key] == row[key] for key in row)), None)


# The smallest change first: a penalty hardly seen, then a rule, then other dice.
def remedies(settings: dict) -> list[dict]:
    """Changes to try, in this order, against a text that repeats itself: [{setting: new value}, ...]."""
    penalty, temperature = settings["repetition_penalty"], settings["temperature"]
    tries = [{"repetition_penalty": round(penalty + step, 2)} for step in (0.1, 0.2, 0.3) if penalty + step <= 2]
    if not 0 < settings["no_repeat_ngram_size"] <= 3:
        tries.append({"no_repeat_ngram_size": 3})
    tries += [{"temperature": round(temperature + step, 2)} for step in (0.1, 0.2, 0.4) if temperature + step <= 2]
    return tries
