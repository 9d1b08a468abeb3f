"""How many pages of a book show something that its prompt names, as CLIP sees it.

    python -m tests.bench.story_figures [--books 50] [--save FOLDER]

Ideas are every fourth of story_subjects.tsv, the seed of a book is the number of its line, books have four pages and a
cover. CLIP ranks all names of the picture model's vocabulary for each figure that a page is composed of; it took no
part in the drawing. The pictures go to --save, to be looked at.
"""

import argparse
import sys
import threading
from pathlib import Path

SUBJECTS = Path(__file__).with_name("story_subjects.tsv")
FIRST, AMONG_FIVE = 0.98, 0.99  # of the pages, that are aimed at


def main():
    given = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    given.add_argument("--books", type=int, default=50)
    given.add_argument("--save", type=Path)
    given = given.parse_args()
    lines = list(enumerate(SUBJECTS.read_text("utf-8").splitlines()))[::4][: given.books]
    pages = []
    for seed, line in lines:
        book = book_of(line.split("\t")[0], seed)
        pages += [page.recognised for page in (book.cover, *book.pages)]
        if given.save:
            saved(book, given.save / f"{seed:03}")
    named = [[place for _, place in page] for page in pages if page]
    figures = sum(named, [])
    first, among = (sum(min(places) <= most for places in named) / len(named) for most in (1, 5))
    print(f"{len(pages)} pages of {len(lines)} books, {len(named)} with something that the vocabulary names")
    print(f"something named is seen first {first:.1%} (aim {FIRST:.0%}), among five {among:.1%} (aim {AMONG_FIVE:.0%})")
    for most in (1, 5):
        print(f"figures, place {most} or better: {sum(place <= most for place in figures) / len(figures):.1%}")
    missed = sorted({name for page in pages for name, place in page if place > 5})
    print(f"not among five: {', '.join(missed) or 'none'}")
    sys.exit(int(first < FIRST or among < AMONG_FIVE))


def book_of(idea: str, seed: int):
    from illustrated_story import runs
    from illustrated_story.request import Story

    *_, last = runs.make(Story.check({"idea": idea, "pages": 4, "seed": seed}), threading.Event())
    return last.book


def saved(book, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate((book.cover, *book.pages)):
        (folder / f"{number}.png").write_bytes(page.picture)


if __name__ == "__main__":
    main()
