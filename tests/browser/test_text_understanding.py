"""A real Chromium in the tab that judges texts: judges, takes words away, walks the curve, reproduces."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=text_understanding")
    expect(page.locator("#text_understanding-generate")).to_be_enabled()
    return page


def judge(page, text):
    page.locator("#text_understanding-text textarea").fill(text)
    page.locator("#text_understanding-generate").click()
    expect(page.locator(".tu-text")).to_have_text(text)
    expect(page.locator(".tu-others tr")).to_have_count(2)


def test_a_text_is_judged_and_its_words_are_taken_away(tab):
    expect(tab.locator(".tu-badge")).to_have_text("Recorded example")
    judge(tab, "A warm, funny and clever film.")
    expect(tab.locator(".tu-badge")).to_be_hidden()
    expect(tab.locator(".tu-verdict strong")).to_have_text("Good")
    slider = tab.locator(".tu-remove input")
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    expect(tab.locator(".tu-without")).to_contain_text("Without ")
    expect(tab.locator(".tu-verdict strong")).not_to_have_text("Good")
    assert tab.locator(".tu-word.out").count() == int(slider.input_value())
    expect(tab.locator(".tu-arc")).to_be_hidden()


def test_the_curve_is_walked_with_arrow_keys(tab):
    judge(tab, "It begins well. The middle is dull. The end is beautiful!")
    curve = tab.locator(".tu-arc svg")
    curve.focus()
    curve.press("ArrowRight")
    expect(tab.locator(".tu-at")).to_contain_text(re.compile(r"^1 · (> |< )?\d+ % good: It begins well\.$"))
    curve.press("ArrowRight")
    expect(tab.locator(".tu-at")).to_contain_text("The middle is dull.")


def test_examples_models_and_reproduce(tab):
    tab.get_by_role("button", name="A slating").click()
    expect(tab.locator(".tu-verdict strong")).to_have_text("Bad")
    tab.get_by_label("LSTM", exact=True).check()
    expect(tab.locator(".tu-by")).to_contain_text("LSTM gives it")
    expect(tab.locator(".tu-others tr")).to_have_count(2)
    tab.locator("#text_understanding-reproduce").click()
    expect(tab.locator("#text_understanding-verdict")).to_contain_text("Identical")


def test_markup_in_a_text_stays_text(tab):
    judge(tab, "<img src=x onerror=alert(1)> is good. <b>Bad</b>. Fine.")
    assert tab.locator(".tu img, .tu-text b").count() == 0


def test_a_wrong_text_is_told_and_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=text_understanding", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".tu-badge")).to_have_text("录制的示例")
    page.locator("#text_understanding-text textarea").fill("很好看")
    page.locator("#text_understanding-generate").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("英文")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_text_is_summed_up_and_the_sentences_are_marked(tab):
    tab.locator("#text_understanding-summarize").click()
    expect(tab.locator(".tu-marked mark")).to_have_count(2)
    expect(tab.locator(".tu-found")).to_be_hidden()
    expect(tab.locator(".tu-summed blockquote")).to_contain_text(tab.locator(".tu-marked mark").first.text_content())
    slider = tab.locator("#text_understanding-sentences input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(tab.locator(".tu-marked mark")).to_have_count(3)
    tab.locator("#text_understanding-reproduce").click()
    expect(tab.locator("#text_understanding-verdict")).to_contain_text("Identical")
    tab.locator("#text_understanding-generate").click()
    expect(tab.locator(".tu-verdict strong")).to_be_visible()
    expect(tab.locator(".tu-summed")).to_be_hidden()
