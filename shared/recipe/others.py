"""Pictures of other tools: what their texts say of how they were made, as a recipe of the picture tab.

    AUTOMATIC1111 and its forks, SD.Next, Forge   the `parameters` text, see parameters.py
    Fooocus, NovelAI, InvokeAI, Draw Things       one JSON object, whose names differ
    ComfyUI                                       a graph, see comfy.py

What cannot be followed here is named in `left_out` and never becomes part of a prompt. `sd-parsers` reads some of
these, but EXIF in one byte order only, no graph without its workflow, no quoted values, and keeps the last picture.
"""

import ast
import html
import json
import math
import re
from typing import Any

from shared.core import registry
from shared.core.errors import UserError
from shared.recipe import comfy
from shared.recipe.parameters import parse_parameters, split_parameters
from shared.recipe.record import MAX_LEFT_OUT, MAX_TEXT, MAX_WHOLE, Recipe, check

NAMES = {  # ours -> how the JSON of other tools calls it, the most particular first
    "prompt": "positive_prompt prompt c",
    "negative_prompt": "negative_prompt uc",
    "steps": "steps",
    "guidance": "guidance_scale cfg_scale cfg scale",
    "seed": "seed noise_seed",
    "width": "width",
    "height": "height",
    "sampler": "sampler sampler_name scheduler",
    "model": "base_model model model_name ckpt_name model_weights",
    "size": "size resolution",
}
SAMPLERS = {
    "ddim": "DDIM",
    "dpmpp_2m": "DPM++ 2M",
    "dpm_2m": "DPM++ 2M",
    "euler": "Euler",
    "euler_a": "Euler a",
    "euler_ancestral": "Euler a",
    "lcm": "LCM",
    "uni_pc": "UniPC",
    "unipc": "UniPC",
    "uni_pc_bh2": "UniPC",
    "heun": "Heun",
}
SCHEDULE = re.compile(r"[ _](karras|exponential|polyexponential|sgm[ _]uniform|simple|normal|beta|trailing|k)$", re.I)
USUAL = ("", "automatic", "normal", "none", "uniform", "default")
LORA = re.compile(r"<(?:lora|lyco|hypernet):([^<>:]{1,100})[^<>]{0,40}>")
WEIGHT = re.compile(r"\([^()]{1,200}:-?\d+(?:\.\d+)?\)|\({2,}[^()]{1,200}\){2,}|\[[^\[\]]{0,200}[|:][^\[\]]{0,200}\]")
NOTHING = "This picture carries no recipe: its text does not say how it was made."


def read(found: dict[str, str]) -> Recipe:
    """The recipe in the texts of a file, as containers.find gives them. Errors: UserError where they say nothing."""
    graphs = {name: found[name] for name in ("prompt", "workflow") if name in found}
    if graphs and (settings := comfy.settings(*(parsed(graphs.get(name, "")) for name in ("prompt", "workflow")))):
        return made(*settings)
    if said := re.search(r"<rdf:li[^<>]*>\s*(\{.{1,100000}?\})\s*</rdf:li>", found.get("XML:com.adobe.xmp", ""), re.S):
        found = {"Comment": html.unescape(said[1])} | found  # Draw Things
    for name in ("parameters", "exif", "invokeai_metadata", "sd-metadata", "Comment", "text"):
        text = found.get(name, "").strip()
        if text.startswith("{"):
            if (values := parsed(text)) and (settings := of_json(values, found)):
                return made(*settings)
        elif text and (name == "parameters" or name in ("exif", "text") and re.search(r"^Steps: *\d", text, re.M)):
            return of_parameters(text)
    if "Dream" in found:
        return made(*_of_dream(found["Dream"]))
    raise UserError(NOTHING)


def of_parameters(text: str) -> Recipe:
    settings, said = parse_parameters(text), split_parameters(text)[2]
    if not settings:
        raise UserError(NOTHING)
    left = [f"{name} {said[name]}" for name in ("Denoising strength", "Hires upscale", "Clip skip") if name in said]
    settings |= {"schedule": said.get("Schedule type", "").strip(), "given_seed": said.get("Seed", "").strip()}
    return made(settings, left)


def of_json(values: dict[str, Any], found: dict[str, str] | None = None) -> tuple[dict[str, Any], list[str]] | None:
    """(settings, what is left out) of the object of a tool, None where it is no such thing."""
    values = {str(name).lower().replace(" ", "_"): value for name, value in values.items()}
    inner = values.get("image")  # InvokeAI 2 keeps the settings in there, the model beside it
    if isinstance(inner, dict):
        values = {str(name): value for name, value in inner.items()} | {"model": values.get("model_weights")}
    if isinstance(values.get("prompt"), list):
        parts = [one.get("prompt") for one in values["prompt"] if isinstance(one, dict)]
        return _of_dream('"' + " ".join(filter(None, map(_plain, parts))) + '"', values)
    settings: dict[str, Any] = {}
    for name, others in NAMES.items():
        settings[name] = next((value for one in others.split() if (value := _plain(values.get(one))) != ""), "")
    if not settings["prompt"] and (found or {}).get("Software") == "NovelAI":
        settings["prompt"] = (found or {}).get("Description", "")
    if not (settings["prompt"] or settings["negative_prompt"]) or not (settings["steps"] or settings["seed"]):
        return None
    sides = re.findall(r"\d+", str(settings.pop("size")))
    if len(sides) == 2 and not settings["width"]:
        settings["width"], settings["height"] = sides
    settings["schedule"] = _plain(values.get("scheduler")) if values.get("sampler") else ""
    left = []
    for name, called in (("loras", "LoRA"), ("lora", "LoRA"), ("controlnets", "ControlNet"), ("control", "ControlNet")):
        if isinstance(values.get(name), list) and values[name]:
            left.append(f"{len(values[name])} × {called}")
    if _plain(values.get("styles")) not in ("", "[]") and isinstance(values.get("styles"), str):
        left.append(f"the styles {values['styles'][:100]}")
    return settings, left


