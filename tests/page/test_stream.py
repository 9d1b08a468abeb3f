"""A page that asks again in the moment when its last answer comes gets the next one, too."""

import json

import httpx


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
