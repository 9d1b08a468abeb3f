"""Publishing a model to a real little Hub, and loading it back from there."""

import shutil

import pytest
import torch
import yaml
from conftest import ROOT
from hub_server import HubServer
from safetensors.torch import save_file

import app
from shared.core import hub, loaders
from shared.core.registry import WEIGHTS, spec
from shared.tools import publish

NAME = "lstm-stories"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("AIGC_MODELS", "auto")
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    hub.forget()
    loaders.forget()  # another test of this process may have loaded the bundled ones
    started = HubServer()
    started.writers = {"me"}
    started.start()
    yield started
    started.stop()


@pytest.fixture
def folder(tmp_path):
    """A model's folder with little in it."""
    (tmp_path / NAME).mkdir()
    save_file({"weight": torch.zeros(9)}, tmp_path / NAME / "model.safetensors")
    shutil.copy(WEIGHTS / NAME / "scores.json", tmp_path / NAME)
    return tmp_path / NAME


def refused(*arguments):
    with pytest.raises(SystemExit) as ended:
        publish.main([str(one) for one in arguments])
    sentence = ended.value.code
    assert isinstance(sentence, str) and "\n" not in sentence and sentence.endswith(".")
    return sentence


@pytest.mark.slow
def test_published_and_loaded_back(server, tmp_path, monkeypatch, capsys):
    folder = shutil.copytree(WEIGHTS / NAME, tmp_path / "copy", ignore=shutil.ignore_patterns("README.md"))
    publish.main([NAME, f"me/{NAME}", "--folder", str(folder)])
    pushed = server.repos[f"me/{NAME}"]
    assert f"me/{NAME}/commit/{pushed.commit}" in capsys.readouterr().out
    assert pushed.files["model.safetensors"] == (WEIGHTS / NAME / "model.safetensors").read_bytes()
    assert pushed.files["README.md"] == (WEIGHTS / NAME / "README.md").read_bytes()  # written anew, from the scores
    assert {"config.json", "tokenizer.json", "scores.json"} < set(pushed.files)
    stores = [request.path for request in server.requests if request.method == "PUT"]
    assert stores == [f"/lfs/{pushed.digest('model.safetensors')}"], (
        "weights go to LFS, everything else with the commit"
    )

    from_hub, loaded = state(NAME, monkeypatch, "me")
    assert (loaded.source, loaded.revision) == ("hub", pushed.commit)
    bundled, loaded = state(NAME, monkeypatch, "")
    assert loaded.source == "bundled"
    assert all(torch.equal(value, bundled[name]) for name, value in from_hub.items())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vae-mnist", "ddpm-mnist"])
def test_digit_models_too(name, server, monkeypatch):
    """Both kinds of folders: the hub mixin's, and diffusers'."""
    publish.publish(name, f"me/{name}", WEIGHTS / name)
    from_hub, loaded = state(name, monkeypatch, "me")
    assert (loaded.source, loaded.revision) == ("hub", server.repos[f"me/{name}"].commit)
    bundled, _ = state(name, monkeypatch, "")
    assert all(torch.equal(value, bundled[key]) for key, value in from_hub.items())


def state(name, monkeypatch, namespace):
    """The weights as the suite loads them where the host names this Hub user, and the facts about them."""
    monkeypatch.setenv("AIGC_HUB_NAMESPACE", namespace)
    try:
        with loaders.use(name, precision="exact") as loaded:
            return getattr(loaded.model, "network", loaded.model).state_dict(), loaded
    finally:
        loaders.forget()


def test_publishing_again_replaces_what_was_there(server, folder):
    publish.publish(NAME, "me/again", folder)
    server.repos["me/again"].files["model-00001-of-00002.safetensors"] = b"weights of an older version"
    first = server.repos["me/again"].commit
    (folder / "samples.txt").write_text("new")
    publish.publish(NAME, "me/again", folder)
    again = server.repos["me/again"]
    assert again.commit != first and again.files["samples.txt"] == b"new"
    assert "model-00001-of-00002.safetensors" not in again.files


def test_private(server, folder):
    publish.publish(NAME, "me/secret", folder, private=True)
    assert server.repos["me/secret"].private
    publish.publish(NAME, "me/open", folder)
    assert not server.repos["me/open"].private
    server.repos["me/open"].files.clear()
    assert "everybody can see it" in refused(NAME, "me/open", "--folder", folder, "--private")
    assert not server.repos["me/open"].files, "nothing was sent"


