"""Cards of models that say or hear digits."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import SPOKEN_COLUMNS

from .tables import TRAINED_HERE, recipe_of, scores_of

SPOKEN_CARD = (
    """\
---
license: cc-by-sa-4.0
language: en
pipeline_tag: {tag}
---

"""
    + TRAINED_HERE
    + """
Measured by `python -m shared.tools.score` against 300 recordings that no model was trained on, with the ears of
`spoken-judge`. Its weights are part of the score's name: another judge gives other numbers. {words}

## Recipe

{recipe}

## Data

Free Spoken Digit Dataset, Z. Jackson and contributors, github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0:
the digits 0 to 9 in English, said by six people, 8 kHz. 2,400 recordings were learned from; 300 were held out.
`spoken-judge/real.safetensors` holds 60 of those, one of each digit and speaker, made equally loud.
"""
)
SPEAKS = """\
It says the digits 0 to 9 in the voices of six people who gave their recordings to the data set, and nothing else."""
BASELINE = """
For comparison: the textbook's GAN of three dense layers, 100-256-512-8192 (recipe `mlp-audio-digits`), trained for
three minutes against the same critic, is heard right in 44.0%, at a distance of 133.9 and a variety of 1.53, most of
which is hiss."""
HEARS = "It hears English digits, and which of six voices says them. The models that speak are scored on its features."
SPOKEN = """\
*Variety*: how far two sounds of one digit and voice are apart, as a share of real recordings. *Alike*: sounds with
another one nearer to it than 99 % of real recordings have; *near copies*: nearer to a recording of the training than
99 % of unseen recordings are; real ones have 1 %. {samples:,} sounds, as many of each digit and voice."""
HEARD = (
    "The distance is that of the {samples:,} training recordings from those held out: what a perfect model would have."
)


def spoken_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "spoken-judge"
    return SPOKEN_CARD.format(
        **{"title": row.title, "name": row.name, "summary": row.summary, "paper": row.paper},
        tag="audio-classification" if judges else "text-to-audio",
        knows=HEARS if judges else SPEAKS,
        scores=scores_of(SPOKEN_COLUMNS, scores),
        words=(HEARD if judges else SPOKEN + BASELINE * (row.name == "wavegan-digits")).format(**scores),
        recipe=recipe_of({**trained, **trained["model"]}),
    )
