"""Measure a model on stories it was not trained on, write scores.json beside its weights, and its model card.

python -m shared.evaluation gpt2-stories --data DIR
"""

import argparse
import json
import os
from pathlib import Path

from shared import loaders
from shared.evaluation.cards import write_card
from shared.evaluation.text import bits_per_character
from shared.registry import names, spec
from shared.settings import variable
from shared.training.datasets import read_stories
from shared.training.recipes import STORIES


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m shared.evaluation", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=names("text"), metavar="NAME", help=", ".join(names("text")))
    parser.add_argument("--data", type=Path, help="folder with stories; without it, TinyStories comes from the Hub")
    parser.add_argument("--folder", type=Path, help="the model's folder (default: as the app loads it)")
    arguments = parser.parse_args(argv)
    row = spec(arguments.name)
    if arguments.folder:
        os.environ[variable("local")] = f"{row.name}={arguments.folder}"
    with loaders.use(row.name, precision="exact") as loaded:
        scores = text_scores(loaded.model, arguments.data)
    print(json.dumps(scores, indent=2))
    if row.bundled:
        (loaded.folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
        write_card(row, loaded.folder)


def text_scores(model, data):
    """{"bits_per_character": {source: bits}, "held_out_stories": {source: count}}, of the simple modern sources."""
    held_out = {name: test for name, (_, test) in read_stories(data).items() if STORIES.get(name, 1.0) > 0}
    bits = {
        name: round(bits_per_character(model.all_logits, model.tokenizer, stories, min(512, model.context)), 4)
        for name, stories in held_out.items()
    }
    return {"bits_per_character": bits, "held_out_stories": {name: len(test) for name, test in held_out.items()}}


if __name__ == "__main__":
    main()
