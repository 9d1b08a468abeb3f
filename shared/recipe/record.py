"""The recipe: a small JSON that says how an output was made, exactly enough to make it again.

    recipe = make("gpt2_text", loaded, {"prompt": "Once", "seed": 7}, "Once upon a time", seconds=1.2)

Where it comes back from outside it may have been written by anybody, so `check` and `loads` accept nothing but plain
values of bounded size and turn everything else into a UserError of one sentence. No model library is imported.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import platform
import re
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from shared import __version__
from shared.core.errors import UserError
from shared.recipe import containers

if TYPE_CHECKING:
    from PIL import Image

    from shared.core.loaders import Loaded

Recipe: TypeAlias = dict[str, Any]  # plain JSON: the keys of FIELDS
Output: TypeAlias = "bytes | str | Image.Image | list[Any] | tuple[Any, ...]"
Scalar: TypeAlias = str | int | float | bool | None
Model: TypeAlias = "Loaded | dict[str, Any]"

APP = "aigc-suite"
MAX_RECIPE = 64 * 1024  # bytes of JSON
MAX_TEXT = 15_000  # characters of one setting; in Chinese that is 45 KB, so one long prompt always fits
MAX_LEFT_OUT = 16  # things of another tool's picture that are named
MAX_WHOLE = 2**53 - 1  # a browser rounds whole numbers beyond this, and a rounded seed is another seed
LIBRARIES = ("torch", "numpy", "tokenizers", "transformers")


# Making


def make(
    tab: str,
    model: Model | list[Model] | tuple[Model, ...],
    settings: dict[str, Any],
    output: Output,
    seconds: float,
    libraries: Iterable[str] = LIBRARIES,
) -> Recipe:
    """The recipe of one output.

    model: what `loaders.use` gives, or a dict of model, source, repo, revision, weights_sha256, precision,
        device, dtype; or a list of them where several made one output (the first is the main one).
    settings: every setting of the tab, by the names given to `recipe_row.wire`, with the seed that was really
        used. A "model" among them is set to the model that really ran; what was asked for stays as
        `requested_model`.
    output: bytes, text, PIL pictures, or a list of those; hashed before anything is embedded in it.
    Errors: UserError if it would be larger than 64 KB.
    """
    models = [facts(each) for each in (model if isinstance(model, list | tuple) else [model])]
    settings = dict(settings)
    recipe: Recipe = {"app": APP, "version": __version__, "tab": tab, **models[0]}
    if "model" in settings and len(models) == 1 and settings["model"] != models[0]["model"]:
        recipe["requested_model"] = settings["model"]
        settings["model"] = models[0]["model"]
    if models[1:]:
        recipe["other_models"] = models[1:]
    elsewhere = models[0].get("source") == "remote"  # nothing of this machine decides what it gives
    recipe |= {
        "seed": settings.get("seed"),
        "settings": settings,
        "libraries": versions(() if elsewhere else libraries),
        "machine": None if elsewhere else _machine(),
        "seconds": round(seconds, 3),
        "output_sha256": hash_output(output),
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return check(recipe)


def facts(model: Model) -> dict[str, str]:
    """What a recipe says of one model, from `loaders.Loaded` or from a dict of the same."""
    if isinstance(model, dict):
        return {key: str(model[key]) for key in MODEL_FACTS if model.get(key)}
    engine = model.model
    recorded = {
        "model": model.spec.name,
        "source": model.source,
        "repo": getattr(engine, "repo", model.spec.repo),  # a remote server says itself what it runs
        "revision": model.revision,
        "weights_sha256": model.sha256,
        "precision": getattr(engine, "precision", model.precision),  # what the engine runs, not what was asked
        "device": model.device,
        "dtype": getattr(engine, "dtype", ""),
    }
    return {key: str(value).removeprefix("torch.") for key, value in recorded.items() if value}


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed version of each package that is there, and of Python; nothing is imported."""
    asked = {"python": platform.python_version()} | {package: _version(package) for package in packages}
    return {package: version for package, version in asked.items() if version}


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


def hash_output(output: Output) -> str:
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


# Checking


def check(data: object) -> Recipe:
    """The recipe in `data`, in the usual order, without keys that this version does not know.

    Errors: UserError that names what is wrong.
    """
    if not isinstance(data, dict) or "tab" not in data or "settings" not in data:
        raise UserError("This is not a recipe: a recipe is a JSON object with a tab and its settings.")
    recipe = {key: accept(data[key], key) for key, accept in FIELDS.items() if data.get(key) is not None}
    if "tab" not in recipe or "settings" not in recipe:
        raise UserError("This is not a recipe: a recipe is a JSON object with a tab and its settings.")
    if len(compact(recipe).encode("utf-8")) > MAX_RECIPE:
        raise UserError(f"These settings are too long for a recipe, which holds {MAX_RECIPE // 1024} KB at most.")
    return recipe


