"""Train one of the suite's models.

python -m shared.training gpt2-stories --data DIR --steps 2400 --output DIR
accelerate launch --cpu --num_processes 2 -m shared.training gpt2-stories --data DIR --output DIR
"""

import argparse
from pathlib import Path

from shared.registry import WEIGHTS
from shared.training.recipes import RECIPES, recipe


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m shared.training", description="Train a model of the suite.")
    parser.add_argument("name", help=", ".join(row.name for row in RECIPES))
    parser.add_argument("--data", type=Path, help="folder with the training data; without it, it comes from the Hub")
    parser.add_argument("--steps", type=int, help="optimiser steps (default: the recipe's)")
    parser.add_argument("--output", type=Path, help="where weights and logs go (default: shared/weights/NAME)")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")
    arguments = parser.parse_args(argv)
    row = recipe(arguments.name)
    output = arguments.output or WEIGHTS / row.name
    if row.family == "ngram":
        from shared.training.ngram import train
    else:
        from shared.training.text import train
    train(row, arguments.data, output, arguments.steps, arguments.resume)


if __name__ == "__main__":
    main()