def _of_dream(text: str, values: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[str]]:
    """InvokeAI's first form, `"prompt [negative]" -s 50 -S 7 -W 512 ...`."""
    quoted = re.match(r'\s*"(.*?)"(.*)$', text[:MAX_TEXT], re.S)
    said, rest = (quoted[1], quoted[2]) if quoted else (text[:MAX_TEXT], "")
    flags: dict[str, str] = {found[1]: found[2] for found in re.finditer(r"\s-(\w)\s*(\S+)", rest[:2000])}
    settings = {name: flags.get(flag, "") for name, flag in zip(DREAM.split(), "sSWHCA", strict=True)}
    for name, value in (values or {}).items():
        for ours, others in NAMES.items():
            if name in others.split() and ours not in ("prompt", "negative_prompt"):
                settings[ours] = settings.get(ours) or _plain(value)
    settings["prompt"] = re.sub(r"\[[^\[\]]*\]", "", said).strip(" ,")
    settings["negative_prompt"] = ", ".join(part.strip() for part in re.findall(r"\[([^\[\]]*)\]", said))
    return settings, []


DREAM = "steps seed width height guidance sampler"


def _plain(value: object) -> Any:
    """A text or a finite number, "" for all else; of a model's description its name."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("model_name")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return "" if isinstance(value, float) and not math.isfinite(value) else value


def parsed(text: str) -> dict[str, Any]:
    """JSON, with NaN, as many custom nodes of ComfyUI write it; {} for anything else."""
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def made(settings: dict[str, Any], left: list[str]) -> Recipe:
    """A recipe of the picture tab: names as here, numbers as numbers, and `left_out` for what has no place in it."""
    left = list(left)
    kept: dict[str, Any] = {}
    for name in ("prompt", "negative_prompt"):
        text = str(settings.get(name) or "").encode("utf-8", "replace").decode().replace("\0", "").strip()
        left += [f"the LoRA {lora}" for lora in LORA.findall(text)]
        text = re.sub(r"\s*" + LORA.pattern + r"\s*(?=,|$)|" + LORA.pattern, "", text).strip(" \n")
        if weighted := WEIGHT.search(text):
            left.append(f"weights such as {weighted[0][:60]}, which are read as plain words")
        if text:
            kept[name] = text[:MAX_TEXT]
    for name, kind in (("steps", int), ("guidance", float), ("seed", int), ("width", int), ("height", int)):
        number = _number(settings.get(name), kind)
        if number is not None:
            kept[name] = number
    given = str(settings.get("given_seed") or settings.get("seed") or "")
    if "seed" not in kept and re.fullmatch(r"-?\d{1,40}", given):
        new = ", which means a new one" if given == "-1" else f": seeds go up to {MAX_WHOLE} here, so the seed stays"
        left.append(f"the seed {given}{new}")
    sampler, schedule = _sampler(str(settings.get("sampler") or "")), str(settings.get("schedule") or "")
    if sampler[0]:
        kept["scheduler"] = sampler[0][:300]
    for one in dict.fromkeys((sampler[1], schedule)):
        if one.lower() not in USUAL:
            left.append(f"the noise schedule {one[:60]}")
    if model := str(settings.get("model") or "").strip():
        kept["model"] = registry.own_name(model)[:300]
    if not kept:
        raise UserError(NOTHING)
    facts: Recipe = {key: kept[key] for key in ("model", "seed") if key in kept}
    named: Recipe = {"left_out": [one[:200] for one in dict.fromkeys(left)][:MAX_LEFT_OUT]} if left else {}
    return check({"app": "parameters", "tab": "text_to_image", "settings": kept, **facts, **named})


def _number(value: Any, kind: type) -> int | float | None:
    try:
        found = kind(ast.literal_eval(value.strip()) if isinstance(value, str) and kind is int else value)
    except (TypeError, ValueError, SyntaxError, OverflowError, MemoryError, RecursionError):
        return None
    return found if 0 <= found <= MAX_WHOLE else None


def _sampler(name: str) -> tuple[str, str]:
    """("DPM++ 2M", "Karras") of "DPM++ 2M Karras", "dpmpp_2m_karras" or "k_dpmpp_2m"."""
    schedule = SCHEDULE.search(name)
    plain = name[: schedule.start()] if schedule else name
    key = plain.lower().removeprefix("k_").replace("++", "pp").replace(" ", "_").replace("-", "_")
    said = schedule[1] if schedule else ""
    return SAMPLERS.get(key, plain), "Karras" if said.lower() == "k" else said
