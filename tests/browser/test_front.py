"""What a newcomer meets: ways in, tabs by group, language and theme, the order on a phone, the keyboard, axe."""

import html
import io
import re
import textwrap
import zipfile
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import serve
from gradio_client import Client
from PIL import Image
from playwright.sync_api import expect

import app
from browser import hostile
from shared import __version__, recipe
from shared.core import registry

FIVE = ["Illustrated story", "Text", "Pictures", "GAN digits", "VAE interpolation"]
OTHERS = {
    "digits": ["StyleGAN faces", "Style transfer", "Normalizing flow", "Spoken digits"],
    "language": ["Sentiment", "Summaries", "Translation", "Name a picture"],
    "arena": ["Arena"],
}


@pytest.fixture(scope="module")
def fourteen(start, tmp_path_factory) -> str:
    """The address of a suite with as many Spaces as will stand there: named, grouped and empty."""
    folder = tmp_path_factory.mktemp("fourteen")
    named = [("make", title) for title in FIVE[:3]] + [("digits", title) for title in FIVE[3:]]
    named += [(group, title) for group, titles in OTHERS.items() for title in titles]
    for order, (group, title) in enumerate(named):
        space = folder / ("a_" + title.lower().replace(" ", "_"))
        space.mkdir()
        source = f"""
            TITLE = {{"en": "{title}", "zh": "{title}"}}
            ORDER = {order}
            GROUP = "{group}"
            def build():
                import gradio as gr
                gr.Textbox(label="What {title} takes")
        """
        (space / "__init__.py").write_text(textwrap.dedent(source), "utf-8")
    return start("-c", serve(folder))


