"""The HTML file of a book in a real Chromium, opened from the disk: it asks for nothing, turns pages, reads aloud."""

import re

import pytest
from illustrated_story.files import html_file, reader, restore
from playwright.sync_api import expect
from story_books import SCRIPTS, book, page

pytestmark = pytest.mark.browser

# A voice on this machine and one at a browser's maker, which must never be used; Chromium for tests has none.
VOICES = """
const said = (window.said = []);
const voices = [
  { name: "far", lang: "en-US", localService: false },
  { name: "near", lang: "en-GB", localService: true },
];
class Utterance { constructor(text) { this.text = text; } }
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance });
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => voices,
  speak(one) { said.push([one.text.trim(), one.voice.name]); this.timer = setTimeout(() => one.onend(), 120); },
  cancel() { clearTimeout(this.timer); },
  addEventListener() {},
} });
"""


@pytest.fixture
def opened(look, tmp_path):
    """opened(book, width=390) -> a page that shows its file; the test fails where it asks for anything else."""
    asked, problems = [], []

    def opened(one, script="", change=lambda data: data, clock=False, **options):
        path = tmp_path / "book.html"
        path.write_bytes(change(html_file.write(one)))
        page = look(alone=clock or bool(script), **{"locale": "en-US"} | options)
        if clock:
            page.clock.install()
        if script:
            page.add_init_script(script)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield opened
    assert [url[:60] for url in asked if not url.startswith("data:image/png;base64,")][1:] == []  # but the file itself
    assert problems == []


def at(page, words):
    expect(page.locator(".sb-place")).to_have_text(words)
    open_page = page.locator(".sb-page[data-open]")
    expect(open_page).to_be_in_viewport(ratio=0.9)
    return open_page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_it_opens_from_the_disk_and_turns_its_pages(opened, width, color_scheme):
    page = opened(book(), width=width, color_scheme=color_scheme)
    expect(at(page, "Cover").locator("h2")).to_have_text("Tim and the Red Ball")
    page.get_by_role("button", name="Next page").click()
    expect(at(page, "1 / 3")).to_contain_text("a little fox named Tim")
    page.keyboard.press("ArrowRight")
    at(page, "2 / 3")
    page.keyboard.press("End")
    expect(at(page, "Back cover")).to_contain_text("Tim")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.keyboard.press("PageUp")
    at(page, "3 / 3")
    page.keyboard.press("Home")
    at(page, "Cover")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("img").evaluate_all("all => all.every((one) => one.alt && one.naturalWidth === 96)")


def test_a_finger_turns_it(opened):
    page = opened(book(), width=390, height=844, has_touch=True, is_mobile=True)
    at(page, "Cover")
    hand = page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 320), *(("touchMove", 320 - 22 * i) for i in range(13)), ("touchEnd", None)):
        points = [] if x is None else [{"x": x, "y": 300}]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(16)
    at(page, "1 / 3")


def test_a_book_in_arabic_turns_the_other_way(opened):
    words, title = SCRIPTS["ar"]
    page = opened(book([words, words], title))
    at(page, "Cover")
    page.keyboard.press("ArrowLeft")
    at(page, "1 / 2")
    page.keyboard.press("ArrowRight")
    at(page, "Cover")


def test_the_words_grow(opened):
    page = opened(book())
    page.keyboard.press("ArrowRight")
    words = at(page, "1 / 3").locator("p").first
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    before = words.evaluate(size)
    assert before >= 20
    page.get_by_role("button", name="Larger words").click()
    assert words.evaluate(size) > before
    at(page, "1 / 3")


def test_it_reads_aloud_with_a_voice_of_this_machine(opened):
    read = book()
    page = opened(read, script=VOICES)
    page.get_by_role("button", name="Read aloud").click()
    expect(page.locator(".sb-now")).to_have_count(1)
    at(page, "3 / 3")  # it turns the pages itself
    expect(page.get_by_role("button", name="Read aloud")).to_be_visible()  # and ends at the end
    said = page.evaluate("said")
    assert said[:2] == [[words, "near"] for words in ("Tim and the Red Ball", read.pages[0].text[:51])]
    assert {name for _, name in said} == {"near"} and len(said) == 8


def test_reading_stops_when_asked(opened):
    page = opened(book(), script=VOICES, clock=True)
    page.get_by_role("button", name="Read aloud").click()
    page.get_by_role("button", name="Stop reading").click()
    count = page.evaluate("said.length")
    page.clock.run_for(1000)  # enough for several sentences
    assert page.evaluate("said.length") == count
    expect(page.locator(".sb-now")).to_have_count(0)


def test_no_voice_no_button(opened):
    page = opened(book([SCRIPTS["ru"][0]], "Тим"), script=VOICES)  # both voices are English
    at(page, "Cover")
    expect(page.locator(".sb-read")).to_be_hidden()


def test_a_script_that_somebody_put_into_the_file_does_not_run(opened):
    attack = b"<script>window.hacked = 1</script><svg onload='window.hacked = 2'></svg></body>"
    page = opened(book(), change=lambda data: data.replace(b"</body>", attack))
    at(page, "Cover")
    assert page.evaluate("window.hacked") is None


def test_without_scripts_it_can_still_be_read(opened):
    page = opened(book(), java_script_enabled=False)
    expect(page.locator(".sb-page").first).to_be_visible()
    expect(page.locator(".sb-page")).to_have_count(5)


def test_it_prints_a_page_on_each_sheet(opened):
    page = opened(book())
    at(page, "Cover")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 5


def test_a_page_saved_by_the_browser_gives_the_book_back(opened):
    page = opened(book())
    at(page, "Cover")
    assert restore.read(("<!doctype html>" + page.content()).encode()) == book()


def test_a_new_state_of_the_book_changes_only_the_pages_that_changed(opened):
    before = book()
    tab = opened(before)
    # As in the tab: a reader that stays while the book comes anew.
    tab.evaluate("(markup) => (document.querySelector('main').innerHTML = markup)", reader.markup(before))
    tab.evaluate("window.second = storyReader(document.querySelector('.sb'))")
    tab.evaluate("document.querySelectorAll('.sb-page').forEach((node) => (node.old = true))")
    tab.locator(".sb-pages").focus()
    tab.keyboard.press("End")
    at(tab, "Back cover")
    after = before.with_page(0, page(0, "Another beginning.", drawn=False))
    tab.evaluate("(markup) => second.refresh(markup)", reader.markup(after))
    at(tab, "Back cover")
    old = "all => all.map((node) => Boolean(node.old))"
    assert tab.locator(".sb-page").evaluate_all(old)[:4] == [True, False, True, True]
    expect(tab.locator(".sb-undrawn")).to_have_text("No picture yet")
