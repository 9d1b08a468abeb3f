"""What the page weighs: our app beside a bare Gradio app, each with the default tab of a fresh visitor.

    python -m tests.bench.page_weight [--runs 3] [--sessions 100] [--tab NAME] [--root FOLDER]

    page        seconds from the start of the process to the first answered page
    work        seconds of processor time until then; steadier than `page` where others use the machine
    config      kB (1,000 bytes of JSON, not compressed) of window.gradio_config in that page
    components  how many of them the config lists
    requests    of a browser with an empty cache, up to a second after the main button's click was answered
    usable      seconds from opening the address to the answer of the server to a click on the main button
    session     MB by which the server grew for each visitor whose page was loaded and whose load events ran

The two apps take turns, so that a busy moment of the machine hits both; the medians are shown. Exit code 1 where one
is beyond its aim. Needs Chromium (CHROMIUM=/path/to/it, or one that is on the PATH) and Linux's /proc.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as BrowserError

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.startup import HELLO, ROOT, free_port  # noqa: E402

CONFIG_KB, PAGE_RATIO, USABLE_RATIO, SESSION_MB = 400, 1.2, 1.5, 0.3
PATIENCE = 120  # seconds until a server or a button counts as broken
WARM = 20  # sessions before the first look at the memory: what a server allocates once is not a visitor's
API = "/gradio_api"


@dataclass(frozen=True)
class App:
    """One of the two. `button`: the CSS selector of the main button on its page."""

    name: str
    command: list[str]
    folder: Path
    button: str
    query: str = ""


@dataclass(frozen=True)
class Weight:
    page: float
    work: float
    config: float
    components: int
    requests: int
    usable: float
    session: float


@dataclass(frozen=True)
class Server:
    address: str
    pid: int
    started: float  # seconds until the first answered page
    worked: float  # seconds of processor time until then
    html: str

    def megabytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def served(app: App) -> Iterator[Server]:
    """Starts the app and waits for the first answered page; ends it afterwards."""
    port = free_port()
    quiet = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1", "AIGC_MODELS": "bundled"}
    environment = os.environ | quiet | {"AIGC_PORT": str(port), "GRADIO_SERVER_PORT": str(port)}
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as log:
        start = time.monotonic()
        process = subprocess.Popen(app.command, cwd=app.folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None and time.monotonic() - start < PATIENCE:
                try:
                    answer = httpx.get(f"{address}/{app.query}", timeout=PATIENCE)
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                taken = time.monotonic() - start
                yield Server(address, process.pid, taken, processor(process.pid), answer.raise_for_status().text)
                return
            log.seek(0)
            sys.exit(f"{app.name} gave no page:\n{log.read()}")
        finally:
            process.terminate()
            process.wait(20)


def config_of(html: str) -> tuple[dict, int]:
    """(window.gradio_config of a page, its length in bytes)."""
    start = html.index("window.gradio_config = ") + len("window.gradio_config = ")
    config, end = json.JSONDecoder().raw_decode(html, start)
    return config, len(html[start:end].encode())


def visit(server: Server, app: App) -> None:
    """What the browser of one visitor asks: the page, and then every event that runs when it is loaded."""
    session = uuid.uuid4().hex[:11]
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as browser:
        config, _ = config_of(browser.get(f"/{app.query}").text)
        values = {part["id"]: part["props"].get("value") for part in config["components"]}
        waited = set()
        for dependency in config["dependencies"]:
            if not any(event == "load" for _, event in dependency["targets"]) or not dependency["backend_fn"]:
                continue
            body = {"data": [values.get(part) for part in dependency["inputs"]], "fn_index": dependency["id"]}
            body |= {"session_hash": session, "event_data": None, "trigger_id": None}
            if dependency["queue"]:
                answer = browser.post(f"{API}/queue/join{app.query}", json=body)
                waited.add(answer.raise_for_status().json()["event_id"])
            else:
                browser.post(f"{API}/run/predict{app.query}", json=body).raise_for_status()
        if not waited:  # a page without such events opens its session at its first click
            body = {"data": ["you"], "fn_index": 0, "session_hash": session}
            waited.add(browser.post(f"{API}/queue/join", json=body).json()["event_id"])
        with browser.stream("GET", f"{API}/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") == "process_completed":
                    waited.discard(message["event_id"])
                if not waited or message.get("msg") == "close_stream":
                    return


def click(browser: Browser, server: Server, app: App) -> tuple[float, int]:
    """(seconds until a click on the main button was answered, requests of a browser with an empty cache)."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answered: list[float] = []
    start = time.monotonic()
    page.goto(server.address + "/" + app.query, wait_until="commit")
    button = page.locator(app.button)
    button.wait_for(timeout=PATIENCE * 1000)
    fns = page.evaluate(
        """(selector) => {
          const { components, dependencies } = window.gradio_config;
          const found = components.find((part) => "#" + part.props.elem_id === selector)?.id;
          return dependencies.filter(({ targets }) => targets.some(([id]) => id === found)).map(({ id }) => id);
        }""",
        app.button,
    )

    def judge(request) -> None:
        if re.search(r"/queue/join|/run/", request.url) and request.method == "POST":
            if json.loads(request.post_data or "{}").get("fn_index") in fns and not answered:
                answered.append(time.monotonic())

    page.on("requestfinished", judge)
    while not answered and time.monotonic() - start < PATIENCE:
        with contextlib.suppress(BrowserError):  # not enabled yet, or covered
            button.click(timeout=5000)
        until = time.monotonic() + 0.5
        while not answered and time.monotonic() < until:
            page.wait_for_timeout(10)
    if not answered:
        sys.exit(f"{app.name}: no click on {app.button} was answered within {PATIENCE} s")
    page.wait_for_timeout(1000)
    context.close()
    return answered[0] - start, len(asked)


