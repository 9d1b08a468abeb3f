"""The training recipes: how each model is trained, a row each, the only place where sizes and rates are written."""

from shared.training.recipes import (
    digits,
    feedback,
    flows,
    language,
    pictures,
    seeing,
    speech,
    stylegan,
    styles,
    text,
    translation,
)
from shared.training.recipes.feedback import FeedbackRecipe
from shared.training.recipes.spec import PictureRecipe, TextRecipe

RECIPES: tuple[TextRecipe | PictureRecipe | FeedbackRecipe, ...] = (
    *text.ROWS,
    *feedback.ROWS,
    *digits.ROWS,
    *flows.ROWS,
    *pictures.ROWS,
    *language.ROWS,
    *seeing.ROWS,
    *speech.ROWS,
    *stylegan.ROWS,
    *styles.ROWS,
    *translation.ROWS,
)


def recipe(name):
    """The recipe of that name; SystemExit with the names there are."""
    for row in RECIPES:
        if row.name == name:
            return row
    raise SystemExit(f"There is no recipe {name!r}. There is: {', '.join(row.name for row in RECIPES)}.")
