"""Training of the models that look at pictures with a Transformer, on a few pictures drawn here."""

import io
import json
import math
from dataclasses import replace

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import torch
from PIL import Image, ImageDraw
from transformers import CLIPModel, CLIPTokenizer, ViTForImageClassification

from shared.data import captions
from shared.data.captions import read_captioned
from shared.data.digits import MNIST, Digits
from shared.data.emoji import FILES, SMALL, Emoji, held_out
from shared.data.emoji_scenes import LENGTH
from shared.evaluation.seeing import clip_scores, name_ranks, on_white, recalls
from shared.models.seeing import load_clip
from shared.training import loop
from shared.training.recipes import recipe
from shared.training.seeing import as_lines, contrastive, varied

NAMES = ("dog", "cat", "fox", "house", "tree frog", "red apple", "astronaut", "castle", "left arrow", "sun")
STYLES = ("noto", "twemoji", "fluent 3d", "blob")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("emoji")
    rows = []
    for i, name in enumerate(NAMES):
        for style, colour in zip(STYLES, ("red", "green", "blue", "orange"), strict=True):
            picture = Image.new("RGBA", (SMALL, SMALL))
            ImageDraw.Draw(picture).regular_polygon((32, 32, 12 + 2 * i), 3 + i % 5, rotation=20 * i, fill=colour)
            packed = io.BytesIO()
            picture.save(packed, "PNG")
            row = {"style": style, "codepoint": f"{i:x}", "name": name, "keywords": [name, "thing", f"word{i}"]}
            rows.append(row | {"image": {"bytes": packed.getvalue(), "path": None}})
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / FILES[SMALL])
    patch = pytest.MonkeyPatch()
    patch.setattr(captions, "MADE", 50)
    found = read_captioned(folder)
    patch.undo()
    return found


def tiny(**changes):
    row = recipe("clip-emoji")
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
    towers = {part: row.model[part] | sizes for part in ("text", "vision")}
    return replace(row, model=towers | {"projection": 8}, batch=4, made=2, **changes)


def told(data, tokens):
    from tokenizers import Tokenizer

    cut = Tokenizer.from_str(data.tokenizer["tokenizer.json"])
    texts = ["".join(map(cut.id_to_token, (i for i in row if i > 1))) for row in tokens.tolist()]
    return [text.replace("</w>", " ").replace("3 d ", "3d ").replace(" ,", ",").strip() for text in texts]


def test_pairs_of_style_and_name_are_held_out_and_the_rest_is_told_of(data):
    pairs = [(data.style_names[s], data.thing_names[n]) for s, n in zip(data.styles, data.names, strict=True)]
    measured = zip(data.held_out_styles, data.held_out_names, strict=True)
    measured = [(data.style_names[s], data.thing_names[n]) for s, n in measured]
    assert len(pairs) + len(measured) == len(NAMES) * len(STYLES) and measured
    assert all(held_out(*pair) for pair in measured) and not any(held_out(*pair) for pair in pairs)
    assert data.tokens.shape == (len(data), captions.VARIANTS, LENGTH)
    style, name = measured[0]
    assert told(data, data.held_out_tokens[:1])[0] == f"{style} emoji of {name}"
    assert told(data, data.name_tokens) == sorted(NAMES)


def test_only_what_has_no_side_and_no_colour_in_its_name_may_lose_them(data):
    free = {data.thing_names[n]: pair for n, pair in zip(data.names, data.free.tolist(), strict=True)}
    assert free["dog"] == [True, True] and free["red apple"] == [True, False] and free["left arrow"][0] is False


