"""A run that was drawn, looked at once more: the pictures after each step, and which word drew which part.

What is kept of it, and for how long, is in visits.py.
"""

from collections.abc import Sequence
from typing import Any

from shared.core.errors import UserError
from shared.core.kinds import Whole
from shared.engines.diffusion.pixels import pictures_of

from . import plans, visits


def frames(run: str) -> list[list]:
    """For each step of a run, the pictures as they looked after it. Errors: UserError once the run is gone."""
    return _frames(run, range(1, visits.find(run).of + 1))


def frame(run: str, step: Any) -> list:
    """The pictures of a run as they looked after one step. Errors: UserError."""
    of = max(visits.find(run).of, 1)
    return _frames(run, [Whole(1, of, called="The step").check(step, "step")])[0]


def _frames(run: str, numbers: Sequence[int]) -> list[list]:
    """A step that is not kept any more is shown as the nearest that is."""
    import torch

    from shared.core import loaders

    visit = visits.find(run)
    found: list[list] = [[] for _ in numbers]
    with loaders.use(visit.model) as loaded:
        for trajectory in visit.trajectories:
            steps = [trajectory.nearest(number) for number in numbers]
            once = {step.number: step.x if step.number == step.of else step.guess for step in steps}
            pixels = loaded.model.decode(torch.cat(list(once.values())), fine=False)
            looks = dict(zip(once, pixels.split(len(pixels) // len(once)), strict=True))
            for pictures, step in zip(found, steps, strict=True):
                pictures += pictures_of(looks[step.number])
    return found


def attention(run: str, i: Any) -> list:
    """[(word, map)]: where picture i of a run was drawn by each word of its prompt; maps are float32 (h, w) in [0, 1].

    Errors: UserError.
    """
    from shared.core import loaders
    from shared.engines.diffusion import attention as maps

    visit = visits.find(run)
    totals = [one for heat in visit.heats if heat.total is not None for one in heat.total]
    if not totals:
        raise UserError("Nothing was drawn in this run, so no word has drawn any part of it.")
    i = Whole(0, len(totals) - 1, called="The number of the picture").check(i, "i")
    with loaders.use(visit.model) as loaded:
        prompt = plans.turns(loaded, visit.request)[-1].prompt
        found = maps.words(loaded.model.pipe.tokenizer, prompt, totals[i])
    return [(word, heat.numpy()) for word, heat in found]
