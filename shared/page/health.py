"""What `/health` answers: version, device, the models in memory, the Hub, and whether the bundled models still do
what they did when they were made.

A golden file, shared/weights/NAME/golden.json, holds what the model gave then: of text, a prompt and the tokens that
were written greedily; of digits, how dark the parts of the picture of seed 0 are; of their judge, its features of one
picture; of a judge of sentiment, what each word of a review does. It is written by `python -m shared.page.health NAME`
after a training run, and never by the app.
"""

import html
import itertools
import json
import operator
import sys
import threading
import time
from pathlib import Path
from typing import Any

from shared.core import machine, registry
from shared.page import private, vitals
from shared.page.sentences import told

PROMPT = "Once upon a time"
REVIEW = "a warm , funny and clever film , if a little too long ."
SAID = {"translate-en-zh": "I know that he likes to swim.", "translate-zh-en": "我知道他喜欢游泳。"}
TOKENS = 32  # enough that no two models agree on all of them
TOLERANCE = 0.01  # of the largest number: processors round differently, and another model is much further away

# Weights do not change while the app runs, so each check is made once, at the first call, and kept.
_checks: list[dict[str, Any]] = []
_checking = threading.Lock()


@machine.on_gpu
def gpu_name() -> str:
    """The name of the GPU, or "none". ZeroGPU lends one for this call, and starts no app that never asks for one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none"


def report() -> dict[str, Any]:
    """Version, device, models loaded, lines, limits, Hub state and golden checks. The first call takes some seconds."""
    with _checking:
        if not _checks:
            _checks.extend(golden_checks())
    return vitals.report(private.server()._queue) | checked()


def checked() -> dict[str, Any]:
    """The golden checks that were made so far, and whether all went well."""
    checks = list(_checks)
    return {"golden": checks, "ok": all(check["result"] in ("same", "no golden values") for check in checks)}


def table(gpu: str = "") -> str:
    """The report as HTML for the page; `gpu` is its name, where somebody asked for it."""
    found = report()
    models = [
        (
            row["name"],
            told(row["precision"]),
            told(row["source"]),
            f"{row['memory_mb']:,.0f} MB",
            told("in use") if row["in_use"] else "",
        )
        for row in found["models"]
    ]
    checks = [(row["name"], told(row["result"]), f"{row['seconds']:.1f} s") for row in found["golden"]]
    about = told(f"Version {found['version']} · device {found['device']}{gpu} · Hub {found['hub']}")
    golden = told("Golden values: a text or a picture, compared with that of the day the model was made")
    memory = found["memory"]
    memory = told(
        f"Memory of models: {memory['loaded_mb']:,} of {memory['budget_mb']:,} MB, of the process "
        f"{memory['process_mb']:,} MB; first out: {memory['next_out'] or 'none'}"
    )
    lines = [
        (told(name), *(told(f"{row[key]} {key.replace('_', ' ')}") for key in ("at_work", "waiting", "places")))
        for name, row in found["lines"].items()
    ]
    kept = [
        (
            told(row["what"]),
            told(f"{row['number']:,} at most") if row["number"] else "",
            told(f"{row['megabytes']:,} MB") if row["megabytes"] else "",
            told(f"{row['seconds'] // 60} min") if row["seconds"] else "",
        )
        for row in found["limits"]
    ]
    return (
        f"<p>{html.escape(about)}</p><p>{html.escape(memory)}</p>"
        + _rows(told("Lines"), lines, told("none yet"))
        + _rows(told("Models in memory"), models, told("none yet"))
        + _rows(golden, checks, told("none"))
        + _rows(told("What is kept for visitors"), kept, told("none"))
    )


def table_again() -> str:
    """The same, with the checks run once more and the GPU asked for its name."""
    with _checking:
        _checks.clear()
    return table(f" · GPU {gpu_name()}")


def _rows(title: str, rows: list[tuple[str, ...]], none: str) -> str:
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells) or f"<tr><td>{none}</td></tr>"
    return f"<h3>{title}</h3><table><tbody>{body}</tbody></table>"


def golden_checks() -> list[dict[str, Any]]:
    """One row for each bundled model: name, result, seconds.

    `result` is 'same', 'no golden values', or a sentence that says what differs or failed.
    """
    rows = []
    for spec in registry.SPECS:
        if spec.bundled:
            start = time.monotonic()
            try:
                result = _compare(spec)
            except Exception as error:  # a broken model is a finding, not a reason to answer nothing
                result = f"{type(error).__name__}: {error}"
            rows.append({"name": spec.name, "result": result, "seconds": round(time.monotonic() - start, 2)})
    return rows


def golden_file(name: str) -> Path:
    return registry.WEIGHTS / name / "golden.json"


def golden_values(spec: registry.ModelSpec) -> dict[str, Any]:
    """What a golden file holds of this model, made anew."""
    if spec.task == "text":
        return {"prompt": PROMPT, "tokens": golden_tokens(spec.name)}
    return {"numbers": [round(number, 4) for number in golden_numbers(spec)]}


def golden_tokens(name: str, prompt: str = PROMPT) -> list[int]:
    """The tokens the model writes after the prompt, greedily, in exact arithmetic."""
    from shared.core import loaders
    from shared.engines.text import generation

    greedy = generation.Sampling(max_new_tokens=TOKENS, temperature=0, top_k=0, top_p=1, repetition_penalty=1)
    with loaders.use(name, precision="exact") as loaded:
        *_, samples = generation.generate(loaded.model, prompt, greedy)
    return [token.id for token in samples[0].tokens]


def golden_numbers(spec: registry.ModelSpec) -> list[float]:
    """Means of 7x7 pixels of the picture of seed 0, 16 of them; of the judge, its 128 features of a grey wedge; of a
    judge of sentiment, the effects of the words of a review and its logit; of the plane, where a few points go; of a
    CLIP, the beginnings of two directions; of a reader of digits, what it says of the wedge and where it looks.
    Of what speaks, its loudness over time; of its judge, the features of a rising tone. Of a translator, where it looks
    in a sentence that it would repeat, and how sure it is of what follows."""
    import torch

    from shared.core import loaders

    with loaders.use(spec.name, precision="exact") as loaded:
        if spec.task == "sentiment":
            reading = loaded.model.read(REVIEW)
            return [*reading.effects, reading.logit]
        if spec.task in SAID:
            pieces, ids = loaded.model.cut(SAID[spec.task])
            looked = loaded.model.look(ids, ids)  # as if the sentence were its own translation
            return [*looked.across.flatten().tolist(), *looked.logits.softmax(-1).max(-1).values.tolist()]
        if spec.task == "plane-flow":
            with torch.inference_mode():
                return loaded.model.inverse(torch.linspace(-2, 2, 16).view(8, 2)).flatten().tolist()
        if spec.task == "picture-text":
            ramp = torch.linspace(0, 1, 3 * 64 * 64).view(1, 3, 64, 64)
            return loaded.model.see(ramp)[0, :64].tolist() + loaded.model.labels(["a red fox"])[0, :64].tolist()
        if spec.task == "digits-reader":
            chances, heat = loaded.model.rollout(torch.linspace(0, 1, 28 * 28).view(1, 1, 28, 28))
            return [*chances.flatten().tolist(), *heat.flatten().tolist()]
        if spec.task == "style-transfer":
            corners = torch.linspace(0, 1, 12).view(1, 3, 2, 2)
            made = loaded.model.convert(torch.nn.functional.interpolate(corners, (64, 64), mode="bilinear"))
            return torch.nn.functional.avg_pool2d(made, 16).flatten().tolist()
        if spec.task == "emoji-judge":
            wedge = torch.linspace(0, 1, 64 * 64).view(1, 1, 64, 64).expand(-1, 3, -1, -1)
            return loaded.model.judge(wedge)[2][0].tolist()
        if spec.task == "face-gan":
            return torch.nn.functional.avg_pool2d(loaded.model.sample(1, seed=0), 16).flatten().tolist()
        if spec.task == "digit-judge":
            wedge = torch.linspace(0, 1, 28 * 28).view(1, 1, 28, 28)
            return loaded.model.judge(wedge)[1][0].tolist()
        if spec.task == "spoken-judge":
            return loaded.model.judge(torch.sin(torch.arange(8192) ** 2 / 8000)[None])[2][0].tolist()
        if spec.task == "spoken-digits":  # loudness of 32 stretches of the sound of seed 0
            return loaded.model.sample(1, seed=0).view(32, -1).square().mean(1).sqrt().tolist()
        return torch.nn.functional.avg_pool2d(loaded.model.sample(1, seed=0), 7).flatten().tolist()


def _compare(spec: registry.ModelSpec) -> str:
    if not golden_file(spec.name).exists():
        return "no golden values"
    golden = json.loads(golden_file(spec.name).read_text("utf-8"))
    if spec.task == "text":
        tokens = golden_tokens(spec.name, golden["prompt"])
        if tokens == golden["tokens"]:
            return "same"
        same = list(itertools.takewhile(bool, map(operator.eq, tokens, golden["tokens"])))
        return f"Differs from its golden values at token {len(same) + 1} of {len(golden['tokens'])}."
    numbers, wanted = golden_numbers(spec), golden["numbers"]
    largest = max(map(abs, wanted))
    difference = max(abs(a - b) for a, b in zip(numbers, wanted, strict=True)) / largest
    return "same" if difference <= TOLERANCE else f"Differs from its golden values by {difference:.1%}."


def _loaders():
    from shared.core import loaders  # late: it is not needed to draw the page

    return loaders


if __name__ == "__main__":
    for name in sys.argv[1:]:
        golden_file(name).write_text(json.dumps(golden_values(registry.spec(name))) + "\n", "utf-8")
        print(golden_file(name), golden_file(name).read_text("utf-8"), end="")
