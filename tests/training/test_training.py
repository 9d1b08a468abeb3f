"""Every recipe trains for two steps, resumes, and saves what the app's own builders load."""

import importlib
import itertools
import json
import math
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from shared.core.registry import SPECS, WEIGHTS, spec
from shared.data import digits
from shared.data.stories import TokenRows, batches, read_stories
from shared.models.gpt2 import read_network
from shared.tools.score import text_scores
from shared.training import loop, packing, recipes, text
from shared.training.__main__ import changed, main
from shared.training.recast import HEROES, KINDS, NAMES, plural, recast, replaced
from shared.training.recipes import RECIPES, recipe
from shared.training.recipes.spec import Stage
from shared.training.schedule import Schedule, rate

train_text = text.train
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with a few stories, and 5,000 pictures to hold out and 300 to train on, in MNIST's format."""
    folder = tmp_path_factory.mktemp("data")
    story = "Once upon a time, there was a {0} who lived in a {1}. The {0} liked to {2} and was happy.\n"
    animals, places, deeds = (
        ("fox", "bear", "cat", "dog", "hen"),
        ("den", "cave", "house", "box"),
        ("sing", "run", "eat"),
    )
    stories = [story.format(a, p, d) for a in animals for p in places for d in deeds]
    (folder / "tinystories.txt").write_text("<|endoftext|>\n".join(stories))
    pictures = np.zeros((5300, 28, 28), np.uint8)
    pictures[np.arange(5300), np.arange(5300) % 28] = 255  # a line, at a height that tells the label
    for name, array in (("images-idx3", pictures), ("labels-idx1", (np.arange(5300) % 10).astype(np.uint8))):
        head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        (folder / f"train-{name}-ubyte").write_bytes(head + array.tobytes())
    lines = [f"{i % 2}\ta {('dull', 'warm')[i % 2]} film about {i} people ." for i in range(1100)]
    (folder / "sentence_polarity.tsv").write_text("\n".join(["label\tsentence", *lines]))
    return folder


def test_every_bundled_model_has_a_recipe_of_its_name():
    assert {row.name for row in SPECS if row.bundled} <= {row.name for row in RECIPES}


BUNDLED = {row.name for row in SPECS if row.bundled}
OF_DIGITS = [row for row in RECIPES if row.name.endswith("-mnist") and row.name in BUNDLED]


@pytest.mark.parametrize("row", OF_DIGITS, ids=lambda row: row.name)
def test_the_bundled_digit_models_were_trained_by_their_recipe(row):
    """Fields that a recipe got later, with a default that changes nothing, are not in the log."""
    logged = json.loads((WEIGHTS / row.name / "training.json").read_text())
    now = json.loads(json.dumps(asdict(row)))
    assert logged["recipe"] == {key: now[key] for key in logged["recipe"]}
    assert logged["data"] == digits.MNIST
    assert logged["points"][-1]["step"] == logged["steps"], "trained to its end"


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


class Letters:
    """A tokenizer whose tokens are characters."""

    end_id = 0

    class backend:
        @staticmethod
        def encode_batch(texts, add_special_tokens):
            return [type("E", (), {"ids": [ord(c) for c in t]}) for t in texts]


def test_rows_cover_every_token_once_a_pass_and_repeat_for_a_seed():
    stories = ["abc", "defgh", "ij"]  # 13 tokens with their ends
    rows = TokenRows(stories, Letters, seed=0)
    seen = np.concatenate([rows.next(4)[:-1] for _ in range(13)])  # four passes
    assert sorted(seen.tolist()) == sorted([0, 0, 0, *map(ord, "abcdefghij")] * 4)
    stage = Stage(1.0, 4, 3, {"novels": 0.0})
    both = [{"a": TokenRows(stories, Letters, 0), "novels": TokenRows(["zzz"], Letters, 0)} for _ in range(2)]
    one, two = (next(batches(sources, stage, seed=1)) for sources in both)
    assert one.shape == (3, 5) and (one == two).all() and ord("z") not in one


def test_a_story_is_told_of_others_all_through():
    story = "A dog named Tim saw two mice. Tim's dog barked."
    cast = {"dog": "owl", "Tim": "Oscar", "mouse": "bunny"}
    assert replaced(story, cast) == "An owl named Oscar saw two bunnies. Oscar's owl barked."
    assert replaced("The Hen is big. She had an owl.", {"hen": "eagle", "owl": "hen"}) == (
        "The Eagle is big. She had a hen."
    )
    told = "One day, a girl named Mia met a big bear. The bear liked Mia, and Mia liked bears."
    others = {recast(told, np.random.default_rng(seed)) for seed in range(30)}
    assert len(others) > 10 and told in others, "often of others, sometimes as it was"
    for other in others:
        names = re.match(r"One day, an? (\w+) named (\w+) met a big (\w+)\.", other)
        who, name, animal = names.groups()
        assert other.endswith(f"The {animal} liked {name}, and {name} liked {plural(animal)}."), other
        assert name in NAMES[0] and animal in KINDS[1] and who in ("girl", *HEROES["girl"])


