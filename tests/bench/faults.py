"""What may befall a server, tried on one: what a visitor is told, and how soon it answers again.

    python -m tests.bench.faults [--only disk,memory]

Nothing is played: the Hub (that of tests/hub_server.py) is stopped, files may grow no longer, the folder for temporary
files is gone, the weights of a model are damaged, the process gets no more memory, a visitor leaves, and SIGTERM and
SIGKILL end the process during a book and a training, which a browser watches. "Again after" are the seconds from the
moment when the fault is over, or the process is started again, until digits are drawn, and in the browser until the
page has gone on by itself: a training begins anew. Exit code 1 where a visitor is told nothing, or Python's words, or
where nothing answers.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import httpx  # noqa: E402
import psutil  # noqa: E402
from hub_server import HubServer, isolate  # noqa: E402

from tests.bench.page_weight import free_port  # noqa: E402
from tests.fuzz import RAW  # noqa: E402

PATIENCE = 180
LANGUAGE = {"Accept-Language": "en"}
Row = tuple[str, str, float]  # what was tried, what a visitor was told, again after


class Server:
    """The suite in a process of its own, always on the same port, with a folder for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder / "tmp", free_port()
        self.url, self.log = f"http://127.0.0.1:{self.port}", (folder / "log.txt").open("a+")
        self.folder.mkdir()
        self.damaged = folder / "damaged"
        shutil.copytree(ROOT / "shared/weights/vae-mnist", self.damaged)
        with (self.damaged / "model.safetensors").open("r+b") as weights:
            weights.truncate(1000)
        self.process: subprocess.Popen | None = None
        self.answered: list = []  # what the last call was answered

    def start(self) -> None:
        own = {"AIGC_PORT": str(self.port), "TMPDIR": str(self.folder), "AIGC_MODELS": "auto"}
        own["AIGC_LOCAL"] = f"vae-mnist={self.damaged}"
        self.process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | own, stdout=self.log, stderr=self.log
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                return httpx.get(f"{self.url}/health", timeout=PATIENCE).raise_for_status() and None
            except httpx.TransportError:
                time.sleep(0.05)
        self.log.seek(0)
        sys.exit(f"It did not start.\n{self.log.read()[-3000:]}")

    def end(self, how: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(how)
        self.process.wait(60)

    @contextmanager
    def bounded(self, what: int, most: int) -> Iterator[None]:
        """Within, the process may have no more of it."""
        assert self.process
        before = resource.prlimit(self.process.pid, what)
        resource.prlimit(self.process.pid, what, (most, before[1]))
        try:
            yield
        finally:
            resource.prlimit(self.process.pid, what, before)

    def say(self, name: str, **asked: object) -> str:
        """The sentence of an error, or "" where it was answered."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE, headers=LANGUAGE) as http:
            posted = http.post(f"/gradio_api/call/v2/{name}", json=asked)
            if posted.status_code != 200:
                return str(posted.json().get("detail"))
            told = http.get(f"/gradio_api/call/{name}/{posted.json()['event_id']}")
        said = json.loads(told.text.rpartition("data: ")[2])
        if "event: complete" in told.text:
            self.answered = said
            return ""
        return str(said["error"])

    def again(self) -> float:
        """Seconds until digits are drawn."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE:
            try:
                if not self.say("gan_digits"):
                    return time.monotonic() - begun
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        return float("inf")


def hub(server: Server) -> Iterator[Row]:
    there.stop()
    told = server.say("sentiment", text="A wonderful film.", model="distilbert-sst2")
    told = told or f"(answered by {server.answered[0]['recipe']['model']}, as recipe and page say)"
    yield "the Hub goes away, and one of its models is asked for", told, server.again()
    there.start()


def disk(server: Server) -> Iterator[Row]:
    with server.bounded(resource.RLIMIT_FSIZE, 100):
        told = server.say("text_to_image", prompt="fox", steps=2)
    yield "files may grow no longer: the disk is full", told, server.again()
    away = server.folder.with_name("away")
    server.folder.rename(away)
    server.folder.touch()
    told = server.say("text_to_image", prompt="fox", steps=2)
    server.folder.unlink()
    away.rename(server.folder)
    yield "the folder for temporary files is gone", told, server.again()


def worker(server: Server) -> Iterator[Row]:
    told = server.say("vae_interpolation", model="vae-mnist")
    yield "the weights of a model are damaged: its worker raises", told, server.again()


def memory(server: Server) -> Iterator[Row]:
    assert server.process
    with server.bounded(resource.RLIMIT_AS, psutil.Process(server.process.pid).memory_info().vms + (1 << 20)):
        told = server.say("gpt2_text", prompt="Once", model="gpt2-stories", max_new_tokens=3)
    yield "the process gets no more memory", told, server.again()


def leaving(server: Server) -> Iterator[Row]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as http:
        asked = {"prompt": "Once", "model": "gpt2-stories", "max_new_tokens": 1000}
        event = http.post("/gradio_api/call/v2/gpt2_text", json=asked).json()["event_id"]
        with http.stream("GET", f"/gradio_api/call/gpt2_text/{event}") as told:
            next(told.iter_lines())
        begun = time.monotonic()
        while http.get("/health").json()["lines"]["text"]["at_work"]:
            time.sleep(0.02)
        yield "a visitor leaves in the middle of a text", "(has left)", time.monotonic() - begun


def book(server: Server) -> Iterator[Row]:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with visitor(f"{server.url}/?tab=illustrated_story") as page:
            page.locator("#illustrated_story-make").click()
            page.wait_for_url("**job=**")
            job = parse_qs(urlsplit(page.url).query)["job"][0]
            while not any('"picture": "' in path.read_text() for path in server.folder.glob(f"aigc-books-*/{job}")):
                page.wait_for_timeout(50)  # for the first page that is drawn
            server.end(how)
            lost = page.locator(".toast-body").first.inner_text()
            begun = time.monotonic()
            server.start()
            page.get_by_text("The server was started again").wait_for()
            told = told_in(page, lost)
            page.wait_for_function("document.querySelector('#illustrated_story-stop').disabled")
            pages = page.locator(".sb-page img").count()
            yield f"{how.name} during a book", f"{told}; {pages} pictures are there", time.monotonic() - begun


def training(server: Server) -> Iterator[Row]:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with visitor(f"{server.url}/?tab=gan_digits") as page:
            train(page)
            server.end(how)
            lost = page.locator(".toast-body").first.inner_text()
            server.start()
            begun = time.monotonic()
            page.wait_for_event("load")  # the page goes on by itself; what was trained is gone, and it says so
            told = f"{told_in(page, lost)} / {page.locator('#gan_train-lost p').text_content()}"
            train(page)
            yield f"{how.name} during a training", told, time.monotonic() - begun


AT_WORK = """() => {
  const said = document.querySelector("#gan_train-status").innerText;
  return /Starting|Step/.test(said) && !/Finished/.test(said);
}"""


def train(page) -> None:
    page.locator("#gan_digits-part-train-button").click()
    page.locator("#gan_train-start").click()
    page.wait_for_function(AT_WORK)


def told_in(page, lost: str) -> str:
    verdict = page.locator(".aigc-verdict:visible").first
    said = lost.replace("×", "").split(), verdict.inner_text().split() if verdict.count() else ()
    return " / ".join(" ".join(words) for words in said if words)


@contextmanager
def visitor(url: str) -> Iterator:
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(locale="en-US")
        page.set_default_timeout(60_000)
        page.goto(url)
        yield page
        browser.close()


FAULTS: dict[str, Callable[[Server], Iterator[Row]]] = {
    "hub": hub,
    "disk": disk,
    "worker": worker,
    "memory": memory,
    "leaving": leaving,
    "book": book,
    "training": training,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default=",".join(FAULTS))
    chosen = options.parse_args().only.split(",")
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        server.again()
        try:
            for name in chosen:
                for tried, told, again in FAULTS[name](server):
                    print(f"{tried:55} {again:6.1f} s  {told}", flush=True)
                    if not told or RAW.search(told) or again > PATIENCE:
                        wrong.append(tried)
        finally:
            server.end(signal.SIGKILL)
    if wrong:
        sys.exit(f"Not as promised: {', '.join(wrong)}")


if __name__ == "__main__":
    isolate()
    there = HubServer()
    there.start()
    main()
