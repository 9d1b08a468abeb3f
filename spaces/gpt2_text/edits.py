"""From a text on the page to the next one: a fork, Continue, Regenerate, and the cure of repetition.

    values = forked(shown, chosen, values)     # to be checked, as those of the controls are

shown: the view as the browser sent it; chosen: what the click said; values: what the controls say, by name.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from shared.core.errors import UserError
from shared.core.kinds import NEW
from shared.page import token_view

from . import presets, runs
from .request import COMPARE, GENERATIONS, REMOTE, Writing

Values = Mapping[str, Any]
Choose = Callable[[Any, Values, Values], Values]
Run = Callable[[Writing, threading.Event, Any, Values], runs.Texts]
LENGTH = Writing.fields()["max_new_tokens"].kind


def as_set(shown: Any, chosen: Values, values: Values) -> Values:
    """A new text, as the controls say."""
    return values


def forked(shown: Any, chosen: Values, values: Values) -> Values:
    """Replaces one token of the text on the page and writes on from there.

    chosen: {sample, position, id, text}, where `text` tells the end of the text from a token.
    """
    try:
        sample, position, token = (int(chosen[key]) for key in ("sample", "position", "id"))
        column = token_view.read(shown)["samples"][sample]
        ids = [one for one, _, _ in column["tokens"]]
        [*ids, None][position]  # an IndexError where there is none; the place after the last holds the end
        if sample < 0 or position < 0:
            raise IndexError
    except (KeyError, TypeError, ValueError, IndexError):
        raise UserError("This token is no longer on the page.") from None
    ends = chosen.get("text") == token_view.END
    if column["model"] == REMOTE:
        if ends:
            raise UserError("A text of another server ends where that server ends it.")
        before = token_view.text_of(column | {"tokens": column["tokens"][:position]})
        return {**values, **_alone(column, before + str(chosen.get("text", "")))}
    return {
        **values,
        "prompt": column["prompt"],
        "model": column["model"],
        "num_return_sequences": 1,
        "num_beams": 1,
        "kept": _kept([ids[:position] if ends else [*ids[:position], token]]),
        "lengths": "0" if ends else "",
    }


def continued(shown: Any, chosen: Values, values: Values) -> Values:
    """Lets every text on the page go on; those that have ended stay as they are."""
    columns = token_view.read(shown)["samples"]
    if columns[0]["title"] == "Before":  # of a cure, the cured text goes on
        columns = columns[1:]
    over = [column["finished"] == "end" for column in columns]
    if all(over):
        raise UserError("This story has ended. Choose another word in it to give it a new turn, or generate a new one.")
    if columns[0]["model"] == REMOTE:
        if len(columns) > 1:
            raise UserError("Texts of another server go on one by one: choose a word in the one that you like.")
        return {**values, **_alone(columns[0], token_view.text_of(columns[0]))}
    most = LENGTH.check(values["max_new_tokens"], "max_new_tokens")
    names = tuple(column["model"] for column in columns)
    return {
        **values,
        "prompt": columns[0]["prompt"],
        "model": COMPARE if names == GENERATIONS else names[0],
        "num_return_sequences": 1 if names == GENERATIONS else len(columns),
        "num_beams": 1,
        "kept": _kept([one for one, _, _ in column["tokens"] if one >= 0] for column in columns),
        "lengths": ",".join("0" if ended else str(most) for ended in over) if any(over) else "",
    }


def regenerated(shown: Any, chosen: Values, values: Values) -> Values:
    """What is on the page, once more with the dials as they stand now and a new seed."""
    made = token_view.read(shown)["settings"]
    same = {key: made[key] for key in ("prompt", "model", "kept", "num_return_sequences") if key in made}
    return {**values, **same, "seed": NEW, "lengths": ""}


def made_again(shown: Any, chosen: Values, values: Values) -> Values:
    """One of the texts on the page, as it was made: what a cure begins from. chosen: {sample}."""
    place, column = _column(shown, chosen)
    made = token_view.read(shown)["settings"]
    kept = str(made.get("kept", "")).split("|")
    alone = {"model": column["model"], "seed": column["seed"], "num_return_sequences": 1, "num_beams": 1}
    return {**values, **made, **alone, "kept": kept[min(place, len(kept) - 1)], "lengths": ""}


def run(asked: Writing, stop: threading.Event, shown: Any, chosen: Values) -> runs.Texts:
    """Of a fork, the token that was chosen is marked. chosen: {position}, or nothing."""
    for view, recipe in runs.run(asked, stop):
        if "position" in chosen and not asked.elsewhere:  # there it has become a part of the prompt
            view["samples"][0]["changed"] = int(chosen["position"])
        yield view, recipe


def cure(asked: Writing, stop: threading.Event, shown: Any, chosen: Values) -> runs.Texts:
    """Looks for the smallest change of a setting that makes a text repeat itself less, with the same seed.

    Yields (view of before and after, recipe or None); the last is the best that was found.
    """
    _, original = _column(shown, chosen)
    before = original | {"title": "Before", "note": ""}
    best: tuple[runs.Column, dict | None, dict] | None = None
    for change in presets.remedies(asked):
        note = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in change.items())
        for view, recipe in runs.run(asked.model_copy(update=change), stop):  # noqa: B007
            after = view["samples"][0] | {"title": "After", "note": note}
            yield token_view.view([before, after], view["settings"], f"Trying {note} …"), None
        if stop.is_set():
            break
        if best is None or after["repetition"] < best[0]["repetition"]:
            best = after, recipe, view["settings"]
        if after["repetition"] < token_view.TOO_REPETITIVE:
            break
    if best is None:
        raise UserError("Stopped before anything was tried.")
    after, recipe, settings = best
    if after["repetition"] >= before["repetition"]:
        sorry = "No small change of the settings helps here; try another seed."
        yield token_view.view([original], asked.settings(), sorry), None
    else:
        was, now = (f"{round(100 * column['repetition'])} %" for column in (before, after))
        cured = f"Same seed, {after['note']}: repetition {was} → {now}."
        yield token_view.view([before, after], settings, cured), recipe


def _column(shown: Any, chosen: Values) -> tuple[int, runs.Column]:
    """Place and text of the one that a click chose; the first, where it chose none."""
    columns, place = token_view.read(shown)["samples"], chosen.get("sample")
    place = place if isinstance(place, int) and 0 <= place < len(columns) else 0
    return place, columns[place]


def _alone(column: runs.Column, text: str) -> dict[str, Any]:
    """Another server goes on from a text, not from tokens: what stands already becomes its prompt."""
    return {"prompt": text, "model": column["model"], "num_return_sequences": 1, "num_beams": 1}


def _kept(texts: Iterable[Iterable[int]]) -> str:
    return "|".join(" ".join(map(str, ids)) for ids in texts)
