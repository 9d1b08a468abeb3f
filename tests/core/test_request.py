"""Requests: what each kind of value takes, the sentence for what it does not, and what fits of an old recipe."""

import json
import math
from typing import Annotated, Literal

import pytest

from shared.core.errors import UserError
from shared.core.kinds import Choice, Kind, Model, Number, Seed, Several, Switch, Text, Whole
from shared.core.request import Request, Requests

HUGE = [10**400, -(10**400), 10**5000, [10**5000], {"a": 10**5000}]
HALF = "a\ud800b\0c"
DIGIT = Choice(("any", *"0123456789"), says="any, or one from 0 to 9", called="The digit")
GAN = Model(task="digit-gan", noun="GAN of digits")
MODELS = Several(Choice(("a", "b", "c")), 2, called="models to compare")


class Grid(Request):
    what: Literal["grid"] = "grid"
    digit: Annotated[str, DIGIT] = "any"
    n: Annotated[int, Whole(1, 100, called="How many")] = 16
    seed: Annotated[int, Seed()] = 0
    run: Annotated[str, Text(20, hidden=True, recipe=False)] = ""

    def fitted(self):
        if self.digit != "any" and self.n > 50:
            raise UserError("Of one digit there are 50 at most.")
        return self


class Walk(Request):
    what: Literal["walk"] = "walk"
    frames: Annotated[int, Whole(2, 120)] = 24
    route: Annotated[str, Choice(("slerp", "lerp"), called="The path", api="path")] = "slerp"
    models: Annotated[tuple[str, ...], MODELS] = ("a",)
    strength: Annotated[float | None, Number(0, 1, optional=True)] = None


TAB = Requests[Grid | Walk](Grid, Walk)


@pytest.mark.parametrize(
    "kind, value, found",
    [
        (Whole(1, 1000), 80.0, 80),
        (Whole(1, 1000, optional=True), None, None),
        (Number(0, 1), 1, 1.0),
        (Number(0, 1, optional=True), None, None),
        (Seed(), 7.0, 7),
        (Text(10), " hi\n", "hi"),
        (Text(10, strip=False), " hi", " hi"),
        (Text(10, optional=True), None, ""),
        (Text(10), HALF, "a?bc"),
        (Switch(), False, False),
        (DIGIT, 7, "7"),
        (DIGIT, 7.0, "7"),
        (DIGIT, " ANY ", "any"),
        (GAN, "gan-mnist", "gan-mnist"),
        (Model(("compare",), task="text"), "compare", "compare"),
        (MODELS, ("b", "a"), ["b", "a"]),
    ],
)
def test_what_is_right_is_taken_as_it_is_used(kind, value, found):
    checked = kind.check(value, "x")
    assert checked == found and type(checked) is type(found)


WRONG = [None, "x", True, [1], {"a": 1}, math.nan, math.inf, *HUGE, HALF * 99]


WRONG = [None, [1], {"a": 1}, math.nan, math.inf, *HUGE, HALF * 99]
LONG = "9,007,199,254,740,991"


@pytest.mark.parametrize(
    "kind, also, sentence",
    [
        (
            Whole(1, 1000, called="Steps"),
            [0, 1001, 1.5, "7", "", True],
            "^Steps must be a whole number from 1 to 1,000, not ",
        ),
        (Number(1, 20, called="Guidance"), [0.9, 21, "7", True], "^Guidance must be a number from 1 to 20, not "),
        (Seed(optional=False), [-2, 2**60, 0.5, True], f"^The seed must be a whole number from 0 to {LONG}, not "),
        (Text(10, called="The idea"), ["a" * 50_000, 7], "^The idea (must be a text of at most|has (50,000|495) char)"),
        (Switch(called="Shout"), [0, 1, "true"], "^Shout must be true or false, not "),
        (DIGIT, ["12", -1, 10, 7.5, True], "^The digit must be any, or one from 0 to 9, not "),
        (GAN, ["gan5", ["gan-mnist"], "gpt2", True], "^There is no GAN of digits called “.+”; there are: cgan-mnist, "),
        (MODELS, [[], ["a", "a"], ["a", "b", "c"], "a"], "^(Choose from 1 to 2 different models to|x must be one of)"),
        (MODELS, [["d"], [["a"]], [None]], "^(Choose|x must be one of a, b, c, not )"),
    ],
)
def test_what_is_wrong_gets_one_short_sentence(kind: Kind, also, sentence):
    for value in [*WRONG, *also]:
        with pytest.raises(UserError, match=sentence) as caught:
            kind.check(value, "x")
        said = str(caught.value)
        assert said.endswith(".") and "\n" not in said and len(said) < 220 and said.encode()


def test_the_name_stands_for_a_kind_that_is_not_called_anything():
    with pytest.raises(UserError, match=r"^top k must be .+, not 10000\.$"):
        Whole(0, 1000).check(10_000, "top_k")
    with pytest.raises(UserError, match=r"not a number of about 5,001 digits\.$"):
        Whole(0, 1000).check(10**5000, "top_k")


