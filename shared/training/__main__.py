"""Train one of the suite's models.

python -m shared.training gpt2-stories --data DIR --steps 2400 --output DIR
python -m shared.training hinge-mnist --data DIR --set ema=0 --set loss=bce
ACCELERATE_USE_CPU=1 torchrun --nproc_per_node 2 -m shared.training gpt2-stories --data DIR --output DIR
python -m shared.training bundle hinge-mnist --data DIR --output DIR        # for a machine with a GPU (bundle.py)
"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from shared.core.registry import WEIGHTS
from shared.training.recipes import RECIPES, PictureRecipe, recipe


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="python -m shared.training", description="Train a model of the suite.")
    options.add_argument("name", help=", ".join(row.name for row in RECIPES))
    options.add_argument("--data", type=Path, help="folder with the training data; without it, it comes from the Hub")
    options.add_argument("--steps", type=int, help="optimiser steps (default: the recipe's)")
    options.add_argument(
        "--minutes", type=float, help="train for so long, in the place of --steps: the rate is zero when the time is up"
    )
    options.add_argument("--output", type=Path, help="where weights and logs go (default: shared/weights/NAME)")
    options.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")
    options.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a field of the recipe, other than it says"
    )
    options.add_argument(
        "--compile", action="store_true", help="compile models of pictures: two minutes at first, then faster steps"
    )
    options.add_argument("--weights", type=Path, help="safetensors file with weights to begin with")
    return options


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["bundle"]:
        from shared.training import bundle

        return bundle.main(argv[1:])
    arguments = parser().parse_args(argv)
    row = changed(recipe(arguments.name), arguments.set)
    output = arguments.output or WEIGHTS / row.name
    if isinstance(row, PictureRecipe):
        from shared.training.loop import read_data, run

        data = read_data(row, arguments.data)
        if row.family == "naive-bayes":
            from shared.training.sentiment import train_bayes

            return train_bayes(row, data, output)
        given = arguments.steps, arguments.resume, arguments.compile, arguments.weights, arguments.minutes
        run(row, data, output, *given)
        return
    if arguments.compile or arguments.weights:
        raise SystemExit("--compile and --weights are for models of pictures; this one learns text.")
    if row.family == "ngram":
        from shared.training.ngram import train
    elif row.family in ("dpo", "grpo"):
        from shared.training.feedback import train
    else:
        from shared.training.text import train
    train(row, arguments.data, output, arguments.steps, arguments.resume, arguments.minutes)


def changed(row, settings):
    """The training recipe with some of its fields changed, each given as "key=value"; SystemExit for one it lacks."""
    for setting in settings:
        key, _, value = setting.partition("=")
        if key not in {field.name for field in fields(row)} - {"name", "family", "model", "network"}:
            raise SystemExit(f"The recipe of {row.name} has no {key!r}.")
        kind = type(getattr(row, key))
        row = replace(row, **{key: value in ("1", "true", "True") if kind is bool else kind(value)})
    return row


if __name__ == "__main__":
    main()
