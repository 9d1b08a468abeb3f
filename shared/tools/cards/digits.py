"""Cards of models that draw or read digits."""

from shared.core.registry import ModelSpec
from shared.evaluation.measured import COLUMNS

from .tables import TRAINED_HERE, recipe_of, scores_of

DIGIT_CARD = (
    """\
---
license: cc-by-sa-3.0
pipeline_tag: {tag}
datasets: [ylecun/mnist]
---

"""
    + TRAINED_HERE
    + """
{words}

## Recipe

{recipe}

What each of them means is said in `shared/training/recipes/`.

## Data

[MNIST](https://huggingface.co/datasets/ylecun/mnist), Y. LeCun, C. Cortes, C. Burges, CC BY-SA 3.0: 60,000 pictures of
handwritten digits, 28x28. The last 5,000 are held out for these scores; no model was trained on them.
"""
)

DRAWS = "It draws handwritten digits of 28x28 pixels, and nothing else."
READS = "It reads handwritten digits of 28x28 pixels. The digit models of the suite are scored on its features."

DRAWN = """\
Measured by `python -m shared.tools.score` on {samples:,} samples, with the features of `digit-judge`. Its weights are
part of the score's name: another judge gives other numbers. *Rarest digit*: its share of the samples, 10 % at best.
*Near copies*: samples nearer to a training picture than 99 % of real unseen digits are; real digits have 1 %.
*ms for 1,000*: milliseconds for 1,000 pictures on a processor (threads: {threads})."""
BOUND = """
*BCE + KL*: nats for each grey held-out picture. *-log p(x)*: importance-weighted bound in nats on binarised held-out
pictures, {iw_draws} draws for each of {iw_images} of them, standard error {iw_bound_error:.2f}."""
LIKELY = """
*Bits a pixel*: the exact likelihood of the held-out digits, grey levels with uniform noise inside. A sheet without ink
has {bits_of_blank:.3f}: what is simple is likely, whatever it shows. There and back, no pixel of any held-out digit is
off by more than {inversion_error:.1g} (paper is 0, ink is 1)."""
READ = """ The digit under which a held-out picture is likeliest is the right one in {right_class:.1%} of them."""
JUDGED = """\
Measured by `python -m shared.tools.score` on the held-out pictures. All but the first number is what real digits score
by this judge, which no model needs to beat. The distance is that of {samples:,} training pictures from those held
out."""


def digit_card(row: ModelSpec, scores: dict, trained: dict) -> str:
    """`trained` is the recipe as a dict."""
    judges = row.task == "digit-judge"
    columns = [column for column in COLUMNS if column[1] in scores]
    if judges:
        columns.insert(0, ("held-out pictures read right", "accuracy", "{:.2%}"))
    more = [words for key, words in (("iw_bound", BOUND), ("bits", LIKELY), ("right_class", READ)) if key in scores]
    words = JUDGED if judges else DRAWN + "".join(more)
    settings = {**trained, **trained["model"]}
    return DIGIT_CARD.format(
        tag="image-classification" if judges else "unconditional-image-generation",
        title=row.title,
        name=row.name,
        summary=row.summary,
        knows=READS if judges else DRAWS,
        paper=row.paper,
        scores=scores_of(columns, scores),
        words=words.format(**scores),
        recipe=recipe_of(settings),
    )
