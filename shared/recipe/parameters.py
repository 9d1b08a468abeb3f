"""The `parameters` text of AUTOMATIC1111's web UI, which most picture tools read and write."""

import json
import re
from typing import Any

from shared.core.errors import UserError
from shared.recipe.record import APP, MAX_RECIPE, MAX_WHOLE, Recipe, check


def write_parameters(recipe: Recipe) -> str:
    """The settings as that text, or "" for a recipe without a prompt and steps."""
    settings = recipe["settings"]
    if "prompt" not in settings or "steps" not in settings:
        return ""
    values = {
        "Steps": settings["steps"],
        "Sampler": settings.get("sampler"),
        "CFG scale": settings.get("guidance"),
        "Seed": recipe.get("seed"),
        "Size": f"{settings['width']}x{settings['height']}" if {"width", "height"} <= settings.keys() else None,
        "Model": recipe.get("model"),
        "Version": f"{APP} {recipe.get('version', '')}".strip(),
    }
    lines = [str(settings["prompt"])]
    if settings.get("negative_prompt"):
        lines.append(f"Negative prompt: {settings['negative_prompt']}")
    lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in values.items() if value not in (None, "")))
    return "\n".join(lines)


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:"\n]', text) else text


# As the web UI reads it: `name: value` or `name: "quoted value"`. Names are bounded: no text makes it slow.
_PARAMETER = re.compile(r'\s*(\w[\w \-/]{0,40}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def parse_parameters(text: str) -> dict[str, Any]:
    """prompt, negative_prompt, steps, sampler, guidance, seed, width, height, model: those that the text has.

    A value that is not what its name promises ("Steps: many") is left out.
    """
    lines = text[:MAX_RECIPE].strip().split("\n")
    values: dict[str, str] = dict(_PARAMETER.findall(lines[-1][:5000]))
    if len(values) < 3:  # the web UI's own rule: fewer than three pairs is still the prompt
        values = {}
    else:
        lines.pop()
    prompt, mark, negative = "\n".join(lines).partition("\nNegative prompt:")
    if prompt.startswith("Negative prompt:"):
        prompt, negative = "", prompt.removeprefix("Negative prompt:")
    settings: dict[str, Any] = {"prompt": prompt.strip(), "negative_prompt": negative.strip()}
    width, _, height = values.get("Size", "").partition("x")
    for name, value, kind in (
        ("steps", values.get("Steps"), int),
        ("sampler", values.get("Sampler"), str),
        ("guidance", values.get("CFG scale"), float),
        ("seed", values.get("Seed"), int),
        ("width", width, int),
        ("height", height, int),
        ("model", values.get("Model"), str),
    ):
        try:
            settings[name] = kind(_unquoted(value or ""))
        except ValueError:
            continue
    for name, value in list(settings.items()):
        if value == "" or not isinstance(value, str) and not 0 <= value <= MAX_WHOLE:  # nan is not in it either
            del settings[name]
    return settings


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return str(json.loads(value))  # a JSONDecodeError is a ValueError
    return value.strip()


def from_parameters(text: str) -> Recipe:
    """The recipe in the text of a picture from elsewhere. Errors: UserError where it says nothing."""
    settings = parse_parameters(text)
    if not settings:
        raise UserError("This picture carries no recipe: its text does not say how it was made.")
    known: Recipe = {key: settings[key] for key in ("model", "seed") if key in settings}
    if "sampler" in settings:
        settings["scheduler"] = settings.pop("sampler")  # what the tab calls it
    return check({"app": "parameters", "tab": "text_to_image", "settings": settings, **known})
