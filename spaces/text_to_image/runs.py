"""What the text-to-image tab makes: new pictures, changed and mended ones, runs gone on with, strips.

    settings = DEFAULTS | {"prompt": "a red house", "n": 4}
    for state in run(settings, brake=Event()):    # state.recipe is None until the pictures are finished
        ...

One function serves the page, the endpoint and Reproduce, and gives each result its recipe. The settings and their
checks are in asked.py, the denoising in engine.py. `frames` and `attention` show what is kept of a run for an hour.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from shared import recipe
from shared.core import registry
from shared.core.asked import whole
from shared.engines.diffusion import prompts
from shared.engines.diffusion.pixels import pictures_of, tensor_of

from . import asked, prices, uploads, visits
from .asked import (
    ANY_SEED,
    CONTROLS,
    DEFAULTS,
    MOST,
    MOST_GUIDANCE,
    MOST_SEED,
    MOST_SIDE,
    MOST_STEPS,
    SCHEDULERS,
    SETTINGS,
    TASK,
    USED,
    checked,
    defaults,
    new_seed,
    strip_values,
)

__all__ = ["ANY_SEED", "CONTROLS", "DEFAULTS", "MOST", "MOST_GUIDANCE", "MOST_SEED", "MOST_SIDE", "MOST_STEPS"]
__all__ += ["SCHEDULERS", "SETTINGS", "TAB", "TASK", "USED", "State", "attention", "checked", "defaults", "expected"]
__all__ += ["frame", "frames", "new_seed", "run", "strip_values"]

TAB = "text_to_image"
LIBRARIES = ("torch", "diffusers", "transformers", "tokenizers", "numpy", "pillow")
SQUARE = 32  # pixels a side, in previews of a model whose results a safety checker looks at
CPU_PIXELS, GPU_PIXELS = 256 * 256, 4 * 1024 * 1024  # drawn together; more would not be faster, only take more memory


@dataclass(frozen=True)
class State:
    """What there is to show at one moment. The last one of a run has the recipe, unless nothing was drawn."""

    step: int = 0  # steps that are done, of all batches
    of: int = 0
    pictures: list = field(default_factory=list)  # PIL, RGB; guesses until the run is done
    notices: list[str] = field(default_factory=list)  # sentences for the visitor
    run_id: str = ""  # for `frames`, `attention` and "continue"; "" until the run is done, and of a strip
    recipe: dict | None = None
    seconds: float = 0.0
    phase: str = "loading"  # then drawing, done or stopped
    message: str = ""  # what a load is doing
    labels: list[str] = field(default_factory=list)  # of a strip: the value of each picture
    seeds: list[int] = field(default_factory=list)  # of each picture
    settings: dict = field(default_factory=dict)  # as they are really used


@dataclass
class Batch:
    """Pictures that are drawn together, and what is kept of it."""

    plan: object  # engine.Plan
    labels: list[str] = field(default_factory=list)
    start: object = None  # engine.Step of the run that is gone on with
    trajectory: visits.Trajectory = field(default_factory=visits.Trajectory)
    heat: object = None  # attention.Heat


# ---- drawing -------------------------------------------------------------------------------------------------------


def run(settings: dict, brake: threading.Event | None = None) -> Iterator[State]:
    """Yields a state at each step; the last one has the recipe. `brake` ends it within a step. Errors: UserError."""
    from shared.core import loaders
    from shared.core.threads import use_physical_cores

    base = (
        visits.find(settings.get("run")) if settings.get("what") == "continue" and not settings.get("turns") else None
    )
    settings, cut = asked.judged(settings)
    brake = brake or threading.Event()
    for sentence in _made_ready(settings, brake):
        yield State(message=sentence, settings=settings)
    if brake.is_set():
        yield State(phase="stopped", settings=settings)
        return
    with loaders.use(settings["model"]) as loaded:
        use_physical_cores()
        settings, notices = _fitting(loaded, settings, cut)
        with closing(_drawn(loaded, settings, notices, base, brake)) as states:
            yield from states


def _made_ready(settings: dict, brake: threading.Event) -> Iterator[str]:
    from shared.core import loaders

    yield from loaders.prepare(settings["model"], stop=brake)
    if settings.get("lora"):
        from shared.models import lora

        for progress in lora.fetch(settings["lora"]):
            if brake.is_set():
                return
            yield progress.text


def _engine():
    from shared.engines.diffusion import engine  # torch and diffusers take seconds to import

    return engine


def _fitting(loaded, settings: dict, cut: dict[str, str]) -> tuple[dict, list[str]]:
    """The settings for the model that is really there, which may be the bundled one in the place of another.

    -> settings, sentences to show. cut: what was left out of the prompts before.
    """
    notices = [loaded.notice, *loaded.model.notices]
    if loaded.spec.name != settings["model"]:
        own = defaults(loaded.spec.name)
        settings = settings | {name: own[name] for name in asked.OWN}
        settings["style"] = settings["style"] if settings["style"] in own["styles"] else ""
        if settings.get("image"):
            settings["image"] = uploads.packed(uploads.fitted(settings["image"], own["width"], own["height"]))
        notices.append(f"It draws with its own size, steps and scheduler: {own['width']} × {own['height']} pixels.")
    turn, painter = _turns(loaded, settings)[-1], loaded.model
    for name in ("prompt", "negative_prompt"):
        rest = _engine().truncated(painter.pipe.tokenizer, getattr(turn, name)) + cut.get(name, "")
        notices.append(_dropped(name.replace("_", " "), rest))
    if not settings["prompt"]:
        notices.append("There is no prompt, so the model draws whatever comes to it.")
    if turn.negative_prompt and painter.guides_itself:
        notices.append("This model takes no negative prompt, so it changed nothing.")
    elif turn.negative_prompt and turn.guidance <= 1:
        notices.append("The negative prompt does nothing at a guidance of 1: raise the guidance to use it.")
    notices.append(prompts.judged(settings["prompt"], loaded.spec.name)[0])
    return settings, [sentence for sentence in notices if sentence]


def _dropped(title: str, rest: str) -> str:
    rest = rest.strip()
    if not rest:
        return ""
    count = len(rest.split())
    what = f"its last {count:,} words were" if count > 1 else "its end was"
    shown = rest if len(rest) <= 120 else f"{rest[:80].rstrip()} … {rest[-30:].lstrip()}"
    return f"The {title} is too long for this model; {what} not read: “{shown}”"


def _turns(loaded, settings: dict) -> list:
    """The engine.Turns of settings, in the words that the model gets."""
    return [
        _engine().Turn(step, prompts.prompted(prompt, style, loaded.spec.name), negative, guidance)
        for step, prompt, negative, style, guidance in asked.turns_of(settings)
    ]


def _batches(loaded, settings: dict, base: visits.Visit | None) -> list[Batch]:
    """The work of checked settings, in parts of what this machine does at once. base: the run to go on from."""
    source, mask = _latents(loaded.model, settings)

    def plan(seeds, **other):
        now = settings | other
        return _engine().Plan(
            turns=tuple(_turns(loaded, now)),
            width=now["width"],
            height=now["height"],
            steps=now["steps"],
            scheduler=now["scheduler"],
            seeds=tuple(seeds),
            source=source,
            mask=mask,
            strength=now.get("strength", 1.0),
            lora=now.get("lora", ""),
            lora_strength=now.get("lora_strength", 1.0),
        )

    strip, seed = settings["what"] == "strip", settings["seed"]
    if strip and settings["control"] != "seed":
        values = strip_values(settings)
        return [Batch(plan([seed], **{settings["control"]: value}), [_label(value)]) for value in values]
    seeds = strip_values(settings) if strip else range(seed, seed + settings["n"])
    at_once = _at_once(loaded.model.device, settings)
    parts = [seeds[i : i + at_once] for i in range(0, len(seeds), at_once)]
    found = [Batch(plan(part), [str(one) for one in part] if strip else []) for part in parts]
    if base:
        _take_up(found, base, settings["step"])
    return found


def _label(value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _at_once(device: str, settings: dict) -> int:
    """How many pictures are drawn together."""
    return max(1, (CPU_PIXELS if device == "cpu" else GPU_PIXELS) // (settings["width"] * settings["height"]))


def _take_up(batches: list[Batch], visit: visits.Visit, step: int) -> None:
    """The steps of an earlier run that stay as they were, as far as they are kept; the others are made again."""
    for batch, old in zip(batches, visit.trajectories, strict=False):
        batch.start = old.before(step)
        for number in sorted(old.steps):
            if batch.start is not None and number <= batch.start.number:
                batch.trajectory.add(old.steps[number])


def _latents(painter, settings: dict):
    """The start picture and the mask as latents: (1, c, h, w) and (1, 1, h, w), or None where there is none."""
    if not settings.get("image"):
        return None, None
    import torch.nn.functional as F

    size = settings["width"], settings["height"]
    source = painter.encode(tensor_of(uploads.fitted(settings["image"], *size)))
    if not settings.get("mask"):
        return source, None
    bits = tensor_of(uploads.read_mask(settings["mask"]).resize(size, 0))[:, :1]
    # A latent stands for many pixels, and is painted anew where one of them is.
    return source, F.max_pool2d(bits, painter.shrink)


def _drawn(
    loaded, settings: dict, notices: list[str], base: visits.Visit | None, brake: threading.Event
) -> Iterator[State]:
    painter, engine, begun = loaded.model, _engine(), time.monotonic()
    batches = _batches(loaded, settings, base)
    of = sum(batch.plan.steps - batch.plan.first for batch in batches)
    until = settings["until"] or of
    state = State(
        of=of,
        notices=notices,
        phase="drawing",
        settings=settings,
        labels=[label for batch in batches for label in batch.labels],
        seeds=[seed for batch in batches for seed in batch.plan.seeds],
    )
    yield state
    before, finished, looping, passes, stopped = 0, [], 0.0, 0, False
    with prices.metered() as meter:
        for batch in batches:
            last = batch.start
            batch.heat = engine.heat_of(painter, batch.plan)
            with closing(engine.denoise(painter, batch.plan, batch.start, batch.heat, brake)) as steps:
                since = time.monotonic()
                for last in steps:
                    batch.trajectory.add(last)
                    passes += engine.passes_of(painter, batch.plan)
                    done = before + last.number
                    stopped = done == until < of
                    if stopped:
                        break
                    if last.number < last.of:
                        guess = pictures_of(_preview(painter, last.guess))
                        looping += time.monotonic() - since
                        yield replace(state, step=done, pictures=[*finished, *guess], seconds=time.monotonic() - begun)
                        since = time.monotonic()
                looping += time.monotonic() - since
            pictures, hidden = _finished(painter, batch.plan, last, settings)
            finished += pictures
            if hidden:
                notices = [*notices, f"The model's safety checker hides {hidden} of these pictures."]
            before += last.number if last is not None else 0
            stopped = stopped or (brake.is_set() and before < of)
            if stopped:
                break
            if before < of:
                yield replace(state, step=before, pictures=list(finished), seconds=time.monotonic() - begun)
    seconds = time.monotonic() - begun
    if passes:
        pixels = settings["width"] * settings["height"] * len(batches[0].plan.seeds)
        facts = painter.device, painter.guides_itself
        prices.learn(loaded.spec.name, facts, pixels, looping / passes, seconds - looping, meter.megabytes)
    if not finished:
        yield replace(state, phase="stopped", seconds=seconds)
        return
    settings = settings | {"until": before if stopped else 0}
    yield replace(
        state,
        step=before,
        pictures=finished,
        notices=notices,
        run_id=_kept(loaded, settings, batches),
        recipe=recipe.make(TAB, _used(loaded, settings), settings, finished, seconds, libraries=LIBRARIES),
        seconds=seconds,
        phase="stopped" if stopped else "done",
        labels=state.labels[: len(finished)],
        seeds=state.seeds[: len(finished)],
        settings=settings,
    )


def _preview(painter, latents):
    """Latents -> pictures; in squares where a safety checker decides what may be seen, which comes only at the end."""
    import torch.nn.functional as F

    pixels = painter.decode(latents, fine=False)
    if not painter.checked:
        return pixels
    return F.interpolate(F.avg_pool2d(pixels, SQUARE), scale_factor=SQUARE)


def _used(loaded, settings: dict):
    """What took part, for the recipe: the model, and a LoRA with the commit that it was read from."""
    if not settings.get("lora"):
        return loaded
    from shared.models import lora

    with loaded.model.lock, lora.worn(loaded.model, settings["lora"]) as found:
        return [loaded, {"model": settings["lora"], "repo": settings["lora"], "revision": found.revision}]


def _finished(painter, plan, last, settings: dict) -> tuple[list, int]:
    """-> the pictures of a batch as they stand after its step `last`, how many of them the safety checker hides."""
    if last is None and plan.first < plan.steps:
        return [], 0  # stopped before its first step
    if last is None:  # nothing is changed at strength 0
        return [uploads.fitted(settings["image"], plan.width, plan.height)] * len(plan.seeds), 0
    pixels, flags = painter.safe(painter.decode(last.x if last.number == last.of else last.guess))
    found = pictures_of(pixels)
    if settings.get("mask"):  # outside of the mask it is the visitor's picture, to the last bit
        from PIL import Image

        seen = uploads.edge(uploads.read_mask(settings["mask"]), plan.width, plan.height)
        original = uploads.fitted(settings["image"], plan.width, plan.height)
        found = [Image.composite(picture, original, seen) for picture in found]
    return found, sum(flags)


def _kept(loaded, settings: dict, batches: list[Batch]) -> str:
    """-> the run's name. A strip is several runs, and none of them is gone back to."""
    if settings["what"] == "strip":
        return ""
    begun = [batch for batch in batches if batch.trajectory.steps]
    return visits.keep(
        visits.Visit(
            settings=settings,
            model=loaded.spec.name,
            trajectories=[batch.trajectory for batch in begun],
            heats=[batch.heat for batch in begun],
            of=batches[0].plan.steps - batches[0].plan.first,
        )
    )


