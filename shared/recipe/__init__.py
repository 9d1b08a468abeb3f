"""What an output carries: which model, weights and settings made it. Kept in files and links, read back, compared.

    recipe = make("gpt2_text", loaded, {"prompt": "Once", "seed": 7}, "Once upon a time", seconds=1.2)
    embed("story.txt", recipe); read("story.txt"); to_link(recipe); compare(recipe, another)

It travels inside the output (PNG, GIF, MP4, WAV, HTML, text: see containers.py), as a file, or in a link.
"""

from shared.recipe.compare import Comparison, compare, differences
from shared.recipe.files import embed, embed_bytes, png, read, read_bytes, write_json, write_png, write_text
from shared.recipe.link import MAX_LINK, from_link, to_link
from shared.recipe.parameters import parse_parameters, write_parameters
from shared.recipe.record import (
    FIELDS,
    LIBRARIES,
    MAX_RECIPE,
    MAX_TEXT,
    MAX_WHOLE,
    Recipe,
    check,
    dumps,
    facts,
    hash_output,
    loads,
    make,
    versions,
)

__all__ = ["FIELDS", "LIBRARIES", "MAX_LINK", "MAX_RECIPE", "MAX_TEXT", "MAX_WHOLE", "Comparison", "Recipe"]
__all__ += ["check", "compare", "differences", "dumps", "embed", "embed_bytes", "facts", "from_link", "hash_output"]
__all__ += ["loads", "make", "parse_parameters", "png", "read", "read_bytes", "to_link", "versions", "write_json"]
__all__ += ["write_parameters", "write_png", "write_text"]
