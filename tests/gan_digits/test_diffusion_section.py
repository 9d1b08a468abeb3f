"""The diffusion section without a browser, on a tiny network with random weights."""

import itertools
import math
import threading
from io import BytesIO

import numpy as np
import pytest
import torch
from gan_digits import runs as tab
from gan_digits.request import REQUESTS, SAMPLERS, Denoising, Noised
from gan_digits.sections.diffusion import runs, view
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


def asked(**settings):
    return Denoising.check({f"diffusion_{name}": value for name, value in settings.items()})


def denoise(**settings):
    return runs.denoise(asked(**settings), threading.Event())


def last(**settings):
    *_, film = denoise(**{"n": 2, "steps": 4} | settings)
    return film


def test_every_step_is_recorded():
    films = denoise(n=3, steps=5)
    steps = [film.step for film in films]
    assert steps == [0, 1, 2, 3, 4, 5]  # step 0 is noise
    film = last(n=3, steps=5)
    assert film.state == "done" and film.seconds > 0 and len(film.held) == len(film.guessed) == 6
    assert film.held[0].shape == (3, 28, 28) and film.held[0].dtype == np.uint8
    assert np.array_equal(film.held[-1], film.guessed[-1])  # at the end the guess is what is held
    made = film.recipe
    assert made["model"] == "ddpm-mnist" and made["settings"]["diffusion_steps"] == 5


def test_the_same_seed_gives_the_same_digits_and_each_digit_has_its_own():
    for sampler in SAMPLERS:
        pair, again, alone = (last(sampler=sampler, seed=s, n=n).guessed[-1] for s, n in ((3, 2), (3, 2), (4, 1)))
        assert np.array_equal(pair, again)
        assert np.abs(pair[1].astype(int) - alone[0]).max() <= 1  # digit 1 of seed 3 is digit 0 of seed 4
        assert not np.array_equal(pair[0], pair[1])


def test_stop_ends_it_within_a_step():
    stop, seen = threading.Event(), []
    for film in runs.denoise(asked(n=1, steps=50), stop):
        seen.append(film.step)
        if film.step == 2:
            stop.set()
    assert film.state == "stopped" and max(seen) == 2 and len(film.held) == 3


@pytest.mark.slow
def test_the_frames_and_the_files():
    film = last()
    for step in range(5):
        page = view.frame_html(film, step)
        assert page.count("<img") == page.count("alt=") == 2
    assert "Pure noise" in view.frame_html(film, 0) and "4 步" in view.frame_html(film, 4, True)
    data = view.gif_bytes(film)
    with Image.open(BytesIO(data)) as gif:
        assert gif.n_frames == 5 + 8 and gif.size == (2 * 28 * 2, 2 * (28 * 2 + 4))
    assert recipe.read_bytes(data)["settings"]["diffusion_sampler"] == "ddim"
    assert view.files_html(film).count("data:image/") == 2
    long = last(n=1, steps=150)
    with Image.open(BytesIO(view.gif_bytes(long))) as gif:
        assert gif.n_frames <= view.MOST_FRAMES + 1 + 8


# The settings of a recipe of version 0.1, which did not say what it makes.
OLD = {"diffusion_digit": "4", "diffusion_n": 2, "diffusion_steps": 4, "diffusion_sampler": "dpm"}
OLD |= {"diffusion_guidance": 2.0, "diffusion_seed": 5, "seed": 5}


def test_recipes_of_today_and_of_before_are_run_again():
    made = last(digit="4", sampler="dpm", guidance=2.0, seed=5).recipe
    assert made["settings"] == {"what": "diffusion"} | OLD and made["seed"] == 5
    for settings in (made["settings"], OLD):
        values, left = REQUESTS.fitting(settings)
        assert left == [] and "seed" not in values and values["what"] == "diffusion"
        *_, (found, again) = tab.run(REQUESTS.check(values), threading.Event())
        assert recipe.compare(made, again).identical and found["diffusion"].state == "done"


def test_what_was_stopped_has_no_recipe_to_compare_with():
    stop = threading.Event()
    stop.set()
    *_, (found, made) = tab.run(asked(), stop)
    assert found["diffusion"].state == "stopped" and made is None


def test_samplers_are_compared_cell_by_cell():
    seen = []
    for cells in itertools.islice(runs.compare(asked(seed=1), threading.Event()), 4):
        seen.append(list(cells))
    assert seen[-1] == [("ddim", 5), ("ddpm", 5), ("dpm", 5), ("ddim", 10)]
    images, seconds = cells["ddpm", 5]
    assert images.shape == (runs.COMPARED, 28, 28) and seconds > 0
    page = view.compared_html(cells)
    assert page.count("<img") == 4 and page.count("ddpm-empty") == 8
    stop = threading.Event()
    stop.set()
    assert list(runs.compare(asked(), stop)) == []


def test_the_forward_process_has_the_numbers_of_its_formula():
    pixels = np.zeros((28, 28), np.float32)
    pixels[8:20, 12:16] = 1
    for t in (0, 300, 999):
        parts = runs.noised(pixels, Noised(t=t, seed=5))
        noise = torch.randn(784, generator=torch.Generator().manual_seed(5)).view(28, 28).numpy()
        a, b = math.sqrt(parts["alpha"]), math.sqrt(1 - parts["alpha"])
        assert np.allclose(parts["x"], a * (2 * pixels - 1) + b * noise, atol=1e-5)
        assert parts["guess"].min() >= 0 and parts["guess"].max() <= 1
        law = view.formula(t, parts["alpha"])
        assert f"x_{{{t}}}" in law and f"{a:.3f}" in law and f"{b:.3f}" in law
        assert view.forward_html(pixels, t, parts).count("<img") == 3
    early, late = (runs.noised(pixels, Noised(t=t))["alpha"] for t in (0, 999))
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
        asked(**bad)


def test_bad_input_of_the_forward_process():
    for t in (-1, 1000, 1.5, None, float("nan")):
        with pytest.raises(UserError, match="t must be"):
            Noised.check({"t": t})


def test_it_says_how_long_it_takes_after_the_first_run():
    settings = asked(n=2, steps=4)
    last()
    seconds = runs.expected(settings)
    assert seconds > 0
    dear = asked(n=4, steps=8, guidance=2)
    assert runs.expected(dear) == pytest.approx(8 * seconds)
