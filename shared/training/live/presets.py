"""Checks that every preset of the page converges within three minutes, by running it as a visitor would.

    AIGC_DATA=DIR python -m shared.training.live.presets [NAME ...]

Writes presets.json, with the digit Frechet distances along the way and the seconds it took, and example.json, the
recorded training that the page shows before the first. Rows that are there for the same steps are not run again.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from shared.training import live

FILE = Path(__file__).with_name("presets.json")
EXAMPLE = Path(__file__).with_name("example.json")
RECORDED = "dcgan-mnist"


def measure(name: str, which: str = "good") -> tuple[dict, dict]:
    """Runs a preset -> (its row in presets.json, the recorded training)."""
    plan = live.preset(name, which)
    training = live.begin(plan)
    for state in training.watch():
        print(f"\r{name} {which}: {state.phase}, step {state.step:,} of {state.steps:,}", end="", flush=True)
    if state.why != "finished":
        raise SystemExit(f"\n{name} did not finish: {state.why}. {state.sentence}")
    last = state.scores[-1]
    row = {
        "steps": plan.steps,
        "seconds": round(state.seconds),
        "data": state.source,
        "frechet": round(last["frechet"], 1),
        "smallest_class": min(last["classes"]),
        "alarm": live.alarm(state) if live.gan(name) else "",
        "curve": [[score["step"], round(score["frechet"])] for score in state.scores],
    }
    recorded = {"job": asdict(plan), "state": asdict(state) | {"losses": [list(point) for point in state.losses]}}
    training.leave()
    return row, recorded


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m shared.training.live.presets", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(live.NAMES)}; without, all")
    parser.add_argument("--output", type=Path, default=FILE)
    arguments = parser.parse_args(argv)
    rows = json.loads(arguments.output.read_text("utf-8")) if arguments.output.exists() else {}
    for name in arguments.names or live.NAMES:
        for which in live.presets_of(name):
            key, steps = f"{name} {which}", live.preset(name, which).steps
            if rows.get(key, {}).get("steps") != steps:
                rows[key], recorded = measure(name, which)
                arguments.output.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
                if (name, which) == (RECORDED, "good"):
                    arguments.output.with_name(EXAMPLE.name).write_text(json.dumps(recorded) + "\n", "utf-8")
            row = {field: value for field, value in rows[key].items() if field != "curve"}
            print(f"\r{key}: {row}", flush=True)


if __name__ == "__main__":
    main()
