"""The steered storytellers: small files, their bases' weights and what was added to them."""

import json
import shutil

import pytest
import torch

from shared.core import loaders
from shared.core.errors import UserError
from shared.core.registry import SPECS, WEIGHTS, scores, spec
from shared.evaluation import feedback
from shared.models import adapter
from shared.models.gpt2 import read_network

STEERED = [row.name for row in SPECS if row.base]


@pytest.mark.parametrize("name", STEERED)
def test_an_adapter_is_small_and_its_scores_say_what_it_cost(name):
    assert (WEIGHTS / name / "adapter_model.safetensors").stat().st_size < 100_000
    found = scores(name)
    assert found["openings"] == feedback.OPENINGS and 0 < found["kl"] and found["bits_after"] > 0.5
    assert found["reward_after"] > found["reward_before"]


def test_an_adapter_is_its_base_and_what_peft_adds():
    from peft import PeftModel

    row = spec(STEERED[0])
    network = PeftModel.from_pretrained(read_network(WEIGHTS / row.base), str(WEIGHTS / row.name)).eval()
    with loaders.use(row.name, "exact") as loaded, torch.inference_mode():
        ids = [0, *loaded.model.tokenizer.encode("Once upon a time, there was a fox.")]
        theirs = network(torch.tensor([ids])).logits[0]
        assert (loaded.model.all_logits(ids) - theirs).abs().max() < 0.02  # rounded to float16
        assert loaded.model.precision == "exact" and loaded.spec.base == row.base


def test_what_does_not_fit_its_base_is_a_sentence(tmp_path):
    folder = shutil.copytree(WEIGHTS / STEERED[0], tmp_path / "wrong")
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps(config | {"use_dora": True}))
    with pytest.raises(UserError, match="no plain LoRA"):
        adapter.merged(None, folder)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match="no place for"):
        adapter.merged(torch.nn.Linear(2, 2), folder)


@pytest.mark.slow
def test_an_adapter_of_the_hub_goes_with_its_base_of_the_hub(server, monkeypatch):
    row, ids = spec(STEERED[0]), [0, 401, 283]
    with loaders.use(row.name, "exact") as loaded:
        bundled = loaded.model.all_logits(ids)
    loaders.forget()
    monkeypatch.setenv("AIGC_HUB_NAMESPACE", "someone")
    for name in (row.name, row.base):
        files = (file for file in (WEIGHTS / name).iterdir() if file.is_file())
        server.add(f"someone/{name}", {file.name: file.read_bytes() for file in files})
    try:
        with loaders.use(row.name, "exact") as loaded:
            assert (loaded.source, loaded.revision) == ("hub", server.repos[f"someone/{row.name}"].commit)
            assert torch.equal(loaded.model.all_logits(ids), bundled)
        asked = [request.path for request in server.requests]
        assert all(any(f"/{name}/" in path for path in asked) for name in (row.name, row.base))
    finally:
        loaders.forget()
