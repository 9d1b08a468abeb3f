"""A real Chromium in the GAN tab: a grid at once, live sliders, keep, walk, directions, compare, recipes, bad input."""

import io
import json
import re
import urllib.request

import pytest
from conftest import type_number
from PIL import Image
from playwright.sync_api import expect

from shared import recipe
from shared.core import registry

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(start, tmp_path_factory):
    """With one model that cannot be loaded."""
    empty = tmp_path_factory.mktemp("empty")
    return start("app.py", "gan_digits", AIGC_MODELS="bundled", AIGC_LOCAL=f"lsgan-mnist={empty}")


@pytest.fixture
def tab(visit, address):
    page = visit(address)
    expect(page.locator(".gv-tile")).to_have_count(16)
    return page


def sprite(page):
    return page.locator(".gv-tile").first.evaluate("node => node.style.backgroundImage")


def redrawn(page, before):
    expect(page.locator(".gv-tile").first).not_to_have_css("background-image", before)


def drag(page, name, value):
    """Moves the handle of a slider, as a hand does: an input event for each place."""
    page.locator(f"#gan_digits-{name} input[type=range]").evaluate(
        """(node, value) => {
          const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
          const from = Number(node.value);
          for (let i = 1; i <= 6; i++) {
            set.call(node, from + ((value - from) * i) / 6);
            node.dispatchEvent(new Event("input", {bubbles: true}));
          }
        }""",
        value,
    )


def part(page, name):
    page.get_by_role("tab", name=name, exact=True).locator("visible=true").click()


def test_an_example_runs_live_two_digits_are_kept_for_a_walk_and_sliders_redraw(tab):
    expect(tab.locator(".gv-badge")).to_have_text("Recorded example")
    expect(tab.locator(".gv-tile").first).to_have_attribute("aria-label", re.compile(r"^Digit \d, seed 0"))
    recorded = sprite(tab)
    tab.locator(".gv-live").click()
    verdict = tab.locator("#gan_digits-verdict")
    expect(verdict).to_contain_text(re.compile("Identical|Different"))
    assert "Identical" not in verdict.inner_text() or sprite(tab) == recorded
    expect(tab.locator(".gv-badge")).to_be_hidden()

    # Digits that are clicked faster than they are drawn are kept.
    for i in (2, 5, 7):
        tab.locator(".gv-tile").nth(i).click()
    expect(tab.locator(".gv-tile").nth(7).locator("i")).to_have_text("B")
    expect(tab.locator(".gv-tile").nth(5).locator("i")).to_have_text("A")

    tiles = tab.locator(".gv-tile")
    tiles.nth(4).click()
    expect(tiles.nth(4)).to_have_attribute("aria-pressed", "true")
    expect(tiles.nth(4).locator("i")).to_have_text("B")
    tiles.nth(4).focus()  # by keyboard: arrows move, Enter keeps
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tiles.nth(9).locator("i")).to_have_text("B")
    expect(tiles.nth(4).locator("i")).to_have_text("A")
    field = tab.locator("#gan_digits-frames input[type=number]")
    field.fill("9")
    field.press("Tab")
    tab.locator("#gan_digits-walk-go").click()
    film = tab.locator(".gv-film")
    expect(film).to_have_attribute("alt", re.compile("^9 frames, slerp, from A"))
    expect(tab.locator(".gv-frames .gv-picture")).to_have_count(9)
    data = urllib.request.urlopen(film.get_attribute("src")).read()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.n_frames == 9
    settings = recipe.read_bytes(data)["settings"]
    assert (settings["seed_from"], settings["seed_to"], settings["frames"]) == (4, 9, 9)
    with tab.expect_download() as saved:
        tab.locator(".gv-mp4").click()
    assert recipe.read(saved.value.path())["settings"] == settings
    expect(tab.locator("#gan_digits-verdict")).not_to_contain_text("Identical")  # that of the example
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("Identical")

    drag(tab, "n", 40)
    expect(tab.locator(".gv-tile")).to_have_count(40)
    before = sprite(tab)
    drag(tab, "truncation", 0.3)
    redrawn(tab, before)
    tab.get_by_label("7", exact=True).check()
    expect(tab.locator(".gv-tile").nth(39)).to_have_attribute("title", "Digit 7, seed 39")
    tab.get_by_label("Textbook GAN").check()
    expect(tab.locator(".gv-tile").first).to_have_attribute("title", "Seed 0")
    expect(tab.get_by_label("7", exact=True)).to_be_disabled()  # it cannot be told which
    expect(tab.get_by_label("Any", exact=True)).to_be_checked()
    tab.locator("#gan_digits-generate").click()
    expect(tab.locator(".gv-tile").first).not_to_have_attribute("title", "Seed 0")
    expect(tab.locator("#gan_digits-verdict")).not_to_contain_text("Identical")  # that of the walk
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("Identical")


