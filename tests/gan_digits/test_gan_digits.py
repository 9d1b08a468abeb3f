"""The GAN tab without a browser: what it draws, its recipes, its directions, and the endpoints."""

import json
import math
import threading
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from gan_digits import directions, how, runs
from gan_digits.request import DIRECTIONS, FAMILIES, REQUESTS, Grid, Kept, Walk
from PIL import Image

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.media import sheets
from shared.page import words

ROOT = Path(__file__).resolve().parents[2]
GANS = registry.names("digit-gan")
PLAIN = "gan-mnist"  # unconditional
GRID = {"model": PLAIN, "n": 4}


@pytest.fixture(scope="module")
def tab():
    from gan_digits import page

    return page


def run(**settings):
    """(view, recipe) at the end of a run."""
    *_, (found, made) = runs.run(REQUESTS.check(settings), threading.Event())
    return found[settings.get("what", "grid")], made


def pixels(address):
    """A sprite -> uint8 (28, n * 28)."""
    with urllib.request.urlopen(address) as data:
        return np.asarray(Image.open(data).convert("L"))


# Grids


@pytest.mark.parametrize("model", GANS)
def test_every_gan_draws_a_grid_that_its_recipe_draws_again(model):
    view, made = run(model=model, n=5, seed=3)
    assert [tile["seed"] for tile in view["tiles"]] == [3, 4, 5, 6, 7]
    assert pixels(view["sprite"]).shape == (28, 5 * 28)
    assert made["tab"] == "gan_digits" and made["model"] == model and made["seed"] == 3
    assert recipe.compare(made, run(**made["settings"])[1]).identical


def test_a_digit_is_the_same_alone_and_in_a_grid():
    grid, alone = pixels(run(**GRID, seed=10)[0]["sprite"]), pixels(run(model=PLAIN, n=1, seed=12)[0]["sprite"])
    assert np.abs(grid[:, 56:84].astype(int) - alone).max() <= 1  # of 255: a batch may round otherwise


def test_a_conditional_model_draws_the_digit_it_is_told():
    any_digit, told = run(n=20)[0], run(n=20, digit="7")[0]
    assert any_digit["conditional"] and len({tile["digit"] for tile in any_digit["tiles"]}) > 4
    assert {tile["digit"] for tile in told["tiles"]} == {7}
    assert run(n=1, digit=7)[1]["settings"]["digit"] == "7"  # a number will do


def test_truncation_at_zero_is_one_digit():
    sheet = pixels(run(**GRID, truncation=0)[0]["sprite"])
    assert (sheet[:, :28] == sheet[:, 28:56]).all()


def test_minus_one_draws_a_seed_and_writes_it_down():
    assert run(**GRID, seed=-1)[1]["settings"]["seed"] >= 0


def test_the_kept_digits_are_drawn_by_whatever_model_there_is():
    kept = Kept(seed_from=8, digit_from="3", seed_to=2)
    view, made, _ = runs.grid(Grid.check(GRID), kept)
    assert [tile["seed"] for tile in view["kept"]["tiles"]] == [8, 2]
    assert [tile["digit"] for tile in runs.grid(Grid(), kept)[0]["kept"]["tiles"]][0] == 3
    assert "seed_from" not in made["settings"]


# Walks


def test_a_walk_goes_from_one_digit_to_the_other():
    settings = {"model": PLAIN, "seed_from": 4, "seed_to": 9, "frames": 6}
    _, made, frames = runs.walk(Walk.check(settings))
    sheet = sheets.greys(frames).astype(int)
    for frame, seed in ((sheet[0], 4), (sheet[-1], 9)):
        assert np.abs(frame - pixels(run(model=PLAIN, n=1, seed=seed)[0]["sprite"])).max() <= 1
    assert len(frames) == 6 and set(made["settings"]) == Walk.fields().keys() - {"embed"}
    _, straight, _ = runs.walk(Walk.check(settings | {"route": "lerp"}))
    assert straight["output_sha256"] != made["output_sha256"]


