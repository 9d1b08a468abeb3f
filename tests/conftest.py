"""What several tests share: an app that is running, and a Chromium that looks at it.

The app runs in a process of its own, as it does for people: what a test imports or sets cannot reach it.
"""

import os
import shutil
import socket
import subprocess
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import programs
import pytest
from hub_server import HubServer, isolate
from playwright.sync_api import BrowserContext, Page
from slow_line import slow_line

isolate()  # before anything imports huggingface_hub
os.environ.setdefault("AIGC_MODELS", "bundled")  # the tests ask no Hub but their own

ROOT = programs.ROOT
START_S = 120  # seconds a start may take on a busy machine
PATIENCE = 120_000  # milliseconds that a page may take for one thing, and a training that has a low priority
LOGS: dict[str, Path] = {}  # what each app has said, by its address


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow-line", type=float, default=0, help="seconds that an answer of an app may come late")


def pytest_sessionstart(session: pytest.Session) -> None:
    """One of several processes will need Gradio for some file: this way it takes three seconds less."""
    if hasattr(session.config, "workerinput"):
        from shared.page import start

        with start.without_stubs():
            import gradio  # noqa: F401


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is in browser/ and in training/ is marked, for `make check` to leave it out, and begins: it takes long."""
    slow = ("browser", "training")
    for item in items:
        if item.path.parent.name in slow:
            item.add_marker(item.path.parent.name)
    items.sort(key=lambda item: item.path.parent.name not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A test that fails at an app shows what the app has said: its page says only that something went wrong."""
    report = yield
    if report.failed:
        for url, log in LOGS.items():
            report.sections.append((f"the last lines of {url}", log.read_text("utf-8", "replace")[-4000:]))
    return report


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answered(url: str, runs: Callable[[], bool], log: Path) -> str:
    """Waits for the page -> its HTML. Fails with the log where the process ends first."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if not runs():
                break
            time.sleep(0.1)
    pytest.fail(f"The app did not start.\n{log.read_text()}")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def starting(tmp_path_factory, config) -> Iterator[Callable[..., str]]:
    running, lines = {}, ExitStack()

    def start(*command: str, **environment: str) -> str:
        port, log = free_port(), tmp_path_factory.mktemp("app") / "log.txt"
        process = programs.started(command, environment | {"AIGC_PORT": str(port)}, log)
        url = f"http://127.0.0.1:{port}/"
        running[url], LOGS[url] = process, log
        answered(url, process.is_alive, log)
        if late := config.getoption("slow_line"):
            url = f"http://127.0.0.1:{lines.enter_context(slow_line(port, late))}/"
            running[url], LOGS[url] = process, log
        return url

    try:
        yield start
    finally:
        lines.close()
        for url, process in running.items():
            process.terminate()
            process.join(10)
            process.kill()
            del LOGS[url]


@pytest.fixture(scope="session")
def logs() -> dict[str, Path]:
    return LOGS


@pytest.fixture(scope="module")
def start(tmp_path_factory, pytestconfig) -> Iterator[Callable[..., str]]:
    """start("app.py", "gpt2_text", AIGC_WORKERS="2") -> its address. They end with the file."""
    with starting(tmp_path_factory, pytestconfig) as start:
        yield start


@pytest.fixture(scope="session")
def start_for_all(tmp_path_factory, pytestconfig) -> Iterator[Callable[..., str]]:
    """The same, for what the tests of many files look at."""
    with starting(tmp_path_factory, pytestconfig) as start:
        yield start


@pytest.fixture(scope="session")
def suite(start_for_all) -> str:
    """The address of the whole suite, with the bundled models."""
    return start_for_all("app.py", AIGC_MODELS="bundled")


@pytest.fixture(scope="session")
def built():
    """The page of the whole suite, a gr.Blocks that nobody serves: what is built is the same for all."""
    import app

    return app.suite()


FOX = '''
import gradio as gr
from shared.page import parts, words

TITLE = {"en": "Fox", "zh": "狐狸"}
ORDER = 1
t = words.of_page().t


def say(prompt: str) -> str:
    """Puts a fox behind the prompt.

    Args:
        prompt: any words
    """
    return prompt + " fox"


def build():
    with parts.inside() as page:
        prompt = gr.Textbox("red", label=t("prompt"))
        button = gr.Button(t("generate"), variant="primary")
        result = gr.Textbox(label=t("result"), lines=3, elem_id="fox-result")
        with gr.Accordion(t("more"), open=False):
            gr.Slider(0, 2, 1, label="Temperature", interactive=True)
        gr.Markdown("Some **words**, a [link](https://example.org) and `code`.")
        button.click(say, prompt, result, api_visibility="private")
        page.load(lambda: gr.update(placeholder="An fox was here."), None, result, api_visibility="private")
        gr.api(say, api_name="fox")

'''

OWL = FOX.replace("Fox", "Owl").replace("狐狸", "鸮").replace("fox", "owl").replace("ORDER = 1", "ORDER = 2")
NO_IMPORT = "import a_package_that_nobody_has"
NO_BUILD = """
    TITLE = {"en": "Broken", "zh": "坏"}
    ORDER = 3


    def build():
        import gradio as gr

        with gr.Column():
            gr.Textbox(label="half")
            raise ValueError("<b>no</b> weights")
