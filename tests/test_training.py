"""Every recipe trains for two steps, resumes, and saves what the app's own builders load."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.evaluation.__main__ import text_scores
from shared.registry import SPECS
from shared.training.__main__ import main
from shared.training.datasets import TokenRows, batches, read_stories
from shared.training.recipes import RECIPES, Stage, recipe
from shared.training.text import rate

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    story = "Once upon a time, there was a {0} who lived in a {1}. The {0} liked to {2} and was happy.\n"
    animals, places, deeds = (
        ("fox", "bear", "cat", "dog", "hen"),
        ("den", "cave", "house", "box"),
        ("sing", "run", "eat"),
    )
    stories = [story.format(a, p, d) for a in animals for p in places for d in deeds]
    (folder / "tinystories.txt").write_text("<|endoftext|>\n".join(stories))
    return folder


def test_every_bundled_text_model_has_a_recipe_of_its_name():
    assert {row.name for row in RECIPES} == {row.name for row in SPECS if row.bundled}


def test_an_unknown_recipe_names_those_there_are():
    with pytest.raises(SystemExit, match="gpt2-stories"):
        recipe("gpt5")


def test_held_out_stories_are_not_trained_on(data):
    train, held_out = read_stories(data)["tinystories"]
    assert len(train) == 58 and len(held_out) == 2
    assert not set(train) & set(held_out)


def test_an_empty_folder_is_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="No \\*.txt"):
        read_stories(tmp_path)


def test_rows_cover_every_token_once_a_pass_and_repeat_for_a_seed():
    class Letters:
        end_id = 0

        class backend:
            @staticmethod
            def encode_batch(texts, add_special_tokens):
                return [type("E", (), {"ids": [ord(c) for c in t]}) for t in texts]

    stories = ["abc", "defgh", "ij"]  # 13 tokens with their ends
    rows = TokenRows(stories, Letters, seed=0)
    seen = np.concatenate([rows.next(4)[:-1] for _ in range(13)])  # four passes
    assert sorted(seen.tolist()) == sorted([0, 0, 0, *map(ord, "abcdefghij")] * 4)
    stage = Stage(1.0, 4, 3, {"novels": 0.0})
    both = [{"a": TokenRows(stories, Letters, 0), "novels": TokenRows(["zzz"], Letters, 0)} for _ in range(2)]
    one, two = (next(batches(sources, stage, seed=1)) for sources in both)
    assert one.shape == (3, 5) and (one == two).all() and ord("z") not in one


def test_the_rate_warms_up_stays_and_falls_to_zero():
    row = recipe("gpt2-stories")
    assert rate(0, 1000, row) == pytest.approx(1 / row.warmup)
    assert rate(500, 1000, row) == 1.0
    assert rate(999, 1000, row) == pytest.approx(1 / (row.decay * 1000))


@pytest.mark.parametrize("row", RECIPES, ids=lambda row: row.name)
def test_two_steps_and_two_more(row, data, tmp_path):
    arguments = [row.name, "--data", str(data), "--output", str(tmp_path)]
    main([*arguments, "--steps", "1"])
    main([*arguments, "--steps", "2", "--resume"])
    if row.family != "ngram":
        curve = json.loads((tmp_path / "training.json").read_text())
        assert [point["step"] for point in curve["points"]] == [1, 2]  # went on, did not begin again
        assert "--- step 2" in (tmp_path / "samples.txt").read_text()
    assert all(file.stat().st_size < 10_000_000 for file in tmp_path.glob("*.*"))
    model = __import__(f"shared.models.{row.family}", fromlist=["load"]).load(tmp_path, "exact")
    assert text_scores(model, data)["bits_per_character"]["tinystories"] < 8  # a byte each would be 8


def test_two_processes_train_one_model(data, tmp_path):
    command = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "-m",
        "shared.training",
    ]
    command += ["lstm-stories", "--data", str(data), "--output", str(tmp_path), "--steps", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "model.safetensors").is_file()
    assert [point["step"] for point in json.loads((tmp_path / "training.json").read_text())["points"]] == [2]
