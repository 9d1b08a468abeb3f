"""Files that an endpoint takes and returns."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradio import data_classes, processing_utils, utils

from shared.core.errors import UserError
from shared.core.limits import KEPT, TRAINING, Kept

SOONEST_S = 5  # after a look into the folder, until the next


def served(data: bytes, name: str) -> dict:
    """A file as an endpoint made with gr.api returns it: clients download it from the server's cache."""
    path = processing_utils.save_bytes_to_cache(data, name, utils.get_upload_folder())
    return data_classes.FileData(path=path, orig_name=name).model_dump()


def tidy(kept: Kept = KEPT["files"], folder: Path | None = None) -> None:
    """Deletes what has lain too long in the folder of uploads and downloads, then the oldest until the rest fits.

    Each file lies in a folder of its own, which goes when it has been empty for as long.
    """
    found, top = [], folder or utils.get_upload_folder()
    for place, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(TRAINING)]  # they have an end of their own
        if not (folders or names or place == str(top)):
            with suppress(OSError):
                if time.time() - Path(place).stat().st_mtime > kept.seconds:
                    Path(place).rmdir()
        for path in (Path(place, name) for name in names):
            with suppress(OSError):  # somebody else has just deleted it
                found.append((path.stat().st_mtime, path.stat().st_size, path))
    number, held = len(found), sum(size for _, size, _ in found)
    for made, size, path in sorted(found):
        if number <= kept.number and held <= kept.megabytes * 1_000_000 and time.time() - made < kept.seconds:
            return
        with suppress(OSError):
            path.unlink()
        number, held = number - 1, held - size


next_look = 0.0
_looking = threading.Lock()


def tidy_now_and_then() -> None:
    """Looks in a thread, one at a time: soon after the last look, but for no more than a fiftieth of the time.
    Thousands of files take long to look at where other work has all cores."""
    if time.monotonic() > next_look and _looking.acquire(blocking=False):
        threading.Thread(target=_look, name="tidy", daemon=True).start()


def _look() -> None:
    global next_look
    begun = time.monotonic()
    try:
        tidy()
    finally:
        now = time.monotonic()
        next_look = now + max(SOONEST_S, 50 * (now - begun))
        _looking.release()


def uploaded(file: dict[str, Any]) -> Path:
    """The path of a file that was uploaded to this server, and of no other one of this machine."""
    try:
        path, folder = Path(file["path"]).resolve(), Path(utils.get_upload_folder()).resolve()
    except (KeyError, TypeError, ValueError, OSError):
        raise UserError("This file cannot be read.") from None
    if not path.is_relative_to(folder):
        raise UserError("This file was not uploaded: send it with gradio_client's handle_file, or as a data URL.")
    return path
