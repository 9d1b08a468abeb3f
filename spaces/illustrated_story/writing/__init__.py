"""The story of a picture book: streamed from an idea, long enough for its pages, ending with a whole sentence.

    for now in write({"idea": "a fox who is afraid of the dark", "pages": 4, "text_model": "gpt2-stories", "seed": 1}):
        print(now.text)                                 # grows by sentences
    print(now.written.text)

A small model loses its thread: foxes play with themselves, and a girl named Lily meets a girl named Lily. So each
sentence is drafted several times at once, and the draft is kept that the model finds probable and that repeats least
(best of n; Stiennon et al., 2020, choose so among whole texts). Each sentence draws from a seed that its place in the
story gives, so that a story goes on from any token as it would have gone on by itself.
"""

import re
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from shared import recipe
from shared.core import registry
from shared.core.asked import whole
from shared.core.errors import UserError

from .. import scenes
from ..book import MOST_PAGES
from .drafts import Draft, faults, ranked
from .openings import opening_of

TAB = "illustrated_story"
DRAFTS = 12  # of each sentence; a batch of them takes a small model hardly longer than one text
ATTEMPTS = 3  # at most, where a reader would stumble over each of the drafts
FAULTY = 1.0  # of drafts.faults
LONGEST = 64  # tokens of a sentence
MOST_IDEA = 2_000  # characters
LONGEST_STORY = 1_500  # tokens, whatever the model makes of sentences
MOST_KEPT = 2_000  # tokens
# As the text tab begins, see text_presets.py: with a penalty on words the fox becomes a rabbit. That twelve tokens
# in a row do not come again ends loops, and leaves names and "the little fox" alone.
SAMPLING = {"temperature": 0.7, "top_k": 50, "top_p": 0.95, "no_repeat_ngram_size": 12, "repetition_penalty": 1.0}
WHOLE = re.compile(r"[.!?…。！？][\"”’')\]」』]*\s*$")  # the end of a sentence
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


def checked(settings: dict) -> dict:
    """What is needed of the settings. Errors: UserError with one sentence."""
    idea, pages, name = settings.get("idea"), settings.get("pages", 4), settings.get("text_model", "gpt2-stories")
    if not isinstance(idea, str) or not idea.strip():
        raise UserError("Write an idea first: a few words are enough.")
    if len(idea) > MOST_IDEA:
        raise UserError(f"The idea has {len(idea):,} characters; {MOST_IDEA:,} are the most.")
    pages = whole(pages, "The number of pages", 1, MOST_PAGES)
    spec = registry.spec(str(name))
    if spec.bundled and (_foreign(idea) or not any(map(str.isalpha, idea))):
        raise UserError(f"{spec.title} reads and writes English only: put the idea in English words.")
    seed = whole(settings.get("seed") or 0, "The seed", 0, recipe.MAX_WHOLE)
    return settings | {"idea": idea.strip(), "pages": pages, "text_model": spec.name, "seed": seed}


def write(settings: dict, stop: threading.Event | None = None) -> Iterator[Progress]:
    """The story of an idea. The last Progress has what was written. Errors: UserError."""
    return rewritten(settings, [], stop)


def rewritten(settings: dict, kept: list[int], stop: threading.Event | None = None) -> Iterator[Progress]:
    """The story from these tokens on, which follow its opening; the last of them may be one that a reader chose.

    Ends within a token once `stop` is set, with the whole sentences so far. Errors: UserError.
    """
    from shared.core import loaders

    settings, stop = checked(settings), stop or threading.Event()
    if len(kept) > MOST_KEPT:
        raise UserError(f"This story is longer than {MOST_KEPT:,} tokens and cannot go on.")
    opening, name = opening_of(settings["idea"]), settings["text_model"]
    yield Progress(opening)
    if not kept and is_whole(opening, settings["pages"]):
        yield Progress(opening, written=Written(opening, "", None, opening, "given"))
        return
    for sentence in loaders.prepare(name, stop=stop):
        yield Progress(opening, sentence)
    if stop.is_set():
        yield Progress(opening, written=Written(scenes.ending(opening), "", None, opening, "stopped"))
        return
    with loaders.use(name) as loaded:
        if any(not 0 <= one < loaded.model.vocab_size for one in kept):
            raise UserError("The story to go on from holds tokens that this model does not know.")
        start, ids, finished, notice = time.monotonic(), list(kept), "stopped", loaded.notice
        for ids, finished, more in _sentences(loaded.model, opening, kept, settings, stop):  # noqa: B007
            notice = " ".join(dict.fromkeys(filter(None, [notice, more])))
            yield Progress(_text(loaded.model, opening, ids))
        ids, text = _whole(loaded.model, opening, ids)
        made = recipe.make(TAB, loaded, _told(settings, kept), text, time.monotonic() - start) if ids else None
    yield Progress(text, written=Written(text, " ".join(map(str, ids)), made, opening, finished, notice))


def _foreign(text: str) -> bool:
    """Whether most of its letters are of another script than the Latin one."""
    letters = [one for one in text if one.isalpha()]
    return sum(one > "\u024f" for one in letters) > len(letters) / 2


def is_whole(text: str, pages: int) -> bool:
    """Whether a text is a story already, which only has to be illustrated."""
    least, _ = length_of(pages)
    return len(scenes.sentences(text)) >= least and scenes.ending(text) == text.strip()


