"""What a click does: the same opening and the same seeds before and after, and what the reward says of each text.

*_, (view, recipe) = run(Telling.check({"adapter": "gpt2-stories-hacked"}), threading.Event())
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from shared import recipe
from shared.core import loaders, registry
from shared.engines.text.sampling import Sampling

from .request import ADAPTERS, TAB, Telling


def reward_of(adapter: str) -> str:
    """happy, sad or faithful: what an adapter was steered by."""
    return str(log_of(adapter)["recipe"]["reward"])


def log_of(adapter: str) -> dict[str, Any]:
    """What its training wrote down: {"recipe", "steps", "points": [{"step", "reward", "kl", ...}]}."""
    log: dict[str, Any] = json.loads((registry.WEIGHTS / adapter / "training.json").read_text("utf-8"))
    return log


def curves() -> dict[str, dict[str, Any]]:
    """{adapter: its title, its reward, points [KL, reward] along its training}."""
    found = {}
    for name in ADAPTERS:
        log = log_of(name)
        points = [[point["kl"], point["reward"]] for point in log["points"]]
        found[name] = {"title": registry.spec(name).title, "reward": log["recipe"]["reward"], "points": points}
    return found


def run(asked: Telling, stop: threading.Event) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while the models load and write, then (view, its recipe)."""
    from shared.evaluation.feedback import JUDGE, OTHER_JUDGE

    base, reward = registry.spec(asked.adapter).base, reward_of(asked.adapter)
    for name in (base, asked.adapter, JUDGE, OTHER_JUDGE):
        yield from (({"message": sentence}, None) for sentence in loaders.prepare(name, stop=stop))
        if stop.is_set():
            return
    start = time.monotonic()
    view = {"prompt": asked.prompt, "adapter": asked.adapter, "reward": reward}
    with loaders.use(asked.adapter) as after, loaders.use(base) as before:
        sampling = Sampling(
            max_new_tokens=asked.max_new_tokens,
            temperature=asked.temperature,
            num_return_sequences=asked.n,
            seed=asked.seed,
            repetition_penalty=1.0,
        )
        sides: list[list[Any]] = [[], []]
        for sides in together([before.model, after.model], asked.prompt, sampling, stop):
            yield view | {"texts": rows(sides), "notice": after.notice}, None
        if stop.is_set():
            return
        told = [rewarded(reward, asked.prompt, samples) for samples in sides]
        texts = [sample.text for samples in sides for sample in samples]
        made = recipe.make(TAB, [after, before], asked.settings(), texts, time.monotonic() - start)
    yield view | {"texts": rows(sides, told), "notice": after.notice}, made


def together(models: list[Any], prompt: str, sampling: Sampling, stop: threading.Event) -> Iterator[list[list[Any]]]:
    """Both write at once: [samples of the one, samples of the other] as they grow."""
    from shared.engines.text.generation import generate

    with closing(generate(models[0], prompt, sampling, stop)) as one:
        with closing(generate(models[1], prompt, sampling, stop)) as other:
            sides, writers = [next(one), next(other)], [one, other]
            while any(writers):
                yield sides
                for i, writer in enumerate(writers):
                    if writer is not None:
                        found = next(writer, None)
                        sides[i], writers[i] = found or sides[i], writer if found else None
            yield sides


def rewarded(reward: str, prompt: str, samples: list[Any]) -> list[dict[str, float]]:
    """{"reward", and of a sentiment "other": what a judge says of it that no training has asked} of each text."""
    from shared.evaluation.feedback import OTHER_JUDGE, Told, rewards

    told = [Told(prompt, sample.text, sample.finished == "end") for sample in samples]
    found = [{"reward": round(value, 4)} for value in rewards(reward, told)]
    if reward != "faithful":
        others = rewards(reward, told, OTHER_JUDGE)
        found = [one | {"other": round(value, 4)} for one, value in zip(found, others, strict=True)]
    return found


def rows(sides: list[list[Any]], told: list[list[dict[str, float]]] | None = None) -> list[dict[str, Any]]:
    """A row each seed: {"before": {"text", "ended", "reward"}, "after": ...}."""
    found = []
    for i, pair in enumerate(zip(*sides, strict=True)):
        row = {}
        for side, (when, sample) in enumerate(zip(("before", "after"), pair, strict=True)):
            row[when] = {"text": sample.text, "ended": sample.finished == "end"} | (told[side][i] if told else {})
        found.append(row)
    return found
