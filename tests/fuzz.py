"""10,000 seeded calls over every endpoint, every function that a page can call, every script's question, all routes.

    python tests/fuzz.py                      # starts the app itself; nice -n 19 it
    python tests/fuzz.py --first 4000 --calls 500 --only gan_digits
    python tests/fuzz.py --first 4711 --calls 1 --show

Right is: no answer of 500 or above, no text of Python or Gradio in an answer, no traceback in the log, memory flat.
Call i is the same in every run: what it found can be repeated alone.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import httpx  # noqa: E402
import psutil  # noqa: E402

EACH = 250  # calls: how often the memory is looked at
START_S, LIMIT_S = 120, 6  # of a call; what is still running then is stopped, as by a visitor who leaves
RAW = re.compile(
    r"Traceback|\b(Key|Value|Type|Index|Attribute|Runtime|Assertion|Unicode\w*|Memory|OS|Validation|Recursion)Error\b"
    r"|Exception|NoneType|has no attribute|pydantic|<class|not subscriptable|unexpected keyword|Internal Server Error"
    r"|gradio\.(?!FileData)|is not in the list of choices|minimum value|maximum value"
    r"|object is not|must be str|site-packages"
)
GIF = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH+ADs="
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR4nGP4jwoYhq4AAH6Rv0E5hJGBAAAAAElF"
    "TkSuQmCC"
)
NASTY = [
    None, "", " ", "\ud800", "\udfff狐", "a" * 100_000, "🦊" * 5000, "\0", "<script>alert(1)</script>", "&lt;", "'; --",
    10**400, -(10**400), 10**5000 // 10**4000, 2**53, 2**63, -1, 0, 0.5, 1e308, -1e308, float("nan"), float("inf"),
    True, False, [], [[]], [None], {}, {"a": 1}, {"path": ["x"]}, {"path": "/etc/passwd"}, {"path": None}, {"path": ""},
    {"path": {"path": "x"}, "meta": {"_type": "gradio.FileData"}}, {"path": "x", "meta": {"_type": "gradio.FileData"}},
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, {"url": "http://127.0.0.1:9/", "path": "x"},
    {"path": ["x"], "meta": {"_type": "gradio.FileData"}}, {"value": 1}, {"__type__": "update"}, "1e999", "-1", "NaN",
    "0x10", "９", "data:", "data:image/png;base64,", "data:image/png;base64,AAAA", "data:text/html,<b>", GIF, PNG,
    "sha256:" + "0" * 64, "digit:AAAA", "z:1,2", "z:nan", "../../etc/passwd", "/etc/passwd", "C:\\x", "http://x/y.png",
    "cgan-mnist", "vae-mnist", "gpt2", "emoji-diffusion", "ngram-stories", "lstm-stories", "no-such-model", "a/b",
    "é" * 300,
    [1, 2, 3], ["a", "b"], [0.1] * 300, [[1] * 30] * 30, {"seed": "x", "run": 7, "step": []}, {"recipe": {"tab": 1}},
    {"recipe": {"tab": "gan_digits", "settings": {"seed": "\ud800"}}}, {"index": 10**30}, {"i": -1, "run": "x"},
]  # fmt: skip
DEEP: object = []
for _ in range(60):
    DEEP = [DEEP]
NASTY.append(DEEP)
SMALL = {"pages": 1, "steps": 1, "n": 1, "max-new-tokens": 3, "frames": 3, "num-return-sequences": 1, "samples": 1}
PATHS = [
    "/", "/?tab=nobody&embed=1&r=x", "/?r=" + "A" * 6000, "/config", "/gradio_api/info",
    "/gradio_api/info?all_endpoints=1",
    "/gradio_api/openapi.json", "/gradio_api/file=/etc/passwd", "/gradio_api/file=x", "/gradio_api/file=%00",
    "/gradio_api/queue/status", "/gradio_api/queue/data?session_hash=zz", "/gradio_api/call/health/zz", "/favicon.ico",
    "/gradio_api/upload_progress?upload_id=zz", "/static/x", "/assets/x.js", "/theme.css", "/robots.txt", "/zz",
    "/%ff%fe",
    "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/custom_component/x/client/component/y", "/login_check",
    "/token",
    "/gradio_api/stream/a/b/1/playlist.m3u8", "/gradio_api/deep_link?session_hash=x", "/manifest.json", "/monitoring",
    "/?__theme=\ud7ff", "/?" + "a=b&" * 3000, "/?x=" + "a" * 70_000, "/gradio_api/startup-events", "/svelte/x.js",
]  # fmt: skip


def targets(blocks, only: str = "") -> list[tuple]:
    """(kind, name, facts) of all that can be called on this page."""
    found: list[tuple] = [("route", path, ()) for path in PATHS] if not only else []
    for number, fn in blocks.fns.items():
        name = str(fn.api_name or number)
        if fn.fn is None or only not in name and not any(only in str(one.elem_id) for one in fn.inputs + fn.outputs):
            continue
        if fn.api_visibility == "public":
            arguments = [one._api_info.get("default") for one in fn.inputs]
            found += [("call", name, arguments), ("named", name, arguments), ("tool", name, arguments)]
        else:
            values = [small(one) for one in fn.inputs]
            found.append(("join" if fn.queue else "run", str(number), values))
    for number, block in blocks.blocks.items():
        for name in [name for name in dir(block) if getattr(getattr(block, name, None), "_is_server_fn", False)]:
            if only in str(block.elem_id):
                found.append(("server", f"{number} {name}", (None,)))
    return found


def small(component) -> object:
    """The value that a component begins with, or one that costs little."""
    for end, value in SMALL.items():
        if str(component.elem_id).endswith("-" + end):
            return value
    value = getattr(component, "value", None)
    return None if callable(value) else value if isinstance(value, str | int | float | bool | list | dict) else None


class Suite:
    """An app that is running: where it is, and the file of what it says."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log
        self.known: dict[str, dict] = {}  # the endpoints and their parameters
        self.http = httpx.Client(base_url=url, timeout=LIMIT_S)

    def close(self) -> None:
        self.http.close()