# ---- back to what was drawn ----------------------------------------------------------------------------------------


def frames(run_id: str) -> list[list]:
    """For each step of a run, the pictures as they looked after it. Errors: UserError once the run is gone."""
    return _frames(run_id, range(1, visits.find(run_id).of + 1))


def frame(run_id: str, step: int) -> list:
    """The pictures of a run as they looked after one step. Errors: UserError."""
    return _frames(run_id, [whole(step, "The step", 1, max(visits.find(run_id).of, 1))])[0]


def _frames(run_id: str, numbers) -> list[list]:
    """A step that is not kept any more is shown as the nearest that is."""
    import torch

    from shared.core import loaders

    visit, found = visits.find(run_id), [[] for _ in numbers]
    with loaders.use(visit.model) as loaded:
        for trajectory in visit.trajectories:
            steps = [trajectory.nearest(number) for number in numbers]
            once = {step.number: step.x if step.number == step.of else step.guess for step in steps}
            pixels = loaded.model.decode(torch.cat(list(once.values())), fine=False)
            looks = dict(zip(once, pixels.split(len(pixels) // len(once)), strict=True))
            for pictures, step in zip(found, steps, strict=True):
                pictures += pictures_of(looks[step.number])
    return found


def attention(run_id: str, i: int) -> list:
    """[(word, map)]: where picture i of a run was drawn by each word of its prompt; maps are float32 (h, w) in [0, 1].

    Errors: UserError.
    """
    from shared.core import loaders
    from shared.core.errors import UserError
    from shared.engines.diffusion import attention as maps

    visit = visits.find(run_id)
    totals = [one for heat in visit.heats if heat.total is not None for one in heat.total]
    if not totals:
        raise UserError("Nothing was drawn in this run, so no word has drawn any part of it.")
    i = whole(i, "The number of the picture", 0, len(totals) - 1)
    with loaders.use(visit.model) as loaded:
        prompt = _turns(loaded, visit.settings)[-1].prompt
        found = maps.words(loaded.model.pipe.tokenizer, prompt, totals[i])
    return [(word, heat.numpy()) for word, heat in found]


# ---- what it costs here --------------------------------------------------------------------------------------------


def expected(settings: dict) -> tuple[float | None, float | None]:
    """(seconds, megabytes) that these settings will take on this machine, from its own past runs; None: not known yet.

    Nothing is loaded for it. Errors: UserError.
    """
    from shared.core import loaders

    given = DEFAULTS | settings
    given = asked.filled(given, defaults(given["model"]))
    checks = ("width", "height", "steps", "guidance", "scheduler", "n", "strength", "control", "seed")
    given |= {name: asked.JUDGES[name](given[name]) for name in checks}
    resident = {row["name"]: row["memory_mb"] for row in loaders.ledger()}
    weights = resident.get(given["model"]) or registry.spec(given["model"]).memory_mb
    if given["what"] != "strip":
        together = min(given["n"], _at_once(prices.device(given["model"]), given))
        batches = [given] * math.ceil(given["n"] / together)
    elif given["control"] == "seed":
        together, batches = asked.STRIP, [given]
    else:
        together, batches = 1, [given | {given["control"]: value} for value in strip_values(given)]
    pixels = given["width"] * given["height"] * together
    took = prices.seconds(given["model"], pixels, sum(map(_passes, batches)))
    return took, prices.megabytes(given["model"], weights, pixels)


def _passes(given: dict) -> float:
    """Of the network through one batch."""
    in_part = given["what"] in ("change", "fill") or (given["what"], given["control"]) == ("strip", "strength")
    steps = given["steps"] * (given["strength"] if in_part else 1)
    if given["what"] == "continue":
        steps = max(1, steps - asked.JUDGES["step"](given["step"]))
    return steps * (2 if given["scheduler"] == "Heun" else 1) * prices.passes(given["model"], given["guidance"])
