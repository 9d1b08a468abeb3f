"""The text tab with a server on another machine behind it: the same text, streaming, Stop, chances, honest recipes."""

import logging
import re
import socket
import threading

import pytest
from engine_server import EngineServer
from gpt2_text import edits, page, presets, runs
from gpt2_text.request import REMOTE, Writing

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import sentences, token_view, words
from shared.page.token_questions import token_choices

SETTINGS = {"prompt": "Once upon a time, there was a little fox who", "model": REMOTE, "max_new_tokens": 20, "seed": 1}
PATIENCE = 100  # seconds


@pytest.fixture
def server(monkeypatch):
    with EngineServer() as server:
        monkeypatch.setenv("AIGC_MODELS", "auto")
        monkeypatch.setenv("AIGC_REMOTE_TEXT", server.text)
        yield server


def run(**changes):
    return list(runs.run(Writing.check(SETTINGS | changes), threading.Event()))


def refusal(**changes):
    with pytest.raises(UserError) as error:
        run(**changes)
    return str(error.value)


def text(view):
    return runs.texts_of(view["samples"])


def chances(view):
    return [p for _, _, p in view["samples"][0]["tokens"]]


# What it writes


def test_it_is_the_text_that_the_model_writes_here(server):
    views = run()
    (far, made), (near, other) = views[-1], run(model="ngram-stories")[-1]
    assert text(far) == text(near) and len(views) > 2
    assert chances(far) == pytest.approx(chances(near), abs=1e-4)
    assert made["source"] == "remote" and made["device"] == server.text.split("/")[2]
    assert made["repo"] == "ngram-stories", "the first that the server lists"
    assert made["output_sha256"] == other["output_sha256"]
    assert not made.keys() & {"weights_sha256", "revision", "machine"} and made["libraries"].keys() == {"python"}


def test_the_host_says_which_of_its_models(server, monkeypatch):
    monkeypatch.setenv("AIGC_REMOTE_TEXT_MODEL", "lstm-stories")
    (far, made), (near, _) = run()[-1], run(model="lstm-stories")[-1]
    assert text(far) == text(near) and made["repo"] == "lstm-stories"
    assert [asked.path for asked in server.seen] == ["/v1/completions"]


def test_a_servers_folders_are_its_own_business(server, monkeypatch):
    server.models = ("/models/private/ngram-stories",)
    view, made = run()[-1]
    assert server.seen[-1].body["model"] == "/models/private/ngram-stories"
    assert made["repo"] == "ngram-stories" and "private" not in recipe.dumps(made) + str(view)
    monkeypatch.setenv("AIGC_REMOTE_TEXT_MODEL", "/models/private/ngram-stories")
    assert "private" not in registry.spec(REMOTE).title


def test_every_dial_is_sent_and_a_stop_text_ends_it(server):
    dials = {"temperature": 0.6, "top_k": 7, "top_p": 0.9, "min_p": 0.02, "repetition_penalty": 1.2, "seed": 9}
    far, _ = run(**dials, stop="the")[-1]
    asked = server.seen[-1].body
    assert {name: asked[name] for name in dials} == dials and asked["stop"] == ["the"]
    near, _ = run(**dials, stop="the", model="ngram-stories")[-1]
    assert text(far) == text(near) and far["samples"][0]["finished"] == near["samples"][0]["finished"]


def test_several_have_seeds_of_their_own(server):
    view, made = run(num_return_sequences=3)[-1]
    assert [sample["seed"] for sample in view["samples"]] == [1, 2, 3]
    assert text(view) == text(run(num_return_sequences=3, model="ngram-stories")[-1][0])
    assert sorted(asked.body["seed"] for asked in server.seen if asked.body) == [1, 2, 3]


def test_a_server_that_takes_openais_settings_alone(server):
    server.plain = True
    view, _ = run(top_k=5)[-1]
    assert "takes no top k, min p and repetition penalty; they changed nothing" in view["message"]
    in_chinese(view["message"])
    view, _ = run(top_k=0, repetition_penalty=1.0)[-1]
    assert not view["message"] and text(view) != SETTINGS["prompt"]


