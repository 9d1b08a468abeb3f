"""The suite as a whole: tabs that are found, tabs that fail, the command line, the page in a real browser."""

import json
import os
import re
import subprocess
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from conftest import ROOT

import app
from shared.core.kinds import Number
from shared.core.settings import Settings, markdown, settings
from shared.page import frame, theme, words


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs a program in a process of its own, in the repository."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def command_line(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


# ---- tabs ---------------------------------------------------------------------------------------------


def test_tabs_are_found_in_their_order(tabs):
    assert app.names(tabs) == ["fox_tab", "no_build_tab", "no_import_tab", "owl_tab"]
    found = [app.found(name, tabs) for name in app.names(tabs)]
    assert [tab.name for tab in sorted(found, key=lambda tab: tab.order)] == [
        "fox_tab",
        "owl_tab",
        "no_build_tab",
        "no_import_tab",
    ]


def test_every_tab_of_the_project_can_be_imported():
    for name in app.names():
        tab = app.found(name)
        assert not tab.error, f"{name}: {tab.error}"
        assert set(tab.title) >= {"en", "zh"}


def test_a_tab_that_fails_leaves_the_others_whole(tabs):
    blocks = app.suite(tabs)
    names = {fn.api_name for fn in blocks.fns.values()}
    assert {"fox", "owl", "health"} <= names
    shown = json.dumps(blocks.get_config_file(), default=str)
    assert "ModuleNotFoundError: No module named &#x27;a_package_that_nobody_has&#x27;" in shown
    assert "ValueError: &lt;b&gt;no&lt;/b&gt; weights" in shown
    assert "half" not in shown, "what the broken build had made is still on the page"


def test_a_name_that_another_module_has_is_refused(tmp_path):
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("TITLE = {}")
    assert "rename the Space" in app.found("json", tmp_path).error
    sys.path.remove(str(tmp_path))


def test_there_is_no_package_called_spaces_here():
    assert not (ROOT / "spaces" / "__init__.py").exists()
    for file in [*ROOT.glob("*.py"), *ROOT.glob("spaces/**/*.py"), *ROOT.glob("shared/**/*.py")]:
        assert not re.search(r"^\s*(import|from) spaces\.", file.read_text("utf-8"), re.M), file


# ---- what building the page costs ---------------------------------------------------------------------


HEAVY = ("torch", "transformers", "diffusers", "accelerate", "scipy.ndimage", "scipy.sparse")


@pytest.mark.slow
def test_the_page_is_built_without_torch_and_nothing_reports_to_the_makers_of_the_libraries():
    code = f"""
import sys, app
app.suite()
print([name for name in {HEAVY} if name in sys.modules])
import gradio.analytics, huggingface_hub.constants as hub
print(gradio.analytics.analytics_enabled(), hub.HF_HUB_DISABLE_TELEMETRY)
"""
    done = python(code, GRADIO_ANALYTICS_ENABLED="True", HF_HUB_DISABLE_TELEMETRY="0")
    assert done.stdout.split()[-3:] == ["[]", "False", "True"], done.stderr


@pytest.mark.slow
def test_the_page_is_built_on_a_space(tabs):
    """Gradio then imports the PyPI package `spaces` and wraps every listener with it."""
    code = f"""
import json, sys
from pathlib import Path
import app
from shared.core.settings import settings
for blocks in (app.suite(), app.suite(Path({str(tabs)!r}))):
    assert "health" in [fn.api_name for fn in blocks.fns.values()]
import spaces
assert spaces.__file__ and {str(ROOT / "spaces")!r} not in spaces.__file__, spaces.__file__
assert callable(spaces.GPU)
print(settings().allow_any_model, settings().host)
"""
    done = python(code, SYSTEM="spaces", SPACE_ID="x/y", AIGC_ALLOW_ANY_MODEL="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "0.0.0.0"]


# ---- the command line ---------------------------------------------------------------------------------


def test_help_lists_every_option():
    said = command_line("--help")
    assert said.returncode == 0
    for name in Settings.__dataclass_fields__:
        assert "--" + name.replace("_", "-") in said.stdout
        assert "AIGC_" + name.upper() in said.stdout
        assert "AIGC_" + name.upper() in markdown()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["no_such_tab"], "There is no tab called 'no_such_tab'; there are: "),
        (["--port", "banana"], "--port must be a whole number from 1 to 65535, not 'banana'."),
        (["--port", "0"], "--port must be a whole number"),
        (["--models", "maybe"], "--models must be bundled, hub or auto, not 'maybe'."),
        (["--memory-gb", "-1"], "--memory-gb must be a number of gigabytes above 0"),
        (["--memory-gb", "nan"], "--memory-gb must be a number of gigabytes above 0"),
        (["--queue-size", "0"], "--queue-size must be a whole number from 1"),
        (["--workers", "1e9"], "--workers must be a whole number"),
        (["--host", ""], "--host must be an address"),
        (["--local", "gpt2"], "--local must be NAME=FOLDER"),
        (["--local", "gpt2=/no/such/folder"], "/no/such/folder does not"),
        (["--hub-namespace", "a/b"], "--hub-namespace must be the name of a Hub user"),
        (["--mcp", "perhaps"], "--mcp must be 1 or 0"),
    ],
)
def test_a_bad_option_gets_one_sentence(arguments, sentence, monkeypatch, capsys):
    with pytest.raises(SystemExit) as end:
        app.main(arguments)
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert sentence in said and said.count("\n") == 1, said


