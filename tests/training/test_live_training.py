"""Training in the page: a real child process on scikit-learn's digits, which need no network."""

import json
import math
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import gradio as gr
import psutil
import pytest
from gan_digits import request
from gan_digits import runs as tab_runs
from gan_digits.sections.train import runs, section, view

from shared.core.errors import UserError
from shared.page import words
from shared.page.tab import Tab
from shared.training import live, recipes
from shared.training.live import process, remedies

ROOT = Path(__file__).resolve().parents[2]
VISITOR = gr.Request(headers={"accept-language": "zh-CN"}, session_hash="somebody")
PATIENCE_S = 240  # a child imports torch at low priority, and the machine may be busy


def until(states, wanted):
    """The first state for which `wanted` is true."""
    end = time.monotonic() + PATIENCE_S
    for state in states:
        if wanted(state):
            return state
        assert state.phase != "ended" and time.monotonic() < end, state
    raise AssertionError("it ended")


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def gone(pid):
    """Waits for the end of a process."""
    end = time.monotonic() + PATIENCE_S
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.1)
    return not alive(pid)


# The child


def test_watch_pause_step_resume_stop_and_load(tmp_path):
    training = live.begin(live.checked("gan-mnist", steps=5000), tmp_path)
    states = training.watch()
    state = until(states, lambda state: state.step)
    assert "scikit-learn" in state.source and state.floor > 10
    assert psutil.Process(training.process.pid).nice() == psutil.Process().nice() + 10
    training.tell("pause")
    paused = until(states, lambda state: state.phase == "paused").step
    assert next(states).step == next(states).step == paused, "two looks later, a second each"
    training.tell("step")
    assert until(states, lambda state: state.step > paused).step == paused + 1
    training.tell("step", 3)
    assert until(states, lambda state: state.phase == "paused" and state.step > paused + 1).step == paused + 4
    training.tell("resume")
    state = until(states, lambda state: state.step > paused + 10 and state.phase == "running")
    assert state.grid and {"discriminator", "generator"} == state.losses[-1][1].keys()
    training.tell("stop")
    state = list(states)[-1]
    assert (state.phase, state.why) == ("ended", "stopped") and paused + 10 < state.step < 5000
    assert state.kept_step == state.step and gone(training.process.pid)

    with zipfile.ZipFile(training.packed()) as archive:
        archive.extractall(tmp_path / "downloaded")
    model = live.load(tmp_path / "downloaded/gan-mnist")  # strict
    assert model.sample(3).shape == (3, 1, 28, 28)
    facts = json.loads((tmp_path / "downloaded/gan-mnist/training.json").read_text("utf-8"))
    assert facts["name"] == "gan-mnist" and facts["kept_step"] == state.step
    training.leave()
    assert not training.folder.exists() and training.over()


def test_it_finishes_with_scores_and_keeps_its_weights(tmp_path):
    training = live.begin(live.checked("gan-mnist", steps=3, seed=5, patience=2), tmp_path)
    state = list(training.watch())[-1]
    assert (state.why, state.step, len(state.scores)) == ("finished", 3, 1), state
    assert sum(state.scores[0]["classes"]) == pytest.approx(1) and math.isfinite(state.scores[0]["frechet"])
    assert training.model_folder() and not runs.model("") and runs.model(str(training.folder))
    training.leave()


def test_one_waits_for_the_other_and_the_next_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "AT_ONCE", 1)
    monkeypatch.setattr(process, "MOST_WAITING", 1)
    monkeypatch.setattr(process, "GRACE_S", PATIENCE_S)
    plan = live.checked("gan-mnist", steps=5000)
    first, second = live.begin(plan, tmp_path), live.begin(plan, tmp_path)
    assert (second.state.phase, second.state.place) == ("waiting", 1)
    assert "Place 1 in line" in view.status(second.state)
    with pytest.raises(UserError, match="come back"):
        live.begin(plan, tmp_path)
    states = first.watch()
    until(states, lambda state: state.phase == "starting")
    states.close()  # the visitor of the first leaves
    assert gone(first.process.pid)
    following = second.watch()
    until(following, lambda state: state.phase == "starting")
    second.leave()
    assert list(following)[-1].why == "left" and gone(second.process.pid) and not second.folder.exists()


