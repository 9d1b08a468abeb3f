"""What the GAN tab makes: a grid, a walk, nudged digits, models side by side; each with its view and its recipe.

    settings = {"what": "grid", "model": "cgan-mnist", "digit": "any", "n": 16, "truncation": 1.0, "seed": 0}
    for views, recipe in run(settings):   # recipe is None until everything is drawn
        ...

One function serves the page, the endpoints and Reproduce. `what` says which of the four it is, and a recipe holds only
the settings of that one. A digit is named by its seed and its class: "any" is the class that the seed draws, or what
an unconditional model makes of it. The views are plain JSON, drawn by the scripts beside gan_view.py.
"""

import base64
import secrets
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from shared import recipe
from shared.core import registry
from shared.core.asked import number, whole
from shared.core.errors import UserError
from shared.media import paths, sheets

TAB = "gan_digits"
TASK = "digit-gan"
FAMILIES = ("digit-gan", "digit-vae", "digit-diffusion")  # what can be compared
LIBRARIES = ("torch", "numpy", "pillow")

ANY = "any"
DIGITS = (ANY, *map(str, range(10)))
MOST, MOST_FRAMES, MOST_MODELS = 100, 120, 8
MOST_TRUNCATION = 1.5
MOST_SEED = recipe.MAX_WHOLE - MOST
ANY_SEED = -1  # a new one
COMPARED = 10  # pictures of each model, side by side

DIRECTIONS = 6
NUDGES = tuple(f"pc{i + 1}" for i in range(DIRECTIONS))
MOST_NUDGE = 4  # standard deviations of a latent
STOPS = (-3, -2, -1, 0, 1, 2, 3)  # of the little pictures that show what a direction does

SCALE = 4  # a pixel of the model in a grid's PNG
FILM_SCALE, FPS = 8, 12

DEFAULTS = {
    "what": "grid",
    "model": "cgan-mnist",
    "digit": ANY,
    "n": 16,
    "truncation": 1.0,
    "seed": 0,
    "seed_from": 0,
    "digit_from": ANY,
    "seed_to": 1,
    "digit_to": ANY,
    "frames": 24,
    "route": "slerp",  # called path by the endpoint; gradio_client takes every dict with a "path" for a file
    **dict.fromkeys(NUDGES, 0.0),
    "models": ["cgan-mnist", "gan-mnist", "conv-vae-mnist", "ddpm-mnist"],
}
SETTINGS = tuple(DEFAULTS)
VIEWS = ("grid", "walk", "directions", "compare")
USED = {  # by `what`: the settings that its recipe holds
    "grid": ("what", "model", "digit", "n", "truncation", "seed"),
    "walk": ("what", "model", "truncation", "seed_from", "digit_from", "seed_to", "digit_to", "frames", "route"),
    "directions": ("what", "model", "truncation", "seed_to", "digit_to", *NUDGES),
    "compare": ("what", "models", "digit", "truncation", "seed"),
}


# ---- settings ------------------------------------------------------------------------------------------------------


def checked(settings: dict) -> dict:
    """The settings that `what` uses, whole and of the right types. Errors: UserError with one sentence."""
    given = DEFAULTS | settings
    if given["what"] not in USED:
        raise UserError(f"This tab makes one of {', '.join(USED)}, not “{str(given['what'])[:40]}”.")
    return {name: JUDGES[name](given[name]) for name in USED[given["what"]]}


def _model(value) -> str:
    known = registry.names(TASK)
    if value not in known:
        raise UserError(f"There is no GAN of digits called “{str(value)[:40]}”; there are: {', '.join(known)}.")
    return value


def _models(value) -> list[str]:
    known = [name for task in FAMILIES for name in registry.names(task)]
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MOST_MODELS or len(set(value)) < len(value):
        raise UserError(f"Choose from 1 to {MOST_MODELS} different models to compare.")
    for name in value:
        if name not in known:
            raise UserError(f"There is no model of digits called “{str(name)[:40]}”; there are: {', '.join(known)}.")
    return list(value)


