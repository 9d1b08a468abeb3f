"""The story tab in a real Chromium: a book is made, read, edited, stopped, kept, and found again by its link."""

import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tiny_pipelines  # noqa: E402
from conftest import type_number  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

from shared import recipe  # noqa: E402

TAB = "#illustrated_story"


@pytest.fixture(scope="module")
def address(start, tmp_path_factory):
    folder = tiny_pipelines.write_emoji(tmp_path_factory.mktemp("emoji"))
    return start("spaces/illustrated_story", AIGC_MODELS="bundled", AIGC_LOCAL=f"emoji-diffusion={folder}")


def ask(page, idea="A dog and a cat in the park", pages=2):
    """Makes a book with the model that is quick."""
    page.locator(f"{TAB}-more button").first.click()
    page.locator(f"{TAB}-text_model input").click()
    page.get_by_role("option").filter(has_text="n-gram").first.click()
    type_number(page.locator(f"{TAB}-pages"), pages)
    page.locator(f"{TAB}-idea textarea").fill(idea)
    page.click(f"{TAB}-make")


def finished(page):
    expect(page.locator(".st-message")).to_be_hidden()
    expect(page.locator(f"{TAB}-stop")).to_be_disabled()
    expect(page.locator(".sb-page").first).to_be_attached()


