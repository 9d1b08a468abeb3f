"""The model card of a model trained here: README.md beside its weights, made from registry, recipe and scores."""

import json
from pathlib import Path

from shared.registry import ModelSpec
from shared.training.recipes import recipe

DATA = {
    "tinystories": "[TinyStories](https://huggingface.co/datasets/roneneldan/TinyStories), R. Eldan and Y. Li, "
    "CDLA-Sharing-1.0",
    "picture_books": "picture books of African Storybook and Pratham Books / StoryWeaver, CC BY 4.0",
    "children_books": "children's books of 1900 to 1925, Project Gutenberg, public domain in the USA",
}

CARD = """\
---
license: cdla-sharing-1.0
language: en
pipeline_tag: text-generation
datasets: [roneneldan/TinyStories]
---

# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. It tells short stories in simple English and knows nothing else; nobody
checks what it invents, so read a story before you hand it to a child.

- Paper: {paper}
- Sizes: {sizes}
- Train it again: `python -m shared.training {name} --data DIR`

| held-out stories | how many | bits per character |
|---|---|---|
{scores}

Lower is better; the end of each story is predicted too. Measured by `python -m shared.evaluation` on stories that
it was not trained on.

## Data

{data}
"""


def card(row: ModelSpec, folder: Path) -> str:
    """Markdown with the Hub's front matter; the scores are those in the folder's scores.json."""
    scores = json.loads((Path(folder) / "scores.json").read_text())
    trained, counts = recipe(row.name), scores["held_out_stories"]
    sizes = [f"{key} {value}" for key, value in trained.model.items()]
    sources = [name for name in DATA if any(stage.mixture.get(name, 1.0) for stage in trained.stages)]
    return CARD.format(
        title=row.title,
        name=row.name,
        summary=row.summary,
        paper=row.paper,
        sizes=", ".join([*sizes, f"{trained.vocab_size:,} tokens (byte-level BPE)"]),
        scores="\n".join(f"| {name} | {counts[name]} | {x:.3f} |" for name, x in scores["bits_per_character"].items()),
        data="\n".join(f"- {DATA[name]}" for name in sources),
    )


def write_card(row: ModelSpec, folder: Path) -> None:
    (Path(folder) / "README.md").write_text(card(row, folder), encoding="utf-8")
