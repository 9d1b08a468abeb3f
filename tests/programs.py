"""Programs that tests start, in processes that have read the large libraries already: alone, each takes ten seconds.

What a test says of the start of a program itself is tested with a Python of its own, see page/test_start.py.
"""

import multiprocessing
import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READY = multiprocessing.get_context("forkserver")
READY.set_forkserver_preload(["tests.large_libraries"])


def started(command: tuple[str, ...], environment: dict[str, str], log: Path) -> multiprocessing.Process:
    """What `python COMMAND` does in the project's folder, such as ("app.py", "gpt2_text") or ("-c", "print(1)")."""
    process = READY.Process(target=_run, args=(command, environment, log), daemon=True)
    process.start()
    return process


def _told(event: str, arguments: tuple) -> None:
    """Writes into the log which other hosts a program asks for; see page/test_shield.py."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event.startswith(("socket.gethostby", "socket.getaddrinfo")):
        host = arguments[0]
    else:
        return
    if host not in (None, "127.0.0.1", "::1", "localhost", b"127.0.0.1", b"localhost"):
        print(f"LOOKED UP {host}", flush=True)


def _run(command: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    with log.open("w", buffering=1) as output:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(output.fileno(), stream.fileno())
    os.chdir(ROOT)
    os.environ.update(environment)
    sys.addaudithook(_told)
    if command[0] == "-c":
        sys.argv = ["-c", *command[2:]]
        exec(compile(command[1], "-c", "exec"), {"__name__": "__main__"})  # as Python does
    else:
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
