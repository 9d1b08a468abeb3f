"""The VAE tab without a browser: plain functions on the bundled models, and the endpoints."""

import base64
import io
import json
import math
import re
import threading
import urllib.request

import gradio as gr
import numpy as np
import pytest
from conftest import ROOT
from PIL import Image, ImageDraw
from vae_interpolation import ends, how, html, parts, plane, runs, sheet
from vae_interpolation.request import MAP, REACH, Arithmetic, Interpolation, Reading, points_of

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.media import pictures
from shared.page import scripts, words
from shared.recipe import containers

SPACE = ROOT / "spaces" / "vae_interpolation"
NAMES = registry.names("digit-vae")
PLAIN = "vae-mnist"  # the smallest
MANY = 10_000


def drawing() -> Image.Image:
    """A seven, black on white."""
    picture = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(picture).line([(80, 60), (220, 60), (130, 250)], 0, 26, joint="curve")
    return picture


def as_png(picture) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return packed.getvalue()


def as_url(picture) -> str:
    return "data:image/png;base64," + base64.b64encode(as_png(picture)).decode()


def data_of(url: str) -> bytes:
    return base64.b64decode(url.partition(",")[2])


def interpolate(**settings):
    return runs.interpolate(Interpolation.check(settings))


def run(**settings):
    """-> the last view, the recipe."""
    return list(runs.run(Interpolation.check(settings), threading.Event()))[-1]


def reading(image, model=PLAIN):
    return Reading.check({"model": model, "image": image})


def arithmetic(start, end, third):
    return parts.arithmetic(Arithmetic.check({"model": PLAIN, "start": start, "end": end, "third": third}))


# The walk


@pytest.mark.parametrize("name", NAMES)
def test_every_model_walks_from_end_to_end(name):
    view, made, frames = interpolate(model=name, start=as_url(drawing()), end="7", frames=5)
    assert frames.shape == (5, 28, 28) and 0 <= frames.min() and frames.max() <= 1
    assert view["n"] == 5 and [end["kind"] for end in view["ends"]] == ["drawing", "sample"]
    import torch

    with loaders.use(name) as loaded, torch.inference_mode():
        model = loaded.model
        picture = torch.from_numpy(pictures.digit_from(as_url(drawing())))[None, None]
        assert np.allclose(frames[0], model.decode(model.encode(picture)[0])[0, 0], atol=1e-5)
        assert np.allclose(frames[-1], model.sample(1, seed=7)[0, 0], atol=1e-5)
    assert made["model"] == name and made["tab"] == "vae_interpolation"


def test_a_recipe_makes_the_same_again_even_of_a_drawing():
    settings = {"model": PLAIN, "start": as_url(drawing()), "end": "7", "frames": 4, "route": "lerp"}
    _, made, frames = interpolate(**settings)
    assert made["settings"]["start"].startswith("digit:") and len(made["settings"]["start"]) < 800
    kept = recipe.from_link(recipe.to_link(made, "http://localhost/").partition("r=")[2])
    _, again, same = interpolate(**kept["settings"])
    assert np.array_equal(frames, same) and recipe.compare(made, again).identical


def test_lerp_and_slerp_are_what_they_say():
    import torch

    a, b = torch.randn(20), torch.randn(20)
    straight, arc = (runs.between(a, b, 9, path) for path in ("lerp", "slerp"))
    assert torch.allclose(straight[4], (a + b) / 2)
    assert arc[4].norm() == pytest.approx(float(a.norm() + b.norm()) / 2, rel=1e-4)
    assert torch.equal(straight[0], a) and torch.allclose(arc[-1], b, atol=1e-5)


def test_a_path_on_the_map_is_walked_evenly():
    import torch

    path = "0,0 1,0 1,2"
    with loaders.use(MAP) as loaded, torch.inference_mode():
        z = runs.along(points_of(path), 4, loaded.model)
    assert np.allclose(z, [[0, 0], [1, 0], [1, 1], [1, 2]])
    view, made, frames = interpolate(model=MAP, points=path, frames=4)
    assert view["mapped"] and len(frames) == 4
    assert recipe.compare(made, interpolate(**made["settings"])[1]).identical