def test_a_server_that_gives_no_chances(server):
    server.chances = False
    view, made = run()[-1]
    assert set(chances(view)) == {None} and made
    assert text(token_view.read(view)) == text(view)
    answer = token_choices({"model": REMOTE, "precision": "fast", "prompt": "Once", "ids": [], "text": ""})
    assert "does not say which other words" in answer["error"]


def test_stop_ends_it_here_and_there(server):
    server.waits_after = 3
    stop = threading.Event()
    for view, made in runs.run(Writing.check(SETTINGS), stop):  # noqa: B007
        if view["samples"][0]["tokens"]:
            stop.set()
    assert view["samples"][0]["finished"] == "stopped" and 0 < len(view["samples"][0]["tokens"]) <= 3
    assert server.left.wait(PATIENCE), "the server goes on writing for nobody"
    server.waits_after = 0
    again, _ = list(runs.run(Writing.check(SETTINGS), threading.Event()))[-1]
    assert text(again).startswith(text(view)) and made["settings"]["model"] == REMOTE


# Going on


def test_a_text_goes_on_from_its_words(server):
    view, _ = run(max_new_tokens=8)[-1]
    on = edits.continued(view, {}, SETTINGS)
    assert on["prompt"] == text(view) and on["model"] == REMOTE
    longer, _ = list(runs.run(Writing.check(on), threading.Event()))[-1]
    assert text(longer).startswith(text(view)) and len(text(longer)) > len(text(view))
    several, _ = run(num_return_sequences=2, max_new_tokens=3)[-1]
    with pytest.raises(UserError, match="go on one by one"):
        edits.continued(several, {}, SETTINGS)


def test_another_word_is_chosen_among_those_that_the_server_held_for_likely(server):
    view, _ = run(max_new_tokens=8)[-1]
    words = [token[1] for token in view["samples"][0]["tokens"]]
    asked = {"precision": "fast", "prompt": SETTINGS["prompt"], "ids": [], "text": "".join(words[:3])}
    far = token_choices(asked | {"model": REMOTE})["choices"]
    ids = [token[0] for token in run(model="ngram-stories", max_new_tokens=8)[-1][0]["samples"][0]["tokens"]]
    near = token_choices(asked | {"model": "ngram-stories", "ids": ids[:3]})["choices"]
    assert [one[1:] for one in far] == [one[1:] for one in near] and len(far) == 10
    chosen = {"sample": 0, "position": 3, "id": far[4][0], "text": far[4][1]}
    fork = edits.forked(view, chosen, SETTINGS)
    assert fork["prompt"] == SETTINGS["prompt"] + "".join(words[:3]) + far[4][1]
    forked, _ = list(edits.run(Writing.check(fork), threading.Event(), view, chosen))[-1]
    assert text(forked).startswith(fork["prompt"]) and forked["samples"][0]["changed"] is None


def test_what_it_cannot_be_asked(server):
    assert "knows no beams" in refusal(num_beams=2) and "knows no beams" in refusal(no_repeat_ngram_size=3)
    assert "not from tokens" in refusal(kept="1 2 3")
    assert all("no_repeat_ngram_size" not in change for change in presets.remedies(Writing.check(SETTINGS)))


# Recipes


def test_reproduce_is_honest(server):
    _, made = run()[-1]
    again = list(runs.run(Writing.check(made["settings"]), threading.Event()))[-1][1]
    assert recipe.compare(made, again).identical
    other = recipe.compare(made, again | {"output_sha256": "0" * 64})
    assert not other.identical and "Which weights that server runs" in other.sentence
    with EngineServer() as moved:
        again["device"] = moved.text.split("/")[2]
        assert "device" in recipe.compare(made, again | {"output_sha256": "0" * 64}).sentence


