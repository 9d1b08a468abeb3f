"""Training between two styles without pairs, on a few shapes drawn here."""

import io
import json
from dataclasses import fields, replace

import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image, ImageDraw

from shared.data.emoji import FILES, SMALL
from shared.data.emoji_styles import held_out, read_flat_3d, read_noto_twemoji
from shared.evaluation.style_transfer import StyleJudge, likeness, scores, ssim
from shared.models.cyclegan import CycleGAN, load
from shared.training import loop
from shared.training.__main__ import main
from shared.training.cyclegan import EDGE, Buffer, augmented
from shared.training.recipes import recipe, styles

STYLES = {"noto": "red", "twemoji": "green", "fluent flat": "blue", "fluent 3d": "orange"}
NAMES = [f"thing {i}" for i in range(16)] + ["right arrow", "dog", "woman detective", "man detective"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A polygon of its own for each name, in a colour for each style."""
    folder, rows = tmp_path_factory.mktemp("emoji"), []
    for i, name in enumerate(NAMES):
        for style, colour in STYLES.items():
            picture = Image.new("RGBA", (SMALL, SMALL))
            ImageDraw.Draw(picture).regular_polygon((32, 32, 12 + i), 3 + i % 5, rotation=20 * i, fill=colour)
            packed = io.BytesIO()
            picture.save(packed, "PNG")
            row = {"style": style, "codepoint": f"{i:x}", "name": name, "keywords": [name]}
            rows.append(row | {"image": {"bytes": packed.getvalue(), "path": None}})
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / FILES[SMALL])
    return folder


def small(row, **changes):
    return replace(row, model=row.model | {"width": 4, "blocks": 1}, discriminator=4, batch=4, buffer=5, **changes)


def test_held_out_names_are_in_neither_side(folder):
    data = read_noto_twemoji(folder)
    assert data.styles == ["noto", "twemoji"] and 1 <= len(data.held_out_names) < len(NAMES) / 2
    assert not set(data.held_out_names) & {*data.first_names, *data.second_names}
    assert sorted(data.first_names) == sorted(data.second_names), "the same things"
    assert data.first_names != data.second_names, "in another order"
    red, green = data.held_out_first[:, :, 32, 32], data.held_out_second[:, :, 32, 32]
    assert red.eq(torch.tensor([255, 0, 0])).all() and green.eq(torch.tensor([0, 128, 0])).all()
    assert data.first[0, :, 0, 0].tolist() == [255] * 3, "on white"
    assert read_flat_3d(folder).first[0, :, 32, 32].tolist() == [0, 0, 255]


def test_people_who_differ_by_little_are_held_out_together():
    for one, other in (
        ("woman detective", "man detective"),
        ("man: curly hair", "woman: bald"),
        ("man in motorized wheelchair", "woman in motorized wheelchair: facing right"),
        ("men’s room", "women’s room"),
    ):
        assert held_out(one) == held_out(other)
    assert 0.15 < sum(held_out(f"thing {i}") for i in range(1000)) / 1000 < 0.25


def test_what_reads_mirrored_is_not_mirrored(folder):
    data = read_noto_twemoji(folder)
    may = {
        **dict(zip(data.first_names, data.mirrored_first.tolist(), strict=True)),
        **dict(zip(data.second_names, data.mirrored_second.tolist(), strict=True)),
    }
    assert may.get("dog", True) and not may.get("right arrow", False) and not may["thing 1"]


def test_the_data_are_plain_fields(folder):
    data = read_noto_twemoji(folder)
    for field in fields(data):
        value = getattr(data, field.name)
        assert isinstance(value, torch.Tensor | str) or all(isinstance(one, str) for one in value), field.name


def test_no_such_style_is_a_sentence(folder, tmp_path):
    rows = [row for row in pyarrow.parquet.read_table(folder / FILES[SMALL]).to_pylist() if row["style"] == "noto"]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / FILES[SMALL])
    with pytest.raises(SystemExit, match="none of the style 'twemoji'"):
        read_noto_twemoji(tmp_path)


def test_a_picture_is_moved_and_mirrored_with_white_around():
    pictures = torch.full((200, 3, 16, 16), 1.0)
    pictures[:, :, 8, 5] = -1.0
    noise = torch.Generator().manual_seed(0)
    made = augmented(pictures, torch.arange(200) >= 100, noise)
    assert made.shape == pictures.shape
    dots = made[:, 0].lt(0).nonzero()
    assert len(dots) == 200, "one each: nothing is lost, nothing repeated at the edge"
    rows, columns = dots[:, 1] - 8, dots[:100, 2] - 5
    assert set(rows.tolist()) == set(columns.tolist()) == set(range(-EDGE, EDGE + 1))
    assert dots[100:, 2].max() > 10 and dots[100:, 2].min() < 5, "some of the second half are mirrored"


def test_the_buffer_gives_half_of_its_old_pictures_for_new_ones():
    noise, buffer = torch.Generator().manual_seed(0), Buffer(50)
    pictures = [torch.full((32, 1, 1, 1), float(i)) for i in range(40)]
    assert torch.equal(buffer.seen(pictures[0], noise), pictures[0])
    assert torch.equal(buffer.seen(pictures[1], noise), pictures[1]) and len(buffer.pictures) == 50
    old = 0
    for i in range(2, 40):
        before = buffer.pictures.sum() + pictures[i].sum()
        seen = buffer.seen(pictures[i], noise)
        assert buffer.pictures.sum() + seen.sum() == before, "none is lost, none is there twice"
        old += (seen < i).sum().item()
    assert 0.4 < old / (38 * 32) < 0.6


def test_a_buffer_smaller_than_the_batch():
    buffer, noise = Buffer(3), torch.Generator().manual_seed(0)
    for _ in range(2):
        assert buffer.seen(torch.rand(8, 3, 4, 4), noise).shape == (8, 3, 4, 4)
    assert len(buffer.pictures) == 3


@pytest.mark.parametrize("row", styles.ROWS, ids=lambda row: row.name)
def test_two_steps_and_two_more(row, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("shared.training.__main__.recipe", lambda name: small(row))
    arguments = [row.name, "--data", str(folder), "--output", str(tmp_path)]
    main([*arguments, "--steps", "1"])
    main([*arguments, "--steps", "2", "--resume"])
    log = json.loads((tmp_path / "training.json").read_text())
    assert [point["step"] for point in log["points"]] == [1, 2]
    assert {"there psnr", "back psnr untouched", "there ssim", "there cycle error"} <= log["points"][-1].keys()
    assert (tmp_path / "samples" / "000002.png").is_file()
    model = load(tmp_path)
    assert model.styles == tuple(row.model["styles"])
    assert model.convert(torch.rand(2, 3, 64, 64)).shape == (2, 3, 64, 64)


def test_training_goes_on_where_it_stopped(folder, tmp_path, monkeypatch):
    """With the buffers and the discriminators, too."""
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", -1)
    row, data = small(recipe("cyclegan-noto-twemoji")), read_noto_twemoji(folder)
    for progress in loop.train(row, data, 5, tmp_path):
        if progress.step == 4:  # the last checkpoint is that of step 3
            break
    *_, resumed = loop.train(row, data, 5, tmp_path, resume=True)
    *_, whole = loop.train(row, data, 5)
    assert resumed.step == whole.step == 5
    assert len(resumed.training.buffers[0].pictures) == row.buffer
    for name, value in whole.training.weights().items():
        torch.testing.assert_close(resumed.training.weights()[name], value, rtol=1e-4, atol=1e-5)


def test_the_cycle_closes_with_its_loss(folder):
    """Twenty steps: pictures come back better than without the loss."""
    data, errors = read_noto_twemoji(folder), {}
    for name in ("cyclegan-noto-twemoji", "cyclegan-noto-twemoji-none"):
        row = replace(small(recipe(name), rise=1, ema=0.0), batch=2, learning_rate=5e-3)
        *_, progress = loop.train(row, data, 20)
        pictures = data.first[:8].float() / 255
        model = progress.training.sampler()
        errors[name] = (model.convert(model.convert(pictures), back=True) - pictures).abs().mean().item()
    assert errors["cyclegan-noto-twemoji"] < 0.7 * errors["cyclegan-noto-twemoji-none"]


def test_likeness_against_known_answers():
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert ssim(pictures, pictures) == pytest.approx(1)
    # Of two even pictures only the means count: (2 * 0.2 * 0.6 + C1) / (0.2^2 + 0.6^2 + C1).
    even = torch.ones(1, 3, 32, 32)
    assert ssim(0.2 * even, 0.6 * even) == pytest.approx(0.2401 / 0.4001, abs=1e-4)
    assert likeness(0.2 * even, 0.3 * even)["psnr"] == pytest.approx(20, abs=1e-3)
    assert ssim(pictures, 1 - pictures) < 0


def test_a_model_without_training_is_no_better_than_the_picture(folder):
    data = read_noto_twemoji(folder)
    given, wanted = (side.float() / 255 for side in (data.held_out_first, data.held_out_second))
    torch.manual_seed(0)
    made = CycleGAN(("noto", "twemoji"), 4, 1).eval().convert(given)
    assert likeness(made, wanted)["ssim"] < likeness(wanted, wanted)["ssim"]


def test_the_style_judge_tells_styles_apart_and_what_is_measured(folder):
    data = read_flat_3d(folder)
    first, second = (side.float() / 255 for side in (data.first, data.second))
    judge = StyleJudge(first, second)
    assert not judge.second(data.held_out_first.float() / 255).any()
    assert judge.second(data.held_out_second.float() / 255).all()

    class Untouched:
        @staticmethod
        def convert(pictures, back=False):
            return pictures

    found = scores(Untouched, data)
    for way in ("there", "back"):
        assert found[f"{way}_style"] == 0 and found[f"{way}_cycle"] == 0
        assert all(found[f"{way}_{key}"] == found[f"{way}_untouched_{key}"] for key in ("psnr", "ssim", "found"))
        assert found[f"{way}_nearest_style"] == 1, "a picture of the other style"
    assert found["style_judge"] == 1 and found["held_out"] == len(data.held_out_names)