class Started(Suite):
    """The app in a process of its own."""

    def __init__(self) -> None:
        from conftest import answered, free_port

        self.folder = tempfile.TemporaryDirectory()
        log = Path(self.folder.name, "log.txt")
        for _ in range(5):  # Gradio asks its own page at the start, and ends where that takes three seconds
            port = free_port()
            own = {"AIGC_PORT": str(port), "AIGC_MODELS": "bundled", "OMP_NUM_THREADS": "1", "TMPDIR": self.folder.name}
            with log.open("w") as output:
                self.process = subprocess.Popen(
                    [sys.executable, "app.py"], cwd=ROOT, env=os.environ | own, stdout=output, stderr=subprocess.STDOUT
                )
            url = f"http://127.0.0.1:{port}"
            answered(url, lambda: self.process.poll() is None, log)
            while self.process.poll() is None and "AIGC Suite" not in log.read_text():
                time.sleep(0.1)
            if self.process.poll() is None:
                break
        super().__init__(url, log)

    def megabytes(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def close(self) -> None:
        from conftest import stop

        super().close()
        stop(self.process)
        self.folder.cleanup()


def dumped(body: object) -> dict:
    return {"content": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}}


def call(suite: Suite, found: list[tuple], i: int, show: bool = False, slow: float = LIMIT_S) -> list[str]:
    """What is wrong with the answer to call i."""
    dice = random.Random(f"call {i}")
    kind, name, values = dice.choice(found)
    data = list(values)
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3, 9]) if kind != "server" else 1):
        if data:
            data[dice.randrange(len(data))] = dice.choice(NASTY)
    if dice.random() < 0.05:
        data = data[:-1] if dice.random() < 0.5 else [*data, None]
    session = f"fuzz{dice.randrange(40)}"
    event = dice.choice(
        [None, None, {}, dice.choice(NASTY), {"value": dice.choice(NASTY), "index": dice.choice(NASTY)}]
    )
    event = event if isinstance(event, dict) else None
    if show:
        print(kind, name, repr(data)[:2000], event)
    before, start = suite.log.stat().st_size, time.monotonic()
    try:
        status, texts = KINDS[kind](suite, name, data, event, session, dice)
    except httpx.TimeoutException:
        status, texts = 200, []
    except httpx.InvalidURL:  # this client's own bound
        status, texts = 200, []
    except httpx.TransportError as error:
        status, texts = 599, [str(error)]
    wrong = [f"status {status}"] if status >= 500 else []
    wrong += [f"says {match[0]!r} in {text[:300]!r}" for text in texts if (match := RAW.search(text))]
    with suite.log.open() as log:
        log.seek(before)
        logged = log.read()
    if "Traceback" in logged or "A fault of the app" in logged:
        wrong.append("log: " + " | ".join(logged.strip().splitlines()[-3:])[:400])
    if show or time.monotonic() - start > slow:
        print(f"call {i}, {kind} {name}: {time.monotonic() - start:.0f} s", status, texts, logged, flush=True)
    return [f"call {i}, {kind} {name} {json.dumps(data)[:160]}: {one}" for one in wrong]


def route(suite, path, data, event, session, dice):
    answer = suite.http.request(dice.choice(["GET", "GET", "GET", "POST", "HEAD"]), path, follow_redirects=True)
    return answer.status_code, [answer.text] if answer.status_code >= 400 else []


def run(suite, number, data, event, session, dice):
    body = {"data": data, "fn_index": int(number), "session_hash": session, "event_data": event}
    answer = suite.http.post("/gradio_api/run/predict", **dumped(body))
    return answer.status_code, [answer.text] if answer.status_code >= 400 else []


def join(suite, number, data, event, session, dice):
    body = {"data": data, "fn_index": int(number), "session_hash": session, "event_data": event}
    answer = suite.http.post("/gradio_api/queue/join", **dumped(body))
    if answer.status_code >= 400:
        return answer.status_code, [answer.text]
    said, end = [], time.monotonic() + LIMIT_S
    with suite.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
        for line in lines.iter_lines():
            message = json.loads(line[6:]) if line.startswith("data: ") else {}
            if message.get("msg") == "unexpected_error" or not message.get("success", True):
                said.append(json.dumps(message.get("output") or message))
            if message.get("msg") in ("process_completed", "close_stream", "unexpected_error"):
                break
            if time.monotonic() > end:
                cancel = {"session_hash": session, "fn_index": int(number), "event_id": message.get("event_id")}
                suite.http.post("/gradio_api/cancel", **dumped(cancel))
                break
    return 200, said


