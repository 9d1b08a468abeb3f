"""How alike a character and itself are on composed pages, and how alike two characters: where the threshold comes from.

    python -m tests.bench.story_likeness --data DIR [--pages 60]

DIR holds emoji.parquet (see shared/data/emoji.py): real emoji stand in for what a model draws, so that what is
measured is the measure and no model.
"""

import argparse
import random


def main():
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--data", help="without it, nothing is measured")
    given.add_argument("--pages", type=int, default=60)
    given = given.parse_args()
    if not given.data:
        print("Not measured: it needs emoji.parquet, in the folder that --data names.")
        return
    same, other = measured(given.data, given.pages)
    print(f"a character and itself {_range(same)}, two characters {_range(other)}")


def measured(folder, pages: int) -> tuple[list[float], list[float]]:
    from illustrated_story.drawing import backdrop, bodies, compose, likeness

    from shared.data.emoji import read_emoji
    from shared.data.emoji_scenes import STYLES

    emoji, draw = read_emoji(folder), random.Random(0)
    by = {key: i for i, key in enumerate(zip(emoji.styles, emoji.names, strict=True))}
    cast = sorted(bodies.BEASTS | bodies.CHILDREN | bodies.GROWN | {"cat", "rabbit", "duck", "owl", "pig", "horse"})
    known = [], []
    for seed in range(pages):
        style = draw.choice(STYLES)
        one, two = draw.sample([name for name in cast if (style, name) in by], 2)
        drawn = {name: emoji.images[by[style, name]].permute(1, 2, 0).numpy() for name in (one, two)}
        parts = [compose.Part(one, drawn[one], True, 1), compose.Part(two, drawn[two], True, 2)]
        place, time = draw.choice(list(backdrop.PAINTERS)), draw.choice(("", "", "night", "rain"))
        first = compose.composed(parts, place, time, seed)
        box, mirrored = first.where[0], first.mirrored[0]
        known[0].append(likeness.figure_on(first.picture, box, mirrored, drawn[one]))
        known[1].append(likeness.figure_on(first.picture, box, mirrored, drawn[two]))
    return known


def _range(found: list[float]) -> str:
    found = sorted(found)
    low, middle, high = (found[round(q * (len(found) - 1))] for q in (0.05, 0.5, 0.95))
    return f"{low:.3f} {middle:.3f} {high:.3f} (5 %, median, 95 %)"


if __name__ == "__main__":
    main()
