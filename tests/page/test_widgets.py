"""The widget that each kind of field wants."""

from typing import Annotated

import gradio as gr
import pytest

from shared.core.kinds import Choice, Model, Number, Seed, Several, Switch, Text, Whole
from shared.core.request import Request
from shared.page.widgets import widget

WORDS = {"how_many": "How many", "how_many_hint": "At once.", "route_slerp": "Arc"}


class Everything(Request):
    n: Annotated[int, Whole(1, 100, words="how_many", start=4)] = 16
    truncation: Annotated[float, Number(0, 1.5, 0.05)] = 1.0
    rate: Annotated[float, Number(1e-6, 0.1)] = 0.001
    seed: Annotated[int, Seed(start=-1)] = 0
    prompt: Annotated[str, Text(100, lines=3)] = "Once"
    shout: Annotated[bool, Switch()] = True
    route: Annotated[str, Choice(("slerp", "lerp"))] = "slerp"
    letter: Annotated[str, Choice(tuple("abcdefghijklmnop"))] = "a"
    model: Annotated[str, Model(task="digit-gan")] = "cgan-mnist"
    models: Annotated[tuple[str, ...], Several(Choice(("a", "b")), 2)] = ("a",)
    nudge: Annotated[float, Number(-4, 4, 0.1, hidden=True)] = 0.0
    kept: Annotated[str, Text(100, hidden=True)] = ""


@pytest.mark.parametrize(
    "name, component, facts",
    [
        ("n", gr.Slider, {"minimum": 1, "maximum": 100, "value": 4, "step": 1, "precision": 0, "info": "At once."}),
        ("truncation", gr.Slider, {"minimum": 0, "maximum": 1.5, "value": 1.0, "step": 0.05, "label": "truncation"}),
        ("rate", gr.Number, {"minimum": 1e-6, "maximum": 0.1, "value": 0.001, "precision": None}),
        ("seed", gr.Number, {"minimum": -1, "maximum": 2**53 - 1, "value": -1, "precision": 0}),
        ("prompt", gr.Textbox, {"value": "Once", "lines": 3, "max_length": None}),
        ("shout", gr.Checkbox, {"value": True}),
        ("route", gr.Radio, {"choices": [("Arc", "slerp"), ("lerp", "lerp")], "value": "slerp", "info": None}),
        ("letter", gr.Dropdown, {"value": "a", "allow_custom_value": False}),
        ("model", gr.Radio, {"value": "cgan-mnist"}),
        ("models", gr.CheckboxGroup, {"choices": [("a", "a"), ("b", "b")], "value": ["a"]}),
        ("nudge", gr.Number, {"minimum": -4, "value": 0.0, "visible": False}),
        ("kept", gr.Textbox, {"visible": False}),
    ],
)
def test_a_field_has_its_widget(name, component, facts):
    made = widget(Everything.fields()[name], "tab", WORDS.__getitem__)
    assert type(made) is component and made.elem_id == f"tab-{name}"
    assert {key: getattr(made, key) for key in facts} == facts


def test_a_model_is_called_by_its_title():
    titles = dict(widget(Everything.fields()["model"], "tab", WORDS.__getitem__).choices)
    assert "cgan-mnist" in titles.values() and "cgan-mnist" not in titles


def test_whatever_a_widget_holds_at_the_start_is_a_request():
    made = {name: widget(field, "tab", WORDS.__getitem__).value for name, field in Everything.fields().items()}
    assert Everything.check(made).n == 4


def test_a_tab_may_have_it_otherwise():
    made = widget(Everything.fields()["n"], "tab", WORDS.__getitem__, gr.Number, value=7, step=8)
    assert type(made) is gr.Number and (made.value, made.step, made.maximum) == (7, 8, 100)
