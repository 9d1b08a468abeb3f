"""A real Chromium in the tab that sees: words, heat, drawing, finding, a digit, a phone in Chinese."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "#seeing"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=seeing")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


def stroke(page, where):
    page.locator(where).scroll_into_view_if_needed()
    box = page.locator(where).bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 60, steps=3)
    page.mouse.move(box["x"] + 90, box["y"] + 180, steps=3)
    page.mouse.up()


def test_words_are_compared_and_one_shows_where_it_looks(tab):
    expect(tab.locator(".se-badge")).to_have_text("Recorded example")
    tab.get_by_label("Words to hold it against").fill("butterfly, castle, a zyrkon")
    tab.locator(f"{TAB}-generate").click()
    expect(tab.locator(".se-bar")).to_have_count(3)
    expect(tab.locator(".se-badge")).to_be_hidden()
    expect(tab.locator(".se-bar").first).to_contain_text("butterfly")
    expect(tab.locator(".se-unknown")).to_contain_text("Never read: zyrkon.")
    castle = tab.locator(".se-bar", has_text="castle")
    castle.click()
    expect(castle).to_have_attribute("aria-pressed", "true")
    expect(tab.locator("#seeing-view figcaption")).to_have_text("Pink: what “castle” looks at")
    castle.click()
    expect(tab.locator("#seeing-view canvas")).to_be_hidden()
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_a_picture_is_found_taken_and_drawn_on(tab):
    tab.get_by_placeholder("something to eat").fill("castle")
    first = tab.locator(".se-thumb").first
    expect(first).to_have_attribute("title", re.compile("castle"))
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    tab.get_by_role("button", name="Animals").click()
    expect(tab.locator(".se-bar")).to_have_count(8)
    before = tab.locator("#seeing-view img").get_attribute("src")
    tab.get_by_role("button", name="Clear").first.click()
    tab.get_by_role("radio", name="Red").click()
    stroke(tab, "#seeing-pad canvas")
    expect(tab.locator("#seeing-view img")).not_to_have_attribute("src", before)
    tab.get_by_role("button", name="Colours").click()
    expect(tab.locator(".se-bar").first).to_contain_text("red")
    tab.get_by_role("button", name="Undo").first.click()
    tab.locator(f"{TAB}-generate").click()
    expect(tab.get_by_text("There is no picture yet")).to_be_visible()


def test_a_digit_is_read_by_both(tab):
    tab.get_by_role("button", name="How a Transformer reads a digit").click()
    expect(tab.locator("#seeing-digit-view .se-message")).to_contain_text("appears here")
    stroke(tab, "#seeing-digit-box .cv-ink")
    expect(tab.locator("#seeing-digit-view tbody tr")).to_have_count(4)
    expect(tab.locator("#seeing-digit-view tbody tr").first.locator("th")).to_have_text("7")


def test_a_wrong_word_is_told_and_a_phone_in_chinese_has_it_all(visit, suite):
    options = {"width": 360, "height": 740, "locale": "zh-CN", "color_scheme": "dark", "has_touch": True}
    page = visit(f"{suite}?tab=seeing", **options)
    expect(page.locator(".se-badge")).to_have_text("录制的示例")
    page.get_by_label("用来对照的词语").fill("狐狸")
    page.locator(f"{TAB}-generate").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("英文")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
