"""The tab of the spoken digits, without a browser: runs on the bundled models, bad input, sounds, the endpoint."""

import base64
import io
import threading
import wave

import numpy as np
import pytest
from PIL import Image
from spoken_digits import how, page, runs, view
from spoken_digits.request import TASK, Speech

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.core.spoken import RATE, SAMPLES, SPEAKERS
from shared.evaluation import spoken
from shared.media import sounds

NAMES = registry.names(TASK)


def say(**settings):
    *_, (found, made) = runs.run(Speech.check(settings), threading.Event())
    return found, made


def inside(url):
    return base64.b64decode(url.partition(",")[2])


def samples_of(data):
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.mark.parametrize("name", NAMES)
def test_a_number_is_said_digit_by_digit_and_can_be_said_again(name):
    found, made = say(model=name, number="20", seed=5)
    sound = inside(found["sound"])
    heard = samples_of(sound)
    assert len(heard) / RATE == pytest.approx(found["seconds"], abs=0.001) and np.abs(heard).max() > 3000
    first, second = found["digits"]
    assert [first["digit"], second["digit"]] == [2, 0]
    assert first["from"] == 0 and first["to"] + runs.PAUSE == pytest.approx(second["from"], abs=0.002)
    assert second["to"] == pytest.approx(found["seconds"], abs=0.002)
    assert recipe.read_bytes(sound)["settings"] == made["settings"], "the WAV carries its recipe"
    assert say(**made["settings"])[1]["output_sha256"] == made["output_sha256"]
    assert len(Image.open(io.BytesIO(inside(found["spectrogram"]))).getcolors(1 << 20)) > 50


@pytest.mark.slow
def test_the_best_model_is_heard_right():
    found, _ = say(number="0123456789", voice="jackson", seed=1)
    assert sum(one["digit"] == one["heard"] for one in found["digits"]) >= 9


def test_a_digit_has_the_seed_of_its_place():
    whole, alone = say(number="35", voice="theo", seed=7)[0], say(number="5", voice="theo", seed=8)[0]
    a, b = samples_of(inside(whole["sound"])), samples_of(inside(alone["sound"]))
    assert np.abs(a[-len(b) :].astype(int) - b).max() <= 40  # of 32,767: sums of a batch are rounded otherwise


def test_any_voice_is_drawn_by_the_seed_and_a_file_may_be_without_a_recipe():
    voices = {say(model=NAMES[-1], seed=seed)[0]["voice"] for seed in range(12)}
    assert len(voices) > 2 and voices <= set(SPEAKERS)
    found, made = say(model=NAMES[-1], embed=False)
    with pytest.raises(UserError, match="no recipe"):
        recipe.read_bytes(inside(found["sound"]))
    assert made["tab"] == runs.TAB


