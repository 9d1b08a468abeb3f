"""Lines: a hostile client fills its own share and nobody else's, and what nobody waits for ends. A real server, plain
HTTP, and visitors of several addresses, as a proxy on this machine tells them."""

import json
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import pytest
from gradio.state_holder import StateHolder
from prometheus_client.parser import text_string_to_metric_families

from shared.core import limits
from shared.core.settings import settings
from shared.page import lines

GOOD, OTHER, BAD = "198.51.100.7", "192.0.2.1", "203.0.113.9"
TAB = """
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from shared.core import brakes, limits
from shared.page import parts

TITLE, ORDER = {"en": "Lines", "zh": "队"}, 1
FOLDER = Path(__file__).parent


def note(name: str, what: str) -> None:
    (FOLDER / (name + "." + what)).touch()


def paint(name: str) -> Iterator[str]:
    note(name, "begun")
    try:
        while not (FOLDER / (name + ".enough")).exists():
            yield name
            time.sleep(0.02)
    finally:
        note(name, "over")


def bind(name: str) -> str:
    note(name, "begun")
    if not brakes.left().wait(60):
        raise TimeoutError
    note(name, "over")
    return name


def digit(name: str) -> str:
    return name


def hurry(name: str) -> str:
    limits.UNREAD_S = float(name)
    return name


def bound(a_second: float) -> float:
    limits.CALLS = limits.Calls(a_second, 5)
    return a_second


def build():
    with parts.inside():
        name = gr.Textbox("page", label="name")
        line = {"concurrency_id": "text_to_image", "trigger_mode": "multiple"}
        gr.Button("Paint").click(paint, name, gr.Textbox(), api_visibility="private", **line)
        gr.api(paint, api_name="paint", concurrency_id="text_to_image")
        gr.api(bind, api_name="bind", concurrency_id="illustrated_story")
        gr.api(digit, api_name="digit", concurrency_id="digits")
        gr.api(hurry, api_name="hurry", concurrency_id="digits")
        gr.api(bound, api_name="bound", concurrency_id="digits")
        gr.Button("Quick").click(digit, name, gr.Textbox(), queue=False, api_name="quick", api_visibility="private")
"""
SERVE = """
from pathlib import Path
import app
from shared.core.settings import settings
from shared.page import frame
frame.launch(app.suite(Path({folder!r})), settings())
"""


HTTP = httpx.Client(timeout=60)