def test_a_walk_between_two_classes_begins_and_ends_with_them():
    _, _, frames = runs.walk(Walk(seed_from=1, digit_from="3", seed_to=2, digit_to="8", frames=5))
    for frame, seed, digit in ((frames[0], 1, "3"), (frames[-1], 2, "8")):
        alone = pixels(run(n=1, seed=seed, digit=digit)[0]["sprite"]).astype(int)
        assert np.abs(sheets.greys([frame])[0] - alone).max() <= 1


@pytest.mark.parametrize("frames", [2, 17])
def test_the_page_shows_the_films_that_it_saves(frames, tmp_path):
    import av

    view, made = run(what="walk", model=PLAIN, frames=frames)
    for kind in ("gif", "mp4"):
        path = tmp_path / f"walk.{kind}"
        path.write_bytes(urllib.request.urlopen(view[kind]).read())
        assert recipe.read(path)["settings"] == made["settings"]
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames == frames and film.size == (224, 224)
    with av.open(str(tmp_path / "walk.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == frames
    plain = runs.filmed(Walk(model=PLAIN, frames=2, embed=False))[0]
    with pytest.raises(UserError, match="no recipe"):
        recipe.read_bytes(urllib.request.urlopen(plain["gif"]).read())


# Directions


class Linear:
    """G(z) = z W: its principal directions are the singular vectors of W."""

    def __init__(self, weights):
        self.weights = weights

    def latents(self, seeds):
        import torch

        return torch.stack([torch.randn(5, generator=torch.Generator().manual_seed(s)) for s in seeds])

    def labels(self, seeds):
        return None

    def decode(self, z, labels=None):
        return (z @ self.weights)[:, None]


def test_the_directions_of_a_linear_generator_are_its_singular_vectors():
    import torch

    strength = torch.tensor([3.0, 2.0, 1.0, 0.5, 0.0])
    base, _ = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(0)))
    found = directions.find(Linear(base @ torch.diag(strength) @ torch.eye(5, 30)), 3)
    for k in range(3):
        assert abs(float(found.vectors[k] @ base[:, k])) == pytest.approx(1, abs=1e-3)
    wanted = (strength**2 / (strength**2).sum()).tolist()[:3]
    assert found.shares == pytest.approx(wanted, abs=1e-3)


def test_the_directions_of_a_real_generator_are_orthogonal_sorted_and_kept():
    with loaders.use(PLAIN) as loaded:
        found = directions.directions(loaded, DIRECTIONS)
        assert directions.directions(loaded, DIRECTIONS) is found
    import torch

    assert torch.allclose(found.vectors @ found.vectors.T, torch.eye(DIRECTIONS), atol=1e-4)
    assert found.shares == sorted(found.shares, reverse=True) and 0 < sum(found.shares) <= 1


def test_a_nudge_moves_the_digit_and_zero_does_not():
    still, _ = run(what="directions", model=PLAIN, seed_to=5)
    moved, made = run(what="directions", model=PLAIN, seed_to=5, pc1=3.0, pc3=-1.0)
    before, after = (pixels(view["sprite"]) for view in (still, moved))
    assert (before[:, :28] == before[:, 28:56]).all()
    assert (after[:, :28] == before[:, :28]).all() and (after[:, 28:56] != before[:, :28]).any()
    at_three = 2 + runs.STOPS.index(3)  # in the row of the first direction, the picture at its own stop
    assert np.abs(after[:, 28 * at_three :][:, :28].astype(int) - after[:, 28:56]).max() <= 1
    assert made["settings"]["pc1"] == 3 and recipe.compare(made, run(**made["settings"])[1]).identical


# Side by side


def test_models_are_compared_one_after_the_other_with_one_seed():
    models = [PLAIN, "conv-vae-mnist"]
    steps = list(runs.run(REQUESTS.check({"what": "compare", "models": models, "seed": 7}), threading.Event()))
    assert [made for _, made in steps[:-1]] == [None] * (len(steps) - 1)
    rows = steps[-1][0]["compare"]["rows"]
    assert [row["family"] for row in rows] == ["gan", "vae"]
    assert all([tile["seed"] for tile in row["tiles"]] == list(range(7, 17)) for row in rows)
    made = steps[-1][1]
    assert made["model"] == PLAIN and made["other_models"][0]["model"] == "conv-vae-mnist"
    assert recipe.compare(made, run(**made["settings"])[1]).identical