def test_the_key_is_sent_and_kept_to_oneself(server, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    server.key = "sk-very-secret"
    assert "does not let this site in: its host has to set AIGC_REMOTE_TEXT_KEY" in refusal()
    monkeypatch.setenv("AIGC_REMOTE_TEXT_KEY", server.key)
    view, made = run()[-1]
    assert server.seen[-1].headers["authorization"] == f"Bearer {server.key}"
    assert all(server.key not in found for found in (recipe.dumps(made), str(view), caplog.text, repr(settings())))


# Trouble


def test_a_server_that_is_away_is_said_to_be_and_nothing_stands_in(server, monkeypatch):
    loaders.forget()
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("AIGC_REMOTE_TEXT", f"http://127.0.0.1:{free.getsockname()[1]}")
    sentence = refusal()
    assert "cannot be reached" in sentence and not server.seen
    assert not [row for row in loaders.ledger() if row["name"] in registry.names("text")]
    in_chinese(sentence)


@pytest.mark.parametrize(
    "fault, said",
    [
        ({"refuses": 400}, "refused this (HTTP 400): the context has 2048 tokens"),
        ({"refuses": 500}, "refused this (HTTP 500)"),
        ({"refuses": 404}, "has no such address or model"),
        ({"refuses": 429}, "has too much to do"),
        ({"says": b"<html>Sign in</html>"}, "does not answer as an OpenAI-compatible server does"),
        ({"says": b'{"data": []}'}, "does not answer as an OpenAI-compatible server does"),
        ({"breaks_after": 2}, "broke off in the middle of the text"),
    ],
)
def test_one_sentence_for_each_trouble(server, fault, said):
    for name, value in fault.items():
        setattr(server, name, value)
    sentence = refusal()
    assert said in sentence
    in_chinese(sentence)


def test_a_server_that_says_nothing(server, monkeypatch):
    from shared.engines import remote

    monkeypatch.setattr(remote, "SILENCE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes the call
        monkeypatch.setenv("AIGC_REMOTE_TEXT", f"http://127.0.0.1:{mute.getsockname()[1]}")
        sentence = refusal()
    assert "has said nothing for 0.3 seconds" in sentence
    in_chinese(sentence)


def in_chinese(sentence):
    words.of(page.WORDS.folder)
    assert re.search(r"[\u4e00-\u9fff]", sentences.in_chinese(sentence)), sentence


# The host's choice


def test_it_stands_first_in_the_menu_where_the_host_has_one_and_nowhere_else(server, monkeypatch):
    assert page._first() == REMOTE and page._models()[0] == (server.text.split("/")[2], REMOTE)
    monkeypatch.delenv("AIGC_REMOTE_TEXT")
    assert page._first() != REMOTE and registry.names(REMOTE) == []
    for model in (REMOTE, server.text):
        with pytest.raises(UserError, match="no model called"):
            Writing.check(SETTINGS | {"model": model})
    assert not server.seen


def test_a_visitor_can_name_no_address(server, monkeypatch):
    with pytest.raises(UserError):
        Writing.check(SETTINGS | {"model": "http://127.0.0.1:1/v1"})
    run(prompt="http://127.0.0.1:1/v1")
    assert {asked.path for asked in server.seen} == {"/v1/models", "/v1/completions"}


def test_the_settings(server, monkeypatch):
    monkeypatch.setenv("AIGC_REMOTE_TEXT", "http://llm.example:8000/")
    assert settings().remote_text == "http://llm.example:8000/v1"
    monkeypatch.setenv("AIGC_REMOTE_TEXT", "http://ann:word@llm.example/v1")
    with pytest.raises(ValueError, match="AIGC_REMOTE_TEXT must be an address without a name") as error:
        settings()
    assert "word@" not in str(error.value)
    monkeypatch.setenv("AIGC_REMOTE_TEXT", "llm.example")
    with pytest.raises(ValueError, match="such as http://127.0.0.1:8000/v1"):
        settings()
    monkeypatch.setenv("AIGC_REMOTE_TEXT", server.text)
    monkeypatch.setenv("AIGC_MODELS", "bundled")
    with pytest.raises(
        ValueError, match="AIGC_MODELS=bundled calls nobody, so AIGC_REMOTE_TEXT cannot be set beside it"
    ):
        settings()
