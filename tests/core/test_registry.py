"""The list of models is complete, honest and safe to extend by name."""

import importlib
import json
import re

import pytest

from shared.core import registry
from shared.core.errors import UserError
from shared.core.registry import SPECS, WEIGHTS

BUNDLED = [row for row in SPECS if row.bundled]


def test_names_are_unique_and_usable_everywhere():
    assert len({row.name for row in SPECS}) == len(SPECS)
    assert all(re.fullmatch(r"[a-z0-9-]+", row.name) for row in SPECS)
    assert registry.names("text")[0] == "gpt2-stories"
    assert {"gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "distilgpt2"} < set(registry.names("text"))
    assert registry.names("digit-gan")[0] == "cgan-mnist" and registry.names("digit-vae")[0] == "conv-vae-mnist"
    assert registry.names("text-to-image")[:2] == ["emoji-diffusion", "lcm-dreamshaper-7"]
    assert registry.names("digit-diffusion") == ["ddpm-mnist"] and registry.names("digit-judge") == ["digit-judge"]


@pytest.mark.parametrize("row", SPECS, ids=lambda row: row.name)
def test_every_row_is_complete(row):
    assert row.title and row.license and row.paper and row.task
    assert row.bundled or row.repo, "a row has its weights here or on the Hub"
    assert 0 < row.download_mb and 0 < row.memory_mb
    assert re.fullmatch(r"[0-9a-f]{40}|refs/pr/\d+|", row.revision), "a commit, a pull request, or nothing"
    assert not any(pattern.endswith((".bin", ".pt", ".pkl", ".ckpt", "*")) for pattern in row.files + row.checker)


@pytest.mark.parametrize("row", [row for row in SPECS if row.task == "text-to-image"], ids=lambda row: row.name)
def test_what_a_model_of_pictures_draws_best_allows_itself(row):
    from shared.engines.diffusion.schedulers import CLASSES

    picture = row.picture
    smallest, largest, multiple = picture.sizes
    for side in (picture.width, picture.height):
        assert smallest <= side <= largest and side % multiple == 0 and multiple % 8 == 0
    assert 1 <= picture.steps <= picture.most_steps and 1 <= picture.guidance <= picture.most_guidance
    assert picture.scheduler in picture.schedulers and set(picture.schedulers) <= set(CLASSES)
    assert not row.decoder or registry.spec(row.decoder).task == "picture-decoder"


def test_files_of_the_safety_checker_where_the_host_has_it_on(monkeypatch):
    row = registry.spec("sd-1-5")
    assert registry.files_of(row) == row.files and not any("safety" in name for name in row.files)
    monkeypatch.setenv("AIGC_SAFETY_CHECKER", "1")
    assert registry.files_of(row) == row.files + row.checker
    assert "safety_checker/model.fp16.safetensors" in row.checker


@pytest.mark.parametrize("row", SPECS, ids=lambda row: row.name)
def test_every_builder_exists(row):
    module, function = row.builder.split(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("row", BUNDLED, ids=lambda row: row.name)
def test_bundled_weights_are_there(row):
    files = [path for path in (WEIGHTS / row.name).rglob("*") if path.is_file()]
    assert any(path.suffix == ".safetensors" for path in files), f"shared/weights/{row.name} holds no weights"
    config = "model_index.json" if row.task == "text-to-image" else "adapter_config.json" if row.base else "config.json"
    assert json.loads((WEIGHTS / row.name / config).read_text(encoding="utf-8"))
    too_large = [path.name for path in files if path.stat().st_size >= 10_000_000]
    assert not too_large, "the Hub and GitHub want files over 10 MB in LFS"
    assert sum(path.stat().st_size for path in files) / 1e6 == pytest.approx(row.download_mb, rel=0.2, abs=1)


@pytest.mark.parametrize("row", BUNDLED, ids=lambda row: row.name)
def test_bundled_weights_are_in_half_precision(row):
    """What lies in the repository is as small as it can be without changing what a model does."""
    from safetensors import safe_open

    for file in (WEIGHTS / row.name).rglob("*model*.safetensors"):
        with safe_open(file, "np") as weights:
            kinds = {weights.get_slice(name).get_dtype() for name in weights.keys()}
        assert "F32" not in kinds, f"{file.name} holds {kinds}"


def test_every_folder_of_weights_has_a_row():
    folders = {path.name for path in WEIGHTS.iterdir() if path.is_dir()} if WEIGHTS.is_dir() else set()
    assert folders <= {row.name for row in BUNDLED}


def test_unknown_name_lists_what_there_is():
    with pytest.raises(UserError, match="“nope”; there are: .*gpt2-xl"):
        registry.spec("nope")
    with pytest.raises(UserError):
        registry.spec("someone/model")  # a Hub id, and the host did not allow it


def test_any_model_where_the_host_allows_it(monkeypatch):
    with pytest.raises(UserError, match="AIGC_ALLOW_ANY_MODEL"):
        registry.any_model_spec("roneneldan/TinyStories-33M")
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    assert registry.spec("roneneldan/TinyStories-33M").repo == "roneneldan/TinyStories-33M"
    monkeypatch.setenv("SPACE_ID", "someone/space")
    with pytest.raises(UserError):
        registry.spec("roneneldan/TinyStories-33M")


NO_IDS = ["", "gpt2", "/", "a/", "/b", "a/b/c", "../b", "a/..", "a/b--c", "a b/c", "a/b\n", "-a/b", "a/b?x"]


@pytest.mark.parametrize("name", NO_IDS)
def test_names_that_are_no_hub_ids(monkeypatch, name):
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    with pytest.raises(UserError, match="OWNER/NAME"):
        registry.any_model_spec(name)


def test_hub_repo_of_a_model_trained_here(monkeypatch):
    row = registry.spec("gpt2-stories")
    assert registry.repo_of(row) == ""
    monkeypatch.setenv("AIGC_HUB_NAMESPACE", "someone")
    assert registry.repo_of(row) == "someone/gpt2-stories"
    assert registry.repo_of(registry.spec("distilgpt2")) == "distilbert/distilgpt2"


def test_starter():
    assert registry.starter("text").name == "gpt2-stories"
    assert registry.starter("digit-gan").name == "cgan-mnist"
    assert registry.starter("nothing of the kind") is None
