"""A real Chromium in the tab of the StyleGAN: moves the border, pushes, uploads, reproduces, on a phone in Chinese."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "#stylegan_faces"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=stylegan_faces")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


def sheet(page):
    return page.locator(".sf-grid img").get_attribute("src")


def test_the_border_moves_and_the_grid_with_it(tab):
    expect(tab.locator(".sf-badge")).to_have_text("Recorded example")
    assert tab.locator(".sf-layers .row").count() == 2
    before = sheet(tab)
    tab.locator(f"{TAB}-cut input[type=number]").fill("4")
    tab.locator(f"{TAB}-cut input[type=number]").press("Tab")
    expect(tab.locator(".sf-layers .row")).to_have_count(4)
    assert sheet(tab) != before
    expect(tab.locator(".sf-badge")).to_be_hidden()
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_other_faces_a_direction_and_both_walks(tab):
    before = sheet(tab)
    tab.get_by_role("button", name="Other faces").click()
    expect(tab.locator(".sf-grid img")).not_to_have_attribute("src", before)
    assert tab.locator(".sf-strip").count() == 3
    first = tab.locator(".sf-strip b").first.text_content()
    tab.locator(f"{TAB}-direction label").nth(2).click()
    expect(tab.locator(".sf-strip b").first).not_to_have_text(first)


def test_a_face_is_uploaded_and_taken_away_again(tab, tmp_path):
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(picture).ellipse((5, 5, 75, 75), fill="gold")
    picture.save(tmp_path / "face.png")
    tab.locator(f"{TAB}-own input[type=file]").set_input_files(tmp_path / "face.png")
    expect(tab.locator(".sf-off")).to_contain_text("Off by", timeout=60_000)
    expect(tab.locator(".sf-strip")).to_have_count(2)
    tab.get_by_role("button", name="Without it").click()
    expect(tab.locator(".sf-own")).to_be_hidden()
    expect(tab.locator(".sf-strip")).to_have_count(3)


def test_the_stages_of_growing_are_shown(tab):
    tab.get_by_text("How the network grew").click()
    expect(tab.locator(".sf-stages")).to_be_visible()


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=stylegan_faces", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".sf-badge")).to_have_text("录制的示例")
    before = sheet(page)
    page.get_by_role("button", name="换一批脸").click()
    expect(page.locator(".sf-grid img")).not_to_have_attribute("src", before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
