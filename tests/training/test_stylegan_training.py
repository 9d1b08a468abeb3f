"""StyleGANs in training: adaptive augmentation, growth, resuming, on a few faces drawn here."""

import io
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image, ImageDraw

from shared.data import emoji, emoji_faces
from shared.data.digits import Digits
from shared.models import stylegan as models
from shared.training import stylegan as training
from shared.training.augmentation import MOST, Adaptive, augmented, coloured, plane
from shared.training.loop import run, train
from shared.training.recipes import recipe

NAMES = ("dog face", "grinning face", "robot", "man", "shark", "tree")
SMALL = {"latent_size": 8, "w_size": 8, "mapping": 2, "widths": (8, 8, 6, 4)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("emoji"), []
    for i, name in enumerate(NAMES):
        for style, colour in zip(emoji_faces.STYLES, ("red", "green", "blue", "orange", "pink", "grey"), strict=True):
            picture = Image.new("RGBA", (64, 64))
            ImageDraw.Draw(picture).regular_polygon((32, 32, 28), 3 + i, fill=colour)
            packed = io.BytesIO()
            picture.save(packed, "PNG")
            row = {"style": style, "codepoint": f"{i:x}", "name": name, "keywords": [name]}
            rows.append(row | {"image": {"bytes": packed.getvalue(), "path": None}})
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / emoji.FILES[emoji.SMALL])
    return folder


@pytest.fixture(scope="module")
def faces(folder):
    return emoji_faces.read_smileys(folder)


def small(**changes):
    row = recipe("stylegan-emoji")
    return replace(row, model=row.model | SMALL, batch=4, **changes)


def test_the_faces_are_those_on_the_list_and_one_of_ten_is_held_out(folder, faces):
    everyone = emoji_faces.read_faces(folder)
    assert len(everyone) + len(everyone.held_out_images) == 4 * 6, "no shark, no tree"
    assert {everyone.names[i] for i in everyone.labels[:, 1].tolist()} == set(NAMES[:4])
    assert len(faces) + len(faces.held_out_images) == 2 * 6, "the face and the robot are smileys, dog and man are not"
    living = emoji_faces.read_living(folder)
    assert len(living) + len(living.held_out_images) == 5 * 6
    for style, name in faces.held_out_labels.tolist():
        assert emoji_faces.held_out(emoji_faces.STYLES[style], faces.names[name])
    everything = [(style, name) for style in emoji_faces.STYLES for name in emoji.vocabulary(emoji_faces.NAMES)]
    assert all(emoji_faces.held_out(*pair) for pair in everything if emoji.held_out(*pair))
    pictures, labels = faces.batch(torch.tensor([0, 2]))
    assert pictures.shape == (2, 3, 32, 32) and pictures.max() == 1 and labels.shape == (2, 2)
    with pytest.raises(SystemExit, match=r"no emoji\.parquet"):
        emoji_faces.read_faces(folder / "nowhere")


def test_the_judge_has_a_name_for_every_living_thing():
    names = {*emoji.vocabulary(emoji_faces.NAMES), *emoji.vocabulary(lines=emoji.LIVING)}
    assert recipe("emoji-classifier").model == {"styles": len(emoji_faces.STYLES), "names": len(names)}


def test_nothing_changes_at_p_0_and_white_comes_from_outside():
    noise = torch.Generator().manual_seed(0)
    pictures = torch.rand(5, 3, 16, 16) * 2 - 1
    torch.testing.assert_close(augmented(pictures, torch.tensor(0.0), noise), pictures, atol=1e-5, rtol=0)
    normal = torch.zeros(6, 1)
    normal[4] = 4.0  # by half the side
    grid = torch.nn.functional.affine_grid(plane(normal), [1, 1, 16, 16], align_corners=False)
    moved = torch.nn.functional.grid_sample(torch.arange(16.0).expand(1, 1, 16, 16), grid, align_corners=False)
    assert moved[0, 0, 3].tolist() == pytest.approx([8, 9, 10, 11, 12, 13, 14, 15] + [0] * 8, abs=1e-4)
    changed = augmented(pictures.requires_grad_(), torch.tensor(0.8), noise)
    assert not torch.allclose(changed, pictures)
    assert torch.autograd.grad(changed.sum(), pictures)[0].abs().sum() > 0
    assert augmented(torch.zeros(5, 1, 16, 16), torch.tensor(0.8), noise, paper=-1.0).shape == (5, 1, 16, 16)


