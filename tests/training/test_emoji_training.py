"""Training of the text-to-image model, on a few pictures drawn here; and the judge that scores it."""

import io
import json
import shutil
from dataclasses import replace

import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image, ImageDraw

from shared.core import registry
from shared.data import emoji_scenes
from shared.data.emoji import FILES, LARGE, MORE_NAMES, held_out, read_emoji, vocabulary
from shared.evaluation import emoji_judge, text_to_image
from shared.evaluation.image_metrics import psnr
from shared.evaluation.text_to_image import reconstructed
from shared.training import __main__ as command
from shared.training import latent_scenes, loop
from shared.training import text_to_image as training
from shared.training.autoencoder import augmented
from shared.training.recipes import recipe
from shared.training.schedule import Schedule

NAMES = ("dog", "cat", "fox", "house", "tree frog", "red apple", "astronaut", "castle", "rocket", "sun")
DEVICE = torch.device("cpu")
STYLES = ("noto", "twemoji", "fluent 3d", "blob")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Both parquet files with a shape of its own for each name, in a colour for each style."""
    folder = tmp_path_factory.mktemp("emoji")
    for size, file in FILES.items():
        rows = []
        for i, name in enumerate(NAMES):
            for style, colour in zip(STYLES, ("red", "green", "blue", "orange"), strict=True):
                picture, half = Image.new("RGBA", (size, size)), size // 2
                shape = (half, half, half * (12 + 2 * i) / 32), 3 + i % 5
                ImageDraw.Draw(picture).regular_polygon(*shape, rotation=20 * i, fill=colour)
                packed = io.BytesIO()
                picture.save(packed, "PNG")
                keywords = [name, "thing", f"word{i}"]
                row = {"style": style, "codepoint": f"{i:x}", "name": name, "keywords": keywords}
                rows.append(row | {"image": {"bytes": packed.getvalue(), "path": None}})
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / file)
    return folder


@pytest.fixture(scope="module", autouse=True)
def quick():
    """What is trained here draws in three steps."""
    row = registry.spec("emoji-diffusion")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "spec", lambda name: replace(row, picture=replace(row.picture, steps=3)))
        yield


@pytest.fixture(scope="module")
def pipeline(folder, tmp_path_factory):
    """Both parts trained for two steps by the command line, with a sheet of two pictures -> the pipeline's folder."""
    weights = tmp_path_factory.mktemp("weights")
    patch = pytest.MonkeyPatch()
    patch.setattr(training, "SHOWN", training.SHOWN[:1])
    for module in (training, command):
        patch.setattr(module, "WEIGHTS", weights)
    for name in ("emoji-diffusion/vae", "emoji-diffusion"):
        command.main([name, "--data", str(folder), "--steps", "2", "--set", "batch=2"])
    patch.undo()
    return weights / "emoji-diffusion"


def test_pictures_are_on_white_and_the_same_ones_are_held_out(folder):
    emoji = read_emoji(folder)
    assert len(emoji) + len(emoji.held_out) == len(NAMES) * len(STYLES)
    assert all(held_out(*pair) for pair in zip(emoji.held_out.styles, emoji.held_out.names, strict=True))
    assert not any(held_out(*pair) for pair in zip(emoji.styles, emoji.names, strict=True))
    pictures, indices = emoji.batch(torch.arange(3))
    assert pictures.shape == (3, 3, 64, 64) and pictures[:, :, 0, 0].eq(1).all() and indices.tolist() == [0, 1, 2]


def test_no_emoji_is_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match=r"has no emoji\.parquet"):
        read_emoji(tmp_path)
    with pytest.raises(SystemExit, match=r"read from emoji\.parquet: name"):
        read_emoji(None)


def test_they_are_found_in_a_folder_of_several_sets(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "emoji")
    assert read_emoji(tmp_path).names == read_emoji(folder).names


def test_the_vocabulary_has_no_name_twice():
    assert 400 <= len(set(vocabulary())) == len(vocabulary()) <= 600