def test_who_barks_stays_a_dog():
    told = "The dog said woof. A cat and a fox heard it."
    assert {recast(told, np.random.default_rng(seed)) for seed in range(20)} == {told}


def test_rows_are_told_anew_on_every_pass():
    rows = TokenRows(["aa"], Letters, 0, lambda text, rng: text.replace("a", chr(rng.integers(97, 123))))
    passes = {tuple(rows.next(3)[1:3]) for _ in range(20)}
    assert len(passes) > 5 and all(one == two for one, two in passes)


def test_the_rate_warms_up_stays_and_falls_to_zero():
    row = recipe("gpt2-stories")
    assert rate(0, row.decay, 0, row.warmup) == pytest.approx(1 / row.warmup)
    assert rate(0.9 * (1 - row.decay), row.decay, 400, row.warmup) == 1.0
    assert rate(0.999, row.decay, 999, row.warmup) == pytest.approx(1 / (row.decay * 1000))


def test_by_the_clock_the_rate_is_zero_when_the_time_is_up(monkeypatch, tmp_path):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    schedule = Schedule(1000, minutes=2)
    assert [schedule.done(step) for step in (0, 5000)] == [0, 0], "steps do not count"
    now[0] += 90
    assert schedule.done(7) == 0.75 and rate(schedule.done(7), 0.5) == 0.5 and schedule.expected(300) == 400
    schedule.save(tmp_path, 8)
    now[0] += 1000
    assert schedule.done(8) == 1.0 and rate(1.0, 0.5) == 0.0
    again = Schedule(1000, minutes=2)
    again.resume(tmp_path)
    assert (again.start, again.done(8)) == (8, 0.75), "goes on with the time that is left"


@pytest.mark.parametrize("name", ["lstm-stories", "vae-mnist"])
def test_every_training_ends_by_the_clock(name, data, tmp_path, monkeypatch):
    if name == "lstm-stories":
        monkeypatch.setattr("shared.training.__main__.recipe", lambda name: small(recipe(name)))
    main([name, "--data", str(data), "--output", str(tmp_path), "--minutes", "0.02"])
    point = json.loads((tmp_path / "training.json").read_text())["points"][-1]
    assert 1 <= point["step"] < 800 and (tmp_path / "model.safetensors").is_file()


def test_digits_are_read_and_some_are_held_out(data):
    found = digits.read_digits(data)
    assert found.images.shape == (300, 1, 28, 28) and found.held_out_images.shape == (5000, 1, 28, 28)
    assert (found.source, found.images.dtype, found.labels.dtype) == (digits.MNIST, torch.uint8, torch.int64)
    assert found.labels[:3].tolist() == [0, 1, 2] and found.held_out_labels[0] == 300 % 10
    assert found.images[1, 0, 1].min() == 255 and found.images[1, 0, 0].max() == 0


def test_a_folder_without_digits_is_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="has no train-images-idx3-ubyte"):
        digits.read_digits(tmp_path)


def test_digits_without_a_folder_or_a_network():
    found = digits.read_digits()
    assert found.source == digits.ENLARGED and len(found) == 1500 and len(found.held_out_images) == 297
    assert found.images.shape[1:] == (1, 28, 28) and set(found.labels.tolist()) == set(range(10))
    assert found.images[:, :, :4].max() == 0, "a border of 4, as MNIST has"


def test_a_pass_shows_every_picture_once_and_goes_on_where_it_stopped(data):
    found = digits.read_digits(data)
    seen = list(itertools.islice(loop.batches(found, 100, seed=0), 6))  # two passes
    assert seen[0][0].dtype == torch.float32 and seen[0][0].max() == 1
    for one_pass in (seen[:3], seen[3:]):
        assert torch.cat([labels for _, labels in one_pass]).bincount().tolist() == [30] * 10
    assert not torch.equal(seen[0][0], seen[3][0]), "another order"
    resumed = next(loop.batches(found, 100, seed=0, start=4))
    assert torch.equal(resumed[0], seen[4][0])


