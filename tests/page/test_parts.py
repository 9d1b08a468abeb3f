"""A page that is sent in parts: what each visitor gets at first, and what comes when a tab is opened."""

import json
import re
import urllib.request

import gradio as gr
import pytest
from anyio.from_thread import start_blocking_portal
from gradio import state_holder

from shared.page import parts
from shared.page.view import View


def config_of(address: str) -> dict:
    """The config in the HTML of a page."""
    with urllib.request.urlopen(address) as answer:
        html = answer.read().decode()
    return json.loads(re.search(r"window\.gradio_config = (\{.*?\});</script>", html, re.S)[1])


def labels(config: dict) -> set:
    """The sentences and words by which the tabs of conftest.py can be told apart."""
    return {part["props"].get("elem_id") for part in config["components"]} & {"fox-result", "owl-result"}


def test_this_is_the_gradio_that_parts_were_made_for():
    """Where this fails: read shared/page/parts.py against the new version, then raise the number."""
    assert gr.__version__.startswith("6.31.")


def test_a_page_holds_the_tab_that_was_asked_for_and_no_other(small_suite):
    assert labels(config_of(small_suite)) == {"fox-result"}
    assert labels(config_of(small_suite + "?tab=owl_tab")) == {"owl-result"}
    assert labels(config_of(small_suite + "?tab=nothing")) == {"fox-result"}


def test_clients_see_the_endpoints_of_all_tabs(small_suite):
    from gradio_client import Client

    client = Client(small_suite, verbose=False)
    assert {"/fox", "/owl", "/health"} <= set(client.view_api(return_format="dict")["named_endpoints"])
    assert client.predict("an", api_name="/owl") == "an owl"


def test_a_tab_that_fails_takes_its_half_built_widgets_with_it():
    with parts.Page() as page:
        gr.Textbox(label="stays")
        with pytest.raises(ValueError, match="no weights"), parts.whole_or_not():
            with gr.Column():
                gr.Textbox(label="half")
                raise ValueError("no weights")
        gr.Textbox(label="after")
    shown = [part["props"].get("label") for part in page.get_config_file()["components"] if part["type"] == "textbox"]
    assert shown == ["stays", "after"]


def test_a_session_keeps_what_has_changed_alone():
    parts.share_configs()
    with parts.Page() as page:
        box, other = gr.Textbox("at first"), gr.Textbox("other")
    session = state_holder.SessionState(page)
    session[box._id] = gr.Textbox("now")
    session._update_value_in_config(box._id, "now")
    assert session[box._id].value == "now" and box.value == "at first" and session[other._id] is other
    assert session.blocks_config.blocks.maps[0].keys() == {box._id} and not session.config_values


def test_an_output_that_is_skipped_is_not_made_anew_and_the_others_are_told():
    with parts.Page() as page:
        outputs = [gr.Slider(0, 9), gr.Textbox("old"), gr.State(1), gr.CheckboxGroup(["a"]), gr.Button()]
        gr.Button().click(lambda: None, None, outputs)
        gr.Button().click(lambda: None, None, outputs[3])
    several, one = page.fns.values()
    session = state_holder.SessionState(page)
    slider, _, state, _, button = outputs
    with start_blocking_portal() as portal:
        said = lambda fn, values: portal.call(page.postprocess_data, fn, values, session)  # noqa: E731
        same = gr.skip()
        assert said(several, [same] * 5) == said(several, same) == [same, same, None, same, same]
        assert said(several, [same, "new", 2, same, same]) == [same, "new", None, same, same]
        assert session[state._id] == 2
        off = said(several, (same, same, 3, ["a"], gr.update(interactive=False)))
        assert off == [same, same, None, ["a"], {"__type__": "update", "interactive": False}]
        assert session[slider._id] is slider and session[button._id] is not button
        assert said(one, ["a"]) == [["a"]]  # one value, which is a list
        with pytest.raises(ValueError, match="enough output values"):
            said(several, [same] * 4)


@pytest.mark.browser
def test_a_tab_that_is_opened_later_is_whole_and_keeps_its_state(small_suite, visit):
    from playwright.sync_api import expect

    page = visit(small_suite)
    page.get_by_role("tab", name="Owl").click()
    prompt = page.get_by_role("textbox", name="Prompt")
    expect(page.get_by_placeholder("An owl was here.")).to_be_visible()  # its load event ran
    prompt.fill("snowy")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("snowy owl")
    page.get_by_role("tab", name="Fox").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("")
    page.get_by_role("tab", name="Owl").click()
    expect(page.get_by_role("textbox", name="Result")).to_have_value("snowy owl")


@pytest.mark.parametrize(
    "values", [[["b"], {}, {}], ["a", "text", {}], ["a", [1], {}], ["a", {}, []], ["a", {}, 7]], ids=str
)
def test_a_value_of_another_kind_than_its_component_shows_gets_a_sentence(values):
    with parts.Page() as page:
        inputs = [gr.Dropdown(["a", "b"], value="a"), gr.JSON(), View({"rows": []})]
        gr.Button().click(lambda *given: None, inputs, None)
    (fn,) = page.fns.values()
    with start_blocking_portal() as portal:  # the browser of other tests has a loop in this thread
        taken = lambda given: portal.call(page.preprocess_data, fn, given, state_holder.SessionState(page))  # noqa: E731
        assert taken(["a", {"tab": "x"}, None]) == ["a", {"tab": "x"}, None]
        with pytest.raises(gr.Error, match="does not fit this control"):
            taken(values)


def test_an_upload_without_a_file_gets_a_sentence():
    with parts.Page() as page:
        upload = gr.UploadButton()
        upload.upload(lambda path: None, upload, None)
    (fn,) = page.fns.values()
    with start_blocking_portal() as portal, pytest.raises(gr.Error, match="does not fit this control"):
        portal.call(page.preprocess_data, fn, [None], state_holder.SessionState(page))
