"""The text tab without a browser: plain functions on the bundled n-gram, and the endpoints."""

import base64
import json
import math
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from gpt2_text import edits, how, page, presets, runs
from gpt2_text.request import PROMPT, Writing

from shared import recipe
from shared.core.errors import UserError
from shared.models import ngram
from shared.page import sentences, token_view, words
from shared.page.token_questions import token_attention, token_choices

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "prompt": "Once upon a time, there was a little fox who",
    "model": "ngram-stories",
    "max_new_tokens": 20,
    "seed": 1,
}


def run(settings, stop=None):
    return runs.run(Writing.check(settings), stop or threading.Event())


def last(settings, **changes):
    """(view, recipe) at the end of a run."""
    return list(run(SETTINGS | settings | changes))[-1]


def text(view):
    return runs.texts_of(view["samples"])


# Running


def test_it_streams_and_ends_with_a_recipe():
    steps = list(run(SETTINGS))
    views, made = [view for view, _ in steps], steps[-1][1]
    assert all(found is None for _, found in steps[:-1])
    assert text(views[-1]).startswith(SETTINGS["prompt"] + " ")
    assert made["tab"] == "gpt2_text" and made["model"] == "ngram-stories" and made["settings"]["seed"] == 1
    assert made["output_sha256"] == recipe.hash_output(text(views[-1]))
    assert all(0 <= p <= 1 for _, _, p in views[-1]["samples"][0]["tokens"])


def test_a_recipe_reproduces_a_text_several_and_a_comparison():
    for changes in ({}, {"num_return_sequences": 3}, {"stop": "the\nand"}, {"temperature": 0}):
        view, made = last({}, **changes)
        again, same = list(run(made["settings"]))[-1]
        assert recipe.compare(made, same).identical, changes
        assert text(again) == text(view)


def test_samples_have_seeds_of_their_own():
    view, _ = last({}, num_return_sequences=3)
    alone, _ = last({}, seed=3)
    assert [sample["seed"] for sample in view["samples"]] == [1, 2, 3]
    assert token_view.text_of(view["samples"][2]) == text(alone)


def test_texts_that_are_all_the_same_are_said_to_be():
    four = {"num_return_sequences": 4}
    assert "All 4 texts are the same: at temperature 0" in last(four, temperature=0)[0]["message"]
    assert "only one word is left" in last(four, top_k=1)[0]["message"]
    assert "the same" not in last(four)[0]["message"] + last({"temperature": 0})[0]["message"]
    assert "the same" not in last(four, num_beams=4, temperature=0)[0]["message"]


def test_beams_that_repeat_are_said_to_and_how_to_keep_them_from_it():
    many = {"num_beams": 4, "max_new_tokens": 120, "no_repeat_ngram_size": 0, "repetition_penalty": 1}
    message = last(many)[0]["message"]
    assert "twice, as beams often do. Set No repeated n-gram to 4" in message
    assert "twice, as" not in last(many | {"no_repeat_ngram_size": 3})[0]["message"]
    assert "twice, as" not in last(many | {"num_beams": 1})[0]["message"]
    assert "两次" in sentences.in_chinese(message)


def test_words_that_come_twice():
    assert runs.twice("There was a frog and a frog.") == "a frog and a frog"
    assert runs.twice("He looked and looked.") == ""
    assert runs.twice("He went to the park. She went to the park.") == "went to the park"
    assert runs.twice("A frog and a dog met a frog.") == ""


def test_minus_one_draws_a_seed_and_writes_it_down():
    _, made = last({}, seed=-1)
    assert made["settings"]["seed"] >= 0


def test_a_stopped_text_is_reproduced_too():
    stop, long = threading.Event(), {"max_new_tokens": 1000, "seed": 5, "no_repeat_ngram_size": 0}
    # The n-gram may have ended before anybody could stop it.
    for view, made in run(SETTINGS | long | {"model": "gpt2-stories"}, stop):  # noqa: B007
        if view["samples"][0]["tokens"]:
            stop.set()
    assert view["samples"][0]["finished"] == "stopped"
    assert recipe.compare(made, list(run(made["settings"]))[-1][1]).identical


def test_a_stop_before_the_model_is_there_ends_the_waiting(monkeypatch):
    stop, release, load = threading.Event(), threading.Event(), ngram.load

    def slow(*arguments, **options):
        release.wait(30)
        return load(*arguments, **options)

    monkeypatch.setattr(ngram, "load", slow)
    try:
        steps = run(SETTINGS | {"precision": "exact"}, stop)  # no other test loads it so
        assert next(steps)[0]["message"] == "Loading Story n-gram"
        stop.set()
        assert list(steps) == []
    finally:
        release.set()


