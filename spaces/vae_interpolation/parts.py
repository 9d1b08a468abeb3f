"""What can be looked at beside the interpolation: the posterior of a digit, several models on one digit, arithmetic,
single latents. Plain data, no HTML; html.py and the scripts show it. Errors: UserError.
"""

import functools

import numpy as np

from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.page import sentences

from . import runs
from .ends import LATENTS, MOST_LATENTS, End, write_latents
from .request import TASK, Arithmetic, Reading

DRAWS, CLOUD = 10, 300  # samples of a posterior that are decoded, and that are drawn as dots
SHOWN_LATENTS = 24  # bars and sliders; a ladder has hundreds, most of which carry almost nothing
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)  # of arithmetic: c + t (a - b)


# ---- one digit through one model -----------------------------------------------------------------------------------


def encode(asked: Reading) -> dict:
    """What a VAE makes of a digit, all of it numbers and pictures:

    picture, reconstruction (28, 28) in [0, 1]; mean, log_variance, kl (latent_size,); bce in nats; notice.
    """
    import torch

    (end,) = asked.digits
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        notice = " ".join(filter(None, (loaded.notice, end.notice)))
        return encoded(loaded, picture_of(end, loaded.model)) | {"notice": notice}


def picture_of(end: End, model):
    """(1, 1, 28, 28): what is encoded. A sample is drawn by this model first."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(end.picture(model)))[None, None]


def encoded(loaded, picture) -> dict:
    import torch
    import torch.nn.functional as F

    model = loaded.model
    mean, log_variance = model.encode(picture)
    logits, kl = model(picture, torch.zeros_like(mean))  # at the mean of the posterior: no draw, always the same
    return {
        "model": loaded.spec.name,
        "title": loaded.spec.title,
        "picture": picture[0, 0].numpy(),
        "reconstruction": logits.sigmoid()[0, 0].numpy(),
        "mean": mean[0].numpy(),
        "log_variance": log_variance[0].numpy(),
        "kl": kl[0].numpy(),
        "bce": float(F.binary_cross_entropy_with_logits(logits, picture, reduction="sum")),
    }


def posterior(asked: Reading) -> dict:
    """`encode`, and draws: samples (DRAWS, 28, 28), cloud (CLOUD, 2) in the two latents `axes` that carry most."""
    import torch

    (end,) = asked.digits
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        model = loaded.model
        found = encoded(loaded, picture_of(end, model))
        noise = torch.randn(CLOUD, model.latent_size, generator=torch.Generator().manual_seed(0))
        mean, deviation = torch.from_numpy(found["mean"]), torch.from_numpy(found["log_variance"]).div(2).exp()
        z = mean + deviation * noise
        order = np.argsort(-found["kl"]).tolist()
        return found | {
            "samples": model.decode(z[:DRAWS])[:, 0].numpy(),
            "cloud": z[:, order[:2]].numpy(),
            "axes": order[:2],
            "deviation": deviation.numpy(),
            "order": order[:SHOWN_LATENTS],
        }


def compare(asked: Reading) -> list[dict]:
    """The same digit through every VAE: a list of `encoded`, or of {title, error} for one that cannot be loaded.

    The model that was asked draws the digit where it is a sample.
    """
    import torch

    (end,) = asked.digits
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        picture = picture_of(end, loaded.model)
    rows = []
    for name in registry.names(TASK):
        try:
            with loaders.use(name) as loaded, torch.inference_mode():
                rows.append(encoded(loaded, picture))
        except UserError as error:
            rows.append({"title": registry.spec(name).title, "error": sentences.told(error)})
    return rows


# ---- arithmetic ----------------------------------------------------------------------------------------------------


def arithmetic(asked: Arithmetic) -> dict:
    """a - b + c in latent space: the three digits as the model sees them, and c + t (a - b) for t in STEPS.

    -> digits (3, 28, 28), results (len(STEPS), 28, 28), latents: the text of c + a - b
    """
    import torch

    with loaders.use(asked.model) as loaded, torch.inference_mode():
        a, b, c = (end.latents(loaded.model) for end in asked.digits)
        z = torch.stack([c + t * (a - b) for t in STEPS])
        return {
            "title": loaded.spec.title,
            "digits": loaded.model.decode(torch.stack([a, b, c]))[:, 0].numpy(),
            "results": loaded.model.decode(z)[:, 0].numpy(),
            "latents": write_latents((c + a - b).tolist()),
            "notice": " ".join(dict.fromkeys(filter(None, (end.notice for end in asked.digits)))),
        }


# ---- single latents ------------------------------------------------------------------------------------------------


def kl_per_dimension(loaded) -> tuple[np.ndarray, bool]:
    """(latent_size,) in nats, and whether it was measured on held-out digits; else on digits of the model's own."""
    measured = registry.scores(loaded.spec.name).get("kl_per_dimension")
    if loaded.source == "bundled" and measured and len(measured) == loaded.model.latent_size:
        return np.array(measured, np.float32), True
    return _own_kl(loaded.spec.name, loaded.sha256), False


@functools.lru_cache(maxsize=16)
def _own_kl(name: str, sha256: str) -> np.ndarray:
    import torch

    from shared.models.vae import gaussian_kl

    with loaders.use(name) as loaded, torch.inference_mode():
        mean, log_variance = loaded.model.encode(loaded.model.sample(64))
        return gaussian_kl(mean, log_variance).mean(0).numpy()


def sliders(asked: Reading) -> dict:
    """For the script of the sliders: all latents of a digit, and which of them to show."""
    import torch

    (end,) = asked.digits
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        kl, measured = kl_per_dimension(loaded)
        numbers = [round(x, 3) for x in end.latents(loaded.model).tolist()]
        z = torch.tensor(numbers)  # what the browser has; Reset must come back to this very digit
        order = np.argsort(-kl, kind="stable")[:SHOWN_LATENTS].tolist()
        return {
            "model": asked.model,
            "title": loaded.spec.title,
            "z": numbers,
            "order": order,
            "kl": [round(float(kl[i]), 2) for i in order],
            "total": round(float(kl.sum()), 1),
            "measured": measured,
            "sprite": runs.sprite(loaded.model.decode(z[None])[:, 0].numpy()),
            "stops": _stops(loaded.model, z, order),
        }


def _stops(model, z, order) -> str:
    """For each slider the digit at its two ends, in one row: what it does can be seen before it is moved."""
    moved = z.repeat(2 * len(order), 1)
    for row, i in enumerate(order):
        moved[2 * row, i], moved[2 * row + 1, i] = -3, 3
    return runs.sprite(model.decode(moved)[:, 0].numpy())


def picture(asked: Reading) -> np.ndarray:
    """(28, 28): the digit, as the model draws it where it is none yet."""
    import torch

    (end,) = asked.digits
    with loaders.use(asked.model) as loaded, torch.inference_mode():
        return end.picture(loaded.model)


def decode(model, numbers) -> dict:
    """What the browser asks while a slider moves or a point of the map is clicked: {sprite} or {error}."""
    try:
        if not isinstance(numbers, list):
            raise UserError("The latents must be a list of numbers.")
        text = LATENTS + ",".join(map(str, numbers[: MOST_LATENTS + 1]))
        return {"sprite": runs.sprite(picture(Reading.check({"model": model, "image": text}))[None])}
    except UserError as error:
        return {"error": sentences.told(error)}
