"""From a text on the page to the next one: a fork, Continue, Regenerate, and the cure of repetition.

The first argument is always the view as the browser sent it; `values` are the settings on the page.
"""

import threading
from collections.abc import Iterator

from shared.core.asked import whole
from shared.core.errors import UserError
from shared.page import token_view

from . import presets, runs
from .runs import COMPARE


def forked(shown, chosen: dict, values: dict) -> dict:
    """The settings that replace one token of the text on the page and write on from there.

    chosen: {sample, position, id, text}, where `text` tells the end of the text from a token.
    """
    view = token_view.read(shown)
    try:
        sample, position, token = (int(chosen[key]) for key in ("sample", "position", "id"))
        column = view["samples"][sample]
        ids = [one for one, _, _ in column["tokens"]]
        [*ids, None][position]  # an IndexError where there is none; the place after the last holds the end
    except (KeyError, TypeError, ValueError, IndexError):
        raise UserError("This token is no longer on the page.") from None
    ends = chosen.get("text") == token_view.END
    kept = runs.write_kept([ids[:position] if ends else [*ids[:position], token]])
    return values | {
        "prompt": column["prompt"], "model": column["model"], "num_return_sequences": 1, "num_beams": 1,
        "kept": kept, "lengths": "0" if ends else "",
    }  # fmt: skip


def continued(shown, values: dict) -> dict:
    """The settings that let every text on the page go on; those that have ended stay as they are."""
    view = token_view.read(shown)
    columns = view["samples"]
    if columns[0]["title"] == "Before":  # of a cure, the cured text goes on
        columns = columns[1:]
    over = [column["finished"] == "end" for column in columns]
    if all(over):
        raise UserError("This story has ended. Choose another word in it to give it a new turn, or generate a new one.")
    names = tuple(column["model"] for column in columns)
    most = whole(values["max_new_tokens"], "The length", 1, presets.LENGTH[0].high)
    return values | {
        "prompt": columns[0]["prompt"],
        "model": COMPARE if names == runs.GENERATIONS else names[0],
        "num_return_sequences": 1 if names == runs.GENERATIONS else len(columns),
        "num_beams": 1,
        "kept": runs.write_kept([one for one, _, _ in column["tokens"] if one >= 0] for column in columns),
        "lengths": ",".join("0" if ended else str(most) for ended in over) if any(over) else "",
    }


def text_of_a_cure(shown, sample, values: dict) -> tuple[dict, dict]:
    """(the settings that made one of the texts on the page, that text): what a cure begins from."""
    view = token_view.read(shown)
    sample = sample if isinstance(sample, int) and 0 <= sample < len(view["samples"]) else 0
    column, made = view["samples"][sample], view["settings"]
    kept = str(made.get("kept", "")).split("|")
    alone = {"model": column["model"], "seed": column["seed"], "num_return_sequences": 1, "num_beams": 1}
    return values | made | alone | {"kept": kept[min(sample, len(kept) - 1)], "lengths": ""}, column


def regenerated(shown, values: dict) -> dict:
    """The settings of what is on the page, once more with the dials as they stand now and a new seed."""
    made = token_view.read(shown)["settings"]
    same = {key: made[key] for key in ("prompt", "model", "kept", "num_return_sequences") if key in made}
    return values | same | {"seed": runs.new_seed(), "lengths": ""}


def cure(settings: dict, before: dict, stop: threading.Event) -> Iterator[tuple[dict, dict | None, dict]]:
    """Looks for the smallest change of a setting that makes a text repeat itself less, with the same seed.

    Yields (view of before and after, recipe or None, what was changed); the last is the best that was found.
    """
    original, before = before, before | {"title": "Before", "note": ""}
    best = None
    for change in presets.remedies(settings):
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in change.items())
        for view, made in runs.run(settings | change, stop):  # noqa: B007
            after = view["samples"][0] | {"title": "After", "note": words}
            yield token_view.view([before, after], view["settings"], f"Trying {words} …"), None, {}
        if stop.is_set():
            break
        if best is None or after["repetition"] < best[0]["repetition"]:
            best = (after, made, change, words, view["settings"])
        if after["repetition"] < token_view.TOO_REPETITIVE:
            break
    if best is None:
        raise UserError("Stopped before anything was tried.")
    after, made, change, words, used = best
    pair = [before, after]
    share = [f"{round(100 * column['repetition'])} %" for column in pair]
    if pair[1]["repetition"] >= pair[0]["repetition"]:
        sorry = "No small change of the settings helps here; try another seed."
        yield token_view.view([original], settings, sorry), None, {}
    else:
        cured = f"Same seed, {words}: repetition {share[0]} → {share[1]}."
        yield token_view.view(pair, used, cured), made, change
