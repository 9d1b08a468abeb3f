"""Text to image without the page: denoising, the time machine, pictures to start from, attention, checks, words."""

import base64
import io
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
import tiny_pipelines
from PIL import Image
from text_to_image import past, plans, prices, runs, uploads, visits
from text_to_image.request import CONTROLS, MOST_PROMPT, REQUESTS, SCHEDULERS

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.prices import Prices
from shared.engines.diffusion import chinese, prompts, schedulers

SD, EMOJI, LCM, SDXL = "tiny-sd", "tiny-emoji", "tiny-lcm", "tiny-sdxl"
WRITERS = {
    SD: tiny_pipelines.write_sd,
    EMOJI: tiny_pipelines.write_emoji,
    LCM: tiny_pipelines.write_lcm,
    SDXL: tiny_pipelines.write_sdxl,
}
ALL = registry.Picture(
    steps=4, guidance=3.0, width=32, height=32, scheduler="DDIM", schedulers=SCHEDULERS, sizes=(16, 64, 8)
)
PICTURES = {
    SD: ALL,
    EMOJI: ALL,
    LCM: replace(ALL, scheduler="LCM", schedulers=("LCM",)),
    SDXL: ALL,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict:
    place = tmp_path_factory.mktemp("pipelines")
    return {name: write(place / name) for name, write in WRITERS.items()}


@pytest.fixture(autouse=True)
def rows(monkeypatch, folders):
    """A registry row for each tiny pipeline, and its folder where a host would name one."""
    found = [
        registry.ModelSpec(
            name=name,
            task="text-to-image",
            title=name,
            builder="shared.models.text_to_image:load",
            license="none",
            download_mb=1,
            memory_mb=10,
            paper="",
            repo=f"tiny/{name}",
            picture=picture,
        )
        for name, picture in PICTURES.items()
    ]
    monkeypatch.setattr(registry, "SPECS", (*registry.SPECS, *found))
    monkeypatch.setenv("AIGC_LOCAL", local(folders))
    visits.clear()


def local(folders) -> str:
    return ",".join(f"{name}={folder}" for name, folder in folders.items())


def states(**settings) -> list[runs.State]:
    return list(runs.run(REQUESTS.check({"model": EMOJI, "prompt": "red cat", "n": 2, "seed": 5} | settings)))


def checked(settings: dict) -> dict:
    return REQUESTS.check(settings).settings()


def last(**settings) -> runs.State:
    return states(**settings)[-1]


def data_url(picture: Image.Image, kind: str = "PNG") -> str:
    file = io.BytesIO()
    picture.save(file, kind)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(file.getvalue()).decode()


def noise_picture(width: int = 32, height: int = 32, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def same(a, b) -> bool:
    return [one.tobytes() for one in a] == [one.tobytes() for one in b]


def far(a: Image.Image, b: Image.Image) -> int:
    """The largest difference of two pictures, of 255."""
    return int(np.abs(np.asarray(a, int) - np.asarray(b, int)).max())


# ---- schedulers ----------------------------------------------------------------------------------------------------


def _own(kind: str, **config):
    import diffusers

    return getattr(diffusers, kind)(**config)


OWN = {
    "sd": lambda: _own("PNDMScheduler", **tiny_pipelines.SD_LEVELS, skip_prk_steps=True, set_alpha_to_one=False),
    "zero snr, v": lambda: _own(
        "DDIMScheduler",
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
    ),
}
MEAN, SPREAD = 1.5, 0.3  # of the pictures of a world in which each pixel is N(MEAN, SPREAD^2)


def ideal(scheduler, x, i):
    """E[x_0 | x_t] in that world, and the output of a network that knows it."""
    a, s = schedulers.levels(scheduler, i)
    guess = MEAN + a * SPREAD**2 / (a * a * SPREAD**2 + s * s) * (x - a * MEAN)
    if scheduler.config.prediction_type == "sample":
        return guess, guess
    r = (a * a + s * s) ** 0.5
    if scheduler.config.prediction_type == "v_prediction":
        # v = a' noise - s' x_0 of the sample at variance 1; written without a division by s or a
        output = (a / r) * (x / r - (a / r) * guess) / max(s / r, 1e-12) - (s / r) * guess
        return guess, output
    return guess, (x - a * guess) / s


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_scheduler_arrives_at_the_data(name, own):
    import torch

    scheduler = schedulers.made(OWN[own](), name, 40)
    seeds = range(4)
    noise = torch.stack([torch.randn(2000, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    x = noise * scheduler.init_noise_sigma
    schedulers.begin(scheduler, 0)
    for i, t in enumerate(scheduler.timesteps):
        if hasattr(scheduler, "scale_model_input"):
            scheduler.scale_model_input(x, t)
        guess, output = ideal(scheduler, x, i)
        assert torch.allclose(schedulers.clean(scheduler, output, x, i), guess, atol=2e-3)
        x = scheduler.step(output, t, x, **schedulers.draws(scheduler, seeds, i), return_dict=False)[0]
    assert abs(float(x.mean()) - MEAN) < 0.05
    if name != "LCM":  # which ends with its guess, the mean, and so has no spread here
        assert abs(float(x.std()) - SPREAD) < (0.08 if name == "Euler a" else 0.04)
    if name not in ("LCM", "Euler a"):  # no further noise: each point goes its own way, and keeps its place
        assert float((x - (MEAN + SPREAD * noise)).abs().max()) < 0.25


def test_flow_models_keep_their_own_scheduler():
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = schedulers.made(FlowMatchEulerDiscreteScheduler(), "DDIM", 30)
    assert isinstance(scheduler, FlowMatchEulerDiscreteScheduler)
    noise = torch.randn(1, 2000, generator=torch.Generator().manual_seed(0))
    x = noise
    schedulers.begin(scheduler, 0)
    for i, t in enumerate(scheduler.timesteps):
        a, s = schedulers.levels(scheduler, i)
        guess = MEAN + a * SPREAD**2 / (a * a * SPREAD**2 + s * s) * (x - a * MEAN)
        output = (x - guess) / s  # noise - x_0 on the straight line
        assert torch.allclose(schedulers.clean(scheduler, output, x, i), guess, atol=1e-4)
        x = scheduler.step(output, t, x, return_dict=False)[0]
    assert abs(float(x.mean()) - MEAN) < 0.05 and abs(float(x.std()) - SPREAD) < 0.05


def test_lcm_refuses_more_steps_than_it_learned():
    with pytest.raises(UserError, match="up to 50 steps"):
        schedulers.made(OWN["sd"](), "LCM", 60)


# ---- against the plain pipeline ------------------------------------------------------------------------------------


@pytest.mark.parametrize("guidance", [1.0, 4.0])
def test_same_latents_as_the_pipelines_own_loop(folders, guidance):
    """Stable Diffusion's class with DDIM as its scheduler: diffusers' loop and ours, from the same noise."""
    import torch
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    from shared.engines.diffusion import engine

    pipe = StableDiffusionPipeline.from_pretrained(folders[SD], use_safetensors=True)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config, clip_sample=False)
    with loaders.use(SD) as loaded:
        noise = loaded.model.noise([3], 32, 32)
        given = {"negative_prompt": "dog", "guidance_scale": guidance, "num_inference_steps": 5}
        theirs = pipe("red cat", height=32, width=32, latents=noise, output_type="latent", **given).images
        plan = engine.Plan((engine.Turn(0, "red cat", "dog", guidance),), 32, 32, 5, "DDIM", (3,))
        *_, ours = engine.denoise(loaded.model, plan)
    assert torch.allclose(ours.x, theirs, atol=1e-4)


def test_same_latents_as_the_sdxl_pipelines_own_loop(folders):
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    from shared.engines.diffusion import engine

    pipe = StableDiffusionXLPipeline.from_pretrained(folders[SDXL], use_safetensors=True, add_watermarker=False)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = EulerDiscreteScheduler.from_config(pipe.scheduler.config)
    with loaders.use(SDXL) as loaded:
        noise = loaded.model.noise([3], 32, 48)
        given = {"negative_prompt": "dog", "guidance_scale": 4.0, "num_inference_steps": 4}
        theirs = pipe("red cat", height=48, width=32, latents=noise, output_type="latent", **given).images
        plan = engine.Plan((engine.Turn(0, "red cat", "dog", 4.0),), 32, 48, 4, "Euler", (3,))
        *_, ours = engine.denoise(loaded.model, plan)
    assert torch.allclose(ours.x, theirs, atol=1e-3)


def test_guidance_of_a_latent_consistency_model_is_an_input(folders):
    from shared.engines.diffusion import engine

    with loaders.use(LCM) as loaded:
        assert engine.passes(loaded.model, 8.0) == 1
        found = [engine.condition(loaded.model, engine.Turn(0, "cat", "", g), 32, 32) for g in (1.0, 8.0)]
    assert len(found[0]["encoder_hidden_states"]) == 1
    assert (found[0]["timestep_cond"] != found[1]["timestep_cond"]).any()
    assert not same(last(model=LCM, guidance=1.0).pictures, last(model=LCM, guidance=8.0).pictures)


# ---- a run ---------------------------------------------------------------------------------------------------------


def test_previews_come_no_faster_than_they_are_looked_at(monkeypatch):
    def drawn(apart):
        monkeypatch.setattr(runs, "PREVIEW_SECONDS", apart)
        return [state.pictures for state in states() if state.pictures]

    often, seldom = drawn(0), drawn(1e9)
    assert not same(often[0], often[1]) and same(seldom[0], seldom[2]) and same(seldom[0], often[0])
    assert same(seldom[-1], often[-1]), "the result is the same"


@pytest.mark.parametrize("model", WRITERS)
def test_run_shows_every_step_and_ends_with_a_recipe(model):
    seen = [state for state in states(model=model) if state.phase != "loading"]
    assert [state.step for state in seen] == [0, 1, 2, 3, 4] and {state.of for state in seen} == {4}
    assert [len(state.pictures) for state in seen] == [0, 2, 2, 2, 2]
    assert all(picture.size == (32, 32) and picture.mode == "RGB" for picture in seen[-1].pictures)
    assert [state.recipe is None for state in seen] == [True] * 4 + [False]
    made = seen[-1].recipe
    held = "what prompt negative_prompt style model width height steps guidance scheduler n seed until"
    assert set(made["settings"]) == set(held.split()) and made["model"] == model
    assert made["output_sha256"] == recipe.hash_output(seen[-1].pictures)
    assert seen[-1].phase == "done" and seen[-1].seeds == [5, 6]
    assert "Steps: 4" in recipe.write_parameters(made)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_same_picture_alone_and_in_a_batch_and_again(scheduler):
    together = last(n=3, scheduler=scheduler)
    for i, picture in enumerate(together.pictures):
        alone = last(n=1, seed=5 + i, scheduler=scheduler).pictures[0]
        assert far(alone, picture) <= 1  # the sums of a batch are added in another order
    assert same(together.pictures, last(**together.recipe["settings"]).pictures)


def test_large_pictures_are_drawn_one_after_the_other(monkeypatch):
    together = last(n=3)
    monkeypatch.setattr(plans, "CPU_PIXELS", 32 * 32)
    seen = states(n=3)
    assert [len(state.pictures) for state in seen if state.phase == "drawing"][-1] == 3 and seen[-1].of == 12
    assert all(far(a, b) <= 1 for a, b in zip(seen[-1].pictures, together.pictures, strict=True))
    assert len(past.frames(seen[-1].run_id)[0]) == 3
    new = last(what="continue", run=seen[-1].run_id, step=2, prompt="red cat")
    assert same(new.pictures, seen[-1].pictures)


def test_one_pass_a_step_where_guidance_allows_it(monkeypatch):
    counted = []
    with loaders.use(EMOJI) as loaded:
        painter = loaded.model
        monkeypatch.setattr(painter, "once", lambda function, *inputs: function(painter, *inputs))
        hook = painter.pipe.unet.register_forward_hook(lambda module, args, out: counted.append(len(args[0])))
        last(guidance=1.0)
        assert counted == [2, 2, 2, 2]
        counted.clear()
        last(guidance=3.0)
        assert counted == [4, 4, 4, 4]
        counted.clear()
        last(scheduler="Heun")
        assert len(counted) == 7
        hook.remove()


def test_stop_keeps_the_picture_so_far_and_its_recipe_makes_it_again():
    brake, seen = threading.Event(), []
    for state in runs.run(REQUESTS.check({"model": EMOJI, "prompt": "cat", "n": 2, "steps": 6}), brake):
        seen.append(state)
        if state.step == 2:
            brake.set()
    end = seen[-1]
    assert end.phase == "stopped" and end.step == 2 and len(end.pictures) == 2
    assert end.recipe["settings"]["until"] == 2
    again = last(**end.recipe["settings"])
    assert same(again.pictures, end.pictures) and again.phase == "stopped"
    assert same(past.frame(end.run_id, 2), end.pictures)


def test_stop_before_the_first_step_makes_nothing():
    brake = threading.Event()
    brake.set()
    seen = list(runs.run(REQUESTS.check({"model": EMOJI}), brake))
    assert seen[-1].phase == "stopped" and seen[-1].recipe is None and not seen[-1].pictures


def test_a_visitor_who_leaves_frees_the_machine():
    running = runs.run(REQUESTS.check({"model": EMOJI, "steps": 50, "prompt": "cat"}))
    while next(running).step < 1:
        pass
    running.close()
    row = next(row for row in loaders.ledger() if row["name"] == EMOJI)
    assert row["in_use"] == 0
    assert "memory-meter" not in {thread.name for thread in threading.enumerate()}


def test_two_visitors_at_once_get_what_each_gets_alone():
    alone = {prompt: last(prompt=prompt, steps=8) for prompt in ("red cat", "a blue house")}
    both = {}

    def draw(prompt):
        both[prompt] = last(prompt=prompt, steps=8)

    threads = [threading.Thread(target=draw, args=(prompt,)) for prompt in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for prompt, end in alone.items():
        assert same(both[prompt].pictures, end.pictures)
        for (_, a), (_, b) in zip(past.attention(both[prompt].run_id, 0), past.attention(end.run_id, 0), strict=True):
            assert np.allclose(a, b, atol=1e-5)


# ---- the time machine ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_going_on_with_the_same_words_changes_nothing(scheduler):
    whole = last(scheduler=scheduler, steps=6)
    for step in (1, 3, 5):
        new = last(what="continue", run=whole.run_id, step=step, prompt="red cat")
        assert same(new.pictures, whole.pictures), (scheduler, step)
        settings = new.recipe["settings"]
        assert settings["step"] == step and "run" not in settings
        assert same(last(**settings).pictures, whole.pictures)  # from nothing but the recipe


def test_going_on_with_other_words():
    whole = last(steps=6)
    new = last(what="continue", run=whole.run_id, step=3, prompt="blue house", guidance=2.0, style="noto")
    assert not same(new.pictures, whole.pictures)
    assert same(past.frame(new.run_id, 3), past.frame(whole.run_id, 3))  # before that, it is the same run
    visits.clear()
    assert same(last(**new.recipe["settings"]).pictures, new.pictures)


def test_going_on_twice():
    first = last(steps=6)
    second = last(what="continue", run=first.run_id, step=2, prompt="dog")
    third = last(what="continue", run=second.run_id, step=4, prompt="boat")
    turns = json.loads(third.recipe["settings"]["turns"])
    assert [(turn[0], turn[1]) for turn in turns] == [(0, "red cat"), (2, "dog")]
    visits.clear()
    assert same(last(**third.recipe["settings"]).pictures, third.pictures)
    back = last(**second.recipe["settings"])
    undone = last(what="continue", run=back.run_id, step=1, prompt="red cat")  # before the turn to "dog"
    assert same(undone.pictures, first.pictures)


def test_going_on_with_a_run_that_is_gone_or_a_step_it_does_not_have():
    whole = last()
    with pytest.raises(UserError, match="no longer kept"):
        last(what="continue", run="nothing", step=1)
    for step in (0, 4, 99, -1, 1.5, float("nan"), None):
        with pytest.raises(UserError, match="step to go on from"):
            last(what="continue", run=whole.run_id, step=step)


def test_a_long_run_keeps_every_second_step(monkeypatch):
    whole = last(steps=8, scheduler="DPM++ 2M")
    monkeypatch.setattr(visits, "RUN_BYTES", 40_000)
    thin = last(steps=8, scheduler="DPM++ 2M")
    kept = visits.find(thin.run_id).trajectories[0]
    assert kept.every > 1 and 8 in kept.steps and kept.bytes <= 40_000
    assert len(past.frames(thin.run_id)) == 8
    assert same(last(what="continue", run=thin.run_id, step=5, prompt="red cat").pictures, whole.pictures)


def test_visits_are_bounded_in_number_bytes_and_time(monkeypatch):
    names = [last(n=1, steps=1, seed=i).run_id for i in range(3)]
    assert len(set(names)) == 3 and all(len(name) >= 20 for name in names)
    monkeypatch.setattr(visits, "MOST_RUNS", 2)
    newest = last(n=1, steps=1, seed=9).run_id
    with pytest.raises(UserError):
        visits.find(names[0])
    monkeypatch.setattr(visits, "HOUR", -1)
    with pytest.raises(UserError, match="no longer kept"):
        visits.find(newest)
    visits.keep_picture("a" * 64, b"png")
    with pytest.raises(UserError, match="upload it again"):
        visits.find_picture("a" * 64)


def test_frames_are_the_guesses_and_then_the_picture():
    end = last(steps=5)
    frames = past.frames(end.run_id)
    assert len(frames) == 5 and same(frames[-1], end.pictures)
    assert same(frames[2], past.frame(end.run_id, 3))


# ---- from a picture ------------------------------------------------------------------------------------------------


def test_change_from_nothing_to_everything():
    picture = noise_picture()
    given = {"what": "change", "image": data_url(picture), "steps": 5}
    assert all(far(one, picture) == 0 for one in last(**given, strength=0.0).pictures)
    assert same(last(**given, strength=1.0).pictures, last(steps=5).pictures)  # pure noise: the picture is forgotten
    some = last(**given, strength=0.4)
    assert some.of == 2 and not same(some.pictures, last(steps=5).pictures)
    assert same(last(**some.recipe["settings"]).pictures, some.pictures)
    new = last(what="continue", run=some.run_id, step=1, prompt="red cat")
    assert same(new.pictures, some.pictures)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_change_with_every_scheduler(scheduler):
    """Hardly any noise is added and taken away again, so the latents stay near those of the picture."""
    import torch

    from shared.engines.diffusion import engine

    with loaders.use(SD) as loaded:
        source = torch.ones(1, 4, 16, 16)
        turns = (engine.Turn(0, "cat", "", 1.0),)
        plan = engine.Plan(turns, 32, 32, 20, scheduler, (1,), source=source, strength=0.05)
        (step,) = engine.denoise(loaded.model, plan)
    assert float((step.x - source).abs().mean()) < 0.5


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_fill_keeps_what_is_not_masked(scheduler):
    picture, mask = noise_picture(), Image.new("L", (64, 64), 0)
    mask.paste(255, (0, 0, 32, 64))
    end = last(what="fill", image=data_url(picture), mask=data_url(mask), strength=1.0, steps=4, scheduler=scheduler)
    for one in end.pictures:
        assert (np.asarray(one)[:, 16:] == np.asarray(picture)[:, 16:]).all()
        assert (np.asarray(one)[:, :12] != np.asarray(picture)[:, :12]).any()
    assert same(last(**end.recipe["settings"]).pictures, end.pictures)


def test_pictures_of_every_kind_are_fitted():
    assert uploads.fitted(data_url(noise_picture(300, 100)), 32, 32).size == (32, 32)
    nothing = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert uploads.fitted(data_url(nothing), 32, 32).getpixel((5, 5)) == (255, 255, 255)
    deep = Image.fromarray(np.linspace(0, 65535, 1024).reshape(32, 32).astype(np.uint16))
    levels = np.asarray(uploads.fitted(data_url(deep), 32, 32))
    assert levels.min() < 5 and levels.max() > 250
    assert uploads.fitted(data_url(noise_picture(90, 90), "JPEG"), 32, 16).size == (32, 16)


def test_a_picture_that_a_recipe_cannot_hold_is_kept_for_an_hour():
    large = noise_picture(64, 64, seed=3)
    found = checked({"what": "change", "model": SD, "image": data_url(large), "width": 64, "height": 64})
    assert found["image"].startswith("sha256:")
    assert far(uploads.fitted(found["image"], 64, 64), large) == 0
    assert checked(found | {"width": 64})["image"] == found["image"]
    visits.clear()
    with pytest.raises(UserError, match="upload it again"):
        checked(found)
    small = checked({"what": "change", "model": SD, "image": data_url(Image.new("RGB", (32, 32), "red"))})
    assert small["image"].startswith("data:image/png") and len(small["image"]) < recipe.MAX_TEXT
    assert checked(small) == small


@pytest.mark.parametrize(
    "image",
    ["", None, 5, "data:image/png;base64,AAAA", "data:text/html;base64,AAAA", "/etc/passwd", "sha256:" + "0" * 64],
)
def test_bad_pictures_are_refused_with_a_sentence(image):
    with pytest.raises(UserError) as refused:
        checked({"what": "change", "model": EMOJI, "image": image})
    assert str(refused.value).endswith(".")


def test_a_text_never_names_a_file_of_this_machine(tmp_path):
    file = tmp_path / "private.png"
    noise_picture().save(file)
    for name in (str(file), f"file://{file}"):
        with pytest.raises(UserError, match="not a picture"):
            checked({"what": "change", "model": EMOJI, "image": name})
        with pytest.raises(UserError, match="not a picture"):
            checked({"what": "fill", "model": EMOJI, "image": data_url(noise_picture()), "mask": name})
    assert checked({"what": "change", "model": EMOJI, "image": file})["image"].startswith("data:")


def test_a_cut_and_an_enormous_picture_and_an_empty_mask():
    whole = data_url(noise_picture(200, 200))
    with pytest.raises(UserError, match="cut off or damaged"):
        checked({"what": "change", "model": EMOJI, "image": whole[: len(whole) // 8 * 4 + 1]})
    with pytest.raises(UserError, match="million"):
        checked({"what": "change", "model": EMOJI, "image": data_url(Image.new("1", (9000, 9000)))})
    given = {"what": "fill", "model": EMOJI, "image": data_url(noise_picture())}
    with pytest.raises(UserError, match="mask is empty"):
        checked(given | {"mask": data_url(Image.new("L", (32, 32), 0))})
    with pytest.raises(UserError, match="no mask"):
        checked(given)


# ---- strips --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS)
def test_strip_is_the_same_as_its_pictures_one_by_one(control):
    image = data_url(Image.new("RGB", (32, 32), "blue")) if control == "strength" else ""
    end = last(what="strip", control=control, image=image)
    values = end.request.values()
    assert len(end.pictures) == len(end.labels) == len(values) == 5 and end.run_id == ""
    assert len(set(values)) == len(values)
    what = {"what": "change", "image": image} if image else {}
    one = last(**what, n=1, **{"seed": 5, control: values[3]}).pictures[0]
    assert far(one, end.pictures[3]) <= 1
    assert same(last(**end.recipe["settings"]).pictures, end.pictures)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 12, 30, 50])
def test_strip_of_steps_has_five_values(steps):
    values = REQUESTS.check({"what": "strip", "model": SD, "control": "steps", "steps": steps}).values()
    assert len(set(values)) == 5 and values == sorted(values) and steps in values and 1 <= values[0]


# ---- LoRA ----------------------------------------------------------------------------------------------------------


def test_a_lora_changes_the_picture_and_is_in_the_recipe(server, monkeypatch, folders, tmp_path):
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    monkeypatch.setenv("AIGC_LOCAL", local(folders))  # the server's fixture has cleared it
    repo = f"{tmp_path.name}/lora"
    with loaders.use(SD) as loaded:
        server.add(repo, tiny_pipelines.files_of(tiny_pipelines.write_lora(tmp_path / "lora", loaded.model.pipe)))
    seen = states(model=SD, lora=repo)
    assert any(state.message.startswith("Downloading the LoRA") for state in seen)
    plain = last(model=SD)
    assert not same(seen[-1].pictures, plain.pictures)
    assert same(last(model=SD, lora=repo, lora_strength=0.0).pictures, plain.pictures)
    made = seen[-1].recipe
    assert made["settings"]["lora"] == repo and made["other_models"][0]["revision"]
    assert "lora" not in plain.recipe["settings"] and "other_models" not in plain.recipe
    assert same(last(**made["settings"]).pictures, seen[-1].pictures)
    new = last(what="continue", run=seen[-1].run_id, step=2, prompt="red cat")
    assert same(new.pictures, seen[-1].pictures)


def test_a_lora_where_the_host_allows_none(monkeypatch):
    with pytest.raises(UserError, match="hosts allow LoRAs"):
        checked({"model": SD, "lora": "owner/name"})
    monkeypatch.setenv("AIGC_ALLOW_ANY_MODEL", "1")
    with pytest.raises(UserError):
        checked({"model": SD, "lora": "../../etc"})
    with pytest.raises(UserError, match="strength of the LoRA"):
        checked({"model": SD, "lora": "owner/name", "lora_strength": NAN})


# ---- attention -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", WRITERS)
def test_attention_is_shared_out_over_the_words(model):
    import torch

    end = last(model=model, prompt="a red cat, and the house!")
    visit = visits.find(end.run_id)
    (heat,) = visit.heats
    total = heat.total
    assert total.shape[:2] == (2, tiny_pipelines.LONGEST)
    assert torch.allclose(total.sum(1), torch.ones_like(total.sum(1)), atol=1e-3)
    found = past.attention(end.run_id, 1)
    assert [word for word, _ in found] == ["a", "red", "cat", "and", "the", "house"]
    assert all(heat.dtype == np.float32 and heat.min() >= 0 and heat.max() == 1 for _, heat in found)
    with pytest.raises(UserError, match="number of the picture"):
        past.attention(end.run_id, 2)


def test_watching_changes_nothing_and_only_the_prompt_is_watched():
    import torch

    from shared.engines.diffusion import engine

    plan = engine.Plan((engine.Turn(0, "red cat", "dog", 4.0),), 32, 32, 3, "DDIM", (1, 2))
    with loaders.use(SD) as loaded:
        *_, plain = engine.denoise(loaded.model, plan)
        heat = engine.heat_of(loaded.model, plan)
        *_, watched = engine.denoise(loaded.model, plan, heat=heat)
    assert torch.equal(plain.x, watched.x)
    assert len(heat.total) == 2  # not the negative prompt's


def test_attention_of_pictures_that_are_not_square():
    end = last(model=SD, width=48, height=24, n=1)
    assert all(heat.shape[1] == 2 * heat.shape[0] for _, heat in past.attention(end.run_id, 0))


# ---- what is said --------------------------------------------------------------------------------------------------


def test_a_long_prompt_is_cut_and_says_what_was_dropped():
    prompt = "cat " * 4999 + "zebra"
    end = last(prompt=prompt)
    (sentence,) = [one for one in end.notices if "too long" in one]
    assert "zebra" in sentence and "4,986 words" in sentence
    assert end.recipe["settings"]["prompt"] == prompt[:MOST_PROMPT].strip()
    assert same(last(**end.recipe["settings"]).pictures, end.pictures)


def test_no_prompt_and_a_negative_prompt_without_effect_are_said():
    assert any("no prompt" in one for one in last(prompt="").notices)
    assert any("does nothing" in one for one in last(negative_prompt="dog", guidance=1.0).notices)
    assert any("takes no negative" in one for one in last(model=LCM, negative_prompt="dog").notices)
    assert not any("negative" in one for one in last(negative_prompt="dog").notices)


@pytest.mark.parametrize("prompt", ["猫", "кот", "🐱", "cat\0dog", "\ud800", "\n\t", "<b>cat</b>", "x" * 500])
def test_any_text_can_be_drawn(prompt):
    end = last(prompt=prompt, n=1, steps=1)
    assert end.phase == "done" and recipe.loads(recipe.dumps(end.recipe)) == end.recipe


# ---- bad input -----------------------------------------------------------------------------------------------------

NAN = float("nan")
BAD = [
    *[("steps", value) for value in (0, 10_000, -1, 2.5, NAN, "many", True)],
    *[("guidance", value) for value in (NAN, float("inf"), -1, 1000, "high")],
    *[("n", value) for value in (0, 10_000, NAN, None)],
    *[("width", value) for value in (33, 0, 100_000, NAN, 12)],
    *[("height", value) for value in (31, -8, 1e9)],
    *[("seed", value) for value in (-2, 2**60, 0.5, NAN, "seed")],
    *[("scheduler", value) for value in ("PNDM", 5, ["DDIM"])],
    *[("model", value) for value in ("nothing", "", None, "../../etc", "gpt2")],
    *[("style", value) for value in ("baroque", 7)],
    *[("what", value) for value in ("destroy", None)],
    *[("prompt", value) for value in (5, ["cat"])],
    *[("until", value) for value in (-1, 1e9, "end")],
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_settings_are_refused_with_one_sentence(name, value):
    with pytest.raises(UserError) as refused:
        checked({"model": EMOJI} | {name: value})
    sentence = str(refused.value)
    assert sentence.endswith(".") and len(sentence) < 1000 and "Traceback" not in sentence


@pytest.mark.parametrize(
    "turns", ["[", "[]", "{}", "5", "[[1]]", '[[1,"a","","",1]]', '[[0,"a","","",NaN]]', "[" * 9999]
)
def test_bad_turns_are_refused(turns):
    with pytest.raises(UserError):
        checked({"what": "continue", "model": EMOJI, "turns": turns, "step": 2})


def test_a_seed_of_minus_one_is_a_new_one():
    assert checked({"model": EMOJI, "seed": -1})["seed"] >= 0


def test_what_the_model_does_not_take_is_refused_before_it_is_loaded():
    for wrong, words_ in (
        ({"steps": 51}, "up to 50 steps"),
        ({"guidance": 16}, "guidance of up to 15"),
        ({"model": LCM, "scheduler": "DDIM"}, "one of the schedulers LCM"),
        ({"model": "emoji-diffusion", "width": 64, "height": 64}, "128 × 128 pixels only"),
    ):
        with pytest.raises(UserError, match=words_):
            checked({"model": SD} | wrong)


def test_what_earlier_weights_drew_is_drawn_in_todays_size():
    old = {"what": "make", "model": "emoji-diffusion", "prompt": "fox", "width": 64, "height": 64, "steps": 6}
    values, left = REQUESTS.fitting(old)
    assert left == [] and values == old | {"width": 128, "height": 128}
    assert REQUESTS.check(values).steps == 6
    told = recipe.compare(
        {"settings": old, "weights_sha256": "6c49" * 16, "output_sha256": "a" * 64},
        {"settings": values, "weights_sha256": "1234" * 16, "output_sha256": "b" * 64},
    )
    assert told.sentence.startswith("Different output. What changed: weights 6c496c496c -> 1234123412, width 64 -> 128")
    assert REQUESTS.fitting({"model": SD, "width": 64})[0]["width"] == 64


def test_overflow_is_a_sentence(monkeypatch):
    import torch

    with loaders.use(EMOJI) as loaded:
        bias = loaded.model.pipe.unet.conv_out.bias
        old = bias.detach().clone()
        try:
            bias.data.fill_(torch.inf)
            with pytest.raises(UserError, match="overflowed"):
                last()
        finally:
            bias.data.copy_(old)


# ---- what it costs -------------------------------------------------------------------------------------------------


def test_the_price_is_known_after_the_first_run(monkeypatch):
    for table in ("PASS", "REST", "EXTRA"):
        monkeypatch.setattr(prices, table, Prices())
    asked = REQUESTS.check({"model": EMOJI, "n": 2})
    assert prices.seconds(asked) is None
    last()
    assert 0 < prices.seconds(asked) < 60 and prices.megabytes(asked) > 0
    assert prices.seconds(REQUESTS.check({"model": EMOJI, "n": 2, "steps": 40})) > 2 * prices.seconds(asked)
    assert prices.seconds(REQUESTS.check({"model": EMOJI, "what": "strip", "control": "steps"})) > 0
    with pytest.raises(UserError):
        checked({"model": EMOJI, "steps": NAN})


# ---- words ---------------------------------------------------------------------------------------------------------


def test_known_words_are_passed_over_in_silence():
    for prompt in ("cat", "two cats", "Red houses with trees", "noto emoji of a dog", "", "the boat's sun"):
        assert prompts.judged(prompt, EMOJI) == "" and not prompts.heard(prompt, EMOJI).strange, prompt


def test_unknown_words_are_named_and_others_suggested():
    sentence = prompts.judged("a unicorn in a treee", EMOJI)
    assert "“unicorn” and “treee”" in sentence and "7 things" in sentence
    heard = prompts.heard("a red unicorn in a treee beside a catapult", EMOJI)
    assert (heard.knows, heard.strange) == (("red",), ("unicorn", "treee", "beside", "catapult"))
    assert heard.instead[0] == "tree" and not heard.little
    assert prompts.judged("anything at all", SD) == "" and prompts.heard("anything", SD) == prompts.Heard()


def test_things_that_were_shown_seldom_are_known_a_little():
    heard = prompts.heard("a dog and astronauts", "emoji-diffusion")
    assert (heard.knows, heard.little, heard.strange) == (("dog", "astronauts"), (), ())
    assert prompts.heard("a cow in a thermometer", "emoji-diffusion").little == ("thermometer",)


@pytest.mark.parametrize(
    "said, told, strange",
    [
        ("红色的猫", "red cat", []),
        ("一只狗和一座红房子", "a dog and a red house", []),
        ("小狗、蓝色的汽车", "a dog and a blue automobile", []),
        ("noto 猫", "noto cat", []),
        ("骑自行车的章丘", "person biking", ["章丘"]),
        ("a cat", "a cat", []),
    ],
)
def test_chinese_names_are_told_in_english(said, told, strange):
    found, unknown = prompts.english(said, "emoji-diffusion")
    assert told in found and unknown == strange
    assert prompts.english(said, SD) == (said, [])


def test_every_name_has_a_chinese_one():
    vocabulary = prompts.known("emoji-diffusion")
    assert len(vocabulary["more"]) == 863
    assert all(chinese.name_of(name) for name in (*vocabulary["names"], *vocabulary["more"]))


def test_plurals_are_read_as_the_word_that_was_shown():
    assert prompts.simplified("Two Cats, a DOG and trees!", EMOJI) == "Two cat, a DOG and tree!"
    assert prompts.simplified("unicorns", EMOJI) == "unicorns"
    assert prompts.simplified("Two Cats", SD) == "Two Cats"
    assert same(last(prompt="red cats").pictures, last(prompt="red cat").pictures)
    for many, one in {"cats": "cat", "foxes": "fox", "cherries": "cherry", "mice": "mouse", "bus": "bus"}.items():
        assert one in prompts.forms(many)


def test_styles_are_written_as_the_model_learned_them():
    assert prompts.styles(EMOJI) == tiny_pipelines.VOCABULARY["styles"]
    assert prompts.prompted("cat", "noto", EMOJI) == "noto emoji of cat"
    assert prompts.prompted("cat", "", EMOJI) == "cat"
    assert prompts.prompted("cat", "photo", SD) == "cat, photograph, natural light, sharp focus"
    assert not same(last(style="noto").pictures, last().pictures)


def test_pictures_that_differ_only_to_a_computer_are_alike():
    noise = np.random.default_rng(0)
    picture = noise.integers(60, 190, (32, 32, 3)).astype(np.uint8)
    near = [Image.fromarray(picture + noise.integers(0, 6, picture.shape).astype(np.uint8)) for _ in range(3)]
    assert runs.alike(near) and not runs.alike(near[:1])
    assert not runs.alike([*near, Image.fromarray(np.flip(picture, 0))])


@pytest.mark.slow
def test_of_several_pictures_clip_finds_the_one_that_fits_best():
    *_, state = runs.run(REQUESTS.check({"what": "make", "prompt": "狐狸", "n": 3, "seed": 4, "steps": 2}))
    assert len(state.fits) == len(state.seen) == 3 and max(state.fits) > 0.3
    assert runs.best_of(state) == state.fits.index(max(state.fits)) and "fox" in state.seen
    assert runs.best_of(replace(state, pictures=3 * state.pictures[:1])) is None, "of three that are one"
    assert runs._looked_at("emoji-diffusion", "a fox and a house", state.pictures).keys() == {"fits"}
    assert runs._looked_at("sd-turbo", "a fox", state.pictures) == {}, "it has never seen such pictures"
