"""The tab that judges texts, without a browser: runs on the bundled models, bad input, the endpoint."""

import json
import threading
import urllib.request

import pytest
from text_understanding import how, runs
from text_understanding.request import REVIEW, TASK, Judgement

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError

BUNDLED = [row.name for row in registry.SPECS if row.task == TASK and row.bundled]
NOT = "It is not bad at all, and nobody could call it boring."


def judged(stop=None, **settings):
    return list(runs.run(Judgement.check(settings), stop or threading.Event()))


@pytest.mark.parametrize("name", BUNDLED)
def test_what_is_shown_is_the_text_and_adds_up(name):
    *_, (view, made) = judged(model=name)
    assert "".join(piece for piece, _ in view["pieces"]) == REVIEW
    assert [title for title, _ in view["others"]] == [registry.spec(n).title for n in BUNDLED if n != name]
    assert len(view["sentences"]) == 5 and view["sentences"][1][0].startswith("Then the old lighthouse")
    assert len(view["order"]) == len(view["removed"]) <= runs.MOST_REMOVED and view["unread"] == 0
    assert made["tab"] == "text_understanding" and made["output_sha256"] == recipe.hash_output(runs.written(view))
    assert judged(model=name)[-1][1]["output_sha256"] == made["output_sha256"]


def test_without_its_strongest_words_the_verdict_falls():
    *_, (view, _) = judged(text="A warm, funny film. Sadly the end is dull.", model="naive-bayes-reviews")
    toward = view["chance"] > 0.5
    chances = [view["chance"], *view["removed"]]
    assert all((after <= before) == toward for before, after in zip(chances, chances[1:], strict=False))


def test_words_are_taken_away_by_their_place():
    with loaders.use("naive-bayes-reviews") as loaded:
        reading = loaded.model.read("good, good film")
    assert runs.without("good, good film", reading, {2, 3}) == "good,  "


def test_a_stopped_run_ends_without_the_others():
    stop = threading.Event()
    steps = runs.run(Judgement.check({}), stop)
    first = next(view for view, made in steps if made)
    stop.set()
    assert list(steps) == [] and first["others"] == []


def test_a_text_beyond_the_memory_of_a_model_is_said():
    text = "A warm and funny film. " * 200
    *_, (view, _) = judged(text=text, model="bert-reviews")
    assert 0 < view["unread"] < len(text) and len(view["sentences"]) == runs.MOST_SENTENCES
    assert judged(text=text, model="naive-bayes-reviews")[-1][0]["unread"] == 0


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"text": ""}, "Write a text first"),
        ({"text": "  \n "}, "Write a text first"),
        ({"text": "这部电影很好看"}, "English only"),
        ({"text": 7}, "The text must be a text of at most 5,000 characters, not 7."),
        ({"text": "good " * 1001}, "5,005 characters; up to 5,000"),
        ({"model": "cgan-mnist"}, "There is no model that judges texts called “cgan-mnist”"),
        ({"colour": 1}, "There is no option called “colour”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Judgement.check(values)


@pytest.mark.parametrize("text", ["👍 good", "a" * 5000, "\ud800 film", "…!!! so-so", "no\nend\nat all"])
def test_odd_texts_are_judged(text):
    for name in BUNDLED:
        *_, (view, _) = judged(text=text, model=name)
        assert 0 <= view["chance"] <= 1


def test_a_verdict_that_is_close_is_none():
    assert [runs.verdict(chance) for chance in (0.1, 0.45, 0.59, 0.61)] == ["bad", "unsure", "unsure", "good"]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m text_understanding.example"""
    view, made = examples.example(Judgement.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Judgement.check({}).settings()


def test_what_was_measured_is_told():
    for name in registry.names(TASK):
        assert "Licence: " in how.facts(name) and registry.spec(name).title in how.facts(name)


# The endpoint


def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    said = client.predict(api_name="/sentiment")
    assert said["label"] in ("good", "bad", "unsure") and said["recipe"]["settings"]["text"] == REVIEW
    said = client.predict("Dull, dull, dull.", "bert-reviews", api_name="/sentiment")
    assert said["label"] == "bad" and said["probability"] < 0.4
    assert [word for word, _ in said["words"]] == ["Dull", ",", "dull", ",", "dull", "."]
    with pytest.raises(Exception, match="English only"):
        client.predict("无聊", api_name="/sentiment")


def test_the_endpoint_by_rest(suite):
    body = json.dumps({"data": [NOT, "naive-bayes-reviews"]}).encode()
    request = urllib.request.Request(suite + "gradio_api/call/sentiment", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{suite}gradio_api/call/sentiment/{event}", timeout=60) as answer:
        assert "event: complete" in answer.read().decode()
