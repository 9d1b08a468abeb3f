"""The arena, without a browser: rounds, the blind test, the dial, bad input, the endpoint."""

import base64
import io
import math
import random
import threading

import numpy as np
import pytest
import torch
from arena import how, runs
from arena.request import EACH, STARTERS, TASKS, Round
from PIL import Image

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.data import digits
from shared.evaluation import dial
from shared.evaluation.digits import judge
from shared.evaluation.text import negative_log_likelihood


def round_of(**settings):
    *_, (view, made) = runs.run(Round.check(settings), threading.Event())
    return view, made


def pixels(url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


@pytest.mark.slow
def test_all_families_draw_the_same_digit_in_the_order_of_their_years():
    view, made = round_of(digit="3")
    rows = view["rows"]
    assert {row["model"] for row in rows} == {*STARTERS, "real"}
    assert [row["year"] for row in rows[:-1]] == sorted(registry_year(row["model"]) for row in rows[:-1])
    for row in rows:
        assert pixels(row["sprite"]).shape == (28, 28 * EACH) and 0 <= row["confidence"] <= 1
        assert row["frechet"] == registry.scores("digit-judge" if row["model"] == "real" else row["model"])["frechet"]
    assert all(row["ms"] > 0 and row["parameters"] > 10_000 for row in rows[:-1])
    by_name = {row["model"]: row for row in rows}
    assert by_name["glow-mnist"]["likelihood"] == {"bits": registry.scores("glow-mnist")["bits"]}
    assert by_name["conv-vae-mnist"]["likelihood"]["nats"] == registry.scores("conv-vae-mnist")["iw_bound"]
    assert by_name["cgan-mnist"]["likelihood"] == {} and by_name["real"]["confidence"] > 0.95
    inside = recipe.read_bytes(base64.b64decode(view["png"].partition(",")[2]))
    assert inside["settings"] == made["settings"] and len(made["other_models"]) == len(STARTERS) - 1
    _, again = round_of(**made["settings"])
    assert again["output_sha256"] == made["output_sha256"]


def registry_year(name):
    return runs.described(registry.spec(name))["year"]


def test_one_that_cannot_be_told_draws_until_the_judge_has_read_enough():
    view, _ = round_of(digit="8", models=["wgan-gp-mnist"], seed=5)
    row = view["rows"][0]
    assert not row["told"] and row["tried"] > EACH
    with loaders.use("wgan-gp-mnist") as loaded, torch.inference_mode():
        model = loaded.model
        drawn = model.decode(model.latents(range(5, 5 + row["tried"])))
        read = judge().judge(drawn)[0].argmax(1)
    assert (read == 8).sum() == EACH and read[-1] == 8, "the last of the seeds was needed"
    view, made = round_of(digit="1", models=["nice-mnist", "cgan-mnist"])  # the first draws eights
    row = next(row for row in view["rows"] if row["model"] == "nice-mnist")
    assert row["notice"] == "NICE drew 0 times a 1 in 240 tries, too few to be shown." and row["confidence"] is None
    assert made["settings"]["models"] == ["nice-mnist", "cgan-mnist"], "the others go on"


@pytest.mark.parametrize("task", TASKS)
def test_every_model_has_a_year_and_a_size(task):
    for name in registry.names(task):
        assert 2013 <= registry_year(name) <= 2026


def test_pairs_of_the_blind_test():
    found = runs.blind(random.Random(3))
    assert len(found["rounds"]) == runs.ROUNDS and {one["real"] for one in found["rounds"]} == {0, 1}
    assert {name: sum(one["model"] == name for one in found["rounds"]) for name in STARTERS} == dict.fromkeys(
        STARTERS, 4
    )
    sprite = 255 - pixels(found["sprite"])
    pictures = torch.from_numpy(sprite).view(28, 2 * runs.ROUNDS, 28).transpose(0, 1)
    real, _ = digits.excerpt()
    is_real = [any(torch.equal(picture, one[0]) for one in real) for picture in pictures]
    for i, one in enumerate(found["rounds"]):
        assert is_real[2 * i + one["real"]] and not is_real[2 * i + 1 - one["real"]]
    assert runs.blind(random.Random(4))["sprite"] != found["sprite"]


def test_the_dial():
    measured = runs.dials(tuple(name for task in TASKS for name in registry.names(task)))
    for row in measured:
        knob, settings = dial.KNOBS[row["family"]]
        assert row["knob"] == knob and [point[0] for point in row["curve"]] == list(settings)
        assert all(0.1 <= sure <= 1 and 0 < spread < 4 for _, sure, spread in row["curve"])
    careful, wild = runs.at_the_dial(0.0), runs.at_the_dial(1.0)
    assert careful.keys() == set(STARTERS) and all(careful[name] != wild[name] for name in STARTERS)
    assert pixels(careful["cgan-mnist"]).shape == (28, 28 * runs.SHOWN)


@pytest.mark.slow
def test_the_dial_of_words():
    for row in runs.dials(runs.WRITERS):
        assert row["knob"] == "temperature" and [point[0] for point in row["curve"]] == list(dial.KNOBS["text"][1])
        bits, various = ([point[i] for point in row["curve"]] for i in (1, 2))
        assert bits == sorted(bits) and various == sorted(various), "the hotter, the more surprising and various"
        assert bits[0] < row["real"] < bits[-1]
    careful = runs.written_at_the_dial(0.0)
    assert careful.keys() == set(runs.WRITERS) and careful == runs.written_at_the_dial(0.0)
    assert runs.written_at_the_dial(1.0)["gpt2-stories"] != careful["gpt2-stories"]


def test_distinct_counts_groups_of_words():
    assert dial.distinct(["A b c d", "a b, c e"]) == 3 / 4  # abc, bcd, abc, bce
    assert dial.distinct(["one two"]) == 0


def test_surprise_is_what_the_reader_needs_after_the_opening():
    with loaders.use(dial.READER) as loaded:
        model = loaded.model
        both, first = ([model.tokenizer.end_id, *model.tokenizer.encode(text)] for text in ("The cat sat.", "The cat"))
        nats = [negative_log_likelihood(model.all_logits, ids, 64).sum().item() for ids in (both, first)]
        expected = (nats[0] - nats[1]) / math.log(2) / len(" sat.")
        assert dial.surprise(model, ["The cat"], [" sat."]) == pytest.approx(expected, rel=1e-4)


def test_a_place_of_the_dial_lies_between_what_was_measured():
    assert dial.setting_at("gan", 0.0) == 0.2 and dial.setting_at("gan", 1.0) == 1.4
    assert dial.setting_at("flow", 0.5) == pytest.approx(0.8)
    assert dial.setting_at("diffusion", 1 / 12) == pytest.approx(6.5) and dial.setting_at("vae", 7.0) == 1.4


def test_spread_is_the_trace_of_the_covariance_within_a_class():
    draw = torch.Generator().manual_seed(0)
    wide, narrow = torch.randn(4000, 3, generator=draw) * 2, torch.randn(4000, 3, generator=draw)
    features, classes = torch.cat([wide, narrow + 50]), torch.tensor([0, 1]).repeat_interleave(4000)
    assert dial.spread(features, classes) == pytest.approx((12 + 3) / 2, rel=0.05)
    assert dial.spread(features[:5], classes[:5]) == 0, "too few to say"


def test_the_excerpt_is_read_right():
    images, labels = digits.excerpt()
    assert images.shape == (200, 1, 28, 28) and labels.bincount().tolist() == [20] * 10
    assert (judge().judge(digits.unit(images))[0].argmax(1) == labels).float().mean() > 0.98


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"digit": "ten"}, "The digit must be one from 0 to 9, not ten"),
        ({"models": ["digit-judge"]}, "There is no model of digits called “digit-judge”"),
        ({"models": []}, "models of the round"),
        ({"seed": -5}, "The seed must be"),
        ({"temperature": 1}, "There is no option called “temperature”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Round.check(values)


def test_a_round_that_was_stopped_has_no_recipe():
    stop = threading.Event()
    stop.set()
    assert not [made for _, made in runs.run(Round.check({}), stop) if made]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m arena.example"""
    view, made = examples.example("digit-judge")
    kept = {facts["model"]: facts["weights_sha256"] for facts in (made, *made["other_models"])}
    assert kept.keys() == set(STARTERS) and made["settings"] == Round.check({}).settings()
    for name, sha256 in kept.items():
        with loaders.use(name) as loaded:
            assert loaded.sha256 == sha256
    for row in view["rows"][:-1]:
        assert row["frechet"] == registry.scores(row["model"])["frechet"], "measured anew since"


def test_what_was_measured_is_told():
    assert f"{registry.scores('digit-judge')['accuracy']:.2%}" in how.facts()


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    png, said, made = client.predict(api_name="/arena")
    with Image.open(png) as sheet:
        assert sheet.size == (EACH * (84 + 2) - 2, len(STARTERS) * (84 + 2) - 2)
    assert {row["model"] for row in said} == set(STARTERS) and made["settings"]["digit"] == "7"
    _, said, _ = client.predict("1", ["dcgan-mnist"], 4, api_name="/arena")
    assert [row["model"] for row in said] == ["dcgan-mnist"]
    with pytest.raises(Exception, match="one from 0 to 9"):
        client.predict("x", api_name="/arena")


def test_the_nearest_training_digits_are_looked_for_in_mnist(monkeypatch):
    with pytest.raises(UserError, match="the Hub is not reached from here"):
        round_of(nearest=True, models=["cgan-mnist"])
    images, labels = digits.excerpt()
    monkeypatch.setattr(runs, "learned_from", lambda: images.flatten(1))
    view, made = round_of(nearest=True, models=["cgan-mnist"])
    generated, real = view["rows"]
    assert real["near"] == 0 and real["near_sprite"] == real["sprite"], "they are among these"
    with loaders.use("cgan-mnist") as loaded, torch.inference_mode():
        drawn = loaded.model.decode(*runs.starts(loaded.model, range(EACH), 7))
    gaps = (drawn - digits.unit(images)[:, 0][:, None].transpose(0, 1)).square().mean((2, 3)).sqrt()
    assert generated["near"] == pytest.approx(gaps.min(1).values.mean().item(), abs=2e-4)
    _, plain = round_of(models=["cgan-mnist"])
    assert plain["output_sha256"] == made["output_sha256"] and made["settings"]["nearest"]