def test_fourteen_spaces_are_seen_by_name_in_their_groups_and_are_one_stop_of_the_tab_key(fourteen, visit):
    page = visit(fourteen)
    everything = FIVE + [title for titles in OTHERS.values() for title in titles]
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_text(everything)
    for i in range(len(everything)):
        expect(tabs.nth(i)).to_be_visible()
        box = tabs.nth(i).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 1280
    lists = page.get_by_role("tablist")
    assert lists.evaluate_all("lists => lists.map((list) => list.ariaLabel)") == [
        "Make",
        "Digits and families",
        "Language and seeing",
        "The arena",
    ]
    page.get_by_role("tab", name="Translation").click()
    expect(page.get_by_role("textbox", name="What Translation takes")).to_be_visible()

    page.get_by_role("tab", name="Illustrated story").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Arena")).to_be_focused()
    expect(page.get_by_role("tab", name="Arena")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("textbox", name="What Arena takes")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "tab"

    page.set_viewport_size({"width": 390, "height": 844})  # on a phone, a menu names them all
    menu = page.get_by_role("combobox", name="Go to")
    groups = menu.locator("optgroup")
    expect(groups).to_have_count(4)
    assert groups.evaluate_all("groups => groups.map((group) => [group.label, group.children.length])") == [
        ["Make", 3],
        ["Digits and families", 6],
        ["Language and seeing", 4],
        ["The arena", 1],
    ]
    menu.select_option("Sentiment")
    expect(page.get_by_role("textbox", name="What Sentiment takes")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_language_is_the_browsers_or_that_of_a_button_or_of_the_address(suite, visit):
    page = visit(suite + "?tab=gpt2_text", locale="zh-CN")
    chosen, write = page.get_by_role("tab", selected=True), page.locator("#gpt2_text-generate")
    page.locator("#gpt2_text-prompt textarea").fill("从前有一只小狐狸")
    write.click()
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_contain_text("出错了")
    expect(toast).to_contain_text("Story GPT-2 只会读写英文")
    page.get_by_test_id("toast-close").click()  # it lies above the button for ten seconds

    page.get_by_role("button", name="English").click()
    expect(write).to_have_text("Generate")
    expect(chosen).to_have_text("Text")
    page.goto(suite + "?tab=gpt2_text")  # it stays
    expect(write).to_have_text("Generate")
    page.get_by_role("button", name="中文").click()
    expect(write).to_have_text("生成")
    expect(chosen).to_have_text("文本")

    page = visit(suite + "?tab=gpt2_text&lang=zh", locale="en-US")
    expect(page.locator("#gpt2_text-generate")).to_have_text("生成")
    page.locator("#gpt2_text-how button").first.click()
    expect(page.locator("#gpt2_text-how")).to_contain_text("词元")  # what the server says, too


def test_a_button_changes_the_theme_and_it_stays(fourteen, visit):
    page = visit(fourteen, color_scheme="light")
    page.get_by_role("button", name="Dark").click()
    dark = "document.body.classList.contains('dark')"
    page.wait_for_function(dark)
    page.reload()
    expect(page.get_by_role("button", name="Light")).to_be_visible()
    page.goto(fourteen)
    page.wait_for_function(dark)
    page.get_by_role("button", name="Light").click()
    page.wait_for_function("!" + dark)


def test_a_way_in_opens_its_tab_with_the_example_running(suite, visit):
    page = visit(suite)
    ways = page.get_by_role("group", name="Try it:").get_by_role("button")
    expect(ways).to_have_text(["Make a book", "Write", "Draw", "Train a model"])
    page.get_by_role("button", name="Write", exact=True).click()
    expect(page.get_by_role("tab", name="Text", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#gpt2_text-verdict p")).to_be_visible()
    page.get_by_role("button", name="Draw", exact=True).click()
    stop = page.locator("#text_to_image-stop")
    expect(stop).to_be_enabled()
    stop.click()
    expect(stop).to_be_disabled()
    page.get_by_role("button", name="Train a model").click()
    expect(page.locator("#gan_train-stop")).to_be_enabled()  # it ends with the page


BEST = {
    "gpt2_text": "Click a word to see what else could have stood there.",
    "illustrated_story": "Any word and any picture can be changed under Edit",
    "text_to_image": "Go back to a step",
    "gan_digits": "Click a digit to keep it",
    "vae_interpolation": "Point at a picture to hold it",
}


def faults(page, *rules):
    """What axe-core finds serious or critical (only by these rules, if any), once nothing fades in any more."""
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    options = {"resultTypes": ["violations"]}  # it names no element that is fine, which takes it as long as the rest
    found = Axe().run(page, options=options | ({"runOnly": list(rules)} if rules else {})).response
    assert len(found["passes"]) > (0 if rules else 20)
    serious = [fault for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in serious]


MOST_OF_A_PAGE = 600_000  # characters of the config of a tab that a link opens; examples that weigh more come after it


# Where a button ends and where the others begin, all at one moment: what comes late moves them together.
PLACES = """(button, others) => {
  const top = (one) => document.querySelector(one).getBoundingClientRect().top;
  return [button.getBoundingClientRect().bottom, ...others.map(top)];
}"""


SETTINGS = {
    "illustrated_story": "pages",
    "text_to_image": "n",
    "arena": "models",
    "stylegan_faces": "psi",
    "feedback": "more",
}


@pytest.mark.parametrize("name", app.names())
def test_a_tab_fits_a_phone_has_one_primary_button_is_no_trouble_to_axe_and_runs_nothing(suite, visit, name):
    page, hosts = visit("about:blank", width=360, height=740, color_scheme="light"), set()
    said = hostile.watched(page)
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "data"))
    page.goto(f"{suite}?tab={name}")
    assert page.evaluate("JSON.stringify(window.gradio_config).length") < MOST_OF_A_PAGE
    panel = page.locator(f"#tab-{name}")
    primary = panel.locator("button.primary").locator("visible=true")
    expect(primary).to_have_count(1)
    end, result, settings = primary.evaluate(PLACES, [f"#{name}-result", f"#{name}-{SETTINGS.get(name, 'model')}"])
    assert 0 <= result - end <= 80 and settings > result  # on a phone, the result is right under the button
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for tab in panel.locator("[role=tab]").all():
        box = tab.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360

    page.set_viewport_size({"width": 1280, "height": 800})
    expect(primary).to_have_count(1)
    if name in BEST:
        expect(panel.get_by_text(BEST[name])).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Dark").click()
    page.wait_for_function("document.body.classList.contains('dark')")
    assert faults(page, "color-contrast") == []

    hostile.type_into(page, name)
    hostile.drop_on(page, name)
    assert not hostile.ran(page) and said == []
    assert hosts <= {"127.0.0.1", "data"}, hosts


def test_the_health_of_the_server_fits_a_phone_and_is_told_to_a_client(suite, visit):
    page = visit(f"{suite}?tab=arena", width=360, height=740)
    page.get_by_role("button", name="Health of this server").click()
    expect(page.locator("#aigc-health-report")).to_contain_text("Golden values")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    said = Client(suite, verbose=False).predict(api_name="/health")
    assert said["version"] == __version__
    assert said["device"] in ("cpu", "cuda", "mps")
    assert said["hub"] in ("unknown", "reachable", "unreachable", "off")
    assert [row["name"] for row in said["golden"]] == [row.name for row in registry.SPECS if row.bundled]
    assert all({"name", "result", "seconds"} <= set(row) for row in said["golden"])
    assert said["ok"], said["golden"]


def test_the_keyboard_chooses_among_radio_buttons_and_generates(suite, visit):
    page = visit(f"{suite}?tab=gpt2_text")
    styles = page.locator("#gpt2_text-preset input")
    one_group = "new Set([...document.querySelectorAll('#gpt2_text-preset input')].map((one) => one.name)).size === 1"
    page.wait_for_function(one_group)
    styles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(styles.nth(1)).to_be_checked()
    page.locator("#gpt2_text-more button").first.click()
    expect(page.locator("#gpt2_text-temperature input[type=range]")).to_have_value("0.4")  # the dials have followed
    page.wait_for_function(one_group)
    page.locator("#gpt2_text-preset input:checked").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#gpt2_text-preset')") is None

    expect(page.locator("#gpt2_text-generate")).to_be_enabled()
    page.locator("#gpt2_text-controls textarea").first.press("Control+Enter")
    expect(page.locator("#gpt2_text .tv-badge").first).to_be_hidden()


def finished(page):
    """The pictures that were asked for are there, and no longer the example."""
    expect(page.locator(".iv-badge")).to_be_hidden()
    expect(page.locator("#text_to_image-generate")).to_be_enabled()
    expect(page.locator(".iv-all")).to_be_visible()


# Comes to an end when the browser has stored one picture of a tab.
KEPT = """(tab) => new Promise((done) => {
  const look = () => {
    const opening = indexedDB.open("aigc_pictures", 1);
    opening.onsuccess = () => {
      const reading = opening.result.transaction("kept").objectStore("kept").get(tab);
      reading.onsuccess = () => {
        opening.result.close();
        reading.result?.length === 1 ? done() : setTimeout(look, 50);
      };
    };
  };
  look();
})"""


def test_pictures_are_kept_downloaded_as_one_zip_and_embedded_with_their_recipe(suite, visit, tmp_path):
    settings = {"prompt": "red apple", "n": 2, "steps": 2}  # quickly: they come by a link
    page = visit(recipe.to_link(recipe.make("text_to_image", {"model": "emoji-diffusion"}, settings, b"", 0.1), suite))
    expect(page.locator(".id-chips button").first).to_be_visible()
    prompt = page.locator("#text_to_image-prompt textarea")
    expect(prompt).to_have_value("red apple")
    prompt.press("Control+Enter")
    finished(page)
    with zipped(page, ".iv-all", tmp_path) as packed:
        pictures = [packed.read(name) for name in packed.namelist()]
    assert len(pictures) == 2 and all(recipe.read_bytes(png)["tab"] == "text_to_image" for png in pictures)

    page.locator("#text_to_image-embed").click()
    share = page.locator("#text_to_image-share textarea")
    expect(share).to_have_value(re.compile("embed=1&amp;r=[\\w-]+&amp;autorun=1"))
    address = html.unescape(re.search('src="([^"]+)"', share.input_value())[1])
    other = visit(address)
    expect(other.locator("#text_to_image-verdict p.same")).to_be_attached()

    page.reload()
    expect(page.locator("#text_to_image-generate")).to_be_enabled()
    expect(page.locator(".iv-visit")).to_be_hidden()  # nobody wanted them to be kept

    page.locator("#text_to_image-generate").click()
    keep = page.get_by_role("checkbox", name="Keep what was made in this visit")
    keep.check()
    finished(page)
    page.evaluate(KEPT, "text_to_image")
    page.reload()
    expect(page.locator(".ag-once")).to_have_count(1)
    page.locator(".ag-once").click()
    expect(page.locator("#text_to_image-verdict p")).to_contain_text("Restored")
    keep.uncheck()
    page.reload()
    expect(page.locator("#text_to_image-generate")).to_be_enabled()
    expect(page.locator(".ag-once")).to_have_count(0)


@pytest.mark.parametrize(
    "name, badge, all_of, files",
    [("gan_digits", ".gv-badge", "#gan_digits-grid .gv-all", 17), ("vae_interpolation", ".vv-badge", ".vv-all", 18)],
)
def test_digits_come_by_ctrl_enter_as_one_zip_and_can_be_gone_back_to(
    suite, visit, tmp_path, name, badge, all_of, files
):
    page = visit(f"{suite}?tab={name}")
    example = page.locator(f"#{name} {badge}").first
    expect(example).to_be_visible()
    expect(page.locator(f"#{name}-generate")).to_be_enabled()
    page.locator(f"#{name}-controls").locator("textarea, input").first.focus()
    page.keyboard.press("Control+Enter")
    expect(example).to_be_hidden()
    with zipped(page, all_of, tmp_path) as packed:
        assert len(packed.namelist()) == files
        whole = digits_and_recipe(packed)
    assert whole["tab"] == name
    page.get_by_role("checkbox", name="Keep what was made in this visit").check()  # there once it has stood a while
    page.evaluate(KEPT, name)
    page.reload()
    page.locator(".ag-once").click()
    page.locator(f"#{name}-recipe-box button").first.click()
    expect(page.locator(f"#{name}-recipe")).to_contain_text(whole["output_sha256"])

    if name == "gan_digits":  # the walk has a button of its own
        page.locator("#gan_digits-walk-go").click()
        with zipped(page, "#gan_digits-walk .gv-all", tmp_path) as packed:
            assert len(packed.namelist()) == 26
            assert digits_and_recipe(packed)["tab"] == name


@contextmanager
def zipped(page, button, folder):
    """The ZIP that the button gives."""
    with page.expect_download() as waiting:
        page.locator(button).click()
    waiting.value.save_as(folder / "all.zip")
    with zipfile.ZipFile(folder / "all.zip") as packed:
        assert packed.testzip() is None
        yield packed


def digits_and_recipe(packed):
    """The recipe of all of them, which the first file holds; the last is a digit."""
    with Image.open(io.BytesIO(packed.read(packed.namelist()[-1]))) as one:
        assert one.size == (112, 112) and len(one.getcolors(256)) > 2
    return recipe.read_bytes(packed.read(packed.namelist()[0]))