def _wrong(what: str, wanted: str) -> UserError:
    return UserError(f"This recipe is damaged: {what} must be {wanted}.")


def _string(value: object, what: str, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _wrong(what, f"a text of at most {most} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair of UTF-16: no file and no page can show it
        raise _wrong(what, "text that can be written as UTF-8") from None
    return value


def _word(value: object, what: str) -> str:
    return _string(value, what, 300)


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
        raise _wrong(what, "a name of small letters, digits and _")
    return value


def _hash(value: object, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise _wrong(what, "64 hexadecimal digits")
    return value


def _number(value: object, what: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(what, "a number")
    if isinstance(value, int) and abs(value) > MAX_WHOLE or not math.isfinite(value):
        raise _wrong(what, f"a number no larger than {MAX_WHOLE}")
    return value


def _seed(value: object, what: str) -> int:
    number = _number(value, what)
    if number != int(number) or number < 0:
        raise _wrong(what, f"a whole number from 0 to {MAX_WHOLE}")
    return int(number)


def _seconds(value: object, what: str) -> float:
    number = _number(value, what)
    if number < 0:
        raise _wrong(what, "0 or more")
    return number


def _scalar(value: object, what: str, most: int) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    return _string(value, what, most) if isinstance(value, str) else _number(value, what)


def _settings(value: object, what: str) -> dict[str, Scalar | list[Scalar]]:
    if not isinstance(value, dict) or len(value) > 64:
        raise _wrong(what, "an object of at most 64 settings")
    checked: dict[str, Scalar | list[Scalar]] = {}
    for key, setting in value.items():
        _name(key, "the name of a setting")
        if isinstance(setting, list | tuple):
            if len(setting) > 256:
                raise _wrong(f"the setting {key}", "a list of at most 256 values")
            checked[key] = [_scalar(item, f"the setting {key}", 2000) for item in setting]
        else:
            checked[key] = _scalar(setting, f"the setting {key}", MAX_TEXT)
    return checked


def _libraries(value: object, what: str) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > 32:
        raise _wrong(what, "an object of at most 32 names with versions")
    return {_string(key, what, 100): _string(version, what, 100) for key, version in value.items()}


def _models(value: object, what: str) -> list[dict[str, str]]:
    if not isinstance(value, list) or len(value) > 8 or not all(isinstance(model, dict) for model in value):
        raise _wrong(what, "a list of at most 8 models")
    return [
        {key: accept(model[key], what) for key, accept in MODEL_FACTS.items() if model.get(key) is not None}
        for model in value
    ]


def _left_out(value: object, what: str) -> list[str]:
    if not isinstance(value, list) or len(value) > MAX_LEFT_OUT:
        raise _wrong(what, f"a list of at most {MAX_LEFT_OUT} texts")
    return [_string(one, what, 300) for one in value]


MODEL_FACTS: dict[str, Callable[[object, str], str]] = {
    "model": _word,
    "source": _word,
    "repo": _word,
    "revision": _word,
    "weights_sha256": _hash,
    "precision": _word,
    "device": _word,
    "dtype": _word,
}
FIELDS: dict[str, Callable[[object, str], object]] = {
    "app": _word,
    "version": _word,
    "tab": _name,
    **MODEL_FACTS,
    "requested_model": _word,
    "other_models": _models,
    "seed": _seed,
    "settings": _settings,
    "left_out": _left_out,  # of a picture of another tool: what no setting here can follow
    "libraries": _libraries,
    "machine": _word,
    "seconds": _seconds,
    "output_sha256": _hash,
    "created": _word,
}


# As text


def dumps(recipe: Recipe) -> str:
    return json.dumps(check(recipe), ensure_ascii=False, indent=2, allow_nan=False)


def compact(recipe: Recipe) -> str:
    return json.dumps(recipe, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def loads(text: str) -> Recipe:
    """The recipe in a JSON text. Errors: UserError."""
    if not isinstance(text, str) or len(text) > containers.MAX_TEXT:
        raise UserError("This is too large to be a recipe.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):  # not JSON, a number of thousands of digits, a tower of brackets
        raise UserError("This is not a recipe: it is not readable as JSON.") from None
    return check(data)
