"""What a click does: every family draws the same digit; pairs for the blind test; all models at one place of the dial.

    *_, (view, recipe) = run(Round.check({"digit": "3"}), threading.Event())

A model that cannot be told the digit goes on drawing until the judge has read enough of it: the row says how many
seeds that took.
"""

import functools
import random
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.media import sheets

from .request import EACH, STARTERS, TAB, TRIES, Round

LIBRARIES = ("torch", "numpy", "pillow")
AT_ONCE = 40  # seeds that one who cannot be told the digit tries together
SCALE = 3  # pixels of the saved sheet for each of a picture
REAL = "real"
READING = "Looking through the training digits …"
LIKELIHOODS = (("bits", "bits"), ("nats", "iw_bound"))  # how a view calls it, key of scores.json


def run(asked: Round, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) as each model is done, then (view, recipe). Errors: UserError."""
    start, used, pictures = time.monotonic(), [], []
    if asked.nearest:
        yield {"message": READING}, None
        learned_from()
    rows = [described(registry.spec(name)) for name in asked.models]
    view = {"digit": int(asked.digit), "rows": [*sorted(rows, key=lambda row: row["year"]), real_row(asked)]}
    yield view, None
    for row in view["rows"][:-1]:
        if stop.is_set():
            return
        images, about, loaded = draw(row["model"], asked)
        row |= about
        pictures += list(images)
        used.append(recipe.facts(loaded))
        yield view, None
    sheet = sheets.grid(pictures or [np.zeros((28, 28))], EACH, SCALE)
    made = recipe.make(TAB, used, asked.settings(), sheet, time.monotonic() - start, libraries=LIBRARIES)
    view["png"] = sheets.png_url(sheet, made if asked.embed else None)
    yield view, made


def described(spec: registry.ModelSpec) -> dict[str, Any]:
    """What is known of a model before it draws."""
    scores = registry.scores(spec.name)
    year = re.search(r"\b(?:19|20)\d\d\b", spec.paper)
    return {
        "model": spec.name,
        "title": spec.title,
        "family": spec.task.removeprefix("digit-"),
        "year": int(year[0]) if year else 0,
        "paper": spec.paper,
        "frechet": scores.get("frechet"),
        "likelihood": {unit: scores[key] for unit, key in LIKELIHOODS if key in scores},
        "sprite": "",
    }


def real_row(asked: Round) -> dict[str, Any]:
    """Handwriting, to hold the others against."""
    from shared.data.digits import excerpt, unit

    images, labels = excerpt()
    of_digit = (labels == int(asked.digit)).nonzero()[:, 0]
    pictures = unit(images[of_digit[[(asked.seed + i) % len(of_digit) for i in range(EACH)]]])
    return {
        "model": REAL,
        "family": REAL,
        "year": 1998,
        "frechet": registry.scores("digit-judge").get("frechet"),
        "sprite": sprite(pictures),
        "confidence": confidence(pictures, asked),
    } | (nearest(pictures) if asked.nearest else {})


def draw(name: str, asked: Round) -> tuple[Any, dict[str, Any], loaders.Loaded]:
    """-> pictures (EACH, 28, 28), or none of one that could not, what the row says of them, the model."""
    import torch

    digit = int(asked.digit)
    with loaders.use(name) as loaded, torch.inference_mode():
        model = loaded.model
        model.decode(*starts(model, [asked.seed], digit))  # the first call of a network takes longer than the others
        begun = time.perf_counter()
        images, tried = told(model, asked.seed, digit) if model.conditional else found(model, asked.seed, digit)
        seconds = time.perf_counter() - begun
        about = {"parameters": parameters(model), "tried": tried, "told": model.conditional, "notice": loaded.notice}
        about["ms"] = round(1000 * seconds / EACH, 2)
        if len(images) < EACH:
            n = len(images)
            sentence = f"{loaded.spec.title} drew {n} times a {digit} in {TRIES} tries, too few to be shown."
            return [], about | {"notice": sentence, "confidence": None, "ms": None}, loaded
        about |= {"sprite": sprite(images), "confidence": confidence(images, asked)}
        about |= nearest(images) if asked.nearest else {}
        return images[:, 0].numpy(), about, loaded


def told(model, seed: int, digit: int):
    """-> pictures of a model that knows the digit, and how many seeds they took."""
    return model.decode(*starts(model, range(seed, seed + EACH), digit)), EACH


def found(model, seed: int, digit: int):
    """-> the first pictures in which the judge reads the digit, and how many seeds they took: TRIES at most."""
    import torch

    kept: list[Any] = []
    for first in range(0, TRIES, AT_ONCE):
        drawn = model.decode(*starts(model, range(seed + first, seed + first + AT_ONCE), digit))
        right = (read(drawn).argmax(1) == digit).nonzero()[:, 0].tolist()[: EACH - len(kept)]
        kept += [drawn[i] for i in right]
        if len(kept) == EACH:
            return torch.stack(kept), first + right[-1] + 1
    return kept, TRIES


@functools.cache
def learned_from():
    """The digits that all models here were trained on, uint8 (55000, 784). Errors: UserError."""
    from shared.data.digits import MNIST, read_digits

    found = read_digits()
    if found.source != MNIST:
        raise UserError(
            "The nearest training digits are looked for in MNIST, which comes from the Hub, and the Hub is not reached "
            "from here. Switch that off to compare without them."
        )
    return found.images.flatten(1)


def nearest(pictures) -> dict[str, Any]:
    """Of pictures (n, 1, 28, 28) in [0, 1]: the training digit nearest to each, by the square of the difference, as
    "near_sprite", and how far they are on average, "near": root mean square of a pixel."""
    import torch

    ours, learned = pictures.flatten(1), learned_from()
    parts = [torch.cdist(ours, part.float() / 255) for part in learned.split(5000)]
    found = learned[torch.cat(parts, 1).argmin(1)].float() / 255
    far = (ours - found).square().mean(1).sqrt()  # cdist's own rounding depends on the processor
    return {"near_sprite": sprite(found.view_as(pictures)), "near": round(far.mean().item(), 4)}


def starts(model, seeds, digit: int):
    return model.latents(seeds), model.labels(seeds, digit)


def parameters(model) -> int:
    """Of what draws; the other half of a GAN and of a VAE is for learning."""
    part = next((part for name in ("generator", "decoder") if (part := getattr(model, name, None))), model)
    return sum(parameter.numel() for parameter in part.parameters())


def read(images):
    """The judge's chances of the ten digits, (n, 10)."""
    from shared.evaluation.digits import judge

    return judge().judge(images)[0]


