"""A real Chromium in the text tab: types, watches, stops, forks, undoes, reproduces, compares."""

import re

import pytest
from conftest import type_number
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


# A text of 1,000 tokens, and one of 120 that was written twice before, wait at their 30th token until Stop is pressed.
PAGE = """
import sys
sys.path.insert(0, "spaces")
from shared.engines.text import generation
from shared.page import frame
from tests.held import held

runs = []

def is_long(i, state, model, prompt, sampling, stop):
    if sampling.max_new_tokens == 120 and stop not in runs:
        runs.append(stop)
    long = sampling.max_new_tokens == 1000 or stop in runs[2:]
    return long and len(state[0].tokens) >= 30

generation.generate = held(generation.generate, is_long)
frame.run_alone("gpt2_text", [])
"""


@pytest.fixture(scope="module")
def address(start):
    return start("-c", PAGE, AIGC_MODELS="bundled")


@pytest.fixture
def tab(visit, address):
    page = visit(address)
    expect(page.locator("#gpt2_text-generate")).to_be_enabled()
    return page


def dial(page, name, value):
    if not page.locator(f"#gpt2_text-{name}").is_visible():
        page.locator("#gpt2_text-more > button").click()
    type_number(page.locator(f"#gpt2_text-{name}"), value)


def write(page, prompt, model="Story n-gram", length=40):
    """Fills the form and clicks on Generate."""
    page.locator("#gpt2_text-prompt textarea").fill(prompt)
    page.get_by_label(model, exact=True).check()
    dial(page, "max_new_tokens", length)
    page.locator("#gpt2_text-generate").click()


def finished(page):
    expect(page.locator(".tv-column.running")).to_have_count(0)
    expect(page.locator("#gpt2_text-generate")).to_be_enabled()
    expect(page.locator(".tv-foot").first).to_contain_text("tokens")


def words(page, column=0):
    return page.locator(".tv-prose").nth(column).inner_text()


def test_an_example_is_there_at_once_outlives_a_refused_click_and_runs_live(tab):
    expect(tab.locator(".tv-badge")).to_have_text("Recorded example")
    recorded = words(tab)
    write(tab, "x" * 100_000)
    expect(tab.get_by_test_id("toast-body")).to_contain_text("100,000 characters")
    expect(tab.locator("#gpt2_text-generate")).to_be_enabled()
    assert words(tab) == recorded

    tab.locator(".tv-live").click()
    expect(tab.locator("#gpt2_text-verdict")).to_contain_text(re.compile("Identical|Different"))
    assert "Identical" not in tab.locator("#gpt2_text-verdict").inner_text() or words(tab) == recorded
    expect(tab.locator(".tv-badge")).to_be_hidden()


# Keeps every state of the text that the page shows while it is being written.
WATCH = """() => {
    const text = () => document.querySelector(".tv-prose > div").textContent;
    window.seen = [];
    new MutationObserver(() => document.querySelector(".tv-column.running") && seen.push(text()))
        .observe(document.querySelector(".tv-columns"), {subtree: true, childList: true, characterData: true});
}"""


def watched(page):
    """The states since WATCH, each once."""
    return page.evaluate("[...new Set(seen)]")


def stopped(page):
    """Presses Stop while a text is being written -> where the buttons below it stood until then."""
    expect(page.locator(".tv-column.running .tok").nth(5)).to_be_visible()
    top = page.evaluate(ACTIONS_TOP)
    page.locator("#gpt2_text-stop").click()
    return top


ACTIONS_TOP = 'document.querySelector("#gpt2_text-actions").getBoundingClientRect().top + scrollY'


def test_type_watch_stop_fork_undo_reproduce_and_what_streams_is_the_beginning_of_the_text(tab):
    wild = {"temperature": 2, "top_k": 0, "top_p": 1, "seed": 2}  # a text that goes on for hundreds of tokens
    for name, value in wild.items():
        dial(tab, name, value)
    tab.evaluate(WATCH)
    write(tab, "One day, a small owl", "Story GPT-2", 1000)
    tokens = tab.locator(".tok")
    top = stopped(tab)
    expect(tab.locator(".tv-prompt")).to_have_text("One day, a small owl")
    finished(tab)
    count = tokens.count()
    assert len(watched(tab)) > 1 and all(words(tab).startswith(state) for state in watched(tab))
    assert 5 < count < 1000
    expect(tab.locator(".tv-foot").first).not_to_contain_text("The end")  # it was stopped, and did not end by itself
    if count < 40:  # within the height that was kept free, nothing below has moved
        assert tab.evaluate(ACTIONS_TOP) == pytest.approx(top, abs=1)
    tab.wait_for_timeout(500)
    assert tokens.count() == count  # and nothing comes after it

    dial(tab, "max_new_tokens", 8)
    before = words(tab)
    tokens.nth(3).focus()  # by keyboard: arrows move, Enter opens
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    expect(tab.locator(".tv-choice")).to_have_count(10)
    tab.locator(".tv-look").click()
    expect(tab.locator(".tv-heads button[aria-pressed=true]")).to_have_count(1)
    tab.locator(".tv-look").click()
    other = tab.locator(".tv-choice:not([aria-current])").nth(1)
    chosen = other.locator("span").inner_text().strip("…")
    other.click()
    expect(tab.locator(".tok.changed")).to_contain_text(chosen)
    finished(tab)
    assert tokens.count() <= 5 + 8 + 1
    forked = words(tab)

    tab.locator("#gpt2_text-reproduce").click()
    expect(tab.locator("#gpt2_text-verdict")).to_contain_text("Identical")
    assert words(tab) == forked
    tab.locator("#gpt2_text-undo").click()
    expect(tab.locator(".tv-prose")).to_have_text(before, use_inner_text=True)

    # What streams is the beginning also where a long text was there before, and where Stop is pressed.
    write(tab, "One day, a small cat", "Story GPT-2", 120)
    expect(tab.locator(".tv-prompt")).to_have_text("One day, a small cat")
    finished(tab)

    tab.evaluate(WATCH)
    tab.locator("#gpt2_text-generate").click()
    tab.wait_for_function("seen.length > 3")
    finished(tab)
    before = words(tab)
    assert all(before.startswith(state) for state in watched(tab))

    tab.evaluate(WATCH)
    tab.locator("#gpt2_text-reproduce").click()
    stopped(tab)
    expect(tab.locator("#gpt2_text-verdict")).to_contain_text("stopped before")
    expect(tab.locator(".tv-column.running")).to_have_count(0)
    expect(tab.locator("#gpt2_text-stop")).to_be_disabled()
    assert all(before.startswith(state) for state in [*watched(tab), words(tab)])

    dial(tab, "max_new_tokens", 1000)
    tab.evaluate(WATCH)
    tab.locator("#gpt2_text-generate").click()
    stopped(tab)
    finished(tab)
    assert watched(tab) and all(words(tab).startswith(state) for state in watched(tab))


