"""Checks that every preset of the page converges within three minutes, by running it as a visitor would.

    AIGC_DATA=DIR python -m shared.training.live.presets [NAME ...]

Writes presets.json, with the digit Frechet distances along the way and the seconds it took, and example.json, the
recorded training that the page shows before the first. Rows that are there for the same steps are not run again.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from shared.training.live import jobs

FILE = Path(__file__).with_name("presets.json")
EXAMPLE = Path(__file__).with_name("example.json")
RECORDED = "dcgan-mnist"


def measure(name: str, which: str = "good") -> tuple[dict, dict]:
    """Runs a preset -> (its row in presets.json, the recorded training)."""
    job = jobs.preset(name, which)
    training = jobs.begin(job)
    for state in training.watch():
        print(f"\r{name} {which}: {state.phase}, step {state.step:,} of {state.steps:,}", end="", flush=True)
    if state.why != "finished":
        raise SystemExit(f"\n{name} did not finish: {state.why}. {state.sentence}")
    last = state.scores[-1]
    row = {
        "steps": job.steps,
        "seconds": round(state.seconds),
        "data": state.source,
        "frechet": round(last["frechet"], 1),
        "smallest_class": min(last["classes"]),
        "alarm": jobs.alarm(state) if jobs.gan(name) else "",
        "curve": [[one["step"], round(one["frechet"])] for one in state.scores],
    }
    recorded = {"job": asdict(job), "state": asdict(state) | {"losses": [list(one) for one in state.losses]}}
    training.leave()
    return row, recorded


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m shared.training.live.presets", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(jobs.NAMES)}; without, all")
    parser.add_argument("--output", type=Path, default=FILE)
    arguments = parser.parse_args(argv)
    found = json.loads(arguments.output.read_text("utf-8")) if arguments.output.exists() else {}
    for name in arguments.names or jobs.NAMES:
        for which in jobs.presets(name):
            key, steps = f"{name} {which}", jobs.preset(name, which).steps
            if found.get(key, {}).get("steps") != steps:
                found[key], recorded = measure(name, which)
                arguments.output.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
                if (name, which) == (RECORDED, "good"):
                    arguments.output.with_name(EXAMPLE.name).write_text(json.dumps(recorded) + "\n", "utf-8")
            row = {field: value for field, value in found[key].items() if field != "curve"}
            print(f"\r{key}: {row}", flush=True)


if __name__ == "__main__":
    main()
