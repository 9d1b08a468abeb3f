"""A real Chromium in the picture tab: preview, Stop, time machine, words, mask, strip, restore, Reproduce, bad input.

The model is a tiny one with random weights: it draws quickly, and what it draws shows nothing.
"""

import base64
import io
import re
from contextlib import contextmanager

import numpy as np
import pytest
import tiny_pipelines
from conftest import type_number
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import expect

from shared import recipe

pytestmark = pytest.mark.browser
MODEL = "emoji-diffusion"

# A drawing of 50 steps waits at the second until Stop is pressed.
PAGE = """
import sys
sys.path.insert(0, "spaces")
from text_to_image import runs
from shared.page import frame
from tests.held import held

def is_long(i, state, asked, *rest):
    return state.step == 2 and asked.steps == 50 and not asked.until

runs.run = held(runs.run, is_long)
frame.run_alone("text_to_image", [])
"""


@pytest.fixture(scope="module")
def address(start, tmp_path_factory):
    folder = tiny_pipelines.write_emoji(tmp_path_factory.mktemp("emoji"))
    return start("-c", PAGE, AIGC_MODELS="bundled", AIGC_LOCAL=f"{MODEL}={folder}")


@pytest.fixture
def tab(page, address):
    with opened(page, address):
        yield page


@contextmanager
def opened(page, address):
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    expect(page.locator(".id-chips .iv-chip").first).to_be_visible()
    yield
    assert problems == []


def control(page, name, value, tag="input"):
    field = page.locator(f"#text_to_image-{name} {tag}").first
    field.fill(str(value))
    field.press("Tab")


def number(page, name, value):
    type_number(page.locator(f"#text_to_image-{name}"), value)


def more(page, **settings):
    """Sets what waits under More."""
    if not page.locator("#text_to_image-steps").is_visible():
        page.locator("#text_to_image-more > button").click()
    for name, value in settings.items():
        number(page, name, value)


def press(page, name):
    page.locator(f"#text_to_image-{name}").click()


def done(page, n):
    """The run that was begun is finished, and there are n pictures."""
    expect(page.locator(".iv-tile img[src^='data:image/png']")).to_have_count(n)
    expect(page.locator(".iv-side:not(.off) .iv-save")).to_be_visible()
    expect(page.locator("#text_to_image-generate")).to_be_enabled()


def drawn(page, **settings):
    """Generates -> the recipe in the first picture."""
    settings = {"steps": 4} | settings
    n = settings.pop("n", 2)
    number(page, "n", n)
    more(page, **settings)
    page.locator(".iv-save").evaluate("node => node.removeAttribute('href')")  # of the run before
    press(page, "generate")
    expect(page.locator(".iv-save")).to_have_attribute("href", re.compile("^data:"))
    done(page, n)
    return saved(page)


def data(page):
    """The first picture as the bytes of its file."""
    return base64.b64decode(page.locator(".iv-save").get_attribute("href").partition(",")[2])


def saved(page):
    return recipe.read_bytes(data(page))


def slide(page, step):
    page.locator(".iv-step").evaluate(
        "(node, step) => { node.value = step; node.dispatchEvent(new Event('input')); }", step
    )


def part(page, name):
    page.get_by_role("tab", name=name, exact=True).locator("visible=true").click()


def reproduced(page, words="Identical"):
    press(page, "reproduce")
    expect(page.locator("#text_to_image-verdict")).to_contain_text(words)


