"""A real Chromium in the sections of the GAN tab: draw, find, stop, judge; denoise, look back, compare, noise."""

import re

import pytest
from conftest import type_number
from playwright.sync_api import expect

from shared.core import registry
from shared.core.settings import settings

MODELS = ("cgan-mnist", "gan-mnist", "ddpm-mnist")
MISSING = [name for name in MODELS if not (registry.WEIGHTS / name).is_dir() and name not in settings().local]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"the weights of {', '.join(MISSING)} are not in this checkout"),
]

# A search of 300 steps and a denoising of 100 wait, once a step is shown, until Stop is pressed.
PAGE = """
import sys
sys.path.insert(0, "spaces")
from gan_digits import runs
from gan_digits.sections import draw
from shared.page import frame
from tests.held import held

def is_long(i, state, asked, *rest):
    return i == 1 and asked.what == "diffusion" and asked.diffusion_steps == 100

draw.search = held(draw.search, lambda i, state, asked, *rest: i == 1 and asked.steps == 300)
runs.run = held(runs.run, is_long)
frame.run_alone("gan_digits", [])
"""


@pytest.fixture(scope="module")
def address(start):
    return start("-c", PAGE, AIGC_MODELS="bundled")


def opened(page, name):
    """A part of the tab."""
    page.locator("#gan_digits-parts").get_by_role("tab", name=name, exact=True).locator("visible=true").click()
    return page


@pytest.fixture
def draw(visit, address):
    page = opened(visit(address), "Draw and judge")
    expect(page.locator(".inv-found")).to_have_attribute("data-state", "example")
    return page


@pytest.fixture
def diffuse(visit, address):
    page = opened(visit(address), "Diffusion")
    expect(page.locator(".ddpm-frame")).to_have_attribute("data-state", "example")
    return page


def stroke(page, *points):
    box = page.locator("#inv-drawing .cv-ink").bounding_box()
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=5)
    page.mouse.up()


def test_a_drawing_is_found_the_search_stopped_an_empty_canvas_told_and_another_gan_judges(draw):
    expect(draw.locator(".inv-ten figure")).to_have_count(10)
    expect(draw.locator(".inv-rank.mine")).to_have_count(2)  # the example and what was found for it
    draw.locator("#inv-drawing .cv-clear").click()
    expect(draw.locator(".inv-rank.mine")).to_have_count(0)
    before = draw.locator(".inv-judged").inner_html()
    stroke(draw, (0.5, 0.2), (0.5, 0.8))
    expect(draw.locator(".inv-rank.mine")).to_have_count(1)  # the discriminator answers each stroke
    assert draw.locator(".inv-judged").inner_html() != before
    expect(draw.locator(".inv-fits > div")).to_have_count(10)
    draw.locator("#inv-more > button").click()
    type_number(draw.locator("#inv-steps"), 20)
    draw.locator("#inv-find").click()
    expect(draw.locator(".inv-found")).to_have_attribute("data-state", "done")
    expect(draw.locator(".inv-rank.mine")).to_have_count(2)
    expect(draw.locator("#inv-find")).to_be_enabled()
    first, found = re.findall(r"0\.\d{3}", draw.locator(".dg-facts").first.inner_text())[1::-1]
    assert float(found) <= float(first) + 0.01

    type_number(draw.locator("#inv-steps"), 300)
    draw.locator("#inv-find").click()
    found = draw.locator(".inv-found")
    expect(found).to_contain_text(re.compile(r"Step [1-9]\d* of 300"))
    step = int(re.search(r"Step (\d+)", found.inner_text())[1])
    draw.locator("#inv-stop").click()
    expect(found).to_have_attribute("data-state", "stopped")
    expect(found).to_contain_text(f"step {step + 1} of 300")
    expect(draw.locator("#inv-find")).to_be_enabled()
    expect(draw.locator("#inv-stop")).to_be_disabled()

    draw.locator("#inv-drawing .cv-clear").click()
    draw.locator("#inv-find").click()
    expect(draw.get_by_test_id("toast-body")).to_contain_text("The canvas is empty")
    expect(draw.locator("#inv-find")).to_be_enabled()
    draw.locator("#inv-take").click()  # a digit of the GAN's own, on the canvas
    expect(draw.locator(".inv-rank.mine")).to_have_count(1)
    draw.locator("#gan_digits-model").get_by_label(registry.spec("gan-mnist").title, exact=True).check()
    expect(draw.locator(".inv-fits")).to_have_count(0)  # it knows no classes
    draw.locator("#inv-sorted-box > button").click()
    expect(draw.locator(".inv-sorted.free figure")).to_have_count(40)
    scores = [float(one) for one in draw.locator(".inv-sorted figcaption").all_inner_texts()]
    assert scores == sorted(scores)


