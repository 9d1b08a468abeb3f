"""A real Chromium in the tab of feedback: before and after, a choice, the pole, a phone in Chinese."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "#feedback"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=feedback")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


def test_the_same_seed_is_told_twice_and_reproduced(tab):
    expect(tab.locator(".fb-badge")).to_have_text("Recorded example")
    tab.get_by_label("Hacked", exact=True).click()
    expect(tab.locator(".fb-badge")).to_be_hidden()
    expect(tab.locator(".fb-after h4").first).to_have_text("After: reward hacked")
    expect(tab.locator(".fb-meter")).to_have_count(8)
    expect(tab.locator(".fb-sum")).to_have_text(re.compile(r"^Happy, on average: \d+ % before, \d+ % after\.$"))
    expect(tab.locator("#feedback-view .chosen")).to_have_count(1)
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_a_choice_is_counted_the_next_pair_comes_and_a_reload_keeps_it(tab):
    tab.get_by_role("button", name="Your taste: choose").click()
    first = tab.locator(".fb-option").first
    expect(first).to_be_enabled()
    before = first.text_content()
    first.click()
    expect(tab.locator(".fb-count")).to_have_text("1 of 12 choices")
    expect(tab.locator(".fb-option").first).not_to_have_text(before)
    expect(tab.locator(".fb-train")).to_be_hidden()
    tab.reload()
    tab.get_by_role("button", name="Your taste: choose").click()
    expect(tab.locator(".fb-count")).to_have_text("1 of 12 choices")


def test_the_pole_is_learned_while_it_is_seen_and_stopped(tab):
    tab.get_by_role("button", name="Where it began").click()
    tab.locator(f"{TAB}-pole-learn").click()
    expect(tab.locator("#feedback-pole .fb-message")).to_have_text(re.compile("Episode|Solved|episodes"))
    expect(tab.locator("#feedback-pole .dot").nth(40)).to_be_attached()
    tab.locator(f"{TAB}-pole-stop").click(force=True)
    expect(tab.locator(f"{TAB}-pole-learn")).to_be_enabled()


def test_a_wrong_opening_is_told_and_a_phone_in_chinese_has_it_all(visit, suite):
    options = {"width": 360, "height": 740, "locale": "zh-CN", "color_scheme": "dark", "has_touch": True}
    page = visit(f"{suite}?tab=feedback", **options)
    expect(page.locator(".fb-badge")).to_have_text("录制的示例")
    page.get_by_label("故事的开头").fill("从前有一只狐狸")
    page.locator(f"{TAB}-generate").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("英文")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
