"""The tab of learning from feedback: before and after, choices, the pole."""

import threading
import time
from pathlib import Path

import pytest
from feedback import cartpole, own, runs, view
from feedback.request import ADAPTERS, Telling

from shared.core.errors import UserError
from shared.training import live


def finished(**values):
    *_, (found, made) = runs.run(Telling.check({"max_new_tokens": 20, "n": 1} | values), threading.Event())
    return found, made


@pytest.mark.slow
def test_the_same_seed_before_and_after_with_rewards():
    found, made = finished(adapter="gpt2-stories-hacked", seed=3)
    (row,) = found["texts"]
    assert row["before"]["text"] and row["before"]["text"] != row["after"]["text"]
    assert all(0 <= row[when][key] <= 1 for when in ("before", "after") for key in ("reward", "other"))
    assert made["model"] == "gpt2-stories-hacked" and made["other_models"][0]["model"] == "gpt2-stories"
    again, same = finished(adapter="gpt2-stories-hacked", seed=3)
    assert again == found and same["output_sha256"] == made["output_sha256"]


@pytest.mark.slow
def test_a_faithful_story_has_no_second_judge():
    found, _ = finished(adapter="gpt2-stories-faithful")
    assert found["reward"] == "faithful" and "other" not in found["texts"][0]["after"]


@pytest.mark.parametrize(
    "bad", [{"prompt": " "}, {"prompt": "从前有一只狐狸"}, {"adapter": "gpt2"}, {"n": 9}, {"prompt": 7}]
)
def test_bad_input_is_a_sentence(bad):
    with pytest.raises(UserError, match=r"\.$"):
        Telling.check(bad)


def test_the_curves_begin_at_the_reference():
    found = runs.curves()
    assert found.keys() == set(ADAPTERS)
    assert all(one["points"][0][0] == 0 and len(one["points"]) > 3 for one in found.values())


def test_a_pair_is_the_same_for_a_seed_and_its_two_texts_differ():
    one = own.pair(5)
    own.pair.cache_clear()
    assert one == own.pair(5) and one.texts[0] != one.texts[1]
    assert view.feedback_pair({"seed": 5}) == {"opening": one.opening, "texts": list(one.texts)}
    assert "whole number" in view.feedback_pair({"seed": -1})["error"]
    assert "gone" in view.feedback_pair({"seed": 5, "token": "../.."})["error"]


def test_too_few_choices_and_wrong_ones_are_sentences():
    for wrong in ([], [[1, 0]] * 20, [[i, 2] for i in range(20)], "abc", [[i, True] for i in range(20)]):
        with pytest.raises(UserError, match=r"\.$"):
            own.checked(wrong)
    assert len(own.checked([[i, i % 2] for i in range(99)])) == own.MOST


@pytest.mark.slow
@pytest.mark.training
def test_choices_become_an_adapter_that_ranks_them(tmp_path, monkeypatch):
    """In a process of its own; what was chosen is then likelier than before."""
    monkeypatch.setattr(own, "NEEDED", 2)
    monkeypatch.setattr(live, "Choices", lambda pairs: live.preferences.Choices(pairs, steps=6, seconds=200))
    training = own.begin("somebody", [[1, 0], [2, 1]], tmp_path)
    *_, state = training.watch()
    assert state.why == "finished" and state.step == 6, state.sentence
    token = training.folder.name
    assert own.foretold(token, 1) > 0.5 > own.foretold(token, 2)
    assert len(own.told(token, "Once upon a time", 1)) == 2
    assert training.packed().stat().st_size < 200_000
    own.VISITORS.leave("somebody")
    assert not Path(training.folder).exists()


@pytest.mark.slow
def test_the_pole_learns_to_stand(monkeypatch):
    monkeypatch.setattr(cartpole, "PACE", 0)
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda seconds: None)
    begun = time.process_time()
    *_, state = cartpole.learn(0, stop)
    assert state["done"] and sum(state["returns"][-20:]) / 20 > 5 * sum(state["random"]) / 20
    assert time.process_time() - begun < 60 and len(state["poles"][1]) <= cartpole.FRAMES