class Visitor:
    """Somebody at an address, by plain HTTP."""

    def __init__(self, url: str, address: str, **headers: str):
        self.url, self.headers = f"{url}gradio_api/call/", {"X-Forwarded-For": address} | headers

    def post(self, name: str, word: object) -> httpx.Response:
        return HTTP.post(self.url + name, json={"data": [word]}, headers=self.headers)

    def read(self, name: str, event: str) -> str:
        return HTTP.get(f"{self.url}{name}/{event}", headers=self.headers).text

    def call(self, name: str, word: object) -> str:
        return self.read(name, self.post(name, word).raise_for_status().json()["event_id"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lines")
    (folder / "lines_tab").mkdir()
    (folder / "lines_tab" / "__init__.py").write_text(textwrap.dedent(TAB), "utf-8")
    return folder / "lines_tab"


@pytest.fixture(scope="module")
def url(start, folder):
    return start(
        "-c", SERVE.format(folder=str(folder.parent)), AIGC_QUEUE_SIZE="16", AIGC_JOB_LOG="1", OMP_NUM_THREADS="1"
    )


def there(folder, *names: str) -> None:
    end = time.monotonic() + 60
    while not all((folder / name).exists() for name in names):
        assert time.monotonic() < end, f"{names} did not come"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_hostile_client_fills_its_own_share_only(url, folder):
    bad, good, other = (Visitor(url, address) for address in (BAD, GOOD, OTHER))
    begun = time.monotonic()
    answers = [bad.post("paint", f"bad{i}") for i in range(90)]
    assert time.monotonic() - begun < 30  # refused at once
    taken = [answer.json()["event_id"] for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(taken) == 8 and {answer.status_code for answer in refused} == {429}
    said = refused[0].json()["detail"]
    assert said.startswith("8 jobs of yours of this kind wait") and refused[0].headers["Retry-After"] in said
    in_chinese = Visitor(url, BAD, **{"Accept-Language": "zh-CN"}).post("paint", "bad").json()["detail"]
    assert in_chinese.startswith("您已有 8 个同类任务")
    with ThreadPoolExecutor(16) as crowd:
        for event in taken:
            crowd.submit(bad.read, "paint", event)
        there(folder, "bad0.begun")
        for _ in range(5):
            begun = time.monotonic()
            assert "fox" in good.call("digit", "fox")
            assert time.monotonic() - begun < 1
        first = crowd.submit(other.call, "paint", "other")  # the address that has less at work comes first
        there(folder, "other.begun")
        assert not (folder / "bad1.begun").exists()
        for name in ("other", *(f"bad{i}" for i in range(8))):
            (folder / f"{name}.enough").touch()
        assert "complete" in first.result()


@pytest.mark.browser
def test_the_page_shows_such_a_sentence(url, folder, visit):
    page = visit(url, locale="zh-CN")
    for _ in range(5):
        page.get_by_role("button", name="Paint").click()
    page.get_by_text("您已有 4 个同类任务在排队或进行中").wait_for()
    (folder / "page.enough").touch()


def test_what_nobody_listens_to_does_not_begin_and_is_forgotten(url, folder):
    visitor = Visitor(url, OTHER)
    assert "0.5" in visitor.call("hurry", "0.5")  # seconds, in place of 30
    event = visitor.post("bind", "unread").json()["event_id"]
    assert "fox" in visitor.call("digit", "fox")
    end = time.monotonic() + 30
    while HTTP.get(url + "health").json()["lines"].get("illustrated_story", {}).get("waiting"):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "Not Found" in visitor.read("bind", event) and not (folder / "unread.begun").exists()


@pytest.mark.parametrize("name", ["paint", "bind"])
def test_work_ends_whose_reader_has_left(url, folder, name):
    """A generator at its next step, a function by `brakes.left`."""
    visitor, word = Visitor(url, f"192.0.2.{20 + len(name)}"), f"left-{name}"
    asked = visitor.post(name, word)
    with HTTP.stream("GET", f"{visitor.url}{name}/{asked.json()['event_id']}"):
        there(folder, f"{word}.begun")
    there(folder, f"{word}.over")


def test_a_full_line_is_full_for_everybody_and_says_when_to_come_back(url):
    Visitor(url, GOOD).call("hurry", "30")
    for i in range(2):
        for _ in range(8):
            assert Visitor(url, f"192.0.2.{10 + i}").post("paint", "many").status_code == 200
    answer = Visitor(url, GOOD).post("paint", "late")
    assert answer.status_code == 429 and answer.json()["detail"].startswith("16 others wait for the same already.")
    assert "complete" in Visitor(url, GOOD).call("digit", "fox")


def test_no_way_leads_around_the_lines(url):
    assert HTTP.post(f"{url}gradio_api/run/digit", json={"data": ["fox"]}).status_code == 404


def test_what_waits_in_no_line_is_bounded_for_each_address(url):
    config = HTTP.get(f"{url}config").json()["dependencies"]
    number = next(one["id"] for one in config if one["api_name"] == "quick")

    def quick(address: str, **headers: str) -> httpx.Response:
        body, headers = {"data": ["fox"], "fn_index": number}, {"X-Forwarded-For": address} | headers
        return HTTP.post(f"{url}gradio_api/run/predict", json=body, headers=headers)

    assert all(quick(BAD).json()["data"] == ["fox"] for _ in range(50)), "as many as a hand asks for"
    Visitor(url, GOOD).call("bound", 1e-9)  # calls a second, and 5 at once
    answers = [quick(BAD) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    said = answers[-1].json()
    assert said["error"] == said["detail"]
    assert said["error"] == "Too many calls in one second from your address. Please go on in a second."
    assert answers[-1].headers["Retry-After"] == "1"
    assert quick(BAD, **{"Accept-Language": "zh-CN"}).json()["error"].startswith("您的地址在一秒内")
    assert quick(OTHER).status_code == 200, "another address has its own"
    assert "complete" in Visitor(url, BAD).call("bound", 1e9), "what waits in line is bounded there"
    assert quick(BAD).status_code == 200
    assert 'aigc_refused_total{line="none",why="line_none"} 4.0' in HTTP.get(f"{url}metrics").text


def test_a_hand_is_not_refused_and_who_has_not_called_for_a_while_is_forgotten():
    buckets, rate, most = lines.Buckets(), limits.CALLS.a_second, limits.CALLS.at_once
    assert all(buckets.taken("a class", i / rate) for i in range(10_000)), "for minutes on end"
    assert [buckets.taken("a script", 500) for _ in range(most + 1)].count(False) == 1
    for i in range(100):
        assert buckets.taken(f"another {i}", 500 + most / rate + 1)
    assert len(buckets.left) == 100 and buckets.taken("a script", 600)


def test_one_address_is_one_household():
    hosts = "2001:db8::1", "2001:db8::2", "2001:db8:1::1"
    at = [SimpleNamespace(client=SimpleNamespace(host=host)) for host in hosts]
    assert lines.address_of(at[0]) == lines.address_of(at[1]) != lines.address_of(at[2])


@pytest.mark.parametrize("value, known", [("10.0.0.0/8, ::1", "10.0.0.0/8,::1"), ("", ""), ("10.0.0.1/8", None)])
def test_trusted_proxies(value, known):
    if known is None:
        with pytest.raises(ValueError, match="AIGC_TRUSTED_PROXIES must be addresses or networks"):
            settings({"AIGC_TRUSTED_PROXIES": value})
    else:
        assert settings({"AIGC_TRUSTED_PROXIES": value}).trusted_proxies == known


@pytest.mark.slow
def test_every_line_that_takes_long_has_few_places_and_leaves_threads(built):
    names = {str(fn.concurrency_id) for fn in built.fns.values() if fn.queue}
    assert limits.LINES.keys() <= names
    assert sum(line.places for line in limits.LINES.values()) + 16 < limits.THREADS


def test_health_and_metrics_say_what_goes_on_and_not_what_was_asked(url):
    assert "complete" in Visitor(url, GOOD).call("digit", "asecretprompt")
    health = HTTP.get(url + "health").json()
    assert health["ok"] and health["version"] and health["memory"]["free_mb"] > 0 and health["memory"]["evicted"] == 0
    assert health["lines"]["digits"] == {"waiting": 0, "at_work": 0, "places": 16}
    assert {row["name"]: row["number"] for row in health["limits"]} == {
        name: kept.number for name, kept in limits.KEPT.items()
    }
    answer = HTTP.get(url + "metrics")
    samples = [one for family in text_string_to_metric_families(answer.text) for one in family.samples]
    numbers = {one.name: one.value for one in samples}
    digits = {"line": "digits", "result": "success"}
    done = [one.value for one in samples if one.name == "aigc_jobs_total" and one.labels == digits]
    assert done[0] >= 1 and numbers["aigc_process_bytes"] > 1e8
    assert numbers.keys() >= {"aigc_refused_total", "aigc_waited_seconds_sum", "aigc_job_seconds_count", "aigc_line"}
    assert "secret" not in answer.text + str(health)


def test_each_job_is_a_line_in_the_log_without_what_was_asked(url, logs):
    found = [json.loads(line) for line in logs[url].read_text().splitlines() if line.startswith("{")]
    assert {"at", "line", "result", "waited_s", "seconds"} == found[-1].keys()
    assert {"success", "left"} <= {row["result"] for row in found if row["line"] != "other"}
    assert "fox" not in logs[url].read_text()


def test_a_page_that_was_left_is_forgotten_before_one_that_is_open(built, monkeypatch):
    monkeypatch.setitem(limits.KEPT, "left", limits.Kept("pages that were left", 3))
    queue, holder = lines.Lines(live_updates=True, concurrency_count=1, update_intervals=1, blocks=built), StateHolder()
    holder.set_blocks(built)
    most = limits.KEPT["left"].number
    with queue.staying("open"):
        holder["open"]
        for i in range(most + 1):
            with queue.staying(f"left{i}"):
                holder[f"left{i}"]
        with queue.staying("left1"):  # it comes back: a computer that slept
            pass
        assert "left0" not in holder and "left1" in holder and "open" in holder and len(holder.session_data) == most + 1
        with queue.staying("another"):
            pass
        assert "left1" in holder and "left2" not in holder
