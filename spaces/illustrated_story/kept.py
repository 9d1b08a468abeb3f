"""Books on disk: what was finished when a server ended is there when it is back.

    kept = Kept()
    kept.put(name, book, whole=False)   # after each picture
    kept.get(name)                      # (book, whole), or None

They lie in a folder of this user alone, for an hour after they were last used, under names that nobody can guess.
"""

import logging
import os
import re
import tempfile
from pathlib import Path

from shared.core.errors import UserError
from shared.core.limits import KEPT
from shared.page import files

from .book import Book
from .book_json import from_json, to_json

log = logging.getLogger(__name__)

NAME = re.compile(r"[\w-]{20,100}", re.ASCII)
WHOLE, CUT = "whole", "cut"  # the first line of a file: whether anything was still to be done


class Kept:
    def __init__(self, name: str = "aigc-books"):
        self.name = name

    @property
    def folder(self) -> Path:
        """Errors: OSError where no folder of this machine can be written to."""
        user = os.getuid() if hasattr(os, "getuid") else ""
        return Path(tempfile.gettempdir(), f"{self.name}-{user}")

    def put(self, name: str, book: Book, whole: bool) -> None:
        """Where nothing can be written, the log says so, and the book is in memory alone."""
        try:
            folder = self.folder
            folder.mkdir(mode=0o700, exist_ok=True)
            if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
                raise PermissionError(f"{folder} belongs to somebody else")
            new = folder / f"{name}.new"
            new.write_text(f"{WHOLE if whole else CUT}\n{to_json(book)}", "utf-8")
            new.replace(folder / name)  # whole or not at all
            files.tidy(KEPT["books"], folder)
        except OSError as error:
            log.warning("A book is not kept on disk: %s", error)

    def get(self, name: str) -> tuple[Book, bool] | None:
        if not NAME.fullmatch(name):
            return None
        try:
            files.tidy(KEPT["books"], self.folder)
            how, _, text = (self.folder / name).read_text("utf-8").partition("\n")
            (self.folder / name).touch()
            return from_json(text), how == WHOLE
        except (OSError, UserError):
            return None
