"""The recipe: a small JSON that says how an output was made, exactly enough to make it again.

    recipe = make("gpt2_text", loaded, {"prompt": "Once", "seed": 7}, "Once upon a time", seconds=1.2)
    embed("story.txt", recipe); read("story.txt"); to_link(recipe); compare(recipe, another)

It travels inside the output (PNG, GIF, MP4, HTML, text: see recipe_files.py), as a file, or in a link. Where
it comes back from outside it may have been written by anybody, so `loads`, `read`, `from_link` and `check`
accept nothing but plain values of bounded size and turn everything else into a UserError of one sentence. No
model library is imported.
"""

import base64
import hashlib
import importlib.metadata
import json
import math
import platform
import re
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from shared import __version__
from shared.core.errors import UserError
from shared.recipe import containers

APP = "aigc-suite"
MAX_RECIPE = 64 * 1024  # bytes of JSON
MAX_TEXT = 15_000  # characters of one setting; in Chinese that is 45 KB, so one long prompt always fits
MAX_FILE = 10 * 1024 * 1024  # bytes of a file that is read for its recipe
MAX_LINK = 6_000  # characters; servers and proxies refuse addresses of more than 8,000
MAX_WHOLE = 2**53 - 1  # a browser rounds whole numbers beyond this, and a rounded seed is another seed
LIBRARIES = ("torch", "numpy", "tokenizers", "transformers")


# Making


