"""The storyteller is steered for a step, goes on where it stopped, and is saved as the app loads it."""

import json
from dataclasses import replace

import pytest
import torch

from shared.core.registry import WEIGHTS
from shared.models import adapter
from shared.training import feedback
from shared.training.recipes import recipe

STORY = "One day, a {0} named {1} went to the {2}. It was a big {2}. {1} saw a ball and ran to it. {1} was happy, {3}."


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stories")
    some = [(who, name, place) for who in ("fox", "cat", "dog") for name in ("Tom", "Mia") for place in ("sea", "park")]
    told = [STORY.format(*one, "and so was everybody who was there on that long and sunny day") for one in some]
    (folder / "tinystories.txt").write_text("<|endoftext|>\n".join(told))
    return folder


@pytest.mark.parametrize("name", ["gpt2-stories-sad", "gpt2-stories-happy"])
def test_two_steps_and_two_more(name, data, tmp_path, monkeypatch):
    monkeypatch.setattr(feedback, "LOOKED", 1)
    row = replace(recipe(name), length=6, drafts=2, batch=2, pairs=2, warmup=1)
    feedback.train(row, data, tmp_path, steps=2)
    first = json.loads((tmp_path / "training.json").read_text())["points"]
    assert [point["step"] for point in first] == [0, 1, 2] and first[0]["kl"] == 0 < first[-1]["kl"]
    feedback.train(row, data, tmp_path, steps=4, resume=True)
    log = json.loads((tmp_path / "training.json").read_text())
    assert log["recipe"]["name"] == name and log["points"][:3] == first and log["points"][-1]["step"] == 4
    assert (tmp_path / "adapter_model.safetensors").stat().st_size < 100_000
    loaded = adapter.load(tmp_path, "exact", WEIGHTS / row.base)
    ids = [0, *loaded.tokenizer.encode("One day")]
    base = adapter.read_network(WEIGHTS / row.base)(torch.tensor([ids])).logits[0]
    assert (loaded.all_logits(ids) - base).abs().max() > 1e-3