def _digit(value) -> str:
    digit = str(int(value)) if isinstance(value, float) and value in range(10) else str(value).strip().lower()
    if isinstance(value, bool) or digit not in DIGITS:
        raise UserError(f"The digit must be {ANY}, or one from 0 to 9, not “{str(value)[:20]}”.")
    return digit


def _seed(value) -> int:
    if value == ANY_SEED and not isinstance(value, bool):
        return new_seed()
    return whole(value, "The seed", 0, MOST_SEED)


def new_seed() -> int:
    return secrets.randbelow(100_000)


def _route(value) -> str:
    if value not in paths.PATHS:
        raise UserError(f"The path must be {' or '.join(paths.PATHS)}, not “{str(value)[:20]}”.")
    return value


JUDGES = {
    "what": str,
    "model": _model,
    "digit": _digit,
    "n": lambda value: whole(value, "How many", 1, MOST),
    "truncation": lambda value: number(value, "Truncation", 0, MOST_TRUNCATION),
    "seed": _seed,
    "seed_from": _seed,
    "digit_from": _digit,
    "seed_to": _seed,
    "digit_to": _digit,
    "frames": lambda value: whole(value, "The number of frames", 2, MOST_FRAMES),
    "route": _route,
    **{name: lambda value, name=name: number(value, name.upper(), -MOST_NUDGE, MOST_NUDGE) for name in NUDGES},
    "models": _models,
}


def conditional(model: str) -> bool:
    """Whether this model can be told which digit to draw. It is loaded for that, if it has to be."""
    from shared.core import loaders

    with loaders.use(_model(model)) as loaded:
        return loaded.model.conditional


# ---- drawing -------------------------------------------------------------------------------------------------------


