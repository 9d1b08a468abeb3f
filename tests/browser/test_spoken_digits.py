"""A real Chromium in the tab of the spoken digits: presses, types, plays, walks, guesses, on a phone in Chinese."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "#spoken_digits"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=spoken_digits")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


def test_a_key_is_heard_and_a_number_is_said(tab):
    expect(tab.locator(".sd-badge")).to_have_text("Recorded example")
    tab.locator(f"{TAB}-key-4").click()
    expect(tab.locator(".sd-digits")).to_have_text("4")
    expect(tab.locator(".sd-badge")).to_be_hidden()
    player = tab.locator(".sd-player")
    tab.wait_for_function("document.querySelector('.sd-player').played.length > 0")
    assert player.evaluate("player => player.duration") > 0.1
    tab.locator(f"{TAB}-generate").focus()
    tab.keyboard.press("9")  # of the keyboard
    expect(tab.locator(".sd-digits")).to_have_text("9")
    box = tab.get_by_label("Or type a number")
    box.fill("20-26")
    box.press("Enter")
    expect(tab.locator(".sd-digits")).to_have_text("2026")
    expect(tab.locator(".sd-caption")).to_contain_text("“2026” in ")
    assert tab.locator(".sd-save").get_attribute("download") == "2026.wav"
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")
    with tab.expect_download() as saved:
        tab.locator(".sd-save").click()
    tab.locator(f"{TAB}-recipe-box").get_by_role("button").first.click()
    tab.locator(f"{TAB}-drop input").set_input_files(saved.value.path())
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("restored", ignore_case=True)
    box.fill("eleven")
    box.press("Enter")
    expect(tab.get_by_text("a number of 1 to 12 digits, not eleven")).to_be_visible()


def test_voices_and_models(tab):
    tab.locator(f"{TAB}-voice").get_by_label("Theo").check()
    expect(tab.locator(".sd-caption")).to_contain_text("in Theo's voice")
    tab.locator(f"{TAB}-model").get_by_label("WaveGAN", exact=True).check()
    expect(tab.locator(".sd-note")).to_contain_text("WaveGAN: ")


def test_a_walk_and_the_quiz(tab):
    tab.locator(".sd-walk select").first.select_option("wavegan-digits")
    tab.locator(".sd-walk .sd-go").click()
    expect(tab.locator(".sd-step")).to_have_count(8)
    tab.locator(".sd-step").nth(5).click()
    expect(tab.locator(".sd-step").nth(5)).to_have_class(re.compile("now"))
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Download all").click()
    with zipfile.ZipFile(saved.value.path()) as packed:
        assert packed.testzip() is None
        assert [name.rpartition(".")[2] for name in packed.namelist()] == ["wav", "png"] * 8
        assert packed.read(packed.namelist()[0]).startswith(b"RIFF")
    tab.get_by_role("tab", name="Real or generated?").click()
    tab.locator(".sd-quiz .sd-go").click()
    expect(tab.locator(".sd-choose")).to_have_count(2)
    expect(tab.locator(".sd-quiz .sd-said")).to_contain_text("Which is human?")
    tab.locator(".sd-choose").first.click()
    expect(tab.locator(".sd-quiz .human")).to_have_count(1)
    expect(tab.locator(".sd-count")).to_contain_text("of 1 right")
    kept = json.loads(tab.evaluate("localStorage.getItem('aigc_spoken_quiz')"))
    assert [n for _, n in kept.values()] == [1]


def test_a_recording_is_heard(tab, tmp_path):
    from shared.evaluation import spoken
    from shared.media import sounds

    recordings, labels = spoken.real_recordings()
    (tmp_path / "six.wav").write_bytes(sounds.wav(recordings[labels.index((6, 1))], 8000))
    tab.get_by_role("tab", name="Your own voice").click()
    tab.locator(f"{TAB}-own").get_by_label(re.compile("upload", re.I)).first.click()
    tab.locator(f"{TAB}-own input[type=file]").set_input_files(tmp_path / "six.wav")
    expect(tab.locator(".sd-own-said")).to_contain_text("The judge hears 6")
    expect(tab.locator(".sd-bars .best")).to_contain_text("6")


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=spoken_digits", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".sd-badge")).to_have_text("录制的示例")
    page.locator(f"{TAB}-key-0").click()
    expect(page.locator(".sd-caption")).to_contain_text("评判器听到的")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
