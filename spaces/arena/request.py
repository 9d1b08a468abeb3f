"""What can be asked of the arena: one digit, and who draws it."""

from typing import Annotated

from shared.core.kinds import EMBED, MOST_SEED, Choice, Model, Seed, Several, Switch
from shared.core.request import Request

TAB = "arena"
TASKS = ("digit-gan", "digit-vae", "digit-flow", "digit-diffusion")
EACH = 6  # pictures of a model
TRIES = 240  # seeds that one who cannot be told the digit is given for them
MOST = 8  # models in a round
STARTERS = ("conv-vae-mnist", "cgan-mnist", "glow-mnist", "stylegan-mnist", "ddpm-mnist")


class Round(Request):
    """The same digit and the same seeds for all."""

    digit: Annotated[str, Choice(tuple("0123456789"), called="The digit", says="one from 0 to 9")] = "7"
    models: Annotated[
        tuple[str, ...], Several(Model(task=TASKS, noun="model of digits"), MOST, called="models of the round")
    ] = STARTERS
    seed: Annotated[int, Seed(most=MOST_SEED - TRIES, optional=False)] = 0
    nearest: Annotated[bool, Switch()] = False  # beside each picture, the digit of the training set that is nearest
    embed: Annotated[bool, EMBED] = True