def make(
    tab: str,
    model,
    settings: dict,
    output,
    seconds: float,
    libraries: Iterable[str] = LIBRARIES,
) -> dict:
    """The recipe of one output.

    model: what `loaders.use` gives, or a dict of model, source, repo, revision, weights_sha256, precision,
        device, dtype; or a list of them where several made one output (the first is the main one).
    settings: every setting of the tab, by the names given to `recipe_ui.wire`, with the seed that was really
        used. A "model" among them is set to the model that really ran; what was asked for stays as
        `requested_model`.
    output: bytes, text, PIL pictures, or a list of those; hashed before anything is embedded in it.
    Errors: UserError if it would be larger than 64 KB.
    """
    models = [facts(one) for one in (model if isinstance(model, list | tuple) else [model])]
    settings = dict(settings)
    recipe = {"app": APP, "version": __version__, "tab": tab, **models[0]}
    if "model" in settings and len(models) == 1 and settings["model"] != models[0]["model"]:
        recipe["requested_model"] = settings["model"]
        settings["model"] = models[0]["model"]
    if models[1:]:
        recipe["other_models"] = models[1:]
    recipe |= {
        "seed": settings.get("seed"),
        "settings": settings,
        "libraries": versions(libraries),
        "machine": _machine(),
        "seconds": round(seconds, 3),
        "output_sha256": hash_output(output),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return check(recipe)


def facts(model) -> dict:
    """What a recipe says of one model, from `loaders.Loaded` or from a dict of the same."""
    if isinstance(model, dict):
        return {key: str(model[key]) for key in MODEL_FACTS if model.get(key)}
    engine = model.model
    found = {
        "model": model.spec.name,
        "source": model.source,
        "repo": model.spec.repo,
        "revision": model.revision,
        "weights_sha256": model.sha256,
        "precision": getattr(engine, "precision", model.precision),  # what the engine runs, not what was asked
        "device": model.device,
        "dtype": getattr(engine, "dtype", ""),
    }
    return {key: str(value).removeprefix("torch.") for key, value in found.items() if value}


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed version of each package that is there, and of Python; nothing is imported."""
    found = {"python": platform.python_version()} | {package: _version(package) for package in packages}
    return {package: version for package, version in found.items() if version}


@cache
def _version(package: str) -> str:
    """Asked once: it reads a file, and a live grid asks at every move of a slider. Empty where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _machine() -> str:
    """'Linux x86_64, AVX512, 2 threads': what decides the last bits of a sum beside the libraries."""
    parts = [f"{platform.system()} {platform.machine()}"]
    torch = sys.modules.get("torch")  # asked only where it is loaded already: without it, no sum was torch's
    if torch is not None:
        parts += [torch.backends.cpu.get_cpu_capability(), f"{torch.get_num_threads()} threads"]
    return ", ".join(parts)


def hash_output(output) -> str:
    """sha256 in hex of bytes, of text as UTF-8, of the pixels of a PIL picture, of a list's hashes.

    Pixels and not the PNG file: another zlib packs the same picture otherwise, and the file holds the recipe.
    """
    if isinstance(output, list | tuple):
        output = "\n".join(hash_output(item) for item in output)
    if isinstance(output, str):
        output = output.encode("utf-8", "surrogatepass")
    if not isinstance(output, bytes):
        output = f"{output.mode} {output.width}x{output.height}\n".encode() + output.tobytes()
    return hashlib.sha256(output).hexdigest()


# Judging


def check(data) -> dict:
    """The recipe in `data`, in the usual order, without keys that this version does not know.

    Errors: UserError that names what is wrong.
    """
    if not isinstance(data, dict) or "tab" not in data or "settings" not in data:
        raise UserError("This is not a recipe: a recipe is a JSON object with a tab and its settings.")
    recipe = {key: judge(data[key], key) for key, judge in FIELDS.items() if data.get(key) is not None}
    if "tab" not in recipe or "settings" not in recipe:
        raise UserError("This is not a recipe: a recipe is a JSON object with a tab and its settings.")
    if len(_compact(recipe).encode("utf-8")) > MAX_RECIPE:
        raise UserError(f"These settings are too long for a recipe, which holds {MAX_RECIPE // 1024} KB at most.")
    return recipe


def _wrong(what: str, wanted: str) -> UserError:
    return UserError(f"This recipe is damaged: {what} must be {wanted}.")


def _string(value, what: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(what, f"a text of at most {most} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair of UTF-16: no file and no page can show it
        raise _wrong(what, "text that can be written as UTF-8") from None
    return value


def _word(value, what: str) -> str:
    return _string(value, what, 300)


def _name(value, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        raise _wrong(what, "a name of small letters, digits and _")
    return value


def _hash(value, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise _wrong(what, "64 hexadecimal digits")
    return value


def _number(value, what: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(what, "a number")
    if isinstance(value, int) and abs(value) > MAX_WHOLE or not math.isfinite(value):
        raise _wrong(what, f"a number no larger than {MAX_WHOLE}")
    return value


def _seed(value, what: str) -> int:
    if _number(value, what) != int(value) or value < 0:
        raise _wrong(what, f"a whole number from 0 to {MAX_WHOLE}")
    return int(value)


def _seconds(value, what: str) -> float:
    if _number(value, what) < 0:
        raise _wrong(what, "0 or more")
    return value


def _scalar(value, what: str, most: int):
    if value is None or isinstance(value, bool):
        return value
    return _string(value, what, most) if isinstance(value, str) else _number(value, what)


def _settings(value, what: str) -> dict:
    if not isinstance(value, dict) or len(value) > 64:
        raise _wrong(what, "an object of at most 64 settings")
    checked = {}
    for key, one in value.items():
        _name(key, "the name of a setting")
        if isinstance(one, list | tuple):
            if len(one) > 256:
                raise _wrong(f"the setting {key}", "a list of at most 256 values")
            checked[key] = [_scalar(item, f"the setting {key}", 2000) for item in one]
        else:
            checked[key] = _scalar(one, f"the setting {key}", MAX_TEXT)
    return checked


def _libraries(value, what: str) -> dict:
    if not isinstance(value, dict) or len(value) > 32:
        raise _wrong(what, "an object of at most 32 names with versions")
    return {_string(key, what, 100): _string(version, what, 100) for key, version in value.items()}


def _models(value, what: str) -> list:
    if not isinstance(value, list) or len(value) > 8 or not all(isinstance(one, dict) for one in value):
        raise _wrong(what, "a list of at most 8 models")
    return [{key: MODEL_FACTS[key](one[key], what) for key in MODEL_FACTS if one.get(key) is not None} for one in value]


MODEL_FACTS = {
    "model": _word,
    "source": _word,
    "repo": _word,
    "revision": _word,
    "weights_sha256": _hash,
    "precision": _word,
    "device": _word,
    "dtype": _word,
}
FIELDS = {
    "app": _word,
    "version": _word,
    "tab": _name,
    **MODEL_FACTS,
    "requested_model": _word,
    "other_models": _models,
    "seed": _seed,
    "settings": _settings,
    "libraries": _libraries,
    "machine": _word,
    "seconds": _seconds,
    "output_sha256": _hash,
    "created": _word,
}


# Text and files


def dumps(recipe: dict) -> str:
    return json.dumps(check(recipe), ensure_ascii=False, indent=2, allow_nan=False)


def _compact(recipe: dict) -> str:
    return json.dumps(recipe, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> dict:
    """The recipe in a JSON text. Errors: UserError."""
    if not isinstance(text, str) or len(text) > containers.MAX_TEXT:
        raise UserError("This is too large to be a recipe.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):  # not JSON, a number of thousands of digits, a tower of brackets
        raise UserError("This is not a recipe: it is not readable as JSON.") from None
    return check(data)


def read(path) -> dict:
    """The recipe that a file carries. A picture of another tool gives what its `parameters` text says.

    Errors: UserError for a file over 10 MB, of another kind, damaged, or without a recipe.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError:
        raise UserError("This file cannot be read.") from None
    if len(data) > MAX_FILE:
        raise UserError(f"This file is too large: recipes are read from files of up to {MAX_FILE >> 20} MB.")
    return read_bytes(data)


def read_bytes(data: bytes) -> dict:
    """`read` for a file that is in memory."""
    if not data:
        raise UserError("This file is empty.")
    if not containers.kind_of(data):
        raise UserError("This kind of file carries no recipe: drop a PNG, GIF, MP4, HTML, text or JSON file.")
    found = containers.find(data)
    if "aigc_recipe" in found:
        return loads(found["aigc_recipe"])
    if "parameters" in found:
        return _from_parameters(found["parameters"])
    raise UserError("This file carries no recipe: it was made elsewhere, or with the recipe switched off.")


def embed(path, recipe: dict | None) -> None:
    """Write `recipe` into a finished PNG, GIF, MP4, HTML or text file, in place of an older one."""
    if recipe is not None:
        path = Path(path)
        path.write_bytes(embed_bytes(path.read_bytes(), recipe))


def embed_bytes(data: bytes, recipe: dict | None) -> bytes:
    """`embed` for a file that is in memory."""
    if recipe is None:
        return data
    recipe = check(recipe)
    return containers.put(data, _compact(recipe), write_parameters(recipe))


def write_png(path, image, recipe: dict | None = None) -> None:
    """Save a PIL picture with its recipe and the `parameters` text of other tools; None: without."""
    packed = BytesIO()
    image.save(packed, "PNG")
    Path(path).write_bytes(embed_bytes(packed.getvalue(), recipe))


def write_text(path, text: str, recipe: dict | None = None) -> None:
    """Save a text as UTF-8, with the recipe behind a marker line unless it is None."""
    Path(path).write_bytes(embed_bytes(text.encode("utf-8"), recipe))


def write_json(path, recipe: dict) -> None:
    Path(path).write_text(dumps(recipe) + "\n", encoding="utf-8")


# The `parameters` text of AUTOMATIC1111's web UI, which most picture tools read and write


def write_parameters(recipe: dict) -> str:
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


def _quoted(value) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[,:"\n]', text) else text


# As the web UI reads it: `name: value` or `name: "quoted value"`. Names are bounded: no text makes it slow.
_PARAMETER = re.compile(r'\s*(\w[\w \-/]{0,40}):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def parse_parameters(text: str) -> dict:
    """prompt, negative_prompt, steps, sampler, guidance, seed, width, height, model: those that the text has.

    A value that is not what its name promises ("Steps: many") is left out.
    """
    lines = text[:MAX_RECIPE].strip().split("\n")
    values = dict(_PARAMETER.findall(lines[-1][:5000]))
    if len(values) < 3:  # the web UI's own rule: fewer than three pairs is still the prompt
        values = {}
    else:
        lines.pop()
    prompt, mark, negative = "\n".join(lines).partition("\nNegative prompt:")
    if prompt.startswith("Negative prompt:"):
        prompt, negative = "", prompt.removeprefix("Negative prompt:")
    found = {"prompt": prompt.strip(), "negative_prompt": negative.strip()}
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
            found[name] = kind(_unquoted(value or ""))
        except ValueError:
            continue
    for name, value in list(found.items()):
        if value == "" or not isinstance(value, str) and not 0 <= value <= MAX_WHOLE:  # nan is not in it either
            del found[name]
    return found


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return str(json.loads(value))  # a JSONDecodeError is a ValueError
    return value.strip()


def _from_parameters(text: str) -> dict:
    settings = parse_parameters(text)
    if not settings:
        raise UserError("This picture carries no recipe: its text does not say how it was made.")
    known = {key: settings[key] for key in ("model", "seed") if key in settings}
    if "sampler" in settings:
        settings["scheduler"] = settings.pop("sampler")  # what the tab calls it
    return check({"app": "parameters", "tab": "text_to_image", "settings": settings, **known})


# Links


def to_link(recipe: dict, base: str = "") -> str:
    """`BASE?tab=TAB&r=...`: tab, model, seed, settings and the output's hash in the address itself.

    Errors: UserError if it would be too long for an address.
    """
    recipe = check(recipe)
    kept = {key: recipe[key] for key in ("tab", "model", "seed", "settings", "output_sha256") if key in recipe}
    packed = base64.urlsafe_b64encode(zlib.compress(_compact(kept).encode("utf-8"), 9)).decode().rstrip("=")
    if len(packed) > MAX_LINK:
        raise UserError("These settings are too long for a link: use the recipe file.")
    return f"{base}?{urlencode({'tab': recipe['tab'], 'r': packed})}"


def from_link(value: str) -> dict:
    """The recipe in a link, or in the value of its `r` alone. Errors: UserError."""
    if not isinstance(value, str) or len(value) > 2 * MAX_LINK:
        raise UserError("This link is too long to carry a recipe.")
    if "=" in value:
        value = parse_qs(urlsplit(value).query).get("r", [""])[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise UserError("This link is damaged: it carries no readable recipe.")
    try:
        packed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return loads(containers.inflate(packed, MAX_RECIPE).decode("utf-8"))
    except ValueError:  # base64 of an impossible length, or not UTF-8
        raise UserError("This link is damaged: it carries no readable recipe.") from None


# Comparing


@dataclass(frozen=True)
class Comparison:
    identical: bool
    sentence: str


def compare(old: dict, new: dict) -> Comparison:
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


def differences(old: dict, new: dict) -> list[str]:
    """'transformers 5.23.0 -> 5.24.0', ...: what both recipes record and what is not the same in both."""
    pairs = [("app", old.get("version"), new.get("version"))]
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
    found = [f"{label} {_short(a)} -> {_short(b)}" for label, a, b in pairs if a and b and a != b]
    theirs, ours = old.get("settings", {}), new.get("settings", {})
    for key in dict.fromkeys([*theirs, *ours]):
        if key == "model" or theirs.get(key) == ours.get(key):
            continue
        a, b = (_short(settings[key]) if key in settings else "not set" for settings in (theirs, ours))
        found.append(f"{key} changed" if a == b or len(a) + len(b) > 60 else f"{key} {a} -> {b}")
    return found


def _other_models(old: dict, new: dict) -> list[tuple[str, dict, dict]]:
    pairs = zip(old.get("other_models", []), new.get("other_models", []), strict=False)
    return [(f"model {number}", a, b) for number, (a, b) in enumerate(pairs, start=2)]


def _main_facts(model: dict) -> str:
    parts = (model.get("model"), model.get("precision"), (model.get("weights_sha256") or "")[:10])
    return " ".join(filter(None, parts))


def _short(value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:10] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text) else text
