"""What stands on the back cover: the sentences that say most of the story, by LexRank, without its end."""

from shared.engines.text import summary

from .book import Book

SENTENCES = 2
BEFORE_THE_END = 2 / 3  # of the story
FEWEST = 5  # sentences of a story that has a blurb


def of(book: Book) -> list[tuple[str, str]]:
    """[(text, language)], as Book.lines; in two languages, the same sentences where both have as many."""
    languages = list(dict.fromkeys(spoken for page in book.pages for _, spoken in book.lines(page)))
    told = {spoken: _sentences(book, spoken) for spoken in languages}
    if not told or min(map(len, told.values())) < FEWEST:
        return []
    first = told[languages[0]]
    alike = all(len(sentences) == len(first) for sentences in told.values())
    found = []
    for spoken, sentences in told.items():
        places = _chosen(first if alike else sentences)
        found.append((("" if spoken == "zh" else " ").join(sentences[i] for i in places), spoken))
    return found


def _chosen(sentences: list[str]) -> list[int]:
    return summary.chosen(sentences[: max(SENTENCES, int(len(sentences) * BEFORE_THE_END))], SENTENCES)


def _sentences(book: Book, spoken: str) -> list[str]:
    return [
        sentence
        for page in book.pages
        for line, its in book.lines(page)
        if its == spoken
        for sentence in summary.sentences(line)
    ]
