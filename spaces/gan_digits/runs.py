"""What the GAN tab makes: a grid, a walk, nudged digits, models side by side, digits out of noise.

    for found, recipe in run(Grid.check({"n": 4}), stop):   # the recipe is None until everything is drawn
        ...

One function serves the page and Reproduce; `found` is {what: its view}. The views are plain JSON, drawn by the scripts
beside view.py; that of "diffusion" is a Film, see sections/diffusion.
"""

import base64
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.request import Request
from shared.media import films, paths, sheets

from .request import ANY, DIRECTIONS, MODEL, MOST_NUDGE, TAB, Compared, Denoising, Grid, Kept, Nudged, Walk
from .sections.diffusion import runs as diffusion

LIBRARIES = ("torch", "numpy", "pillow")
COMPARED = 10  # pictures of each model, side by side
STOPS = (-3, -2, -1, 0, 1, 2, 3)  # of the little pictures that show what a direction does
SCALE = 4  # a pixel of the model in a grid's PNG
FILM_SCALE, FPS = 8, 12


def run(asked: Request, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({what: view}, recipe). Errors: UserError."""
    match asked:
        case Grid():
            view, made, _ = grid(asked)
            yield {"grid": view}, made
        case Walk():
            view, made = filmed(asked)
            yield {"walk": view}, made
        case Nudged():
            view, made = directions(asked)
            yield {"directions": view}, made
        case Compared():
            for view, made in compare(asked, stop):
                yield {"compare": view}, made
        case Denoising():
            for film in diffusion.denoise(asked, stop):
                yield {"diffusion": film}, film.recipe if film.state == "done" else None


def conditional(model: str) -> bool:
    """Whether this model can be told which digit to draw. It is loaded for that, if it has to be. Errors: UserError."""
    with loaders.use(MODEL.check(model, "model")) as loaded:
        return loaded.model.conditional


# ---- drawing -------------------------------------------------------------------------------------------------------


def drawn(loaded: loaders.Loaded, seeds: Sequence[int], digits: Sequence[str], truncation: float):
    """The pictures of these seeds: float32 (n, 28, 28) in [0, 1], and the class of each, None where it has none.

    digits: for each seed, "any" or "0" to "9".
    """
    z, labels = starts(loaded, seeds, digits, truncation)
    images = loaded.model.decode(z, labels)[:, 0].numpy()
    return images, [None] * len(images) if labels is None else labels.tolist()


def starts(loaded: loaders.Loaded, seeds: Sequence[int], digits: Sequence[str], truncation: float):
    """Latents (n, latent_size) and labels (n,), or None of an unconditional model. Call it in inference mode."""
    import torch

    model = loaded.model
    if not model.conditional and any(digit != ANY for digit in digits):
        raise UserError(
            f"{loaded.spec.title} cannot be told which digit to draw: choose {ANY}, or a conditional model such as "
            f"{Grid.fields()['model'].default}."
        )
    z = model.latents(seeds, truncation)
    if not model.conditional:
        return z, None
    labels = [model.labels([seed], None if d == ANY else int(d)) for seed, d in zip(seeds, digits, strict=True)]
    return z, torch.cat(labels)


def _recipe(loaded, asked: Request, output, start: float) -> dict:
    return recipe.make(TAB, loaded, asked.settings(), output, time.monotonic() - start, libraries=LIBRARIES)


def _heading(loaded: loaders.Loaded) -> dict:
    return {"model": loaded.spec.name, "title": loaded.spec.title, "notice": loaded.notice}


def _tiles(seeds: Sequence[int], classes: Sequence[int | None]) -> list[dict]:
    return [{"seed": seed, "digit": digit} for seed, digit in zip(seeds, classes, strict=True)]


def sprite(images) -> str:
    """All pictures in one row, a pixel for a pixel, as an address; the page grows them."""
    return sheets.png_url(sheets.strip(images, scale=1, gap=0))


def grid(asked: Grid, kept: Kept | None = None):
    """-> view, recipe, PIL picture. kept: the two digits to show beside it; None: those that are there stay."""
    import torch

    with loaders.use(asked.model) as loaded, torch.inference_mode():
        start = time.monotonic()
        seeds = range(asked.seed, asked.seed + asked.n)
        images, classes = drawn(loaded, seeds, [asked.digit] * asked.n, asked.truncation)
        picture = sheets.grid(images, scale=SCALE)
        made = _recipe(loaded, asked, picture, start)
        view = _heading(loaded) | {
            "tiles": _tiles(seeds, classes),
            "sprite": sprite(images),
            "settings": asked.settings(),
            "conditional": loaded.model.conditional,
            "kept": kept and _kept(loaded, kept, asked.truncation),
        }
        return view, made, picture


def _kept(loaded: loaders.Loaded, kept: Kept, truncation: float) -> dict:
    """The two digits as this model draws them: {tiles, sprite}."""
    # The model may be another than the one they were kept from, and need not be one that can be told a digit.
    digits = kept.digits if loaded.model.conditional else (ANY, ANY)
    images, classes = drawn(loaded, kept.seeds, digits, truncation)
    return {"tiles": _tiles(kept.seeds, classes), "sprite": sprite(images)}


def png(picture, made: dict | None) -> bytes:
    """A grid as the bytes of a PNG file, with its recipe inside unless that is None."""
    packed = BytesIO()
    picture.save(packed, "PNG")
    return recipe.embed_bytes(packed.getvalue(), made)


def address(data: bytes, mime: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{mime};base64," + base64.b64encode(data).decode()


def walk(asked: Walk):
    """-> view, recipe, frames (n, 28, 28). A walk between two classes mixes what the model knows of each."""
    import torch

    n, path = asked.frames, paths.PATHS[asked.route]
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        start = time.monotonic()
        (a, b), labels = starts(loaded, asked.seeds, asked.digits, asked.truncation)
        times = [i / (n - 1) for i in range(n)]
        shares = None
        if labels is not None:
            ends = torch.nn.functional.one_hot(labels, 10).float()
            shares = torch.stack([paths.lerp(*ends, t) for t in times])
        frames = loaded.model.decode(torch.stack([path(a, b, t) for t in times]), shares)[:, 0].numpy()
        made = _recipe(loaded, asked, sheets.strip(frames, scale=1, gap=0), start)
        view = _heading(loaded) | {
            "ends": _tiles(asked.seeds, [None, None] if labels is None else labels.tolist()),
            "frames": n,
            "route": asked.route,
            "sprite": sprite(frames),
        }
        return view, made, frames


def film(frames, kind: str, made: dict | None) -> bytes:
    """A walk as the bytes of a "gif" or an "mp4", with its recipe inside unless that is None."""
    write = {"gif": films.gif, "mp4": films.mp4}[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"walk.{kind}"
        write(path, frames, scale=FILM_SCALE, fps=FPS, recipe=made)
        return path.read_bytes()


def filmed(asked: Walk):
    """-> view with the GIF and the MP4, recipe."""
    view, made, frames = walk(asked)
    for kind, mime in (("gif", "image/gif"), ("mp4", "video/mp4")):
        view[kind] = address(film(frames, kind, made if asked.embed else None), mime)
    return view, made


def directions(asked: Nudged):
    """-> view, recipe. The digit kept last, moved along the principal directions of its model."""
    import torch

    from . import directions as gan_directions

    with loaders.use(asked.model) as loaded, torch.inference_mode():
        found, start = gan_directions.directions(loaded, DIRECTIONS), time.monotonic()
        z, labels = starts(loaded, [asked.seed_to], [asked.digit_to], asked.truncation)
        moved = z[0] + torch.tensor(asked.nudges) @ found.vectors
        # The digit, the nudged digit, and for each direction what it would be at each stop, all else as it is.
        all_z = [z[0], moved]
        for nudge, vector in zip(asked.nudges, found.vectors, strict=True):
            all_z += [moved + (stop - nudge) * vector for stop in STOPS]
        images = loaded.model.decode(torch.stack(all_z), None if labels is None else labels.expand(len(all_z)))
        images = images[:, 0].numpy()
        made = _recipe(loaded, asked, sheets.grid(images[1:2], scale=SCALE), start)
        view = _heading(loaded) | {
            "seed": asked.seed_to,
            "digit": None if labels is None else int(labels[0]),
            "stops": list(STOPS),
            "most": MOST_NUDGE,
            "nudges": asked.nudges,
            "shares": [round(share, 4) for share in found.shares],
            "sprite": sprite(images),
        }
        return view, made


# ---- models side by side -------------------------------------------------------------------------------------------


def compare(asked: Compared, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) as each model is done and (view, recipe) at the end, unless one of them failed."""
    import torch

    start, rows = time.monotonic(), [_row(registry.spec(name)) for name in asked.models]
    view, used, pictures = {"rows": rows, "floor": floor(), "seed": asked.seed}, [], []
    yield view, None
    seeds = range(asked.seed, asked.seed + COMPARED)
    for row in rows:
        if stop.is_set():
            return
        try:
            with loaders.use(row["model"]) as loaded, torch.inference_mode():
                digit = asked.digit if loaded.model.conditional else ANY
                images, classes = drawn(loaded, seeds, [digit] * COMPARED, asked.truncation)
        except UserError as error:  # one that does not fit into memory leaves the others
            row["notice"] = str(error)
        else:
            row |= {"sprite": sprite(images), "tiles": _tiles(seeds, classes), "notice": loaded.notice}
            pictures.append(sheets.strip(images, scale=1, gap=0))
            used.append(recipe.facts(loaded))
        yield view, _recipe(used, asked, pictures, start) if len(used) == len(rows) else None


def _row(spec: registry.ModelSpec) -> dict:
    family = spec.task.removeprefix("digit-")
    return {
        "model": spec.name,
        "title": spec.title,
        "family": family,
        "scores": scores(spec.name),
        "sprite": "",
        "notice": "",
    }


SHOWN = ("frechet", "inception_score", "smallest_class")


def scores(name: str) -> dict:
    """{frechet, inception_score, smallest_class}: those that were measured of a model."""
    return {key: value for key, value in registry.scores(name).items() if key in SHOWN}


def floor() -> dict:
    """The same of real digits: what a perfect model would score."""
    return scores("digit-judge")
