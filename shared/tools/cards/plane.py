"""Cards of flows on the plane."""

from shared.core.registry import ModelSpec

from .tables import recipe_of

PLANE_CARD = """\
---
license: mit
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite, to be looked at: a grid that is laid over the round cloud can be followed
through every coupling.

- Paper: {paper}
- Train it again: `python -m shared.training {name}`

## Scores

{nats:.3f} nats a point on 2,000 held-out points, measured by `python -m shared.tools.score {name}`. There and back, no
point is off by more than {inversion_error:.1g}.

## Recipe

{recipe}

## Data

Two half circles with normal noise, made by `shared/data/moons.py`.
"""


def plane_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    said = {"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper}
    return PLANE_CARD.format(**said, **scores, recipe=recipe_of({**trained, **trained["model"]}))
