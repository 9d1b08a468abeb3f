"""Numbers that are asked for: what is taken, and the sentence for what is not."""

import math

import pytest

from shared.core.asked import number, whole
from shared.core.errors import UserError


def test_numbers_of_sliders_and_json_are_taken():
    assert whole(80.0, "n", 1, 100) == 80 and isinstance(whole(80.0, "n", 1, 100), int)
    assert number(1, "t", 0, 1) == 1.0 and isinstance(number(1, "t", 0, 1), float)


@pytest.mark.parametrize("value", [None, "", "7", True, 1.5, 0, 2000, math.nan, math.inf, [1]])
def test_others_are_a_sentence(value):
    with pytest.raises(UserError, match=r"^Steps must be a whole number from 1 to 1,000, not .+\.$"):
        whole(value, "Steps", 1, 1000)
    if value != 1.5:
        with pytest.raises(UserError, match=r"^Guidance must be a number from 1 to 20, not .+\.$"):
            number(value, "Guidance", 1, 20)