"""


@pytest.fixture(scope="session")
def tabs(tmp_path_factory) -> Path:
    """A folder of four tabs: two work, one fails when it is imported, one half-way through its build."""
    folder = tmp_path_factory.mktemp("tabs")
    for name, source in {"fox": FOX, "owl": OWL, "no_import": NO_IMPORT, "no_build": NO_BUILD}.items():
        (folder / f"{name}_tab").mkdir()
        (folder / f"{name}_tab" / "__init__.py").write_text(textwrap.dedent(source), "utf-8")
    return folder


@pytest.fixture(scope="session")
def small_suite(start_for_all, tabs) -> str:
    """The address of a suite made of those four tabs."""
    return start_for_all("-c", serve(tabs))


def serve(folder: Path) -> str:
    """A program that serves the tabs of a folder."""
    return (
        "from pathlib import Path; import app; "
        "from shared.page import frame; from shared.core.settings import settings; "
        f"frame.launch(app.suite(Path({str(folder)!r})), settings())"
    )


@pytest.fixture
def server(monkeypatch):
    """A fresh Hub on this machine, and no memory of the last one."""
    from shared.core import hub

    for name in [name for name in os.environ if name.startswith("AIGC_")]:
        monkeypatch.delenv(name)
    started = HubServer()
    started.start()
    hub.forget()
    yield started
    started.silent.clear()
    started.stop()
    started.forget()


@pytest.fixture(scope="session")
def browser():
    """A real Chromium: the distribution's. `make test` installs it."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "No Chromium was found: install one, or name it with CHROMIUM=/path/to/it, or run `make test`."
    quiet = ("gpu", "background-networking", "component-update", "sync", "default-apps", "domain-reliability")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in quiet)],
        )
        yield chromium
        chromium.close()


class Profile(NamedTuple):
    """A browser context, and the page that the last test is done with, if any, which the next one gets."""

    context: BrowserContext
    idle: list[Page]


@pytest.fixture(scope="session")
def profiles(browser) -> dict[str, Profile]:
    """By their options. Tests share them and their pages: a new page is a new process, which reads and compiles every
    script anew, and that is a third of a visit.
    """
    return {}


@pytest.fixture
def look(browser, profiles) -> Iterator[Callable]:
    """look(width=360, color_scheme="dark", locale="zh-CN") -> a Chromium page without a past.

    alone=True: in a context of its own, for a test that changes more than the page, such as the clock.
    """
    lent, origins = [], set()

    def note(frame) -> None:
        origins.add("{0.scheme}://{0.netloc}".format(urlsplit(frame.url)))

    def look(width: int = 1280, height: int = 800, alone: bool = False, **options):
        key = repr(sorted(options.items()))
        profile = None if alone else profiles.get(key)
        if not profile:
            profile = Profile(browser.new_context(**options), [])
            profile.context.set_default_timeout(PATIENCE)
            if not alone:
                profiles[key] = profile
        page = profile.idle.pop() if profile.idle else profile.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.on("framenavigated", note)
        lent.append((profile, page, alone))
        return page

    yield look
    for profile, page, alone in lent:
        if alone:
            profile.context.close()
        elif profile.idle or page.is_closed():
            page.close()
        else:
            page.remove_listener("framenavigated", note)
            page.unroute_all()
            page.evaluate("window.name = ''; origin === 'null' || sessionStorage.clear()")
            page.goto("about:blank")
            profile.idle.append(page)
    for profile in profiles.values():
        if any(profile is one for one, *_ in lent):
            forget(profile, origins)


def forget(profile: Profile, origins: set[str]) -> None:
    """Clears what a browser keeps of these pages, but for their scripts."""
    profile.context.clear_cookies()
    if not profile.idle:
        profile.idle.append(profile.context.new_page())
    storage = profile.context.new_cdp_session(profile.idle[0])
    for origin in origins:
        what = "local_storage,indexeddb,cache_storage,service_workers"
        storage.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": what})
    storage.detach()


@pytest.fixture
def page(look):
    """A Chromium page, 1280 x 800, in English."""
    return look(locale="en-US")


@pytest.fixture
def visit(look) -> Iterator[Callable]:
    """visit(address, width=360, locale="zh-CN") -> a new page that shows it. The test fails if a script there does."""
    problems = []

    def visit(address: str, **options):
        page = look(**{"locale": "en-US"} | options)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "js_on_load" in line.text else None)
        page.on("response", lambda answer: answer.status >= 400 and print(answer.status, answer.url))  # if it fails
        page.goto(address)
        return page

    yield visit
    assert problems == []


def type_number(box, value) -> None:
    """Types into the number beside a slider, `box` is the whole of it, until the slider has followed."""
    number, slider = box.locator("input[type=number]"), box.locator("input[type=range]")
    for _ in range(20):  # a number typed while the box is still being drawn is lost; no hand is that fast
        number.fill(str(value))
        number.press("Tab")
        number.page.wait_for_timeout(150)
        if number.input_value() == str(value) and (not slider.count() or slider.input_value() == str(value)):
            return
    raise AssertionError(f"It stays at {number.input_value()}.")