def test_no_token(server, folder, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    assert "hf auth login" in refused(NAME, f"me/{NAME}", "--folder", folder)
    assert not server.requests


def test_refused(server, folder):
    assert "does not let your token write to you/it" in refused(NAME, "you/it", "--folder", folder)
    server.status = 401
    assert "does not accept your token" in refused(NAME, "me/it", "--folder", folder)
    server.status = 503
    assert "cannot be reached" in refused(NAME, "me/it", "--folder", folder)


def test_no_hub(server, folder):
    server.stop()
    assert "cannot be reached" in refused(NAME, "me/it", "--folder", folder)


@pytest.mark.parametrize("name", ["it", "a/b/c", "me/not good", "me/"])
def test_no_name(server, folder, name):
    assert "USER/REPO" in refused(NAME, name, "--folder", folder)


def test_no_weights_and_no_scores(server, folder, tmp_path):
    (folder / "scores.json").unlink()
    assert f"python -m shared.tools.score {NAME}" in refused(NAME, "me/it", "--folder", folder)
    (folder / "model.safetensors").unlink()
    assert f"python -m shared.training {NAME}" in refused(NAME, "me/it", "--folder", folder)
    assert "no complete weights" in refused(NAME, "me/it", "--folder", tmp_path / "nowhere")
    assert not server.requests


def test_only_models_that_were_trained_here(capsys):
    with pytest.raises(SystemExit):
        publish.main(["gpt2", "me/gpt2"])
    assert spec(NAME).name in capsys.readouterr().err


@pytest.fixture
def little_suite(tmp_path):
    """The suite as it is, with the weights of one model."""
    folder = tmp_path / "suite"
    for part in (*publish.PARTS, "README.md"):
        away = shutil.ignore_patterns("__pycache__", "weights", "fonts")
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        folder.mkdir(exist_ok=True)
        copy(ROOT / part, folder / part, **({"ignore": away} if (ROOT / part).is_dir() else {}))
    shutil.copytree(WEIGHTS / "digit-judge", folder / "shared" / "weights" / "digit-judge")
    return folder


def test_a_tab_alone_becomes_a_space(server, little_suite, tmp_path, capsys):
    (little_suite / "spaces" / "gan_digits" / "__pycache__").mkdir()
    (little_suite / "spaces" / "gan_digits" / "__pycache__" / "x.pyc").touch()
    publish.main(["space", "gan_digits", "me/digits", "--folder", str(little_suite)])
    pushed = server.repos["me/digits"]
    assert pushed.space and f"me/digits/commit/{pushed.commit}" in capsys.readouterr().out
    assert "shared/weights/digit-judge/model.safetensors" in pushed.files
    assert not [path for path in pushed.files if "pycache" in path or path.startswith("tests")]
    for path, data in pushed.files.items():
        (tmp_path / "there" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "there" / path).write_bytes(data)
    assert app.names(tmp_path / "there" / "spaces") == ["gan_digits"]
    assert front_matter(pushed.files["README.md"].decode())["title"] == "GAN digits"

    (little_suite / "spaces" / "gan_digits" / "walk.js").unlink()
    publish.main(["space", "gan_digits", "me/digits", "--folder", str(little_suite)])
    assert "spaces/gan_digits/walk.js" not in server.repos["me/digits"].files, "what is gone here goes there"


def test_the_whole_suite_is_a_space(little_suite):
    files = publish.space_files("suite", little_suite)
    assert {path.split("/")[1] for path in files if path.startswith("spaces/")} >= set(app.names())
    assert front_matter(files["README.md"].decode())["title"] == "AIGC Suite"


def test_what_a_space_may_be_called(server, little_suite):
    folder = ["--folder", little_suite]
    assert "There is no tab called 'dice'; there are: suite, arena" in refused("space", "dice", "me/dice", *folder)
    assert "USER/REPO" in refused("space", "suite", "nobody", *folder)
    assert "does not let your token write to you/it" in refused("space", "suite", "you/it", *folder)
    with pytest.raises(SystemExit) as end:
        publish.main(["space", "me/it"])
    assert end.value.code == 2


def front_matter(readme: str) -> dict:
    return yaml.safe_load(readme.split("---\n")[1])


def test_the_front_matter_is_what_a_space_takes():
    """huggingface.co/docs/hub/spaces-config-reference"""
    said = front_matter((ROOT / "README.md").read_text("utf-8"))
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert said["sdk"] == "gradio" and {said["colorFrom"], said["colorTo"]} <= colours
    assert len(said["short_description"]) <= 60 and len(said["title"]) <= 60 and said["emoji"]
    assert (ROOT / said["app_file"]).is_file() and said["python_version"] in ("3.10", "3.12", "3.13")
    known = "title emoji colorFrom colorTo sdk sdk_version python_version app_file short_description".split()
    assert set(said) <= {*known, "license", "hf_oauth", "models", "tags", "pinned", "suggested_hardware"}
    files = [path for path in publish.space_files("suite").values() if not isinstance(path, bytes)]
    assert len(files) > 500 and max(path.stat().st_size for path in files) <= 10_000_000
