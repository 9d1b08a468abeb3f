"""How much of a story's sentences is kept on the way into Chinese.

    python -m illustrated_story.translating.score DIR     # a folder with stories

Of held-out stories 100 sentences are drawn. A thing that the picture vocabulary knows by one word is kept where one of
its Chinese names (Unicode CLDR's) is in the translation.
"""

import random
import re
import sys
import threading
import time
from pathlib import Path

from shared.engines.diffusion import chinese
from shared.engines.text.summary import sentences

from ..request import WORD_TABLE
from . import by_table, work

SENTENCES, SHORTEST, LONGEST = 100, 4, 16  # how many, and how many words they have
LOOKED_AT = 300  # stories: with those before, the table was written
WAYS = (WORD_TABLE, "marian-en-zh")


def kept(given, found):
    """(things kept, things named) of sentences and their translations."""
    both = zip(map(things, given), found, strict=True)
    hits = [any(word in text for word in chinese.all_names()[name]) for names, text in both for name in names]
    return sum(hits), len(hits)


def things(sentence):
    """The things that a sentence names, each once."""
    known, words = chinese.all_names(), re.findall("[a-z]+", sentence.lower())
    forms = ((word, word.removesuffix("s"), word.removesuffix("es")) for word in words)
    found = (next((form for form in three if form in known), "") for three in forms)
    return list(dict.fromkeys(filter(None, found)))


def scores(folder):
    """{way: {"kept": share of things, "ms_per_sentence"}}, "whole": share of sentences of which the table has all."""
    from shared.data.stories import read_stories

    told = [one for story in read_stories(Path(folder))["tinystories"][1][LOOKED_AT:] for one in sentences(story)]
    fitting = [one for one in told if SHORTEST <= len(one.split()) <= LONGEST]
    given = random.Random(0).sample(fitting, SENTENCES)
    found = {"whole": round(sum(not by_table.told(one)[1] for one in given) / len(given), 3)}
    for way in WAYS:
        for _ in work.prepare(way, threading.Event()):
            pass
        with work.translating(way) as (translate, _):
            translate(given[0])
            start = time.thread_time()
            there, named = kept(given, list(map(translate, given)))
            seconds = time.thread_time() - start
        ms = round(1000 * seconds / len(given), 1)
        found[way] = {"kept": round(there / named, 3), "of": named, "ms_per_sentence": ms}
    return found


if __name__ == "__main__":
    print(scores(sys.argv[1]))
