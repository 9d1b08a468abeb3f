"""Where the weights of a model are: a folder of the host's own, the Hub's cache, the Hub, the bundled starter."""

import logging
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from shared.core import hub, registry
from shared.core.errors import UserError
from shared.core.hub import Progress
from shared.core.machine import refuse_if_too_large
from shared.core.registry import ModelSpec
from shared.core.settings import settings

log = logging.getLogger(__name__)


@dataclass
class Place:
    """`spec` is another one than was asked for where the bundled starter stands in."""

    spec: ModelSpec
    source: str  # "local", "cache", "hub" or "bundled"
    folder: Path
    revision: str = ""  # the commit on the Hub, "" elsewhere
    notice: str = ""  # a sentence for the visitor where something stands in


def find(spec: ModelSpec) -> Generator[Progress, None, Place]:
    """Brings the files here where they are not. Raises UserError.

    In this order: a folder of the host's own, the Hub's cache (no network), the Hub, the bundled starter of the task.
    The last one only where the Hub is not there, and with a notice: a wrong name or a damaged file is an error.
    """
    if folder := settings().local.get(spec.name):
        _check_local(spec, folder)
        return Place(spec, "local", folder)
    repo, trouble = registry.repo_of(spec), "The Hub could not be reached"
    if repo:
        yield Progress(f"Looking for {spec.title} on this machine")
        files = registry.files_of(spec)
        snapshot = hub.cached(repo, spec.revision, files)
        if snapshot and (bad := hub.damaged(snapshot.folder)):
            hub.delete(bad)
            trouble = f"The copy of {spec.title} on this machine was damaged and the Hub could not be reached"
            snapshot = None
        if snapshot:
            return Place(spec, "cache", snapshot.folder, snapshot.revision)
        if hub.reachable():
            try:
                snapshot = yield from hub.fetch(
                    repo,
                    spec.revision,
                    files,
                    spec.title,
                    fits=lambda weights_mb: refuse_if_too_large(spec.title, spec.memory_mb or guess_mb(weights_mb)),
                )
                return Place(spec, "hub", snapshot.folder, snapshot.revision)
            except hub.Unreachable as reason:
                log.warning("The Hub could not be reached: %s", reason)
                hub.mark_unreachable()
        elif hub.hub_state() == "off":
            trouble = "This machine is set not to ask the Hub"
    own = registry.WEIGHTS / spec.name
    if spec.bundled and own.is_dir():
        return Place(spec, "bundled", own, notice=f"{trouble}, so this is the bundled copy." if repo else "")
    bundled = registry.starter(spec.task)
    if spec.bundled or bundled is None or not (registry.WEIGHTS / bundled.name).is_dir():
        if not repo:
            raise UserError(f"The bundled weights of {spec.title} are missing from this copy of the app.")
        raise UserError(f"{trouble}, and {spec.title} is not on this machine.")
    notice = f"{trouble}, this is the bundled small model {bundled.title}."
    return Place(bundled, "bundled", registry.WEIGHTS / bundled.name, notice=notice)


def _check_local(spec: ModelSpec, folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"The host's folder for {spec.title} is not there, or is not a folder.")
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_size < 1024 and path.read_bytes().startswith(LFS_POINTER):
            raise UserError(
                f"The host's folder for {spec.title} holds only a Git LFS pointer in place of {path.name}: "
                "run git lfs pull there."
            )
    if missing := hub.missing_shards(folder):
        raise UserError(f"The host's folder for {spec.title} is not complete: {missing[0]} is missing.")
    if not hub.weight_files(folder):
        if any(path.suffix in hub.PICKLES for path in folder.rglob("*")):
            raise UserError(
                f"The host's folder for {spec.title} holds pickle files only; they can run code when they "
                "are opened, so this app does not load them. It loads safetensors: "
                "huggingface.co/spaces/safetensors/convert makes them."
            )
        raise UserError(f"The host's folder for {spec.title} holds no complete weights as safetensors.")


LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def guess_mb(weights_mb: float) -> float:
    """Memory for a model that nobody has measured: half precision doubles when it is widened to float32."""
    return 2 * weights_mb
