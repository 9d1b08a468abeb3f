"""A folder of weights -> the ready model, by the builder that its row names, or a sentence that says why not."""

import importlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.core.registry import ModelSpec

log = logging.getLogger(__name__)

# What torch, the system and Python say where there is no memory left, in errors of many types.
NO_MEMORY = ("can't allocate memory", "Cannot allocate memory", "not enough memory", "out of memory", "new thread")
# Two threads that begin to import transformers together fail now and then. And while diffusers makes a network, by
# accelerate's `init_empty_weights`, every parameter that any thread makes is without numbers, on the "meta" device.
one_at_a_time = threading.RLock()


def build(spec: ModelSpec, folder: Path, files: list[Path], precision: str, options: dict[str, Any]) -> Any:
    """files: the safetensors files, looked at before the builder opens them. options: more arguments for the builder.

    What comes back is whatever the builder makes: the engine of the task knows it. Raises UserError.
    """
    from safetensors import SafetensorError, safe_open

    try:
        for file in files:
            with safe_open(file, "np"):  # reads the header and compares it with the length of the file
                pass
    except SafetensorError as reason:
        log.error("%s: %s", folder, reason)
        raise UserError(
            f"The weights of {spec.title} are damaged or not in the safetensors format; nothing was loaded."
        ) from None
    try:
        with one_at_a_time:
            return builder(spec)(folder, precision, **options)
    except UserError as sentence:
        # A builder knows its folder, which may be named by a commit; a visitor knows the title.
        raise UserError(str(sentence).replace(folder.name, spec.title)) from sentence
    except Exception as reason:
        if isinstance(reason, MemoryError) or any(words in str(reason) for words in NO_MEMORY):
            raise UserError(f"The memory of this machine ran out while {spec.title} was loading.") from None
        log.exception("The builder of %s failed", spec.name)
        if "state_dict" in str(reason):  # torch's words for missing, unexpected or misshapen tensors
            raise UserError(
                f"The weights of {spec.title} do not fit its architecture, so nothing was loaded."
            ) from None
        raise UserError(
            f"{spec.title} could not be loaded ({type(reason).__name__}); the log of the server says more."
        ) from None


def builder(spec: ModelSpec) -> Callable[..., Any]:
    """The function that its row names."""
    module, function = spec.builder.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def megabytes(model: Any, spec: ModelSpec) -> float:
    """What the model holds: what it says itself, or the sum of its tensors, or else what its row says."""
    if (said := getattr(model, "memory_bytes", None)) is not None:
        return float(said() if callable(said) else said) / 1e6
    if hasattr(model, "parameters"):
        tensors = {tensor.data_ptr(): tensor.nbytes for tensor in (*model.parameters(), *model.buffers())}
        return float(sum(tensors.values())) / 1e6  # tied weights count once
    return spec.memory_mb
