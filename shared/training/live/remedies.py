"""What the known remedies do to a DCGAN, each by itself: measured, not told.

    python -m shared.training.live.remedies --data DIR

Trains dcgan-mnist as many steps as `--steps` says, without any remedy and then with one of them at a time, from the
same seed, and writes the digit Frechet distances to remedies.json, which the page shows beside each option. What is
there already is not trained again; delete the file, or change --steps, to begin anew.
"""

import argparse
import json
import time
from pathlib import Path

from shared.training.live.plans import checked, score_steps, training_recipe

FILE = Path(__file__).with_name("remedies.json")
NAME = "dcgan-mnist"
STEPS = 600
SCORED = 5000  # pictures; with fewer the distance is a little larger
PLAIN = {"norm": "none", "decay": 0.0, "ema": 0.0, "label_smoothing": 0.0, "feature_matching": 0.0, "critic_steps": 1}

# key -> what is other than in PLAIN. The keys are those of the options; "norm_" and its value for normalisation.
REMEDIES = {
    "label_smoothing": {"label_smoothing": 0.1},
    "feature_matching": {"feature_matching": 1.0},
    "critic_steps": {"critic_steps": 2},
    "decay": {"decay": 0.5},
    "norm_batch": {"norm": "batch"},
    "norm_spectral": {"norm": "spectral"},
    "ema": {"ema": 0.99},
    "patience": {"patience": 3},
}


def measure(changes: dict, digits, steps: int) -> dict:
    """Trains once -> {"frechet", "smallest_class", "step" of the weights that were scored, "seconds"}."""
    from shared.evaluation.digits import quick
    from shared.training.loop import EarlyStopping, train

    plan = checked(NAME, steps=steps, **PLAIN | changes)
    stopping, begun, scoring = EarlyStopping(plan.patience), time.monotonic(), 0.0
    for progress in train(training_recipe(plan), digits, plan.steps):
        if plan.patience and progress.step % score_steps(steps) == 0:
            paused = time.monotonic()
            model = progress.training.sampler()
            stopping.see(quick(model, 1000)["frechet"], lambda: (model, progress.step))  # noqa: B023
            scoring += time.monotonic() - paused
        if stopping.over:
            break
    seconds = time.monotonic() - begun - scoring
    model, step = stopping.kept or (progress.training.sampler(), progress.step)
    measured = quick(model, SCORED)
    return {
        "frechet": round(measured["frechet"], 1),
        "smallest_class": round(measured["smallest_class"], 4),
        "step": step,
        "seconds": round(seconds),
    }


def run(data: Path | None, steps: int, file: Path = FILE) -> dict:
    """Measures what `file` does not hold yet, and writes it after each."""
    from shared.data.digits import read_digits

    digits = read_digits(data)
    about = {"model": NAME, "steps": steps, "data": digits.source, "samples": SCORED}
    table = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if any(table.get(key) != value for key, value in about.items()):
        table = about | {"remedies": {}}
    for name, changes in {"plain": {}, **REMEDIES}.items():
        place = table if name == "plain" else table["remedies"]
        if name not in place:
            place[name] = measure(changes, digits, steps)
            file.write_text(json.dumps(table, indent=1) + "\n", "utf-8")
        print(f"{name}: {place[name]}", flush=True)
    return table


def markdown(file: Path = FILE) -> str:
    """The table for the README, from what was measured; "" where nothing was."""
    if not file.exists():
        return ""
    table = json.loads(file.read_text("utf-8"))
    lines = [
        f"{table['model']}, {table['steps']:,} steps on {table['data']}, digit Fréchet distance on "
        f"{table['samples']:,} samples, one seed:",
        "",
        "| remedy | setting | distance | rarest digit | seconds |",
        "|---|---|---|---|---|",
    ]
    for name, row in {"plain": table["plain"], **table["remedies"]}.items():
        changes = REMEDIES.get(name, {})
        setting = ", ".join(f"{key} {value}" for key, value in changes.items()) or "none"
        words = "none" if name == "plain" else name.split("_")[0] if name.startswith("norm") else name.replace("_", " ")
        lines.append(
            f"| {words} | {setting.replace('_', ' ')} | {row['frechet']:.1f} | {row['smallest_class']:.1%} "
            f"| {row['seconds']} |"
        )
    return "\n".join(lines)


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m shared.training.live.remedies", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--data", type=Path, help="folder with MNIST's IDX files; without it, they come from the Hub")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--output", type=Path, default=FILE)
    arguments = parser.parse_args(argv)
    run(arguments.data, arguments.steps, arguments.output)
    print(markdown(arguments.output))


if __name__ == "__main__":
    main()
