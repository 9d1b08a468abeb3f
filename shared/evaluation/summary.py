"""Whether a summary says what a text is about: does it lead back to the text's first line?

    python -m shared.evaluation.summary DIR     # a folder with stories

Of held-out stories the first sentence is put aside, `n` are chosen from the rest, and of all first sentences the one is
taken that shares the most words with them, the rarer the heavier.
"""

import random
import sys
from pathlib import Path

import numpy as np

from shared.engines.text.summary import chosen, sentences

STORIES, SHORTEST, LONGEST = 200, 8, 25  # how many, and how many sentences they have


def found_again(stories, choose):
    """The share of stories, each a list of sentences, whose first line is found by `choose(the rest)` -> places."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    counts = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b").fit([" ".join(story) for story in stories])
    firsts = counts.transform([story[0] for story in stories])
    chosen_of = [" ".join(story[1:][i] for i in choose(story[1:])) for story in stories]
    return float(((counts.transform(chosen_of) @ firsts.T).toarray().argmax(1) == np.arange(len(stories))).mean())


def main(folder, n=3):
    """{way: share}."""
    from shared.data.stories import read_stories

    parted = [sentences(story) for story in read_stories(Path(folder))["tinystories"][1]]
    stories = [story for story in parted if SHORTEST <= len(story) <= LONGEST][:STORIES]
    rng = random.Random(0)
    return {
        "the first": found_again(stories, lambda rest: range(n)),
        "at random": found_again(stories, lambda rest: sorted(rng.sample(range(len(rest)), n))),
        "lexrank": found_again(stories, lambda rest: chosen(rest, n)),
    }


if __name__ == "__main__":
    print(main(sys.argv[1]))