def test_pictures_come_with_previews_reproduce_and_are_looked_at(tab):
    control(tab, "prompt", "a cat in a boat", "textarea")
    tab.locator("#text_to_image-styles").get_by_text("Twemoji", exact=True).click()
    control(tab, "seed", 11)
    tab.evaluate(
        """() => {
          window.seen = new Set();
          const look = () => seen.add(document.querySelector(".iv-message").textContent);
          const all = {subtree: true, childList: true, characterData: true};
          new MutationObserver(look).observe(document.querySelector(".iv-top"), all);
        }"""
    )
    made = drawn(tab, n=3, steps=6)
    assert made["settings"]["style"] == "twemoji" and made["settings"]["n"] == 3 and made["seed"] == 11
    assert any(re.match(r"Step \d of 6", one) for one in tab.evaluate("[...seen]"))
    alt = re.compile(r"^a cat in a boat\. Seed 12\. looks most like “.+”$")
    expect(tab.locator(".iv-tile img").nth(1)).to_have_attribute("alt", alt)
    expect(tab.locator("#text_to_image-price")).to_contain_text("on this machine")
    reproduced(tab)
    expect(tab.locator("#text_to_image-seed input")).to_have_value("-1")

    # A word shows where it drew.
    tab.locator(".iv-look").click()
    chips = tab.locator(".iv-word-list .iv-chip")
    expect(chips).to_have_text(["twemoji", "emoji", "of", "a", "cat", "in", "a", "boat"])
    chips.nth(4).hover()
    expect(chips.nth(4)).to_have_attribute("aria-pressed", "true")
    expect(tab.locator(".iv-heat.on")).to_have_count(1)
    darkest = "node => Math.max(...node.getContext('2d').getImageData(0, 0, node.width, node.height).data)"
    assert tab.locator(".iv-heat.on").evaluate(darkest) > 0
    tab.locator(".iv-look").click()
    expect(tab.locator(".iv-heat.on")).to_have_count(0)
    expect(tab.locator(".iv-words")).to_be_hidden()

    # One is enlarged, and the keyboard goes through all.
    tiles = tab.locator(".iv-tile")
    tiles.nth(0).focus()
    tab.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("Enter")
    zoom = tab.locator(".iv-zoom")
    expect(zoom).to_be_visible()
    name = zoom.locator(".iv-zoom-name")
    before = name.inner_text()
    tab.keyboard.press("ArrowRight")
    expect(name).not_to_have_text(before)
    assert zoom.locator("img").bounding_box()["width"] >= 256
    tab.keyboard.press("Escape")
    expect(zoom).to_be_hidden()
    tab.locator(".iv-reuse").click()
    seed = name.inner_text().removeprefix("Seed ") or tab.locator(".iv-line").inner_text()
    expect(tab.locator("#text_to_image-seed input")).to_have_value(re.sub(r"\D.*", "", seed))

    # One becomes the picture to begin with.
    tab.locator(".iv-take").click()
    expect(tab.locator(".im-picture")).to_have_attribute("src", tab.locator(".iv-save").get_attribute("href"))
    tab.locator(".im-remove").click()
    expect(tab.locator(".im-choose")).to_be_visible()


def test_the_time_machine_goes_back_and_on_and_a_strip_shows_five_values(tab):
    drawn(tab, steps=5)
    last = tab.locator(".iv-tile img").first.get_attribute("src")
    slide(tab, 2)
    expect(tab.locator(".iv-where")).to_have_text("Step 2 of 5")
    expect(tab.locator(".iv-tile img").first).not_to_have_attribute("src", last)
    control(tab, "prompt", "a house", "textarea")
    tab.locator(".iv-proceed").click()
    expect(tab.locator(".iv-tile img").first).to_have_attribute("alt", re.compile("^a house"))
    done(tab, 2)
    settings = saved(tab)["settings"]
    assert settings["what"] == "continue" and settings["step"] == 2 and settings["prompt"] == "a house"
    reproduced(tab)
    # Both are in the gallery; the first one brings its prompt back.
    expect(tab.locator(".ag-once")).to_have_count(2)
    tab.locator(".ag-once").nth(1).click()
    expect(tab.locator("#text_to_image-prompt textarea")).to_have_value("princess")
    assert tab.locator(".iv-tile img").first.get_attribute("src") == last
    expect(tab.locator("#text_to_image-verdict")).to_contain_text("Restored")

    part(tab, "Strip")
    more(tab, steps=4)
    tab.locator("#text_to_image-control").get_by_label("Guidance").check()
    press(tab, "strip-go")
    done(tab, 5)
    expect(tab.locator(".iv-label").first).to_have_text("Guidance 1")
    top = "tiles => tiles.slice(0, 5).map(tile => Math.round(tile.getBoundingClientRect().top))"
    tops = tab.locator(".iv-tile").evaluate_all(top)  # all at one moment: the page may be scrolling
    assert len(tops) == 5 and len(set(tops)) == 1
    assert saved(tab)["settings"]["control"] == "guidance"
    reproduced(tab)


