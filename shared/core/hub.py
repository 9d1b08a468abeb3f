"""One repository of the Hub -> a folder in the Hub's own cache, or a sentence that says why not.

Only the files that are asked for, never a pickle; every file is compared with the hash the Hub names it by
before anything opens it; a cut download goes on where it stopped. huggingface_hub 2.x throws away what had
arrived, so the transfer is written out here; tokens, layout and links of the cache stay the library's.
"""

import errno
import fnmatch
import hashlib
import json
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.core.errors import UserError
from shared.core.settings import settings

log = logging.getLogger(__name__)

CHECK_S = 2  # seconds after which a Hub that has not answered counts as unreachable
RECHECK_S = 30  # seconds after which the next question about the Hub starts a new check in the background
TIMEOUT_S = 10  # seconds without a byte after which a line counts as cut
RECONNECTS = 5  # within one download, and only while each connection brings something
SPARE_DISK = 200_000_000  # bytes left free beside a download
IGNORED = ("onnx/*", "*/onnx/*", "coreml/*", "*/coreml/*")  # the same model again, for other engines
PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")
DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Unreachable(Exception):
    """The Hub did not answer, or not as the Hub does: the one case in which another model may stand in."""


@dataclass(frozen=True)
class Progress:
    text: str  # a sentence for the visitor
    fraction: float | None = None  # in [0, 1], None where nobody knows


@dataclass(frozen=True)
class Snapshot:
    folder: Path
    revision: str  # the commit, 40 hex digits


@dataclass(frozen=True)
class RemoteFile:
    path: str
    size: int  # bytes
    digest: str  # sha256 of a large file, git's sha1 of a small one, as hex digits; its name in the cache


# ---- is the Hub there? ---------------------------------------------------------------------------


