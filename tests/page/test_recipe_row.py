"""The recipe on the page: what is restored, what Reproduce says, links, by the functions that the buttons call."""

import threading
from types import SimpleNamespace
from typing import Annotated

import gradio as gr
import pytest
from PIL import Image

from shared import recipe
from shared.core.errors import UserError
from shared.core.kinds import Choice, Number, Seed, Several, Switch, Text
from shared.core.request import Request
from shared.page import recipe_row, words
from shared.page.tab import Tab

SKIP, PAGE = gr.skip(), words.of_page()


# From a recipe to the controls


class Asked(Request):
    prompt: Annotated[str, Text(20)] = ""
    model: Annotated[str, Choice(("toy", "toy2", "toy3"))] = "toy"
    temperature: Annotated[float, Number(0, 2)] = 0.8
    seed: Annotated[int, Seed()] = 3
    shout: Annotated[bool, Switch()] = False
    marks: Annotated[tuple[str, ...], Several(Choice(("a", "b", "c")), 2)] = ("a",)


GOOD = {"prompt": "Hi", "model": "toy2", "temperature": 1, "seed": 5, "shout": True, "marks": ["b"]}


def test_settings_that_fit_are_restored_in_order():
    values, line = recipe_row.restored(Asked, {"tab": "toy", "settings": GOOD}, "toy")
    assert list(values.items()) == list(GOOD.items()) and "Restored 6 settings" in line
    assert recipe_row.strictly(Asked, {"settings": GOOD}).settings() == GOOD
    request = recipe_row.strictly(Asked, {"settings": {"prompt": "Hi"}})
    assert (request.model, request.temperature, request.seed) == ("toy", 0.8, 3)


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("prompt", 7, "a text"),
        ("prompt", "x" * 21, "at most 20 characters"),
        ("model", "none", "one of toy, toy2, toy3, not none"),
        ("model", ["toy"], "one of toy, toy2, toy3"),
        ("temperature", 2.1, "from 0 to 2"),
        ("temperature", "1", "a number"),
        ("temperature", True, "a number"),
        ("temperature", None, "a number"),
        ("seed", 1.5, "a whole number"),
        ("seed", -1, "from 0"),
        ("shout", 1, "true or false"),
        ("marks", ["d"], "one of a, b, c"),
        ("marks", "a", "a list"),
        ("other", 1, "not a setting of this tab"),
    ],
)
def test_settings_that_do_not_fit_are_left_alone_and_named(name, value, reason):
    settings = GOOD | {name: value}
    values, line = recipe_row.restored(Asked, {"tab": "toy", "settings": settings}, "toy")
    assert reason in line and name in line
    assert name not in values and values.items() >= {key: GOOD[key] for key in GOOD if key != name}.items()
    with pytest.raises(UserError, match="cannot be run here"):
        recipe_row.strictly(Asked, {"settings": settings})


def test_a_recipe_of_another_tab_is_refused():
    with pytest.raises(UserError, match="belongs to the tab gan_digits"):
        recipe_row.restored(Asked, {"tab": "gan_digits", "settings": {}}, "toy")


def test_what_a_link_brings_stays_text_on_the_page():
    _, line = recipe_row.restored(Asked, {"tab": "toy", "settings": {"model": "<img src=x onerror=a>"}}, "toy")
    assert "<img" not in line and "&lt;img" in line
    assert recipe_row.embed_code("toy", 'https://x/"><script>', 500).count("<") == 2


def test_every_setting_says_what_it_takes():
    class Bad(Request):
        face: str = ""

    with pytest.raises(TypeError, match="face must say what it takes"):
        Toy(requests=Bad)


# Reproduce, restore and links


class Said(Request):
    prompt: Annotated[str, Text(15_000, strip=False)] = "Once"
    seed: Annotated[int, Seed(optional=False)] = 1


class Toy:
    """A tab of the smallest kind: its text depends on the seed, and on `mood`, which no recipe records."""

    def __init__(self, mood="calm", words=3, requests=Said, failed=()):
        self.mood, self.words, self.closed = mood, words, False
        self.tab = Tab("toy", requests, self.run, PAGE)
        with self.tab.page():
            self.tab.go()
            text = gr.Textbox()
            self.tab.recipe_row()
            self.tab.wire([text], failed=failed)
        self.functions = {fn.name: fn.fn for fn in self.tab.blocks.fns.values() if fn.fn is not None}
        self.visible = [fn.api_name for fn in self.tab.blocks.fns.values() if fn.api_visibility == "public"]

    def run(self, asked, stop):
        if asked.seed == 13:
            raise UserError("This seed is unlucky.")
        text = f"{asked.prompt} {self.mood}"
        try:
            for step in range(self.words):
                if stop.is_set():
                    return
                text += f" {asked.seed + step}"
                yield text, None
            if self.words:
                yield text, recipe.make("toy", {"model": "toy"}, asked.settings(), text, 0.1)
        finally:
            self.closed = True

    def generate(self, prompt="Once", seed=1):
        return list(self.run(Said(prompt=prompt, seed=seed), threading.Event()))[-1]

    def reproduce(self, shown):
        """Every update that the button sends: prompt, seed, text, recipe, verdict."""
        self.functions["begin"](VISITOR)
        return list(self.functions["reproduce"](shown, VISITOR))


VISITOR, STRANGER = (SimpleNamespace(session_hash=name, headers={}) for name in "ab")