def test_no_name_is_known_well_and_a_little():
    assert len(vocabulary(MORE_NAMES)) == 863 and not set(vocabulary(MORE_NAMES)) & set(vocabulary())


def test_scenes_are_the_same_each_time_and_say_what_they_show(folder):
    scenes = emoji_scenes.read_scenes(folder)
    assert set(scenes.emoji.styles) == set(emoji_scenes.STYLES), "three of the four styles"
    assert "tree frog" not in scenes.vocabulary["names"], "only what is in the vocabulary"
    assert "astronaut" in scenes.vocabulary["more"] and "astronaut" not in scenes.vocabulary["names"]
    shown = [latent_scenes.encoded(scenes, lambda pictures: pictures, 40, Schedule(10), DEVICE) for _ in range(2)]
    part = torch.arange(len(scenes)).repeat(4)
    (pictures, tokens), (again, same) = (one.batch(part) for one in shown)
    assert pictures.equal(again) and tokens.equal(same)
    assert pictures.shape == (len(part), 3, LARGE, LARGE) and 0 <= pictures.min() < pictures.max() <= 1
    assert tokens.shape == (len(part), emoji_scenes.LENGTH) and (tokens[:, 0] == emoji_scenes.START).all()
    captions = scenes.tokenizer.batch_decode(tokens, skip_special_tokens=True)
    assert all(any(name in caption or "word" in caption for name in NAMES) for caption in captions)
    assert any(" and a" in caption for caption in captions) and any("emoji of" in caption for caption in captions)
    assert any(colour in caption for caption in captions for colour in emoji_scenes.COLOURS)


def test_a_short_training_encodes_no_more_than_it_will_show(folder):
    scenes, seen = emoji_scenes.read_scenes(folder), []
    few = latent_scenes.encoded(
        scenes, lambda pictures: seen.append(len(pictures)) or pictures, 3, Schedule(1), DEVICE, 10
    )
    assert [len(table.z) for table in few.tables] == [7, 1, 3] and sum(seen) == 11
    assert few.tables[0].weights.equal(torch.ones(7)) and len(few.batch(torch.arange(10))[0]) == 10


def test_by_the_clock_a_slow_machine_encodes_what_it_comes_to(folder):
    scenes, schedule = emoji_scenes.read_scenes(folder), Schedule(0, minutes=1)

    def slow(pictures):
        schedule.begun -= 8  # seconds, for a part of 64
        return pictures

    few = latent_scenes.encoded(scenes, slow, 10_000, schedule, DEVICE)
    assert [len(table.z) for table in few.tables] == [len(table.told) for table in few.tables] == [25, 64, 512]
    whole = latent_scenes.encoded(scenes, lambda pictures: pictures, 600, Schedule(0, minutes=60), DEVICE)
    assert [len(table.z) for table in whole.tables] == [len(scenes), len(scenes.tints()), 600]


def test_two_things_stand_side_by_side():
    made = emoji_scenes.beside(torch.zeros(1, 3, 128, 128), torch.full((1, 3, 128, 128), 0.5))
    assert made[0, 0, 64, 32] == 0 and made[0, 0, 64, 96] == 0.5 and made[0, 0, 10].eq(1).all()
    assert made[0, 0, 64].eq(1).sum() == 8, "and fill the width but for a few pixels"


def test_a_word_of_a_caption_is_one_token(folder):
    tokenizer = emoji_scenes.read_scenes(folder).tokenizer
    assert tokenizer.tokenize("noto emoji of a blue castle") == [
        f"{word}</w>" for word in ("noto", "emoji", "of", "a", "blue", "castle")
    ]
    assert len(tokenizer.tokenize("xylophone")) > 1


