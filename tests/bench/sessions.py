"""Visitors who come and go, and what of them stays in memory.

    python -m tests.bench.sessions [--sessions 500] [--at-once 4] [--url http://127.0.0.1:7860/ --pid 1234]

Each opens a page, as a browser does (the page, every event that runs when it is loaded, the stream that keeps its
session), draws digits through the queue, listens until they are there, and leaves. The memory of the process is shown
after 50, 100, 250, 500, 1,000, ... of them: what the first 50 made it allocate (models, caches) is not a visitor's.
Exit code 1 where it is more than 100 MB above that at the end.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.page_weight import API, ROOT, App, config_of, served  # noqa: E402

SHOWN = (50, 100, 250, 500, 1000, 2000, 3000, 4000, 5000, 7500, 10_000)
MOST_MB = 100
TAB = "?tab=gan_digits"


class Page:
    """What the browsers of all visitors are sent, read once."""

    def __init__(self, http: httpx.Client):
        config, _ = config_of(http.get(f"/{TAB}").text)
        values = {part["id"]: part["props"].get("value") for part in config["components"]}
        on_load = [one for one in config["dependencies"] if any(event == "load" for _, event in one["targets"])]
        self.loads = [
            (one["queue"], {"data": [values.get(part) for part in one["inputs"]], "fn_index": one["id"]})
            for one in on_load
            if one["backend_fn"]
        ]
        digits = next(one for one in http.get("/config").json()["dependencies"] if one["api_name"] == "gan_digits")
        takes = http.get(f"{API}/info").json()["named_endpoints"]["/gan_digits"]["parameters"]
        self.digits = {"data": [one.get("parameter_default") for one in takes], "fn_index": digits["id"]}


def visit(http: httpx.Client, page: Page, number: int) -> None:
    """One visitor. Errors: httpx.HTTPStatusError, or a RuntimeError with what the stream said."""
    who = {"session_hash": uuid.uuid4().hex[:11], "event_data": None, "trigger_id": None}
    at = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
    http.get(f"/{TAB}", headers=at).raise_for_status()
    with http.stream("GET", f"{API}/heartbeat/{who['session_hash']}", headers=at):
        waited = set()
        for queued, body in page.loads:
            path = f"{API}/queue/join" if queued else f"{API}/run/predict"
            answer = http.post(path, json=body | who, headers=at).raise_for_status()
            waited |= {answer.json()["event_id"]} if queued else set()
        waited.add(
            http.post(f"{API}/queue/join", json=page.digits | who, headers=at).raise_for_status().json()["event_id"]
        )
        with http.stream("GET", f"{API}/queue/data", params={"session_hash": who["session_hash"]}, headers=at) as told:
            for line in told.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    if not message["success"]:
                        raise RuntimeError(message["output"])
                    waited.discard(message["event_id"])
                if message.get("msg") == "close_stream":
                    break
    if waited:
        raise RuntimeError(f"{len(waited)} answers did not come")


def curve(url: str, pid: int, sessions: int, at_once: int) -> Iterator[tuple[int, float]]:
    """(visitors so far, MB of the process)."""
    process, done = psutil.Process(pid), 0
    with httpx.Client(base_url=url, timeout=120) as http, ThreadPoolExecutor(at_once) as crowd:
        page = Page(http)
        for until in sorted({one for one in SHOWN if one < sessions} | {sessions}):
            list(crowd.map(lambda number: visit(http, page, number), range(done, until)))
            done = until
            yield until, process.memory_info().rss / 1e6


@contextmanager
def running(arguments: argparse.Namespace) -> Iterator[tuple[str, int]]:
    if arguments.url:
        yield arguments.url.rstrip("/"), arguments.pid
    else:
        with served(App("the suite", [sys.executable, "app.py"], ROOT, "", TAB)) as server:
            yield server.address, server.pid


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sessions", type=int, default=500)
    options.add_argument("--at-once", type=int, default=4)
    options.add_argument("--url", help="of a server that runs already, with --pid")
    options.add_argument("--pid", type=int)
    arguments = options.parse_args()
    begun, first = time.monotonic(), None
    with running(arguments) as (url, pid):
        print(f"{'visitors':>8}  {'MB':>7}  {'since 50':>8}  {'seconds':>7}")
        for number, megabytes in curve(url, pid, arguments.sessions, arguments.at_once):
            first = megabytes if first is None else first
            row = f"{number:8,}  {megabytes:7.0f}  {megabytes - first:+8.0f}  {time.monotonic() - begun:7.0f}"
            print(row, flush=True)
    if megabytes - first > MOST_MB:
        sys.exit(f"{megabytes - first:.0f} MB more than after the first; at most {MOST_MB} are wanted.")


if __name__ == "__main__":
    main()