# The columns are made too low for their texts -> what share of each was scrolled: first, half of one, and all of it,
# once another has followed and none moves any more.
SCROLLED = """async (columns) => {
  const room = (one) => one.scrollHeight - one.clientHeight;
  const shares = () => columns.map((one) => one.scrollTop / room(one));
  const frame = () => new Promise(requestAnimationFrame);
  columns.forEach((one, i) => Object.assign(one.style, {minHeight: "0", maxHeight: `${40 + 10 * i}px`}));
  const found = [shares()];
  for (const share of [0.5, 1]) {
    const before = columns[0].scrollTop;
    columns[1].scrollTop = share * room(columns[1]);
    while (columns[0].scrollTop === before) await frame();
    for (let old = ""; old !== String(shares()); ) {
      old = String(shares());
      await frame();
      await frame();
    }
    found.push(shares());
  }
  return found;
}"""


def test_continue_regenerate_three_side_by_side_and_a_cure_for_a_text_that_repeats_itself(tab):
    write(tab, "The cat", "Story GPT-2", 3)  # it never ends a story so soon
    expect(tab.locator(".tv-foot")).to_contain_text("3 tokens")
    finished(tab)
    seed = re.search(r"Seed \d+", tab.locator(".tv-foot").inner_text()).group()
    tab.locator("#gpt2_text-regenerate").click()
    expect(tab.locator(".tv-foot")).not_to_contain_text(seed)
    finished(tab)
    tab.locator("#gpt2_text-continue").click()
    expect(tab.locator(".tv-foot")).to_contain_text("6 tokens")
    finished(tab)

    write(tab, "Tom had a red ball.", "All three side by side", 12)
    expect(tab.locator(".tv-head strong")).to_have_text(["Story n-gram", "Story LSTM", "Story GPT-2"])
    finished(tab)
    tops = {round(tab.locator(".tv-column").nth(i).bounding_box()["y"]) for i in range(3)}
    assert len(tops) == 1
    shares = tab.locator(".tv-prose").evaluate_all(SCROLLED)
    assert shares == [pytest.approx([0, 0, 0], abs=0.02), pytest.approx([0.5] * 3, abs=0.02), pytest.approx([1] * 3)]
    tab.locator("#gpt2_text-reproduce").click()
    expect(tab.locator("#gpt2_text-verdict")).to_contain_text("Identical")

    cures = ("repetition_penalty", "no_repeat_ngram_size", "temperature")
    for name, value in {"temperature": 0, "repetition_penalty": 1}.items():
        dial(tab, name, value)
    write(tab, "aaaaaaaa", length=60)
    expect(tab.locator(".tv-prompt")).to_have_count(1)
    expect(tab.locator(".tv-prompt")).to_have_text("aaaaaaaa")
    finished(tab)
    before = words(tab)
    turned = [tab.locator(f"#gpt2_text-{name} input[type=number]") for name in cures]
    stood = [box.input_value() for box in turned]
    tab.get_by_text("Find the smallest cure").click()
    expect(tab.locator(".tv-message")).to_contain_text("Same seed")
    expect(tab.locator(".tv-head strong")).to_have_text(["Before", "After"])
    finished(tab)
    assert words(tab, 0) == before != words(tab, 1)
    assert sum(box.input_value() != old for box, old in zip(turned, stood, strict=True)) == 1
    expect(tab.locator("#gpt2_text-verdict")).not_to_contain_text("Identical")  # that of the text before
    tab.locator("#gpt2_text-reproduce").click()  # the cured text, of which the recipe is
    expect(tab.locator("#gpt2_text-verdict")).to_contain_text("Identical")
    tab.locator("#gpt2_text-undo").click()
    expect(tab.locator(".tv-prose")).to_have_text(before, use_inner_text=True)


def test_it_fits_a_phone_and_speaks_chinese(visit, address):
    page = visit(address, width=360, height=740, locale="zh-CN", color_scheme="dark")
    expect(page.locator("#gpt2_text-generate")).to_have_text("生成")
    expect(page.locator(".tv-badge")).to_have_text("录制示例")
    page.locator(".tok").nth(2).click()
    expect(page.locator(".tv-choice")).to_have_count(10)
    box = page.locator(".tv-pop").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