def test_tinted_keeps_black_and_white_and_changes_grey():
    greys = torch.tensor([0.0, 0.6, 1.0]).view(1, 1, 1, 3).expand(2, 3, 1, 3)
    made = emoji_scenes.tinted(greys, torch.tensor([[*emoji_scenes.COLOURS].index("blue"), -1]))
    assert torch.allclose(made[0, :, 0], torch.tensor([[0, 0.15, 1], [0, 0.4, 1], [0, 0.9, 1]]), atol=1e-5)
    assert made[1].equal(greys[1])


def test_augmented_pictures_stay_pictures():
    noise = torch.Generator().manual_seed(0)
    pictures = torch.rand(40, 3, 64, 64, generator=noise)
    made = augmented(pictures, noise)
    assert made.shape == pictures.shape and 0 <= made.min() and made.max() <= 1
    kept = sum(any(torch.equal(a, b) for b in pictures) for a in made)
    assert 0 < kept < 40


def test_psnr_against_known_answers():
    picture = torch.zeros(2, 3, 4, 4)
    assert psnr(picture, picture + 0.1) == pytest.approx(20, abs=1e-3)
    assert psnr(picture, picture + 1) == pytest.approx(0, abs=1e-3)


def small(row, **changes):
    """A network that is small enough for a test, by the training recipe in all else."""
    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    unet = row.model["unet"] | {"block_out_channels": [16, 16], "norm_num_groups": 8, "attention_head_dim": 2}
    return replace(row, model={"text": text, "unet": unet}, **changes)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """Where `small` networks find an autoencoder: as deep as ours, of 8 channels, for pictures as they are."""
    from diffusers import AutoencoderTiny

    weights = tmp_path_factory.mktemp("narrow")
    shape = {f"{part}_block_out_channels": [8, 8, 8, 8] for part in ("encoder", "decoder")}
    torch.manual_seed(0)
    AutoencoderTiny(**recipe("emoji-diffusion/vae").model | shape).save_pretrained(weights / "emoji-diffusion" / "vae")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "WEIGHTS", weights)
        yield


def test_two_steps_make_an_ordinary_pipeline(pipeline):
    from diffusers import AutoPipelineForText2Image

    pipe = AutoPipelineForText2Image.from_pretrained(str(pipeline), torch_dtype=torch.float32)
    made = text_to_image.draw(pipe, ["noto emoji of dog", "", "a cat and a fox"])
    assert made.shape == (3, 3, 128, 128) and 0 <= made.min() <= made.max() <= 1
    alone = text_to_image.draw(pipe, ["noto emoji of dog"])
    assert torch.allclose(made[:1], alone, atol=1e-4)
    words = json.loads((pipeline / "vocabulary.json").read_text())
    assert "dog" in words["names"] and words["styles"] == list(emoji_scenes.STYLES)
    kept = [file for file in pipeline.rglob("*.safetensors") if "checkpoint" not in file.parts]
    assert len(kept) >= 5 and all(file.stat().st_size < 10_000_000 for file in kept)
    log = json.loads((pipeline / "training.json").read_text())
    assert log["steps"] == 2 and log["points"][-1]["loss"] > 0


def test_the_scale_brings_the_latents_to_the_width_of_the_noise(pipeline, folder):
    from diffusers import AutoencoderTiny

    network = AutoencoderTiny.from_pretrained(str(pipeline / "vae")).eval()
    emoji = read_emoji(folder, LARGE)
    scale, back = reconstructed(network, emoji.held_out)
    assert network.config.scaling_factor == pytest.approx(scale, rel=0.02)  # it was saved in half precision
    assert back.shape == (len(emoji.held_out), 3, LARGE, LARGE)


def test_training_goes_on_where_it_stopped(narrow, folder, tmp_path):
    row, scenes = small(recipe("emoji-diffusion"), batch=2), emoji_scenes.read_scenes(folder)

    def weights(*runs):
        for steps, output, resume in runs:
            for progress in loop.train(row, scenes, steps, output, resume):
                if resume is None and progress.step == 1:
                    break
        return progress.training.weights()

    whole = weights((2, None, False))
    halves = weights((1, tmp_path, False), (2, tmp_path, True))
    assert all(torch.allclose(whole[name], halves[name], atol=1e-4) for name in whole)


