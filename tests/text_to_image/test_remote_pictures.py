"""The picture tab with a server on another machine behind it, which draws with the bundled model."""

import base64
import io
import re
import socket
import threading

import numpy as np
import pytest
from engine_server import EngineServer
from PIL import Image
from text_to_image import page, runs, view
from text_to_image.request import REMOTE, REQUESTS

from shared import recipe
from shared.core import registry
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import sentences, words

ASKED = {"prompt": "owl", "model": REMOTE, "n": 2, "seed": 5, "steps": 2, "guidance": 2.0, "width": 128, "height": 128}
PATIENCE = 100  # seconds


@pytest.fixture
def server(monkeypatch):
    with EngineServer() as server:
        monkeypatch.setenv("AIGC_MODELS", "auto")
        monkeypatch.setenv("AIGC_REMOTE_PICTURES", server.pictures)
        yield server


def run(brake=None, **changes):
    return list(runs.run(REQUESTS.check(ASKED | changes), brake))


def refusal(**changes):
    with pytest.raises(UserError) as error:
        run(**changes)
    in_chinese(str(error.value))
    return str(error.value)


def in_chinese(sentence):
    words.of(page.WORDS.folder)
    assert re.search(r"[\u4e00-\u9fff]", sentences.in_chinese(sentence)), sentence


@pytest.mark.slow
def test_they_are_the_pictures_that_the_model_draws_here(server, tmp_path):
    states = run()
    far, near = states[-1], run(model="emoji-diffusion")[-1]
    assert [state.step for state in states] == [0, 1, 2, 2] and far.phase == "done" and far.seeds == [5, 6]
    for one, other in zip(far.pictures, near.pictures, strict=True):
        apart = np.abs(np.asarray(one, int) - np.asarray(other, int)).max()
        assert apart <= 2, "but for the rounding of one alone and two together"
    made = far.recipe
    assert made["source"] == "remote" and made["device"] == server.pictures.split("/")[2] and made["model"] == REMOTE
    assert not made.keys() & {"weights_sha256", "repo", "machine"} and made["libraries"].keys() == {"python"}
    (tmp_path / "owl.png").write_bytes(view.png(far.pictures[0], made, 5))
    kept = recipe.read(tmp_path / "owl.png")
    assert kept["settings"]["prompt"] == "owl" and kept["device"] == made["device"]
    assert view.shown(far)["phase"] == "done"
    again = list(runs.run(REQUESTS.check(made["settings"])))[-1].recipe
    assert recipe.compare(made, again).identical


def test_every_control_is_sent_and_one_size_may_be_the_servers_own(server):
    state = run(negative_prompt="moon", style="comic", n=1, width=256, height=192)[-1]
    asked = server.seen[-1].body
    assert asked["inputs"] == "owl, comic book panel, bold ink lines, flat colours"
    assert asked["parameters"] == {
        "negative_prompt": "moon",
        "num_inference_steps": 2,
        "guidance_scale": 2.0,
        "width": 256,
        "height": 192,
        "seed": 5,
    }
    assert "draws in a size of its own: 128 × 128 pixels." in state.notices[0]
    in_chinese(state.notices[0])


@pytest.mark.slow
def test_values_side_by_side(server):
    state = run(what="strip", control="guidance", steps=1)[-1]
    sent = [asked.body["parameters"]["guidance_scale"] for asked in server.seen]
    assert len(state.pictures) == len(state.labels) == 5 and [f"{one:g}" for one in sent] == state.labels


def test_stop_keeps_what_is_there_and_waits_for_nobody(server):
    brake = threading.Event()
    for state in runs.run(REQUESTS.check(ASKED), brake):
        if state.step == 1:
            brake.set()
    assert state.phase == "stopped" and len(state.pictures) == 1 and state.recipe["settings"]["until"] == 1
    in_chinese(state.message)
    again = list(runs.run(REQUESTS.check(state.recipe["settings"])))[-1].recipe
    assert recipe.compare(state.recipe, again).identical
    server.held, brake = threading.Event(), threading.Event()
    threading.Thread(target=lambda: server.asked.wait(PATIENCE) and brake.set()).start()
    try:
        state = run(brake)[-1]  # the server is not done, and nobody waits for it
        assert state.phase == "stopped" and not state.pictures and state.recipe is None
    finally:
        server.held.set()


def test_no_key_but_its_own_is_sent(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_this_machine")
    run(n=1)
    assert "authorization" not in server.seen[-1].headers
    server.key = "hf_of_the_endpoint"
    assert "its host has to set AIGC_REMOTE_PICTURES_KEY" in refusal()
    monkeypatch.setenv("AIGC_REMOTE_PICTURES_KEY", server.key)
    made = run(n=1)[-1].recipe
    assert server.seen[-1].headers["authorization"] == f"Bearer {server.key}"
    assert server.key not in recipe.dumps(made) + repr(settings())


def test_one_sentence_for_each_trouble_and_nothing_stands_in(server, monkeypatch):
    server.says = b"<html>Sign in</html>"
    assert "does not answer as a Hugging Face endpoint for pictures does" in refusal()
    server.says, server.refuses = b"", 503
    assert "has too much to do" in refusal()
    server.refuses = 404
    assert "has no such address or model" in refusal()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set here" in refusal()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("AIGC_REMOTE_PICTURES", f"http://127.0.0.1:{free.getsockname()[1]}")
    assert "cannot be reached" in refusal()


def test_it_draws_from_words_alone(server):
    file = io.BytesIO()
    Image.new("RGB", (128, 128)).save(file, "PNG")
    image = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    assert "draws from words alone" in refusal(what="change", image=image)
    assert not server.seen


def test_it_stands_in_the_menu_where_the_host_has_one(server, monkeypatch):
    assert registry.names(REMOTE) == [REMOTE]
    assert page.suit(REMOTE, "")[:4] == (20, 7.5, 512, 512) and page.licence_of(REMOTE)
    monkeypatch.delenv("AIGC_REMOTE_PICTURES")
    assert "no picture model called" in refusal()