def weigh(app: App, browser: Browser, sessions: int) -> Weight:
    with served(app) as server:
        config, length = config_of(server.html)
        for _ in range(WARM):
            visit(server, app)
        before = server.megabytes()
        for _ in range(sessions):
            visit(server, app)
        grown = (server.megabytes() - before) / sessions
        usable, requests = click(browser, server, app)  # last: it loads a model
        return Weight(server.started, server.worked, length / 1000, len(config["components"]), requests, usable, grown)


def chromium() -> str:
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, (name and shutil.which(name) for name in names)), "") or sys.exit("Chromium is missing.")


def report(bare: dict[str, float], ours: dict[str, float]) -> bool:
    """Prints the table -> whether every aim is met."""
    aims = {
        "page": (ours["page"] <= PAGE_RATIO * bare["page"], f"at most {PAGE_RATIO} times the bare app"),
        "config": (ours["config"] <= CONFIG_KB, f"at most {CONFIG_KB} kB"),
        "usable": (ours["usable"] <= USABLE_RATIO * bare["usable"], f"at most {USABLE_RATIO} times the bare app"),
        "session": (ours["session"] <= SESSION_MB, f"at most {SESSION_MB} MB"),
    }
    units = {"page": "s", "work": "s", "config": "kB", "components": "", "requests": "", "usable": "s", "session": "MB"}
    print(f"{'':16}{'bare':>9}{'ours':>9}{'ratio':>7}   aim")
    for name, unit in units.items():
        a, b = bare[name], ours[name]
        met, aim = aims.get(name, (True, ""))
        digits = 0 if name in ("components", "requests", "config") else 2
        ratio = f"{b / a:7.2f}" if a > 0 else f"{'':7}"
        sign = "" if not aim else "ok: " if met else "BEYOND: "
        print(f"{name + (f' ({unit})' if unit else ''):16}{a:9.{digits}f}{b:9.{digits}f}{ratio}   {sign}{aim}".rstrip())
    return all(met for met, _ in aims.values())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--sessions", type=int, default=100, help="visitors whose memory is measured")
    options.add_argument("--tab", default="", help="the tab in the address; without it, the default one")
    options.add_argument("--button", default="", help="id of the main button (default: NAME-generate of that tab)")
    options.add_argument("--root", type=Path, default=ROOT, help="the checkout whose app.py is measured")
    chosen = options.parse_args()
    button = "#" + (chosen.button or (f"{chosen.tab}-generate" if chosen.tab else "illustrated_story-make"))
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        hello = Path(place) / "hello.py"
        hello.write_text(HELLO.replace('"Greet")', '"Greet", elem_id="greet")').replace("server_port={port}, ", ""))
        apps = [
            App("the bare app", [sys.executable, str(hello)], Path(place), "#greet"),
            App("our app", [sys.executable, "app.py"], chosen.root, button, f"?tab={chosen.tab}" * bool(chosen.tab)),
        ]
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        weigh_each = lambda sessions: [vars(weigh(app, browser, sessions)) for app in apps]  # noqa: E731
        weigh_each(1)  # warms the disk cache, and is not counted
        turns = [weigh_each(chosen.sessions) for _ in range(chosen.runs)]
        browser.close()
    medians = [{name: statistics.median(turn[i][name] for turn in turns) for name in turns[0][i]} for i in (0, 1)]
    sys.exit(not report(*medians))


if __name__ == "__main__":
    main()
