"""Training that a visitor watches: in a child process of low priority, a few at a time, for some minutes at most.

training = begin(checked("dcgan-mnist", steps=600))   # UserError where nobody more can wait
for state in training.watch():                        # at each change, and at least once a second
    print(state.phase, state.step, state.losses)
training.tell("pause"), training.tell("step", 100), training.tell("resume"), training.tell("stop")
training.leave()                                      # ends it and deletes its folder

plans     what may be trained, and how          process   who waits, who runs: this side of the child
state     what is known of it                   child     the process that trains
model     its weights and pictures              presets, remedies   what was measured beforehand
visitors  the training of each visitor
preferences   a storyteller's adapter from a visitor's choices, by another child
"""

from shared.training.live.model import grid, load
from shared.training.live.plans import (
    MOST_STEPS,
    NAMES,
    NORMS,
    RANGES,
    Plan,
    checked,
    gan,
    number,
    preset,
    presets_of,
    training_recipe,
)
from shared.training.live.preferences import Choices, Tuning
from shared.training.live.process import AT_ONCE, MOST_WAITING, Training, begin, pace
from shared.training.live.state import State, alarm, remedy
from shared.training.live.visitors import Visitors

__all__ = ["AT_ONCE", "MOST_STEPS", "MOST_WAITING", "NAMES", "NORMS", "RANGES", "Choices", "Plan", "State", "Training"]
__all__ += ["Tuning", "Visitors", "alarm"]
__all__ += ["begin", "checked", "gan", "grid", "load", "number", "pace", "preset", "presets_of", "remedy"]
__all__ += ["training_recipe"]