@pytest.mark.parametrize("value", ["2026", " 20-26 ", "20/26", "２０２６", 2026, "(20) 26"])
def test_a_number_may_be_written_in_many_ways(value):
    assert Speech.check({"number": value}).number == "2026"


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"number": ""}, "The number must be a number of 1 to 12 digits, not nothing"),
        ({"number": "seven"}, "a number of 1 to 12 digits, not seven"),
        ({"number": "1234567890123"}, "a number of 1 to 12 digits"),
        ({"number": 1.5}, "a number of 1 to 12 digits"),
        ({"number": "-5x"}, "a number of 1 to 12 digits"),
        ({"number": True}, "a number of 1 to 12 digits"),
        ({"number": "²"}, "a number of 1 to 12 digits"),
        ({"voice": "mary"}, "The voice must be one of any, george"),
        ({"model": "glow-mnist"}, "There is no model of spoken digits called “glow-mnist”"),
        ({"seed": -5}, "The seed must be"),
        ({"pitch": 1}, "There is no option called “pitch”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Speech.check(values)


def test_a_run_that_was_stopped_gives_nothing():
    stop = threading.Event()
    stop.set()
    assert not [made for _, made in runs.run(Speech.check({}), stop) if made]


def test_silence_at_the_end_is_cut_and_the_last_sample_is_silent():
    sound = np.zeros(SAMPLES, np.float32)
    sound[300:3000] = 0.5
    part = runs.cut(sound)
    assert 3000 < len(part) < 3500 and part[-1] == 0
    assert len(runs.cut(np.zeros(SAMPLES, np.float32))) == RATE // 10


def test_a_walk_begins_and_ends_with_the_digits_themselves():
    asked = {"model": NAMES[-1], "voice": "lucas", "seed": 3}
    steps = runs.walk(asked | {"from": 3, "to": 8})["steps"]
    assert len(steps) == runs.WALK and {"sound", "spectrogram", "heard", "chance"} == steps[0].keys()
    first = samples_of(inside(steps[0]["sound"]))
    alone = samples_of(inside(say(number="3", **asked)[0]["sound"]))
    assert np.abs(first.astype(int) - alone).max() <= 40
    for wrong in ({"from": 3}, {"from": 3, "to": 12}, {"from": 3, "to": "8"}, {"from": True, "to": 1}, "3", None):
        asked = wrong if not isinstance(wrong, dict) else asked | wrong
        assert page.spoken_walk(asked)["error"].endswith(".")


def test_a_pair_is_one_of_each_and_equally_loud():
    places = set()
    for seed in range(6):
        found = runs.pair({"model": NAMES[-1], "seed": seed})
        places.add(found["real"])
        sounds_of = [samples_of(inside(sound)) / 32767 for sound in found["sounds"]]
        recordings, labels = spoken.real_recordings()
        mine = [one for one, label in zip(recordings, labels, strict=True) if label == (
            found["digit"], SPEAKERS.index(found["voice"])
        )]  # fmt: skip
        real = sounds_of[found["real"]]
        assert np.corrcoef(real[:1500], mine[0][:1500])[0, 1] > 0.99, "that is the recording"
        power = [np.sqrt(np.square(sound).mean()) for sound in sounds_of]
        assert max(power) < 3 * min(power)
    assert places == {0, 1}
    assert page.spoken_pair({"model": "nobody"})["error"].startswith("There is no model of spoken digits")


def recorded(tmp_path, sound, rate=44_100, name="a.wav"):
    path = tmp_path / name
    path.write_bytes(sounds.wav(sound, rate))
    return str(path)


def test_the_judge_hears_a_recording_of_another_pace_with_silence_around(tmp_path):
    from scipy.signal import resample_poly

    recordings, labels = spoken.real_recordings()
    right = 0
    for i in range(0, 60, 6):
        loud = resample_poly(recordings[i], 441, 80)
        quiet = np.zeros(44_100, np.float32)
        found = runs.heard(recorded(tmp_path, np.concatenate([quiet, 0.3 * loud, quiet])))
        right += found["heard"] == labels[i][0]
        assert sum(found["chances"]) == pytest.approx(1, abs=0.01) and found["voice"] in SPEAKERS
    assert right >= 9
    shown = view.chances(found, chinese=True)
    assert "评判器听到的是" in shown and shown.count("<li") == 10


@pytest.mark.parametrize(
    "sound, sentence",
    [
        (np.zeros(44_100), "silent"),
        (np.ones(100), "too short"),
        (np.zeros(0), "."),
        (np.sin(np.arange(32 * 44_100)), "too long: up to 30 seconds"),
    ],
)
def test_a_recording_that_cannot_be_heard_gets_a_sentence(tmp_path, sound, sentence):
    with pytest.raises(UserError, match=sentence):
        runs.heard(recorded(tmp_path, sound))


def test_a_file_that_is_no_sound_gets_a_sentence(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(UserError, match="cannot be read as sound"):
        runs.heard(str(tmp_path / "a.wav"))
    Image.new("L", (9, 9)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="cannot be read as sound|too short"):
        runs.heard(str(tmp_path / "a.png"))


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m spoken_digits.example"""
    found, made = examples.example(Speech.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert found["recorded"] and made["settings"] == Speech.check({}).settings()
    assert all(one["heard"] == one["digit"] for one in found["digits"])


def test_what_was_measured_is_told():
    for name in NAMES:
        facts = how.facts(name)
        assert "Licence: " in facts and f"{registry.scores(name)['right']:.1%}" in facts


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    path, said, made = client.predict(api_name="/spoken_digits")
    with open(path, "rb") as file:
        data = file.read()
    assert len(samples_of(data)) / RATE == pytest.approx(said["seconds"], abs=0.001)
    assert recipe.read_bytes(data)["output_sha256"] == made["output_sha256"]
    _, said, made = client.predict("2026", "wavegan-digits", "theo", 3, api_name="/spoken_digits")
    assert [one["digit"] for one in said["digits"]] == [2, 0, 2, 6] and said["voice"] == "theo"
    with pytest.raises(Exception, match="a number of 1 to 12 digits"):
        client.predict("two", api_name="/spoken_digits")