def drop(page, path):
    page.locator("#gan_digits-drop input[type=file]").set_input_files(path)
    expect(page.locator("#gan_digits-verdict")).to_contain_text("Restored")


def test_a_saved_picture_brings_its_settings_back(tab, tmp_path):
    drag(tab, "n", 25)
    expect(tab.locator(".gv-tile")).to_have_count(25)
    with tab.expect_download() as saved:
        tab.locator(".gv-save").click()
    path = tmp_path / "digits.png"
    saved.value.save_as(path)
    assert recipe.read(path)["settings"]["n"] == 25
    tab.reload()
    expect(tab.locator(".gv-tile")).to_have_count(16)
    tab.locator("#gan_digits-recipe-box > button").click()
    drop(tab, path)
    expect(tab.locator(".gv-tile")).to_have_count(25)
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("Identical")


def test_a_saved_film_of_denoising_brings_its_settings_back_and_is_reproduced(tab, tmp_path):
    frame, verdict = tab.locator(".ddpm-frame"), tab.locator("#gan_digits-verdict")
    part(tab, "Diffusion")
    expect(frame).to_have_attribute("data-state", "example")
    tab.locator("#ddpm-digit").get_by_label("3", exact=True).check()
    type_number(tab.locator("#ddpm-steps"), 5)
    tab.locator("#ddpm-generate").click()
    expect(frame).to_have_attribute("data-state", "done")
    with tab.expect_download() as saved:
        tab.locator(".ddpm-files a").first.click()
    today, before = tmp_path / "film.gif", tmp_path / "version-0.1.json"
    saved.value.save_as(today)
    made = recipe.read(today)
    del made["settings"]["what"]
    before.write_text(json.dumps(made))
    tab.reload()
    expect(tab.locator(".gv-tile")).to_have_count(16)
    tab.locator("#gan_digits-recipe-box > button").click()
    for path in (today, before):
        drop(tab, path)
        expect(frame).to_have_attribute("data-state", "restored")
        expect(tab.locator("#ddpm-digit").get_by_label("3", exact=True)).to_be_checked()
        expect(tab.locator("#ddpm-steps input[type=number]")).to_have_value("5")
        tab.locator("#gan_digits-reproduce").click()
        expect(verdict).to_contain_text("Identical")
        expect(frame).to_have_attribute("data-state", "done")
        tab.locator("#ddpm-digit").get_by_label("7", exact=True).check()  # which the next drop takes back
        type_number(tab.locator("#ddpm-steps"), 6)


def test_a_link_opens_with_its_walk(visit, address):
    made = recipe.make(
        "gan_digits",
        {"model": "gan-mnist"},
        {"what": "walk", "model": "gan-mnist", "seed_from": 3, "seed_to": 6, "frames": 4, "route": "lerp"},
        b"",
        0.1,
    )
    tab = visit(recipe.to_link(made, address))
    expect(tab.locator(".gv-tile").nth(3).locator("i")).to_have_text("A")
    expect(tab.locator(".gv-tile").first).to_have_attribute("title", "Seed 0")
    expect(tab.locator(".gv-film")).to_have_attribute("alt", re.compile("^4 frames, lerp"))