def test_leaving_stops_the_work():
    steps = run(SETTINGS | {"max_new_tokens": 1000, "num_return_sequences": 4})
    next(steps)
    steps.close()
    for thread in threading.enumerate():
        if thread.name == "batcher":
            thread.join(5)
            assert not thread.is_alive()


# Fork, Continue, Regenerate, cure


def test_a_fork_keeps_what_stands_before_and_goes_on():
    view, _ = last({})
    before = view["samples"][0]["tokens"]
    choice = token_choices(question(view, 4))["choices"][1]
    forked = edits.forked(view, {"sample": 0, "position": 4, "id": choice[0], "text": choice[1]}, SETTINGS)
    found, made = list(run(forked))[-1]
    after = found["samples"][0]["tokens"]
    assert after[:4] == before[:4]
    assert after[4][:2] == choice[:2] and after[4][2] == pytest.approx(choice[2], abs=2e-3)
    assert recipe.compare(made, list(run(made["settings"]))[-1][1]).identical


def test_choosing_the_end_ends_the_text():
    view, _ = last({})
    forked = edits.forked(view, {"sample": 0, "position": 3, "id": 0, "text": token_view.END}, SETTINGS)
    found, made = list(run(forked))[-1]
    assert found["samples"][0]["finished"] == "end" and len(found["samples"][0]["tokens"]) == 3 and made


def test_continue_goes_on_with_every_sample_that_has_not_ended():
    view, _ = last({}, num_return_sequences=2, max_new_tokens=3)
    view["samples"][0]["finished"] = "end"
    found, _ = list(run(edits.continued(view, {}, SETTINGS | {"max_new_tokens": 2})))[-1]
    assert text(found).startswith(token_view.text_of(view["samples"][0]) + runs.BETWEEN)
    assert len(found["samples"][1]["tokens"]) in (4, 5)
    view["samples"][1]["finished"] = "end"
    with pytest.raises(UserError, match="ended"):
        edits.continued(view, {}, SETTINGS)


def test_regenerate_has_a_new_seed():
    view, _ = last({})
    assert Writing.check(edits.regenerated(view, {}, SETTINGS)).seed != 1


def test_the_cure_is_the_smallest_change_that_helps():
    settings = SETTINGS | {
        "temperature": 0,
        "repetition_penalty": 1,
        "max_new_tokens": 60,
        "prompt": "the the the the",
    }
    view, _ = last(settings)
    view["samples"][0]["repetition"] = 0.5
    asked = Writing.check(edits.made_again(view, {}, SETTINGS))
    assert asked.settings() == Writing.check(settings).settings()
    shown, made = list(edits.cure(asked, threading.Event(), view, {}))[-1]
    change = {name: value for name, value in made["settings"].items() if value != getattr(asked, name)}
    assert [sample["title"] for sample in shown["samples"]] == ["Before", "After"]
    assert shown["samples"][1]["repetition"] < token_view.TOO_REPETITIVE and len(change) == 1
    assert made["settings"] | change == made["settings"]


def test_remedies_begin_small_and_stay_in_range():
    found = presets.remedies(Writing(repetition_penalty=1.9))
    assert found[:2] == [{"repetition_penalty": 2.0}, {"no_repeat_ngram_size": 3}]


# One token


def question(view, position):
    sample = view["samples"][0]
    ids = [token[0] for token in sample["tokens"][:position]]
    return {"model": sample["model"], "precision": "fast", "prompt": sample["prompt"], "ids": ids}


def test_ten_choices_the_likeliest_first():
    view, _ = last({})
    choices = token_choices(question(view, 2))["choices"]
    chances = [chance for _, _, chance in choices]
    assert len(choices) == 10 and chances == sorted(chances, reverse=True)
    own = view["samples"][0]["tokens"][2]
    assert all(chance == pytest.approx(own[2], abs=1e-3) for i, _, chance in choices if i == own[0])


def test_attention_or_an_honest_sentence():
    view, _ = last({})
    assert "GPT-2" in token_attention(question(view, 2))["error"]
    asked = question(view, 2) | {"model": "gpt2-stories"}
    gaze = token_attention(asked)
    rows = base64.b64decode(gaze["weights"])
    assert len(rows) == gaze["layers"] * gaze["heads"] * gaze["n"]
    assert gaze["n"] == gaze["skipped"] + len(gaze["prompt"]) + len(asked["ids"])
    assert sum(rows[: gaze["n"]]) == pytest.approx(255, abs=gaze["n"])