def fits_a_phone(visit, address, **options):
    """Visits it with a phone -> the page, as wide as a table from then on."""
    page = visit(address, width=360, **options)
    expect(page.locator(f"{TAB}-make")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.set_viewport_size({"width": 1280, "height": 800})
    return page


def made(page):
    ask(page)
    page.wait_for_url("**job=**")
    finished(page)
    return page


def texts(page):
    return page.eval_on_selector_all(".st-card .st-field-text textarea", "nodes => nodes.map((node) => node.value)")


def keys(page):
    return page.eval_on_selector_all(".st-card img", "nodes => nodes.map((node) => node.dataset.key)")


# The book lies in the browser, with its file.
KEPT = """() => new Promise((done) => {
  const opening = indexedDB.open("aigc_pictures", 1);
  opening.onsuccess = () => {
    const names = opening.result.objectStoreNames;
    if (!names.contains("kept")) return done(false);
    const asked = opening.result.transaction("kept").objectStore("kept").get("illustrated_story");
    asked.onsuccess = () => (opening.result.close(), done(Boolean(asked.result?.[0]?.file)));
  };
})"""


SAID_AT_ONCE = """() => {
  document.querySelector("#illustrated_story-make").click();
  return document.querySelector(".st-message").textContent;
}"""


def test_a_book_is_made_read_edited_and_found_again(visit, address, tmp_path):
    page = fits_a_phone(visit, address)
    made(page)
    expect(page.locator(".sb-page img")).to_have_count(3)
    page.wait_for_function(
        "[...document.querySelectorAll('.sb-page img')].every((image) => image.naturalWidth === 768)"
    )
    assert all(page.eval_on_selector_all(".sb-page img", "nodes => nodes.map((node) => node.alt)"))

    # An error is a sentence, and the book stays.
    page.locator(f"{TAB}-idea textarea").fill("")
    assert page.evaluate(SAID_AT_ONCE) == "Getting ready …"
    expect(page.locator(".toast-body")).to_contain_text("Write an idea first")
    finished(page)
    hostile = b"<!doctype html><html><script>document.title = 'taken'</script></html>"
    drop = page.locator(f"{TAB}-links input[type=file]")
    drop.set_input_files({"name": "book.html", "mimeType": "text/html", "buffer": hostile})
    expect(page.locator(f"{TAB}-verdict")).to_contain_text("holds no book")
    assert page.title() == "AIGC Suite"
    expect(page.locator(".sb-page:not(.sb-back)")).to_have_count(3)

    page.click(".sb-next")
    page.click(".st-edit")
    cards = page.locator(".st-card")
    expect(cards).to_have_count(3)
    page.click(".st-read")
    page.locator(".st-layout select").select_option("full")
    expect(page.locator(".sb[data-layout=full]")).to_be_visible()
    expect(page.locator(".sb-place")).to_have_text("1 / 2")
    page.click(".st-edit")
    old = texts(page)
    cards.nth(1).get_by_label("Move page 1 down").click()
    expect(cards.nth(1).locator(".st-field-text textarea")).to_have_value(old[2])
    page.click(".st-undo")
    expect(cards.nth(1).locator(".st-field-text textarea")).to_have_value(old[1])

    before = keys(page)
    cards.nth(2).locator(".st-field-prompt input").fill("a cat in the park")
    cards.nth(2).locator(".st-field-prompt input").press("Enter")
    page.wait_for_function("(key) => document.querySelectorAll('.st-card img')[2].dataset.key !== key", arg=before[2])
    finished(page)
    assert keys(page)[:2] == before[:2]
    expect(page.locator(f"{TAB}-verdict")).to_contain_text("changed by hand")

    with page.expect_download() as download:
        page.click(".st-keep-html")
    file = tmp_path / download.value.suggested_filename  # its ending tells what may be opened
    assert file.suffix == ".html"
    download.value.save_as(file)
    with page.expect_download() as download:
        page.click(".st-keep-all")
    with zipfile.ZipFile(download.value.path()) as packed:
        assert packed.testzip() is None
        assert [name.rpartition(".")[2] for name in packed.namelist()[:4]] == ["html", "pdf", "epub", "cbz"]
        assert packed.namelist()[4:] == ["cover.png", "page-1.png", "page-2.png"]
        assert packed.read(packed.namelist()[0])[:9].lower() == b"<!doctype"
        assert recipe.read_bytes(packed.read("page-2.png"))["settings"]["page_prompt"] == "a cat in the park"

    page.locator(".ag-keep input").check()
    page.wait_for_function(KEPT)
    back = visit(page.url)
    expect(back.locator(".sb-page:not(.sb-back)")).to_have_count(3)
    expect(back.locator(f"{TAB}-idea textarea")).to_have_value("A dog and a cat in the park")
    back.locator(f"{TAB}-links input[type=file]").set_input_files(file)
    expect(back.locator(f"{TAB}-verdict")).to_contain_text("is open again, with 2 pages")
    back.goto(address)  # with no link to the book
    expect(back.locator(".st-badge")).to_be_visible()
    back.locator(".ag-once").first.click()
    expect(back.locator(f"{TAB}-verdict")).to_contain_text("is open again, with 2 pages")
    back.goto(address + "?job=nobody-knows")
    expect(back.locator(f"{TAB}-verdict")).to_contain_text("no longer kept here")


def test_only_later_pages_change_with_a_word_and_what_is_typed_meanwhile_is_kept(visit, address):
    page = visit(address)
    made(page)
    page.click(".st-edit")
    old, before = texts(page), keys(page)
    page.locator(".st-card").nth(2).get_by_text("Change a word").click()
    page.locator(f"{TAB}-words .tok").nth(2).click()
    page.locator(".tv-choice:not([aria-current])").first.click()
    changed = "(old) => document.querySelectorAll('.st-card .st-field-text textarea')[2]?.value !== old"
    page.wait_for_function(changed, arg=old[2])
    expect(page.locator(f"{TAB}-stop")).to_be_disabled()
    assert texts(page)[1] == old[1] and keys(page)[1] == before[1]

    fields = page.locator(".st-card .st-field-text textarea")
    expect(fields).to_have_count(3)
    said = ("A short title", "The first page.", "The second page.")
    for i, words in enumerate(said):
        fields.nth(i).fill(words)  # the one before is left, and saved
    who = page.locator(".st-who").first
    who.evaluate("node => (node.old = true)")
    name, kind = who.locator("input").first, who.locator("input").nth(1)
    kind.fill("boat")
    name.fill("Rex")  # the kind is left, and its answer draws the cast anew
    page.wait_for_function("!document.querySelector('.st-who').old")
    expect(kind).to_have_value("boat")
    expect(name).to_have_value("Rex")
    expect(name).to_be_focused()
    page.click(".st-read")
    for i, words in enumerate(said):
        expect(page.locator(".sb-page").nth(i)).to_contain_text(words)


def test_a_chinese_idea_gives_a_book_in_both_languages(visit, address):
    page = fits_a_phone(visit, address, color_scheme="dark", locale="zh-CN")
    page.locator(".st-chip").nth(1).click()
    expect(page.locator(f"{TAB}-idea textarea")).to_have_value("想看大海的小船")
    expect(page.locator(f"{TAB}-language")).to_contain_text("随想法")
    ask(page, "一只小狐狸在雪地里找到一把钥匙")
    page.wait_for_url("**job=**")
    finished(page)
    expect(page.locator(".st-notices")).to_contain_text("想法的英文：“a little fox finds a key in the snow”。")
    expect(page.locator(".st-notices")).to_contain_text("中文由词表加几条规则逐词译成，请谨慎阅读。")
    page.click(".sb-next")
    first = page.locator(".sb-page").nth(1)
    expect(first).to_contain_text("a little fox found a key in the snow")
    expect(first.locator("p[lang=zh]")).to_contain_text("一只小狐狸在雪里找到了一把钥匙")
    page.locator(".sb-pages").focus()
    page.keyboard.press("End")
    expect(page.locator(".sb-place")).to_have_text("封底")
    page.click(".st-edit")
    there = page.locator(".st-card").nth(1).locator(".st-field-chinese textarea")
    expect(there).to_be_visible()
    there.fill("狐狸找到了一把钥匙。")
    page.click(".st-read")
    expect(page.locator(".sb-page").nth(1).locator("p[lang=zh]")).to_have_text("狐狸找到了一把钥匙。")


# The tiny model draws a book faster than Playwright finds a button, and states that nobody could see are left out.
STOP_AT_ONCE = """() => new MutationObserver((_, observer) => {
  if (!document.querySelector(".st-message")?.textContent.startsWith("Drawing: ")) return;
  observer.disconnect();
  document.querySelector("#illustrated_story-stop").click();
}).observe(document.body, {subtree: true, childList: true, characterData: true})"""


def test_stop_keeps_what_is_drawn_and_the_rest_follows(visit, address):
    page = visit(address)
    page.evaluate(STOP_AT_ONCE)
    ask(page, pages=5)
    expect(page.locator(".st-message")).to_contain_text("what is finished is kept")
    page.click(".st-illustrate")
    finished(page)
    expect(page.locator(".sb-page img")).to_have_count(6)


def test_an_embedded_book_is_only_read(visit, address):
    page = visit(address + "?embed=1")
    expect(page.locator(f"{TAB}-book")).to_be_visible()
    expect(page.locator(f"{TAB}-controls")).to_be_hidden()
