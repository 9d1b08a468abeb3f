"""The tab of the styles, without a browser: runs on the bundled models, bad input, the endpoint."""

import base64
import io
import threading

import numpy as np
import pytest
from PIL import Image, ImageDraw
from style_transfer import how, runs, samples, whole_page
from style_transfer.request import MOST_PACKED, PACKED, Transfer, inked, pack, small, unpack

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError

NAMES = runs.models()


def url(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def opened(url):
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


def painted(size=(256, 256)):
    paper = Image.new("RGB", size, "white")
    ImageDraw.Draw(paper).ellipse([40, 60, 140, 160], fill="#f8312f")
    return paper


def translate(**settings):
    *_, (view, made) = runs.run(Transfer.check(settings), threading.Event())
    return view, made


@pytest.mark.parametrize("direction", ["there", "back"])
@pytest.mark.parametrize("name", NAMES)
def test_a_picture_goes_there_and_back(name, direction):
    view, made = translate(model=name, direction=direction)
    styles = opened_styles(name)
    assert view["styles"] == [runs.SHOWN[style] for style in (styles[::-1] if direction == "back" else styles)]
    pictures = [np.asarray(opened(view[key]).convert("RGB"), np.float32) for key in ("given", "made", "again")]
    assert all(one.shape == (64, 64, 3) for one in pictures) and not (pictures[0] == pictures[1]).all()
    assert view["error"] == pytest.approx(np.abs(pictures[2] - pictures[0]).mean() / 255, abs=1e-3)
    assert made["tab"] == runs.TAB and made["settings"]["direction"] == direction
    assert translate(**made["settings"])[1]["output_sha256"] == made["output_sha256"]
    inside = recipe.read_bytes(base64.b64decode(view["png"].partition(",")[2]))
    assert inside["settings"] == made["settings"]


def opened_styles(name):
    with loaders.use(name) as loaded:
        return loaded.model.styles


def test_the_weights_of_the_cycle_loss_stand_side_by_side():
    view, _ = translate(model="cyclegan-noto-twemoji", picture="noto/owl")
    assert [one["model"] for one in view["others"]] == list(runs.WEIGHTS)
    assert view["others"][-1]["made"] == view["made"] and len({one["made"] for one in view["others"]}) == 3
    assert [one["measured"] for one in view["others"]] == [
        registry.scores(name)["there_cycle"] for name in runs.WEIGHTS
    ]
    assert translate()[0]["others"] == []


def test_a_painting_is_found_on_its_sheet_and_survives_its_recipe():
    view, made = translate(picture=url(painted()))
    given = opened(view["given"]).convert("RGB")
    box = inked(given)
    assert min(box[2] - box[0], box[3] - box[1]) >= 60, "of white paper little is left around it"
    assert made["settings"]["picture"].startswith(PACKED) and len(made["settings"]["picture"]) < 3000
    assert recipe.to_link(made), "short enough for an address"
    again, remade = translate(**made["settings"])
    assert again["given"] == view["given"] and remade["output_sha256"] == made["output_sha256"]


def test_a_sample_is_known_by_its_pixels():
    asked = Transfer.check({"picture": samples.urls()["twemoji/fox"]})
    assert asked.settings()["picture"] == "twemoji/fox"


def test_pictures_of_any_shape_become_square():
    for size in ((400, 100), (100, 400), (20, 20), (64, 64)):
        picture = Image.new("RGBA", size, (0, 0, 0, 0))
        ImageDraw.Draw(picture).rectangle([2, 2, size[0] - 3, size[1] - 3], fill="blue")
        made = small(picture)
        assert made.size == (64, 64) and made.mode == "RGB" and made.getpixel((32, 32)) == (0, 0, 255)
    assert unpack(pack(made)).size == (64, 64)


def test_a_sample_tells_model_and_direction():
    from style_transfer.page import OF_STYLE, take_sample

    assert set(OF_STYLE) == set(samples.NAMES)
    urls = samples.urls()
    owl = urls["twemoji/owl"]
    assert take_sample(owl, "cyclegan-flat-3d") == ("cyclegan-noto-twemoji", "back")
    assert take_sample(urls["noto/owl"], runs.WEIGHTS[0]) == (runs.WEIGHTS[0], "there"), "stays"
    assert take_sample(urls["fluent 3d/owl"], runs.WEIGHTS[0]) == ("cyclegan-flat-3d", "back")


def test_all_figures_of_a_page_are_found_and_put_back(tmp_path):
    page = Image.new("RGB", (400, 300), "white")
    places = [(20, 30), (180, 20), (310, 190)]
    for place, name in zip(places, ("face", "fish", "house"), strict=True):
        page.paste(samples.picture("fluent flat", name), place)
    ImageDraw.Draw(page).text((60, 250), "three", fill="black")
    page.save(tmp_path / "page.png")
    before, made, figures = whole_page.translated(tmp_path / "page.png", "cyclegan-flat-3d", "there")
    assert figures == 3 and made.size == before.size == page.size
    boxes = whole_page.figures(before)
    for (left, top), box in zip(sorted(places, key=lambda at: at[1]), boxes, strict=True):
        assert left - 4 <= box[0] and box[2] <= left + 68 and top - 4 <= box[1] and box[3] <= top + 68
    changed = (np.asarray(made, int) - np.asarray(before, int)).any(2)
    outside = changed.copy()
    for left, top, right, bottom in boxes:
        assert changed[top:bottom, left:right].mean() > 0.3
        outside[top:bottom, left:right] = False
    assert not outside.any(), "letters and paper stay"


def test_a_page_that_is_all_picture_is_translated_as_a_whole(tmp_path):
    noise = np.random.default_rng(0).integers(0, 200, (90, 150, 3)).astype(np.uint8)
    Image.fromarray(noise).resize((600, 360)).save(tmp_path / "page.png")
    before, made, figures = whole_page.translated(tmp_path / "page.png", "cyclegan-noto-twemoji", "back")
    assert figures == 0 and made.size == before.size == (600, 360)
    assert (np.asarray(made) != np.asarray(before)).any()
    Image.new("RGB", (99, 99), "white").save(tmp_path / "blank.png")
    with pytest.raises(UserError, match="nothing on the canvas"):
        whole_page.translated(tmp_path / "blank.png", "cyclegan-flat-3d", "there")


def test_a_single_figure_that_fills_its_file_is_a_figure(tmp_path):
    figure = samples.picture("fluent flat", "face").resize((512, 512))
    figure.save(tmp_path / "face.png")
    assert whole_page.translated(tmp_path / "face.png", "cyclegan-flat-3d", "there")[2] == 1


def test_pages_come_one_after_the_other_and_too_many_are_refused(tmp_path):
    from types import SimpleNamespace

    import gradio as gr
    from style_transfer import page

    samples.picture("noto", "fox").save(tmp_path / "fox.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    visitor = SimpleNamespace(session_hash="one")
    paths = [str(tmp_path / "fox.png"), str(tmp_path / "bad.png")]
    steps = list(page.take_pages(paths, "cyclegan-noto-twemoji", "there", visitor))
    assert [len(step["pages"]) for step in steps] == [0, 1, 2] and steps[0]["of"] == 2
    fox, bad = steps[-1]["pages"]
    assert (fox["name"], fox["figures"]) == ("fox", 1) and opened(fox["made"]).size == (64, 64)
    assert bad["name"] == "bad" and bad["error"].endswith(".") and "made" not in bad
    with pytest.raises(gr.Error, match="up to 24"):
        list(page.take_pages(paths * 13, "cyclegan-noto-twemoji", "there", visitor))


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"picture": "noto/unicorn"}, "a sample such as “noto/fox”, not noto/unicorn"),
        ({"picture": 7}, "The picture must be a picture"),
        ({"picture": "blank"}, "nothing on the canvas"),
        ({"picture": url(Image.new("RGB", (64, 64), "white"))}, "nothing on the canvas"),
        ({"picture": "picture:AAAA"}, "damaged"),
        ({"picture": PACKED + "A" * (MOST_PACKED + 1)}, "damaged"),
        ({"picture": "data:image/png;base64,AAAA"}, "."),
        ({"picture": {"path": "/etc/passwd"}}, "was not uploaded"),
        ({"direction": "up"}, "The direction must be there or back, not up"),
        ({"model": "cgan-mnist"}, "There is no translator of styles called “cgan-mnist”"),
        ({"colour": 1}, "There is no option called “colour”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Transfer.check(values)


def test_a_run_that_was_stopped_gives_nothing():
    stop = threading.Event()
    stop.set()
    assert not [made for _, made in runs.run(Transfer.check({}), stop) if made]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m style_transfer.example"""
    view, made = examples.example(Transfer.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Transfer.check({}).settings()
    assert view["known"] == runs.known(made["model"], "there"), "measured anew since"


def test_what_was_measured_is_told():
    for name in NAMES:
        facts = how.facts(name)
        assert "Licence: " in facts and f"| {registry.scores(name)['there_psnr']:.1f} |" in facts


def test_flat_samples_are_drawn_again_as_they_are():
    for name in samples.NAMES["fluent flat"]:
        assert samples.flat(name).tobytes() == samples.picture("fluent flat", name).tobytes()


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client, handle_file

    client = Client(suite, verbose=False)
    png, said, made = client.predict(api_name="/style_transfer")
    with Image.open(png) as picture:
        assert picture.size == (64, 64)
    assert (said["from"], said["to"]) == ("flat", "3D") and 0 < said["cycle_error"] < 1
    _, said, made = client.predict("cyclegan-noto-twemoji", handle_file(png), "back", api_name="/style_transfer")
    assert said["to"] == "Noto" and made["settings"]["picture"].startswith(PACKED)
    with pytest.raises(Exception, match="nothing on the canvas"):
        white = url(Image.new("RGB", (32, 32), "white"))
        client.predict("cyclegan-flat-3d", white, api_name="/style_transfer")