def test_a_bad_variable_gets_one_sentence():
    said = command_line(AIGC_PORT="seven")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "AIGC_PORT must be a whole number from 1 to 65535, not 'seven'.\n"


def test_an_option_wins_over_a_variable_and_both_over_the_default(monkeypatch, tmp_path):
    from shared.core.settings import parse

    for name in Settings.__dataclass_fields__:
        monkeypatch.setenv("AIGC_" + name.upper(), "")  # so that what parse() writes is undone
        monkeypatch.delenv("AIGC_" + name.upper())
    assert (settings().port, settings().models, settings().memory_gb) == (7860, "auto", None)
    monkeypatch.setenv("AIGC_PORT", "7000")
    monkeypatch.setenv("AIGC_MEMORY_GB", "4")
    chosen, tab = parse(["fox", "--port", "7001", "--local", f"gpt2={tmp_path}", "--allow-any-model"], ["fox", "owl"])
    assert tab == "fox"
    assert (chosen.port, chosen.memory_gb, chosen.allow_any_model) == (7001, 4.0, True)
    assert chosen.local == {"gpt2": tmp_path.resolve()}
    assert settings() == chosen
    monkeypatch.setenv("SPACE_ID", "x/y")
    assert settings().allow_any_model is False


def test_a_port_that_is_taken_gets_one_sentence(small_suite):
    port = str(urlsplit(small_suite).port)
    said = command_line("--port", port)
    assert said.returncode == 2
    assert said.stderr.splitlines()[-1] == f"Port {port} is taken by another program; choose another with --port."


# ---- words and colours --------------------------------------------------------------------------------


FOLDERS = [words.PAGE, *(ROOT / "spaces" / name for name in app.names())]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_word_is_there_in_english_and_chinese(folder):
    found = words.of(folder)
    assert found.pairs and all(word.strip() for pair in found.pairs.values() for word in pair)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_word_that_is_asked_for_exists(folder):
    found, asked = words.of(folder), set()
    for file in folder.rglob("*.py"):
        asked |= set(re.findall(r"""\bt\(\s*["']([\w.-]+)["']\s*\)""", file.read_text("utf-8")))
    assert asked
    for key in asked:
        found.pair(key)
    with pytest.raises(KeyError, match="no word 'nonsense'"):
        found.t("nonsense")


def test_the_tabs_titles_are_translated(tabs):
    table = app.suite(tabs).i18n_words.translations_dict
    assert table["en"]["tab_title_fox_tab"] == "Fox"
    assert table["zh"]["tab_title_fox_tab"] == "狐狸"
    assert table["en"].keys() == table["zh"].keys()


