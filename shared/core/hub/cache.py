"""What of a repository lies in the Hub's cache on this machine, and whether it is whole. No network."""

import fnmatch
import hashlib
import json
import logging
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

IGNORED = ("onnx/*", "*/onnx/*", "coreml/*", "*/coreml/*")  # the same model again, for other engines
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Snapshot:
    folder: Path
    revision: str  # the commit, 40 hex digits


def cached(repo: str, revision: str, files: tuple[str, ...]) -> Snapshot | None:
    """The snapshot, where all of it is in the cache. No network. It may still be damaged: see `damaged`."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                repo,
                revision=revision or None,
                allow_patterns=list(files),
                ignore_patterns=list(IGNORED),
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:
        return None
    # Other programs leave half a model here (a tokenizer alone, or with a pickle), and the library says yes.
    whole = weight_files(folder, files) and all((folder / name).exists() for name in required(files))
    return Snapshot(folder, folder.name) if whole else None


def required(files: tuple[str, ...]) -> list[str]:
    """The patterns that are names of files in the part of a pipeline; those have no alternatives."""
    return [name for name in files if "/" in name and "*" not in name]


def weight_files(folder: Path, files: tuple[str, ...] = ("*",)) -> list[Path]:
    """The safetensors files of a model folder that fit a pattern, sorted; [] where one of them is missing.

    The same weights may lie there again in another precision, fetched by another program.
    """

    def fits(path: Path) -> bool:
        return any(fnmatch.fnmatch(path.relative_to(folder).as_posix(), pattern) for pattern in files)

    weights = sorted(path for path in folder.rglob("*.safetensors") if path.exists() and fits(path))
    return [] if any(_missing(index) for index in filter(fits, folder.rglob(INDEX))) else weights


INDEX = "*.safetensors.index.json"


def missing_shards(folder: Path) -> list[str]:
    """The names of the files that an index of the folder lists and that are not there."""
    return [shard for index in folder.rglob(INDEX) for shard in _missing(index)]


def _missing(index: Path) -> list[str]:
    shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(shard for shard in shards if not (index.parent / shard).exists())


def damaged(folder: Path) -> list[Path]:
    """The files of a snapshot whose content is not what their name in the cache promises."""
    bad = []
    for path in folder.rglob("*"):
        # Without symbolic links (some Windows machines) there is no promise; the check of the format remains.
        if path.is_symlink():
            # One step only: the next may lead to a store with other names.
            promise = os.path.basename(os.readlink(path))
            if DIGEST.fullmatch(promise) and not (path.exists() and matches(path, promise)):
                bad.append(path)
    return bad


def delete(paths: list[Path]) -> None:
    """Removes files of a snapshot with the data behind them, so that they are fetched again."""
    for path in paths:
        log.warning("Deleting a damaged file: %s", path)
        Path(os.path.realpath(path)).unlink(missing_ok=True)
        if path.is_symlink():
            (path.parent / os.readlink(path)).unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def matches(path: Path, digest: str) -> bool:
    if len(digest) == 64:
        return sha256(path) == digest
    data = path.read_bytes()
    as_git, plain = hashlib.sha1(b"blob %d\0" % len(data) + data), hashlib.sha1(data)
    return digest in (as_git.hexdigest(), plain.hexdigest())  # the Hub has git's; some mirrors the plain one


# ---- sha256, computed once per file

_hashes: dict[str, str] = {}  # identity of a file -> sha256; kept on disk, because 6 GB take many seconds
_hashes_lock = threading.Lock()


def sha256(path: Path) -> str:
    """sha256 of a file, remembered (over restarts too) until its size or its time of change moves."""
    from huggingface_hub.constants import HF_HOME

    memory = Path(HF_HOME) / "aigc-suite-sha256.json"
    state = os.stat(path)
    key = f"{state.st_dev}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}"
    with _hashes_lock:
        if not _hashes and memory.exists():
            try:
                _hashes.update(json.loads(memory.read_text(encoding="utf-8")))
            except (OSError, ValueError) as reason:
                log.warning("%s cannot be read (%s); files are hashed again.", memory, reason)
        if key in _hashes:
            return _hashes[key]
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    with _hashes_lock:
        _hashes[key] = digest.hexdigest()
        try:
            memory.parent.mkdir(parents=True, exist_ok=True)
            draft = memory.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps(dict(list(_hashes.items())[-500:])), encoding="utf-8")
            os.replace(draft, memory)
        except OSError as reason:  # a read-only home: the hash is computed again at the next start
            log.info("Hashes are not kept: %s", reason)
    return digest.hexdigest()
