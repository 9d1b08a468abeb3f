"""Cards of models that draw or name faces."""

from shared.core import registry
from shared.core.registry import ModelSpec
from shared.evaluation.measured import FACE_COLUMNS

from .tables import TRAINED_HERE, recipe_of, scores_of

FACE_CARD = (
    """\
---
license: cc-by-4.0
pipeline_tag: {tag}
---

"""
    + TRAINED_HERE
    + """
{words}

## Recipe

{recipe}

What each of them means is said in `shared/training/recipes/`.

## Data

Emoji on white, in six styles, without one of ten, which is held out: Noto Emoji (Google, Apache 2.0),
Blobmoji (C1710, Apache 2.0), Twemoji (Twitter and contributors, CC BY 4.0), Emojitwo (CC BY 4.0), Fluent Emoji in 3D
and flat (Microsoft, MIT). Names: Unicode CLDR (Unicode License v3).
"""
)

FACES_DRAWN = """\
Measured by `python -m shared.tools.score` on {samples:,} samples, on the features of `emoji-classifier`, against the
faces of the training. *As few as held-out faces*: the mean distance of handfuls as small as the set of held-out faces,
which themselves lie {floor:.0f} away. *Near copies*: samples nearer to a face of the training than 99 % of held-out
faces are. *Path length*: how far features move on the way between two faces, in w and in z; smaller is smoother."""
FACES_JUDGED = """\
Measured by `python -m shared.tools.score` on {held_out:,} held-out pictures of things that live, each of a name that it
saw in other styles only. The distance, precision and recall are those of {samples:,} held-out faces from the faces of
the training: the floor of what models score."""


def face_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "emoji-judge"
    columns = [("style told right", "style_accuracy", "{:.1%}"), ("name told right", "name_accuracy", "{:.1%}")]
    floor = scores if judges else registry.scores("emoji-classifier") or {"frechet": float("nan")}
    return FACE_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        tag="image-classification" if judges else "unconditional-image-generation",
        knows="It knows nothing else." if judges else "It draws faces like smileys, and nothing else.",
        scores=scores_of([*columns, *FACE_COLUMNS], scores),
        words=(FACES_JUDGED if judges else FACES_DRAWN).format(**scores, floor=floor["frechet"]),
        recipe=recipe_of({**trained, **trained["model"]}),
    )
