"""A real Chromium in the VAE tab: draws with mouse, finger and keys, uploads, walks, hovers over the map, tunes."""

import base64
import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "vae_interpolation"


@pytest.fixture
def address(suite):
    return f"{suite}?tab={TAB}"


def opened(page):
    expect(page.locator(".vv-stage")).to_be_visible()
    expect(page.locator(f"#{TAB}-posterior svg").first).to_be_visible()
    return page


@pytest.fixture
def tab(visit, address):
    return opened(visit(address))


def sheet(page, end):
    return page.locator(f"#{TAB}-{end}-canvas .cv-ink")


def title(page):
    return page.locator(f"#{TAB}-strip .vv-title")


def gif(page):
    """The film on the page -> PIL."""
    return Image.open(io.BytesIO(base64.b64decode(page.locator("img.vv-film").get_attribute("src").partition(",")[2])))


def corners(page, end, points=((0.25, 0.2), (0.75, 0.2), (0.42, 0.85))):
    """A seven: where its corners are on the screen."""
    sheet(page, end).scroll_into_view_if_needed()
    box = sheet(page, end).bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


AT_REST = """() => new Promise((done) => {
  let y = scrollY, frames = 0;
  const look = () => {
    frames = scrollY === y ? frames + 1 : 0;
    y = scrollY;
    frames > 20 ? done() : requestAnimationFrame(look);
  };
  look();
})"""


def draw(page, end):
    first, *rest = corners(page, end)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def open_part(page, name):
    tab = page.locator(f"#{TAB}-parts button[role=tab]", has_text=name)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")


def test_an_example_is_there_the_canvas_goes_by_keyboard_and_others_are_uploaded_sampled_and_summed(tab, tmp_path):
    assert gif(tab).n_frames == 16
    expect(tab.locator(".vv-frames .vv-picture")).to_have_count(16)
    for image in tab.locator(f"#{TAB} img, #{TAB}-sections img").all():
        assert image.get_attribute("alt")
    tab.locator(f"#{TAB}-reproduce").click()
    expect(tab.locator(f"#{TAB}-verdict")).to_contain_text("Identical")

    sheet(tab, "start").focus()
    tab.keyboard.press("Space")
    for _ in range(12):
        tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Space")
    expect(tab.locator(f"#{TAB}-start-words")).to_contain_text("Your digit")
    expect(sheet(tab, "start")).to_have_attribute("aria-label", re.compile("Start. There is a drawing"))
    shown = tab.locator(f"#{TAB}-start-canvas .cv-seen canvas")
    dark = "getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, i) => i % 4 === 3 && v > 99).length"
    bar = f"(seen) => {{ const n = seen.{dark}; return 20 < n && n < 200 }}"  # as the model sees it
    tab.wait_for_function(bar, arg=shown.element_handle())

    tab.locator(f"#{TAB}-start-canvas .cv-clear").click()
    expect(tab.locator(f"#{TAB}-start-words")).to_contain_text("Empty")
    before = title(tab).inner_text()
    tab.locator(f"#{TAB}-generate").click()
    expect(tab.get_by_test_id("toast-body")).to_contain_text("The start is empty")
    assert title(tab).inner_text() == before and gif(tab).n_frames == 16  # and nothing else changed
    tab.locator(f"#{TAB}-start-canvas .cv-undo").click()
    expect(tab.locator(f"#{TAB}-start-words")).to_contain_text("Your digit")

    picture = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(picture).line([(80, 60), (220, 60), (130, 250)], 0, 26, joint="curve")
    picture.save(tmp_path / "seven.png")
    Image.new("RGB", (300, 300)).save(tmp_path / "black.png")
    upload = tab.locator(f"#{TAB}-end input[type=file], #{TAB}-end-upload input[type=file]").first
    upload.set_input_files(tmp_path / "seven.png")
    expect(title(tab)).to_contain_text("to your digit")
    before = title(tab).inner_text()
    upload.set_input_files(tmp_path / "black.png")
    expect(tab.get_by_test_id("toast-body")).to_contain_text("all black")
    assert title(tab).inner_text() == before
    tab.locator(f"#{TAB}-end-sample").click()
    expect(title(tab)).to_contain_text(re.compile(r"to seed \d+"))

    open_part(tab, "Side by side")
    expect(tab.locator(f"#{TAB}-compare .rule")).to_have_count(6)
    expect(tab.locator(f"#{TAB}-compare .best")).to_have_count(1)
    open_part(tab, "Arithmetic")
    expect(tab.locator(f"#{TAB}-arithmetic .va figure")).to_have_count(4)
    draw(tab, "third")
    expect(tab.locator(f"#{TAB}-third-words")).to_contain_text("Your digit")
    tab.locator(f"#{TAB}-sum-end").click()
    expect(title(tab)).to_contain_text("to chosen latents")