@pytest.mark.parametrize(
    "asked", [{}, {"ids": ["x"]}, {"ids": [-1]}, {"ids": [10**9]}, {"prompt": "x" * 10**6}, {"model": "no"}]
)
def test_odd_questions_get_a_sentence(asked):
    complete = {"model": "ngram-stories", "precision": "fast", "prompt": "a", "ids": []}
    assert token_choices(complete | asked if asked else {})["error"].endswith(".")


# What a browser may send


@pytest.mark.parametrize(
    "shown",
    [
        None,
        {},
        {"samples": []},
        {"samples": [{}], "settings": {}},
        {"samples": [1] * 9, "settings": {}},
        "text",
    ],
)
def test_a_page_without_a_text_gets_a_sentence(shown):
    for change in (edits.continued, edits.regenerated):
        with pytest.raises(UserError, match="generate one first"):
            change(shown, {}, SETTINGS)
    with pytest.raises(UserError):
        edits.forked(shown, {"sample": 0, "position": 0, "id": 1}, SETTINGS)


@pytest.mark.parametrize(
    "bad, words",
    [
        ({"prompt": "x" * 100_000}, "100,000 characters"),
        ({"prompt": None}, "must be a text"),
        ({"model": "gpt5"}, "no model called"),
        ({"model": ""}, "Choose a model"),
        ({"model": None}, "Choose a model"),
        ({"temperature": math.nan}, "temperature must be a number from 0 to 2"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 0}, "top p"),
        ({"top_k": 1.5}, "whole number"),
        ({"max_new_tokens": 10**9}, "max new tokens"),
        ({"max_new_tokens": math.inf}, "max new tokens"),
        ({"num_return_sequences": 5}, "from 1 to 4"),
        ({"num_beams": 2, "num_return_sequences": 4}, "beams"),
        ({"seed": -2}, "seed"),
        ({"seed": 2**60}, "seed"),
        ({"precision": "quantum"}, "precision"),
        ({"kept": "1 x"}, "whole numbers"),
        ({"kept": "1|2"}, "2 texts"),
        ({"kept": "99999999"}, "does not know"),
        ({"kept": "1 " * 3000}, "longer than"),
    ],
)
def test_bad_settings_get_one_sentence(bad, words):
    with pytest.raises(UserError, match=words) as caught:
        list(run(SETTINGS | bad))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("prompt", ["", "🦊🦊", "Ein Füchslein im Wald", "\x00\x07", "word " * 1900])
def test_odd_prompts_work(prompt):
    view, made = last({}, prompt=prompt, max_new_tokens=4)
    assert text(view).startswith(prompt.replace("\x00", "")) and made  # no file could hold that one


def test_a_model_of_english_alone_refuses_chinese_in_a_sentence():
    with pytest.raises(UserError, match="reads and writes English only: write it in English, or choose a model"):
        last({}, prompt="小狐狸住在森林里")


def test_every_control_and_preset_has_its_words():
    own = words.beside(runs.__file__)
    for field in Writing.fields().values():
        if not field.kind.hidden:
            key = field.kind.words or field.name
            assert own.pair(key) and (field.name == "model" or own.pair(f"{key}_hint"))
        assert field.kind.check(field.default, field.name) == field.default
        assert field.name == "seed" or field.kind.check(field.start, field.name) == field.start
    for name, row in presets.PRESETS.items():
        assert own.pair(name) and tuple(row) == presets.DIALS
        Writing.check(row)


def test_a_model_that_nobody_knows_has_a_sentence_for_its_numbers():
    assert "Bits per character" in how.facts("ngram-stories")
    assert "no model called" in how.facts("gpt5")


def test_the_price_comes_from_past_runs_only():
    runs.PRICES.known.clear()
    asked = Writing.check(SETTINGS | {"max_new_tokens": 40})
    assert runs.expected_seconds(asked) is None
    list(run(SETTINGS))
    (each,) = runs.PRICES.known.values()
    assert runs.expected_seconds(asked) == pytest.approx(40 * each)
    assert runs.expected_seconds(asked.model_copy(update={"num_return_sequences": 2})) == pytest.approx(40 * each)
    assert runs.expected_seconds(asked.model_copy(update={"precision": "exact"})) is None


