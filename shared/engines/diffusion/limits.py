"""What a picture model draws best with, and what it allows; nothing is loaded for that."""

from shared.core import registry
from shared.core.errors import UserError
from shared.engines.diffusion import prompts

TASK = "text-to-image"
MOST = 16  # pictures with one click


def defaults(model: str) -> dict:
    """What a model draws best with, and what it allows; it is not loaded for that. Errors: UserError."""
    row = registry.spec(check_model(model))
    own = row.picture
    return {
        "width": own.width,
        "height": own.height,
        "steps": own.steps,
        "guidance": own.guidance,
        "scheduler": own.scheduler,
        "schedulers": own.schedulers,
        "sizes": own.sizes,  # smallest, largest, and what a side must be a multiple of
        "most_steps": own.most_steps,
        "most_guidance": own.most_guidance,
        "negative": own.most_guidance > 1 and own.scheduler != "LCM",  # a latent consistency model takes none
        "most_n": MOST,
        "styles": prompts.styles(row.name),
        "licence": row.license,
    }


def check_model(value) -> str:
    """The name of a picture model. Errors: UserError."""
    known = registry.names(TASK)
    if value not in known:
        raise UserError(f"There is no picture model called “{str(value)[:60]}”; there are: {', '.join(known)}.")
    return value