def test_fields_of_a_recipe_can_be_set():
    row = changed(recipe("hinge-mnist"), ["ema=0", "loss=bce", "batch=32"])
    assert (row.ema, row.loss, row.batch) == (0.0, "bce", 32)
    assert changed(recipe("vae-mnist"), ["binary=1"]).binary is True
    with pytest.raises(SystemExit, match="no 'colour'"):
        changed(recipe("hinge-mnist"), ["colour=blue"])


FAMILIES = (recipes.text, recipes.digits, recipes.flows, recipes.language)
ROWS = [row for family in FAMILIES for row in family.ROWS if not row.name.endswith("/teacher")]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_two_steps_and_two_more(row, data, tmp_path, monkeypatch):
    monkeypatch.setattr(digits, "HELD_OUT", 300)  # they are looked at after each training
    if row.family in ("gpt2", "lstm"):  # a step of 24,576 tokens takes a minute on a processor
        monkeypatch.setattr("shared.training.__main__.recipe", lambda name: small(row))
    if row.family == "gpt2":
        with pytest.raises(SystemExit, match="gpt2-stories/teacher --data DIR --output"):
            main([row.name, "--data", str(data), "--output", str(tmp_path), "--steps", "1"])
        train_text(small(recipe("gpt2-stories/teacher")), data, tmp_path / "teacher", steps=1)
    arguments = [row.name, "--data", str(data), "--output", str(tmp_path)]
    main([*arguments, "--steps", "1"])
    main([*arguments, "--steps", "2", "--resume"])
    if row.family not in ("ngram", "naive-bayes"):
        curve = json.loads((tmp_path / "training.json").read_text())
        assert [point["step"] for point in curve["points"]] == [1, 2]  # went on, did not begin again
    assert all(file.stat().st_size < 10_000_000 for file in tmp_path.glob("*.*"))
    module, function = spec(row.name).builder.split(":")
    model = getattr(importlib.import_module(module), function)(tmp_path, "exact")
    task = spec(row.name).task
    if task == "text":
        assert row.family == "ngram" or "--- step 2" in (tmp_path / "samples.txt").read_text()
        assert text_scores(model, data)["bits_per_character"]["tinystories"] < 8  # a byte each would be 8
    elif task == "sentiment":
        assert model.judge(["a warm film", "a dull film"]).shape == (2,)
        assert row.family != "naive-bayes" or (model.judge(["warm", "dull"]) > 0).tolist() == [True, False]
    elif task == "plane-flow":
        assert model.inverse(torch.zeros(3, 2)).shape == (3, 2)
    elif task == "digit-judge":
        probabilities, features = model.judge(torch.rand(3, 1, 28, 28))
        assert probabilities.shape == (3, 10) and features.shape == (3, 128)
    else:
        assert (tmp_path / "samples" / "000002.png").is_file()
        drawn = model.sample(3, seed=5)
        assert drawn.shape == (3, 1, 28, 28) and drawn.dtype == torch.float32
        assert drawn.min() >= 0 and drawn.max() <= 1
        assert torch.allclose(model.sample(1, seed=7), drawn[2:], atol=1e-4), "the same alone as in a grid"