def test_a_caption_fits_all_that_it_is_true_of(data):
    every = torch.arange(len(data))
    variant = torch.arange(len(data)) % captions.VARIANTS
    fits = data.fits(data.wants[every, variant], every)
    assert fits.diagonal().all(), "its own picture"
    dog = data.thing_names.index("dog")
    asked = torch.tensor([[dog, -1, -1, -1], [dog, 0, -1, -1], [-1, -1, -1, -1]], dtype=torch.int16)
    named, styled, anything = data.fits(asked, every)
    assert (named == (data.names == dog)).all() and anything.all()
    assert (styled == ((data.names == dog) & (data.styles == 0))).all()
    told_of = data.words[:, :-1].float().sum(0)
    rare = int((told_of == told_of.min()).nonzero()[0])
    (by_word,) = data.fits(torch.tensor([[-1, -1, rare, -1]], dtype=torch.int16), every)
    assert (by_word == data.words[:, rare]).all() and by_word.any() and not by_word.all()


def test_plans_are_of_one_style_and_what_their_captions_say(data):
    for plan, text in zip(data.made.tolist(), told(data, data.made_tokens), strict=True):
        left, colour, right, _ = plan
        assert data.thing_names[data.names[left]] in text
        assert right >= 0 or colour >= 0, "two things, or one in another colour"
        if right >= 0:
            assert data.thing_names[data.names[right]] in text and " and " in text
            assert data.styles[left] == data.styles[right]


def test_the_loss_is_the_papers_where_each_caption_fits_one_picture():
    pictures, texts = torch.eye(2), torch.eye(2)
    one = contrastive(pictures, texts, torch.eye(2).bool(), torch.tensor(3.0))
    assert one.item() == pytest.approx(-math.log(math.exp(3) / (math.exp(3) + 1)))
    both = contrastive(torch.ones(2, 2), torch.ones(2, 2), torch.ones(2, 2).bool(), torch.tensor(3.0))
    assert both.item() == pytest.approx(math.log(2)), "two right answers, as likely as each other"


def test_recall_counts_what_is_nearer():
    similarity = torch.tensor([[3.0, 1.0, 2.0], [5.0, 4.0, 3.0], [1.0, 1.0, 1.0]])
    assert recalls(similarity, (1, 2, 3)) == pytest.approx({1: 1 / 3, 2: 2 / 3, 3: 1.0})


def test_a_name_is_looked_for_among_others():
    likeness = torch.tensor([[0.1, 0.9, 0.5], [0.7, 0.1, 0.2]])
    assert name_ranks(likeness, ["c", "a"], ["a", "b", "c"]).tolist() == [1, 0]


def test_every_figure_of_a_clip_is_possible_and_explained(data, tmp_path):
    loop.run(tiny(), data, tmp_path, steps=1)
    names = [data.thing_names[i] for i in data.names]
    styles = [data.style_names[i] for i in data.styles]
    judged = Emoji(on_white(data.images).mul(255).byte(), styles, names, [[]] * len(names))
    found = clip_scores(load_clip(tmp_path), data, judged)
    assert found["held_out"] == len(data.held_out_images) and found["ms_per_picture"] > 0
    shares = [value for key, value in found.items() if "_top" in key or key == "half_found"]
    assert len(shares) == 17 and all(0 <= share <= 1 for share in shares)
    assert found["found_top1"] <= found["found_top5"] and found["judge_named_top1"] <= found["judge_named_top5"]


def test_a_picture_is_shown_differently_each_time_and_still_itself(data):
    row = recipe("clip-emoji")
    images, free = data.images[:6].float() / 255, data.free[:6]
    noise = torch.Generator().manual_seed(1)
    one, other = (varied(images, free, row, noise) for _ in range(2))
    assert one.shape == (6, 3, 64, 64) and one.min() >= 0 and one.max() <= 1 and not torch.equal(one, other)
    still = replace(row, shift=0.0, turn=0.0, scale=0.0, colour=0.0, drawn=0.0, hidden=0.0)
    same = varied(images, torch.zeros_like(free), still, noise, white=True)
    torch.testing.assert_close(same, on_white(data.images[:6]), atol=2e-3, rtol=0)
    forty, sided = images[:1].expand(40, -1, -1, -1), torch.tensor([[True, False]]).expand(40, 2)
    mirrored = varied(forty, sided, still, noise, white=True)
    flipped, straight = ((mirrored - one).abs().amax((1, 2, 3)) < 2e-3 for one in (same[:1].flip(3), same[:1]))
    assert 5 < flipped.sum() < 35 and (flipped | straight).all()


