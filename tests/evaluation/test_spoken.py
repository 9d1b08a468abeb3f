"""Scores of spoken digits: distances against known answers, and the bundled judge on recordings of people."""

import pytest
import torch

from shared.core import registry
from shared.core.spoken import SAMPLES
from shared.data.spoken import Spoken
from shared.evaluation import spoken

POINTS = torch.tensor([[0.0, 0], [3, 4], [0, 1], [10, 0]])
LABELS = torch.tensor([[1, 0], [1, 0], [1, 0], [2, 0]])


def test_how_far_sounds_are_from_others_of_their_digit_and_voice():
    near, mean = spoken.apart(POINTS[:3], LABELS[:3]), spoken.apart(POINTS[:3], LABELS[:3], "mean")
    assert near.tolist() == pytest.approx([1, 18**0.5, 1])
    assert mean[0].item() == pytest.approx((5 + 1) / 2)
    known = torch.tensor([[0.0, 0], [10, 1]])
    assert spoken.nearest_of(POINTS, known, LABELS, torch.tensor([[1, 0], [2, 0]])).tolist() == pytest.approx(
        [0, 5, 1, 1]
    )


@pytest.fixture(scope="module")
def data():
    """Some of the bundled recordings, to learn from and held out."""
    recordings, labels = (some[::4] for some in spoken.real_recordings())
    sounds = torch.zeros(15, SAMPLES, dtype=torch.int16)
    for i, recording in enumerate(recordings):
        sounds[i, : len(recording)] = torch.from_numpy(recording * 32767).to(torch.int16)
    sounds, labels = sounds.repeat(2, 1), torch.tensor(labels).repeat(2, 1)
    sounds[15:] = sounds[15:].roll(400, 1)  # a second one of each: a little later
    return Spoken(sounds, labels, sounds, labels)


def test_the_judge_hears_people_right(data):
    sounds, labels = data.batch(torch.arange(30))
    found = spoken.compared(sounds, labels, data)
    assert found["right"] >= 0.98 and found["right_voice"] >= 0.95
    assert found["frechet"] == pytest.approx(0, abs=0.01) and found["diversity"] == pytest.approx(1, abs=0.01)
    wrong = labels.clone()
    wrong[:, 0] = (wrong[:, 0] + 1) % 10
    assert spoken.compared(sounds, wrong, data)["right"] < 0.05


def test_the_bundled_judge_and_the_best_model_are_as_good_as_was_asked():
    assert registry.scores("spoken-judge")["accuracy"] >= 0.97
    best = registry.scores("mel-flow-digits")
    assert best["right"] >= 0.9 and best["alike"] < 0.05 and best["vocoder_mel"] < 0.05
    name = spoken.score_name()
    assert all(registry.scores(row)["score_name"] == name for row in registry.names("spoken-digits"))
