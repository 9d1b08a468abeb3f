"""A host's own folder of weights that is not what it seems: said by what it is (huggingface/transformers#38464)."""

import json
import re
from dataclasses import replace

import pytest

from shared.core import places, registry
from shared.core.errors import UserError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 30000\n" % (b"0" * 64)
INDEX = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
CASES = {
    "pointer": ({"model.safetensors": POINTER}, "Git LFS pointer in place of model.safetensors: run git lfs pull"),
    "pointer to a tokenizer": (
        {"model.safetensors": b"x" * 2000, "tokenizer.json": POINTER},
        "tokenizer.json: run git",
    ),
    "shard": (
        {"model.safetensors.index.json": json.dumps(INDEX).encode(), "model-00001-of-00002.safetensors": b"x" * 2000},
        "is not complete: model-00002-of-00002.safetensors is missing",
    ),
    "only .bin": ({"pytorch_model.bin": b"x"}, "pickle files only.*safetensors/convert"),
    "nothing": ({"config.json": b"{}"}, "no complete weights as safetensors"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_folder_of_weights_that_has_none(case, tmp_path):
    files, sentence = CASES[case]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    spec = replace(registry.spec("gpt2"), title="The model")
    with pytest.raises(UserError) as said:
        places._check_local(spec, tmp_path)
    assert re.search(sentence, str(said.value)) and str(said.value).startswith("The host's folder for The model")