class _Check:
    """The last answer to "is the Hub there?", renewed in the background."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answer = "unknown"
        self.answered = 0.0  # time.monotonic() of the last answer
        self.started = 0.0
        self.done = threading.Event()  # set while no check runs
        self.done.set()

    def start(self) -> threading.Event:
        with self.lock:
            if self.done.is_set():
                self.done, self.started = threading.Event(), time.monotonic()
                threading.Thread(target=self._ask, args=(self.done,), name="hub-check", daemon=True).start()
            return self.done

    def _ask(self, done: threading.Event) -> None:
        # The client that will do the downloads asks: proxies and certificates decide together with it.
        try:
            from huggingface_hub import constants, get_session

            status = get_session().head(constants.ENDPOINT, timeout=CHECK_S).status_code
            self.set("reachable" if status < 500 else "unreachable")
        except Exception as reason:
            log.info("The Hub does not answer: %s", reason)
            self.set("unreachable")
        done.set()

    def set(self, answer: str) -> None:
        with self.lock:
            self.answer, self.answered = answer, time.monotonic()

    def state(self) -> str:
        with self.lock:
            answer, running, now = self.answer, not self.done.is_set(), time.monotonic()
            # A name server that never answers holds the request longer than any timeout of ours.
            if answer == "unknown" and running and now - self.started > CHECK_S:
                return "unreachable"
            stale = answer != "unknown" and not running and now - self.answered > RECHECK_S
        if stale:
            self.start()
        return answer


_check = _Check()


def off() -> bool:
    """True where this machine must not ask the Hub at all."""
    from huggingface_hub import constants

    return constants.is_offline_mode() or settings().models == "bundled"


def check_hub() -> None:
    """Starts the check and returns at once; its answer is there after 2 seconds at most."""
    if not off():
        _check.start()


def hub_state() -> str:
    """One of "unknown" (nobody has asked yet), "reachable", "unreachable", "off". Never waits."""
    return "off" if off() else _check.state()


def reachable() -> bool:
    """Whether a download is worth a try. Waits, 2 s at most, unless the last answer was "unreachable"."""
    state = hub_state()
    if state in ("off", "unreachable"):
        return False
    if state == "unknown" or time.monotonic() - _check.answered > CHECK_S:
        if not _check.start().wait(CHECK_S):
            _check.set("unreachable")
    return hub_state() == "reachable"


def mark_unreachable() -> None:
    _check.set("unreachable")


# ---- what is in the cache ------------------------------------------------------------------------


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

    found = sorted(path for path in folder.rglob("*.safetensors") if path.exists() and fits(path))
    for index in filter(fits, folder.rglob("*.safetensors.index.json")):
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if not all((index.parent / shard).exists() for shard in shards):
            return []
    return found


def damaged(folder: Path) -> list[Path]:
    """The files of a snapshot whose content is not what their name in the cache promises."""
    bad = []
    for path in folder.rglob("*"):
        # Without symbolic links (some Windows machines) there is no promise; the check of the format remains.
        if path.is_symlink():
            # One step only: the next may lead to a store with other names.
            promise = os.path.basename(os.readlink(path))
            if DIGEST.fullmatch(promise) and not (path.exists() and _matches(path, promise)):
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


def _matches(path: Path, digest: str) -> bool:
    if len(digest) == 64:
        return sha256(path) == digest
    data = path.read_bytes()
    as_git, plain = hashlib.sha1(b"blob %d\0" % len(data) + data), hashlib.sha1(data)
    return digest in (as_git.hexdigest(), plain.hexdigest())  # the Hub has git's; some mirrors the plain one


# ---- sha256, computed once per file --------------------------------------------------------------

_hashes: dict[str, str] = {}  # identity of a file -> sha256; kept on disk, because 6 GB take many seconds
_hashes_lock = threading.Lock()


def sha256(path: Path) -> str:
    """sha256 of a file, remembered (over restarts too) until its size or its time of change moves."""
    from huggingface_hub.constants import HF_HOME

    memory = Path(HF_HOME) / "aigc-suite-sha256.json"
    found = os.stat(path)
    key = f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
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


# ---- fetching ------------------------------------------------------------------------------------


def fetch(
    repo: str, revision: str, files: tuple[str, ...], title: str, fits: Callable[[float], None]
) -> Iterator[Progress]:
    """Downloads what is missing -> Snapshot, yielding Progress. One attempt; see the module's first lines.

    fits(megabytes of weights) is called once the sizes are known and before anything is downloaded; it may
    refuse by raising. Raises UserError for what somebody can mend, Unreachable where the Hub is not there.
    """
    from huggingface_hub import constants, snapshot_download

    yield Progress(f"Asking the Hub about {title}")
    commit, wanted = _listing(repo, revision, files, title)
    fits(sum(file.size for file in wanted if file.path.endswith(".safetensors")) / 1e6)

    blobs = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}" / "blobs"
    missing = [file for file in wanted if not (blobs / file.digest).exists()]
    try:
        blobs.mkdir(parents=True, exist_ok=True)
        _check_disk(blobs, missing, title)
        arrived, total = 0, sum(file.size for file in missing)
        for file in sorted(missing, key=lambda file: file.size):  # small first: refusals come before the wait
            for part in _fetch_file(repo, commit, file, blobs / file.digest, title):
                done = arrived + part
                text = f"Downloading {title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB"
                yield Progress(text, done / max(total, 1))
            arrived += file.size
        with _sentences(repo, revision, title):
            # Everything is there; the library notes the commit and makes the links.
            folder = snapshot_download(
                repo,
                revision=revision or None,
                allow_patterns=list(files),
                ignore_patterns=list(IGNORED),
                etag_timeout=TIMEOUT_S,
                max_workers=2,
                tqdm_class=_silent_bar(),
            )
    except OSError as reason:
        if reason.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        for part in blobs.glob("*.part"):  # a full disk stops everything else on this machine too
            part.unlink(missing_ok=True)
        log.error("The disk of %s is full.", blobs)
        raise UserError(f"The disk of this machine is full, so {title} could not be downloaded.") from None
    return Snapshot(Path(folder), Path(folder).name)


def _listing(repo: str, revision: str, files: tuple[str, ...], title: str) -> tuple[str, list[RemoteFile]]:
    """The commit, and the files that are wanted: one request. Refuses repositories without safetensors."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils import filter_repo_objects

    with _sentences(repo, revision, title):
        info = HfApi().model_info(repo, revision=revision or None, files_metadata=True, timeout=TIMEOUT_S)
    every = [
        RemoteFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else file.blob_id or "")
        for file in info.siblings or []
    ]
    patterns = {"allow_patterns": files, "ignore_patterns": IGNORED}
    wanted = list(filter_repo_objects(every, **patterns, key=lambda file: file.path))
    if not any(file.path.endswith(".safetensors") for file in wanted):
        if any(file.path.endswith(PICKLES) for file in every):
            raise UserError(
                f"{title} is published as pickle files only; they can run code when they are opened, so this "
                "app does not load them. It loads safetensors."
            )
        raise UserError(f"The Hub repository {repo} holds no weights in the safetensors format.")
    if absent := set(required(files)) - {file.path for file in wanted}:
        raise UserError(f"The Hub repository {repo} lacks a file that {title} needs: {min(absent)}.")
    if not all(DIGEST.fullmatch(file.digest) for file in wanted):
        raise Unreachable("the listing names files without their hashes")
    return info.sha, wanted


def _check_disk(folder: Path, missing: list[RemoteFile], title: str) -> None:
    needed = sum(file.size for file in missing) - sum(
        part.stat().st_size for file in missing if (part := _part(folder / file.digest)).is_file()
    )
    free = shutil.disk_usage(folder).free
    if missing and needed + SPARE_DISK > free:
        raise UserError(
            f"{title} needs {(needed + SPARE_DISK) / 1e6:,.0f} MB of disk space to download, and this "
            f"machine has {free / 1e6:,.0f} MB free."
        )