def answer_of(suite, name, answer):
    if answer.status_code >= 400:
        return answer.status_code, [answer.text]
    said, event, end = [], "", time.monotonic() + LIMIT_S
    with suite.http.stream("GET", f"/gradio_api/call/{name}/{answer.json()['event_id']}") as lines:
        for line in lines.iter_lines():
            event = line[7:] if line.startswith("event: ") else event
            if line.startswith("data: ") and event == "error":
                said.append(line[6:])
            if event == "complete" or time.monotonic() > end:
                break
    return 200, said


def positional(suite, name, data, event, session, dice):
    return answer_of(suite, name, suite.http.post(f"/gradio_api/call/{name}", **dumped({"data": data})))


def arguments(suite, name, data, dice):
    if not suite.known:
        suite.known |= suite.http.get("/gradio_api/info").json()["named_endpoints"]
    known = suite.known["/" + name]["parameters"]
    body = {one["parameter_name"]: value for one, value in zip(known, data, strict=False)}
    return body | ({"no_such_option": 1} if dice.random() < 0.1 else {})


def named(suite, name, data, event, session, dice):
    body = arguments(suite, name, data, dice)
    if dice.random() < 0.05:
        name += "x"
    return answer_of(suite, name, suite.http.post(f"/gradio_api/call/v2/{name}", **dumped(body)))


def tool(suite, name, data, event, session, dice):
    body = {"name": name, "arguments": arguments(suite, name, data, dice)}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": body}
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    with suite.http.stream(
        "POST", "/gradio_api/mcp/", content=json.dumps(asked).encode(), headers=accept, follow_redirects=True
    ) as answer:
        text = answer.read().decode("utf-8", "replace")
    failed = answer.status_code >= 400 or '"isError":true' in text or '"error":' in text
    return answer.status_code, [text] if failed else []


def server(suite, name, data, event, session, dice):
    number, function = name.split()
    body = {
        "session_hash": session,
        "component_id": int(number),
        "fn_name": function,
        "data": data[0] if data else None,
    }
    answer = suite.http.post("/gradio_api/component_server", **dumped(body))
    return answer.status_code, [answer.text] if answer.status_code >= 400 else []


KINDS = {
    "route": route, "run": run, "join": join, "call": positional, "named": named, "tool": tool, "server": server
}  # fmt: skip


def fuzz(first: int, calls: int, only: str = "", show: bool = False) -> tuple[list[str], list[float]]:
    """-> what was wrong, and the megabytes of the app after each 250 calls."""
    import app

    found, suite = targets(app.suite(), only), Started()  # the page is built here once more, for its numbers
    wrong, memory, begun = [], [suite.megabytes()], time.monotonic()  # the models that are called come in later
    try:
        for i in range(first, first + calls):
            new = call(suite, found, i, show)
            for line in new:
                print(line, flush=True)
            wrong += new
            if (i - first + 1) % EACH == 0:
                memory.append(suite.megabytes())
                seconds = time.monotonic() - begun
                print(f"{i + 1}: {memory[-1]:.0f} MB, {len(wrong)} wrong, {seconds:.0f} s", flush=True)
        if stuck := dead(suite):
            print(stuck, flush=True)
            wrong.append(stuck)
        print(
            f"{calls:,} calls of {len(found):,} targets in {time.monotonic() - begun:.0f} s: "
            f"{sum('status 5' in line for line in wrong)} answers of 500 or above, "
            f"{sum(': says ' in line for line in wrong)} with raw text, {sum(': log: ' in line for line in wrong)} "
            f"tracebacks in the log, {stuck or 'no dead worker'}; {memory[0]:.0f} MB before, "
            f"{', '.join(f'{one:.0f}' for one in memory[1:])} after each {EACH}, {suite.megabytes():.0f} at the end",
            flush=True,
        )
    finally:
        suite.close()
    return wrong, memory


def dead(suite: Started) -> str:
    """Says which jobs do not end although nobody waits for them any more, or that the app itself has ended; else ""."""
    end, busy = time.monotonic() + START_S, {}
    while time.monotonic() < end:
        if suite.process.poll() is not None:
            return f"the app has ended with {suite.process.poll()}"
        lines = suite.http.get("/health", timeout=START_S).json()["lines"]
        busy = {name: line["at_work"] for name, line in lines.items() if line["at_work"]}
        if not busy:
            return ""
        time.sleep(1)
    return f"at work still, {START_S} s after the last call: {busy}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--only", default="", help="a part of a name")
    parser.add_argument("--show", action="store_true")
    chosen = parser.parse_args()
    sys.exit(bool(fuzz(chosen.first, chosen.calls, chosen.only, chosen.show)[0]))