def test_a_model_of_the_hub_only_where_the_host_allows_it(monkeypatch):
    kind = Model(task="text", any_id=True)
    for value in (None, "", " "):
        with pytest.raises(UserError, match="Choose a model first"):
            kind.check(value, "model")
    for value in ("gpt5", "someone/model", ["gpt2"], 7):
        with pytest.raises(UserError):
            kind.check(value, "model")
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    assert kind.check("someone/model", "model") == "someone/model"
    assert "enum" not in kind.schema() and "enum" in GAN.schema()


def test_a_request_is_whole_frozen_and_ready_for_json():
    request = Grid.check({"n": 4.0, "digit": 7, "run": "abc"})
    assert request == Grid(n=4, digit="7", run="abc")
    assert (
        json.dumps(request.settings()) == '{"what": "grid", "digit": "7", "n": 4, "seed": 0}'
    )  # declared order, no run
    with pytest.raises(Exception, match="frozen"):
        request.n = 5
    assert Walk.check({"models": ["b"]}).settings()["models"] == ["b"]


def test_a_new_seed_is_drawn_once_at_the_check():
    for value in (None, -1, -1.0):
        seeds = {Grid.check({"seed": value}).seed for _ in range(5)}
        assert len(seeds) > 1 and all(0 <= seed < 100_000 for seed in seeds)
    request = Grid.check({"seed": -1})
    assert request.seed == request.settings()["seed"] == Grid.check(request.settings()).seed


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"digit": "7", "n": 51}, "Of one digit"),
        ({"what": "dance"}, "grid or walk, not dance"),
        ({"what": None}, "grid or walk, not "),
        ({"what": ["walk"]}, "grid or walk, not "),
        ({"loss": "hinge"}, "no option called “loss”"),
        ({"what": "walk", "route": "hop"}, "^The path must be slerp or lerp, not hop.$"),
    ],
)
def test_a_request_that_is_wrong_is_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        TAB.check(values)


def test_what_says_which_request_it_is():
    everything = {"digit": "3", "n": 9, "seed": 5, "frames": 10, "route": "lerp"}
    assert TAB.check(everything) == Grid(digit="3", n=9, seed=5)
    assert TAB.check(everything | {"what": "walk"}) == Walk(frames=10, route="lerp")
    assert TAB.check({"n": 9, "frames": "not looked at"}) == Grid(n=9)
    assert list(TAB.fields()) == ["what", "digit", "n", "seed", "run", "frames", "route", "models", "strength"]


def test_two_requests_share_a_control_only_if_they_agree():
    class Other(Request):
        what: Literal["other"] = "other"
        n: Annotated[int, Whole(1, 9)] = 1

    with pytest.raises(TypeError, match="n is declared in two ways"):
        Requests(Grid, Other)


def test_every_field_says_what_it_takes():
    class Bare(Request):
        n: int = 1

    with pytest.raises(TypeError, match="n must say what it takes"):
        Bare.fields()


def test_what_has_no_default_must_be_said():
    class Asked(Request):
        text: Annotated[str, Text(10, called="The text")]

    assert Asked.check({"text": "hi"}).text == "hi"
    with pytest.raises(UserError, match="^The text must be a text of at most 10 characters, not nothing.$"):
        Asked.check({})


def test_what_fits_of_an_old_recipe_is_restored():
    good = {"what": "walk", "frames": 9.0, "route": "lerp", "models": ["c"], "strength": None, "seed": 3}
    assert TAB.fitting(good) == (good | {"frames": 9}, [])


@pytest.mark.parametrize(
    "name, value, clause",
    [
        ("n", 4000, "n must be a whole number from 1 to 100, not 4000"),
        ("n", True, "n must be a whole number from 1 to 100, not True"),
        ("seed", -1, "seed must be a whole number from 0 to 9,007,199,254,740,991, not -1"),
        ("route", "hop", "route must be slerp or lerp, not hop"),
        ("digit", {"a": 1}, "digit must be any, or one from 0 to 9, not {'a': 1}"),
        ("models", ["d"], "models must be a list of 1 to 2 different choices, each one of a, b, c, not ['d']"),
        ("run", "abc", "run is not a setting of this tab"),
        ("x" * 99, 1, "x" * 40 + "… is not a setting of this tab"),
    ],
)
def test_what_does_not_fit_is_left_and_named(name, value, clause):
    assert TAB.fitting({"frames": 9, name: value}) == ({"frames": 9}, [clause])


def test_the_schema_has_ranges_and_choices():
    facts = Walk.model_json_schema()["properties"]
    assert (facts["frames"]["minimum"], facts["frames"]["maximum"], facts["frames"]["default"]) == (2, 120, 24)
    assert facts["route"]["enum"] == ["slerp", "lerp"] and facts["models"]["items"]["enum"] == ["a", "b", "c"]
    assert facts["strength"]["default"] is None and facts["strength"]["maximum"] == 1
