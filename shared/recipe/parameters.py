"""The `parameters` text of AUTOMATIC1111's web UI, which most picture tools read and write."""

import json
import re
from typing import Any

from shared.recipe.record import APP, MAX_RECIPE, MAX_WHOLE, Recipe


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


def split_parameters(text: str) -> tuple[str, str, dict[str, str]]:
    """(prompt, negative prompt, {name: value}) of the text.

    The values begin with the last line that starts with "Steps:"; extensions write more lines behind it, and a quoted
    value may go over several. Without such a line it is the last one, if it holds three pairs: the web UI's own rule.
    """
    lines = text[:MAX_RECIPE].replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    starts = [i for i, line in enumerate(lines) if line.startswith("Steps:")]
    first = starts[-1] if starts else len(lines) - 1
    said, end = lines[first], first + 1
    while end < len(lines) and len(said) < 5000 and said.replace('\\"', "").count('"') % 2:
        said, end = said + "\n" + lines[end], end + 1
    values: dict[str, str] = dict(_PARAMETER.findall(said[:5000]))
    if len(values) < 3 and not (starts and re.match(r"Steps: *\d+ *(,|$)", said)):
        values, first = {}, len(lines)
    prompt, mark, negative = "\n".join(lines[:first]).partition("\nNegative prompt:")
    if prompt.startswith("Negative prompt:"):
        prompt, negative = "", prompt.removeprefix("Negative prompt:")
    return prompt.strip(), negative.strip(), values


def parse_parameters(text: str) -> dict[str, Any]:
    """prompt, negative_prompt, steps, sampler, guidance, seed, width, height, model: those that the text has.

    A value that is not what its name promises ("Steps: many") is left out.
    """
    prompt, negative, values = split_parameters(text)
    settings: dict[str, Any] = {"prompt": prompt, "negative_prompt": negative}
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
