"""A recipe in the address of the page itself: no server keeps anything, so nothing leaks between visitors."""

import base64
import re
import zlib
from urllib.parse import parse_qs, urlencode, urlsplit

from shared.core.errors import UserError
from shared.recipe import containers
from shared.recipe.record import MAX_RECIPE, Recipe, check, compact, loads

MAX_LINK = 6_000  # characters; servers and proxies refuse addresses of more than 8,000


def to_link(recipe: Recipe, base: str = "") -> str:
    """`BASE?tab=TAB&r=...`: tab, model, seed, settings and the output's hash in the address itself.

    Errors: UserError if it would be too long for an address.
    """
    recipe = check(recipe)
    kept: Recipe = {key: recipe[key] for key in ("tab", "model", "seed", "settings", "output_sha256") if key in recipe}
    packed = base64.urlsafe_b64encode(zlib.compress(compact(kept).encode("utf-8"), 9)).decode().rstrip("=")
    if len(packed) > MAX_LINK:
        raise UserError("These settings are too long for a link: use the recipe file.")
    return f"{base}?{urlencode({'tab': recipe['tab'], 'r': packed})}"


def from_link(value: str) -> Recipe:
    """The recipe in a link, or in the value of its `r` alone. Errors: UserError."""
    if not isinstance(value, str) or len(value) > 2 * MAX_LINK:
        raise UserError("This link is too long to carry a recipe.")
    if "=" in value:
        value = parse_qs(urlsplit(value).query).get("r", [""])[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        raise UserError("This link is damaged: it carries no readable recipe.")
    try:
        packed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return loads(containers.inflate(packed, MAX_RECIPE).decode("utf-8"))
    except ValueError:  # base64 of an impossible length, or not UTF-8
        raise UserError("This link is damaged: it carries no readable recipe.") from None
