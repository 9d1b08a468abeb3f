"""The stream of answers: it is open when a page asks again, and what comes on it is whole."""

import json

import gradio as gr
import httpx
import pytest

from shared.page import private


def test_what_is_asked_for_in_the_last_moment_is_answered_on_the_same_stream(small_suite):
    with httpx.Client(base_url=small_suite, timeout=60) as http:
        functions = http.get("config").json()["dependencies"]
        fox = next(one["id"] for one in functions if one["api_name"] == "fox")

        def ask(word: str) -> str:
            asked = {"data": [word], "fn_index": fox, "session_hash": "lastmoment"}
            return http.post("gradio_api/queue/join", json=asked).raise_for_status().json()["event_id"]

        asked, answers, last = [ask("red")], {}, ""
        with http.stream("GET", "gradio_api/queue/data", params={"session_hash": "lastmoment"}) as stream:
            for line in stream.iter_lines():
                said = json.loads(line.removeprefix("data: ") or "{}")
                if said.get("msg") == "process_completed":
                    answers[said["event_id"]] = said["output"]["data"]
                    if len(asked) < 3:
                        asked.append(ask("blue"))
                last = said.get("msg") or last
    assert [answers[event] for event in asked] == [["red fox"], ["blue fox"], ["blue fox"]]
    assert last == "close_stream"


def test_a_queue_that_has_nothing_to_do_rests_longer_than_gradio_s_own():
    page = gr.Blocks().queue()
    own = page._queue.sleep_when_free, page._queue.progress_update_sleep_when_free
    private.doze(page)
    assert 10 * own[0] <= page._queue.sleep_when_free and 10 * own[1] <= page._queue.progress_update_sleep_when_free


def test_the_page_is_told_that_answers_are_whole_and_clients_that_they_get_changes(small_suite):
    with httpx.Client(base_url=small_suite, timeout=60) as http:
        page, config = http.get("").text, http.get("config")
    assert '"protocol":"sse_v1"' in page and config.json()["protocol"] == "sse_v3"
    assert "api_info_as_input" not in page and "api_info_as_input" in config.text, "only clients read it"


@pytest.mark.browser
def test_a_page_gets_each_streamed_answer_whole_and_none_is_changed_afterwards(small_suite, page):
    changes = [
        [[["add", ["words", "[1]"], "b"], ["replace", ["n"], 2]], []],
        [[["append", ["words", "[1]"], "c"], ["delete", ["n"], None]], [["append", [], "!"]]],
        [[["delete", ["list", 0], None], ["add", ["list", 1], 3]], [["replace", [], None]]],
        [[["replace", [], {"__type__": "update"}]], []],
    ]
    first = [{"words": {"[0]": "a"}, "n": 1, "list": [1, 2]}, "fox"]
    said = [_generating("one", first)]
    for i, data in enumerate(changes):
        said += [_generating("one", data), _generating(f"another{i}", ["owl"])]  # of other runs, in between
    said += [_completed("one", [1]), _generating("one", ["anew"])]
    page.route("**/queue/data?session_hash=none", lambda route: route.fulfill(**_stream(*said)))
    page.goto(small_suite)
    page.get_by_role("button", name="Generate").wait_for()
    got = page.evaluate("fetch('gradio_api/queue/data?session_hash=none').then((answer) => answer.text())")
    heard = [json.loads(one.removeprefix("data: ")) for one in got.split("\n\n") if one]
    of_one = [one["output"]["data"] for one in heard if one["event_id"] == "one"]
    assert of_one == [
        first,
        [{"words": {"[0]": "a", "[1]": "b"}, "n": 2, "list": [1, 2]}, "fox"],
        [{"words": {"[0]": "a", "[1]": "bc"}, "list": [1, 2]}, "fox!"],
        [{"words": {"[0]": "a", "[1]": "bc"}, "list": [2, 3]}, None],
        [{"__type__": "update"}, None],
        [1],
        ["anew"],
    ]
    assert [one for one in heard if one["event_id"] != "one"] == [_generating(f"another{i}", ["owl"]) for i in range(4)]


@pytest.mark.browser
def test_what_is_asked_for_while_the_end_of_a_stream_is_on_its_way_is_heard_on_the_next(small_suite, page):
    runs = iter(("one", "two", "three"))
    streams = iter((_stream(_completed("one"), CLOSE), _stream(_completed("two"), _completed("three"), CLOSE)))
    page.goto(small_suite)
    page.get_by_role("button", name="Generate").wait_for()
    page.route("**/queue/join?none", lambda route: route.fulfill(json={"event_id": next(runs)}))
    page.route("**/queue/data?session_hash=none", lambda route: route.fulfill(**next(streams)))
    got = page.evaluate("""async () => {
      const ask = () => fetch("gradio_api/queue/join?none");
      const hear = async () => (await fetch("gradio_api/queue/data?session_hash=none")).text();
      await ask();
      await ask();
      const heard = await hear();
      await ask();  // the number of a run that has ended already
      return heard;
    }""")
    heard = [json.loads(one.removeprefix("data: ")) for one in got.split("\n\n") if one]
    assert heard == [_completed("one"), _completed("two"), _completed("three"), CLOSE]
    streams = iter((_stream(CLOSE),))
    assert "close_stream" in page.evaluate("fetch('gradio_api/queue/data?session_hash=none').then((a) => a.text())")


CLOSE = {"msg": "close_stream"}


def _completed(run: str, data: list | None = None) -> dict:
    return {"msg": "process_completed", "event_id": run, "output": {"data": data or []}}


def _stream(*said: dict) -> dict:
    body = "".join(f"data: {json.dumps(one)}\n\n" for one in said)
    return {"body": body, "content_type": "text/event-stream"}


def _generating(run: str, data: list) -> dict:
    return {"msg": "process_generating", "event_id": run, "output": {"data": data, "is_generating": True}}
