"""What `/health` answers: version, device, the models in memory, the Hub, and whether the bundled text models
still say what they said when they were made.

A golden file, shared/weights/NAME/golden.json, holds a prompt and the tokens the model wrote then, greedily.
It is written by `python -m shared.health NAME` after a training run, and never by the app.
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

from shared import __version__, machine, registry

PROMPT = "Once upon a time"
TOKENS = 32  # enough that no two models agree on all of them

# Weights do not change while the app runs, so each check is made once, at the first call, and kept.
_checks: list[dict[str, Any]] = []
_checking = threading.Lock()


@machine.on_gpu
def gpu_name() -> str:
    """The name of the GPU, or "none". ZeroGPU lends one for this call, and starts no app that never asks for one."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none"


def report() -> dict[str, Any]:
    """Version, device, models loaded, Hub state and golden checks. The first call takes some seconds."""
    with _checking:
        if not _checks:
            _checks.extend(golden_checks())
        checks = list(_checks)
    return {
        "app": "AIGC Suite",
        "version": __version__,
        "device": _loaders().device(),
        "hub": _loaders().hub_state(),
        "models": _loaders().ledger(),
        "golden": checks,
        "ok": all(check["result"] in ("same", "no golden values") for check in checks),
    }


def table(gpu: str = "") -> str:
    """The report as HTML for the page; `gpu` is its name, where somebody asked for it."""
    found = report()
    models = [
        (
            row["name"],
            row["precision"],
            row["source"],
            f"{row['memory_mb']:,.0f} MB",
            "in use" if row["in_use"] else "",
        )
        for row in found["models"]
    ]
    checks = [(row["name"], row["result"], f"{row['seconds']:.1f} s") for row in found["golden"]]
    return (
        f"<p>Version {found['version']} · device {found['device']}{gpu} · Hub {found['hub']}</p>"
        + _rows("Models in memory", models, "none yet")
        + _rows(f"Golden values: {TOKENS} tokens, compared with those of the day the model was made", checks, "none")
    )


def table_again() -> str:
    """The same, with the checks run once more and the GPU asked for its name."""
    with _checking:
        _checks.clear()
    return table(f" · GPU {html.escape(gpu_name())}")


def _rows(title: str, rows: list[tuple[str, ...]], none: str) -> str:
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells) or f"<tr><td>{none}</td></tr>"
    return f"<h3>{title}</h3><table><tbody>{body}</tbody></table>"


def golden_checks() -> list[dict[str, Any]]:
    """One row for each bundled text model: name, result, seconds.

    `result` is 'same', 'no golden values', or a sentence that says what differs or failed.
    """
    rows = []
    for spec in registry.SPECS:
        if spec.bundled and spec.task == "text":
            start = time.monotonic()
            try:
                result = _compare(spec.name)
            except Exception as error:  # a broken model is a finding, not a reason to answer nothing
                result = f"{type(error).__name__}: {error}"
            rows.append({"name": spec.name, "result": result, "seconds": round(time.monotonic() - start, 2)})
    return rows


def golden_file(name: str) -> Path:
    return registry.WEIGHTS / name / "golden.json"


def golden_tokens(name: str, prompt: str = PROMPT) -> list[int]:
    """The tokens the model writes after the prompt, greedily, in exact arithmetic."""
    from shared import generation, loaders

    greedy = generation.Sampling(max_new_tokens=TOKENS, temperature=0, top_k=0, top_p=1, repetition_penalty=1)
    with loaders.use(name, precision="exact") as loaded:
        *_, samples = generation.generate(loaded.model, prompt, greedy)
    return [token.id for token in samples[0].tokens]


def _compare(name: str) -> str:
    if not golden_file(name).exists():
        return "no golden values"
    golden = json.loads(golden_file(name).read_text("utf-8"))
    tokens = golden_tokens(name, golden["prompt"])
    if tokens == golden["tokens"]:
        return "same"
    same = list(itertools.takewhile(bool, map(operator.eq, tokens, golden["tokens"])))
    return f"Differs from its golden values at token {len(same) + 1} of {len(golden['tokens'])}."


def _loaders():
    from shared import loaders  # late: it is not needed to draw the page

    return loaders


if __name__ == "__main__":
    for name in sys.argv[1:]:
        values = {"prompt": PROMPT, "tokens": golden_tokens(name)}
        golden_file(name).write_text(json.dumps(values) + "\n", "utf-8")
        print(golden_file(name), values["tokens"])
