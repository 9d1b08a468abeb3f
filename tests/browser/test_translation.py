"""A real Chromium in the tab that translates: a sentence is chosen, words are pointed at, beams are read."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=translation")
    expect(page.locator("#translation-generate")).to_be_enabled()
    return page


def translate(page, text, sentences):
    page.locator("#translation-text textarea").fill(text)
    page.locator("#translation-generate").click()
    expect(page.locator(".tr-source .tr-sentence")).to_have_count(sentences)
    expect(page.locator(".tr-source")).to_have_text(text)
    expect(page.locator("#translation-generate")).to_be_enabled()


def test_a_text_is_translated_and_its_words_are_pointed_at(tab):
    expect(tab.locator(".tr-badge")).to_have_text("Recorded example")
    translate(tab, "I know him. Where is my book?", 2)
    expect(tab.locator(".tr-badge")).to_be_hidden()
    expect(tab.locator(".tr-target")).to_contain_text(re.compile("[\u4e00-\u9fff]"))
    expect(tab.locator(".tr-title")).to_contain_text("sentence 1 of 2")
    assert tab.locator(".tr-loom path").count() >= tab.locator(".tr-to .tr-word").count()
    word = tab.locator(".tr-to .tr-word").first
    word.hover()
    expect(word).to_have_class(re.compile(r"\bat\b"))
    expect(tab.locator(".tr-tell")).to_contain_text("looked at:")
    tab.locator(".tr-from .tr-word").nth(1).focus()
    expect(tab.locator(".tr-tell")).to_contain_text("“know” was looked at by:")
    expect(tab.locator(".tr-tell")).to_contain_text("In its own sentence it looked at:")


def test_another_sentence_and_another_beam(tab):
    translate(tab, "I know him. I want to learn Chinese.", 2)
    tab.locator(".tr-target .tr-sentence").nth(1).click()
    expect(tab.locator(".tr-title")).to_contain_text("sentence 2 of 2")
    expect(tab.locator(".tr-from .tr-word")).to_have_text(["I", "want", "to", "learn", "Chinese", "."])
    second = tab.locator(".tr-beam").nth(1)
    second.click()
    expect(tab.locator(".tr-beam").nth(1)).to_have_attribute("aria-pressed", "true")
    said = tab.locator(".tr-beam").nth(1).locator("span").text_content()
    expect(tab.locator(".tr-to")).to_have_text(said.replace(" ", ""))


def test_the_model_goes_with_the_language(tab):
    tab.get_by_role("button", name="Chinese", exact=True).click()
    expect(tab.locator("#translation-model input:checked")).to_have_value("marian-zh-en")
    expect(tab.locator(".tr-source")).to_contain_text("游泳")
    expect(tab.locator(".tr-target")).to_contain_text(re.compile("[A-Za-z]{3}"))
    tab.locator("#translation-text textarea").fill("I know.")
    expect(tab.locator("#translation-model input:checked")).to_have_value("marian-en-zh")
    tab.get_by_label(re.compile("LSTM with attention")).check()
    tab.locator("#translation-generate").click()
    expect(tab.locator(".tr-source")).to_have_text("I know.")
    expect(tab.locator(".tr-others dt")).to_have_count(2)
    tab.locator("#translation-reproduce").click()
    expect(tab.locator("#translation-verdict")).to_contain_text("Identical")


def test_markup_stays_text(tab):
    translate(tab, "<img src=x onerror=alert(1)> is <b>good</b>.", 1)
    assert tab.locator(".tr img, .tr p b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_in_the_way_of_anybody(visit, suite, scheme):
    page = visit(f"{suite}?tab=translation&__theme={scheme}", color_scheme=scheme)
    expect(page.locator(".tr-badge")).to_have_text("Recorded example")
    page.locator(".tr-to .tr-word").first.focus()
    found = Axe().run(page, context="#translation-view").response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"][:90] for node in one["nodes"]]) for one in serious] == []


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(f"{suite}?tab=translation", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True)
    expect(page.locator(".tr-badge")).to_have_text("录制的示例")
    page.locator(".tr-to .tr-word").first.tap()
    expect(page.locator(".tr-tell")).to_contain_text("看了")
    page.locator("#translation-text textarea").fill("!?")
    page.locator("#translation-generate").click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("一句话就够")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