def test_the_table_of_options_in_the_readme():
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("README.md is not written yet")
    assert markdown() in readme.read_text("utf-8")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours '#rrggbb', from 1 to 21 (WCAG 2, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = {
    "body_background_fill": ["body_text_color", "body_text_color_subdued", "link_text_color",
                             "block_title_text_color", "block_info_text_color", "block_label_text_color"],
    "background_fill_primary": ["body_text_color", "body_text_color_subdued", "link_text_color"],
    "background_fill_secondary": ["body_text_color", "body_text_color_subdued", "link_text_color"],
    "input_background_fill": ["body_text_color", "input_placeholder_color"],
    "checkbox_label_background_fill_selected": ["body_text_color"],
    "button_primary_background_fill": ["button_primary_text_color"],
    "button_primary_background_fill_hover": ["button_primary_text_color_hover"],
    "button_secondary_background_fill": ["button_secondary_text_color"],
    "button_cancel_background_fill": ["button_cancel_text_color"],
    "button_cancel_background_fill_hover": ["button_cancel_text_color_hover"],
    "error_background_fill": ["error_text_color"],
}  # fmt: skip


@pytest.mark.parametrize("scheme", ["", "_dark"])
@pytest.mark.parametrize("ground", TEXT_ON)
def test_text_can_be_read(ground, scheme):
    colours = theme.theme()

    def colour(name: str) -> str:
        found = colours._get_computed_value(name + scheme)
        return {"white": "#ffffff"}.get(found, found)

    for text in TEXT_ON[ground]:
        assert contrast(colour(text), colour(ground)) >= 4.5, (text, colour(text), colour(ground))


def test_contrast_of_known_pairs():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# ---- the app, running ---------------------------------------------------------------------------------


PROMISED = {
    "gpt2_text": {"/gpt2_text", "/token_alternatives"},
    "text_to_image": {"/text_to_image"},
    "gan_digits": {"/gan_digits", "/gan_walk"},
    "vae_interpolation": {"/vae_interpolation", "/vae_encode"},
    "normalizing_flow": {"/normalizing_flow"},
    "stylegan_faces": {"/stylegan_faces"},
    "illustrated_story": {"/illustrated_story"},
    "spoken_digits": {"/spoken_digits"},
    "text_understanding": {"/sentiment", "/summarize"},
    "translation": {"/translate"},
    "arena": {"/arena"},
    "seeing": {"/classify_picture", "/picture_text_score"},
    "style_transfer": {"/style_transfer"},
    "feedback": {"/feedback"},
}


def test_openapi_describes_each_argument_gives_its_range_and_an_example_that_is_taken(suite, built):
    paths = json.loads(urlopen(f"{suite}gradio_api/openapi.json").read())["paths"]
    declared = {fn.api_name: fn.fn.endpoint for fn in built.fns.values() if hasattr(fn.fn, "endpoint")}
    assert {f"/{name}" for name in declared} == set().union(*PROMISED.values())
    for name, endpoint in declared.items():
        told = paths[f"/gradio_api/call/v2/{name}"]["post"]
        arguments = told["requestBody"]["content"]["application/json"]["schema"]["properties"]
        fields = {field.kind.api or field.name: field for field in endpoint.request.fields().values()}
        assert told["summary"] and len(arguments) == len(endpoint.described)
        for argument, said in arguments.items():
            assert said["description"] and said["example"] is not None, (name, argument)
            if isinstance(fields[argument].kind, Number):
                assert said["minimum"] <= said["example"] <= said["maximum"], (name, argument)
            assert said.get("default") == json.loads(json.dumps(fields[argument].default)), (name, argument)
        examples = {fields[argument].name: said["example"] for argument, said in arguments.items()}
        assert endpoint.request.check(examples) and endpoint.request.check(dict(list(examples.items())[:1])), name


@pytest.mark.parametrize("name", app.names())
def test_every_tab_alone_has_the_promised_endpoints(name):
    alone = frame.page([app.found(name)])
    assert set(alone.get_api_info()["named_endpoints"]) == PROMISED[name] | {"/health"}


@pytest.mark.slow
def test_a_tab_runs_alone(start):
    from gradio_client import Client

    programs = {path.read_text("utf-8").partition("\n")[2] for path in (ROOT / "spaces").glob("*/__main__.py")}
    assert len(programs) == 1, "they differ in their first line only, so one stands for all"
    client = Client(start("spaces/gan_digits"), verbose=False)
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == PROMISED["gan_digits"] | {"/health"}


@pytest.mark.browser
def test_page_is_whole_and_asks_no_other_host(small_suite, page):
    from playwright.sync_api import expect

    hosts, errors = set(), []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "data"))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(small_suite)
    expect(page.get_by_role("heading", name="AIGC Suite")).to_be_visible()
    expect(page.get_by_role("tab")).to_have_text(["Fox", "Owl", "Broken", "no_import_tab"])
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("red fox")
    assert page.url == small_suite, "nobody opened a tab, so the address stays as it was"

    page.get_by_role("tab", name="Owl").click()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("red owl")
    assert "tab=owl_tab" in page.url

    page.get_by_role("tab", name="Broken").click()
    expect(page.locator(".aigc-failed pre")).to_have_text("ValueError: <b>no</b> weights")
    assert hosts <= {"127.0.0.1", "data"}, hosts
    assert not errors, errors


