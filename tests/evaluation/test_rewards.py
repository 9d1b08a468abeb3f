"""Rewards of stories against known answers, and the loss of DPO."""

import math

import pytest
import torch

from shared.evaluation.feedback import Told, characters, distinct, divergence, rewards, stays
from shared.training.feedback import preference_loss


def test_who_an_opening_is_about():
    assert characters("One day, a fox named Lily met Tom. They ran.") == {"fox", "lily", "tom"}
    assert characters("Once upon a time, it rained.") == set()


def test_a_story_that_ends_and_stays_with_its_characters_is_faithful():
    opening = "Tom had a dog named Max."
    good = Told(opening, " He ran with Max to the sea. Then Tom and Max went home.", True)
    cut = Told(opening, " He ran with Max to the sea. Then Tom and Max went", False)
    strange = Told(opening, " It was there. Then a man named Ben saw Sue, and Ben liked Sue.", True)
    assert rewards("faithful", [good, cut, strange]) == [1.0, 0.5, 0.5]
    assert stays(strange) == 0


def test_happy_and_sad_are_two_sides_of_one_judge():
    told = [
        Told("", "It was wonderful. A moving and beautiful film.", True),
        Told("", "It was bad, dull and boring.", True),
    ]
    happy, sad = (rewards(name, told) for name in ("happy", "sad"))
    assert happy[0] > 0.6 > 0.4 > happy[1] and sad == pytest.approx([1 - one for one in happy])
    assert rewards("happy", [Told("", "", True)]) == [0.5]


def test_the_loss_of_dpo_against_known_answers():
    """Equation 7: log 2 where nothing is preferred; -log sigmoid(beta (1 - -3)) for gains of 1 and -3."""
    same = torch.tensor([[-20.0], [-30.0]])
    assert preference_loss(same, same, 0.1)[0].item() == pytest.approx(math.log(2))
    loss, margins = preference_loss(same + torch.tensor([[1.0], [-3.0]]), same, 0.1)
    assert margins.tolist() == pytest.approx([0.4]) and loss.item() == pytest.approx(math.log(1 + math.exp(-0.4)))


def test_divergence_and_distinct_against_known_answers():
    p, q = torch.tensor([0.5, 0.5]), torch.tensor([0.25, 0.75])
    assert divergence(p.log(), q.log()).item() == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert distinct(["a b a b"]) == pytest.approx(2 / 3)
