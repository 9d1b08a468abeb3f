"""The tab of the models that see, without a browser: runs on the bundled models, bad input, the endpoints."""

import base64
import io
import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw
from seeing import how, pictures, runs, view
from seeing.request import TASK, Labels, Looking, Scoring, labels_of

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError

FOX, BALL, BOTH = "picture:1", "picture:45", "picture:48"


def data_url(picture, kind="PNG"):
    file = io.BytesIO()
    picture.save(file, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(file.getvalue()).decode()


def looked(**settings):
    *_, (found, made) = runs.run(Looking.check(settings), threading.Event())
    return found, made


def test_two_things_are_found_and_each_word_looks_at_its_own():
    found, made = looked(picture=BALL, labels="a dog and a soccer ball, fox, castle, banana, rocket, a cat and a fish")
    assert found["results"][0][0] == "a dog and a soccer ball" and found["results"][0][1] > 0.5
    assert sum(row[1] for row in found["results"]) == pytest.approx(1, abs=0.001)
    heats = {row[0]: np.array(row[3]).reshape(8, 8) for row in looked(labels="fox, butterfly")[0]["results"]}
    assert heats["fox"][:, :4].sum() > heats["fox"][:, 4:].sum()
    assert heats["butterfly"][:, 4:].sum() > heats["butterfly"][:, :4].sum()
    assert made["tab"] == "seeing" and made["output_sha256"] == recipe.hash_output(runs.written(found))


@pytest.mark.parametrize(
    "number, labels, first",
    [
        (1, "cat, owl, house, fox", "fox"),
        (13, "banana, strawberry, red apple, tomato", "red apple"),
        (24, "airplane, rocket, sailboat", "rocket"),
        (43, "happy, sad, angry", "happy"),
    ],
)
def test_bundled_pictures_are_what_they_were_drawn_of(number, labels, first):
    assert looked(picture=f"picture:{number}", labels=labels)[0]["results"][0][0] == first


def test_a_drawing_is_sorted_by_its_colour():
    paper = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(paper).ellipse((50, 50, 206, 206), fill="#2f6fdc")
    found, made = looked(picture=data_url(paper), labels="red circle, blue circle, green circle")
    assert found["results"][0][0] == "blue circle"
    assert made["settings"]["picture"].startswith(pictures.HEAD)
    assert looked(**made["settings"])[1]["output_sha256"] == made["output_sha256"], "the recipe holds what was seen"


def test_any_picture_is_packed_small_enough_for_a_link_and_packed_again_is_the_same():
    noise = np.random.default_rng(0).integers(0, 256, (300, 500, 3), np.uint8)
    text = pictures.packed(data_url(Image.fromarray(noise)))
    assert len(text) <= pictures.MOST_PACKED and pictures.packed(text) == text
    assert pictures.image(text).size == (128, 128)
    wide = pictures.image(pictures.packed(data_url(Image.new("RGB", (400, 100), "red"))))
    assert wide.getpixel((64, 64))[1] < 60 and min(wide.getpixel((64, 10))) > 240, "whole, on white"


def test_labels_may_stand_in_lines_and_come_once():
    assert labels_of("a dog,  cat\ncat，owl;fox、") == ["a dog", "cat", "owl", "fox"]
    assert Labels(called="The labels").check(["dog", "cat"], "labels") == "dog, cat"


def test_words_that_the_small_model_never_read_are_told():
    assert looked(labels="dog, a zyrkon")[0]["unknown"] == ["zyrkon"]
    assert looked(labels="dog, an animal, fluent 3d")[0]["unknown"] == []


def test_bundled_pictures_are_found_by_words():
    drawn = pictures.prompts()
    assert sorted(runs.search("a fox")) == list(range(len(drawn)))
    assert "fox" in drawn[runs.search("a fox")[0]] and "castle" in drawn[runs.search("castle")[0]]
    assert view.seeing_search({"text": "castle"})["order"] == runs.search("castle")
    assert view.seeing_search({"text": "猫"})["error"] and view.seeing_search(None)["error"]


def test_pictures_of_the_visit_are_found_among_them():
    drawn, red = pictures.prompts(), pictures.url(Image.new("RGB", (64, 48), "red"))
    fox = pictures.url(pictures.bundled()[drawn.index("noto emoji of fox")].resize((64, 64)))
    order = view.seeing_search({"text": "a fox", "pictures": [red, fox]})["order"]
    assert sorted(order) == list(range(len(drawn) + 2)) and len(drawn) + 1 in order[:3] and len(drawn) not in order[:20]
    for wrong in (["/etc/passwd"], "data:", [7], ["data:image/png;base64,AAAA"], 25 * [red]):
        assert "picture" in view.seeing_search({"text": "a fox", "pictures": wrong})["error"]


def test_a_text_is_scored_among_the_bundled_pictures():
    found = runs.score(Scoring.check({"picture": FOX, "text": "a fox"}))
    assert found["rank"] <= 3 and found["of"] == len(pictures.prompts()) and np.array(found["heat"]).shape == (8, 8)
    assert runs.score(Scoring.check({"picture": FOX, "text": "a castle"}))["score"] < found["score"]
    again = looked(**found["recipe"]["settings"])[1]
    assert again["output_sha256"] == found["recipe"]["output_sha256"], "the page makes it again"


def test_a_stopped_run_shows_nothing():
    stop = threading.Event()
    stop.set()
    assert [made for _, made in runs.run(Looking.check({}), stop) if made] == []


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"labels": ""}, "Write at least one label"),
        ({"labels": " , ,\n"}, "Write at least one label"),
        ({"labels": ", ".join(map(str, range(13)))}, "These are 13 labels; up to 12"),
        ({"labels": "x" * 81}, "up to 80 characters"),
        ({"labels": "猫, 狗"}, "English only"),
        ({"labels": 7}, "The labels must be a text"),
        ({"picture": ""}, "There is no picture yet"),
        ({"picture": "picture:0"}, "one of picture:1 to picture:54, not picture:0"),
        ({"picture": "/etc/passwd"}, "The picture must be a picture"),
        ({"picture": "data:image/png;base64,AAAA"}, "not a picture that can be read"),
        ({"model": "cgan-mnist"}, "There is no model that compares pictures with words called"),
        ({"colour": 1}, "There is no option called"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Looking.check(values)


def test_a_digit_is_read_by_both():
    seven = Image.new("L", (28, 28))
    ImageDraw.Draw(seven).line([(7, 6), (20, 6), (12, 23)], fill=255, width=3)
    found = runs.digit(np.asarray(seven, np.float32) / 255)
    assert int(np.argmax(found["vit"])) == int(np.argmax(found["cnn"])) == 7
    heat = np.array(found["heat"]).reshape(7, 7)
    ink = np.asarray(seven).reshape(7, 4, 7, 4).max((1, 3)) > 0
    assert heat.max() == 1 and heat[ink].mean() > heat[~ink].mean(), "it looks at the ink"
    assert found["accuracy"][0] > 0.98


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m seeing.example"""
    shown, made = examples.example(Looking.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert shown["recorded"] and made["settings"] == Looking.check({}).settings()


def test_what_was_measured_is_told():
    for name in registry.names(TASK):
        assert "Licence: " in how.facts(name) and registry.spec(name).title in how.facts(name)
    assert "nearest-picture judge" in how.facts("clip-emoji")


def test_it_is_better_than_the_judge_on_pairs_that_neither_has_seen():
    found = registry.scores("clip-emoji")
    for k in (1, 5):
        assert found[f"named_top{k}"] > found[f"judge_named_top{k}"]


# The Hub


@pytest.fixture(scope="module")
def tiny_clip(tmp_path_factory):
    """The files of a CLIP of transformers with random weights and 7x7 patches, as the Hub has it."""
    import json

    import torch

    from shared.data.emoji_scenes import trained_tokenizer
    from shared.models.seeing import DEVIATION, MEAN, clip

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = sizes | {"vocab_size": 6144, "max_position_embeddings": 77}
    clip(text, sizes | {"image_size": 224, "patch_size": 32}, 8).save_pretrained(folder)
    trained_tokenizer(["a picture of a drawing", "a dog"] * 20).save_pretrained(folder)
    own = {"image_mean": MEAN, "image_std": DEVIATION}
    (folder / "preprocessor_config.json").write_text(json.dumps(own))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_a_clip_of_the_hub_is_asked_by_the_same_lines(server, tiny_clip):
    row = registry.spec("clip-laion-b32")
    server.add(row.repo, tiny_clip)
    found, made = looked(model=row.name, labels="dog, a drawing")
    assert made["source"] == "hub" and made["repo"] == row.repo and found["title"] == row.title
    assert found["grid"] == 7 and len(found["results"][0][3]) == 49 and found["unknown"] == []
    loaders.forget()


# The endpoints


@pytest.mark.slow
def test_the_endpoints_answer_alone_and_with_arguments(suite, tmp_path):
    from gradio_client import Client, handle_file

    client = Client(suite, verbose=False)
    said = client.predict(api_name="/classify_picture")
    assert len(said["labels"]) == 5 and said["recipe"]["settings"]["picture"] == BOTH
    pictures.image(FOX).save(tmp_path / "fox.png")
    said = client.predict(handle_file(str(tmp_path / "fox.png")), "cat, fox, house", api_name="/classify_picture")
    assert said["labels"][0][0] == "fox" and said["unknown"] == []
    scored = client.predict(api_name="/picture_text_score")
    assert scored["rank"] <= 5 and scored["of"] == 54
    with pytest.raises(Exception, match="English only"):
        client.predict(FOX, "狐狸", api_name="/picture_text_score")
