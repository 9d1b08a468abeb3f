"""Views whose value streams: the detour around Gradio's differences, and whether it is still needed."""

import random
from pathlib import Path

import gradio as gr
import pytest
from gradio.utils import diff
from gradio_client.utils import apply_diff

from shared.page import view
from shared.page.view import View, plain, sent

LONG = {"s": [{"t": [["a"], ["b"], ["c"], ["d"]]}]}
SHORT = {"s": [{"t": [["x"]]}]}


def test_gradio_still_cuts_a_list_inside_a_list_at_the_wrong_places():
    deleted = [path[-1] for action, path, _ in diff(LONG, SHORT) if action == "delete"]
    assert deleted == [1, 0, -1], "Gradio is right now: View can be gr.HTML again, and received() props.value"


def test_what_is_sent_cannot_be_cut_wrong():
    assert apply_diff(sent(LONG), diff(sent(LONG), sent(SHORT))) == sent(SHORT)
    draw = random.Random(1)
    now = anything(draw)
    for _ in range(2000):
        before, now = now, anything(draw)
        assert plain(apply_diff(sent(before), diff(sent(before), sent(now)))) == now


def anything(draw: random.Random, depth: int = 4):
    kind = draw.choice(["word", "number", "list", "list", "dict", "dict"]) if depth else "word"
    if kind == "word":
        return draw.choice(["", "a", "ab", "b", None])
    if kind == "number":
        return draw.choice([0, 1, 0.5, True])
    inside = [anything(draw, depth - 1) for _ in range(draw.randrange(5))]
    return inside if kind == "list" else {key: one for key, one in zip("abcde", inside, strict=False)}


def test_a_growing_list_sends_what_is_new():
    rows = [[i, "word", 0.5] for i in range(300)]
    before, now = ({"samples": [{"tokens": rows[:n], "finished": ""}]} for n in (299, 300))
    assert diff(sent(before), sent(now)) == [["add", ["samples", "[0]", "tokens", "[299]"], [299, "word", 0.5]]]


@pytest.mark.parametrize("value", [None, "", "<p>", 7, [], {}, ["a", "b"], [[]], [{}], {"a": [[1, 2], [3]]}])
def test_a_view_gives_and_gets_the_plain_value(value):
    made = View(value)
    assert made.preprocess(made.postprocess(value)) == value
    assert made.value == sent(value) and made.get_config()["value"] == sent(value)


def test_what_weighs_much_comes_when_it_is_asked_for():
    def other(_):
        return 7

    light, heavy = {"rows": [[1, "a"]]}, {"rows": [[1, "a" * view.HEAVY]]}
    assert view.late(light, [other]) == (light, [other])
    shown, asks = view.late(heavy, [other])
    assert shown == {"later": True} and asks[0] is other and asks[1](None) == heavy


def test_a_view_is_an_html_of_gradio_and_leaves_no_file_behind():
    assert isinstance(View(), gr.HTML) and View().get_block_name() == "html"
    assert not Path(view.__file__).with_suffix(".pyi").exists()