def small(row, **changes):
    """A tiny network of the same kind, on short rows."""
    sizes = {"gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2}, "lstm": {"width": 32}}[row.family]
    stages = tuple(replace(stage, length=64, rows=4) for stage in row.stages)
    return replace(row, model=row.model | sizes, stages=stages, vocab_size=300, **changes)


def test_a_teacher_teaches_and_the_best_is_what_is_saved(data, tmp_path, monkeypatch):
    """Held-out stories are made to look worse after the second of four steps: that one is kept, over a resume, too."""
    bits, kept = iter([3.0, 2.0, 4.0, 5.0]), []
    monkeypatch.setattr(text, "REPORT_STEPS", 1)
    monkeypatch.setattr(text, "bits_per_character", lambda *given: next(bits))
    keep = text.keep_best
    monkeypatch.setattr(
        text, "keep_best", lambda network, output: kept.append(copies(network)) or keep(network, output)
    )
    teacher = small(recipe("gpt2-stories/teacher"), dropout=0.0)
    train_text(teacher, data, tmp_path / "teacher", steps=1)
    kept.clear()
    bits = iter([3.0, 2.0, 4.0, 5.0])
    pupil = small(recipe("gpt2-stories"))
    train_text(pupil, data, tmp_path, steps=2)
    train_text(pupil, data, tmp_path, steps=4, resume=True)
    points = json.loads((tmp_path / "training.json").read_text())["points"]
    assert [(point["step"], point["held_out_bits_per_character"]) for point in points] == [
        (1, 3.0), (2, 2.0), (3, 4.0), (4, 5.0)
    ]  # fmt: skip
    assert len(kept) == 2
    saved = read_network(tmp_path)
    assert torch.equal(
        saved.transformer.h[1].mlp.c_fc.weight, kept[1]["transformer.h.1.mlp.c_fc.weight"].half().float()
    )
    assert saved.config.resid_pdrop == 0.0, "there is no dropout where it is used"


def copies(network):
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def test_the_loss_of_a_pupil_is_what_hinton_says():
    """Two tokens, the second of which nobody predicts: by hand, with logarithms of 1/2 and of 1/4 and 3/4."""
    pupil, teacher = torch.tensor([[0.0, 0.0], [9.0, 0.0]]), torch.tensor([[0.0, math.log(3)], [0.0, 9.0]])
    loss, hard = text.taught(pupil, torch.tensor([0, -100]), teacher, 0.8)
    kl = 0.25 * math.log(0.25 / 0.5) + 0.75 * math.log(0.75 / 0.5)
    assert hard.item() == pytest.approx(math.log(2))
    assert loss.item() == pytest.approx(0.2 * math.log(2) + 0.8 * kl)
    assert text.taught(pupil, torch.tensor([0, -100]))[0].item() == pytest.approx(math.log(2))
    assert text.taught(teacher, torch.tensor([-100, 1]), teacher, 1.0)[0].item() == pytest.approx(0.0)


def test_a_story_reads_the_same_behind_another_in_its_row():
    pupil = small(recipe("gpt2-stories"), dropout=0.0)
    torch.manual_seed(0)
    network = text.build(pupil, type("T", (), {"end_id": 0, "__len__": lambda self: 300})()).eval()
    story, other = list(range(20, 35)), list(range(100, 117))
    alone, behind = (
        packing.row_of([([0, *part], [*part, 0]) for part in parts], 64, 0, np.random.default_rng(0))
        for parts in ([story], [other, story])
    )
    assert alone[2].tolist() == [*range(16), *range(48)] and behind[2][:34].tolist() == [*range(18), *range(16)]
    found = [text.predicted(network, torch.from_numpy(row)[None])[0] for row in (alone, behind)]
    torch.testing.assert_close(found[1][18:34], found[0][:16], rtol=1e-4, atol=1e-5)
    moved = behind.copy()
    moved[2] = np.arange(64)  # read as one text
    assert not torch.allclose(text.predicted(network, torch.from_numpy(moved)[None])[0][18:34], found[0][:16])


def test_rows_are_packed_with_whole_stories_each_once_a_pass():
    stories = ["abc", "defgh", "ij", "k" * 30]
    rows = packing.StoryRows(stories, Letters, 0)
    seen = [rows.next(32)]
    while rows.rows:
        seen.append(rows.next(32))
    ids, targets, positions = np.stack(seen).transpose(1, 0, 2)
    assert ids.shape == (2, 32), "30 letters with their end, and the other three together"
    told = sorted(targets[targets > 0].tolist())
    assert told == sorted(map(ord, "".join(stories))) and (targets == 0).sum() == 4, "each ends once"
    assert all(row[0] == 0 for row in positions)
    long = list(packing.parts_of(list(range(1, 10)), 0, 6))
    assert [part[0] for part in long] == [[0, 1, 2, 3, 4, 5], [0, 6, 7, 8, 9]]
    assert [part[1][-1] for part in long] == [-100, 0], "only the last part ends"


ALL_OF_THEM = """
import sys
from dataclasses import replace

from shared.training import __main__ as command
from shared.training.recipes import recipe

def small(name):
    row = recipe(name)
    if row.family == "stylegan":
        return replace(row, batch=8, model=row.model | {"widths": [8, 8, 8, 8]})
    if row.family != "lstm":
        return row
    return replace(row, model=row.model | {"width": 32}, vocab_size=300, stages=(replace(row.stages[0], rows=4),))

command.recipe = small
data, output, *names = sys.argv[1:]
for name in names:
    command.main([name, "--data", data, "--output", f"{output}/{name}", "--steps", "2"])
"""


def test_two_processes_train_one_model(data, tmp_path):
    """One of each kind of loop, in the same two processes: their start takes longer than the trainings."""
    names = ["lstm-stories", "hinge-mnist", "vae-mnist", "stylegan-mnist"]
    (tmp_path / "all_of_them.py").write_text(ALL_OF_THEM)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    command += [str(tmp_path / "all_of_them.py"), str(data), str(tmp_path), *names]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-2000:]
    for folder in (tmp_path / name for name in names):
        assert (folder / "model.safetensors").is_file()
        assert [point["step"] for point in json.loads((folder / "training.json").read_text())["points"]] == [2]
