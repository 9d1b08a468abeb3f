"""What SECURITY.md promises to the browser: nothing that a visitor types or brings is ever run, and the page itself
works with the policy that sees to that. A script that is held back by the policy counts as one that ran."""

import json
import re

import pytest
from conftest import serve
from playwright.sync_api import expect

RUN = "window.ran = (window.ran || 0) + 1"
PAYLOAD = f'"><img src=x onerror="{RUN}"><script>{RUN}</script><svg onload="{RUN}">\' {{{{7*7}}}} javascript:{RUN}'
TYPED = ("text_understanding", "seeing", "gan_digits", "translation")  # they answer with what was typed, at once
POLICY = ("Content Security Policy", "Content-Security-Policy")


def watched(page) -> list[str]:
    """What the page says of its policy, and the errors of its scripts."""
    said = []
    page.on("console", lambda line: said.append(line.text) if any(one in line.text for one in POLICY) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


# Types into every field that is seen, presses the main button, and drops a recipe whose name and values are no better.
ATTACK = """([name, payload, recipe]) => {
  const tab = document.getElementById("tab-" + name);
  const fields = [...tab.querySelectorAll("textarea, input[type=text], input:not([type])")];
  for (const field of fields.filter((one) => one.offsetParent && !one.readOnly && !one.disabled)) {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, payload);
    field.dispatchEvent(new Event("input", {bubbles: true}));
    field.dispatchEvent(new Event("change", {bubbles: true}));
    field.blur();
  }
  [...tab.querySelectorAll("button.primary")].find((button) => button.offsetParent).click();
  const carried = new DataTransfer(), called = '<img src=x onerror="window.ran = 1">.json';
  carried.items.add(new File([recipe], called, {type: "application/json"}));
  tab.querySelector(".aigc-verdict").dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true}));
}"""


def test_nothing_that_is_typed_or_brought_is_run(suite, page):
    said = watched(page)
    page.goto(f"{suite}?tab={TYPED[0]}")
    expect(page.locator("button.primary").first).to_be_visible()
    for name in TYPED:
        page.evaluate("name => aigc.show(name)", name)
        expect(page.locator(f"#tab-{name} button.primary").locator("visible=true")).to_have_count(1)
        stranger = {"app": "aigc-suite", "version": PAYLOAD, "tab": name, "model": PAYLOAD, "output_sha256": PAYLOAD}
        stranger["settings"] = {"model": PAYLOAD, PAYLOAD: PAYLOAD, "prompt": PAYLOAD}
        page.evaluate(ATTACK, [name, PAYLOAD, json.dumps(stranger)])
    page.wait_for_function("document.querySelectorAll('.aigc-verdict p').length > 1")
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None and said == []


def test_the_policy_is_in_force_and_nothing_comes_from_another_host(suite, page):
    said, hosts = watched(page), set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
    page.goto(f"{suite}?view=api&tab=gan_digits")
    page.goto(f"{suite}?tab=gan_digits")
    page.locator("#gan_digits-generate").click()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.ran = 1\">x</p>')")
    page.evaluate("document.body.lastElementChild.click()")
    assert page.evaluate("window.ran") is None and len(said) == 1 and "inline event handler" in said[0]
    assert hosts - {""} == {suite.split("/")[2]}


@pytest.fixture(scope="module")
def locked(start, tabs):
    return start("-c", serve(tabs), AIGC_AUTH="ann:open-sesame", AIGC_FRAME_ANCESTORS="none")


def test_a_visitor_logs_in_and_the_page_works(locked, page):
    said = watched(page)
    page.goto(locked)
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill("open-sesame")
    page.get_by_role("button", name="Login").click()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("red fox")
    assert said == []


def test_another_page_shows_this_one_only_where_the_host_allows_it(locked, small_suite, look):
    page = look(alone=True, locale="en-US")  # shown again, Chromium takes it for a foreign local network
    page.set_content(f'<iframe src="{locked}"></iframe><iframe src="{small_suite}" width="900" height="600"></iframe>')
    expect(page.frame_locator("iframe >> nth=1").get_by_role("button", name="Generate")).to_be_visible()
    page.frames[1].wait_for_url(re.compile("^chrome-error"), wait_until="commit")
