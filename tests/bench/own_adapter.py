"""How well a visitor's adapter (spaces/feedback/own.py) foretells choices, of visitors whose taste is known.

    python -m tests.bench.own_adapter

Each taste chooses from the same pairs; a minute of DPO learns from the first ones, and the share of further ones that
is foretold is printed, with the span in which a coin would lie in 95 of 100 cases.
"""

import random
import sys
import tempfile
import threading
from pathlib import Path

from shared.core import loaders

sys.path.append(str(Path(__file__).parents[2] / "spaces"))
CHOICES, ASKED = (12, 36), 60
FIRST, FURTHER = 1_000, 5_000  # seeds


def happier(text):
    from shared.evaluation.feedback import happiness

    return happiness([text])[0]


TASTES = {
    "happier": happier,
    "more is said aloud": lambda text: text.count('"'),
    "longer words": lambda text: sum(map(len, text.split())) / max(1, len(text.split())),
    "a coin": lambda text: random.Random(text).random(),
}


def main():
    from feedback import own

    for name, taste in TASTES.items():

        def chosen(seed, taste=taste):
            """0 or 1; None: both are the same to this visitor."""
            one, other = map(taste, own.pair(seed).texts)
            return None if one == other else int(other > one)

        def choices(first, n, chosen=chosen):
            found, seed = [], first
            while len(found) < n:
                if (side := chosen(seed)) is not None:
                    found.append([seed, side])
                seed += 1
            return found

        further = choices(FURTHER, ASKED)
        for n in CHOICES:
            with tempfile.TemporaryDirectory() as folder:
                training = own.begin("bench", choices(FIRST, n), Path(folder))
                while training.state.phase != "ended":
                    threading.Event().wait(0.5)
                right = [(own.foretold(training.folder.name, seed) <= 0.5) == bool(side) for seed, side in further]
                own.VISITORS.leave("bench")
            print(f"{name}: {sum(right)} of {ASKED} foretold after {n} choices", flush=True)
    spread = 1.96 * (ASKED / 4) ** 0.5
    print(f"A coin: {ASKED / 2 - spread:.0f} to {ASKED / 2 + spread:.0f}")
    loaders.forget()


if __name__ == "__main__":
    main()
