"""What must hold before Gradio is imported, wherever the program starts."""

import inspect
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = ("127.0.0.1", "localhost", "::1")


def prepare() -> None:
    """Keeps the program at home, and keeps a proxy or the encoding of a log file from ending it."""
    # Gradio and huggingface_hub report to their makers unless told not to, before they are imported.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # Gradio asks its own page whether it is up: through a proxy there is no such page. Both spellings are read.
    for name in ("NO_PROXY", "no_proxy"):
        kept = [host.strip() for host in os.environ.get(name, "").split(",")]
        os.environ[name] = ",".join(dict.fromkeys(filter(None, [*kept, *HERE])))
    # Gradio writes an emoji at its start, which neither a log file on Windows nor LC_ALL=C can hold.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # Gradio makes folders in there when it is built, and ends with a traceback where it cannot. One of our own: what is
    # too much in there is deleted, see files.tidy, and other programs share Gradio's.
    try:
        folder = Path(os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir(), "aigc-suite"))))
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        print(f"The folder for temporary files cannot be used ({error}); name another with TMPDIR or GRADIO_TEMP_DIR.")
        sys.exit(2)


@contextmanager
def without_stubs() -> Iterator[None]:
    """For the import of Gradio, which reads and rewrites a .pyi for each of its components every time: a third of what
    it takes. It writes none for a component that has no file."""
    original = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("no file, no .pyi")
        return original(thing)

    inspect.getfile = getfile
    try:
        yield
    finally:
        inspect.getfile = original
