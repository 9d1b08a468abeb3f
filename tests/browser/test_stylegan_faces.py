"""A real Chromium in the tab of the StyleGAN: moves the border, pushes, uploads, reproduces, on a phone in Chinese."""

import re
import zipfile

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from shared import recipe

pytestmark = pytest.mark.browser
TAB = "#stylegan_faces"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=stylegan_faces")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    expect(page.locator(".sf-badge")).to_have_text("Recorded example")
    return page


def sheet(page):
    return page.locator(".sf-grid img").get_attribute("src")


def test_the_border_moves_and_the_grid_with_it_and_other_faces_come(tab, tmp_path):
    tab.set_viewport_size({"width": 360, "height": 740})  # no word at the grid is cut off
    expect(tab.locator(".sf-coarse")).to_be_visible()
    for label in (".sf-coarse", ".sf-fine"):
        fits = "(one) => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth"
        assert tab.locator(label).evaluate(fits), label
    tab.set_viewport_size({"width": 1280, "height": 800})

    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Download all").click()
    waiting.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        assert packed.testzip() is None
        assert packed.namelist() == ["grid.png", "direction.png", "in_w.png", "in_z.png", "sizes.png"]
        assert all(packed.read(name).startswith(b"\x89PNG") for name in packed.namelist())
        assert recipe.read_bytes(packed.read("grid.png"))["tab"] == "stylegan_faces"

    expect(tab.locator(".sf-badge")).to_have_text("Recorded example")
    assert tab.locator(".sf-layers .row").count() == 2
    before = sheet(tab)
    tab.locator(f"{TAB}-cut input[type=number]").fill("4")
    tab.locator(f"{TAB}-cut input[type=number]").press("Tab")
    expect(tab.locator(".sf-layers .row")).to_have_count(4)
    expect(tab.locator(".sf-grid img")).not_to_have_attribute("src", before)
    expect(tab.locator(".sf-badge")).to_be_hidden()
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")

    before = sheet(tab)
    tab.get_by_role("button", name="Other faces").click()
    expect(tab.locator(".sf-grid img")).not_to_have_attribute("src", before)
    assert tab.locator(".sf-strips .sf-strip").count() == 3
    first = tab.locator(".sf-strip b").first.text_content()
    tab.locator(f"{TAB}-direction label").nth(2).click()
    expect(tab.locator(".sf-strip b").first).not_to_have_text(first)

    before = sheet(tab)
    bar = tab.get_by_role("slider", name="Border between coarse and fine layers")
    box = bar.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 2 / 7, box["y"] + 10)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 5.1 / 7, box["y"] + 10, steps=8)
    tab.mouse.up()
    expect(tab.locator(".sf-layers .row")).to_have_count(5)
    expect(tab.locator(f"{TAB}-cut input[type=number]")).to_have_value("5")
    expect(tab.locator(".sf-grid img")).not_to_have_attribute("src", before)
    bar.press("ArrowLeft")
    expect(tab.locator(".sf-layers .row")).to_have_count(4)
    expect(bar).to_have_attribute("aria-valuenow", "4")
    expect(tab.locator(f"{TAB}-cut input[type=number]")).to_have_value("4")

    # An answer that comes late does not take the border back.
    for place in (3, 2):
        bar.press("ArrowLeft")
        expect(tab.locator(f"{TAB}-cut input[type=number]")).to_have_value(str(place))
    expect(tab.locator(".sf-layers .row")).to_have_count(2)
    bar.evaluate("""bar => { window.places = [];
        new MutationObserver(() => places.push(Number(bar.ariaValueNow))).observe(bar, {childList: true}) }""")
    for place in range(3, 8):
        bar.press("ArrowRight")
        expect(tab.locator(f"{TAB}-cut input[type=number]")).to_have_value(str(place))
    tab.locator(f"{TAB}-recipe-box button").first.click()
    expect(tab.locator(f"{TAB}-recipe")).to_contain_text(re.compile(r"cut\W+7"))
    places = tab.evaluate("places")
    assert places == sorted(places) and places[-1] == 7

    tab.get_by_text("How the network grew").click()
    expect(tab.locator(".sf-stages")).to_be_visible()


def test_a_face_is_drawn_or_uploaded_and_a_style_found_for_it(tab, tmp_path):
    grown = tab.locator(".sf-grown img").get_attribute("src")
    tab.get_by_text("Draw or upload a face").click()
    tab.get_by_role("radio", name="Yellow", exact=True).click()
    tab.get_by_role("radio", name="Broad brush").click()
    pad = tab.locator(f"{TAB}-pad canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    tab.mouse.move(box["x"] + 60, box["y"] + 90)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 190, box["y"] + 170, steps=5)
    tab.mouse.up()
    expect(tab.locator(".sf-off")).to_contain_text("Off by", timeout=60_000)
    expect(tab.locator(".sf-strip img").first).to_be_visible()
    expect(tab.locator(".sf-grown img")).not_to_have_attribute("src", grown)
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")
    tab.locator(".pt-clear").click()
    expect(tab.locator(".sf-own")).to_be_hidden()

    picture = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(picture).ellipse((5, 5, 75, 75), fill="gold")
    picture.save(tmp_path / "face.png")
    tab.locator(f"{TAB}-own input[type=file]").set_input_files(tmp_path / "face.png")
    expect(tab.locator(".sf-off")).to_contain_text("Off by", timeout=60_000)
    expect(tab.locator(".sf-strips .sf-strip")).to_have_count(2)
    expect(tab.locator(f"{TAB}-pad .pt-clear")).to_be_enabled()
    tab.get_by_role("button", name="Without it").click()
    expect(tab.locator(".sf-own")).to_be_hidden()
    expect(tab.locator(".sf-strips .sf-strip")).to_have_count(3)
    expect(tab.locator(f"{TAB}-pad .pt-clear")).to_be_disabled()


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=stylegan_faces", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".sf-badge")).to_have_text("录制的示例")
    before = sheet(page)
    page.get_by_role("button", name="换一批脸").click()
    expect(page.locator(".sf-grid img")).not_to_have_attribute("src", before)
    expect(page.locator(".sf-coarse")).to_have_css("transform", "none")  # no sign is upside down
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