def test_lines_are_where_lightness_changes():
    grey = torch.zeros(1, 1, 8, 8)
    grey[..., 4:] = 1
    drawn = as_lines(grey, torch.tensor([[[[False]]]]))
    assert drawn[0, 0, 3].tolist() == pytest.approx([1, 1, 1, 0, 0, 1, 1, 1], abs=1e-4)
    assert as_lines(grey, torch.tensor([[[[True]]]]))[0, 0, 3].tolist() == pytest.approx(
        [1, 1, 0, 0, 0, 0, 1, 1], abs=1e-4
    )


def test_clip_trains_resumes_and_is_saved_as_the_hub_saves_it(data, tmp_path):
    loop.run(tiny(), data, tmp_path, steps=1)
    loop.run(tiny(), data, tmp_path, steps=2, resume=True)
    log = json.loads((tmp_path / "training.json").read_text())
    assert [point["step"] for point in log["points"]] == [1, 2] and 0 <= log["points"][-1]["found5"] <= 1
    assert (tmp_path / "samples" / "000002.png").is_file()
    clip, tokenizer = CLIPModel.from_pretrained(tmp_path), CLIPTokenizer.from_pretrained(tmp_path)
    assert clip.dtype == torch.float16
    ids = tokenizer(["noto emoji of dog"], padding="max_length", max_length=LENGTH, return_tensors="pt").input_ids
    kept = [i for i, text in enumerate(told(data, data.tokens[:, 0])) if text]
    assert kept and ids.shape == (1, LENGTH) and ids[0, 0] == 0 and ids[0, 5] == 1, "each word is one token"
    words = (tmp_path / "words.txt").read_text("utf-8").split()
    assert {"dog", "thing", "word", "3", "astronaut"} <= set(words) and "endoftext" not in words
    assert json.loads((tmp_path / "preprocessor_config.json").read_text())["crop_size"] == {"height": 64, "width": 64}


def test_clip_learns_the_shapes_by_heart(data):
    row = tiny(learning_rate=1e-2, rise=0, decay=0.0, ema=0.0, hidden=0.0, drawn=0.0)
    losses = [p.losses for p in loop.train(replace(row, batch=16), data, steps=41)]
    told_of = [each["loss"] for each in losses if each]
    assert len(told_of) == 5 and told_of[-1] < 0.9 * told_of[0]


def test_the_vit_reads_lines_by_their_height(tmp_path):
    pictures = torch.zeros(300, 1, 28, 28, dtype=torch.uint8)
    labels = torch.arange(300) % 3
    for row in range(4):
        pictures[torch.arange(300), 0, 8 * labels + row] = 255  # a bar, at a height that tells the label
    digits = Digits(pictures, labels, pictures[:20], labels[:20], MNIST)
    row = recipe("vit-mnist")
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    row = replace(
        row, model=row.model | sizes | {"hidden_dropout_prob": 0.0}, batch=50, learning_rate=1e-2, rise=0, decay=0.0
    )
    row = replace(row, shift=0.0, turn=0.0, scale=0.0, ema=0.5, decay=0.0)
    loop.run(row, digits, tmp_path, steps=80)
    loop.run(row, digits, tmp_path, steps=81, resume=True)
    points = json.loads((tmp_path / "training.json").read_text())["points"]
    assert points[-1]["step"] == 81 and points[-1]["accuracy"] > 0.8
    vit = ViTForImageClassification.from_pretrained(tmp_path)
    assert vit.config.id2label[7] == "7" and vit.num_parameters() < np.inf
