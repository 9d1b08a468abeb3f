"""What an output carries: which model, weights and settings made it. Kept in files and links, read back, compared."""

from shared.recipe.record import *  # noqa: F403
