"""Whatever the suite makes can be made again: the recipe of each output, from a file and from a link, sets the controls
of its tab, and Reproduce, as the page calls it, says that the same came out."""

import inspect
import threading
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import tiny_pipelines
from PIL import Image

from shared import recipe
from shared.core import loaders
from shared.core.request import Requests
from shared.media import pictures, sheets

SKIP = gr.skip()
WHITE = pictures.data_url(np.ones((32, 32)))
PAINTED = sheets.png_url(Image.new("RGB", (64, 64), "teal"))
SEVEN = pictures.data_url(np.eye(28)[::-1])
TEXT = {"prompt": "Once upon a time", "model": "ngram-stories", "max_new_tokens": 3, "seed": 1}
DRAWN = {"prompt": "a cat", "steps": 2, "n": 1, "seed": 5, "scheduler": "euler"}
WALKED = {"frames": 2, "model": "vae2d-mnist"}
CASES = {  # of each tab, what its buttons ask for: the smallest that is still what they make
    "illustrated_story": [
        {"idea": "A fox finds a hat", "pages": 1, "text_model": "ngram-stories", "seed": 3, "style": "noto"}
        | {"characters": "Mia: girl", "layout": "full"}
    ],
    "gpt2_text": [
        TEXT,
        TEXT | {"num_return_sequences": 2, "temperature": 1.2},
        TEXT | {"model": "compare"},
        TEXT | {"kept": "5 6", "lengths": "2"},
    ],
    "text_to_image": [
        DRAWN | {"what": "make"},
        DRAWN | {"what": "make", "n": 2, "negative_prompt": "a dog", "style": "noto"},
        DRAWN | {"what": "change", "image": WHITE},
        DRAWN | {"what": "fill", "image": WHITE, "mask": WHITE},
        DRAWN | {"what": "make", "until": 1},
        {"what": "continue", "step": 1, "prompt": "a dog"},  # of the run before
        *({**DRAWN, "what": "strip", "control": control, "steps": 1} for control in ("guidance", "seed", "scheduler")),
        DRAWN | {"what": "strip", "control": "strength", "image": WHITE},
    ],
    "gan_digits": [
        {"what": "grid", "n": 2, "digit": "7", "seed": 9},
        {"what": "walk", "frames": 2, "seed_from": 3, "digit_to": "4", "model": "cgan-mnist"},
        {"what": "directions", "model": "gan-mnist", "pc1": 1.5, "pc6": -2},
        {"what": "compare", "models": ["gan-mnist", "vae-mnist"], "seed": 4},
        {"what": "diffusion", "diffusion_n": 1, "diffusion_steps": 2, "diffusion_seed": 6, "diffusion_digit": "3"},
    ],
    "vae_interpolation": [
        {"start": "3", "end": "8", "route": "lerp"} | WALKED,
        {"start": SEVEN, "end": "8", "embed": False} | WALKED,
        {"points": "0.5,-1 2,2"} | WALKED,
    ],
    "normalizing_flow": [
        {"drawing": SEVEN, "temperature": 1.1, "seed": 2},
        {"drawing": "noise", "model": "nice-mnist", "embed": False},
        {"digit": "3", "seed": 4},
    ],
    "arena": [{"digit": "3", "models": ["cgan-mnist", "wgan-gp-mnist"], "seed": 2}],
    "feedback": [{"adapter": "gpt2-stories-hacked", "n": 1, "max_new_tokens": 20, "seed": 3}],
    "seeing": [{"labels": "dog, cat"}, {"picture": WHITE, "labels": "snow, night, a fox"}],
    "spoken_digits": [
        {"number": "20", "voice": "theo", "seed": 3},
        {"number": "7", "model": "wavegan-digits", "embed": False},
    ],
    "style_transfer": [
        {"picture": "twemoji/owl", "model": "cyclegan-noto-twemoji", "direction": "back"},
        {"picture": PAINTED, "embed": False},
    ],
    "stylegan_faces": [{"seed": 7, "cut": 3, "direction": "1"}, {"psi": 1.0, "noise": "none", "embed": False}],
    "text_understanding": [
        {"what": "sentiment", "text": "A warm and funny film. Not too long.", "model": "naive-bayes-reviews"},
        {"what": "summary", "sentences": 1},
    ],
    "translation": [
        {"text": "Where is my book?", "beams": 2},
        {"text": "我爱你。", "model": "marian-zh-en"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def tabs(built, tmp_path_factory):
    """name -> (the tab, {name of a handler of its recipe row: it})"""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LOCAL", f"emoji-diffusion={tiny_pipelines.write_emoji(tmp_path_factory.mktemp('emoji'))}")
        found: dict[str, tuple] = {}
        for fn in built.fns.values():
            handler = inspect.unwrap(fn.fn) if fn.fn else None
            if getattr(handler, "__module__", "") == "shared.page.recipe_row":
                tab = inspect.getclosurevars(handler).nonlocals.get("tab")
                panel = inspect.getclosurevars(handler).nonlocals.get("panel")
                name = tab.name if tab else panel.tab if panel else ""
                kept, handlers = found.setdefault(name, (tab, {}))
                handlers[handler.__name__] = handler
                found[name] = kept or tab, handlers
        yield {name: one for name, one in found.items() if name}
    loaders.forget()  # other files ask for the bundled model of that name


def visitor(**query):
    return SimpleNamespace(session_hash="maker", query_params=query, headers={}, cookies={}, request=None)


def test_each_thing_that_can_be_made_is_tried(tabs):
    asked = {name: {case.get("what") for case in cases} for name, cases in CASES.items()}
    assert asked == {
        name: set(tab.requests.classes) if isinstance(tab.requests, Requests) else {None}
        for name, (tab, _) in tabs.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_what_was_made_is_made_again(tabs, name, tmp_path):
    tab, handlers = tabs[name]
    run = ""
    for case in CASES[name]:
        asked = tab.check(case | ({"run": run} if case.get("what") == "continue" else {}))
        results = list(tab.results(asked, threading.Event(), visitor()))
        made, (shown, *_) = results[-1][1], results[-1][0]
        run = shown.get("run", "")
        assert made and all(one in (None, SKIP, made) for _, one in results), case

        (tmp_path / "recipe.json").write_text(recipe.dumps(made), "utf-8")
        from_file = handlers["restore"](str(tmp_path / "recipe.json"))
        link = recipe.to_link(made, "http://x/")
        from_link = handlers["opened"](visitor(tab=name, r=link.partition("&r=")[2]))
        assert from_file[len(tab.fields)] == made
        for *controls, shown, line in (from_file[:-2], from_link):
            assert shown["settings"] == made["settings"], case
            assert "Restored" in line and "Left as it was" not in line, (case, line)
            restored = {name: value for name, value in zip(tab.fields, controls, strict=True) if value != SKIP}
            assert tab.check(restored).settings() == made["settings"], case

        handlers["begin"](visitor())
        *_, (*_, new, line) = handlers["reproduce"](shown, visitor())  # of the link, which says the least
        assert "Identical" in line and new["output_sha256"] == made["output_sha256"], (case, line)
