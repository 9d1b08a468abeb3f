"""What may be trained in the page, and how: a plan is what a visitor asks for, checked. The presets are plans.

plan = checked("dcgan-mnist", steps=600)   # UserError: one sentence
training_recipe(plan)                      # the row of shared/training/recipes/, with the plan's changes
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from shared.core.errors import UserError
from shared.training import recipes
from shared.training.recipes.digits import GANRecipe

MOST_STEPS = 20_000
NORMS = ("none", "batch", "layer", "spectral")


@dataclass(frozen=True)
class Plan:
    """Fields are those of the training recipe that they replace."""

    name: str
    steps: int
    seed: int
    learning_rate: float
    decay: float
    ema: float
    label_smoothing: float = 0.0
    feature_matching: float = 0.0
    critic_steps: int = 1
    norm: str = ""  # of the discriminator; "" where the network has none to choose
    patience: int = 0  # scores in a row without a better one after which it stops and keeps the best; 0: never


# name -> (low, high, what to call it) of the numbers that a visitor may change
RANGES = {
    "steps": (1, MOST_STEPS, "The number of steps"),
    "seed": (0, 2**31 - 1, "The seed"),
    "learning_rate": (1e-6, 0.1, "The learning rate"),
    "decay": (0.0, 1.0, "The share of steps over which the learning rate falls"),
    "ema": (0.0, 0.9999, "The moving average"),
    "label_smoothing": (0.0, 0.4, "Label smoothing"),
    "feature_matching": (0.0, 10.0, "Feature matching"),
    "critic_steps": (1, 5, "Discriminator steps"),
    "patience": (0, 20, "Early stopping"),
}
WHOLE = {"steps", "seed", "critic_steps", "patience"}

# Steps of the two presets: a look in about a minute and a run that converges within three, on two cores without a
# GPU; presets.py measures both.
STEPS = {
    "cgan-mnist": (600, 2000),
    "hinge-mnist": (600, 2000),
    "wgan-gp-mnist": (150, 500),
    "lsgan-mnist": (600, 2000),
    "dcgan-mnist": (600, 2000),
    "gan-mnist": (1500, 3500),
    "vae-mnist": (3000, 9000),
}
NAMES = tuple(STEPS)

# Over so few steps the networks must learn faster than over the whole length of the recipe: measured on 800 steps, this
# brought DCGAN from a distance of 668 to 279, and the conditional GAN from 700 to 442; the textbook GAN came to 630 in
# 3,000 steps instead of 3,388 in 5,000, with Adam's beta1 at 0.5 and a falling rate.
SHORT_RATES = {
    **dict.fromkeys(("cgan-mnist", "hinge-mnist", "wgan-gp-mnist", "lsgan-mnist", "dcgan-mnist"), 2e-3),
    "gan-mnist": 6e-4,
}

# What the third preset changes: so large a learning rate goes wrong where nothing holds the discriminator, and is
# there to be cured with the remedies.
COLLAPSE = {"learning_rate": 1e-2, "ema": 0.0, "decay": 0.0}
FRAGILE = ("lsgan-mnist", "dcgan-mnist", "gan-mnist")


def presets_of(name: str) -> tuple[str, ...]:
    """The presets that a training recipe has."""
    return ("quick", "good", "collapse") if name in FRAGILE else ("quick", "good")


def preset(name: str, which: str) -> Plan:
    """The settings of a preset. UserError where the recipe or the preset is not known."""
    if name not in STEPS:
        raise UserError(f"There is no recipe called {str(name)[:40]!r} here; choose one of {', '.join(NAMES)}.")
    if which not in (there := presets_of(name)):
        raise UserError(f"{name} has no preset called {str(which)[:40]!r}; choose one of {', '.join(there)}.")
    row = recipes.recipe(name)
    quick, good = STEPS[name]
    remedies = ("label_smoothing", "feature_matching", "critic_steps") if gan(name) else ()
    plan = Plan(
        name,
        steps=good if which == "good" else quick,
        seed=0,
        learning_rate=SHORT_RATES.get(name, row.learning_rate),
        decay=0.5 if gan(name) else row.decay,
        # Over so few steps an average of the last thousand would still show the beginning.
        ema=0.99 if row.ema else 0.0,
        norm=row.model.get("norm", ""),
        **{field: getattr(row, field) for field in remedies},
    )
    return replace(plan, **COLLAPSE, norm="none" if plan.norm else "") if which == "collapse" else plan


def gan(name: str) -> bool:
    """Whether the training recipe has a discriminator, and so the remedies."""
    return isinstance(recipes.recipe(name), GANRecipe)


def checked(name: str, **values: Any) -> Plan:
    """A plan with these values, the others as the preset "good" has them. UserError: one sentence."""
    plan = preset(name, "good")
    unknown = values.keys() - asdict(plan).keys()
    if unknown:
        raise UserError(f"There is no option called {sorted(unknown)[0][:40]!r}.")
    for key, value in values.items():
        if key in RANGES:
            values[key] = number(key, value)
    plan = replace(plan, **values)
    row = recipes.recipe(name)
    if not gan(name):
        return replace(plan, label_smoothing=0.0, feature_matching=0.0, critic_steps=1, norm="")
    if plan.label_smoothing and row.loss != "bce":
        raise UserError("Label smoothing needs the loss of gan-mnist and dcgan-mnist; set it to 0 for the others.")
    if "norm" not in row.model:
        return replace(plan, norm="")
    if plan.norm not in NORMS:
        raise UserError(f"The normalisation must be one of {', '.join(NORMS)}, not {str(plan.norm)[:40]}.")
    if plan.norm == "batch" and row.loss == "wgan-gp":
        raise UserError("wgan-gp-mnist takes no batch normalisation: its penalty is for each picture by itself.")
    return plan


def number(key: str, value: object) -> int | float:
    """The number in `value`, in the range that `key` has. UserError: one sentence."""
    low, high, words = RANGES[key]
    kind = "a whole number" if key in WHOLE else "a number"
    right = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf
    if not right or not low <= value <= high or (key in WHOLE and value != int(value)):
        raise UserError(f"{words} must be {kind} from {low:,} to {high:,}, not {str(value)[:20]}.")
    return int(value) if key in WHOLE else float(value)


def training_recipe(plan: Plan) -> recipes.PictureRecipe:
    """The training recipe with the plan's changes."""
    row = recipes.recipe(plan.name)
    changes: dict[str, Any] = {key: getattr(plan, key) for key in ("learning_rate", "decay", "ema", "seed")}
    if gan(plan.name):
        changes |= {key: getattr(plan, key) for key in ("label_smoothing", "feature_matching", "critic_steps")}
        changes["beta1"] = 0.5
    if plan.norm:
        changes["model"] = row.model | {"norm": plan.norm}
    return replace(row, **changes, score_steps=0, patience=0)  # the child scores by itself: with the classes


def score_steps(steps: int) -> int:
    """How often the digit Frechet distance is measured: it costs about as much as some steps."""
    return max(25, min(200, steps // 10))
