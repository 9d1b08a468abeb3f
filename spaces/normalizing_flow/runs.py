"""What a click does: a digit goes through a flow and back, is weighed against real ones, warmed and cooled, and walks.

    *_, (view, recipe) = run(Reading.check({"drawing": "blank"}), threading.Event())

One function serves the page, the endpoint and Reproduce.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

from PIL import Image

from shared import recipe
from shared.core import loaders, registry
from shared.media import paths, pictures, sheets

from .request import ANY, Reading

TAB = "normalizing_flow"
LIBRARIES = ("torch", "numpy", "pillow")
EACH = 10  # pictures in a row: samples, steps of the walk, temperatures
HOTTEST = 1.8  # of the last row; its sixth picture, at 1, is the digit itself
SCALE = 3  # pixels of the saved sheet for each of a picture
FAR = 3.0  # of z, in standard deviations: what is beyond has the colour of this


def run(asked: Reading, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields ({"message"}, None) while the model is fetched, then (view, recipe). Errors: UserError."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    import torch

    with loaders.use(asked.model) as loaded, torch.inference_mode():
        start = time.monotonic()
        view, sheet = read(loaded.model, asked)
        settings = asked.settings()
        made = recipe.make(TAB, loaded, settings, sheet, time.monotonic() - start, libraries=LIBRARIES)
    notices = dict.fromkeys(filter(None, [loaded.notice, getattr(asked.drawing, "notice", "")]))
    view |= {
        "message": " ".join(notices),
        "model": loaded.spec.name,
        "title": loaded.spec.title,
        "real": known(asked.model),
        "png": sheets.png_url(large(sheet), made if asked.embed else None),
    }
    yield view, made


def read(model, asked: Reading) -> tuple[dict[str, Any], Image.Image]:
    """-> (view without model and file, the three rows as one picture, a pixel for a pixel)."""
    import torch

    from shared.evaluation.flows import noise_of_one
    from shared.models.flow import bits_per_dimension, dequantised, quantised

    picture = digit_of(model, asked)  # (1, 1, 28, 28)
    x = dequantised(picture, noise_of_one(0))  # always the same: what is said of a picture must not move with the seed
    by_class = model.by_class(x)[0]
    log_prob = by_class.logsumexp(0)
    told = by_class.argmax()[None] if model.conditional else None
    z, _ = model(x, told)
    back = model.inverse(z, told)
    rows = [samples(model, asked), walk(model, asked, z[0], told), heated(model, z[0], told)]
    view = {
        "digit": pictures.data_url(picture[0, 0].numpy()),
        "z": sheets.png_url(coloured(z)),
        "z_mean": round(z.mean().item(), 3),
        "z_deviation": round(z.std().item(), 3),
        "error": float(f"{(back - x).abs().max().item():.2g}"),
        "same": bool((quantised(back) == picture).all()),
        "bits": round(bits_per_dimension(log_prob).item(), 3),
        "log_prob": round(log_prob.item(), 1),
        "classes": [round(chance, 4) for chance in by_class.softmax(0).tolist()] if model.conditional else [],
        "rows": [sheets.png_url(sheets.strip(row, scale=1, gap=0)) for row in rows],
        "each": EACH,
        "hottest": HOTTEST,
        "temperature": asked.temperature,
    }
    return view, sheets.grid(torch.cat(rows), EACH, scale=1, gap=1)


def digit_of(model, asked: Reading):
    """The drawing, or the sample of the seed: (1, 1, 28, 28) in [0, 1], whole grey levels."""
    import torch

    pixels = asked.drawing.pixels(asked.seed) if asked.drawing else None  # type: ignore[attr-defined]
    if pixels is not None:
        return torch.from_numpy(pixels)[None, None]
    return model.sample(1, asked.seed, chosen(asked), asked.temperature)


def chosen(asked: Reading) -> int | None:
    return None if asked.digit == ANY else int(asked.digit)


# ---- the three rows ------------------------------------------------------------------------------------------------


def samples(model, asked: Reading):
    """Of the seeds after the drawing's; of "any", one of each digit where the model knows them."""
    import torch

    seeds = range(asked.seed + 1, asked.seed + 1 + EACH)
    labels = model.labels(seeds, chosen(asked))
    if labels is not None and asked.digit == ANY:
        labels = torch.arange(EACH)
    return model.decode(model.latents(seeds, asked.temperature), labels)


def walk(model, asked: Reading, z, told):
    """From the digit to the last of the samples, evenly, on an arc."""
    import torch

    last = asked.seed + EACH
    end = model.latents([last], asked.temperature)[0]
    steps = [i / (EACH - 1) for i in range(EACH)]
    way = torch.stack([paths.slerp(z, end, t) for t in steps])
    if told is None:
        return model.decode(way)
    labels = model.labels([last], chosen(asked)) if asked.digit != ANY else torch.tensor([EACH - 1])
    share = torch.tensor(steps)[:, None]
    ends = torch.nn.functional.one_hot(torch.cat([told, labels]), 10).float()
    return model.decode(way, (1 - share) * ends[0] + share * ends[1])


def heated(model, z, told):
    """The digit's own z, times 0 to HOTTEST."""
    import torch

    heats = torch.linspace(0, HOTTEST, EACH)[:, None]
    return model.decode(heats * z, None if told is None else told.expand(EACH))


# ---- what is shown -------------------------------------------------------------------------------------------------


def coloured(z) -> Image.Image:
    """z (1, 784) as 28x28 points: teal above 0, orange below, white at 0."""
    import numpy as np

    share = (z.view(28, 28).numpy() / FAR).clip(-1, 1)[..., None]
    teal, orange = np.float32([13, 116, 110]) / 255, np.float32([217, 119, 6]) / 255
    mixed = 1 - np.abs(share) * (1 - np.where(share > 0, teal, orange))
    return Image.fromarray(np.rint(255 * mixed).astype(np.uint8))


def known(name: str) -> dict[str, Any]:
    """What was measured of real digits: {"bits_of_real", "bits_of_blank", "bits_of_noise", "bits"}, or {}."""
    keys = ("bits", "bits_of_real", "bits_of_blank", "bits_of_noise")
    return {key: value for key, value in registry.scores(name).items() if key in keys}


def less_likely(bits: float, of_real: list[float]) -> float:
    """The share of real digits that have more bits, from the bits at 0, 1, ... 100 % of them."""
    import numpy as np

    return float(1 - np.interp(bits, of_real, np.linspace(0, 1, len(of_real))))


def large(sheet: Image.Image) -> Image.Image:
    return sheet.resize((SCALE * sheet.width, SCALE * sheet.height), Image.Resampling.NEAREST)


# ---- the plane -----------------------------------------------------------------------------------------------------

PLANE = "moons-flow"
LINES, REACH, CLOUD = 25, 3.0, 300


def plane() -> dict[str, Any]:
    """The grid and a cloud of normal points, at the start and after each coupling of the flow of two dimensions:
    {"lines": a side, "layers": [[x, y, x, y, ...] of the grid by rows, then of the cloud]}."""
    import torch

    from shared.models.digits import noise

    with loaders.use(PLANE) as loaded, torch.inference_mode():
        side = torch.linspace(-REACH, REACH, LINES)
        grid = torch.stack(torch.meshgrid(side, side, indexing="xy"), 2).view(-1, 2)
        layers = loaded.model.layers(torch.cat([grid, noise(range(CLOUD), 2)]))
        return {"lines": LINES, "layers": [[round(x, 2) for x in layer.flatten().tolist()] for layer in layers]}