def _part(blob: Path) -> Path:
    return blob.with_name(blob.name + ".part")


def _fetch_file(repo: str, commit: str, file: RemoteFile, blob: Path, title: str) -> Iterator[int]:
    """Downloads one file to `blob`, which exists only once its hash is right. Yields the bytes so far."""
    from filelock import FileLock, Timeout

    lock = FileLock(f"{_part(blob)}.lock")
    while not lock.is_locked:  # another process of this machine may be fetching the same file
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            yield _part(blob).stat().st_size if _part(blob).exists() else 0
    try:
        for attempt in (1, 2):
            if blob.exists():
                return
            yield from _transfer(repo, commit, file, _part(blob), title)
            if _matches(_part(blob), file.digest):
                os.replace(_part(blob), blob)
                return
            log.warning("%s of %s arrived damaged (attempt %d).", file.path, repo, attempt)
            _part(blob).unlink()
        raise UserError(f"{title} arrived damaged twice and was thrown away; please try again later.")
    finally:
        lock.release()


def _transfer(repo: str, commit: str, file: RemoteFile, part: Path, title: str) -> Iterator[int]:
    """Brings `part` to its full length, from wherever it stopped before."""
    import httpx2
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    have = part.stat().st_size if part.exists() else 0
    if have > file.size:
        part.unlink()
        have = 0
    for _ in range(RECONNECTS + 1):
        before = have
        headers = build_hf_headers() | {"Accept-Encoding": "identity"}  # compressed, a range is another range
        if have:
            headers["Range"] = f"bytes={have}-"
        url = hf_hub_url(repo, file.path, revision=commit)
        try:
            with (
                _sentences(repo, commit, title, but=httpx2.TransportError),
                open(part, "ab") as out,
                get_session().stream("GET", url, headers=headers, timeout=TIMEOUT_S) as response,
            ):
                hf_raise_for_status(response)
                if have and response.status_code != 206:  # the server does not know ranges
                    out.truncate(0)
                    have = before = 0
                yield have
                for block in response.iter_bytes():  # as they arrive: asked for a size, it drops a half block
                    out.write(block)
                    have += len(block)
                    yield have
                    if have > file.size:
                        break
        except httpx2.TransportError as reason:
            log.warning("%s of %s: the line was cut at %d bytes: %s", file.path, repo, have, reason)
        if have >= file.size:
            return
        if have == before:
            break
    raise UserError(
        f"The connection to the Hub was cut while {title} was downloading ({have / 1e6:.0f} of "
        f"{file.size / 1e6:.0f} MB of one file are here); try again, it goes on from there."
    )


class _sentences:
    """Turns the library's errors into sentences (UserError), or Unreachable where the Hub is not there."""

    def __init__(self, repo: str, revision: str, title: str, but: type[Exception] | tuple = ()):
        self.repo, self.revision, self.title, self.but = repo, revision or "main", title, but

    def __enter__(self):
        return self

    def __exit__(self, _kind, reason, _trace):
        import httpx2
        from huggingface_hub import errors

        if reason is None or isinstance(reason, (UserError, Unreachable)) or isinstance(reason, self.but):
            return
        status = getattr(getattr(reason, "response", None), "status_code", 0)
        sentence = ""
        if isinstance(reason, (errors.GatedRepoError, errors.DisabledRepoError)) or status == 403:
            sentence = (
                f"{self.title} is behind a licence on the Hub ({self.repo}): its owner must let you in, and "
                "this machine needs your token (HF_TOKEN)."
            )
        elif isinstance(reason, errors.RepositoryNotFoundError):
            sentence = f"There is no model {self.repo} on the Hub, or it is private."
        elif isinstance(reason, errors.RevisionNotFoundError):
            sentence = f"The model {self.repo} has no revision {self.revision} on the Hub."
        elif isinstance(reason, errors.EntryNotFoundError) and status:
            sentence = f"A file of {self.repo} is missing on the Hub."
        elif status == 401:
            sentence = "The Hub does not accept this machine's token (HF_TOKEN)."
        elif isinstance(reason, errors.HFValidationError):
            sentence = f"“{self.repo}” is not the name of a model on the Hub; names look like OWNER/NAME."
        if sentence:
            raise UserError(sentence) from reason
        if isinstance(
            reason,
            (
                httpx2.TransportError,  # no answer
                errors.LocalEntryNotFoundError,  # the library's word for it
                ConnectionError,
                errors.HfHubHTTPError,  # a Hub in trouble: 429, 5xx
                ValueError,  # no JSON: something that is not the Hub, such as a login page
            ),
        ):
            raise Unreachable(str(reason)) from reason


def _silent_bar():
    """The library draws its bars on the terminal unless it is given another class."""
    from tqdm import tqdm

    class Silent(tqdm):
        def __init__(self, *args, **kwargs):
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs | {"disable": True})

    return Silent