def test_the_price_is_what_texts_really_took_and_says_what_the_limit_allows():
    runs.PRICES.known.clear()
    runs.LENGTHS.clear()
    asked = Writing.check(SETTINGS | {"max_new_tokens": 1000})
    runs.PRICES.learn(runs._kind(asked), 0.02)
    assert runs.usual_seconds(asked) == runs.expected_seconds(asked) == pytest.approx(20)
    for length in (30, 900, 100):
        last({}, max_new_tokens=length)
    (lengths,) = runs.LENGTHS.values()
    assert len(lengths) == 3 and sorted(lengths)[1] <= 100
    runs.PRICES.known[runs._kind(asked)] = 0.02
    assert runs.usual_seconds(asked) == pytest.approx(0.02 * sorted(lengths)[1])
    tab = page.TextTab(runs.TAB, Writing, runs.run, page.WORDS)
    said = tab.price(None, *[getattr(asked, name) for name in tab.fields])
    assert said == f"About {max(1, 0.02 * sorted(lengths)[1]):.0f} s on this machine, 20 s at most"


@pytest.mark.slow
def test_two_loads_may_be_the_first_of_all_and_need_no_transformers():
    """The page warms the model in one precision while a visitor runs the example in the other; to import transformers
    would take longer than both."""
    program = """
import sys, threading
from shared.core import loaders
def load(precision):
    with loaders.use("gpt2-stories", precision):
        print("loaded", flush=True)
threads = [threading.Thread(target=load, args=(precision,)) for precision in loaders.PRECISIONS]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("transformers" in sys.modules)
"""
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["loaded", "loaded", "False"], said.stderr


# The endpoints


@pytest.fixture(scope="module")
def client(suite):
    from gradio_client import Client

    return Client(suite, verbose=False)


def test_the_endpoint_streams_and_ends_with_text_and_recipe(client):
    job = client.submit(model="ngram-stories", max_new_tokens=30, seed=4, num_return_sequences=2, api_name="/gpt2_text")
    found, made = job.result(120)
    assert len(job.outputs()) > 1 and found.count("\n---\n") == 1
    assert made["output_sha256"] == recipe.hash_output(found)
    view, _ = last({}, max_new_tokens=30, seed=4, num_return_sequences=2)
    assert text(view) == found  # the endpoint and the button share one function


def test_alternatives_of_any_place(client):
    after = client.predict("Once upon a", "ngram-stories", api_name="/token_alternatives")
    assert after["alternatives"][0]["token"] == " time" and len(after["alternatives"]) == 10
    inside = client.predict("Once upon a", "ngram-stories", 1, 3, api_name="/token_alternatives")
    assert inside["tokens"][1] == " upon" and len(inside["alternatives"]) == 3


@pytest.mark.parametrize(
    "bad",
    [
        {"prompt": "x" * 100_000},
        {"model": "<b>none</b>"},
        {"temperature": 99},
        {"num_return_sequences": 64},
        {"seed": 1.5},
    ],
)
def test_bad_input_over_the_network_gets_a_sentence_and_the_server_lives(client, bad):
    with pytest.raises(Exception, match=r"(must|taken|no model)") as caught:
        client.predict(**({"model": "ngram-stories"} | bad), api_name="/gpt2_text")
    assert "Traceback" not in str(caught.value) and "<b>" not in str(caught.value)
    assert client.predict(model="ngram-stories", max_new_tokens=2, api_name="/gpt2_text")[1]


def test_nan_over_the_network_gets_a_sentence(suite):
    body = json.dumps({"data": ["Once", "ngram-stories", 5, math.nan, 50, 0.95, 0, 1.1, 0, 1, "", 0]}).encode()
    request = urllib.request.Request(suite + "gradio_api/call/gpt2_text", body, {"Content-Type": "application/json"})
    try:
        event = json.load(urllib.request.urlopen(request, timeout=30))["event_id"]
    except urllib.error.HTTPError as refused:
        assert refused.code in (400, 422)
        return
    answer = urllib.request.urlopen(f"{suite}gradio_api/call/gpt2_text/{event}", timeout=60).read().decode()
    assert "event: error" in answer and "temperature" in answer


def test_the_endpoint_keeps_its_arguments(client):
    parameters = client.view_api(return_format="dict")["named_endpoints"]["/gpt2_text"]["parameters"]
    defaults = {row["parameter_name"]: row["parameter_default"] for row in parameters}
    assert defaults == {
        "prompt": PROMPT,
        "model": "gpt2-stories",
        "max_new_tokens": 80,
        "temperature": 0.8,
        "top_k": 50,
        "top_p": 0.95,
        "min_p": 0.0,
        "repetition_penalty": 1.1,
        "no_repeat_ngram_size": 0,
        "num_return_sequences": 1,
        "stop": "",
        "seed": 0,
    }
    assert list(defaults) == page.ENDPOINT.split()