def test_the_files_have_the_frames_and_the_recipe():
    view, made = run(model=PLAIN, frames=7)
    with Image.open(io.BytesIO(data_of(view["gif"]))) as film:
        assert film.n_frames == 7 and film.info["loop"] == 0
        for i in range(7):
            film.seek(i)
            assert film.convert("L").getextrema()[0] < 128  # there is ink on it
    with Image.open(io.BytesIO(data_of(view["png"]))) as strip:
        assert strip.width > 7 * strip.height * 0.9
    mp4 = data_of(runs.mp4({"settings": view["settings"], "embed": True})["mp4"])
    for data in (data_of(view["gif"]), data_of(view["png"]), mp4):
        assert recipe.read_bytes(data)["settings"] == made["settings"]
    import av

    with av.open(io.BytesIO(mp4)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 7
    view, _ = run(model=PLAIN, frames=2, embed=False)
    assert "aigc_recipe" not in containers.find(data_of(view["png"]))


# Bad input: one sentence each


@pytest.mark.parametrize(
    "settings, word",
    [
        ({"model": "vae-mnist-2"}, "There is no VAE called"),
        ({"model": "gan-mnist"}, "There is no VAE called"),
        ({"model": None}, "There is no VAE called"),
        ({"frames": 0}, "from 2 to 64"),
        ({"frames": MANY}, "from 2 to 64"),
        ({"frames": math.nan}, "from 2 to 64"),
        ({"frames": None}, "from 2 to 64"),
        ({"frames": 2.5}, "from 2 to 64"),
        ({"frames": True}, "from 2 to 64"),
        ({"route": "straight"}, "slerp or lerp"),
        ({"start": ""}, "start is empty"),
        ({"end": None}, "must be a seed"),
        ({"start": -1}, "whole number from 0"),
        ({"start": "seven"}, "seed (a whole number) or a picture"),
        ({"start": math.nan}, "seed (a whole number) or a picture"),
        ({"start": "1e999"}, "seed (a whole number) or a picture"),
        ({"start": 1.5}, "whole number from 0"),
        ({"start": "digit:zzz"}, "damaged"),
        ({"start": "z:1,2"}, "belong to another model"),
        ({"start": "z:nan"}, "Latents are numbers"),
        ({"start": "z:" + "1," * 5000 + "1"}, "Latents are numbers"),
        ({"start": "data:image/png;base64,AAAA"}, "not a picture"),
        ({"start": as_url(Image.new("L", (50, 50)))}, "all black"),
        ({"start": as_url(Image.new("L", (1, 1)))}, "1 × 1"),
        ({"start": "/etc/passwd"}, "seed (a whole number) or a picture"),
        ({"start": {"path": "/etc/passwd"}}, "was not uploaded"),
        ({"start": {"path": 7}}, "cannot be read"),
        ({"start": ["1"]}, "must be a seed"),
        ({"points": "1,2"}, "A path on the map"),
        ({"points": "1,2 nan,0"}, "A path on the map"),
        ({"points": "0,0 1,1 " * 100}, "A path on the map"),
        ({"points": "0,0 1,1"}, "needs a model of two latents"),
    ],
)
def test_bad_input_is_one_sentence(settings, word):
    with pytest.raises(UserError) as caught:
        interpolate(**{"model": PLAIN} | settings)
    assert word in str(caught.value) and len(str(caught.value)) < 260 and "\n" not in str(caught.value)


def test_ends_are_read_as_they_come():
    found = [reading(value).digits[0] for value in ("12", 12, 12.0, " 12 ")]
    assert {(end, end.seed) for end in found} == {("12", 12)}
    assert reading(ends.write_latents([0.5, -1.25])).digits[0].z == (0.5, -1.25)
    assert ends.write_latents([99.0, -0.0001]) == "z:20,-0"
    assert len(ends.write_latents([-1.234] * 400)) < recipe.MAX_TEXT


# The quiet sections


def test_encoding_a_digit():
    found = parts.encode(reading(as_url(drawing())))
    assert found["mean"].shape == found["log_variance"].shape == found["kl"].shape == (20,)
    mean, log_variance = found["mean"].astype(float), found["log_variance"].astype(float)
    assert np.allclose(found["kl"], 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance), atol=1e-4)
    x, p = found["picture"].astype(float), np.clip(found["reconstruction"].astype(float), 1e-7, 1 - 1e-7)
    assert found["bce"] == pytest.approx(-(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(), rel=1e-3)
    assert np.corrcoef(x.ravel(), p.ravel())[0, 1] > 0.7


def test_the_cloud_has_the_mean_and_the_deviation_it_says():
    found = parts.posterior(reading("3"))
    assert found["samples"].shape == (parts.DRAWS, 28, 28)
    mean, deviation = found["mean"][found["axes"]], found["deviation"][found["axes"]]
    assert np.all(np.abs(found["cloud"].mean(0) - mean) < 4 * deviation / math.sqrt(parts.CLOUD))
    assert np.allclose(found["cloud"].std(0), deviation, rtol=0.25)
    assert list(found["kl"][found["order"]]) == sorted(found["kl"], reverse=True)


def test_all_models_read_the_same_digit():
    rows = parts.compare(reading(as_url(drawing())))
    assert [row["model"] for row in rows] == NAMES
    for row in rows:
        assert np.array_equal(row["picture"], rows[0]["picture"])
        assert math.isfinite(row["bce"]) and row["kl"].min() > -1e-4


def test_a_digit_less_itself_adds_nothing():
    found = arithmetic("3", "3", as_url(drawing()))
    assert np.allclose(found["results"], found["digits"][2], atol=1e-5)
    found = arithmetic("3", "5", "5")
    assert np.allclose(found["results"][parts.STEPS.index(1.0)], found["digits"][0], atol=1e-4)
    again = interpolate(model=PLAIN, start=found["latents"], end="5")[2]
    assert np.allclose(again[0], found["digits"][0], atol=0.02)  # three decimals of each latent


def test_a_section_of_no_digit_gets_a_sentence(built):
    look = next(fn.fn for fn in built.fns.values() if getattr(fn.fn, "__name__", "") == "look")
    given = [kind.default for kind in Interpolation.fields().values()]
    told = look(gr.Request(headers={}), "posterior", None, "30", *given)
    assert "The digit must be start or end, not" in told[0]


@pytest.mark.parametrize("name", NAMES)
def test_sliders_stand_in_the_order_of_their_kl(name):
    found = parts.sliders(reading("3", name))
    assert found["kl"] == sorted(found["kl"], reverse=True)
    assert len(found["order"]) == len(set(found["order"])) == min(len(found["z"]), parts.SHOWN_LATENTS)
    answer = parts.decode(name, found["z"])
    assert answer["sprite"].startswith("data:image/png")


@pytest.mark.parametrize(
    "name, numbers", [("x", [0]), (PLAIN, []), (PLAIN, [0] * 5), (PLAIN, "0"), (PLAIN, ["a"]), (PLAIN, [math.inf] * 20)]
)
def test_the_browser_cannot_ask_for_nonsense(name, numbers):
    assert parts.decode(name, numbers)["error"].endswith(".")


@pytest.mark.parametrize("asked", [None, {}, {"settings": 7}, {"settings": {"frames": 0}}, {"settings": {"start": []}}])
def test_the_browser_cannot_ask_for_a_film_of_nothing(asked):
    assert runs.mp4(asked)["error"].endswith(".")


def test_the_map_is_the_plane():
    found = plane.view(Interpolation.check({"model": PLAIN, "start": as_url(drawing())}))
    side = found["side"]
    sheet = Image.open(io.BytesIO(data_of(found["sprite"])))
    assert sheet.size == (28 * side, 28 * side)
    classes = np.frombuffer(base64.b64decode(found["classes"]), np.uint8)
    assert classes.shape == (side * side,) and len(set(classes.tolist())) >= 8  # a plane of nearly all digits
    corner = np.asarray(sheet, np.float32)[:28, :28] / 255  # upper left
    answer = parts.decode(MAP, [-REACH, REACH])
    exact = np.asarray(Image.open(io.BytesIO(data_of(answer["sprite"]))), np.float32) / 255
    assert np.abs(corner - exact).max() < 0.05
    assert len(found["ends"]) == 2 and len(found["way"]) == 33
    other = Interpolation.check({"model": MAP, "start": "z:1,2,3"})
    for unplaced in (None, other):  # an empty canvas, latents of another model: no marks, but a map
        assert plane.view(unplaced)["ends"] == [] and plane.view(unplaced)["sprite"] == found["sprite"]


def test_a_map_needs_two_latents():
    with loaders.use(PLAIN) as loaded, pytest.raises(UserError, match="two latents"):
        plane.plane(PLAIN, loaded.sha256)


def test_what_is_shown_is_whole_in_both_languages():
    for zh in (False, True):
        shown = html.posterior(parts.posterior(reading("3")), zh)
        shown += html.compare(parts.compare(reading("3")), zh)
        shown += html.arithmetic(arithmetic("1", "2", "3"), zh)
        assert shown.count("<img") == shown.count('alt="') and 'alt=""' not in shown
        assert ("重建" in shown) == zh and "{" not in shown.replace(html.CSS, "")
    assert "<b>" not in html.message("<b>")


def test_how_it_works_has_the_numbers_of_each_model():
    for name in NAMES:
        words = how.facts(name)
        assert registry.spec(name).title in words and "Licence" in words
        scores = registry.scores(name)
        assert not scores or f"{scores['bce']:.1f}" in words
    assert how.facts("nobody") == ""


def test_words_of_the_scripts_exist():
    own = words.beside(runs.__file__)
    for script in ("strip", "map", "sliders"):
        text = (SPACE / f"{script}.js").read_text("utf-8") + (SPACE / "view.js").read_text("utf-8")
        for key in set(re.findall(r"words\.(\w+)", text)):
            known = own.table("views") | own.table(script) | scripts.gallery_words()
            assert key in known, f"{script}: {key}"
    assert own.table("under").keys() == {"sample", "drawing", "latents", "empty"}
    for key in set(re.findall(r"words\.(\w+)", (ROOT / "shared/page/canvas.js").read_text("utf-8"))):
        assert key == "title" or "canvas_" + key in words.of_page().pairs, key


# The page


def test_the_recorded_example_and_the_map_are_of_these_weights():
    """Where this fails: python -m vae_interpolation.example"""
    asked = Interpolation.check({})
    view, made = examples.example(asked.model)
    with loaders.use(asked.model) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert made["settings"] == asked.settings()
    assert view["recorded"] and len(view["ends"]) == 2
    with loaders.use(MAP) as loaded:
        assert plane._recorded(MAP, loaded.sha256)


def test_an_upload_becomes_an_end(tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(as_png(drawing()))
    shown, text, said = sheet.take_file(str(path))
    assert shown.startswith("data:image/png") and text.startswith("digit:") and said == {"kind": "drawing", "says": ""}
    assert "28×28" in words.beside(runs.__file__).say("under_drawing", False)
    (tmp_path / "no.png").write_bytes(b"no")
    import gradio as gr

    with pytest.raises(gr.Error, match="not a picture"):
        sheet.take_file(str(tmp_path / "no.png"))


# The endpoints


@pytest.fixture(scope="module")
def client(suite):
    from gradio_client import Client

    return Client(suite, verbose=False)


@pytest.mark.slow
def test_the_endpoints_work_without_arguments(client):
    strip, film, made = client.predict(api_name="/vae_interpolation")
    with Image.open(film) as gif:
        assert gif.n_frames == 16
    assert recipe.read(strip)["output_sha256"] == recipe.read(film)["output_sha256"] == made["output_sha256"]
    found = client.predict(api_name="/vae_encode")
    assert len(found["mean"]) == len(found["log_variance"]) == 20
    assert Image.open(io.BytesIO(data_of(found["reconstruction"]))).size == (28, 28)


def test_the_endpoints_take_seeds_files_and_data_urls(client, tmp_path):
    from gradio_client import handle_file

    path = tmp_path / "seven.png"
    path.write_bytes(as_png(drawing()))
    by_file = client.predict(PLAIN, handle_file(path), 7, 5, "lerp", api_name="/vae_interpolation")
    by_url = client.predict(PLAIN, as_url(drawing()), "7", 5, "lerp", api_name="/vae_interpolation")
    assert by_file[2]["output_sha256"] == by_url[2]["output_sha256"]
    with Image.open(by_file[1]) as gif:
        assert gif.n_frames == 5
    encoded = [client.predict(PLAIN, one, api_name="/vae_encode") for one in (handle_file(path), as_url(drawing()))]
    assert encoded[0]["mean"] == encoded[1]["mean"]


def test_rest_with_named_arguments(suite):
    data = json.dumps({"model": PLAIN, "image": as_url(drawing())}).encode()
    url = f"{suite}gradio_api/call/v2/vae_encode"
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        event = json.loads(answer.read())["event_id"]
    with urllib.request.urlopen(f"{suite}gradio_api/call/vae_encode/{event}", timeout=60) as answer:
        text = answer.read().decode()
    assert "event: complete" in text and '"log_variance"' in text


@pytest.mark.parametrize(
    "arguments, word",
    [
        (("vae-x", "1", "2", 4, "lerp"), "There is no VAE"),
        ((PLAIN, "", "2", 4, "lerp"), "start is empty"),
        ((PLAIN, "1", "2", MANY, "lerp"), "from 2 to 64"),
        ((PLAIN, "1", "2", 0, "lerp"), "from 2 to 64"),
        ((PLAIN, as_url(Image.new("RGB", (90, 90))), "2", 4, "lerp"), "all black"),
        ((PLAIN, {"path": "/etc/hostname"}, "2", 4, "lerp"), "not uploaded"),
    ],
)
def test_the_endpoints_refuse_with_a_sentence(client, arguments, word):
    with pytest.raises(Exception, match=word):
        client.predict(*arguments, api_name="/vae_interpolation")
