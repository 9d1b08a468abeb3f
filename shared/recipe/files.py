"""Files that carry a recipe: read from, or written with it."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from shared.core.errors import UserError
from shared.recipe import comfy, containers, others
from shared.recipe.parameters import write_parameters
from shared.recipe.record import Recipe, check, compact, dumps, loads

if TYPE_CHECKING:
    from PIL import Image

MAX_FILE = 10 * 1024 * 1024  # bytes of a file that is read for its recipe


def read(path: str | Path) -> Recipe:
    """The recipe that a file carries. A picture of another tool gives what its `parameters` text says.

    Errors: UserError for a file over 10 MB, of another kind, damaged, or without a recipe.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except (OSError, TypeError, ValueError):  # no path at all, or one with a NUL
        raise UserError("This file cannot be read.") from None
    if len(data) > MAX_FILE:
        raise UserError(f"This file is too large: recipes are read from files of up to {MAX_FILE >> 20} MB.")
    return read_bytes(data)


def read_bytes(data: bytes) -> Recipe:
    """`read` for a file that is in memory."""
    if not data:
        raise UserError("This file is empty.")
    if not containers.kind_of(data):
        raise UserError("This kind of file carries no recipe: drop a picture, MP4, WAV, HTML, text or JSON file.")
    found = containers.find(data)
    if "aigc_recipe" in found:
        return loads(found["aigc_recipe"]) if containers.kind_of(data) != "json" else _of_json(found["aigc_recipe"])
    if found.keys() - {"text", "exif"} or any(re.search(r"^Steps: *\d|^\{", one, re.M) for one in found.values()):
        return others.read(found)
    raise UserError("This file carries no recipe: it was made elsewhere, or with the recipe switched off.")


def _of_json(text: str) -> Recipe:
    """Our own file, or a workflow or settings of another tool."""
    try:
        return loads(text)
    except UserError:
        values = others.parsed(text)
        if settings := comfy.settings(values, {}) or others.of_json(values):
            return others.made(*settings)
        raise


def embed(path: str | Path, recipe: Recipe | None) -> None:
    """Write `recipe` into a finished PNG, GIF, MP4, WAV, HTML or text file, in place of an older one."""
    if recipe is not None:
        path = Path(path)
        path.write_bytes(embed_bytes(path.read_bytes(), recipe))


def embed_bytes(data: bytes, recipe: Recipe | None) -> bytes:
    """`embed` for a file that is in memory."""
    if recipe is None:
        return data
    recipe = check(recipe)
    return containers.put(data, compact(recipe), write_parameters(recipe))


def png(image: Image.Image, recipe: Recipe | None = None) -> bytes:
    """A PIL picture as a PNG file with its recipe and the `parameters` text of other tools; None: without."""
    packed = BytesIO()
    image.save(packed, "PNG")
    return embed_bytes(packed.getvalue(), recipe)


def write_png(path: str | Path, image: Image.Image, recipe: Recipe | None = None) -> None:
    """Save a PIL picture, see `png`."""
    Path(path).write_bytes(png(image, recipe))


def write_text(path: str | Path, text: str, recipe: Recipe | None = None) -> None:
    """Save a text as UTF-8, with the recipe behind a marker line unless it is None."""
    Path(path).write_bytes(embed_bytes(text.encode("utf-8"), recipe))


def write_json(path: str | Path, recipe: Recipe) -> None:
    Path(path).write_text(dumps(recipe) + "\n", encoding="utf-8")