def test_draw_with_the_mouse_walk_and_find_it_all_again_by_a_link(tab, visit):
    before = tab.locator("img.vv-film").get_attribute("src")
    draw(tab, "start")  # at once: nothing is clicked before
    expect(tab.locator(f"#{TAB}-start-words")).to_contain_text("Your digit")
    expect(title(tab)).to_contain_text("from your digit to seed 4")
    frames = tab.locator(f"#{TAB}-frames input[type=number]")
    frames.fill("9")
    frames.press("Tab")
    expect(title(tab)).to_contain_text("9 steps")
    draw(tab, "end")
    expect(title(tab)).to_contain_text("from your digit to your digit")
    tab.locator(f"#{TAB}-generate").click()
    expect(tab.locator("img.vv-film")).not_to_have_attribute("src", before)
    film = gif(tab)
    assert film.n_frames == 9 and film.size == (224, 224)
    tab.locator(".vv-frames .vv-picture").nth(4).hover()
    expect(tab.locator(".vv-where")).to_contain_text("Picture 5 of 9")

    tab.locator(f"#{TAB}-recipe-box > button").click()
    expect(tab.locator(f"#{TAB}-recipe")).to_contain_text("digit:")
    tab.locator(f"#{TAB}-reproduce").click()
    expect(tab.locator(f"#{TAB}-verdict")).to_contain_text("Identical")
    with tab.expect_download() as saved:
        tab.locator(".vv-mp4").click()
    assert saved.value.suggested_filename == "conv-vae-mnist-interpolation.mp4"

    tab.get_by_label("Textbook VAE", exact=True).check()
    expect(title(tab)).to_contain_text("Textbook VAE")
    draw(tab, "start")
    expect(title(tab)).to_contain_text("from your digit")
    tab.locator(f"#{TAB}-copy-link").click()
    link = tab.locator(f"#{TAB}-share textarea, #{TAB}-share input").first
    expect(link).to_have_value(re.compile("r="))
    page = opened(visit(link.input_value()))
    expect(page.get_by_label("Textbook VAE", exact=True)).to_be_checked()
    expect(page.locator(f"#{TAB}-start-words")).to_contain_text("Your digit")
    page.locator(f"#{TAB}-reproduce").click()
    expect(page.locator(f"#{TAB}-verdict")).to_contain_text("Identical")


def test_draw_with_a_finger(visit, address):
    page = opened(visit(address, width=390, height=800, has_touch=True))
    corners(page, "start")
    page.evaluate(AT_REST)  # a page that still scrolls would take the finger for its own
    points = corners(page, "start")
    top = page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)

    def touch(kind, *at):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in at]})

    touch("touchStart", points[0])
    for a, b in zip(points, points[1:], strict=False):
        for i in range(1, 7):
            touch("touchMove", (a[0] + (b[0] - a[0]) * i / 6, a[1] + (b[1] - a[1]) * i / 6))
    touch("touchEnd")
    expect(title(page)).to_contain_text("from your digit")
    assert page.evaluate("scrollY") == top  # the finger drew, and did not scroll


def test_latents_are_tuned_and_the_map_is_hovered_clicked_and_walked_on(tab):
    open_part(tab, "Latents")
    rows = tab.locator(f"#{TAB}-sliders .vv-row")
    expect(rows).to_have_count(20)
    digit = tab.locator(f"#{TAB}-sliders .vv-digit")
    before = digit.get_attribute("style")
    rows.first.locator("button").last.click()
    expect(digit).not_to_have_attribute("style", before)
    slider = rows.first.locator("input")
    assert slider.input_value() == "3"
    slider.focus()
    tab.keyboard.press("ArrowLeft")
    assert slider.input_value() == "2.95"
    tab.locator(f"#{TAB}-sliders .vv-back").click()
    expect(digit).to_have_attribute("style", before)

    open_part(tab, "Map")
    land = tab.locator(".vv-land")
    expect(tab.locator(".vv-mapped")).to_be_visible()
    land.scroll_into_view_if_needed()
    box = land.bounding_box()

    def at(x, y):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    tab.mouse.move(*at(0.3, 0.3))
    expect(tab.locator(".vv-z1")).to_have_text("-1.20")
    first = tab.locator(".vv-reads").inner_text()
    assert re.match(r"Read as \d, \d+ % sure", first)
    tab.mouse.click(*at(0.75, 0.5))
    expect(tab.locator(".vv-z1")).to_have_text("1.50")
    sprite = tab.locator(f"#{TAB}-map .vv-digit")
    expect(sprite).to_have_attribute("style", re.compile("background-size: 100%"))  # decoded by the server, alone
    tab.locator(f"#{TAB}-map .vv-use-end").click()
    expect(title(tab)).to_contain_text("chosen latents")
    expect(tab.get_by_label("VAE with a map", exact=True)).to_be_checked()

    land.scroll_into_view_if_needed()
    box = land.bounding_box()
    tab.mouse.move(*at(0.2, 0.2))
    tab.mouse.down()
    for x, y in ((0.5, 0.4), (0.7, 0.8)):
        tab.mouse.move(*at(x, y), steps=8)
    assert tab.locator(".vv-reel .vv-picture").count() > 5  # while it is drawn
    tab.mouse.up()
    expect(title(tab)).to_contain_text("steps along your path on the map")
    assert gif(tab).n_frames == 16
    tab.locator(f"#{TAB}-reproduce").click()
    expect(tab.locator(f"#{TAB}-verdict")).to_contain_text("Identical")


def test_it_fits_a_phone_and_speaks_chinese(visit, address):
    page = opened(visit(address, width=360, height=740, locale="zh-CN", color_scheme="dark"))
    expect(page.locator(f"#{TAB}-generate")).to_have_text("生成")
    expect(page.locator(f"#{TAB}-start-canvas .cv-title")).to_have_text("起点")
    open_part(page, "地图")
    expect(page.locator(".vv-mapped")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
