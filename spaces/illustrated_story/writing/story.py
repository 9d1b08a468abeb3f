"""The story of a picture book: streamed from an idea, long enough for its pages, ending with a whole sentence.

    for now in write(Story.check({"idea": "a fox who is afraid of the dark", "seed": 1}), stop):
        print(now.text)                                 # grows by sentences
    print(now.written.text)

A small model loses its thread: foxes play with themselves, and a girl named Lily meets a girl named Lily. So each
sentence is drafted several times at once, and the draft is kept that the model finds probable and that repeats least
(best of n; Stiennon et al., 2020, choose so among whole texts). Each sentence draws from a seed that its place in the
story gives, so that a story goes on from any token as it would have gone on by itself.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from shared import recipe
from shared.core.errors import UserError
from shared.engines.text import language

from .. import scenes
from ..request import TAB, Story, numbers_of
from . import coverage
from .candidates import WHOLE, candidates
from .drafts import faults, ranked
from .openings import opening_of

ATTEMPTS = 3  # at most, where a reader would stumble over each of the drafts
FAULTY = 1.0  # of drafts.faults
LONGEST = 1_500  # tokens, whatever the model makes of sentences
MOST_KEPT = 2_000  # tokens
# How stories end: once one is long enough, some drafts begin so, first with the one, then with the other.
IN_THE_END, FROM_THEN = " In the end,", " From that day on,"
# Where the model ends before the book is full, the story goes on with one of these.
BRIDGES = ("\nThe next day,", "\nOne morning,", "\nLater that day,", "\nAfter a while,", "\nOne evening,")


@dataclass(frozen=True)
class Written:
    text: str
    ids: str  # of the tokens after the opening, with spaces between
    recipe: dict | None  # None: stopped before anything was written
    opening: str  # what they go on from
    finished: str  # "end": the model's own; "length": the pages are full; "stopped"; "given": nothing was to be written
    notice: str = ""  # a sentence for the reader, of the model or of its loading


@dataclass(frozen=True)
class Progress:
    text: str = ""  # the story so far
    message: str = ""  # what is waited for
    written: Written | None = None  # in the last one


def write(asked: Story, stop: threading.Event) -> Iterator[Progress]:
    """The story of an idea, or of what is kept of one: tokens that follow its opening, the last perhaps a reader's.

    The last Progress has what was written. Ends within a token once `stop` is set, with the whole sentences so far.
    Errors: UserError.
    """
    from shared.core import loaders

    kept = numbers_of(asked.kept)
    if len(kept) > MOST_KEPT:
        raise UserError(f"This story is longer than {MOST_KEPT:,} tokens and cannot go on.")
    opening = opening_of(asked.told)
    yield Progress(opening)
    if not kept and is_whole(opening, asked.pages):
        yield Progress(opening, written=Written(opening, "", None, opening, "given"))
        return
    for sentence in loaders.prepare(asked.text_model, stop=stop):
        yield Progress(opening, sentence)
    if stop.is_set():
        yield Progress(opening, written=Written(scenes.ending(opening), "", None, opening, "stopped"))
        return
    with loaders.use(asked.text_model) as loaded:
        if any(not 0 <= token < loaded.model.vocab_size for token in kept):
            raise UserError("The story to go on from holds tokens that this model does not know.")
        start, ids, finished, notice = time.monotonic(), kept, "stopped", loaded.notice
        for ids, finished, more in _sentences(loaded.model, opening, kept, asked, stop):  # noqa: B007
            notice = " ".join(dict.fromkeys(filter(None, [notice, more])))
            yield Progress(_text(loaded.model, opening, ids))
        ids, text = _whole(loaded.model, opening, ids)
        made = recipe.make(TAB, loaded, _settings(asked), text, time.monotonic() - start) if ids else None
    yield Progress(text, written=Written(text, " ".join(map(str, ids)), made, opening, finished, notice))


def is_whole(text: str, pages: int) -> bool:
    """Whether a text is a story already, which only has to be illustrated."""
    least, _ = length_of(pages)
    return len(scenes.sentences(text)) >= least and scenes.ending(text) == text.strip()


def length_of(pages: int) -> tuple[int, int]:
    """(fewest, most) sentences of a book: two or three on a page, and some more for a short book to come to an end."""
    return max(5, 2 * pages), max(7, 3 * pages + 1)


def _sentences(model, opening: str, kept: list[int], asked: Story, stop: threading.Event):
    """(tokens so far, why it ended or "", notice) after each sentence."""
    least, most = length_of(asked.pages)
    from shared.engines.text.writing import Memory

    about = () if language.foreign(opening) else coverage.subjects_of(opening)
    beginning, ids, bridges, memory = model.tokenizer.encode(opening), list(kept), 0, Memory()
    while True:
        text = _text(model, opening, ids)
        count = len(scenes.sentences(text)) if WHOLE.search(text) else -1
        spoken = text.rsplit("\n", 1)[-1].count('"') % 2  # nobody is left in the middle of what they say
        if count >= most + 3 * spoken or len(ids) >= LONGEST:
            yield ids, "length", ""
            return
        drafts, notice = [], ""
        wants_end, late = count + 1 >= least, count + 3 >= least
        begun = () if spoken else _begun(about, text, late, wants_end, count + 1 == least)
        for attempt in range(ATTEMPTS):
            more, notice = candidates(model, [*beginning, *ids], asked, stop, attempt, begun, memory)
            drafts += more
            if stop.is_set():
                yield ids, "stopped", notice
                return
            if any(not draft.text.strip() or faults(draft.text, text) < FAULTY for draft in drafts):
                break
        # Nobody wants to turn the page and find nothing there, or read on after the end.
        over = [draft for draft in drafts if not draft.text.strip()]
        going = [draft for draft in drafts if draft.text.strip()]
        told = not coverage.missing(about, text, coverage.third(text))
        if over and count >= least and (told and len(over) * 2 >= len(drafts) or count >= most or not going):
            yield ids, "end", notice
            return
        if not going:
            ids = [*ids, *model.tokenizer.encode(BRIDGES[(asked.seed + bridges) % len(BRIDGES)])]
            bridges += 1
            continue
        chosen, *_ = ranked(going, text, wants_end, late, about)
        ids = [*ids, *chosen.ids]
        yield ids, "", notice
        whole = f"{text.rstrip()} {chosen.text.strip()}"
        told = not coverage.missing(about, whole, coverage.third(whole)) or count + 2 >= most
        if wants_end and (chosen.ends and told or chosen.text.startswith(FROM_THEN)):
            yield ids, "end", notice
            return


def _begun(about, text: str, late: bool, wants_end: bool, first: bool) -> tuple[str, ...]:
    """How some of the next drafts begin: as an end does, where one is wanted, and with whom the story has forgotten."""
    if wants_end:
        end = IN_THE_END if first else FROM_THEN
        # They are to be named in the last third, which this sentence is a part of.
        away = coverage.missing(about, text, coverage.third(text) - 1)
        return (end, *coverage.beginnings(away, end))
    away = coverage.missing(about, text, coverage.WINDOW - late)
    return coverage.beginnings(away, "")


def _text(model, opening: str, ids: list[int]) -> str:
    return opening + model.tokenizer.decode(ids) if ids else opening


def _whole(model, opening: str, ids: list[int]) -> tuple[list[int], str]:
    """Tokens and text up to the end of the last whole sentence."""
    text = _text(model, opening, ids)
    whole = scenes.ending(text) or text.strip()
    while ids and len(_text(model, opening, ids[:-1]).rstrip()) >= len(whole):
        ids = ids[:-1]
    return ids, whole


def _settings(asked: Story) -> dict:
    """Of the recipe of the text."""
    names = ("idea", "pages", "seed", "temperature", "kept")
    return {name: getattr(asked, name) for name in names} | {"model": asked.text_model}
