"""A repository of the Hub, brought into its cache.

huggingface_hub 2.x throws away what had arrived of a cut download, so the transfer is written out here; tokens, layout
and links of the cache stay the library's.
"""

import errno
import logging
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.core.hub.cache import DIGEST, IGNORED, PICKLES, Snapshot, matches, required
from shared.core.hub.trouble import Unreachable, sentences

log = logging.getLogger(__name__)

TIMEOUT_S = 10  # seconds without a byte after which a line counts as cut
RECONNECTS = 5  # within one download, and only while each connection brings something
SPARE_DISK = 200_000_000  # bytes left free beside a download


@dataclass(frozen=True)
class Progress:
    text: str  # a sentence for the visitor
    fraction: float | None = None  # in [0, 1], None where nobody knows


@dataclass(frozen=True)
class RemoteFile:
    path: str
    size: int  # bytes
    digest: str  # sha256 of a large file, git's sha1 of a small one, as hex digits; its name in the cache


def fetch(
    repo: str, revision: str, files: tuple[str, ...], title: str, fits: Callable[[float], None]
) -> Generator[Progress, None, Snapshot]:
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
        with sentences(repo, revision, title):
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
        for leftover in blobs.glob("*.part"):  # a full disk stops everything else on this machine too
            leftover.unlink(missing_ok=True)
        log.error("The disk of %s is full.", blobs)
        raise UserError(f"The disk of this machine is full, so {title} could not be downloaded.") from None
    return Snapshot(Path(folder), Path(folder).name)


def _listing(repo: str, revision: str, files: tuple[str, ...], title: str) -> tuple[str, list[RemoteFile]]:
    """The commit, and the files that are wanted: one request. Refuses repositories without safetensors."""
    from huggingface_hub import HfApi
    from huggingface_hub.utils import filter_repo_objects

    with sentences(repo, revision, title):
        info = HfApi().model_info(repo, revision=revision or None, files_metadata=True, timeout=TIMEOUT_S)
    every = [
        RemoteFile(file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else file.blob_id or "")
        for file in info.siblings or []
    ]
    wanted = list(
        filter_repo_objects(
            every, allow_patterns=list(files), ignore_patterns=list(IGNORED), key=lambda file: file.path
        )
    )
    if not any(file.path.endswith(".safetensors") for file in wanted):
        if any(file.path.endswith(PICKLES) for file in every):
            raise UserError(
                f"{title} is published as pickle files only; they can run code when they are opened, so this "
                "app does not load them. It loads safetensors."
            )
        raise UserError(f"The Hub repository {repo} holds no weights in the safetensors format.")
    if absent := set(required(files)) - {file.path for file in wanted}:
        raise UserError(f"The Hub repository {repo} lacks a file that {title} needs: {min(absent)}.")
    if not info.sha or not all(DIGEST.fullmatch(file.digest) for file in wanted):
        raise Unreachable("the listing names no commit, or files without their hashes")
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
            if matches(_part(blob), file.digest):
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
                sentences(repo, commit, title, but=httpx2.TransportError),
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


def _silent_bar() -> type[Any]:
    """The library draws its bars on the terminal unless it is given another class."""
    from tqdm import tqdm

    class Silent(tqdm):  # type: ignore[misc]  # tqdm has no types
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **kwargs | {"disable": True})

    return Silent
