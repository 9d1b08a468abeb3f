"""What SECURITY.md promises to the browser: nothing that a visitor types or brings is ever run, and the page itself
works with the policy that sees to that. A script that is held back by the policy counts as one that ran."""

import re

import openid_provider
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import serve
from playwright.sync_api import expect

from browser import hostile

ANSWERS = {  # tabs that answer at once with what was typed, or with a sentence about it: where, and what
    "text_understanding": ("#text_understanding-recipe", "onerror"),
    "translation": ("#translation-recipe", "onerror"),
    "seeing": (".toast-body", "80 characters"),
}


def test_nothing_that_is_typed_or_brought_is_run(suite, page):
    said = hostile.watched(page)
    page.goto(f"{suite}?tab=gpt2_text")
    expect(page.locator("button.primary").first).to_be_visible()
    for name, (place, words) in ANSWERS.items():
        page.evaluate("name => aigc.show(name)", name)
        expect(page.locator(f"#tab-{name} button.primary").locator("visible=true")).to_have_count(1)
        hostile.drop_on(page, name)
        hostile.type_into(page, name)
        page.locator(f"#tab-{name} button.primary").locator("visible=true").click()
        expect(page.locator(place)).to_contain_text(words)
    assert not hostile.ran(page) and said == []


def test_the_policy_is_in_force_and_nothing_comes_from_another_host(suite, page):
    said, hosts = hostile.watched(page), set()
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
    said = hostile.watched(page)
    page.goto(locked)
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill("open-sesame")
    page.get_by_role("button", name="Login").click()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("red fox")
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_logs_in_at_a_provider_and_comes_back_to_the_tab(start, tabs, look, scheme):
    with openid_provider.serving({"ann": []}) as provider:
        suite = start("-c", serve(tabs), **provider.variables, AIGC_OPENID_USERS="*")
        page = look(alone=True, locale="en-US", color_scheme=scheme)
        said = hostile.watched(page)
        page.goto(f"{suite}?tab=owl_tab")
        assert Axe().run(page).violations_count == 0
        page.get_by_role("link", name="Log in at 127.0.0.1").click()
        page.get_by_role("link", name="ann").click()
        page.get_by_role("button", name="Generate").click()
        expect(page.get_by_role("textbox", name="Result")).to_have_value("red owl")
        assert said == []
        page.goto(f"{suite}logout")
        expect(page.get_by_role("link", name="Log in at 127.0.0.1")).to_be_visible()


def test_another_page_shows_this_one_only_where_the_host_allows_it(locked, small_suite, look):
    page = look(alone=True, locale="en-US")  # shown again, Chromium takes it for a foreign local network
    page.set_content(f'<iframe src="{locked}"></iframe><iframe src="{small_suite}" width="900" height="600"></iframe>')
    expect(page.frame_locator("iframe >> nth=1").get_by_role("button", name="Generate")).to_be_visible()
    page.frames[1].wait_for_url(re.compile("^chrome-error"), wait_until="commit")
