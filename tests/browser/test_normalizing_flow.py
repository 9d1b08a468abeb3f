"""A real Chromium in the tab of the flow: draws, wipes, heats, bends the plane, reproduces, on a phone in Chinese."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from shared import recipe

pytestmark = pytest.mark.browser
TAB = "#normalizing_flow"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=normalizing_flow")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


# A sample is asked for, and a line is drawn before any server can answer -> what is on the canvas then.
DRAWN_MEANWHILE = """() => {
  document.querySelector("#normalizing_flow-sample").click();
  const sheet = document.querySelector("#normalizing_flow-canvas .cv-ink"), box = sheet.getBoundingClientRect();
  for (const [type, y] of [["pointerdown", 40], ["pointermove", 100], ["pointermove", 170], ["pointerup", 170]])
    sheet.dispatchEvent(new PointerEvent(type, {pointerId: 1, clientX: box.x + box.width / 2, clientY: box.y + y}));
  return sheet.toDataURL();
}"""


def test_a_drawing_goes_through_and_a_wiped_sheet_is_the_surprise(tab):
    expect(tab.locator(".nf-badge")).to_have_text("Recorded example")
    line = tab.evaluate(DRAWN_MEANWHILE)
    expect(tab.locator(".nf-badge")).to_be_hidden()
    expect(tab.locator(".nf-error")).to_contain_text("all 784 grey levels are the same")
    expect(tab.locator(".nf-classes .best")).to_have_text("1")
    assert tab.locator(f"{TAB}-canvas .cv-ink").evaluate("sheet => sheet.toDataURL()") == line
    of_line = tab.locator(".nf-likely").text_content()
    tab.locator(f"{TAB}-canvas .cv-clear").click()
    expect(tab.locator(".nf-likely")).not_to_have_text(of_line)
    expect(tab.locator(".nf-likely")).to_contain_text("> 99 % are less likely")
    assert tab.locator(".nf-row .nf-picture").count() == 30
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert packed.testzip() is None
        assert packed.namelist()[:4] == ["rows.png", "digit.png", "z.png", "samples-1.png"]
        assert len(packed.namelist()) == 33 and recipe.read_bytes(packed.read("rows.png"))["tab"] == "normalizing_flow"
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_models_and_samples(tab):
    tab.get_by_label("NICE", exact=True).check()
    expect(tab.locator(".nf-likely")).to_contain_text("How much it surprises NICE")
    expect(tab.locator(".nf-classes")).to_be_hidden()
    before = tab.locator(".nf-digit").get_attribute("src")
    tab.locator(f"{TAB}-canvas .cv-clear").click()
    expect(tab.locator(".nf-digit")).not_to_have_attribute("src", before)
    before = tab.locator(".nf-digit").get_attribute("src")
    empty = tab.locator(f"{TAB}-canvas .cv-ink").evaluate("sheet => sheet.toDataURL()")
    tab.get_by_role("button", name="Sample").click()
    expect(tab.locator(".nf-digit")).not_to_have_attribute("src", before)
    tab.wait_for_function("empty => document.querySelector('.cv-ink').toDataURL() !== empty", arg=empty)


def test_the_plane_is_bent_by_keys_and_a_held_point_shows_its_way(tab):
    tab.get_by_text("A flow of two dimensions, layer by layer").click()
    sheet = tab.locator(f"{TAB}-plane canvas")
    expect(sheet).to_be_visible()
    said = tab.locator(f"{TAB}-plane label span")
    expect(said).to_have_text("z: a round cloud")
    drawn = "sheet => sheet.toDataURL()"
    flat = sheet.evaluate(drawn)
    sheet.hover()
    way = "([sheet, flat]) => sheet.toDataURL() !== flat"  # of the point that is held
    tab.wait_for_function(way, arg=[sheet.element_handle(), flat])
    sheet.focus()
    for _ in range(4):
        sheet.press("ArrowRight")
    expect(said).to_have_text("After coupling 1 of 8")
    tab.locator(f"{TAB}-plane input").fill("8")
    expect(said).to_have_text("x: two moons")


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=normalizing_flow", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".nf-badge")).to_have_text("录制的示例")
    page.get_by_role("button", name="噪声").click()
    expect(page.locator(".nf-likely")).to_contain_text(re.compile(r"< 1 % 比它更不可能"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
