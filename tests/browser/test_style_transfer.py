"""A real Chromium in the tab of the styles: paints, fills, takes samples, reproduces, on a phone in Chinese."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
TAB = "#style_transfer"


@pytest.fixture
def tab(visit, suite):
    page = visit(f"{suite}?tab=style_transfer")
    expect(page.locator(f"{TAB}-generate")).to_be_enabled()
    return page


def src(page, name):
    return page.locator(f".st-{name}").get_attribute("src")


def test_what_is_painted_is_translated(tab):
    expect(tab.locator(".st-badge")).to_have_text("Recorded example")
    before = src(tab, "given")
    tab.get_by_role("button", name="Clear").click()
    tab.get_by_role("radio", name="Green").click()
    tab.get_by_role("radio", name="Broad brush").click()
    box = tab.locator(f"{TAB}-canvas canvas").bounding_box()
    tab.mouse.move(box["x"] + 60, box["y"] + 60)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 180, box["y"] + 190, steps=5)
    tab.mouse.up()
    expect(tab.locator(".st-given")).not_to_have_attribute("src", before)
    expect(tab.locator(".st-badge")).to_be_hidden()
    line = src(tab, "given")
    tab.get_by_role("radio", name="Fill").click()
    tab.mouse.click(box["x"] + 20, box["y"] + 200)
    expect(tab.locator(".st-given")).not_to_have_attribute("src", line)
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator(".st-given")).to_have_attribute("src", line)
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_an_empty_canvas_gets_a_sentence(tab):
    tab.get_by_role("button", name="Clear").click()
    tab.locator(f"{TAB}-generate").click()
    expect(tab.get_by_text("There is nothing on the canvas")).to_be_visible()


def test_a_sample_chooses_its_styles_and_the_weights_stand_side_by_side(tab):
    tab.get_by_role("button", name="Owl, Twemoji").click()
    expect(tab.locator(".st-given ~ figcaption")).to_have_text("Twemoji: what is given")
    expect(tab.get_by_label("Noto ↔ Twemoji", exact=True)).to_be_checked()
    expect(tab.get_by_label("← Back")).to_be_checked()
    expect(tab.locator(".st-weight")).to_have_count(3)
    expect(tab.locator(".st-weight.here strong")).to_have_text("Full")
    tab.get_by_label("Noto ↔ Twemoji, no cycle loss").check()
    expect(tab.locator(".st-weight.here strong")).to_have_text("No cycle loss")
    tab.get_by_role("button", name="Fox, Fluent 3D").click()
    expect(tab.locator(".st-others")).to_be_hidden()
    expect(tab.locator(".st-made ~ figcaption")).to_have_text("Fluent flat: what is made of it")


def test_colours_are_chosen_by_keys(tab):
    red = tab.get_by_role("radio", name="Red")
    expect(red).to_have_attribute("aria-checked", "true")
    red.press("ArrowRight")
    expect(tab.get_by_role("radio", name="Orange")).to_have_attribute("aria-checked", "true")
    expect(tab.get_by_role("radio", name="Orange")).to_be_focused()


def test_the_slider_chooses_the_weight_of_the_cycle_loss(tab):
    tab.get_by_role("button", name="Fox, Noto").click()
    slider = tab.get_by_label("Weight of the cycle loss")
    expect(slider).to_have_value("2")
    expect(tab.locator(".st-weight .st-quiet").last).to_contain_text("things that it never saw")
    full = src(tab, "made")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(tab.locator(".st-weight.here strong")).to_have_text("No cycle loss")
    expect(tab.get_by_label("Noto ↔ Twemoji, no cycle loss")).to_be_checked()
    expect(tab.locator(".st-made")).not_to_have_attribute("src", full)
    tab.locator(f"{TAB}-recipe-box button").first.click()
    expect(tab.locator(f"{TAB}-recipe")).to_contain_text("cyclegan-noto-twemoji-none")  # of the last place, not before
    tab.locator(f"{TAB}-reproduce").click()
    expect(tab.locator(f"{TAB}-verdict")).to_contain_text("Identical")


def test_an_answer_that_comes_late_does_not_take_the_slider_back(tab):
    tab.get_by_role("button", name="Fox, Noto").click()
    slider = tab.get_by_label("Weight of the cycle loss")
    expect(slider).to_have_value("2")
    expect(tab.locator(f"{TAB}-generate")).to_be_enabled()
    tab.evaluate("""() => { window.places = [];
        const weights = document.querySelector(".st-weights");
        const look = () => places.push([...weights.children].findIndex((one) => one.matches(".here")));
        new MutationObserver(look).observe(weights, {childList: true}) }""")
    slider.press("ArrowLeft")
    expect(tab.get_by_label("Noto ↔ Twemoji, half the cycle loss")).to_be_checked()
    slider.press("ArrowLeft")
    expect(tab.get_by_label("Noto ↔ Twemoji, no cycle loss")).to_be_checked()
    tab.locator(f"{TAB}-recipe-box button").first.click()
    expect(tab.locator(f"{TAB}-recipe")).to_contain_text("cyclegan-noto-twemoji-none")
    places = tab.evaluate("places")
    assert places == sorted(places, reverse=True) and places[-1] == 0


def page_of(*names):
    from PIL import Image
    from style_transfer import samples

    page = Image.new("RGB", (150 * len(names), 100), "white")
    for i, name in enumerate(names):
        page.paste(samples.picture("fluent flat", name), (20 + 150 * i, 10))
    return page


def test_a_whole_page_is_translated(tab, tmp_path):
    page_of("face", "house").save(tmp_path / "page.png")
    tab.get_by_text("Whole pages, and several").click()
    tab.locator(f"{TAB}-page-box input[type=file]").set_input_files(tmp_path / "page.png")
    expect(tab.get_by_text("Figures found: 2")).to_be_visible()
    expect(tab.locator(".st-pages img")).to_have_count(2)
    expect(tab.get_by_role("link", name="Save the page")).to_be_visible()


def test_several_files_are_translated_and_saved_as_one(tab, tmp_path):
    import io
    import zipfile

    from PIL import Image

    page_of("face", "house").save(tmp_path / "one.png")
    page_of("fish").save(tmp_path / "two.png")
    (tmp_path / "three.png").write_bytes(b"no picture")
    tab.get_by_text("Whole pages, and several").click()
    files = [tmp_path / f"{name}.png" for name in ("one", "two", "three")]
    tab.locator(f"{TAB}-page-box input[type=file]").set_input_files(files)
    expect(tab.locator(".st-page")).to_have_count(3)
    expect(tab.locator(".st-pages img")).to_have_count(4)
    expect(tab.locator(".st-page").last).to_contain_text("three")
    with tab.expect_download() as saved:
        tab.get_by_role("button", name="Save all pages (ZIP)").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert archive.namelist() == ["01-one.png", "02-two.png"]
        assert Image.open(io.BytesIO(archive.read("01-one.png"))).size == (300, 100)


def test_a_phone_in_chinese_has_it_all(visit, suite):
    page = visit(
        f"{suite}?tab=style_transfer", width=360, height=740, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    expect(page.locator(".st-badge")).to_have_text("录制的示例")
    page.get_by_role("button", name="狐狸，Noto").click()
    expect(page.locator(".st-weight.here strong")).to_have_text("全部")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