def test_the_child_dies_with_its_parent():
    program = (
        "import time; from shared.training import live; "
        "training = live.begin(live.checked('gan-mnist', steps=5000)); "
        "print(training.process.pid, flush=True); time.sleep(1000)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(child)


def test_nobody_watches_so_it_ends(tmp_path):
    training = live.begin(live.checked("gan-mnist", steps=5000), tmp_path)
    assert alive(training.process.pid)
    training.watched -= process.GRACE_S  # as if the last look had been so long ago
    assert gone(training.process.pid) and training.ended.wait(PATIENCE_S)
    assert training.state.why == "left" and not training.folder.exists()


# What a visitor may ask for


@pytest.mark.parametrize(
    "bad, words",
    [
        ({"steps": 0}, "from 1 to 20,000"),
        ({"steps": 10_000_000}, "from 1 to 20,000"),
        ({"steps": math.nan}, "whole number"),
        ({"steps": 2.5}, "whole number"),
        ({"steps": "many"}, "whole number"),
        ({"steps": None}, "whole number"),
        ({"learning_rate": 0}, "learning rate"),
        ({"learning_rate": 1e9}, "learning rate"),
        ({"learning_rate": math.inf}, "learning rate"),
        ({"seed": -1}, "seed"),
        ({"ema": 1}, "moving average"),
        ({"critic_steps": 0}, "Discriminator steps"),
        ({"norm": "batch2"}, "normalisation"),
        ({"norm": None}, "normalisation"),
        ({"name": "hinge-mnist", "label_smoothing": 0.1}, "Label smoothing"),
        ({"name": "wgan-gp-mnist", "norm": "batch"}, "penalty"),
        ({"name": "stylegan"}, "no recipe"),
        ({"name": "digit-judge"}, "no recipe"),
        ({"name": None}, "no recipe"),
        ({"loss": "hinge"}, "no option"),
    ],
)
def test_bad_options_get_one_sentence(bad, words):
    with pytest.raises(UserError, match=words) as caught:
        live.checked(**{"name": "dcgan-mnist"} | bad)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("name, which", [(name, which) for name in live.NAMES for which in live.presets_of(name)])
def test_every_preset_is_a_plan_and_a_recipe(name, which):
    plan = live.preset(name, which)
    values = {option: getattr(plan, option) for option in runs.OPTIONS}
    assert live.checked(name, **values) == plan
    assert live.training_recipe(plan).learning_rate == plan.learning_rate
    assert len(section.options_of(name, which, VISITOR)) == 1 + len(runs.OPTIONS)


def test_options_reach_the_recipe():
    plan = live.checked("dcgan-mnist", norm="spectral", critic_steps=2, feature_matching=1, ema=0.9, decay=0.5, seed=3)
    row = live.training_recipe(plan)
    assert (row.model["norm"], row.critic_steps, row.feature_matching) == ("spectral", 2, 1)
    assert (row.ema, row.decay, row.seed) == (0.9, 0.5, 3)


def test_the_host_can_turn_it_off(monkeypatch):
    monkeypatch.setenv("AIGC_TRAINING", "0")
    with pytest.raises(UserError, match="turned off"):
        live.begin(live.preset("gan-mnist", "quick"))
    with Tab("gan_digits", request.REQUESTS, tab_runs.run, view.WORDS).page() as tab:
        section.section(tab)
    assert not [block for block in tab.blocks.blocks.values() if isinstance(block, gr.Button)]


# What the page says


def score(share, frechet=50.0):
    rest = (1 - share) / 9
    return {"step": 90, "frechet": frechet, "classes": [rest] * 3 + [share] + [rest] * 6}


def test_the_alarm_tells_a_collapse_from_noise_and_from_a_beginning():
    def of(share, frechet=50.0, step=90):
        return live.alarm(live.State(step=step, steps=100, scores=(score(share, frechet),)))

    assert of(0.1) == "" and of(0.9) == "one" and of(0.001) == "few"
    assert of(1.0, 5000) == "noise" and of(1.0, 5000, step=40) == "" and of(0.9, step=10) == ""
    plan = live.preset("dcgan-mnist", "collapse")
    state = live.State(step=90, steps=100, scores=(score(0.9),))
    assert "90.0% of the digits are a 3" in view.alarm(state, plan) and "0.0002" in view.alarm(state, plan)


def test_every_remedy_and_every_state_has_its_words():
    tried = set()
    for name in live.NAMES:
        plan = live.preset(name, live.presets_of(name)[-1])
        cures = {"learning_rate": 2e-4, "norm": "spectral", "label_smoothing": 0.1, "feature_matching": 1.0}
        for field, value in ({"": 0} | cures | {"critic_steps": 2}).items():
            plan = replace(plan, **{field: value}) if field else plan
            tried.add(live.remedy(plan))
    assert {f"train_try_{remedy.replace('-', '_')}" for remedy in tried} <= words.beside(view.__file__).pairs.keys()
    for why in ("finished", "stopped", "early", "time", "pause", "diverged", "failed", "left"):
        sentence = "Its loss was no longer a number." if why in ("diverged", "failed") else ""
        for chinese in (False, True):
            state = live.State("ended", why, sentence, step=5, steps=9, kept_step=3)
            assert "<p" in view.status(state, chinese)


# The measured remedies


def test_remedies_are_measured_once_and_written_as_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr(remedies, "SCORED", 200)
    row = {"frechet": 60.0, "smallest_class": 0.05, "step": 2, "seconds": 1}
    file, wanted = tmp_path / "remedies.json", {"model": "dcgan-mnist", "steps": 2, "samples": remedies.SCORED}
    found = wanted | {"data": "scikit-learn's 8x8 digits, enlarged", "plain": row}
    others = {name: row for name in remedies.REMEDIES if name != "ema"}
    file.write_text(json.dumps(found | {"remedies": others}))
    found = remedies.run(None, 2, file)
    assert found["remedies"]["label_smoothing"] == row and found["remedies"]["ema"]["step"] == 2
    assert json.loads(file.read_text()) == found
    assert remedies.markdown(file).count("\n| ") == len(remedies.REMEDIES) + 2
    assert set(remedies.PLAIN) <= {field for field in vars(live.preset("dcgan-mnist", "good"))}
    assert all(isinstance(recipes.recipe(name), recipes.PictureRecipe) for name in live.NAMES)