def test_an_upload_that_is_none_is_a_sentence_and_a_part_of_a_picture_is_redrawn(tab, tmp_path):
    for name, content, words in (
        ("broken.png", b"\x89PNG\r\n\x1a\n" + b"x" * 99, "damaged|not a picture"),
        ("large.png", b"\0" * (10 * 1024 * 1024 + 1), "too large"),
        ("text.png", b"no picture at all", "not a picture"),
    ):
        (tmp_path / name).write_bytes(content)
        tab.locator(".im-file").set_input_files(tmp_path / name)
        expect(tab.locator(".im-say")).to_have_text(re.compile(words))
        expect(tab.locator(".im-choose")).to_be_visible()

    start = np.zeros((120, 120, 3), np.uint8) + np.array([40, 160, 220], np.uint8)
    Image.fromarray(start).save(tmp_path / "sky.png")
    number(tab, "n", 1)
    tab.locator(".im-file").set_input_files(tmp_path / "sky.png")
    expect(tab.locator(".im-picture")).to_be_visible()
    press(tab, "fill")  # nothing is painted yet
    expect(tab.get_by_test_id("toast-body")).to_contain_text("paint over the part")
    tab.get_by_test_id("toast-close").click()
    box = tab.locator(".im-mask").bounding_box()
    tab.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"], steps=5)
    tab.mouse.up()
    expect(tab.locator("#text_to_image-strength input[type=number]")).to_have_value("1")  # drawn anew, by itself
    more(tab, steps=4)
    press(tab, "fill")
    done(tab, 1)
    found = np.asarray(Image.open(io.BytesIO(data(tab)))).astype(int)
    assert np.abs(found[20:, 20:] - start[0, 0]).max() <= 2  # outside of the mask
    assert np.abs(found[4:12, 4:12] - start[0, 0]).max() > 20
    settings = saved(tab)["settings"]
    assert settings["what"] == "fill" and settings["image"].startswith("data:") and settings["mask"]
    reproduced(tab)
    # The mask is undone; then the whole picture may change.
    tab.locator(".im-undo").click()
    expect(tab.locator(".im-clear")).to_be_disabled()
    press(tab, "change")
    expect(tab.locator(".ag-once")).to_have_count(2)
    assert saved(tab)["settings"]["what"] == "change"


def test_a_link_a_saved_picture_and_that_of_another_program_bring_their_settings(tab, address, tmp_path):
    made = recipe.make("text_to_image", {"model": MODEL}, {"prompt": "a sun", "style": "noto", "seed": 4}, b"", 0.1)
    tab.goto(recipe.to_link(made, address))
    expect(tab.locator("#text_to_image-prompt textarea")).to_have_value("a sun")
    expect(tab.locator("#text_to_image-styles").get_by_label("Noto")).to_be_checked()

    control(tab, "prompt", "a blue car", "textarea")
    drawn(tab, steps=3)
    with tab.expect_download() as download:
        tab.locator(".iv-save").click()
    assert re.fullmatch(r"a-blue-car-seed-\d+\.png", download.value.suggested_filename)
    download.value.save_as(tmp_path / "car.png")
    made = recipe.read(tmp_path / "car.png")
    tab.reload()
    expect(tab.locator(".id-chips .iv-chip").first).to_be_visible()
    tab.locator("#text_to_image-recipe-box > button").click()
    tab.locator("#text_to_image-drop input[type=file]").set_input_files(tmp_path / "car.png")
    expect(tab.locator("#text_to_image-verdict")).to_contain_text("Restored")
    expect(tab.locator("#text_to_image-prompt textarea")).to_have_value("a blue car")
    expect(tab.locator("#text_to_image-seed input")).to_have_value(str(made["seed"]))
    expect(tab.locator(".iv-message")).to_contain_text("The settings are back")
    reproduced(tab)

    info = PngInfo()
    steps = "Steps: 9, Sampler: Euler a, CFG scale: 3, Seed: 77, Size: 512x512, Model: v1-5"
    info.add_text("parameters", f"a boat\nNegative prompt: blurry\n{steps}")
    Image.new("RGB", (64, 64)).save(tmp_path / "boat.png", pnginfo=info)
    tab.locator("#text_to_image-drop input[type=file]").set_input_files(tmp_path / "boat.png")
    verdict = tab.locator("#text_to_image-verdict")
    expect(verdict).to_contain_text("model must be one of")
    expect(verdict).to_contain_text("does not take width 512, height 512")
    expect(tab.locator("#text_to_image-seed input")).to_have_value("77")
    number(tab, "n", 1)
    press(tab, "generate")
    done(tab, 1)
    settings = saved(tab)["settings"]
    assert (settings["steps"], settings["guidance"], settings["scheduler"], settings["width"]) == (9, 3, "Euler a", 32)