def choose(page, *names):
    """These models, and no others, to compare."""
    part(page, "Compare")
    chosen = page.locator("#gan_digits-models input")
    for i in range(chosen.count()):
        chosen.nth(i).uncheck()
        expect(chosen.nth(i)).not_to_be_checked()
    expect(page.locator("#gan_digits-models input:checked")).to_have_count(0)
    page.wait_for_timeout(500)  # a busy page draws its boxes once more, with what it knew before
    for i in range(chosen.count()):
        chosen.nth(i).uncheck()
    for name in names:
        page.locator("#gan_digits-models").get_by_label(name, exact=True).check()
    expect(page.locator("#gan_digits-models input:checked")).to_have_count(len(names))


def test_directions_are_nudged_and_models_are_compared(tab):
    part(tab, "Directions")
    expect(tab.locator(".gv-direction")).to_have_count(6)
    nudged = tab.locator(".gv-pair .gv-picture").nth(1)
    before = nudged.evaluate("node => node.style.backgroundImage")
    tab.locator(".gv-direction").first.locator(".gv-stop").last.click()
    expect(tab.locator(".gv-pair .gv-picture").nth(1)).not_to_have_css("background-image", before)
    expect(tab.locator(".gv-direction-head span").first).to_have_text("+3.0 σ")
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("Identical")

    # Answers that come late neither lose nor move a handle.
    stops = tab.locator(".gv-direction .gv-stop:last-of-type")
    numbers = tab.locator(".gv-direction-head span")
    expect(stops).to_have_count(6)
    tab.evaluate("""() => { window.seen = [];
        const handles = [...document.querySelectorAll(".gv-direction input")];
        const look = () => seen.push(handles.map((one) => Number(one.value)));
        const rows = document.querySelector("#gan_digits-directions .gv-rows");
        new MutationObserver(look).observe(rows, {subtree: true, childList: true}) }""")
    stops.evaluate_all("stops => stops.forEach((stop) => stop.click())")  # faster than any answer
    expect(numbers).to_have_text(["+3.0 σ"] * 6)
    tab.locator("#gan_digits-recipe-box > button").click()
    expect(tab.locator("#gan_digits-recipe")).to_contain_text(re.compile(r"pc6\W+3"))
    for handle in zip(*tab.evaluate("seen"), strict=True):
        assert list(handle) == sorted(handle) and handle[-1] == 3

    choose(tab)
    before = sprite(tab)
    tab.locator("#gan_digits-compare-go").click()
    expect(tab.get_by_test_id("toast-body")).to_contain_text("Choose from 1 to 8 different models")
    assert sprite(tab) == before
    expect(tab.locator(".gv-model")).to_have_count(0)

    choose(tab, "Class-conditional GAN", "Textbook GAN", "Convolutional VAE")
    tab.locator("#gan_digits-compare-go").click()
    expect(tab.locator(".gv-model")).to_have_count(3)
    for i in range(3):
        expect(tab.locator(".gv-model").nth(i).locator(".gv-picture")).to_have_count(10)
    assert tab.locator(".gv-model-pictures .gv-picture:not([aria-label])").count() == 0
    expect(tab.locator("#gan_digits-verdict")).not_to_contain_text("Identical")  # that of the directions
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("Identical")

    # Where one model failed, no older recipe stays.
    choose(tab, "Textbook GAN", registry.spec("lsgan-mnist").title)
    tab.locator("#gan_digits-compare-go").click()
    expect(tab.locator(".gv-model .gv-picture")).to_have_count(10)
    expect(tab.locator(".gv-wait")).to_contain_text("holds no complete weights")
    tab.locator("#gan_digits-recipe-box > button").click()
    expect(tab.locator("#gan_digits-recipe")).not_to_contain_text("cgan-mnist")
    tab.locator("#gan_digits-reproduce").click()
    expect(tab.locator("#gan_digits-verdict")).to_contain_text("There is no recipe yet")


def test_it_fits_a_phone_and_speaks_chinese(visit, address):
    page = visit(address, width=360, height=740, locale="zh-CN", color_scheme="dark")
    expect(page.locator("#gan_digits-generate")).to_have_text("生成")
    expect(page.locator(".gv-badge")).to_have_text("录制示例")
    page.locator(".gv-tile").nth(5).click()
    expect(page.locator(".gv-tile").nth(5).locator("i")).to_have_text("B")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator(".gv-tiles").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
