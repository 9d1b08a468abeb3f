"""Seconds for a book of four pages and a cover with the bundled models: first words, first picture, the whole.

    python -m tests.bench.story_speed [--books 5]

Models are loaded before the clock runs, as they are once the tab was opened. The first of the books is not counted.
Beside the clock, what the processor worked for the words and for the pictures: on a busy machine only that can be
compared.
"""

import argparse
import statistics
import sys
import threading
import time

IDEAS = (
    "A fox who is afraid of the dark",
    "Once upon a time, a little girl named Lily found a red ball in the park.",
    "A robot who wants to grow flowers",
    "Two rabbits and a lost boat",
    "The bear who could not sleep",
    "A dragon at school",
)
FIRST_WORDS, FIRST_PICTURE, WHOLE = 1.0, 4.0, 6.0  # seconds that are aimed at


def main():
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--books", type=int, default=5)
    given = given.parse_args()
    rows = [timed(IDEAS[i % len(IDEAS)], seed=i) for i in range(given.books + 1)][1:]
    missed = False
    *clock, words, pictures = zip(*rows, strict=True)
    for title, values, aim in zip(("first words", "first picture", "whole book"), clock,
                                  (FIRST_WORDS, FIRST_PICTURE, WHOLE), strict=True):  # fmt: skip
        middle = statistics.median(values)
        missed |= middle > aim
        print(f"{title}: {middle:.2f} s (median of {len(values)}, slowest {max(values):.2f}; aim {aim:g})")
    words, pictures = map(statistics.median, (words, pictures))
    print(f"processor: {words:.2f} s for the words, {pictures:.2f} s for the pictures")
    sys.exit(int(missed))


def timed(idea: str, seed: int) -> tuple[float, ...]:
    """Seconds from the click to the first words, the first picture, the last; of processor for words and pictures."""
    from illustrated_story import runs
    from illustrated_story.request import Story

    from shared.core import registry

    models = {"text_model": registry.starter("text").name, "image_model": registry.starter("text-to-image").name}
    asked = Story.check({"idea": idea, "pages": 4, "seed": seed} | models)
    start, worked, words, first, written = time.perf_counter(), time.process_time(), None, None, None
    for state in runs.make(asked, threading.Event()):
        now = time.perf_counter() - start
        words = words or (now if state.text else None)
        first = first or (now if state.done else None)
        written = written or (time.process_time() if state.phase == "drawing" else None)
    return words, first, time.perf_counter() - start, written - worked, time.process_time() - written


if __name__ == "__main__":
    main()