def test_colours_turn_around_grey():
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)
    third = torch.tensor([[0.0], [0.0], [2 * math.pi / 3 / (math.pi / 4)], [0.0]])
    turned = coloured(red, third).flatten().tolist()
    assert sorted(turned) == pytest.approx([0, 0, 1], abs=1e-5) and turned[0] == pytest.approx(0, abs=1e-5)
    pale = coloured(red, torch.tensor([[0.0], [0.0], [0.0], [-20.0]]))
    assert pale.flatten().tolist() == pytest.approx([1 / 3] * 3, abs=1e-5)
    assert coloured(red * 0, torch.tensor([[1.0], [0.0], [0.0], [0.0]])).flatten().tolist() == pytest.approx([0.2] * 3)


def test_p_rises_while_real_pictures_are_known_by_heart():
    adaptive = Adaptive(0.1, torch.device("cpu"))
    for _ in range(60):
        adaptive.see(torch.ones(4))
    assert adaptive.p.item() == pytest.approx(MOST) and adaptive.signs > 0.9
    kept = adaptive.state_dict()
    for _ in range(20):
        adaptive.see(-torch.ones(4))
    assert adaptive.p.item() < MOST
    adaptive.load_state_dict(kept)
    assert adaptive.p.item() == pytest.approx(MOST) and adaptive.steps == 60


@pytest.mark.parametrize("growth", [(), (0.0, 0.25, 0.5, 0.75)], ids=["full size", "grown"])
def test_two_steps_and_two_more(growth, faces, tmp_path):
    row = small(adapt=0.01, growth=growth)  # p moves at once
    run(row, faces, tmp_path, steps=2)
    run(row, faces, tmp_path, steps=4, resume=True)
    model = models.load(tmp_path)
    assert (tmp_path / "samples" / "000004.png").is_file() and model.sample(2).shape == (2, 3, 32, 32)
    assert model.w_avg.abs().sum() > 0 and (tmp_path / "stages.png").is_file() == bool(row.growth)
    points = json.loads((tmp_path / "training.json").read_text())["points"]
    assert [point["step"] for point in points] == [2, 4]


def test_digits_grow_too(tmp_path):
    data = Digits(torch.zeros(20, 1, 28, 28).byte(), torch.arange(20) % 10, *[torch.zeros(0).byte()] * 2, "drawn here")
    row = recipe("stylegan-mnist")
    run(replace(row, model=row.model | SMALL, batch=4, growth=(0.0, 0.25, 0.5, 0.75)), data, tmp_path, steps=3)
    assert (tmp_path / "stages.png").is_file() and (tmp_path / "samples" / "000003.png").is_file()
    assert models.load_digits(tmp_path).sample(2, digit=3).shape == (2, 1, 28, 28)


def test_what_was_resumed_is_what_was_never_stopped(faces, tmp_path):
    row = small(adapt=0.01, decay=0.0, growth=())
    list(train(row, faces, steps=2, output=tmp_path))
    *_, resumed = train(row, faces, steps=4, output=tmp_path, resume=True)
    *_, whole = train(row, faces, steps=4)
    assert resumed.training.adaptive.steps == 4 and resumed.training.adaptive.p == whole.training.adaptive.p
    for key, value in whole.training.weights().items():
        torch.testing.assert_close(value, resumed.training.weights()[key], msg=key)


def test_a_resolution_starts_at_its_share_and_is_faded_in():
    stage = training.StyleGANTraining.stage
    growing = SimpleNamespace(recipe=SimpleNamespace(growth=(0.0, 0.2, 0.6)))
    assert [stage(growing, done) for done in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)] == [
        (0, 1.0), (0, 1.0), (1, 0.0), (1, pytest.approx(0.5)), (1, pytest.approx(1.0)), (1, 1.0), (2, 0.0)
    ]  # fmt: skip
    assert recipe("stylegan-emoji").growth[0] == 0


def test_the_judge_learns_for_two_steps(folder, tmp_path):
    living = emoji_faces.read_living(folder)
    row = recipe("emoji-classifier")
    run(replace(row, model=row.model | {"widths": (4, 4, 4, 4)}, batch=8), living, tmp_path, steps=2)
    points = json.loads((tmp_path / "training.json").read_text())["points"]
    assert points[-1]["style"] > 0 and (tmp_path / "model.safetensors").is_file()
