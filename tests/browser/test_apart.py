"""Pages beside each other: several embeds on a page of another host, and two visitors who never see each other."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import type_number
from playwright.sync_api import expect

HOST = """<!doctype html><title>A course</title><body style="margin:0">
<iframe src="{0}?tab=gan_digits&embed=1&__theme=dark" width="700" height="720"></iframe>
<iframe src="{0}?tab=text_understanding&embed=1&__theme=light&lang=zh" width="360" height="720"></iframe>
<iframe src="{0}?tab=gan_digits&embed=1" width="700" height="720"></iframe>
<script>
  told = []; recipes = []; last = 0;
  addEventListener("message", ({{data, source}}) => {{
    const from = [0, 1, 2].findIndex((i) => frames[i] === source);
    if (data.type === "aigc-height") (told.push([from, data.height]), (last = performance.now()));
    if (data.type === "aigc-recipe") recipes.push({{from, ...data}});
  }});
</script>"""


@pytest.fixture
def course(suite, tmp_path):
    """A page of another host that shows three tabs."""
    (tmp_path / "index.html").write_text(HOST.format(suite))
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://localhost:{served.server_port}/"
    served.shutdown()
    served.server_close()


def test_three_embeds_live_on_a_page_of_another_host_and_tell_it_their_recipes(suite, course, page):
    page.goto(course)
    digits, texts, third = (page.frame_locator(f"iframe >> nth={i}") for i in range(3))
    for one, name in ((digits, "gan_digits"), (texts, "text_understanding"), (third, "gan_digits")):
        expect(one.locator(f"#{name}-generate")).to_be_visible()
    texts.locator("textarea").first.fill("A wonderful film.")
    texts.locator("#text_understanding-generate").click()
    digits.locator("#gan_digits-generate").click()
    expect(texts.locator("#text_understanding-result")).to_contain_text("wonderful")
    expect(texts.locator("#text_understanding-generate")).to_be_enabled()
    expect(digits.locator(".gv-badge")).to_be_hidden()
    page.wait_for_function("told.length >= 3 && performance.now() - last > 2000")  # left alone, nothing grows
    heights = {i: [height for of, height in page.evaluate("told") if of == i] for i in range(3)}
    assert all(len(found) <= 12 and 200 < found[-1] < 2500 for found in heights.values()), heights

    recipes = {}
    for i, name in enumerate(("gan_digits", "text_understanding", "gan_digits")):
        page.evaluate(f"frames[{i}].postMessage({{type: 'aigc-recipe'}}, '{suite.rstrip('/')}')")
        page.wait_for_function(f"recipes.length > {i}")
        said = page.evaluate(f"recipes[{i}]")
        assert (said["from"], said["tab"]) == (i, name)
        recipes[i] = said["recipe"]
    assert recipes[1]["settings"]["text"] == "A wonderful film."
    assert recipes[0]["settings"]["seed"] != recipes[2]["settings"]["seed"], "the third has its example still"
    frame = page.frames[1]
    frame.evaluate("window.postMessage({type: 'aigc-recipe'}, '*')")  # not from the page that embeds it
    page.wait_for_timeout(300)
    assert len(page.evaluate("recipes")) == 3


# Whatever the server sends to a page, its streams among it, is kept in `heard`.
LISTEN = """(() => {
  window.heard = "";
  const original = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await original(...asked);
    const copy = answer.clone().body?.pipeThrough(new TextDecoderStream()).getReader();
    (async () => {
      for (let part; copy && !(part = await copy.read()).done; ) window.heard += part.value;
    })().catch(() => {});
    return answer;
  };
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(...asked) {
      super(...asked);
      this.addEventListener("message", ({data}) => (window.heard += data));
    }
  };
})()"""


def test_two_visitors_at_once_never_see_each_other(suite, browser):
    """Nothing that the server sends to one of them holds anything of the other: words, recipes, results, a story."""
    words = {"marmalade": "zeppelins", "zeppelins": "marmalade"}  # what one writes of: what the other does
    pages = {word: browser.new_context(locale="en-US").new_page() for word in words}
    for page in pages.values():
        page.add_init_script(LISTEN)
        page.goto(f"{suite}?tab=gpt2_text")
        page.locator("#gpt2_text-more > button").click()
        type_number(page.locator("#gpt2_text-max_new_tokens"), 20)
    for name, press, sentence in (
        ("gpt2_text", "#gpt2_text-generate", "{} and"),
        ("text_understanding", "#text_understanding-generate", "I love {}."),
        ("illustrated_story", "#illustrated_story-links button >> nth=0", "A fox who likes {}"),
    ):
        for word, page in pages.items():
            page.evaluate("(name) => aigc.show(name)", name)
            expect(page.locator(press)).to_be_enabled()
            if name == "illustrated_story":
                type_number(page.locator(f"#{name}-pages"), 1)
            page.locator(f"#{name}-controls textarea").first.fill(sentence.format(word))
        for page in pages.values():
            page.locator(press).click()
        for word, page in pages.items():
            expect(page.locator(f"#{name}-result")).to_contain_text(word)
            expect(page.locator(press)).to_be_enabled()  # the run has ended
    for word, page in pages.items():
        heard = page.evaluate("heard") + page.locator("body").inner_html()
        assert heard.count(word) > 9 and words[word] not in heard
        page.context.close()
