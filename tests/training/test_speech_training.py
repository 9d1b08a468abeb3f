"""The trainers of spoken digits: reading, cutting, steps, and going on after a stop as if there had been none."""

import io
import json
import wave
from dataclasses import fields, replace

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch
from safetensors.torch import load_file

from shared.core import spoken as sound
from shared.data import spoken
from shared.training import loop, speech
from shared.training.recipes import recipe

SMALL = {
    "spoken-judge": {"model": {"widths": (4, 4, 4, 4), "features": 8}},
    "wavegan-digits": {
        "model": {"latent_size": 4, "widths": (8, 4, 4, 4, 4), "labels": 4},
        "critic_widths": (2, 2, 4, 4, 4),
    },
    "mlp-audio-digits": {"model": {"widths": (4, 4, sound.SAMPLES), "labels": 4}, "critic_widths": (2, 2, 4, 4, 4)},
    "mel-flow-digits": {
        "model": {"widths": (8, 8, 8), "asked": 8, "vocoder": (8, 8, 1), "steps": 1},
        "critic_width": 2,
    },
}


def wav(samples, rate=sound.RATE):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.asarray(samples, "<i2").tobytes())
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two recordings of each digit and speaker, one to hold out: a tone that tells the digit."""
    folder = tmp_path_factory.mktemp("spoken")
    rows = []
    for digit in range(10):
        for who in sound.SPEAKERS:
            for index in (5, 12):
                tone = 8000 * np.sin(np.arange(2000) * (0.1 + 0.05 * digit))
                rows.append({"audio": {"bytes": wav(tone), "path": ""}, "label": digit, "speaker": who, "index": index})
    (folder / "below").mkdir()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "below" / spoken.FILE)
    return folder


@pytest.fixture(scope="module")
def data(folder):
    return spoken.read_spoken(folder)


def small(name):
    row = recipe(name)
    return replace(row, batch=6, **SMALL[name])


def test_recordings_are_read_placed_and_held_out(data):
    assert len(data) == 60 and len(data.held_out_sounds) == 60 and data.sounds.dtype == torch.int16
    waves, labels = data.batch(torch.tensor([0, 59]))
    assert labels.tolist() == [[0, 0], [9, 5]]
    assert not waves[:, : spoken.LEAD].any() and not waves[:, spoken.LEAD + 2000 :].any()
    assert waves.abs().amax(1).tolist() == pytest.approx([spoken.PEAK] * 2, abs=0.01)


def test_what_the_reader_gives_can_be_written_as_one_file(data):
    for field in fields(data):
        assert isinstance(getattr(data, field.name), torch.Tensor | str)


def test_a_sound_of_another_pace_and_too_long_a_one_are_read():
    tone = 8000 * np.sin(np.arange(32000) * 2 * np.pi * 440 / 16000)
    heard = spoken.decoded(wav(tone, 16000))
    assert heard.dtype == np.int16 and abs(len(heard) - 16000) < 50
    assert spoken.placed(heard).shape == (sound.SAMPLES,)
    assert not spoken.placed(np.zeros(10, np.int16)).any()


def test_an_empty_folder_is_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match=spoken.FILE):
        spoken.read_spoken(tmp_path)


def test_sounds_are_cut_between_samples_and_silent_outside():
    sounds = torch.tensor([[0.0, 2, 4, 6], [1, 1, 1, 1]])
    assert speech.cut(sounds, torch.tensor([1, -2]), 4).tolist() == [[2, 4, 6, 0], [0, 0, 1, 1]]
    slow = speech.cut(sounds, torch.tensor([0.5, 0]), 4, torch.tensor([0.5, 2.0]))
    assert slow.tolist() == [[1, 2, 3, 4], [1, 1, 0, 0]]


def test_the_hinge_is_two_for_a_critic_that_knows_nothing_and_zero_for_one_that_is_sure():
    assert speech.judged([torch.zeros(4), torch.zeros(4, 3)]) == 2
    assert speech.judged([torch.tensor([1.0, 3.0, -1.0, -2.0])]) == 0


def test_roughened_recordings_keep_their_shape_and_hide_a_band_and_a_while():
    sounds = torch.rand(8, sound.SAMPLES, generator=torch.Generator().manual_seed(0)) - 0.5
    rough, hidden = speech.roughened(sounds, recipe("spoken-judge"), torch.Generator().manual_seed(1))
    assert rough.shape == sounds.shape and rough.isfinite().all() and hidden.shape == (8, 64, 64)
    bands, whiles = hidden.all(2).sum(1), hidden.all(1).sum(1)
    assert bands.max() <= 17 and whiles.max() <= 13 and (bands + whiles).sum() > 0
    assert (hidden == (hidden.all(2)[:, :, None] | hidden.all(1)[:, None])).all()


@pytest.mark.parametrize("name", SMALL)
def test_it_trains_saves_and_goes_on_as_if_it_had_never_stopped(name, data, tmp_path):
    row = small(name)
    *_, whole = loop.train(row, data, steps=3)
    list(loop.train(row, data, steps=2, output=tmp_path))
    *_, resumed = loop.train(row, data, steps=3, output=tmp_path, resume=True)
    for key, value in whole.training.weights().items():
        torch.testing.assert_close(resumed.training.weights()[key], value, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["wavegan-digits", "mel-flow-digits", "spoken-judge"])
def test_what_the_command_writes_is_loaded_strictly(name, data, tmp_path):
    row = small(name)
    loop.run(row, data, tmp_path, steps=1)
    loop.imported(row.network).from_pretrained(str(tmp_path), strict=True)
    weights = load_file(tmp_path / "model.safetensors").values()
    assert all(value.dtype == torch.float16 for value in weights if value.is_floating_point())
    log = json.loads((tmp_path / "training.json").read_text())
    assert log["data"] == spoken.SOURCE and len(log["points"][-1]) >= 3
    assert (tmp_path / "model.safetensors").stat().st_size < 10e6
