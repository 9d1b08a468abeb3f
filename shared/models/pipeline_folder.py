"""A diffusers pipeline folder -> the pipeline: strictly, from safetensors only, running no code of the folder's.

    model_index.json        which class each part has
    unet/config.json        and diffusion_pytorch_model.safetensors, perhaps in shards, perhaps as .fp16.safetensors
    text_encoder/ vae/ tokenizer/ scheduler/ ...

diffusers' own `from_pretrained` starts a network with random weights where some are missing, and says so in a log
only. So the networks are read here one by one, and the pipeline gets them ready made.
"""

import importlib
import json
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from shared.core.errors import UserError, first_line

if TYPE_CHECKING:
    from torch import nn

Pipeline: TypeAlias = Any  # one of several classes of diffusers, each with parts of its own

# The libraries whose classes a model_index.json may name, and where those are. Any other name is that of a file in
# the folder: code of somebody else's.
LIBRARIES = {
    "diffusers": "diffusers",
    "transformers": "transformers",
    "stable_diffusion": "diffusers.pipelines.stable_diffusion.safety_checker",
}
NEEDED = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
CHECKS = ("safety_checker", "feature_extractor")  # the parts that look at the finished picture
UNUSED = ("image_encoder",)  # of IP-Adapter, which this app does not offer


def read(folder: Path, dtype: str, device: str, checked: bool) -> Pipeline:
    """The pipeline of the Stable Diffusion family in `folder`, on its device, its networks in `dtype`.

    checked: with its safety checker, which must then be there if model_index.json names one. Errors: UserError.
    """
    from diffusers import AutoPipelineForText2Image
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    diffusers_logging.disable_progress_bar()
    transformers_logging.disable_progress_bar()
    parts: dict[str, Any] = {}
    for name, (library, kind) in parts_of(folder).items():
        if name in UNUSED or (name in CHECKS and not checked):
            parts[name] = None
        elif library:
            part = getattr(importlib.import_module(LIBRARIES[library]), str(kind), None)
            if part is None:
                raise UserError(f"{folder.name} has a part that this version of the app does not know: {kind}.")
            if _is_network(part):
                exact = name == "safety_checker" or (name == "vae" and device == "cuda" and _upcast(folder / name))
                title = f"{folder.name}: the weights of its {name}"
                parts[name] = network(folder / name, part, "float32" if exact else dtype, title)
    if not parts.get("safety_checker", True):
        parts["requires_safety_checker"] = False
    try:
        with _quiet("diffusers.pipelines"):  # it expects an AutoencoderKL, and its own name for a checker's class
            pipe = AutoPipelineForText2Image.from_pretrained(str(folder), local_files_only=True, **parts)
    except Exception as error:  # what a tokenizer raises is an Exception and nothing more
        raise UserError(f"{folder.name} is no pipeline that can be read here ({first_line(error)}).") from error
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def parts_of(folder: Path) -> dict[str, tuple[str | None, str | None]]:
    """What model_index.json names: part -> (library, class), (None, None) for a part that is left out."""
    try:
        index = json.loads((folder / "model_index.json").read_text("utf-8"))
        lists = {name: value for name, value in index.items() if isinstance(value, list)}
        parts = {name: (library, kind) for name, (library, kind) in lists.items()}
    except (OSError, ValueError, AttributeError):
        raise UserError(f"{folder.name} is no diffusers pipeline: its model_index.json is missing or broken.") from None
    for name, (library, kind) in parts.items():
        if library is not None and (str(library) not in LIBRARIES or not isinstance(kind, str)):
            raise UserError(f"{folder.name} wants code of its own to be run for its {name}; this app runs none.")
    if not all(parts.get(name, (None,))[0] for name in NEEDED):
        raise UserError(f"{folder.name} is not of the Stable Diffusion family; this app draws with that one only.")
    return parts


def network(folder: Path, kind: Any, dtype: str, title: str) -> "nn.Module":
    """One network on the CPU, in evaluation mode; no weight may be missing, left over or of another shape.

    kind: its class. title: how an error begins, for example "SD-Turbo: the weights of its unet".
    """
    import torch
    from safetensors import SafetensorError

    options: dict[str, Any] = {"use_safetensors": True, "local_files_only": True, "output_loading_info": True}
    options |= {"dtype": getattr(torch, dtype), "variant": variant(folder)}
    try:
        with _quiet("diffusers.configuration_utils"):  # AutoencoderTiny does not read all that it writes
            network, report = kind.from_pretrained(str(folder), **options)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, SafetensorError) as error:
        raise UserError(f"{title} cannot be read ({first_line(error)}).") from error
    for trouble in ("missing", "unexpected", "mismatched"):
        if keys := report[f"{trouble}_keys"]:
            raise UserError(f"{title} do not fit its architecture ({len(keys)} {trouble}: {min(map(str, keys))}).")
    ready: nn.Module = network.eval().requires_grad_(False)
    return ready


def variant(folder: Path) -> str | None:
    """Which of several copies of the same weights is read: that in half precision, which is half to read."""
    return "fp16" if any(folder.glob("*.fp16*.safetensors")) else None


def count(folder: Path) -> int:
    """How many numbers the networks of a pipeline hold, read off the headers of their files."""
    from safetensors import safe_open

    total = 0
    for part in folder.iterdir():
        if part.is_dir() and part.name not in CHECKS + UNUSED:
            half = variant(part) == "fp16"
            for file in part.glob("*.safetensors"):
                if (".fp16" in file.name) == half:
                    with safe_open(file, "pt") as tensors:
                        total += sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())
    return total


def _is_network(kind: object) -> bool:
    import torch

    return isinstance(kind, type) and issubclass(kind, torch.nn.Module)


def _upcast(folder: Path) -> bool:
    """Whether this autoencoder's activations pass float16's 65,504, as those of Stable Diffusion XL do."""
    try:
        return bool(json.loads((folder / "config.json").read_text("utf-8")).get("force_upcast", True))
    except (OSError, ValueError):
        return True  # `network` says what is wrong with it


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """No warnings from the loggers of this module and of those below it."""
    known = logging.root.manager.loggerDict.items()
    logs = [log for key, log in known if f"{key}.".startswith(f"{name}.") and isinstance(log, logging.Logger)]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)
