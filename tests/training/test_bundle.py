"""Bundles for a machine with a GPU: what they hold, and that they train elsewhere and are taken over."""

import gzip
import os
import struct
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from shared.data import prepared
from shared.data.emoji import Emoji
from shared.training import bundle
from shared.training.__main__ import main
from shared.training.recipes import RECIPES


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with 5,200 digits as MNIST's files have them (5,000 of them are held out), and a few stories."""
    from shared.data.digits import scikit_learn_digits

    images, labels = scikit_learn_digits()
    images, labels = np.tile(images, (3, 1, 1, 1))[:5200, 0], np.tile(labels, 3)[:5200]
    folder = tmp_path_factory.mktemp("data")
    for name, kind, array in (("images-idx3", 3, images), ("labels-idx1", 1, labels.astype(np.uint8))):
        head = struct.pack(f">BBBB{kind}I", 0, 0, 8, kind, *array.shape)
        (folder / f"train-{name}-ubyte").write_bytes(head + array.tobytes())
    with gzip.open(folder / "tales.txt.gz", "wt") as file:
        file.write("\n<|endoftext|>\n".join(f"Once upon a time there were {n} cats. They slept." for n in range(60)))
    return folder


def test_data_comes_back_as_it_was(tmp_path):
    inner = Emoji(torch.arange(24).byte().view(1, 3, 2, 4), ["noto"], ["fox"], [["red", "animal"]])
    whole = Emoji(torch.zeros(2, 3, 4, 4).byte(), ["noto", "blob"], ["a", "b"], [[], []], "tested", inner)
    prepared.write(whole, tmp_path / "file")
    again = prepared.read(tmp_path / "file")
    assert type(again) is Emoji and again.source == "tested" and again.names == ["a", "b"]
    assert torch.equal(again.held_out.images, inner.images) and again.held_out.keywords == [["red", "animal"]]
    assert again.held_out.held_out is None


def test_a_file_cannot_name_a_class_of_others(tmp_path):
    @dataclass
    class Foreign:
        number: int = 1

    prepared.write(Foreign(), tmp_path / "file")
    with pytest.raises(ValueError, match="is not where this project's data sets are"):
        prepared.read(tmp_path / "file")
    from safetensors.torch import save

    (tmp_path / "other").write_bytes(gzip.compress(save({"a": torch.zeros(1)})))
    with pytest.raises(ValueError, match="not a data set of this project"):
        prepared.read(tmp_path / "other")


@pytest.mark.slow
def test_a_bundle_trains_elsewhere_and_is_taken_over(data, tmp_path):
    """Prepared pictures, points that are made, and stories; all of it in the bundle's own copy."""
    names = ["nice-mnist", "moons-flow", "ngram-stories"]
    folder = tmp_path / "bundle"
    main(["bundle", *names, "--data", str(data), "--output", str(folder)])
    assert {file.name for file in (folder / "data").iterdir()} == {
        "shared.data.digits.read_digits.safetensors.gz",
        "tales.txt.gz",
    }
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python3").chmod(0o755)
    # As on a bare machine: no package of the app but those that the script promises to need.
    (folder / "sitecustomize.py").write_text(
        "import sys\nfor name in ('gradio', 'diffusers', 'pydantic', 'datasets', 'fastapi'): sys.modules[name] = None\n"
    )
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    command = ["bash", str(folder / "train.sh"), "0.1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    logs = "\n".join(log.read_text() for log in folder.rglob("log.txt"))
    assert done.returncode == 0, done.stdout + done.stderr + logs

    main(["bundle", "--collect", str(folder), "--weights", str(tmp_path / "weights")])
    for name in names:
        kept = {file.name for file in (tmp_path / "weights" / name).iterdir()}
        assert "config.json" in kept and "log.txt" not in kept and "checkpoint" not in kept


def test_a_teacher_comes_before_its_pupil_and_is_not_taken_over(tmp_path):
    assert bundle.with_teachers(["moons-flow", "gpt2-stories"]) == [
        "moons-flow",
        "gpt2-stories/teacher",
        "gpt2-stories",
    ]
    assert bundle.with_teachers(["gpt2-stories", "gpt2-stories/teacher"]) == ["gpt2-stories/teacher", "gpt2-stories"]
    for name in ("gpt2-stories", "gpt2-stories/teacher"):
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "config.json").write_text("{}")
    (tmp_path / "results" / "trained.txt").write_text("gpt2-stories/teacher\ngpt2-stories\n")
    assert bundle.collect(tmp_path, tmp_path / "weights") == ["gpt2-stories"]
    assert [file.name for file in (tmp_path / "weights" / "gpt2-stories").iterdir()] == ["config.json"]


def test_what_a_library_needs_comes_with_it_but_for_what_is_there():
    wanted = bundle.beside(["diffusers"])
    assert {"diffusers", "requests", "urllib3", "importlib-metadata"} <= set(wanted)
    assert not {"torch", "numpy", "pillow", "safetensors", "huggingface-hub", "idna"} & set(wanted)
    assert bundle.beside([]) == [] and "peft" in bundle.beside(["peft", "trl"])
    families = {recipe.family for recipe in RECIPES}
    assert bundle.BESIDE.keys() <= families


def test_what_is_wrong_is_said(tmp_path, capsys):
    with pytest.raises(SystemExit, match="no recipe 'glow'"):
        bundle.main(["glow", "--output", str(tmp_path / "new")])
    (tmp_path / "there").write_text("")
    with pytest.raises(SystemExit, match="is not empty"):
        bundle.bundle(["glow-mnist"], None, tmp_path)
    with pytest.raises(SystemExit, match="nothing was trained there"):
        bundle.collect(tmp_path)
    with pytest.raises(SystemExit):
        bundle.main([])
    assert "--collect FOLDER" in capsys.readouterr().err
