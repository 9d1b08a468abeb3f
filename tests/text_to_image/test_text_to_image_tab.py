"""The picture tab without a browser: what its views are given, what it restores, and the endpoint."""

import base64
import io
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tiny_pipelines
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from text_to_image import how, ideas, runs, view
from text_to_image.request import CONTROLS, REQUESTS, Make

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.engines.diffusion.limits import OWN, TASK
from shared.page import words as page_words
from shared.recipe import containers

ROOT = Path(__file__).resolve().parents[2]
MODEL = "emoji-diffusion"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    yield tiny_pipelines.write_emoji(tmp_path_factory.mktemp("emoji"))
    loaders.forget()  # other files ask for the bundled model of that name


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.setenv("AIGC_LOCAL", f"{MODEL}={folder}")


@pytest.fixture(scope="module")
def tab():
    from text_to_image import page

    return page


def drawn(**settings):
    """The states of a small run."""
    return list(runs.run(REQUESTS.check({"prompt": "a cat", "n": 2, "steps": 3, "seed": 5} | settings)))


def bytes_of(address):
    return base64.b64decode(address.partition(",")[2])


# What the views are given


def test_the_views_get_previews_and_then_files_with_their_recipe(here):
    states = drawn()
    first, last = next(state for state in states if state.pictures), states[-1]
    preview = view.shown(first)
    assert preview["phase"] == "drawing" and preview["run"] == "" and preview["recipe"] is None
    assert len(preview["pictures"]) == preview["n"] == 2 and preview["of"] == 3
    with pytest.raises(UserError, match="no recipe"):
        recipe.read_bytes(bytes_of(preview["pictures"][0]["src"]))
    shown = view.shown(last)
    assert (shown["phase"], shown["step"], shown["reach"], shown["planned"]) == ("done", 3, 3, 3)
    assert (shown["width"], shown["height"], shown["prompt"]) == (32, 32, "a cat")
    for i, one in enumerate(shown["pictures"]):
        data = bytes_of(one["src"])
        assert one["seed"] == 5 + i and recipe.read_bytes(data) == last.recipe
        told = recipe.parse_parameters(containers.find(data)["parameters"])
        assert told["seed"] == 5 + i and told["sampler"] == "DPM++ 2M" and told["prompt"] == "a cat"
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), np.asarray(last.pictures[i]))
    json.dumps(shown)


def test_the_recipe_stays_out_of_the_files_where_it_shall(here):
    with pytest.raises(UserError, match="no recipe"):
        recipe.read_bytes(bytes_of(view.shown(drawn(n=1, embed=False)[-1])["pictures"][0]["src"]))


def test_a_state_without_pictures_is_only_words():
    shown = view.shown(runs.State(Make(), message="Downloading", notices=["a"]))
    assert shown == {"phase": "loading", "message": "Downloading", "notices": ["a"], "step": 0, "of": 0}


def test_large_previews_are_packed():
    noise = np.random.default_rng(0).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    assert view.small(Image.fromarray(noise)).startswith("data:image/webp;")
    assert view.small(Image.fromarray(noise[:64, :64])).startswith("data:image/png;")


@pytest.mark.slow
def test_a_strip_says_which_value_each_picture_has(here):
    shown = view.shown(drawn(what="strip", control="steps", steps=8)[-1])
    assert shown["control"] == "steps" and shown["n"] == 5 and shown["run"] == "" and shown["reach"] == 0
    assert [one["label"] for one in shown["pictures"]][0] == "1"


# What the scripts ask


def test_a_step_of_a_run_and_its_words_can_be_looked_at(here):
    state = drawn()[-1]
    found = view.image_frame({"run": state.run_id, "step": 2})["pictures"]
    assert len(found) == 2 and found != [one["src"] for one in view.shown(state)["pictures"]]
    told = view.image_words({"run": state.run_id, "i": 1})
    assert told["words"] == ["a", "cat"] and len(told["maps"]) == 2
    assert len(base64.b64decode(told["maps"][0])) == told["width"] * told["height"]


@pytest.mark.parametrize("asked", [None, [], {}, {"run": 3}, {"run": ""}, {"run": "gone", "step": 1, "i": 0}])
def test_what_is_not_there_is_a_sentence(asked):
    for found in (view.image_frame(asked), view.image_words(asked)):
        assert found.keys() == {"error"} and found["error"].endswith(".")