@pytest.mark.browser
def test_a_link_opens_its_tab(small_suite, page):
    from playwright.sync_api import expect

    page.goto(small_suite + "?tab=owl_tab&r=abc")
    expect(page.get_by_role("tab", name="Owl")).to_have_attribute("aria-selected", "true")
    assert page.url.endswith("?tab=owl_tab&r=abc"), "the recipe must stay for the tab to read"
    page.get_by_role("tab", name="Fox").click()
    expect(page.get_by_role("tab", name="Fox")).to_have_attribute("aria-selected", "true")
    assert page.url.endswith("?tab=fox_tab"), "another tab's recipe must not stay"

    for nonsense in ("nothing", "%3Cscript%3E", ""):
        page.goto(f"{small_suite}?tab={nonsense}")
        expect(page.get_by_role("tab", name="Fox")).to_have_attribute("aria-selected", "true")


FRAME = """<!doctype html><body style="margin:0">
<iframe src="{}" style="border:0;width:700px;height:{}px"></iframe>
<script>heights = []; addEventListener("message", (event) => {{ if (event.data.type === "aigc-height") {{
  heights.push(event.data.height); {} }} }})</script>"""
FOLLOW = 'document.querySelector("iframe").style.height = event.data.height + "px"'


@pytest.mark.browser
@pytest.mark.parametrize("follow", [False, True], ids=["fixed iframe", "iframe that follows"])
def test_embedded_tab_stands_alone_and_does_not_grow(small_suite, look, follow):
    from playwright.sync_api import expect

    page = look(alone=True, locale="en-US")  # shown again, Chromium takes it for a foreign local network
    address = small_suite + "?tab=owl_tab&embed=1&__theme=dark"
    page.set_content(FRAME.format(address, 400, FOLLOW if follow else ""))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("textbox", name="Result")).to_be_visible()
    for hidden in ("#aigc-header", "#aigc-health", "footer", "[role=tablist]"):
        expect(frame.locator(hidden).first).to_be_hidden()
    assert frame.locator("body").evaluate("body => body.classList.contains('dark')")
    page.wait_for_function("heights.length > 0")
    page.wait_for_timeout(1500)  # time enough to grow, if it did
    heights = page.evaluate("heights")
    height = frame.locator(".gradio-container").evaluate("box => Math.ceil(box.getBoundingClientRect().height)")
    assert heights[-1] == height and len(heights) <= 6, heights
    assert 200 < height < 700, height

    frame.get_by_role("button", name="Generate").click()
    expect(frame.get_by_role("textbox", name="Result")).to_have_value("red owl")
    page.wait_for_timeout(500)
    assert abs(page.evaluate("heights.at(-1)") - height) <= 4, "a result must not change the height"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screen(small_suite, look, scheme):
    from playwright.sync_api import expect

    page = look(width=360, height=740, color_scheme=scheme)
    for tab in ("fox_tab", "no_build_tab"):
        page.goto(f"{small_suite}?tab={tab}")
        expect(page.locator("#aigc-health")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_chinese(small_suite, look):
    from playwright.sync_api import expect

    page = look(locale="zh-CN")
    page.goto(small_suite)
    expect(page.get_by_role("tab", name="狐狸")).to_be_visible()
    expect(page.get_by_role("button", name="生成", exact=True)).to_be_visible()
    expect(page.get_by_text("AIGC 生成模型工坊")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.browser
def test_keyboard_focus_is_seen(small_suite, page):
    from playwright.sync_api import expect

    page.goto(small_suite)
    expect(page.get_by_role("button", name="Generate")).to_be_visible()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const at = document.activeElement, style = getComputedStyle(at);"
            " return [at === document.body ? 'BODY' : at.textContent.trim(),"
            " style.outlineStyle, parseFloat(style.outlineWidth)] }"
        )
        reached.append(seen)
    assert any(text == "Generate" for text, *_ in reached), reached
    hidden = [text for text, style, width in reached if text != "BODY" and (style == "none" or width < 2)]
    assert not hidden, hidden