def confidence(images, asked: Round) -> float:
    """The judge's chance, on average, that it is the digit that was asked for."""
    return round(read(images)[:, int(asked.digit)].mean().item(), 4)


def sprite(images) -> str:
    return sheets.png_url(sheets.strip(images, scale=1, gap=0))


# ---- the blind test ------------------------------------------------------------------------------------------------

ROUNDS = 20  # pairs, after which the visitor's eye is compared with the Frechet distance


def blind(draw_of: random.Random | None = None, names: tuple[str, ...] = STARTERS) -> dict[str, Any]:
    """Pairs of one real and one generated digit, of the same class as the judge reads it:
    {"sprite", "rounds": [{model, title, family, real: which of the two}], "frechet": {model: of 10,000 samples}}."""
    import torch

    from shared.data.digits import excerpt, unit

    draw_of = draw_of or random.Random()
    real_images, labels = excerpt()
    rounds, pictures, taken = [], [], set()
    for name in names:
        count = ROUNDS // len(names) + (names.index(name) < ROUNDS % len(names))
        with loaders.use(name) as loaded, torch.inference_mode():
            first = draw_of.randrange(2**40)
            seeds = range(first, first + count)
            images = loaded.model.decode(loaded.model.latents(seeds), loaded.model.labels(seeds))
            for image, digit in zip(images, read(images).argmax(1).tolist(), strict=True):
                free = [i for i in (labels == digit).nonzero()[:, 0].tolist() if i not in taken]
                chosen = draw_of.choice(free)
                taken.add(chosen)
                about = {"model": name, "title": loaded.spec.title, "family": described(loaded.spec)["family"]}
                rounds.append(about | {"real": draw_of.randrange(2)})
                pictures.append((image[0], unit(real_images[chosen])[0]))
    order = draw_of.sample(range(len(rounds)), len(rounds))
    pairs = [pictures[i][::-1] if rounds[i]["real"] == 0 else pictures[i] for i in order]
    return {
        "sprite": sprite(torch.stack([one for pair in pairs for one in pair])),
        "rounds": [rounds[i] for i in order],
        "frechet": {name: registry.scores(name).get("frechet") for name in names},
    }


# ---- the dial ------------------------------------------------------------------------------------------------------

SHOWN = 8  # pictures of a model at a place of the dial
WRITERS = ("ngram-stories", "gpt2-stories")
OPENING = "Once upon a time there was a little robot who"
WRITTEN = 40  # tokens that go on from there


def dials(names: tuple[str, ...] = STARTERS) -> list[dict[str, Any]]:
    """The measured curves: [{model, title, family, knob, curve: [[setting, figure, diversity], ...], real}]. The figure
    is the judge's confidence, or, of a language model, the reader's bits per character; real: those of people."""
    from shared.evaluation.dial import KNOBS

    found = []
    for name in names:
        row, scores = described(registry.spec(name)), registry.scores(name)
        knob, _ = KNOBS[row["family"]]
        found.append(row | {"knob": knob, "curve": scores["dial"], "real": scores.get("dial_real")})
    return found


def at_the_dial(place: float, names: tuple[str, ...] = STARTERS) -> dict[str, str]:
    """{model: sprite of what it draws there}; place: 0, careful, to 1, wild."""
    import torch

    from shared.evaluation.dial import drawn, setting_at

    sprites = {}
    for name in names:
        with loaders.use(name) as loaded, torch.inference_mode():
            images = drawn(loaded.model, range(SHOWN), setting_at(loaded.model.family, place))
            sprites[name] = sprite(images)
    return sprites


def written_at_the_dial(place: float, names: tuple[str, ...] = WRITERS) -> dict[str, str]:
    """{model: how it goes on from OPENING there}"""
    from shared.evaluation.dial import setting_at, written

    texts = {}
    for name in names:
        with loaders.use(name) as loaded:
            texts[name] = written(loaded.model, OPENING, SHOWN, setting_at("text", place), WRITTEN)
    return texts
