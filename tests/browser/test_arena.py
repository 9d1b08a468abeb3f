"""A real Chromium in the arena: a round, twenty pairs, the dial, on a phone in Chinese."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from shared import recipe

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=arena")
    expect(page.locator("#arena-generate")).to_be_enabled()
    return page


def test_a_round_is_drawn_and_reproduced(tab):
    expect(tab.locator("#arena-view .ar-badge")).to_have_text("Recorded example")
    tab.locator("#arena-digit").get_by_label("3", exact=True).check()
    expect(tab.locator("#arena-view .ar-badge")).to_be_hidden()
    expect(tab.locator("#arena-view .ar-png")).to_have_attribute("download", "arena-3.png")
    assert tab.locator("#arena-view .ar-picture").count() == 6 * 6
    expect(tab.locator("#arena-view .ar-real .ar-figure dd").first).to_have_text(re.compile("%"))
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert packed.testzip() is None and len(packed.namelist()) == 1 + 6 * 6
        assert recipe.read_bytes(packed.read("rows.png"))["tab"] == "arena"
    tab.locator("#arena-reproduce").click()
    expect(tab.locator("#arena-verdict")).to_contain_text("Identical")

    tab.get_by_role("button", name=re.compile("^More")).click()
    tab.locator("#arena-nearest").get_by_role("checkbox").check()
    tab.locator("#arena-generate").click()
    expect(tab.locator(".toast-body")).to_contain_text("the Hub is not reached from here")
    expect(tab.locator("#arena-view .ar-message")).to_be_hidden()  # it no longer looks through the training digits


def test_twenty_pairs_and_what_the_eye_was_worth(tab):
    tab.get_by_text("Which one is real? A blind test of twenty pairs").click()
    sides, count = tab.locator(".ar-pair button"), tab.locator(".ar-count")
    for i in range(20):
        expect(count).to_have_text(f"Pair {i + 1} of 20")
        sides.nth(i % 2).press("Enter")
    expect(tab.locator(".ar-blind .ar-said")).to_have_text(re.compile(r"^\d+ of 20 right\.$"))
    assert tab.locator(".ar-past > span").count() == 20
    rows = tab.locator(".ar-table tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.first.locator("td").nth(2)).to_have_text(re.compile(r"^\d of 4$"))
    tab.get_by_role("button", name="Twenty more").click()
    expect(count).to_have_text("Pair 1 of 20")


def test_the_dial_moves_all_models(tab):
    tab.get_by_text("One dial: from careful to wild").click()
    dial = tab.locator(".ar-dial")
    picture = dial.locator(".ar-picture").first
    expect(picture).to_have_attribute("role", "img")
    place, drawn = dial.locator("circle").first.get_attribute("cx"), picture.get_attribute("style")
    dial.locator("input").fill("0")
    expect(dial.get_by_text("truncation 0.20")).to_have_count(2)
    expect(dial.get_by_text("guidance 8.00")).to_be_visible()
    expect(picture).not_to_have_attribute("style", drawn)
    assert dial.locator("circle").first.get_attribute("cx") != place
    expect(dial.locator(".ar-text").last).to_contain_text("Once upon a time there was a little robot who ")
    expect(dial.get_by_text("temperature 0.20")).to_have_count(3)  # of the flow and of two language models


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(f"{suite}?tab=arena", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True)
    expect(page.locator("#arena-view .ar-badge")).to_have_text("预先录制的例子")
    page.locator("#arena-generate").click()
    expect(page.locator("#arena-view .ar-badge")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
