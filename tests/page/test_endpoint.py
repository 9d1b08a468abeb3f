"""Endpoints made of requests, called over the network: what they say of themselves, and to what is wrong."""

import importlib.util
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Annotated

import gradio as gr
import pytest
from gradio import utils
from gradio_client import Client

from shared.core.errors import UserError
from shared.core.kinds import Choice, Seed, Text, Whole
from shared.core.request import Request
from shared.page import private
from shared.page.endpoint import endpoint


class Asked(Request):
    text: Annotated[str, Text(20, called="The text", example="fox")]
    n: Annotated[int, Whole(1, 9, called="How many")] = 2
    route: Annotated[str, Choice(("slerp", "lerp"), called="The path", api="path")] = "slerp"
    steps: Annotated[int | None, Whole(1, 50, optional=True)] = None
    seed: Annotated[int, Seed()] = 0
    kept: Annotated[str, Text(20)] = "kept"

    def fitted(self):
        if self.text == "<b>":
            raise UserError("There is no <b> here.")
        return self


def say(request: Asked) -> tuple[str, dict]:
    """Says it.

    More of it.
    """
    return request.text * request.n, request.settings()


def tell(request: Asked) -> Iterator[tuple[str, dict]]:
    """Tells it word by word."""
    for i in range(request.n):
        yield request.text * (i + 1), {}
    yield "end", request.settings()


@pytest.fixture(scope="module")
def address():
    english = {"n_hint": "How often."}.__getitem__
    with gr.Blocks() as blocks:
        endpoint(say, Asked, "say", "text n route steps seed", english, concurrency_id="x")
        endpoint(tell, Asked, "tell", "text n", english)
    _, address, _ = blocks.launch(prevent_thread_lock=True, quiet=True, mcp_server=True)
    yield address
    blocks.close()


@pytest.fixture(scope="module")
def client(address):
    return Client(address, verbose=False)


def fetched(address, path):
    return json.load(urllib.request.urlopen(address + path, timeout=30))


def test_it_answers_and_streams(client):
    assert client.predict("ab", path="lerp", steps=3, api_name="/say") == (
        "abab",
        {"text": "ab", "n": 2, "route": "lerp", "steps": 3, "seed": 0, "kept": "kept"},
    )
    assert client.predict("ab", seed=-1, api_name="/say")[1]["steps"] is None
    job = client.submit("a", 3, api_name="/tell")
    assert job.result()[0] == "end" and [one[0] for one in job.outputs()] == ["a", "aa", "aaa", "end"]


@pytest.mark.parametrize(
    "bad, sentence",
    [
        ({"n": 10}, "How many must be a whole number from 1 to 9, not 10."),
        ({"n": "<i>"}, "How many must be a whole number from 1 to 9, not &lt;i&gt;."),
        ({"n": [1]}, "How many must be a whole number from 1 to 9, not [1]."),
        ({"n": {"a": 1}}, "How many must be a whole number from 1 to 9, not {"),
        ({"n": True}, "How many must be a whole number from 1 to 9, not True."),
        ({"n": 10**400}, "How many must be a whole number from 1 to 9, not"),
        ({"path": "hop"}, "The path must be slerp or lerp, not hop."),
        ({"text": 7}, "The text must be a text of at most 20 characters, not 7."),
        ({"text": "x" * 100_000}, "The text has 100,000 characters"),
        ({"text": "<b>"}, "There is no &lt;b&gt; here."),
        ({"seed": -2}, "The seed must be a whole number from 0"),
    ],
)
def test_what_is_wrong_gets_the_sentence_of_the_request(client, bad, sentence):
    for name in ["/say"] + ["/tell"] * (set(bad) <= {"text", "n"}):
        with pytest.raises(Exception) as caught:
            client.predict(**({"text": "a"} | bad), api_name=name)
        assert sentence in str(caught.value)
    assert client.predict("a", api_name="/say")[0] == "aa"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" * 400, "1" * 5000, '"\\ud800"'])
def test_what_only_raw_json_can_say(address, client, number):
    body = f'{{"data": ["a", {number}, "slerp", null, 0]}}'.encode()
    request = urllib.request.Request(address + "gradio_api/call/say", body, {"Content-Type": "application/json"})
    try:
        event = json.load(urllib.request.urlopen(request, timeout=30))["event_id"]
    except urllib.error.HTTPError as refused:
        assert refused.code in (400, 422)
    else:
        answer = urllib.request.urlopen(f"{address}gradio_api/call/say/{event}", timeout=60).read().decode()
        assert "event: error" in answer and "How many must be" in answer
    assert client.predict("a", api_name="/say")[0] == "aa"


def test_it_says_what_it_takes(address):
    info = fetched(address, "gradio_api/info")["named_endpoints"]
    arguments = {one["parameter_name"]: one for one in info["/say"]["parameters"]}
    assert list(arguments) == ["text", "n", "path", "steps", "seed"]
    assert [one["parameter_has_default"] for one in arguments.values()] == [False, True, True, True, True]
    assert [one["parameter_default"] for one in arguments.values()] == [None, 2, "slerp", None, 0]
    assert info["/say"]["description"] == "Says it. More of it." and len(info["/tell"]["returns"]) == 2
    assert arguments["n"]["type"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 9,
        "description": "How often. Allowed: a whole number from 1 to 9.",
        "example": 2,
        "default": 2,
    }
    assert [one["example_input"] for one in arguments.values()] == ["fox", 2, "slerp", None, 0]
    assert arguments["path"]["type"]["enum"] == ["slerp", "lerp"]
    assert arguments["steps"]["type"]["description"].endswith("None: what the model does best.")


def test_openapi_and_mcp_say_it_too(address):
    paths = fetched(address, "gradio_api/openapi.json")["paths"]
    body = paths["/gradio_api/call/v2/say"]["post"]["requestBody"]["content"]["application/json"]["schema"][
        "properties"
    ]
    (tool,) = [one for one in fetched(address, "gradio_api/mcp/schema") if one["name"].endswith("say")]
    assert tool["description"].startswith("Says it.")
    for said in (body, tool["inputSchema"]["properties"]):
        assert (said["n"]["minimum"], said["n"]["maximum"]) == (1, 9) and said["path"]["enum"] == ["slerp", "lerp"]
        assert said["n"]["description"].startswith("How often.")
        assert (said["text"]["example"], said["n"]["default"]) == ("fox", 2)


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is not None, reason="matplotlib is installed")
def test_no_call_searches_for_matplotlib(monkeypatch):
    asked = []
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=lambda name, *_: asked.append(name))])
    with utils.MatplotlibBackendMananger():
        assert asked, "Gradio asks for it around each call"
    asked.clear()
    monkeypatch.undo()
    private.without_plots()
    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=lambda name, *_: asked.append(name))])
    with utils.MatplotlibBackendMananger():
        assert asked == []
