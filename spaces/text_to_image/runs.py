"""What the picture tab makes: new pictures, changed and mended ones, runs gone on with, strips.

    for state in run(Make.check({"prompt": "a red house", "n": 4}), brake=Event()):
        ...                                     # state.recipe is None until the pictures are finished

One function serves the page, the endpoint and Reproduce, and gives each result its recipe. The requests are checked in
request.py, made into batches in plans.py, and drawn in engine.py; past.py looks at what is kept of a run.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from shared import recipe
from shared.engines import seeing
from shared.engines.diffusion import limits, prompts
from shared.engines.diffusion.pixels import pictures_of

from . import plans, prices, uploads, visits
from .request import Continue, Drawing, Strip

TAB = "text_to_image"
LIBRARIES = ("torch", "diffusers", "transformers", "tokenizers", "numpy", "pillow")
ALIKE = 0.03  # root mean square of the difference of two pictures in [0, 1] that look the same
SEVERAL = re.compile(r"\b(and|with)\b|,")  # more than one thing is asked for
SQUARE = 32  # pixels a side, in previews of a model whose results a safety checker looks at
PREVIEW_SECONDS = 0.4  # between two previews, at least: one of four small pictures takes as long as half a step


@dataclass(frozen=True)
class State:
    """What there is to show at one moment. The last one of a run has the recipe, unless nothing was drawn."""

    request: Drawing | None = None  # as it is really drawn
    step: int = 0  # steps that are done, of all batches
    of: int = 0
    pictures: list = field(default_factory=list)  # PIL, RGB; guesses until the run is done
    notices: list[str] = field(default_factory=list)  # sentences for the visitor
    run_id: str = ""  # for past.py and "continue"; "" until the run is done, and of a strip
    recipe: dict | None = None
    seconds: float = 0.0
    phase: str = "loading"  # then drawing, done or stopped
    message: str = ""  # what a load is doing
    labels: list[str] = field(default_factory=list)  # of a strip: the value of each picture
    seeds: list[int] = field(default_factory=list)  # of each picture
    fits: list[float] = field(default_factory=list)  # cosine of each with the prompt, where seeing.EYE knows both
    seen: list[str] = field(default_factory=list)  # the name that fits each best


def run(request: Drawing, brake: threading.Event | None = None) -> Iterator[State]:
    """Yields a state at each step; the last one has the recipe. `brake` ends it within a step. Errors: UserError."""
    from shared.core import loaders
    from shared.core.threads import use_physical_cores

    base = visits.find(request.run) if isinstance(request, Continue) and request.run else None
    request, cut = request.shortened()
    brake = brake or threading.Event()
    for sentence in _made_ready(request, brake):
        yield State(request, message=sentence)
    if brake.is_set():
        yield State(request, phase="stopped")
        return
    with loaders.use(request.model) as loaded:
        if loaded.source == "remote":
            yield from _drawn_elsewhere(loaded, request, cut, brake)
            return
        use_physical_cores()
        request, notices = _fitting(loaded, request)
        notices += _notices(loaded, request, cut)
        with closing(_drawn(loaded, request, [one for one in notices if one], base, brake)) as states:
            yield from states


def _made_ready(request: Drawing, brake: threading.Event) -> Iterator[str]:
    from shared.core import loaders

    yield from loaders.prepare(request.model, stop=brake)
    if request.lora:
        from shared.models import lora

        for progress in lora.fetch(request.lora):
            if brake.is_set():
                return
            yield progress.text


def _fitting(loaded, request: Drawing) -> tuple[Drawing, list[str]]:
    """The request for the model that is really there, which may be the bundled one in the place of another.

    -> request, sentences about it.
    """
    notices = [loaded.notice, *loaded.model.notices]
    name = loaded.spec.name
    if name == request.model:
        return request, notices
    own = limits.of(name)
    changes: dict[str, Any] = {one: getattr(own, one) for one in limits.OWN}
    changes["style"] = request.style if request.style in prompts.styles(name) else ""
    size = f"{own.width} × {own.height} pixels"
    return request.model_copy(update=changes).packed(), [
        *notices,
        f"It draws with its own size, steps and scheduler: {size}.",
    ]


def _notices(loaded, request: Drawing, cut: dict[str, str]) -> list[str]:
    """What a visitor should know of the prompts. cut: what was left out of them before."""
    from shared.engines.diffusion import engine  # torch and diffusers take seconds to import

    turn, painter, found = plans.turns(loaded, request)[-1], loaded.model, []
    for name in ("prompt", "negative_prompt"):
        rest = engine.truncated(painter.pipe.tokenizer, getattr(turn, name)) + cut[name]
        found.append(_dropped(name.replace("_", " "), rest))
    if not request.prompt:
        found.append("There is no prompt, so the model draws whatever comes to it.")
    if turn.negative_prompt and painter.guides_itself:
        found.append("This model takes no negative prompt, so it changed nothing.")
    elif turn.negative_prompt and turn.guidance <= 1:
        found.append("The negative prompt does nothing at a guidance of 1: raise the guidance to use it.")
    return [*found, prompts.judged(request.prompt, loaded.spec.name)]


def _dropped(title: str, rest: str) -> str:
    rest = rest.strip()
    if not rest:
        return ""
    count = len(rest.split())
    what = f"its last {count:,} words were" if count > 1 else "its end was"
    shown = rest if len(rest) <= 120 else f"{rest[:80].rstrip()} … {rest[-30:].lstrip()}"
    return f"The {title} is too long for this model; {what} not read: “{shown}”"


def _drawn(
    loaded, request: Drawing, notices: list[str], base: visits.Visit | None, brake: threading.Event
) -> Iterator[State]:
    from shared.engines.diffusion import engine

    painter, begun = loaded.model, time.monotonic()
    batches = plans.batches(loaded, request, base)
    of = sum(batch.plan.steps - batch.plan.first for batch in batches)
    until = request.until or of
    state = State(
        request,
        of=of,
        notices=notices,
        phase="drawing",
        labels=[label for batch in batches for label in batch.labels],
        seeds=[seed for batch in batches for seed in batch.plan.seeds],
    )
    yield state
    before, finished, looping, passes, stopped = 0, [], 0.0, 0, False
    with prices.metered() as meter:
        for batch in batches:
            last, guess, shown = batch.start, [], 0.0
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
                        if not guess or time.monotonic() - shown >= PREVIEW_SECONDS:
                            guess, shown = pictures_of(preview(painter, last.guess)), time.monotonic()
                        looping += time.monotonic() - since
                        yield replace(state, step=done, pictures=[*finished, *guess], seconds=time.monotonic() - begun)
                        since = time.monotonic()
                looping += time.monotonic() - since
            pictures, hidden = _finished(painter, batch.plan, last, request)
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
        machine = prices.Machine(painter.device, painter.guides_itself)
        pixels = request.width * request.height * len(batches[0].plan.seeds)
        prices.learn(loaded.spec.name, machine, pixels, looping / passes, seconds - looping, meter.megabytes)
    if not finished:
        yield replace(state, phase="stopped", seconds=seconds)
        return
    if not stopped and not isinstance(request, Strip) and request.start is None and alike(finished):
        what = f"These {len(finished)} pictures are alike: the model knows one picture of this, whatever the noise."
        notices = [*notices, f"{what} For others, add a colour or a second thing, or choose the style “Any”."]
    request = request.model_copy(update={"until": before if stopped else 0})
    yield replace(
        state,
        request=request,
        step=before,
        pictures=finished,
        notices=notices,
        run_id=_kept(loaded, request, batches),
        recipe=recipe.make(TAB, _used(loaded, request), request.settings(), finished, seconds, libraries=LIBRARIES),
        seconds=seconds,
        phase="stopped" if stopped else "done",
        labels=state.labels[: len(finished)],
        seeds=state.seeds[: len(finished)],
        **_looked_at(loaded.spec.name, request.prompt, finished),
    )


def _drawn_elsewhere(loaded, request: Drawing, cut: dict[str, str], brake: threading.Event) -> Iterator[State]:
    """The same by a server on another machine, picture by picture: shared/engines/diffusion/remote.py."""
    from shared.engines.diffusion.remote import Wish

    begun, wishes = time.monotonic(), []
    for part in request.parts:
        own = part.request
        prompt = prompts.prompted(own.prompt, own.style, own.model)
        shape = (own.steps, own.guidance, own.width, own.height)
        wishes += [Wish(prompt, own.negative_prompt, *shape, seed) for seed in part.seeds]
    labels, of = [label for part in request.parts for label in part.labels], len(wishes)
    notices = [sentence for name in cut if (sentence := _dropped(name.replace("_", " "), cut[name]))]
    seeds = [wish.seed for wish in wishes]
    state = State(request, of=of, notices=notices, phase="drawing", labels=labels, seeds=seeds)
    drawing = [f"{loaded.spec.title} draws picture {number} of {of}" for number in range(1, of + 1)] + [""]
    yield replace(state, message=drawing[0])
    finished: list = []
    with closing(loaded.model.draw(wishes[: request.until or of], brake)) as pictures:
        for picture in pictures:
            finished.append(picture)
            seconds = time.monotonic() - begun
            step = len(finished)
            yield replace(state, step=step, pictures=list(finished), seconds=seconds, message=drawing[step])
    if not finished:
        yield replace(state, phase="stopped", seconds=time.monotonic() - begun)
        return
    for size in {one.size for one in finished} - {(request.width, request.height)}:
        notices = [*notices, f"{loaded.spec.title} draws in a size of its own: {size[0]} × {size[1]} pixels."]
    stopped, seconds = len(finished) < of, time.monotonic() - begun
    request = request.model_copy(update={"until": len(finished) if stopped else 0})
    yield replace(
        state,
        request=request,
        step=len(finished),
        pictures=finished,
        notices=notices,
        recipe=recipe.make(TAB, loaded, request.settings(), finished, seconds),
        seconds=seconds,
        phase="stopped" if stopped else "done",
        message=f"Stopped after {len(finished)} of {of} pictures." if stopped else "",
        labels=labels[: len(finished)],
        seeds=state.seeds[: len(finished)],
    )


def _looked_at(model: str, prompt: str, pictures: list) -> dict[str, list]:
    """`fits` and `seen` of finished pictures."""
    if not seeing.knows(model):
        return {}
    seen, text = seeing.seen([np.asarray(one) for one in pictures]), prompts.english(prompt, model)[0]
    found = {"fits": seeing.fits(seen, text) or []}
    if not SEVERAL.search(text):  # of two things neither name fits the whole
        found["seen"] = seeing.best_names(seen, prompts.known(model)["names"])
    return found


def best_of(state: State) -> int | None:
    """The picture that fits its prompt best, of several that differ in nothing but the noise."""
    if len(state.fits) < 2 or isinstance(state.request, Strip) or alike(state.pictures):
        return None
    return max(range(len(state.fits)), key=state.fits.__getitem__)


def alike(pictures: list) -> bool:
    """Whether several pictures, whose noise differs, are one to the eye: the model knows one picture of it."""
    seen = [np.asarray(one, np.float32) / 255 for one in pictures]
    return len(seen) > 1 and all(np.sqrt(np.mean((one - seen[0]) ** 2)) < ALIKE for one in seen[1:])


def preview(painter, latents):
    """Latents -> pictures; in squares where a safety checker decides what may be seen, which comes only at the end."""
    import torch.nn.functional as F

    pixels = painter.decode(latents, fine=False)
    if not painter.checked:
        return pixels
    return F.interpolate(F.avg_pool2d(pixels, SQUARE), scale_factor=SQUARE)


def _finished(painter, plan, last, request: Drawing) -> tuple[list, int]:
    """-> the pictures of a batch as they stand after its step `last`, how many of them the safety checker hides."""
    if last is None and plan.first < plan.steps:
        return [], 0  # stopped before its first step
    start = request.start
    if last is None:  # nothing is changed at strength 0
        return [uploads.fitted(start.image, plan.width, plan.height)] * len(plan.seeds), 0
    pixels, flags = painter.safe(painter.decode(last.x if last.number == last.of else last.guess))
    found = pictures_of(pixels)
    if start and start.mask:  # outside of the mask it is the visitor's picture, to the last bit
        from PIL import Image

        seen = uploads.edge(uploads.read_mask(start.mask), plan.width, plan.height)
        original = uploads.fitted(start.image, plan.width, plan.height)
        found = [Image.composite(picture, original, seen) for picture in found]
    return found, sum(flags)


def _used(loaded, request: Drawing):
    """What took part, for the recipe: the model, and a LoRA with the commit that it was read from."""
    if not request.lora:
        return loaded
    from shared.models import lora

    with loaded.model.lock, lora.worn(loaded.model, request.lora) as found:
        return [loaded, {"model": request.lora, "repo": request.lora, "revision": found.revision}]


def _kept(loaded, request: Drawing, batches: list[plans.Batch]) -> str:
    """-> the run's name. A strip is several runs, and none of them is gone back to."""
    if isinstance(request, Strip):
        return ""
    begun = [batch for batch in batches if batch.trajectory.steps]
    return visits.keep(
        visits.Visit(
            request,
            loaded.spec.name,
            trajectories=[batch.trajectory for batch in begun],
            heats=[batch.heat for batch in begun],
            of=batches[0].plan.steps - batches[0].plan.first,
        )
    )