def test_the_loss_falls(narrow, folder):
    row = small(recipe("emoji-diffusion"), batch=8, rise=5)
    losses = [progress.losses["loss"] for progress in loop.train(row, emoji_scenes.read_scenes(folder), 48)]
    assert sum(losses[-8:]) < 0.7 * sum(losses[:8])


# ---- the judge -----------------------------------------------------------------------------------------------------


def test_the_judge_finds_a_picture_among_others():
    draw = torch.Generator().manual_seed(0)
    pictures = torch.rand(30, 3, 8, 8, generator=draw).repeat_interleave(8, 2).repeat_interleave(8, 3)
    names = [f"name{i}" for i in range(30)]
    gallery = emoji_judge.features(pictures)
    assert torch.allclose(gallery.norm(dim=1), torch.tensor((1 + emoji_judge.COLOUR**2) ** 0.5).expand(30), atol=1e-4)
    noisy = (pictures + 0.05 * torch.randn(pictures.shape, generator=draw)).clamp(0, 1)
    found = emoji_judge.ranks(noisy, names, gallery, names)
    assert found.eq(0).all() and emoji_judge.top(found, 1) == 1
    wrong = emoji_judge.ranks(noisy, names[1:] + names[:1], gallery, names)
    assert wrong.gt(0).all() and emoji_judge.top(wrong, 1) == 0


def test_a_thing_alone_fills_the_picture():
    half = torch.ones(1, 3, 64, 32)
    half[:, :, 20:30, 5:15] = 0
    made = text_to_image.alone(half)
    assert made.shape == (1, 3, 64, 64) and made[0, :, 4:60, 4:60].max() < 0.1
    assert text_to_image.alone(torch.ones(1, 3, 64, 32)).eq(1).all()


@pytest.mark.parametrize("colour", emoji_scenes.COLOURS)
def test_a_tinted_grey_has_the_colour_it_was_given(colour):
    grey = torch.linspace(0.2, 0.8, 64).expand(3, 64, 64)
    tinted = emoji_scenes.tinted(grey[None], torch.tensor([[*emoji_scenes.COLOURS].index(colour)]))[0]
    assert text_to_image.colour_of(tinted, emoji_scenes.COLOURS) == colour


@pytest.mark.parametrize("moved_elsewhere", [False, True])
def test_muon_turns_a_kernel_as_the_matrix_it_is(moved_elsewhere, monkeypatch):
    from shared.training import muon
    from shared.training.muon import Muon

    monkeypatch.setattr(muon, "bfloat16_is_fast", lambda: True)  # as torch's own computes everywhere
    torch.manual_seed(0)
    kernel = torch.nn.Parameter(torch.randn(6, 4, 3, 3).to(memory_format=torch.channels_last))
    plain = torch.nn.Parameter(kernel.detach().permute(0, 2, 3, 1).flatten(1).clone())
    ours = Muon([kernel], 0.01, weight_decay=0.1)
    torchs = torch.optim.Muon([plain], 0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    if moved_elsewhere:  # as distributed training does
        kernel.data = kernel.data.clone(memory_format=torch.channels_last)
    for _ in range(2):
        kernel.grad = torch.randn(6, 4, 3, 3).to(memory_format=torch.channels_last)
        plain.grad = kernel.grad.permute(0, 2, 3, 1).flatten(1).clone()
        ours.step()
        torchs.step()
    assert torch.equal(kernel.detach().permute(0, 2, 3, 1).flatten(1), plain.detach())


def test_every_process_reads_the_same_words(folder):
    first, second = (emoji_scenes.read_scenes(folder).tokenizer for _ in range(2))
    assert first.get_vocab() == second.get_vocab()
    assert first.backend_tokenizer.to_str() == second.backend_tokenizer.to_str()
