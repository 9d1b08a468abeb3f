"""The kit of a tab, by the Space that CONTRIBUTING.md shows: its code, put into a folder and served, does it all."""

import base64
import io
import re

import pytest
from conftest import ROOT, serve, type_number
from gradio_client import Client
from PIL import Image
from playwright.sync_api import expect

from shared import recipe

BLOCK = re.compile(r"`(dice/[\w./]+)`[^`]*?:\n\n```\w+\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def address(start, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("spaces")
    shown = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    for name, text in shown:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert [name for name, _ in shown] == ["dice/__init__.py", "dice/words/en.toml", "dice/words/zh.toml"]
    return start("-c", HELD.format(folder=str(folder)) + serve(folder))


# A throw of 100 waits at its sixth state until Stop is pressed.
HELD = """
import sys
sys.path.insert(0, {folder!r})
import dice
from tests.held import held
dice.run = held(dice.run, lambda i, state, asked, stop: i == 5 and asked.n == 100)
"""


@pytest.fixture(scope="module")
def client(address) -> Client:
    return Client(address, verbose=False)


@pytest.fixture
def tab(visit, address):
    page = visit(address)
    expect(page.locator("#dice-generate")).to_be_enabled()
    return page


def throw(page, n: int) -> None:
    type_number(page.locator("#dice-n"), n)
    page.evaluate("face = () => document.querySelector('#dice-result img')?.src; before = face()")
    page.locator("#dice-generate").click()


def thrown(page):
    """The picture, when the throw is over: another one, and nothing more to stop."""
    page.wait_for_function("face() !== before && document.querySelector('#dice-stop').disabled")
    return page.locator("#dice-result img")


def data(picture) -> bytes:
    return base64.b64decode(picture.get_attribute("src").partition(",")[2])


def verdict(page):
    return page.locator("#dice-verdict")


def test_it_is_short():
    code = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text("utf-8"))[0][1]
    assert len(list(filter(None, code.splitlines()))) <= 60


# By the network


@pytest.mark.slow
def test_the_endpoint_answers_with_a_file_and_its_recipe(client):
    png, made = client.predict(api_name="/dice")
    assert recipe.read(png) == made and made["settings"] == {"model": "cgan-mnist", "n": 6, "seed": 0}
    with Image.open(png) as picture:
        assert recipe.hash_output(picture) == made["output_sha256"] and picture.width > picture.height
    again, other = (client.predict(n=6, seed=seed, api_name="/dice")[1] for seed in (0, 1))
    assert recipe.compare(made, again).identical and not recipe.compare(made, other).identical
    assert 0 <= client.predict(seed=-1, api_name="/dice")[1]["seed"] < 100_000


def test_the_endpoint_says_what_it_takes_and_refuses_the_rest(client):
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {"/dice", "/health"}, "what the buttons call is private"
    assert named["/dice"]["description"] == "Throws handwritten digits: a PNG that carries its recipe."
    arguments = {argument["parameter_name"]: argument for argument in named["/dice"]["parameters"]}
    assert list(arguments) == ["model", "n", "seed"] and arguments["n"]["parameter_default"] == 6
    with pytest.raises(Exception, match="How many must be a whole number from 1 to 100, not 101."):
        client.predict(n=101, api_name="/dice")
    with pytest.raises(Exception, match="There is no GAN of digits called “&lt;b&gt;”; there are: "):
        client.predict(model="<b>", api_name="/dice")


# In a browser


@pytest.mark.browser
def test_generate_and_reproduce(tab):
    throw(tab, 4)
    expect(thrown(tab)).to_have_attribute("alt", "The digits, in the order they fell")
    made = recipe.read_bytes(data(thrown(tab)))
    assert made["settings"]["n"] == 4
    tab.locator("#dice-reproduce").click()
    expect(verdict(tab)).to_contain_text("Identical")
    assert recipe.compare(made, recipe.read_bytes(data(thrown(tab)))).identical


@pytest.mark.browser
def test_stop_ends_a_throw_and_leaves_no_recipe(tab):
    throw(tab, 100)
    expect(tab.locator("#dice-result img")).to_be_visible()
    expect(tab.locator("#dice-generate")).to_be_disabled()
    tab.locator("#dice-stop").click()
    with Image.open(io.BytesIO(data(thrown(tab)))) as picture:
        assert picture.width < 10 * 114 - 2, "less than ten in a row"
    tab.locator("#dice-reproduce").click()
    expect(verdict(tab)).to_contain_text("There is no recipe yet")
    throw(tab, 3)
    expect(verdict(tab)).to_be_hidden()
    tab.locator("#dice-recipe-box > button").click()
    expect(tab.locator("#dice-recipe")).to_contain_text("output_sha256")


@pytest.mark.browser
def test_a_file_restores_its_settings(tab, client, tmp_path):
    png, made = client.predict("gan-mnist", 9, 77, api_name="/dice")
    tab.locator("#dice-recipe-box > button").click()
    tab.locator("#dice-drop input[type=file]").set_input_files(png)
    expect(verdict(tab)).to_contain_text("Restored 3 settings from the recipe")
    expect(tab.locator("#dice-n input[type=number]")).to_have_value("9")
    tab.locator("#dice-reproduce").click()
    expect(verdict(tab)).to_contain_text("Identical")
    expect(tab.locator("#dice-recipe")).to_contain_text(made["output_sha256"])
    Image.new("L", (9, 9)).save(tmp_path / "none.png")
    tab.locator("#dice-drop input[type=file]").set_input_files(tmp_path / "none.png")
    expect(verdict(tab)).to_contain_text("This file carries no recipe")


@pytest.mark.browser
def test_a_link_brings_the_settings_and_may_run_them(tab, visit):
    throw(tab, 5)
    thrown(tab)
    tab.locator("#dice-copy-link").click()
    link = tab.locator("#dice-share textarea, #dice-share input").first
    expect(link).to_have_value(re.compile(r"\?tab=dice&r="))
    page = visit(link.input_value())
    expect(verdict(page)).to_contain_text("Restored 3 settings")
    expect(page.locator("#dice-n input[type=number]")).to_have_value("5")
    page = visit(link.input_value() + "&autorun=1")
    expect(verdict(page)).to_contain_text("Identical")


@pytest.mark.browser
def test_it_can_be_embedded(tab, visit, address):
    tab.locator("#dice-embed").click()
    code = tab.locator("#dice-share textarea, #dice-share input").first
    expect(code).to_have_value(re.compile(r"^<iframe src=.*\?tab=dice&amp;embed=1"))
    page = visit(address + "?tab=dice&embed=1")
    expect(page.locator("#dice-generate")).to_be_visible()
    expect(page.locator("#aigc-header")).to_be_hidden()


@pytest.mark.browser
def test_files_carry_the_recipe_unless_that_is_switched_off(tab):
    def carried() -> bool:
        return b"aigc_recipe" in data(thrown(tab))

    throw(tab, 2)
    assert carried()
    tab.locator("#dice-more > button").click()
    tab.locator("#dice-embed-recipe input").uncheck()
    throw(tab, 3)
    assert not carried()


@pytest.mark.browser
def test_it_speaks_chinese(visit, address):
    page = visit(address, locale="zh-CN", width=360)
    expect(page.locator("#dice-generate")).to_have_text("投掷")
    expect(page.locator("#dice-stop")).to_have_text("停止")
    expect(page.locator("#dice-model")).to_contain_text("模型")
    throw(page, 2)
    expect(thrown(page)).to_have_attribute("alt", "数字，按投出的顺序")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
