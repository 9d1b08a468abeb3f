"""What this machine has: memory for models, and where they run."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from shared.core.errors import UserError
from shared.core.settings import settings

Function = TypeVar("Function", bound=Callable[..., Any])

SHARE = 0.7  # of the memory; the rest is for the page, the visitors' pictures and the operating system


def memory_budget_mb() -> float:
    """Megabytes (10^6 bytes) that loaded models may fill together: AIGC_MEMORY_GB, or 70 % of all."""
    chosen = settings().memory_gb
    return chosen * 1000 if chosen else SHARE * total_memory_mb()


def total_memory_mb(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float:
    """The memory of the machine, or less where a container (cgroup v1 or v2) allows less."""
    import psutil

    limits = [psutil.virtual_memory().total]
    groups = {"/"}  # inside most containers the own group is shown as /
    if own.exists():
        groups |= {line.rpartition(":")[2] for line in own.read_text().splitlines()}
    for group in groups:
        for parent in (Path(group), *Path(group).parents):  # a limit holds for everything below it
            inside = str(parent).lstrip("/")
            for limit in (f"{inside}/memory.max", f"memory/{inside}/memory.limit_in_bytes"):
                file = cgroups / limit.lstrip("/")
                if file.is_file() and (text := file.read_text().strip()).isdigit():
                    limits.append(int(text))
    return float(min(limits)) / 1e6


def refuse_if_too_large(title: str, need_mb: float) -> None:
    """UserError for a model that cannot fit, whatever else is dropped."""
    budget = memory_budget_mb()
    if need_mb > budget:
        raise UserError(
            f"{title} needs about {need_mb / 1000:.1f} GB of memory, and this machine has "
            f"{budget / 1000:.1f} GB for models."
        )


def zero_gpu() -> bool:
    """True on a Space of the kind where a GPU is there only while a function made by `on_gpu` runs."""
    return bool(os.environ.get("SPACES_ZERO_GPU"))


def device() -> str:
    """Where models that stay in memory run best: "cuda", "mps" or "cpu"."""
    import torch

    if zero_gpu():
        return "cpu"  # torch says "cuda" there, but outside of `on_gpu` nothing can be computed on it
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def bfloat16_is_fast() -> bool:
    """bfloat16 products: 3 to 4 times as fast where the device has instructions for them, slower where not."""
    import torch

    return torch.cuda.is_available() or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def on_gpu(function: Function) -> Function:
    """`spaces.GPU(function)` where ZeroGPU lends one; elsewhere the function, as `spaces.GPU` would."""
    if not zero_gpu():
        return function
    import spaces  # the package of that name, not our folder

    lent: Function = spaces.GPU(function)  # type: ignore[attr-defined]  # mypy finds our folder of that name
    return lent