def test_scores_come_from_the_one_table():
    for name in [name for task in FAMILIES for name in registry.names(task)]:
        found = registry.scores(name)
        assert runs.scores(name) == {key: found[key] for key in runs.SHOWN if key in found}
        text = how.facts(name)
        assert f"{found['frechet']:.1f}" in text if "frechet" in found else "Nothing was measured" in text
    assert "no model called" in how.facts("gan5")


# What may come from outside


@pytest.mark.parametrize(
    "bad, words",
    [
        ({"what": "dance"}, "one of grid"),
        ({"model": "gan5"}, "no GAN of digits called"),
        ({"model": "gpt2-stories"}, "no GAN of digits called"),
        ({"model": None}, "no GAN of digits called"),
        ({"model": ["gan-mnist"]}, "no GAN of digits called"),
        ({"digit": "12"}, "from 0 to 9"),
        ({"digit": -1}, "from 0 to 9"),
        ({"digit": None}, "from 0 to 9"),
        ({"digit": True}, "from 0 to 9"),
        ({"digit": "7", "model": PLAIN}, "cannot be told which digit"),
        ({"n": 0}, "How many must be a whole number from 1 to 100, not 0"),
        ({"n": 10_000}, "from 1 to 100, not 10000"),
        ({"n": math.nan}, "How many must be"),
        ({"n": 1.5}, "How many must be"),
        ({"n": "many"}, "How many must be"),
        ({"n": None}, "How many must be"),
        ({"truncation": math.nan}, "Truncation must be a number from 0 to 1.5"),
        ({"truncation": -0.1}, "Truncation"),
        ({"truncation": math.inf}, "Truncation"),
        ({"seed": -2}, "The seed must be"),
        ({"seed": 2**60}, "The seed must be"),
        ({"seed": None}, "The seed must be"),
        ({"what": "walk", "frames": 1}, "frames must be a whole number from 2 to 120"),
        ({"what": "walk", "frames": 121}, "from 2 to 120"),
        ({"what": "walk", "frames": math.nan}, "frames must be"),
        ({"what": "walk", "route": "hop"}, "slerp or lerp"),
        ({"what": "walk", "route": None}, "slerp or lerp"),
        ({"what": "walk", "seed_to": 0.5}, "The seed must be"),
        ({"what": "walk", "digit_to": "ten"}, "from 0 to 9"),
        ({"what": "directions", "pc2": 99}, "PC2 must be"),
        ({"what": "compare", "models": []}, "from 1 to 8"),
        ({"what": "compare", "models": ["gan-mnist"] * 2}, "different models"),
        ({"what": "compare", "models": ["gpt2"]}, "no model of digits"),
        ({"what": "compare", "models": "gan-mnist"}, "from 1 to 8"),
    ],
)
def test_bad_settings_get_one_sentence(bad, words):
    with pytest.raises(UserError, match=words) as caught:
        run(**bad)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", [{}, {"settings": None}, {"settings": {"n": 0}}, {"settings": {"model": "<b>"}}])
def test_a_picture_that_cannot_be_is_a_sentence(tab, asked):
    assert tab.gan_picture(asked)["error"].endswith(".")


def test_the_saved_picture_carries_its_recipe_unless_it_shall_not(tab):
    settings = run(**GRID)[0]["settings"]
    saved = urllib.request.urlopen(tab.gan_picture({"settings": settings, "recipe": True})["png"]).read()
    assert recipe.read_bytes(saved)["settings"] == settings
    plain = urllib.request.urlopen(tab.gan_picture({"settings": settings, "recipe": False})["png"]).read()
    with pytest.raises(UserError, match="no recipe"):
        recipe.read_bytes(plain)


# The page


def test_the_example_was_drawn_by_the_model_that_is_bundled():
    view, made = examples.example(Grid().model)
    assert view["recorded"] and view["kept"] and len(view["tiles"]) == Grid().n
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256, "run python -m gan_digits.example"
    assert Grid.check(made["settings"]) == Grid()
    assert recipe.check(made) == made
    assert examples.example(PLAIN) is None


