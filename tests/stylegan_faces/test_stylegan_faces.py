"""The tab of the StyleGAN, without a browser: runs on the bundled models, bad input, the endpoint."""

import base64
import io
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stylegan_faces import how, runs
from stylegan_faces.request import DIRECTIONS, SIDE, TASK, Mixing, pack, unpack

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError

NAMES = registry.names(TASK)
TILE = SIDE + runs.GAP


def mix(**settings):
    *_, (view, made) = runs.run(Mixing.check(settings), threading.Event())
    return view, made


def pixels(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB"), int)


def tiles(address, rows=runs.ROWS + 1, columns=runs.COLUMNS + 1):
    sheet = pixels(address)
    assert sheet.shape == (rows * TILE - runs.GAP, columns * TILE - runs.GAP, 3)
    return [[sheet[y * TILE :, x * TILE :][:SIDE, :SIDE] for x in range(columns)] for y in range(rows)]


def smiley():
    """A yellow disc with two eyes, on white, as a data URL."""
    picture = np.full((100, 100, 3), 255, np.uint8)
    y, x = np.mgrid[:100, :100]
    picture[(x - 50) ** 2 + (y - 50) ** 2 < 45**2] = (255, 204, 50)
    for eye in (35, 65):
        picture[(x - eye) ** 2 + (y - 40) ** 2 < 7**2] = (80, 50, 20)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("name", NAMES)
def test_a_grid_can_be_made_again(name):
    view, made = mix(model=name, seed=3)
    grid = tiles(view["png"])
    assert (grid[0][0] == 255).all() and len(view["strips"]) == 3
    assert made["tab"] == runs.TAB and made["settings"]["seed"] == 3
    again, remade = mix(**made["settings"])
    assert remade["output_sha256"] == made["output_sha256"] and again["strips"] == view["strips"]
    inside = recipe.read_bytes(base64.b64decode(view["png"].partition(",")[2]))
    assert inside["settings"] == made["settings"]


def test_at_the_ends_of_the_border_a_mixture_is_its_row_or_its_column():
    near = {"atol": 2}  # a picture of another batch is rounded otherwise
    for cut in (0, runs.LAYERS):
        grid = tiles(mix(cut=cut)[0]["png"])
        for y in range(1, runs.ROWS + 1):
            for x in range(1, runs.COLUMNS + 1):
                np.testing.assert_allclose(grid[y][x], grid[y][0] if cut else grid[0][x], **near)


def test_psi_0_is_one_face_and_the_strips_join_the_faces():
    grid = tiles(mix(psi=0)[0]["png"])
    np.testing.assert_allclose(grid[1][0], grid[3][4], atol=2)
    view, _ = mix()
    grid, (direction, in_w, in_z) = tiles(view["png"]), (tiles(one, 1, runs.STEPS)[0] for one in view["strips"])
    for strip in (in_w, in_z):
        np.testing.assert_allclose(strip[0], grid[1][0], atol=2)
        np.testing.assert_allclose(strip[-1], grid[2][0], atol=2)
    np.testing.assert_allclose(direction[runs.STEPS // 2], grid[1][0], atol=2)
    pushed = tiles(mix(far=2)[0]["png"])
    np.testing.assert_allclose(direction[-1], pushed[1][0], atol=2)


def test_the_same_latents_stand_there_at_every_size():
    """4x4 is one square for 8x8 pixels of the sheet; at full size it is what the grid shows."""
    view, tile = mix()[0], 32 + runs.GAP
    sheet = pixels(view["grown"])
    assert sheet.shape == (4 * tile - runs.GAP, runs.STEPS * tile - runs.GAP, 3)
    for row, side in enumerate((4, 8, 16, 32)):
        one = sheet[row * tile :, tile:][:32, :32]
        squares = one.reshape(side, 32 // side, side, 32 // side, 3)
        assert (squares == squares[:, :1, :, :1]).all() and len(np.unique(squares[:, 0, :, 0])) > 8
    smaller = np.asarray(Image.fromarray(tiles(view["png"])[2][0].astype(np.uint8)).resize((32, 32)), int)
    assert np.abs(sheet[3 * tile :, tile:][:32, :32] - smaller).mean() < 8


def test_what_the_pad_sends_is_a_face():
    assert Mixing.check({"face": smiley()}).face == pack(smiley())


@pytest.mark.slow
def test_every_control_changes_the_grid():
    sheets = {mix(**one)[0]["png"] for one in (
        {}, {"seed": 9}, {"cut": 1}, {"psi": 1}, {"far": 2}, {"far": 2, "direction": "3"}, {"noise": "own"},
        {"noise": "none"},
    )}  # fmt: skip
    assert len(sheets) == 8


@pytest.mark.slow
def test_for_a_face_a_style_is_looked_for(monkeypatch):
    monkeypatch.setattr(runs, "SEARCH", 20)
    monkeypatch.setattr(runs, "_found", type(runs._found)())
    steps = list(runs.run(Mixing.check({"face": smiley()}), threading.Event()))
    assert [view["looking"] for view, made in steps if not made and "looking" in view] == [0, 10]
    view, made = steps[-1]
    assert len(view["strips"]) == 2, "a face that was found has no latent to walk from"
    assert 0 < view["error"] < 0.5
    np.testing.assert_allclose(tiles(view["png"])[1][0], pixels(view["found"]), atol=2)
    again, remade = mix(**made["settings"])
    assert remade["output_sha256"] == made["output_sha256"] and len(made["settings"]["face"]) < 4000
    assert abs(np.asarray(unpack(pack(smiley())), int) - pixels(view["sought"])).max() == 0


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"cut": 10}, "The border must be a whole number from 0 to 7, not 10"),
        ({"psi": 2}, "Psi must be a number from 0 to 1.2, not 2"),
        ({"direction": "up"}, "The direction must be one of 1, 2, 3, 4, 5, not up"),
        ({"far": -4}, "How far must be"),
        ({"noise": "loud"}, "The noise must be one of fixed, none, own"),
        ({"face": "smile"}, "The face must be a picture, or nothing, not smile"),
        ({"face": 7}, "a picture, or nothing"),
        ({"face": "face:AAAA"}, r"damaged|not a picture"),
        ({"face": "data:image/png;base64,AAAA"}, "."),
        ({"face": {"path": "/etc/passwd"}}, "was not uploaded"),
        ({"seed": -5}, "The seed must be"),
        ({"model": "cgan-mnist"}, "There is no StyleGAN of faces called “cgan-mnist”"),
        ({"colour": 1}, "There is no option called “colour”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Mixing.check(values)


def test_a_run_that_was_stopped_gives_nothing():
    stop = threading.Event()
    stop.set()
    assert not [made for _, made in runs.run(Mixing.check({}), stop) if made]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m stylegan_faces.example"""
    view, made = examples.example(Mixing.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Mixing.check({}).settings()


def test_every_direction_has_a_name_in_both_languages():
    from shared.page import words

    table = words.beside(str(Path(runs.__file__))).table("view")
    for language in (0, 1):
        names = [table[f"direction_{one}"][language] for one in DIRECTIONS]
        assert len(set(names)) == len(DIRECTIONS) and not set(names) & set(DIRECTIONS)


def test_what_was_measured_is_told():
    for name in NAMES:
        facts = how.facts(name)
        assert "Licence: " in facts and f"{registry.scores(name)['frechet']:.0f}" in facts


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    png, made = client.predict(api_name="/stylegan_faces")
    with Image.open(png) as sheet:
        assert sheet.size == ((runs.COLUMNS + 1) * TILE - runs.GAP, (runs.ROWS + 1) * TILE - runs.GAP)
    assert made["settings"]["seed"] == 4
    _, made = client.predict(NAMES[0], 5, 2, 1.0, "3", 1.5, "none", api_name="/stylegan_faces")
    assert (made["model"], made["settings"]["cut"], made["settings"]["far"]) == (NAMES[0], 2, 1.5)
    with pytest.raises(Exception, match="The border must be"):
        client.predict(NAMES[0], 5, 12, api_name="/stylegan_faces")