def test_prompts_are_read_and_stop_keeps_the_picture_so_far(tab):
    control(tab, "prompt", "a dogg and a spaceship", "textarea")
    expect(tab.locator(".id-say")).to_contain_text("oes not know: dogg, spaceship")
    chip = tab.locator(".id-chips .iv-chip").first
    expect(chip).to_have_text("dog")  # in the place of the ideas that stood there before
    chip.click()
    expect(tab.locator("#text_to_image-prompt textarea")).to_have_value("dog")
    part(tab, "What it can draw")
    tab.locator(".vo-find input").fill("ho")
    expect(tab.locator(".vo-list .iv-chip")).to_have_text(["house"])
    tab.locator(".vo-list .iv-chip").click()
    expect(tab.locator("#text_to_image-prompt textarea")).to_have_value("house")

    number(tab, "n", 1)
    more(tab, steps=2)
    tab.locator("#text_to_image-prompt textarea").fill("a tree")
    tab.keyboard.press("Control+Enter")
    done(tab, 1)
    assert saved(tab)["settings"]["prompt"] == "a tree"
    before = tab.locator(".iv-tile img").first.get_attribute("src")
    more(tab, width=72)
    press(tab, "generate")
    expect(tab.get_by_test_id("toast-body")).to_contain_text("32 × 32 pixels only")
    expect(tab.locator("#text_to_image-generate")).to_be_enabled()
    assert tab.locator(".iv-tile img").first.get_attribute("src") == before
    more(tab, width=32)

    control(tab, "prompt", "", "textarea")
    drawn(tab, n=1, steps=2)
    expect(tab.locator(".iv-notices")).to_contain_text("There is no prompt")
    control(tab, "prompt", "cat " * 5000, "textarea")
    press(tab, "generate")
    expect(tab.locator(".iv-notices")).to_contain_text("words")
    done(tab, 1)

    number(tab, "n", 8)
    more(tab, steps=50)
    press(tab, "generate")
    expect(tab.locator(".iv-message")).to_have_text("Step 2 of 50")
    press(tab, "stop")
    expect(tab.locator(".iv-message")).to_have_text(re.compile(r"Stopped at step \d+ of 50"))
    done(tab, 8)
    made = saved(tab)
    assert 1 <= made["settings"]["until"] < 50
    expect(tab.locator("#text_to_image-stop")).to_be_disabled()
    reproduced(tab)


def test_it_fits_a_phone_speaks_chinese_and_takes_a_finger(look, address):
    page = look(width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True)
    with opened(page, address):
        expect(page.locator("#text_to_image-generate")).to_have_text("生成")
        press(page, "generate")
        expect(page.locator(".iv-tile img[src^='data:image/png']")).to_have_count(4)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        box = page.locator(".iv-tiles").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360
        done(page, 4)
        page.locator(".iv-take").click()
        mask = page.locator(".im-mask")
        mask.scroll_into_view_if_needed()
        expect(page.locator(".im-clear")).to_be_disabled()
        box = mask.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".im-clear")).to_be_enabled()
