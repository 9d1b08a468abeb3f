"""Did a second run give the same output, and if not, what differs between their making?"""

import json
import re
from dataclasses import dataclass
from typing import Any

from shared.recipe.record import Recipe


@dataclass(frozen=True)
class Comparison:
    identical: bool
    sentence: str


def compare(old: Recipe, new: Recipe) -> Comparison:
    """Whether `new` gave the output of `old` again and, if not, what differs between their making."""
    before, after = old.get("output_sha256"), new.get("output_sha256")
    if not before or not after:
        return Comparison(False, "Nothing to compare with: the recipe does not say what its output was.")
    changes = differences(old, new)
    if before == after:
        although = f" This although {', '.join(changes)}." if changes else ""
        return Comparison(True, f"Identical: same output, byte for byte.{although}")
    if changes:
        return Comparison(False, f"Different output. What changed: {', '.join(changes)}.")
    if new.get("source") == "remote":
        return Comparison(
            False,
            f"Different output from the same settings: it was made by {new.get('device')}. Which weights that server "
            "runs, and how it rounds beside other readers, is not in the recipe.",
        )
    if "libraries" not in old:
        return Comparison(
            False,
            "Different output from the same settings. "
            "The recipe does not say which weights, libraries and device made the first one.",
        )
    return Comparison(
        False,
        "Different output, although settings, weights, libraries and device are the same as recorded: "
        "this model does not repeat itself exactly here.",
    )


def differences(old: Recipe, new: Recipe) -> list[str]:
    """'transformers 5.23.0 -> 5.24.0', ...: what both recipes record and what is not the same in both."""
    pairs: list[tuple[str, Any, Any]] = [("app", old.get("version"), new.get("version"))]
    pairs += [
        (label, old.get(key), new.get(key))
        for key, label in {
            "model": "model",
            "revision": "revision",
            "weights_sha256": "weights",
            "precision": "precision",
            "device": "device",
            "dtype": "dtype",
            "machine": "machine",
        }.items()
    ]
    pairs += [(key, _main_facts(a), _main_facts(b)) for key, a, b in _other_models(old, new)]
    libraries = new.get("libraries", {})
    pairs += [(name, version, libraries.get(name, "none")) for name, version in old.get("libraries", {}).items()]
    changes = [f"{label} {_short(a)} -> {_short(b)}" for label, a, b in pairs if a and b and a != b]
    theirs, ours = old.get("settings", {}), new.get("settings", {})
    for key in dict.fromkeys([*theirs, *ours]):
        if key == "model" or theirs.get(key) == ours.get(key):
            continue
        a, b = (_short(settings[key]) if key in settings else "not set" for settings in (theirs, ours))
        changes.append(f"{key} changed" if a == b or len(a) + len(b) > 60 else f"{key} {a} -> {b}")
    return changes


def _other_models(old: Recipe, new: Recipe) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    pairs = zip(old.get("other_models", []), new.get("other_models", []), strict=False)
    return [(f"model {number}", a, b) for number, (a, b) in enumerate(pairs, start=2)]


def _main_facts(model: dict[str, Any]) -> str:
    parts = (model.get("model"), model.get("precision"), (model.get("weights_sha256") or "")[:10])
    return " ".join(filter(None, parts))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:10] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else text