def test_reproduce_runs_it_again_and_says_identical():
    toy = Toy()
    text, made = toy.generate("A fox", 5)
    first, *middle, last = toy.reproduce(made)
    assert first[:2] == ("A fox", 5), "the controls show what runs"
    assert [update[2] for update in middle][-1] == text
    assert all(update[:2] == (SKIP, SKIP) for update in [*middle, last])
    assert "Identical" in last[4] and last[3]["output_sha256"] == made["output_sha256"]


@pytest.mark.slow
def test_reproduce_tells_when_the_output_is_another():
    _, made = Toy("calm").generate()
    assert "Different output, although" in Toy("wild").reproduce(made)[-1][4]
    changed = made | {"libraries": made["libraries"] | {"torch": "1.0"}}
    assert "What changed: torch 1.0 -&gt; 2." in Toy("wild").reproduce(changed)[-1][4]


@pytest.mark.parametrize(
    "shown, reason",
    [
        (None, "no recipe yet"),
        ([], "no recipe yet"),
        ("text", "not a recipe"),
        ({"tab": "other", "settings": {}}, "belongs to the tab other"),
        ({"tab": "toy", "settings": {"seed": -5}}, "cannot be run here"),
        ({"tab": "toy", "settings": {"seed": 13}}, "unlucky"),
        ({"tab": "toy", "settings": {"prompt": float("nan")}}, "must be a number"),
    ],
)
def test_reproduce_answers_nonsense_with_a_sentence_and_changes_nothing(shown, reason):
    updates = Toy().reproduce(shown)
    assert reason in updates[-1][4] and 'class="wrong"' in updates[-1][4]
    assert updates[-1][2:4] == (SKIP, SKIP)


def test_a_run_that_fails_leaves_what_the_tab_shows_then():
    unlucky = {"tab": "toy", "settings": {"seed": 13}}
    updates = Toy(failed=["nothing is under way"]).reproduce(unlucky)
    assert "unlucky" in updates[-1][4] and updates[-1][2] == "nothing is under way"
    nonsense = Toy(failed=["nothing is under way"]).reproduce({"tab": "other", "settings": {}})
    assert nonsense[-1][2] == SKIP, "where nothing ran, what there was stays"


def test_a_run_without_a_result_is_not_called_identical():
    _, made = Toy().generate()
    assert "stopped before its output was finished" in Toy(words=0).reproduce(made)[-1][4]


def test_stop_reaches_the_run_of_its_own_visitor():
    toy = Toy(words=1000)
    toy.functions["begin"](VISITOR)
    updates = toy.functions["reproduce"](Toy().generate()[1], VISITOR)
    for _ in range(3):
        next(updates)
    toy.functions["begin"](STRANGER)
    toy.functions["halt"](STRANGER)
    next(updates)
    assert not toy.closed
    toy.functions["halt"](VISITOR)
    (last,) = updates
    assert toy.closed and "stopped before" in last[4] and last[3] == SKIP


def test_stop_reaches_a_run_that_still_waits_its_turn():
    toy = Toy()
    toy.functions["begin"](VISITOR)
    toy.functions["halt"](VISITOR)
    updates = list(toy.functions["reproduce"](toy.generate()[1], VISITOR))
    assert all(update[2] == SKIP for update in updates) and "stopped before" in updates[-1][4]
    assert "Identical" in toy.reproduce(toy.generate()[1])[-1][4], "and only that one"


def test_a_closed_page_ends_the_run_of_the_tab():
    toy = Toy(words=1000)
    updates = toy.functions["reproduce"](Toy().generate()[1], VISITOR)
    for _ in range(3):
        next(updates)
    updates.close()
    assert toy.closed


def test_a_dropped_file_restores_or_says_why_not(tmp_path):
    toy = Toy()
    _, made = toy.generate("A fox", 5)
    recipe.write_json(tmp_path / "r.json", made)
    prompt, seed, shown, line, _, emptied = toy.functions["restore"](str(tmp_path / "r.json"))
    assert (prompt, seed, shown) == ("A fox", 5, made) and "Restored 2" in line and emptied is None
    (tmp_path / "r.json").write_bytes(recipe.png(Image.new("L", (9, 9)), made)[:30])
    answer = toy.functions["restore"](str(tmp_path / "r.json"))
    assert answer[:3] == (SKIP, SKIP, SKIP) and "cut short" in answer[3]


def test_a_link_restores_its_own_tab_only():
    toy = Toy()
    link, _ = toy.functions["link"](toy.generate("A fox", 5)[1], "https://example.org/")
    assert link["value"].startswith("https://example.org/?tab=toy&r=")
    code = link["value"].partition("&r=")[2]

    def opened(**query):
        return toy.functions["opened"](SimpleNamespace(query_params=query))

    assert opened(tab="toy", r=code)[:2] == ("A fox", 5)
    assert opened(r=code)[:2] == ("A fox", 5)
    assert opened(tab="gan_digits", r=code) == opened(tab="toy") == (SKIP,) * 4
    assert opened(tab="toy", r="<script>")[:3] == (SKIP,) * 3 and "damaged" in opened(tab="toy", r="<script>")[3]
    assert toy.functions["link"](None, "https://example.org/")[0]["value"] == "https://example.org/?tab=toy"


def test_a_recipe_too_long_for_a_link_says_so_and_shows_no_box():
    words = " ".join(str(i * 7919 % 10_007) for i in range(3000))[:15_000]
    box, line = Toy().functions["link"]({"tab": "toy", "settings": {"prompt": words}}, "https://example.org/")
    assert box["visible"] is False and "use the recipe file" in line


def test_the_panel_adds_nothing_to_the_api():
    assert Toy().visible == []
