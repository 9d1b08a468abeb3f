"""How daring the choice of words is: presets with names people understand, and small changes against repetition."""

import json

from .request import Writing

PRESETS = {
    "bedtime": {"temperature": 0.7, "top_k": 50, "top_p": 0.95, "min_p": 0, "repetition_penalty": 1.0},
    "careful": {"temperature": 0.4, "top_k": 20, "top_p": 0.9, "min_p": 0, "repetition_penalty": 1.05},
    "surprise": {"temperature": 1.2, "top_k": 0, "top_p": 1, "min_p": 0.03, "repetition_penalty": 1.0},
    "likely": {"temperature": 0, "top_k": 0, "top_p": 1, "min_p": 0, "repetition_penalty": 1},
}
DIALS = tuple(PRESETS["bedtime"])  # that a preset turns


# Both in the browser: a server that answers late would mark what the dials were while they still turned.
TURN = f"name => Object.values({json.dumps(PRESETS)}[name])"
MARK = f"""(...dials) => (Object.entries({json.dumps(PRESETS)}).find(
  ([, row]) => Object.values(row).every((value, i) => value === dials[i])
) ?? [null])[0]"""


def remedies(asked: Writing) -> list[dict[str, float]]:
    """Changes to try against a text that repeats itself, the smallest first: [{setting: new value}, ...].

    A penalty that is hardly seen, then a rule, then other dice.
    """
    penalty, temperature = asked.repetition_penalty, asked.temperature
    tries = [{"repetition_penalty": round(penalty + step, 2)} for step in (0.1, 0.2, 0.3) if penalty + step <= 2]
    if not 0 < asked.no_repeat_ngram_size <= 3 and not asked.elsewhere:
        tries.append({"no_repeat_ngram_size": 3})
    tries += [{"temperature": round(temperature + step, 2)} for step in (0.1, 0.2, 0.4) if temperature + step <= 2]
    return tries