def test_denoise_look_back_stop_and_set_samplers_side_by_side(diffuse):
    example = diffuse.locator(".ddpm-frame img").first.get_attribute("src")
    diffuse.locator("#ddpm-digit").get_by_label("7", exact=True).check()
    diffuse.locator("#ddpm-generate").click()
    expect(diffuse.locator("#ddpm-at input[type=range]")).to_be_disabled()
    expect(diffuse.locator(".ddpm-frame")).to_have_attribute("data-state", "done")
    expect(diffuse.locator("#ddpm-at input[type=range]")).to_be_enabled()
    end = diffuse.locator(".ddpm-frame img").first.get_attribute("src")
    assert end != example
    slider = diffuse.locator("#ddpm-at input[type=range]")
    slider.focus()
    slider.press("Home")
    expect(diffuse.locator(".ddpm-frame")).to_contain_text("Pure noise")
    slider.press("ArrowRight")
    expect(diffuse.locator(".ddpm-frame")).to_contain_text("Step 1 of 20")
    slider.press("End")
    expect(diffuse.locator(".ddpm-frame img").first).to_have_attribute("src", end)
    with diffuse.expect_download() as saved:
        diffuse.locator(".ddpm-files a").first.click()
    assert saved.value.suggested_filename.endswith(".gif")

    type_number(diffuse.locator("#ddpm-steps"), 100)
    diffuse.locator("#ddpm-generate").click()
    expect(diffuse.locator(".ddpm-frame")).to_contain_text("Step 1 of 100")
    diffuse.locator("#ddpm-stop").click()
    expect(diffuse.locator(".ddpm-frame")).to_have_attribute("data-state", "stopped")
    expect(diffuse.locator(".ddpm-frame")).to_contain_text("Step 1 of 100")  # not one more
    expect(diffuse.locator("#ddpm-generate")).to_be_enabled()

    diffuse.locator("#ddpm-forward-box > button").click()
    expect(diffuse.locator("#ddpm-formula .katex").first).to_be_visible()
    expect(diffuse.locator(".ddpm-forward img")).to_have_count(3)
    numbers = diffuse.locator(".ddpm-forward .dg-facts")
    slider = diffuse.locator("#ddpm-t input[type=range]")
    slider.focus()
    slider.press("End")
    expect(diffuse.locator(".ddpm-forward")).to_contain_text("999")
    expect(numbers).to_contain_text("0.0000")
    diffuse.locator("#ddpm-compare-box > button").click()
    diffuse.locator("#ddpm-compare").click()
    expect(diffuse.locator(".ddpm-compared td img")).to_have_count(12)
    expect(diffuse.locator("#ddpm-compare")).to_be_enabled()


def test_they_fit_a_phone_in_chinese_and_in_the_dark(visit, address):
    page = visit(address, width=360, height=740, locale="zh-CN", color_scheme="dark")
    opened(page, "绘制与判别")
    expect(page.locator("#inv-find")).to_have_text("寻找最接近的")
    expect(page.locator(".inv-found")).to_contain_text("录制示例")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    opened(page, "扩散")
    expect(page.locator(".ddpm-frame")).to_contain_text("第 20 / 20 步")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_training_that_was_left_is_said_to_be_lost_where_it_was(address, visit):
    page = visit(address)
    expect(page.locator("#gan_digits-generate")).to_be_visible()
    page.evaluate("sessionStorage.setItem('aigc-trains', 1)")
    page.reload()
    expect(page.locator("#gan_train-lost")).to_contain_text("is lost")
