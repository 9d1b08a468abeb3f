"""CLIP and the ViT as they are asked, on tiny networks: directions, heat, roll-out, loading."""

import json

import pytest
import torch

from shared.models.seeing import Clip, DigitReader, clip, load_clip, load_vit, vit

SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def words():
    from shared.data.emoji_scenes import trained_tokenizer

    return trained_tokenizer(["a red dog", "a picture of a drawing"] * 20)


@pytest.fixture(scope="module")
def small(words):
    torch.manual_seed(0)
    text = SIZES | {"vocab_size": 6144, "max_position_embeddings": 24}
    network = clip(text, SIZES | {"image_size": 32, "patch_size": 8}, 8)
    network.set_attn_implementation("eager")
    return Clip(network, words, [0.5] * 3, [0.5] * 3)


def test_directions_have_length_one_and_do_not_depend_on_company(small):
    pictures = torch.rand(3, 3, 50, 50)
    seen, read = small.see(pictures), small.read(["a dog", "a red dog", "a picture of a dog"])
    for found in (seen, read, small.labels(["dog", "red"])):
        torch.testing.assert_close(found.norm(dim=-1), torch.ones(len(found)))
    torch.testing.assert_close(small.see(pictures[1:2])[0], seen[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(small.read(["a dog"])[0], read[0], atol=1e-5, rtol=0)


def test_a_text_too_long_is_cut_and_an_empty_one_is_read(small):
    assert small.read(["dog " * 100, ""]).shape == (2, 8)


def test_the_heat_is_of_the_word_it_is_asked_for(small):
    picture, directions = torch.rand(3, 32, 32), small.labels(["dog", "red"])
    both = small.heat(picture, directions)
    assert both.shape == (2, 4, 4) and both.min() >= 0 and not torch.allclose(both[0], both[1])
    assert both.amax((1, 2)).tolist() == pytest.approx([1, 1])
    torch.testing.assert_close(small.heat(picture, directions[1:])[0], both[1], atol=1e-4, rtol=0)
    with torch.inference_mode():
        torch.testing.assert_close(small.heat(picture, directions), both)


def test_the_heat_is_where_attention_would_raise_the_likeness(small):
    """One layer by hand: relu(gradient * attention) of the class token's row, meaned over the heads."""
    torch.manual_seed(1)
    one_layer = SIZES | {"num_hidden_layers": 1}
    text = one_layer | {"vocab_size": 6144, "max_position_embeddings": 24}
    network = clip(text, one_layer | {"image_size": 16, "patch_size": 8}, 8)
    network.set_attn_implementation("eager")
    model = Clip(network, small.tokenizer, [0.5] * 3, [0.5] * 3)
    picture, direction = torch.rand(3, 16, 16), model.labels(["dog"])
    pixels = model.pixels(picture[None]).requires_grad_()
    out = network.vision_model(pixel_values=pixels, output_attentions=True)
    seen = torch.nn.functional.normalize(network.visual_projection(out.pooler_output), dim=-1)
    (gradient,) = torch.autograd.grad((seen * direction).sum(), out.attentions)
    wanted = (gradient * out.attentions[0]).clamp(min=0).mean(1)[0, 0, 1:]
    torch.testing.assert_close(model.heat(picture, direction).flatten(), wanted / wanted.max(), atol=1e-5, rtol=1e-4)


def test_words_that_were_never_read_are_named(small):
    assert small.unknown("a red Dog, zyrkon and Zyrkon!") == [], "of this one it is not known what it has read"
    few = Clip(small.network, small.tokenizer, [0.5] * 3, [0.5] * 3, ["a", "red", "dog"])
    assert few.unknown("a red Dog, zyrkon and Zyrkon!") == ["zyrkon", "and"]


def test_what_sets_texts_apart_adds_up_to_nothing(small):
    directions = small.labels(["dog", "red", "a"])
    assert small.apart(directions).sum(0).abs().max() < 1e-6
    assert torch.equal(small.apart(directions[:1]), directions[:1])


def test_attention_rolled_out_is_a_share_of_each_patch():
    torch.manual_seed(0)
    network = vit(image_size=28, patch_size=7, **SIZES)
    network.set_attn_implementation("eager")
    reader = DigitReader(network)
    chances, heat = reader.rollout(torch.rand(3, 1, 28, 28))
    assert heat.shape == (3, 4, 4) and heat.sum((1, 2)).tolist() == pytest.approx([1, 1, 1])
    torch.testing.assert_close(chances.sum(1), torch.ones(3))
    torch.testing.assert_close(reader.judge(torch.zeros(2, 1, 28, 28)).sum(1), torch.ones(2))


def test_both_are_loaded_from_their_folders_whole_or_not_at_all(small, tmp_path):
    small.network.save_pretrained(tmp_path / "clip")
    small.tokenizer.save_pretrained(tmp_path / "clip")
    (tmp_path / "clip" / "preprocessor_config.json").write_text(
        json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3})
    )
    picture = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(load_clip(tmp_path / "clip").see(picture), small.see(picture), atol=1e-5, rtol=0)
    network = vit(image_size=28, patch_size=7, **SIZES)
    network.save_pretrained(tmp_path / "vit")
    assert load_vit(tmp_path / "vit").grid == 4
    weights = network.state_dict()
    del weights["classifier.bias"]
    network.save_pretrained(tmp_path / "cut", state_dict=weights)
    with pytest.raises(ValueError, match=r"cut has no weights for classifier\.bias"):
        load_vit(tmp_path / "cut")