def test_every_word_of_the_views_exists():
    import re

    scripts = list((ROOT / "spaces/gan_digits").glob("*.js"))
    used = {word for script in scripts for word in re.findall(r"\bwords\.(\w+)", script.read_text("utf-8"))}
    keys = {"live", "save", "hint", "empty", "family_gan", "family_vae", "family_diffusion", *runs.SHOWN}
    assert len(scripts) == 5 and used | keys == words.beside(runs.__file__).table("view").keys() | {"gallery_all"}


# The endpoints


@pytest.fixture(scope="module")
def client(suite):
    from gradio_client import Client

    return Client(suite, verbose=False)


@pytest.mark.slow
def test_a_first_call_without_arguments_works(client):
    path, made = client.predict(api_name="/gan_digits")
    with Image.open(path) as picture:
        assert picture.size == (4 * 112 + 3 * 2,) * 2
        assert made["output_sha256"] == recipe.hash_output(picture.convert("L"))
    assert recipe.read(path) == made and made["settings"]["model"] == "cgan-mnist"
    path, made = client.predict(api_name="/gan_walk")
    with Image.open(path) as film:
        assert film.format == "GIF" and film.n_frames == made["settings"]["frames"]
    assert recipe.read(path) == made


def test_arguments_are_taken(client):
    path, made = client.predict("cgan-mnist", "7", 3, 0.5, 11, api_name="/gan_digits")
    assert made["settings"] == {
        "what": "grid",
        "model": "cgan-mnist",
        "digit": "7",
        "n": 3,
        "truncation": 0.5,
        "seed": 11,
    }
    _, walk = client.predict(PLAIN, 3, 5, 7, "lerp", api_name="/gan_walk")
    assert (walk["settings"]["frames"], walk["settings"]["route"]) == (7, "lerp")
    assert recipe.compare(walk, run(**walk["settings"])[1]).identical


@pytest.mark.parametrize(
    "call, bad",
    [
        ("/gan_digits", {"n": 0}),
        ("/gan_digits", {"n": 10_000}),
        ("/gan_digits", {"model": "<b>none</b>"}),
        ("/gan_digits", {"digit": "ten"}),
        ("/gan_digits", {"model": PLAIN, "digit": "3"}),
        ("/gan_digits", {"seed": 1.5}),
        ("/gan_walk", {"frames": 1}),
        ("/gan_walk", {"frames": 10**9}),
        ("/gan_walk", {"path": "hop"}),
        ("/gan_walk", {"seed_from": -5}),
    ],
)
def test_bad_input_over_the_network_gets_a_sentence_and_the_server_lives(client, call, bad):
    with pytest.raises(Exception, match=r"(must|cannot|no GAN)") as caught:
        client.predict(**bad, api_name=call)
    assert "Traceback" not in str(caught.value) and "<b>" not in str(caught.value)
    assert client.predict(n=1, api_name="/gan_digits")[1]


def test_nan_over_the_network_gets_a_sentence(suite):
    body = json.dumps({"data": [PLAIN, "any", 4, math.nan, 0]}).encode()
    request = urllib.request.Request(suite + "gradio_api/call/gan_digits", body, {"Content-Type": "application/json"})
    try:
        event = json.load(urllib.request.urlopen(request, timeout=30))["event_id"]
    except urllib.error.HTTPError as refused:
        assert refused.code in (400, 422)
        return
    answer = urllib.request.urlopen(f"{suite}gradio_api/call/gan_digits/{event}", timeout=60).read().decode()
    assert "event: error" in answer and "Truncation" in answer


def test_the_endpoints_keep_their_arguments(client):
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    rows = {name: endpoints[name]["parameters"] for name in ("/gan_digits", "/gan_walk")}
    found = {name: {row["parameter_name"]: row["parameter_default"] for row in rows[name]} for name in rows}
    assert found["/gan_digits"] == {"model": "cgan-mnist", "digit": "any", "n": 16, "truncation": 1.0, "seed": 0}
    assert found["/gan_walk"] == {
        "model": "cgan-mnist",
        "seed_from": 0,
        "seed_to": 1,
        "frames": 24,
        "path": "slerp",
    }
