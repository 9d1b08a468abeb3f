"""How many threads a computation should use: as many as there are cores for us, real ones."""

import os
from functools import cache
from pathlib import Path


def use_physical_cores() -> None:
    """Tell torch, in the calling thread, to use `cores()` threads.

    Two threads on one core only get in each other's way, and in a container torch counts the host's cores.
    """
    import torch

    torch.set_num_threads(cores())


@cache
def cores(quota_file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Physical cores, or fewer where OMP_NUM_THREADS says so, the process is pinned or the container has a quota."""
    import psutil

    logical = os.cpu_count() or 1
    limits = [psutil.cpu_count(logical=False) or logical]
    if os.environ.get("OMP_NUM_THREADS", "").isdigit():
        limits.append(int(os.environ["OMP_NUM_THREADS"]))
    if hasattr(os, "sched_getaffinity"):
        limits.append(len(os.sched_getaffinity(0)))
    if quota_file.is_file():  # cgroup v2
        quota, period = quota_file.read_text().split()  # "200000 100000": two cores; "max 100000": all
        if quota != "max":
            limits.append(round(int(quota) / int(period)))
    return max(1, min(limits))