def length_of(pages: int) -> tuple[int, int]:
    """(fewest, most) sentences of a book: two or three on a page, and some more for a short book to come to an end."""
    return max(5, 2 * pages), max(7, 3 * pages + 1)


def _sentences(model, opening: str, kept: list[int], settings: dict, stop: threading.Event):
    """(tokens so far, why it ended or "", notice) after each sentence."""
    least, most = length_of(settings["pages"])
    beginning, ids, bridges = model.tokenizer.encode(opening), list(kept), 0
    while True:
        text = _text(model, opening, ids)
        count = len(scenes.sentences(text)) if WHOLE.search(text) else -1
        spoken = text.rsplit("\n", 1)[-1].count('"') % 2  # nobody is left in the middle of what they say
        if count >= most + 3 * spoken or len(ids) >= LONGEST_STORY:
            yield ids, "length", ""
            return
        drafts, notice = [], ""
        for attempt in range(ATTEMPTS):
            more, notice = _drafts(model, [*beginning, *ids], settings, stop, attempt)
            drafts += more
            if count + 1 >= least and not spoken and not _foreign(opening):
                begun = IN_THE_END if count + 1 == least else FROM_THEN
                drafts += _drafts(model, [*beginning, *ids], settings, stop, attempt, begun)[0]
            if stop.is_set():
                yield ids, "stopped", notice
                return
            if any(not draft.text.strip() or faults(draft.text, text) < FAULTY for draft in drafts):
                break
        # Nobody wants to turn the page and find nothing there, or read on after the end.
        over = [draft for draft in drafts if not draft.text.strip()]
        going = [draft for draft in drafts if draft.text.strip()]
        if over and count >= least and (len(over) * 2 >= len(drafts) or count >= most):
            yield ids, "end", notice
            return
        if not going:
            ids = [*ids, *model.tokenizer.encode(BRIDGES[(settings["seed"] + bridges) % len(BRIDGES)])]
            bridges += 1
            continue
        chosen, *_ = ranked(going, text, wants_end=count + 1 >= least, late=count + 3 >= least)
        ids = [*ids, *chosen.ids]
        yield ids, "", notice
        if count + 1 >= least and (chosen.ends or chosen.text.startswith(FROM_THEN)):
            yield ids, "end", notice
            return


def _drafts(
    model, ids: list[int], settings: dict, stop: threading.Event, attempt: int, begun: str = ""
) -> tuple[list[Draft], str]:
    """How the story may go on: some drafts of its next sentence, others in each attempt. begun: how they begin."""
    from shared.engines.text.generation import generate
    from shared.engines.text.sampling import Sampling

    first = tuple(model.tokenizer.encode(begun)) if begun else ()
    seed = zlib.crc32(f"{settings['seed']}/{len(ids)}/{attempt}{begun}".encode())
    dials = SAMPLING | {name: settings[name] for name in ("temperature",) if settings.get(name) is not None}
    sampling = Sampling(max_new_tokens=LONGEST, num_return_sequences=DRAFTS, seed=seed, **dials)
    samples = []
    with closing(generate(model, [*ids, *first], sampling, stop)) as snapshots:
        for samples in snapshots:
            if all(sample.finished or _cut(sample.tokens, False) for sample in samples):
                break
    drafts = []
    for sample in samples:
        n = _cut(sample.tokens, True)
        tokens = sample.tokens[:n]
        ends = sample.finished == "end" and n == len(sample.tokens)
        text = begun + "".join(one.text for one in tokens)
        if not begun or WHOLE.search(text):  # where the model had nothing to say after these words, they stay unsaid
            ids_of = (*first, *(one.id for one in tokens))
            drafts.append(Draft(text, ids_of, tuple(one.probability for one in tokens), ends))
    return drafts, samples[0].notice if samples else ""


def _cut(tokens, over: bool) -> int:
    """How many of the tokens make the first sentence; 0 while it is not known. over: no more of them will come."""
    text = "".join(token.text for token in tokens)
    behind = len(text) - len(text.lstrip())
    for match in re.finditer(r"""[.!?…]+["”’')]*(?=\s|$)|[。！？]+[」』”’]*|(?<=\S)\n""", text[behind:]):
        end = behind + match.end()
        if end == len(text) and not over:
            return 0
        # Two tokens more show whether the model ends there; without them the end of a story would be missed.
        if not over and len(text[end:].strip()) == 0 and end > len(text) - 2:
            return 0
        size = 0
        for n, token in enumerate(tokens, 1):
            size += len(token.text)
            if size >= end:
                return n
    return len(tokens) if over else 0


def _text(model, opening: str, ids: list[int]) -> str:
    return opening + model.tokenizer.decode(ids) if ids else opening


def _whole(model, opening: str, ids: list[int]) -> tuple[list[int], str]:
    """Tokens and text up to the end of the last whole sentence."""
    text = _text(model, opening, ids)
    whole = scenes.ending(text) or text.strip()
    while ids and len(_text(model, opening, ids[:-1]).rstrip()) >= len(whole):
        ids = ids[:-1]
    return ids, whole


def _told(settings: dict, kept: list[int]) -> dict:
    told = {name: settings[name] for name in ("idea", "pages", "seed")} | {"model": settings["text_model"]}
    told["temperature"] = settings.get("temperature", SAMPLING["temperature"])
    return told | {"kept": " ".join(map(str, kept))}
