"""From a request to what the engine does: the batches, and what each goes on from."""

from dataclasses import dataclass, field
from typing import Any

from shared.engines.diffusion import prompts
from shared.engines.diffusion.pixels import tensor_of

from . import uploads, visits
from .request import Drawing

CPU_PIXELS, GPU_PIXELS = 256 * 256, 4 * 1024 * 1024  # drawn together; more would not be faster, only take more memory


@dataclass
class Batch:
    """Pictures that are drawn together, and what is kept of it."""

    plan: Any  # engine.Plan
    labels: tuple[str, ...] = ()
    start: Any = None  # engine.Step of the run that is gone on with
    trajectory: visits.Trajectory = field(default_factory=visits.Trajectory)
    heat: Any = None  # attention.Heat


def at_once(device: str, request: Drawing) -> int:
    """How many pictures are drawn together."""
    return max(1, (CPU_PIXELS if device == "cpu" else GPU_PIXELS) // (request.width * request.height))


def turns(loaded, request: Drawing) -> list:
    """The engine.Turns of a request, in the words that the model gets."""
    from shared.engines.diffusion import engine  # torch and diffusers take seconds to import

    return [
        engine.Turn(
            said.step, prompts.prompted(said.prompt, said.style, loaded.spec.name), said.negative_prompt, said.guidance
        )
        for said in request.said
    ]


def batches(loaded, request: Drawing, base: visits.Visit | None = None) -> list[Batch]:
    """The work, in parts of what this machine does at once. base: the run to go on from, at request.step."""
    source, mask = _latents(loaded.model, request)
    most, found = at_once(loaded.model.device, request), []
    for part in request.parts:
        for i in range(0, len(part.seeds), most):
            plan = _plan(loaded, part.request, part.seeds[i : i + most], source, mask)
            found.append(Batch(plan, part.labels[i : i + most]))
    if base:
        _take_up(found, base, request.step)
    return found


def _plan(loaded, request: Drawing, seeds: tuple[int, ...], source, mask):
    from shared.engines.diffusion import engine

    return engine.Plan(
        turns=tuple(turns(loaded, request)),
        width=request.width,
        height=request.height,
        steps=request.steps,
        scheduler=request.scheduler,
        seeds=seeds,
        source=source,
        mask=mask,
        strength=request.start.strength if request.start else 1.0,
        lora=request.lora,
        lora_strength=request.lora_strength,
    )


def _latents(painter, request: Drawing):
    """The start picture and the mask as latents: (1, c, h, w) and (1, 1, h, w), or None where there is none."""
    if not request.start:
        return None, None
    import torch.nn.functional as F

    size = request.width, request.height
    source = painter.encode(tensor_of(uploads.fitted(request.start.image, *size)))
    if not request.start.mask:
        return source, None
    bits = tensor_of(uploads.read_mask(request.start.mask).resize(size, 0))[:, :1]
    # A latent stands for many pixels, and is painted anew where one of them is.
    return source, F.max_pool2d(bits, painter.shrink)


def _take_up(found: list[Batch], visit: visits.Visit, step: int) -> None:
    """The steps of an earlier run that stay as they were, as far as they are kept; the others are made again."""
    for batch, old in zip(found, visit.trajectories, strict=False):
        batch.start = old.before(step)
        for number in sorted(old.steps):
            if batch.start is not None and number <= batch.start.number:
                batch.trajectory.add(old.steps[number])
