"""A real Chromium trains a GAN in the page: the score falls, Pause holds, Stop ends it, the weights come down."""

import re
import zipfile

import pytest
from conftest import type_number
from playwright.sync_api import expect

from shared.training import live

pytestmark = pytest.mark.browser

TAB = """
import sys
sys.path.insert(0, "spaces")
import gradio as gr
from gan_digits import request, runs
from gan_digits.sections.train import runs as trainings, section
from shared.core.settings import settings
from shared.page import frame, words
from shared.page.tab import Tab

def build():
    tab = Tab("gan_digits", request.REQUESTS, runs.run, words.beside(section.__file__))
    with tab.page():
        trained = section.section(tab)
        seen = gr.Textbox(label="In use", elem_id="seen")
        name = lambda folder: type(trainings.model(folder)).__name__
        trained.change(name, trained, seen, api_visibility="private")
    return tab.blocks

tab = frame.Tab("train", {"en": "Train", "zh": "训练"}, build)
frame.launch(frame.page([tab]), settings())
"""


@pytest.fixture(scope="module")
def address(start):
    return start("-c", TAB, AIGC_MODELS="bundled")


def option(page, name, value):
    type_number(page.locator(f"#gan_train-{name}"), value)


def step(page):
    return page.locator("#gan_train-status").inner_text().partition(" of ")[0]


def test_train_pause_stop_download_use(visit, address, tmp_path):
    page = visit(address)
    status, number = page.locator("#gan_train-status"), page.locator("#gan_train-distance b")
    for said in ("on this machine, as busy as it is now", "learns from scikit-learn’s 8x8 digits"):
        expect(page.locator("#gan_train-price")).to_contain_text(said)
    page.locator("#gan_train-model input").click()
    page.get_by_role("option", name="Textbook GAN").click()
    page.get_by_label("A quick look").check()
    page.locator("#gan_train-more > button").click()
    expect(page.locator("#gan_train-norm")).to_be_hidden()  # this one has no normalisation to choose
    quick = str(live.preset("gan-mnist", "quick").steps)
    expect(page.locator("#gan_train-steps input")).to_have_value(quick)  # all its options have come
    option(page, "steps", 10_000_000)
    page.locator("#gan_train-start").click()
    expect(status).to_contain_text("must be a whole number from 1 to 20,000")
    option(page, "steps", 600)
    page.locator("#gan_train-start").click()
    expect(status).to_contain_text("of 600")
    expect(status).to_contain_text("scikit-learn")  # it says what it learns from
    page.wait_for_function("document.querySelector('#gan_train-distance').innerText.includes('Best so far')")
    first = float(number.inner_text().replace(",", ""))
    page.wait_for_function(
        "first => parseFloat(document.querySelector('#gan_train-distance b').innerText.replace(',', '')) < first",
        arg=first,
    )
    for colour in ("#c2410c", "#2b8880"):
        curve = page.locator(f"#gan_train-losses .mark-line path[stroke='{colour}']").first
        expect(curve).to_have_attribute("d", re.compile("L"))

    page.locator("#gan_train-pause").click()
    expect(status).to_contain_text("Paused")
    held = step(page)
    page.wait_for_timeout(1500)
    assert step(page) == held
    page.locator("#gan_train-pause").click()  # Resume
    expect(status).not_to_contain_text("Paused")
    page.locator("#gan_train-stop").click()
    expect(status).to_contain_text("Stopped.")
    expect(page.locator("#gan_train-start")).to_be_enabled()

    with page.expect_download() as download:
        page.locator("#gan_train-download").click()
    download.value.save_as(tmp_path / "model.zip")
    assert "gan-mnist/model.safetensors" in zipfile.ZipFile(tmp_path / "model.zip").namelist()
    page.locator("#gan_train-use").click()
    expect(page.locator("#gan_train-digits img")).to_be_visible()
    expect(page.locator("#seen textarea")).to_have_value("MLPGAN")

    page.locator("#gan_train-start").click()
    expect(page.locator("#gan_train-stop")).to_be_enabled()
    page.reload()
    expect(page.locator("#gan_train-lost")).to_contain_text("is lost")
    page.locator("#gan_train-more > button").click()
    option(page, "steps", 0)
    page.locator("#gan_train-start").click()
    expect(status).to_contain_text("must be a whole number")
    expect(page.locator("#gan_train-lost")).to_be_empty()
    option(page, "steps", 600)
    page.locator("#gan_train-start").click()
    page.locator("#gan_train-stop").click()
    expect(page.locator("#gan_train-start")).to_be_enabled()
    page.reload()  # at once: nothing is lost of what had ended
    expect(page.locator("#gan_train-price")).not_to_be_empty()
    expect(page.locator("#gan_train-lost")).to_be_empty()
