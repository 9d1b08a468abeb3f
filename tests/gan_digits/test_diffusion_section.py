"""The diffusion section without a browser, on a tiny network with random weights."""

import itertools
import math
import threading
from io import BytesIO

import numpy as np
import pytest
import torch
from gan_digits.sections import diffusion as section
from gan_digits.sections import draw
from PIL import Image

from shared import recipe
from shared.core.errors import UserError
from shared.models.digit_diffusion import DigitDiffusion


@pytest.fixture(scope="module", autouse=True)
def tiny(tmp_path_factory):
    """A network of one small layer, in the place of ddpm-mnist."""
    folder = tmp_path_factory.mktemp("ddpm")
    torch.manual_seed(0)
    DigitDiffusion(widths=(16, 32)).save_pretrained(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LOCAL", f"ddpm-mnist={folder}")
        yield


def last(**settings):
    *_, film = section.denoise(section.checked(**{"n": 2, "steps": 4} | settings))
    return film


def test_every_step_is_recorded():
    films = section.denoise(section.checked(n=3, steps=5))
    steps = [film.step for film in films]
    assert steps == [0, 1, 2, 3, 4, 5]  # step 0 is noise
    film = last(n=3, steps=5)
    assert film.state == "done" and film.seconds > 0 and len(film.held) == len(film.guessed) == 6
    assert film.held[0].shape == (3, 28, 28) and film.held[0].dtype == np.uint8
    assert np.array_equal(film.held[-1], film.guessed[-1])  # at the end the guess is what is held
    made = film.recipe
    assert made["model"] == "ddpm-mnist" and made["settings"]["diffusion_steps"] == 5


def test_the_same_seed_gives_the_same_digits_and_each_digit_has_its_own():
    for sampler in section.SAMPLERS.values():
        pair, again, alone = (last(sampler=sampler, seed=s, n=n).guessed[-1] for s, n in ((3, 2), (3, 2), (4, 1)))
        assert np.array_equal(pair, again)
        assert np.abs(pair[1].astype(int) - alone[0]).max() <= 1  # digit 1 of seed 3 is digit 0 of seed 4
        assert not np.array_equal(pair[0], pair[1])


def test_stop_ends_it_within_a_step():
    stop, seen = threading.Event(), []
    for film in section.denoise(section.checked(n=1, steps=50), stop):
        seen.append(film.step)
        if film.step == 2:
            stop.set()
    assert film.state == "stopped" and max(seen) == 2 and len(film.held) == 3


def test_the_frames_and_the_files():
    film = last()
    for step in range(5):
        page = section.frame_html(film, step)
        assert page.count("<img") == page.count("alt=") == 2
    assert "Pure noise" in section.frame_html(film, 0) and "4 步" in section.frame_html(film, 4, True)
    data = section.gif_bytes(film)
    with Image.open(BytesIO(data)) as gif:
        assert gif.n_frames == 5 + 8 and gif.size == (2 * 28 * 2, 2 * (28 * 2 + 4))
    assert recipe.read_bytes(data)["settings"]["diffusion_sampler"] == "ddim"
    assert section.files_html(film).count("data:image/") == 2
    long = last(n=1, steps=150)
    with Image.open(BytesIO(section.gif_bytes(long))) as gif:
        assert gif.n_frames <= section.MOST_FRAMES + 1 + 8


def test_samplers_are_compared_cell_by_cell():
    seen = []
    for cells in itertools.islice(section.compare(seed=1), 4):
        seen.append(list(cells))
    assert seen[-1] == [("ddim", 5), ("ddpm", 5), ("dpm", 5), ("ddim", 10)]
    images, seconds = cells["ddpm", 5]
    assert images.shape == (section.COMPARED, 28, 28) and seconds > 0
    page = section.compared_html(cells)
    assert page.count("<img") == 4 and page.count("ddpm-empty") == 8
    stop = threading.Event()
    stop.set()
    assert list(section.compare(stop=stop)) == []


def test_the_forward_process_has_the_numbers_of_its_formula():
    pixels = np.zeros((28, 28), np.float32)
    pixels[8:20, 12:16] = 1
    for t in (0, 300, 999):
        parts = section.forward_parts(pixels, t, seed=5)
        noise = torch.randn(784, generator=torch.Generator().manual_seed(5)).view(28, 28).numpy()
        a, b = math.sqrt(parts["alpha"]), math.sqrt(1 - parts["alpha"])
        assert np.allclose(parts["x"], a * (2 * pixels - 1) + b * noise, atol=1e-5)
        assert parts["guess"].min() >= 0 and parts["guess"].max() <= 1
        law = section.formula(t, parts["alpha"])
        assert f"x_{{{t}}}" in law and f"{a:.3f}" in law and f"{b:.3f}" in law
        assert section.forward_html(pixels, t, parts).count("<img") == 3
    early, late = (section.forward_parts(pixels, t)["alpha"] for t in (0, 999))
    assert early > 0.99 and late < 0.01


@pytest.mark.parametrize(
    "bad",
    [
        {"digit": "10"},
        {"digit": "<b>"},
        {"n": 0},
        {"n": 10_000},
        {"n": 1.5},
        {"n": None},
        {"n": True},
        {"steps": 1},
        {"steps": float("nan")},
        {"sampler": "euler"},
        {"guidance": 0},
        {"guidance": float("inf")},
        {"guidance": "2"},
        {"seed": -2},
        {"seed": 2**60},
    ],
)
def test_bad_input_gets_a_sentence(bad):
    with pytest.raises(UserError, match="must be"):
        section.checked(**bad)


def test_bad_input_of_the_forward_process():
    pixels = draw.drawn(draw.example_drawing())
    for t in (-1, 1000, 1.5, None, float("nan")):
        with pytest.raises(UserError, match="t must be"):
            section.forward_parts(pixels, t)


def test_it_says_how_long_it_takes_after_the_first_run():
    settings = section.checked(n=2, steps=4)
    last()
    seconds = section.expected_seconds(settings)
    assert seconds > 0
    dear = section.checked(n=4, steps=8, guidance=2)
    assert section.expected_seconds(dear) == pytest.approx(8 * seconds)
