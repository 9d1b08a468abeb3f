"""What a click does: a picture is held against words, bundled pictures are searched by them, a digit is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from shared import recipe
from shared.core import loaders, registry

from . import pictures
from .request import TASK, Looking, Scoring, labels_of

TAB = "seeing"
READER = "vit-mnist"


def run(asked: Looking, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while the model loads, then (view, its recipe)."""
    yield from (({"message": sentence}, None) for sentence in loaders.prepare(asked.model, stop=stop))
    if stop.is_set():
        return
    start = time.monotonic()
    with loaders.use(asked.model) as loaded:
        found = compared(loaded.model, asked.picture, labels_of(asked.labels))
        seconds = time.monotonic() - start
        made = recipe.make(TAB, loaded, asked.settings(), written(found), seconds)
    yield found | {"title": loaded.spec.title, "message": loaded.notice, "ms": round(1000 * seconds)}, made


def compared(model: Any, picture: str, labels: list[str]) -> dict[str, Any]:
    """{picture: data URL, grid, results: [label, chance among the labels, cosine, heat by rows], the likeliest first,
    unknown: words that the model has never read}"""
    seen = tensor([pictures.image(picture)])
    directions = model.labels(labels)
    cosines = (model.see(seen) @ directions.T)[0]
    chances = (model.scale * cosines).softmax(0).tolist()
    heats = model.heat(seen[0], model.apart(directions))
    rows = [
        [label, round(chance, 4), round(cosine, 4), [round(one, 3) for one in heat.flatten().tolist()]]
        for label, chance, cosine, heat in zip(labels, chances, cosines.tolist(), heats, strict=True)
    ]
    return {
        "picture": pictures.shown(picture),
        "grid": model.grid,
        "results": sorted(rows, key=lambda row: -row[1]),
        "unknown": model.unknown(" ".join(labels)),
    }


def tensor(images: list) -> Any:
    """PIL pictures of one size -> float32 in [0, 1], (n, 3, h, w)."""
    import numpy as np
    import torch

    return torch.from_numpy(np.stack([np.asarray(one) for one in images])).permute(0, 3, 1, 2).float() / 255


def written(found: dict[str, Any]) -> list[str]:
    """What is hashed: each number as it is shown."""
    return [f"{label} {chance:.2f} {cosine:.2f}" for label, chance, cosine, _ in found["results"]]


# ---- one text ------------------------------------------------------------------------------------------------------


def score(asked: Scoring) -> dict[str, Any]:
    """{score: cosine, rank among `of` pictures: this one and the bundled ones, heat, unknown, recipe}"""
    for _ in loaders.prepare(asked.model):
        pass
    start = time.monotonic()
    looking = Looking.check({"picture": asked.picture, "labels": asked.label(), "model": asked.model})
    with loaders.use(asked.model) as loaded:
        found = compared(loaded.model, asked.picture, [asked.label()])
        (_, _, cosine, heat), grid = found["results"][0], found["grid"]
        others = (gallery(loaded) @ loaded.model.labels([asked.label()]).T)[:, 0].tolist()
        if asked.picture.startswith(pictures.BUNDLED):
            del others[int(asked.picture.removeprefix(pictures.BUNDLED)) - 1]
        made = recipe.make(TAB, loaded, looking.settings(), written(found), time.monotonic() - start)
    return {
        "score": cosine,
        "rank": 1 + sum(other > cosine for other in others),
        "of": 1 + len(others),
        "heat": [heat[i : i + grid] for i in range(0, grid * grid, grid)],
        "unknown": found["unknown"],
        "recipe": made,
    }


# ---- the bundled pictures ------------------------------------------------------------------------------------------

_galleries: dict[str, Any] = {}  # sha256 of the weights -> directions of the bundled pictures


def gallery(loaded: loaders.Loaded) -> Any:
    if loaded.sha256 not in _galleries:
        _galleries[loaded.sha256] = loaded.model.see(tensor(pictures.bundled()))
    return _galleries[loaded.sha256]


def search(text: str, own: Sequence[str] = ()) -> list[int]:
    """The bundled pictures and behind them own ones, as data URLs: their numbers, from 0, the nearest first."""
    import torch

    name = loaders.default_model(TASK)
    with loaders.use(name) as loaded:
        directions = gallery(loaded)
        if own:
            squares = [pictures.squared(pictures.image(one)) for one in own]
            directions = torch.cat([directions, loaded.model.see(tensor(squares))])
        likeness = (directions @ loaded.model.labels([text]).T)[:, 0]
    return likeness.argsort(descending=True).tolist()


# ---- the digit -----------------------------------------------------------------------------------------------------


def digit(pixels: Any) -> dict[str, Any]:
    """(28, 28) in [0, 1] -> {picture, grid, vit, cnn: ten chances each, heat by rows}"""
    import torch

    from shared.media.pictures import data_url

    image = torch.from_numpy(pixels)[None, None]
    with loaders.use(READER) as vit, loaders.use("digit-judge") as cnn:
        chances, heat = vit.model.rollout(image)
        theirs, _ = cnn.model.judge(image)
    return {
        "picture": data_url(pixels),
        "grid": heat.shape[-1],
        "vit": [round(one, 4) for one in chances[0].tolist()],
        "cnn": [round(one, 4) for one in theirs[0].tolist()],
        "heat": [round(one, 4) for one in (heat[0] / heat[0].max()).flatten().tolist()],
        "accuracy": [registry.scores(READER).get("accuracy"), registry.scores(READER).get("judge_accuracy")],
    }
