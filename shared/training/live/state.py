"""What is known of a training at one moment, when it has gone wrong, and what may help."""

from dataclasses import dataclass
from typing import Any

from shared.training import recipes
from shared.training.live.plans import Plan, gan


@dataclass(frozen=True)
class State:
    """A training as it is at one moment."""

    phase: str = "waiting"  # waiting, starting, running, paused, ended
    why: str = ""  # at the end: finished, stopped, early, time, pause, diverged, failed or left
    sentence: str = ""  # what went wrong
    place: int = 0  # in the line, from 1
    step: int = 0
    steps: int = 0
    seconds: float = 0.0  # of training, without pauses
    losses: tuple[tuple[int, dict[str, float]], ...] = ()  # (step, {name: value})
    scores: tuple[dict[str, Any], ...] = ()  # {"step", "frechet", "classes": ten shares}
    grid: str = ""  # base64 of a PNG: five rows of ten digits from the same latents all along
    grid_step: int = 0
    source: str = ""  # the data that it learns from
    floor: float | None = None  # distance of those data themselves
    kept_step: int = 0  # the step whose weights are kept; early stopping goes back to the best


NOISE = 2000  # a single digit, well drawn, is up to 1,950 from MNIST; noise 4,000 to 6,000, and for our judge all an 8


def alarm(state: State) -> str:
    """ "few" where hardly any picture shows some digit, "one" where most show the same, "noise" where none shows any.

    Nothing in the first quarter: every generator begins with noise.
    """
    if not state.scores or state.step < state.steps / 4:
        return ""
    classes = state.scores[-1]["classes"]
    if state.scores[-1]["frechet"] > NOISE:
        return "noise" if state.step > state.steps / 2 else ""
    if max(classes) > 0.5:
        return "one"
    return "few" if min(classes) < 0.01 else ""


def remedy(plan: Plan) -> str:
    """The name of the option to try against a collapse, the mildest that is not on yet."""
    tried = [
        ("learning_rate", plan.learning_rate > 5e-4),
        ("norm", plan.norm == "none"),
        ("label_smoothing", gan(plan.name) and recipes.recipe(plan.name).loss == "bce" and not plan.label_smoothing),
        ("feature_matching", not plan.feature_matching),
        ("critic_steps", plan.critic_steps == 1),
    ]
    return next((name for name, helps in tried if helps), "hinge-mnist" if plan.name != "hinge-mnist" else "steps")