@pytest.mark.parametrize("step", [0, -1, 99, 1.5, None, "2", True])
def test_a_step_that_never_was_is_a_sentence(here, step):
    assert view.image_frame({"run": drawn(n=1)[-1].run_id, "step": step}).get("error", "").endswith(".") or step is True


def address(picture, kind="PNG"):
    packed = io.BytesIO()
    picture.save(packed, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(packed.getvalue()).decode()


def opened(image, width=64, height=64):
    found = view.image_open({"image": image, "width": width, "height": height})
    return Image.open(io.BytesIO(bytes_of(found["image"]))) if "image" in found else found["error"]


def test_a_picture_to_begin_with_is_cut_to_the_shape_of_the_result():
    photo = Image.new("RGB", (3000, 1000), "red")
    photo.paste("blue", (1000, 0, 2000, 1000))
    found = opened(address(photo, "JPEG"))
    assert found.size == (512, 512) and found.getpixel((5, 5))[2] > 200  # the middle of it, which is blue
    assert opened(address(photo), 512, 256).size == (512, 256)
    assert opened(address(Image.new("RGB", (20, 20)))).size == (64, 64)
    assert opened(address(Image.new("RGBA", (99, 99), (0, 0, 0, 0)))).getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize(
    "image, words",
    [
        (None, "Choose a picture"),
        ("/etc/passwd", "Choose a picture"),
        ("data:image/png;base64,", "empty|not a picture|damaged"),
        ("data:image/png;base64,AAAA", "not a picture"),
        ("data:text/html;base64,AAAA", "not a picture"),
        (address(Image.new("L", (900, 900)))[:600], "damaged|cut off"),
    ],
)
def test_what_is_no_picture_is_a_sentence(image, words):
    assert re.search(words, opened(image))


def test_a_picture_of_a_shape_that_cannot_be_is_a_sentence():
    assert "must be from 8" in opened(address(Image.new("L", (9, 9))), 0, "64")


# What the tab does


def test_what_a_restored_recipe_leaves(here, tab):
    values = Make.check({"scheduler": "DDIM"}).settings()
    _, sentence = tab.fitted(values)
    assert sentence == ""
    updates, sentence = tab.fitted(values | {"width": 512, "scheduler": "LCM", "steps": 140})
    assert sentence == "Emoji diffusion does not take steps 140, width 512, scheduler LCM; its own stand there now."
    assert updates[OWN.index("width")] == 32


def test_every_setting_has_a_control_that_a_recipe_can_restore(here, tab):
    demo = tab.build()
    kinds = {block.elem_id for block in demo.blocks.values() if getattr(block, "elem_id", None)}
    assert {f"text_to_image-{name}" for name in REQUESTS.fields() if name != "embed"} <= kinds


def test_the_picture_of_another_program_brings_its_settings(tmp_path):
    info = PngInfo()
    info.add_text("parameters", "a fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", pnginfo=info)
    found = recipe.read(tmp_path / "a.png")
    assert found["settings"]["scheduler"] == "Euler a" and "sampler" not in found["settings"]
    values, left = REQUESTS.fitting(found["settings"])
    assert values["scheduler"] == "Euler a" and values["seed"] == 9 and values["negative_prompt"] == "blurry"
    assert values["prompt"] == "a fox" and left == []


def test_ideas_belong_to_the_model(here):
    assert ideas.about("", MODEL) == {"say": "", "chips": list(ideas.LEARNED)}
    assert ideas.about("a red spaceship", MODEL)["say"] == "Knows: red; does not know: spaceship."
    assert ideas.about("红色的飞船", MODEL, True)["say"] == "认识：red；不认识：飞船。"
    assert ideas.ideas("sd-turbo") == list(ideas.ANYTHING)


def test_what_is_typed_may_become_a_name(here):
    assert ideas.completions("a red ho", MODEL) == ["a red house"]
    assert ideas.completions("一只", MODEL) == ideas.completions("a red house ", MODEL) == []
    assert ideas.completions("a dog and a c", MODEL) == ideas.completions("ho", "sd-turbo") == []
    assert ideas.completions("a dog and a ca", MODEL) == ["a dog and a cat", "a dog and a car"]
    assert "男宇航员" in ideas.completions("宇航", "emoji-diffusion") or ideas.completions("房", MODEL) == ["房子"]


def test_every_word_of_the_views_exists():
    used = set()
    for script in (ROOT / "spaces/text_to_image").glob("*.js"):
        used |= set(re.findall(r"\bwords\.(\w+)", script.read_text("utf-8")))
    keys = {"live", "save", "enlarge", "reuse", "take", "look", "empty", "before", "after", "close", "choose", "undo"}
    keys |= {"clear", "other", "remove", *CONTROLS}
    assert used | keys == view.SPOKEN.keys() | {"gallery_all"}


def test_what_was_measured_is_told():
    for name in registry.names(TASK):
        assert "Licence: " in how.facts(name) and registry.spec(name).title in how.facts(name)
    assert "no model called" in how.facts("dall-e")


@pytest.mark.slow
def test_the_example_was_drawn_by_the_model_that_is_bundled():
    if not (registry.WEIGHTS / MODEL / "model_index.json").exists():
        pytest.skip("the weights of the bundled model are not in this checkout")
    loaders.forget()  # the tiny one of that name
    shown, made = examples.example(MODEL)
    assert shown["recorded"] and shown["run"] == "" and len(shown["steps"]) == shown["reach"]
    with loaders.use(MODEL) as loaded:
        assert made["weights_sha256"] == loaded.sha256, "run python -m text_to_image.example"
    assert recipe.check(made) == made and Make.check(made["settings"]).settings() == made["settings"]


# The endpoint


@pytest.fixture(scope="module")
def client(start, folder):
    from gradio_client import Client

    return Client(start("spaces/text_to_image", AIGC_MODELS="bundled", AIGC_LOCAL=f"{MODEL}={folder}"), verbose=False)


@pytest.mark.slow
def test_the_endpoint_streams_previews_and_gives_files(client):
    job = client.submit("a red cat", steps=4, n=2, seed=7, api_name="/text_to_image")
    files, made = job.result(timeout=300)
    previews = [one for one in job.outputs() if not one[1]]
    assert previews and all(len(one[0]) == 2 for one in previews)
    assert len(files) == 2 and made["seed"] == 7 and made["settings"]["what"] == "make"
    assert [recipe.read(path)["output_sha256"] for path in files] == [made["output_sha256"]] * 2
    alone, _ = client.predict("a red cat", steps=4, n=1, seed=8, api_name="/text_to_image")
    one, other = (np.asarray(Image.open(path)).astype(int) for path in (files[1], alone[0]))
    assert one.shape == (32, 32, 3) and np.abs(one - other).max() <= 1


def test_the_endpoint_works_with_its_defaults_and_through_rest(client):
    files, made = client.predict(api_name="/text_to_image")
    assert len(files) == 1 and made["settings"]["prompt"] == "red apple" and made["seed"] == 0
    call = urllib.request.Request(
        f"{client.src}gradio_api/call/v2/text_to_image",
        data=json.dumps({"prompt": "a dog", "steps": 2, "seed": 3}).encode(),
        headers={"Content-Type": "application/json"},
    )
    event = json.load(urllib.request.urlopen(call))["event_id"]
    with urllib.request.urlopen(f"{client.src}gradio_api/call/text_to_image/{event}") as stream:
        said = stream.read().decode()
    assert said.count("event: generating") >= 1 and '"output_sha256"' in said


def test_styles_are_written_as_people_write_them():
    from text_to_image import page

    for model in registry.names(TASK):
        assert all(label.key for label, _ in page.styles(model)), "in both languages"
    said = dict((value, page_words.both(label)) for label, value in page.styles("emoji-diffusion"))
    assert said["fluent 3d"] == ("Fluent 3D", "Fluent 3D") and said["noto"][0] == "Noto"


@pytest.mark.slow
@pytest.mark.parametrize(
    "bad, words",
    [
        ({"model": "dall-e"}, "no picture model called"),
        ({"model": "<b>x</b>"}, "no picture model called"),
        ({"steps": 0}, "number of steps must be a whole number from 1"),
        ({"steps": 10_000}, "number of steps must be"),
        ({"guidance": "much"}, "Guidance must be a number"),
        ({"n": 10_000}, "How many must be a whole number from 1 to"),
        ({"width": 63}, "32 × 32 pixels only"),
        ({"style": "cubist"}, "no style"),
        ({"seed": -5}, "The seed must be"),
    ],
)
def test_bad_input_is_one_sentence_and_the_server_lives_on(client, bad, words):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=words) as caught:
        client.predict("a cat", **bad, api_name="/text_to_image")
    assert "Traceback" not in str(caught.value) and "<b>" not in str(caught.value)
    assert client.predict("a cat", steps=1, api_name="/text_to_image")[1]["settings"]["steps"] == 1
