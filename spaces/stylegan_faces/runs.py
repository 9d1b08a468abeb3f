"""What a click does: a grid of mixtures, the first face from one end of a direction to the other, and two walks.

    *_, (view, recipe) = run(Mixing.check({"cut": 3}), threading.Event())

One function serves the page, the endpoint and Reproduce. For a face of the visitor's own a style is looked for first,
which takes the place of the first row's.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from shared import recipe
from shared.core import loaders
from shared.media import sheets

from .request import DIRECTIONS, LAYERS, NONE, OWN, SIDE, Mixing, unpack

TAB = "stylegan_faces"
LIBRARIES = ("torch", "numpy", "pillow")
JUDGE = "emoji-classifier"
ROWS, COLUMNS = 4, 6
APART = 1000  # a column's seed is that of a row plus this
STEPS = 7  # pictures in each strip below the grid
REACH = 2.0  # of the strip of a direction: from -2 to 2 standard deviations
SEARCH = 100  # steps of the search for a style
GAP = 2  # pixels between pictures


def run(asked: Mixing, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({"message"}, None) while the model is fetched, ({"looking", "of", "sought", "found"}, None) during a
    search, then (view, recipe). Errors: UserError."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    with loaders.use(asked.model) as loaded:
        start, found = time.monotonic(), None
        for found in search(loaded, asked.face):
            if stop.is_set():
                return
            if found["looking"] < found["of"]:
                yield {key: found[key] for key in ("looking", "of", "sought", "found")}, None
        sheet, strips, grown, share = draw(loaded.model, asked, loaded.sha256, found["ws"] if found else None)
        made = recipe.make(TAB, loaded, asked.settings(), sheet, time.monotonic() - start, libraries=LIBRARIES)
    yield (
        {
            "message": loaded.notice,
            "model": loaded.spec.name,
            "title": loaded.spec.title,
            "png": sheets.png_url(sheet, made if asked.embed else None),
            "rows": ROWS,
            "columns": COLUMNS,
            "cut": asked.cut,
            "layers": LAYERS,
            "psi": asked.psi,
            "grown": sheets.png_url(grown),
            "strips": [sheets.png_url(strip) for strip in strips],
            "steps": STEPS,
            "reach": REACH,
            "direction": asked.direction,
            "share": round(share, 3),
            "sought": found["sought"] if found else "",
            "found": found["found"] if found else "",
            "error": found["error"] if found else 0.0,
        },
        made,
    )


# ---- the grid ------------------------------------------------------------------------------------------------------


def draw(model, asked: Mixing, sha256: str, own_ws=None) -> tuple[Image.Image, list[Image.Image], Image.Image, float]:
    """-> the grid with its sources above and beside it; the strips of the direction, of a walk in w from the first
    row's face to the second's, and, where the first has a latent, of one in z; the sources at every size that the
    network draws on its way; the direction's share of the variance.
    """
    import torch

    from shared.engines import styles

    found = parts_of(model, sha256)
    rows = [asked.seed + i for i in range(ROWS)]
    columns = [asked.seed + APART + i for i in range(COLUMNS)]
    with torch.inference_mode():
        ws = model.every_layer(model.style(model.latents(rows + columns), psi=asked.psi))
        if own_ws is not None:
            ws = torch.cat([own_ws, ws[1:]])
        which = DIRECTIONS.index(asked.direction)
        pushed = styles.moved(ws, found, which, asked.far)
        ways = torch.linspace(-REACH, REACH, STEPS)[:, None, None] * found.widths[which] * found.axes[which]
        shares = torch.linspace(0, 1, STEPS)[:, None, None]
        strips = [ws[:1] + ways, torch.lerp(ws[:1], ws[1:2], shares)]
        if own_ws is None:
            strips.append(model.every_layer(styles.walks(model, *rows[:2], STEPS, asked.psi)[1]))
        mixed = styles.mixtures(model, pushed[:ROWS], pushed[ROWS:], asked.cut)
        seeds = [a * 65_537 + b for a in rows for b in columns]  # a seed of its own for the noise of each mixture
        seeds = rows + columns + seeds + rows[:1] * STEPS * len(strips)
        pictures = pixels(model, torch.cat([pushed, mixed, *strips]), noise_of(model, asked.noise, seeds))
        grown = stages(model, pushed[:STEPS], noise_of(model, asked.noise, seeds[:STEPS]))
    own, side = pictures[: ROWS + COLUMNS], pictures.shape[1]
    blank = np.full((1, side, side, 3), sheets.PAPER, np.uint8)
    table = [blank, own[ROWS:]]
    for i in range(ROWS):
        table += [own[i : i + 1], pictures[ROWS + COLUMNS + i * COLUMNS :][:COLUMNS]]
    sheet = tiled(np.concatenate(table), COLUMNS + 1)
    below = np.split(pictures[-STEPS * len(strips) :], len(strips))
    return sheet, [tiled(strip, STEPS) for strip in below], grown, found.shares[which].item()


def stages(model, ws, noise) -> Image.Image:
    """A row for each size from 4x4 on: what the layers so far say in RGB, each pixel as a square."""
    rows = [(255 * model.draw(ws, noise, level)).round().byte() for level in range(model.generator.levels)]
    squares = [row.repeat_interleave(model.size // row.shape[3], 2) for row in rows]
    squares = [row.repeat_interleave(model.size // row.shape[3], 3) for row in squares]
    return tiled(np.concatenate([row.permute(0, 2, 3, 1).numpy() for row in squares]), len(ws))


def noise_of(model, kind: str, seeds: list[int]):
    """The noise of each layer, as `model.draw` takes it."""
    if kind == OWN:
        return model.noise_of(seeds)
    return model.no_noise() if kind == NONE else None


def pixels(model, ws, noise=None, at_once: int = 16) -> np.ndarray:
    """ws (n, layers, w_size) -> uint8 (n, SIDE, SIDE, 3)"""
    parts = []
    for i in range(0, len(ws), at_once):
        of = [None if one is None else one[i : i + at_once] for one in noise] if noise else None
        parts.append(enlarged(model.draw(ws[i : i + at_once], of)))
    return np.concatenate(parts)


def enlarged(pictures) -> np.ndarray:
    """(n, 3, h, h) in [0, 1] -> uint8 (n, SIDE, SIDE, 3), smoothly."""
    from torch.nn.functional import interpolate

    large = interpolate(pictures, (SIDE, SIDE), mode="bicubic", align_corners=False).clamp(0, 1)
    return (255 * large).round().byte().permute(0, 2, 3, 1).numpy()


def tiled(pictures: np.ndarray, columns: int) -> Image.Image:
    """(n, h, w, 3) -> rows of `columns`, white between them."""
    n, h, w, _ = pictures.shape
    rows = -(-n // columns)
    sheet = np.full((rows * (h + GAP) - GAP, columns * (w + GAP) - GAP, 3), sheets.PAPER, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (h + GAP), i % columns * (w + GAP)
        sheet[top : top + h, left : left + w] = picture
    return Image.fromarray(sheet)


_known: dict[str, Any] = {}  # sha256 of the weights -> their components; a few kilobytes each


def parts_of(model, sha256: str):
    """The principal components of a model's styles, computed once."""
    from shared.engines import styles

    if sha256 not in _known:
        _known[sha256] = styles.components(model, len(DIRECTIONS))
    return _known[sha256]


