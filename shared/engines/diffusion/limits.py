"""What a picture model draws best with, and what it does not take; nothing is loaded for that."""

from collections.abc import Mapping
from typing import Any

from shared.core import registry
from shared.core.errors import UserError
from shared.core.registry import Picture
from shared.core.registry.remote import PICTURES as REMOTE

TASK = "text-to-image"
MOST = 16  # pictures with one click
OWN = ("steps", "guidance", "width", "height", "scheduler")  # what each model has its own of


def of(model: str) -> Picture:
    """Errors: UserError."""
    known = [*registry.names(TASK), *registry.names(REMOTE)]
    if model not in known:
        raise UserError(f"There is no picture model called “{str(model)[:60]}”; there are: {', '.join(known)}.")
    picture = registry.picture_of(registry.spec(model))
    assert picture is not None
    return picture


def refused(own: Picture, values: Mapping[str, Any]) -> dict[str, str]:
    """{name: a sentence} of those values, named as in OWN, that a model does not take; None is taken as its own."""
    given = {name: value for name, value in values.items() if name in OWN and value is not None}
    least, most, multiple = own.sizes
    found = {}
    for side in ("width", "height"):
        if side in given and (not least <= given[side] <= most or given[side] % multiple):
            found[side] = (
                f"This model draws pictures of {least} × {least} pixels only."
                if least == most
                else f"The {side} must be a multiple of {multiple} from {least} to {most} pixels, not {given[side]}."
            )
    if given.get("steps", 0) > own.most_steps:
        found["steps"] = f"This model takes up to {own.most_steps} steps, not {given['steps']}."
    if given.get("guidance", 0) > own.most_guidance:
        found["guidance"] = f"This model takes a guidance of up to {own.most_guidance:g}, not {given['guidance']:g}."
    if given.get("scheduler", own.scheduler) not in own.schedulers:
        found["scheduler"] = f"This model takes one of the schedulers {', '.join(own.schedulers)}."
    return found
