"""How often a story still tells, in its last third, of all that its idea is about.

    python tests/bench/story_subjects.py [--ideas 200] [--first 0] [--stories FILE]

story_subjects.tsv has 200 ideas, and with each whom and what it is about, by hand: "Pip/mouse, map" is somebody who may
be called Pip or the mouse, and a map. The story of four pages is cut into sentences; the last third are the last n of
them, n a third rounded up. Somebody or something counts as there if one of their words stands in it, as it is or in
another form of lemminflect's ("mice", "lost", "Pip's"), or a word for the same relative ("Mom" for "Mum"). Pronouns do
not count, nor do other words for the same thing ("puppy" for "dog"). A story counts if all of them are there. The seed
of a story is the number of its line.

Beside it: runs of three words that came before in the story, sentences, words a sentence, and how stories end.
"""

import argparse
import math
import re
import statistics
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "spaces")]

AIM = 0.7
RELATIVES = ("mom mum mommy mummy mother mama", "dad daddy father papa", "grandma granny grandmother",
             "grandpa granddad grandfather")  # fmt: skip


def main():
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--ideas", type=int, default=200)
    given.add_argument("--first", type=int, default=0)
    given.add_argument("--every", type=int, default=1, help="only every so many of them")
    given.add_argument("--stories", type=Path, help="where to write the stories, to be read")
    given = given.parse_args()
    lines = list(enumerate(Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()))
    rows = []
    for seed, line in lines[given.first :: given.every][: given.ideas]:
        idea, subjects = line.split("\t")
        start = time.process_time()
        text, finished = story_of(idea, seed)
        rows.append((missing(text, subjects), repeated(text), text, finished, time.process_time() - start))
        if given.stories:
            with given.stories.open("a", encoding="utf-8") as file:
                file.write(f"{seed} {idea}\nmissing: {', '.join(rows[-1][0]) or 'nothing'}; {finished}\n{text}\n\n")
    share = sum(not row[0] for row in rows) / len(rows)
    found = 1 - sum(len(row[0]) for row in rows) / sum(line.count(",") + 1 for _, line in lines[given.first ::
                                                       given.every][: given.ideas])  # fmt: skip
    counts = [len(sentences(row[2])) for row in rows]
    print(f"all there in the last third: {share:.1%} of {len(rows)} stories (aim {AIM:.0%}); each: {found:.1%}")
    print(f"runs of three words that came before: {statistics.mean(row[1] for row in rows):.2%}")
    print(f"sentences {statistics.mean(counts):.1f}, words {statistics.mean(len(row[2].split()) for row in rows):.0f}")
    print(f"ended by themselves: {sum(row[3] == 'end' for row in rows) / len(rows):.1%}")
    print(f"processor seconds a story: {statistics.median(row[4] for row in rows):.2f}")
    sys.exit(int(share < AIM))


def story_of(idea: str, seed: int) -> tuple[str, str]:
    """(the text, why it ended)"""
    from illustrated_story import writing
    from illustrated_story.request import Story

    *_, last = writing.write(Story.check({"idea": idea, "seed": seed}), threading.Event())
    return last.written.text, last.written.finished


def sentences(text: str) -> list[str]:
    from illustrated_story import scenes

    return scenes.sentences(text)


def missing(text: str, subjects: str) -> list[str]:
    """Which of the subjects are not named in the last third."""
    told = sentences(text)
    words = set(re.findall(r"[a-z]+", " ".join(told[-math.ceil(len(told) / 3) :]).lower()))
    return [one for one in subjects.split(", ") if not any(forms(word) & words for word in one.split("/"))]


def forms(word: str) -> set[str]:
    from lemminflect import getAllInflections

    word = word.lower()
    relatives = next((group.split() for group in RELATIVES if word in group.split()), [word])
    return {*relatives, *(form.lower() for found in getAllInflections(word).values() for form in found)}


def repeated(text: str) -> float:
    """Share of the runs of three words that came before."""
    words = re.findall(r"[\w']+", text.lower())
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return 1 - len(set(runs)) / max(1, len(runs))


if __name__ == "__main__":
    main()