# ---- a face of the visitor's own -----------------------------------------------------------------------------------

_found: "OrderedDict[tuple[str, str], dict[str, Any]]" = OrderedDict()  # what was looked for last
KEPT = 64


def search(loaded, face: str) -> Iterator[dict[str, Any]]:
    """For a packed face {"looking": step, "of", "sought" and "found": addresses of pictures, "error", "ws"}, again and
    again, the closest so far; one that was found before is there at once. Nothing for no face."""
    if not face:
        return
    key = loaded.sha256, face
    if key in _found:
        _found.move_to_end(key)
        yield _found[key]
        return
    import torch

    from shared.engines import styles
    from shared.models.emoji_classifier import sized

    picture = unpack(face)
    target = torch.from_numpy(np.asarray(picture, np.float32) / 255).permute(2, 0, 1)
    target = torch.nn.functional.adaptive_avg_pool2d(target, loaded.model.size)
    sought = sheets.png_url(picture)
    with loaders.use(JUDGE) as judge:
        steps = styles.search(loaded.model, target, lambda drawn: judge.model(sized(drawn))[2], SEARCH)
        yield from told(steps, key, sought)


def told(steps, key: tuple[str, str], sought: str) -> Iterator[dict[str, Any]]:
    """What is seen of the steps of a search; the last is kept."""
    for one in steps:
        drawn = Image.fromarray(enlarged(one.picture)[0])
        made = {"looking": one.step, "of": one.of, "sought": sought, "found": sheets.png_url(drawn)}
        made |= {"error": one.error, "ws": one.ws}
        if one.step == one.of:
            _found[key] = made
            while len(_found) > KEPT:
                _found.popitem(last=False)
        yield made
