"""A real Chromium in the sections of the GAN tab: draw, find, stop, judge; denoise, look back, compare, noise."""

import re

import pytest
from playwright.sync_api import expect

from shared.core import registry
from shared.core.settings import settings

MODELS = ("cgan-mnist", "gan-mnist", "ddpm-mnist")
MISSING = [name for name in MODELS if not (registry.WEIGHTS / name).is_dir() and name not in settings().local]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"the weights of {', '.join(MISSING)} are not in this checkout"),
]

# The two sections alone, so that what is tested here does not depend on where the tab puts them.
PAGE = """
import sys
sys.path.insert(0, "spaces")
import gradio as gr
from gan_digits.sections import diffusion, draw
from shared.core.settings import settings
from shared.page import frame, words

def build():
    with gr.Blocks() as demo:
        with gr.Tabs():
            with gr.Tab("Draw"):
                draw.section()
            with gr.Tab("Diffusion") as tab:
                diffusion.section(opens=tab.select)
    return demo

tab = frame.Tab("sections", {"en": "Sections"}, build, folder=words.beside(draw.__file__).folder)
frame.launch(frame.page([tab]), settings())
"""


@pytest.fixture(scope="module")
def address(start):
    return start("-c", PAGE)


@pytest.fixture
def draw(visit, address):
    page = visit(address)
    expect(page.locator(".inv-found")).to_have_attribute("data-state", "example")
    return page


@pytest.fixture
def diffuse(visit, address):
    page = visit(address)
    page.get_by_role("tab", name="Diffusion").click()
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


def test_an_example_is_there_and_a_drawing_is_found(draw):
    expect(draw.locator(".inv-ten figure")).to_have_count(10)
    expect(draw.locator(".inv-rank.mine")).to_have_count(2)  # the example and what was found for it
    draw.locator("#inv-drawing .cv-clear").click()
    expect(draw.locator(".inv-rank.mine")).to_have_count(0)
    before = draw.locator(".inv-judged").inner_html()
    stroke(draw, (0.5, 0.2), (0.5, 0.8))
    expect(draw.locator(".inv-rank.mine")).to_have_count(1)  # the discriminator answers each stroke
    assert draw.locator(".inv-judged").inner_html() != before
    expect(draw.locator(".inv-fits > div")).to_have_count(10)
    draw.locator("#inv-find").click()
    expect(draw.locator(".inv-found")).to_have_attribute("data-state", "done")
    expect(draw.locator(".inv-rank.mine")).to_have_count(2)
    expect(draw.locator("#inv-find")).to_be_enabled()
    first, found = re.findall(r"0\.\d{3}", draw.locator(".dg-facts").first.inner_text())[1::-1]
    assert float(found) <= float(first) + 0.01


def test_stop_stops_the_search(draw):
    draw.locator("#inv-more > button").click()
    field = draw.locator("#inv-steps input[type=number]")
    field.fill("300")
    field.press("Tab")
    draw.wait_for_timeout(300)
    # The search may be over before a click from outside of the browser arrives.
    draw.evaluate("""() => {
        const stop = document.querySelector("#inv-stop");
        const watch = setInterval(() => {
            const running = document.querySelector('.inv-found[data-state="running"] img');
            if (running && !stop.disabled) { clearInterval(watch); stop.click(); }
        }, 5);
    }""")
    draw.locator("#inv-find").click()
    expect(draw.locator(".inv-found")).to_have_attribute("data-state", "stopped")
    expect(draw.locator("#inv-find")).to_be_enabled()
    expect(draw.locator("#inv-stop")).to_be_disabled()


def test_an_empty_canvas_gets_a_sentence_and_another_gan_its_own_judge(draw):
    draw.locator("#inv-drawing .cv-clear").click()
    draw.locator("#inv-find").click()
    expect(draw.get_by_test_id("toast-body")).to_contain_text("The canvas is empty")
    expect(draw.locator("#inv-find")).to_be_enabled()
    draw.locator("#inv-take").click()  # a digit of the GAN's own, on the canvas
    expect(draw.locator(".inv-rank.mine")).to_have_count(1)
    draw.locator("#inv-model input").click()
    draw.get_by_role("option", name=registry.spec("gan-mnist").title, exact=True).click()
    expect(draw.locator(".inv-fits")).to_have_count(0)  # it knows no classes
    draw.locator("#inv-sorted-box > button").click()
    expect(draw.locator(".inv-sorted.free figure")).to_have_count(40)
    scores = [float(one) for one in draw.locator(".inv-sorted figcaption").all_inner_texts()]
    assert scores == sorted(scores)


def test_denoise_and_look_back(diffuse):
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


def test_stop_stops_the_denoising(diffuse):
    field = diffuse.locator("#ddpm-steps input[type=number]")
    field.fill("100")
    field.press("Tab")
    diffuse.wait_for_timeout(300)
    diffuse.locator("#ddpm-generate").click()
    expect(diffuse.locator(".ddpm-frame")).to_contain_text(re.compile(r"Step \d+ of 100"))
    diffuse.locator("#ddpm-stop").click()
    expect(diffuse.locator(".ddpm-frame")).to_have_attribute("data-state", "stopped")
    expect(diffuse.locator("#ddpm-generate")).to_be_enabled()


def test_samplers_side_by_side_and_the_forward_process(diffuse):
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
    expect(page.locator("#inv-find")).to_have_text("寻找最接近的")
    expect(page.locator(".inv-found")).to_contain_text("录制示例")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("tab", name="Diffusion").click()
    expect(page.locator(".ddpm-frame")).to_contain_text("第 20 / 20 步")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
