"""The tab of the flow, without a browser: runs on the bundled models, bad input, the endpoint."""

import base64
import io
import threading

import numpy as np
import pytest
from normalizing_flow import how, runs
from normalizing_flow.request import TASK, Reading
from PIL import Image

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.media import pictures

NAMES = registry.names(TASK)


def line():
    """A 1, as a data URL of black ink on white paper."""
    paper = Image.new("L", (280, 280), 255)
    paper.paste(0, (130, 40, 155, 240))
    file = io.BytesIO()
    paper.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def pixels(url):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))


def read(**settings):
    *_, (view, made) = runs.run(Reading.check(settings), threading.Event())
    return view, made


@pytest.mark.parametrize("name", NAMES)
def test_a_digit_goes_through_and_comes_back(name):
    view, made = read(model=name, drawing=line())
    assert view["same"] and view["error"] < 1e-4 and len(view["rows"]) == 3
    assert len(view["classes"]) == (10 if name == "glow-mnist" else 0)
    assert view["bits"] == pytest.approx(8 - view["log_prob"] / (784 * np.log(2)), abs=0.001)
    assert made["tab"] == runs.TAB and made["settings"]["drawing"].startswith(pictures.PACKED)
    again, remade = read(**made["settings"])
    assert remade["output_sha256"] == made["output_sha256"] and again["bits"] == view["bits"]
    inside = recipe.read_bytes(base64.b64decode(view["png"].partition(",")[2]))
    assert inside["settings"] == made["settings"]


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_sheet_is_likely_and_noise_is_not(name):
    blank, noise = read(model=name, drawing="blank")[0], read(model=name, drawing="noise")[0]
    real = blank["real"]
    assert blank["bits"] == pytest.approx(real["bits_of_blank"], abs=0.002), "the score is of the same sheet"
    assert runs.less_likely(blank["bits"], real["bits_of_real"]) > 0.9
    assert runs.less_likely(noise["bits"], real["bits_of_real"]) == 0


def test_temperature_digit_and_seed_decide_the_samples():
    rows = {settings: read(**dict(settings))[0]["rows"][0] for settings in (
        (("seed", 1),), (("seed", 2),), (("temperature", 1.2),), (("digit", "3"),), (),
    )}  # fmt: skip
    assert len(set(rows.values())) == 5
    assert read(temperature=0.0, digit="3")[0]["digit"] == read(temperature=0.0, digit="3", seed=9)[0]["digit"]


def test_the_digit_itself_stands_in_its_rows():
    view, _ = read(drawing=line())
    own, walk, heat = map(pixels, (view["digit"], *view["rows"][1:]))
    assert (255 - walk[:, :28] == own).all(), "the walk begins there"
    assert (255 - heat[:, 5 * 28 : 6 * 28] == own).all(), "at temperature 1"


def test_how_many_real_digits_are_less_likely():
    of_real = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert [runs.less_likely(bits, of_real) for bits in (0.5, 1, 2.5, 5, 9)] == [1, 1, 0.625, 0, 0]


def test_the_layers_of_the_plane():
    found = runs.plane()
    assert len(found["layers"]) == 9 and {len(layer) for layer in found["layers"]} == {2 * (25 * 25 + runs.CLOUD)}
    assert found["layers"][0][:2] == [-runs.REACH, -runs.REACH]


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"drawing": "seven"}, "a picture, “blank”, “noise”, or nothing for a sample, not seven"),
        ({"drawing": 7}, "a picture, “blank”"),
        ({"drawing": "digit:AAAA"}, "damaged"),
        ({"drawing": "data:image/png;base64,AAAA"}, "."),
        ({"drawing": {"path": "/etc/passwd"}}, "was not uploaded"),
        ({"temperature": 2}, "The temperature must be a number from 0 to 1.5, not 2"),
        ({"digit": "ten"}, "any, or one from 0 to 9"),
        ({"seed": -5}, "The seed must be"),
        ({"model": "cgan-mnist"}, "There is no normalizing flow called “cgan-mnist”"),
        ({"colour": 1}, "There is no option called “colour”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Reading.check(values)


def test_a_run_that_was_stopped_gives_nothing():
    stop = threading.Event()
    stop.set()
    assert not [made for _, made in runs.run(Reading.check({}), stop) if made]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m normalizing_flow.example"""
    view, made = examples.example(Reading.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Reading.check({}).settings()
    assert view["real"] == runs.known(made["model"]), "measured anew since"


def test_what_was_measured_is_told():
    for name in NAMES:
        facts = how.facts(name)
        assert "Licence: " in facts and f"{registry.scores(name)['bits']:.3f}" in facts


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    png, said, made = client.predict(api_name="/normalizing_flow")
    with Image.open(png) as sheet:
        assert sheet.size == (runs.SCALE * (29 * 10 - 1), runs.SCALE * (29 * 3 - 1))
    assert said["same"] and 0 <= said["less_likely"] <= 1 and made["settings"]["seed"] == 68
    _, said, _ = client.predict("nice-mnist", "blank", api_name="/normalizing_flow")
    assert said["less_likely"] > 0.9 and said["classes"] == []
    with pytest.raises(Exception, match="all white"):
        client.predict("glow-mnist", "data:image/png;base64," + WHITE, api_name="/normalizing_flow")


def white():
    file = io.BytesIO()
    Image.new("L", (28, 28), 255).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


WHITE = white()
