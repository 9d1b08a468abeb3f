"""A visitor's own adapter of the storyteller, from the choices of this visit: DPO in a process of its own.

training = begin(Choices(pairs=[[opening, preferred, other], ...]), root, Tuning)   # lists of token ids
for state in training.watch(): ...
training.model_folder()                                 # holds the adapter, in PEFT's format

The process is preferences_child.py.
"""

from dataclasses import dataclass, field

from shared.training.live.process import Training

NAME = "gpt2-stories-own"
SECONDS = 45.0  # of steps; with what must be loaded first, about a minute
STEPS = 60  # at most
BATCH = 4
BETA = 0.1
LEARNING_RATE = 2e-3


@dataclass(frozen=True)
class Choices:
    """What is learned from, and for how long."""

    pairs: list[list[list[int]]] = field(default_factory=list)
    name: str = NAME
    steps: int = STEPS
    seconds: float = SECONDS


class Tuning(Training):
    program = "shared.training.live.preferences_child"
    weights = "adapter_model.safetensors"
    packs = ("adapter_config.json", "adapter_model.safetensors")
