"""Every bundled model, and two large shapes, on the GPU beside this machine's processor:  python -m tests.bench.gpu

Of a bundled model: whether it still does what its golden file says, and how long that took once it was loaded. Of
GPT-2 small and of Stable Diffusion 1.5's shape, with random weights: ours, and plain transformers and diffusers, in
float16 on the GPU as their documentation has them. Each device is a process of its own. Exit code 1 where a model
says something else. Where there is no GPU it says so; `--devices cpu,cpu` tries the script itself.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from shared.core import machine

DEVICES = "cuda,cpu"
DTYPES = {"cuda": "float16", "cpu": "float32"}  # of the plain libraries
SIDE, STEPS = 512, 4
ROW = "{:46} {:>10} {:>10} {:>8}  {}"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--devices", default=DEVICES, help="the first is held against the second")
    options.add_argument("--only", choices=CHILDREN)
    options.add_argument("--child", nargs=3, metavar=("WHAT", "DEVICE", "FOLDER"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        what, device, folder = given.child
        print(json.dumps(CHILDREN[what](device, Path(folder))))
        return
    devices = given.devices.split(",")
    if "cuda" in devices and machine.device() != "cuda":
        print("Nothing is measured: there is no GPU here, or torch was built without one.")
        return
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for what in [given.only] if given.only else CHILDREN:
            first, second = (child(what, device, folder) for device in devices)
            print(ROW.format(what, *devices, "ratio", ""))
            for name, (seconds, said) in first.items():
                other = second[name][0]
                print(
                    ROW.format(name, f"{seconds:.3f} s", f"{other:.3f} s", f"{other / seconds:.1f} x", said), flush=True
                )
                wrong += [name] if said not in ("", "same") else []
            print()
    sys.exit(f"Not what their golden files say: {', '.join(wrong)}" if wrong else 0)


def child(what: str, device: str, folder: str) -> dict[str, list]:
    """name -> [seconds, what was said], from a process that sees no other device."""
    hidden = {} if device == "cuda" else {"CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "tests.bench.gpu", "--child", what, device, folder]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | hidden)
    return json.loads(found.stdout.splitlines()[-1])


def models(device: str, folder: Path) -> dict[str, tuple[float, str]]:
    """The bundled models; the app itself chooses where they run."""
    from shared.core import registry
    from shared.page import health

    first = {row["name"]: row["result"] for row in health.golden_checks()}  # loads them
    return {
        spec.name: (timed(lambda spec=spec: health.golden_values(spec)), first[spec.name])
        for spec in registry.SPECS
        if spec.name in first
    }


def text(device: str, folder: Path) -> dict[str, tuple[float, str]]:
    """Seconds for 64 tokens of GPT-2 small's shape."""
    from shared.models import gpt2
    from tests.bench import text_speed

    (folder / device).mkdir(exist_ok=True)
    text_speed.write_gpt2_small(folder / device)
    speeds = {"transformers, 1 reader": text_speed.transformers_speed(folder / device, device, DTYPES[device])}
    model = gpt2.load(folder / device, "fast")
    for readers in (1, text_speed.READERS):
        speeds[f"ours, fast, {readers} readers together"] = text_speed.together(model, readers)
    return {name: (text_speed.TOKENS / speed, "") for name, speed in speeds.items()}


def pictures(device: str, folder: Path) -> dict[str, tuple[float, str]]:
    """Seconds for a picture of Stable Diffusion 1.5's shape."""
    from tests.bench import image_speed

    given = SimpleNamespace(side=SIDE, steps=STEPS)
    if not (folder / "sd").is_dir():
        image_speed.write("write", folder, given)
    seconds = {
        "diffusers, guidance 1": image_speed.plain("plain", folder, given, device, DTYPES[device]),
        "ours, fast, guidance 1": image_speed.ours("fast", folder, given),
    }
    return {name: (row["seconds"], "") for name, row in seconds.items()}


CHILDREN: dict[str, Callable] = {"models": models, "text": text, "pictures": pictures}


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Seconds, the median; what it gives has come back from the device."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