def run(settings: dict) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({what: view}, recipe); the recipe is None until everything is drawn. Errors: UserError."""
    what = checked(settings)["what"]
    if what == "compare":
        for view, made in compare(settings):
            yield {what: view}, made
    elif what == "grid":
        view, made, _ = grid(settings, ends(settings))
        yield {what: view}, made
    else:
        view, made = {"walk": filmed, "directions": directions}[what](settings)
        yield {what: view}, made


def ends(settings: dict) -> list[dict]:
    """The two digits that are kept: A and B, each {seed, digit}."""
    given = DEFAULTS | settings
    return [{name: JUDGES[name](given[f"{name}_{end}"]) for name in ("seed", "digit")} for end in ("from", "to")]


def drawn(loaded, seeds, digits, truncation: float):
    """The pictures of these seeds: float32 (n, 28, 28) in [0, 1], and the class of each, None where it has none.

    digits: for each seed, "any" or "0" to "9".
    """
    z, labels = starts(loaded, seeds, digits, truncation)
    images = loaded.model.decode(z, labels)[:, 0].numpy()
    return images, [None] * len(images) if labels is None else labels.tolist()


def starts(loaded, seeds, digits, truncation: float):
    """Latents (n, latent_size) and labels (n,), or None of an unconditional model. Call it in inference mode."""
    import torch

    model = loaded.model
    _refuse_digit(loaded, digits)
    z = model.latents(seeds, truncation)
    if not model.conditional:
        return z, None
    labels = [model.labels([seed], None if d == ANY else int(d)) for seed, d in zip(seeds, digits, strict=True)]
    return z, torch.cat(labels)


def _refuse_digit(loaded, digits) -> None:
    if not loaded.model.conditional and any(digit != ANY for digit in digits):
        raise UserError(
            f"{loaded.spec.title} cannot be told which digit to draw: choose {ANY}, or a conditional model such as "
            f"{DEFAULTS['model']}."
        )


def _made(loaded, settings: dict, output, start: float) -> dict:
    return recipe.make(TAB, loaded, settings, output, time.monotonic() - start, libraries=LIBRARIES)


def grid(settings: dict, kept: list[dict] = ()):
    """-> view, recipe, PIL picture. kept: the two digits to show beside it, [{seed, digit}, {seed, digit}]."""
    import torch

    from shared.core import loaders

    settings = checked(settings | {"what": "grid"})
    with loaders.use(settings["model"]) as loaded, torch.inference_mode():
        start = time.monotonic()
        seeds = range(settings["seed"], settings["seed"] + settings["n"])
        truncation = settings["truncation"]
        images, classes = drawn(loaded, seeds, [settings["digit"]] * len(seeds), truncation)
        picture = sheets.grid(images, scale=SCALE)
        made = _made(loaded, settings, picture, start)
        tiles = [{"seed": seed, "digit": digit} for seed, digit in zip(seeds, classes, strict=True)]
        view = _heading(loaded) | {
            "tiles": tiles,
            "sprite": sprite(images),
            "settings": settings,
            "conditional": loaded.model.conditional,
            "kept": _kept(loaded, kept, truncation),
        }
        return view, made, picture


def _heading(loaded) -> dict:
    return {"model": loaded.spec.name, "title": loaded.spec.title, "notice": loaded.notice}


def sprite(images) -> str:
    """All pictures in one row, a pixel for a pixel, as an address; the page grows them."""
    return sheets.png_url(sheets.strip(images, scale=1, gap=0))


def _kept(loaded, kept, truncation: float) -> dict | None:
    """The two digits as this model draws them: {tiles, sprite}."""
    if not kept:
        return None
    # The model may be another than the one they were kept from, and need not be one that can be told a digit.
    digits = [one["digit"] if loaded.model.conditional else ANY for one in kept]
    images, classes = drawn(loaded, [one["seed"] for one in kept], digits, truncation)
    tiles = [{"seed": one["seed"], "digit": digit} for one, digit in zip(kept, classes, strict=True)]
    return {"tiles": tiles, "sprite": sprite(images)}


def walk(settings: dict):
    """-> view, recipe, frames (n, 28, 28). A walk between two classes mixes what the model knows of each."""
    import torch

    from shared.core import loaders

    settings = checked(settings | {"what": "walk"})
    n, path = settings["frames"], paths.PATHS[settings["route"]]
    with loaders.use(settings["model"]) as loaded, torch.inference_mode():
        start = time.monotonic()
        seeds, digits = (tuple(settings[f"{what}_{end}"] for end in ("from", "to")) for what in ("seed", "digit"))
        (a, b), labels = starts(loaded, seeds, digits, settings["truncation"])
        times = [i / (n - 1) for i in range(n)]
        shares = None
        if labels is not None:
            ends = torch.nn.functional.one_hot(labels, 10).float()
            shares = torch.stack([paths.lerp(*ends, t) for t in times])
        frames = loaded.model.decode(torch.stack([path(a, b, t) for t in times]), shares)[:, 0].numpy()
        made = _made(loaded, settings, sheets.strip(frames, scale=1, gap=0), start)
        ends = [{"seed": seed, "digit": None if labels is None else int(labels[i])} for i, seed in enumerate(seeds)]
        view = _heading(loaded) | {
            "ends": ends,
            "frames": n,
            "route": settings["route"],
            "sprite": sprite(frames),
        }
        return view, made, frames


def film(frames, kind: str, made: dict | None) -> bytes:
    """A walk as the bytes of a "gif" or an "mp4", with its recipe inside unless that is None."""
    write = {"gif": sheets.gif, "mp4": sheets.mp4}[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"walk.{kind}"
        write(path, frames, scale=FILM_SCALE, fps=FPS, recipe=made)
        return path.read_bytes()


def filmed(settings: dict, embed: bool = True):
    """-> view with the GIF and the MP4, recipe. embed: whether the recipe goes into the files."""
    view, made, frames = walk(settings)
    for kind, mime in (("gif", "image/gif"), ("mp4", "video/mp4")):
        view[kind] = address(film(frames, kind, made if embed else None), mime)
    return view, made


def png(picture, made: dict | None) -> bytes:
    """A grid as the bytes of a PNG file, with its recipe inside unless that is None."""
    packed = BytesIO()
    picture.save(packed, "PNG")
    return recipe.embed_bytes(packed.getvalue(), made)


def address(data: bytes, mime: str) -> str:
    """Bytes as an address that holds them."""
    return f"data:{mime};base64," + base64.b64encode(data).decode()


def directions(settings: dict):
    """-> view, recipe. The digit kept last, moved along the principal directions of its model."""
    import torch

    from shared.core import loaders

    from . import directions as gan_directions

    settings = checked(settings | {"what": "directions"})
    nudges = [settings[name] for name in NUDGES]
    with loaders.use(settings["model"]) as loaded, torch.inference_mode():
        found, start = gan_directions.directions(loaded, DIRECTIONS), time.monotonic()
        z, labels = starts(loaded, [settings["seed_to"]], [settings["digit_to"]], settings["truncation"])
        moved = z[0] + torch.tensor(nudges) @ found.vectors
        # The digit, the nudged digit, and for each direction what it would be at each stop, all else as it is.
        all_z = [z[0], moved]
        for nudge, vector in zip(nudges, found.vectors, strict=True):
            all_z += [moved + (stop - nudge) * vector for stop in STOPS]
        images = loaded.model.decode(torch.stack(all_z), None if labels is None else labels.expand(len(all_z)))
        images = images[:, 0].numpy()
        made = _made(loaded, settings, sheets.grid(images[1:2], scale=SCALE), start)
        view = _heading(loaded) | {
            "seed": settings["seed_to"],
            "digit": None if labels is None else int(labels[0]),
            "stops": list(STOPS),
            "most": MOST_NUDGE,
            "nudges": nudges,
            "shares": [round(share, 4) for share in found.shares],
            "sprite": sprite(images),
        }
        return view, made


def compare(settings: dict) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) as each model is done and (view, recipe) at the end."""
    import torch

    from shared.core import loaders

    settings, start = checked(settings | {"what": "compare"}), time.monotonic()
    rows = [
        {
            "model": name,
            "title": registry.spec(name).title,
            "family": registry.spec(name).task.removeprefix("digit-"),
            "scores": scores(name),
            "sprite": "",
            "notice": "",
        }
        for name in settings["models"]
    ]
    view, used, pictures = {"rows": rows, "floor": floor(), "seed": settings["seed"]}, [], []
    yield view, None
    seeds = range(settings["seed"], settings["seed"] + COMPARED)
    for row in rows:
        try:
            with loaders.use(row["model"]) as loaded, torch.inference_mode():
                digit = settings["digit"] if loaded.model.conditional else ANY
                images, classes = drawn(loaded, seeds, [digit] * COMPARED, settings["truncation"])
        except UserError as error:  # one that does not fit into memory leaves the others
            row["notice"] = str(error)
        else:
            row["sprite"] = sprite(images)
            row["tiles"] = [{"seed": s, "digit": d} for s, d in zip(seeds, classes, strict=True)]
            row["notice"] = loaded.notice
            pictures.append(sheets.strip(images, scale=1, gap=0))
            used.append(recipe.facts(loaded))
        made = None
        if len(used) == len(rows):
            made = recipe.make(TAB, used, settings, pictures, time.monotonic() - start, libraries=LIBRARIES)
        yield view, made


SHOWN = ("frechet", "inception_score", "smallest_class")


def scores(name: str) -> dict:
    """{frechet, inception_score, smallest_class}: those that were measured of a model."""
    return {key: value for key, value in registry.scores(name).items() if key in SHOWN}


def floor() -> dict:
    """The same of real digits: what a perfect model would score."""
    return {key: value for key, value in registry.scores("digit-judge").items() if key in SHOWN}
