"""Running texts: several side by side, in the order in which their tokens come, with a hand on the brake.

    for view, recipe in run(Writing.check({"prompt": "Once"}), stop=Event()):    # recipe: None until they are finished
        ...

One function serves the button, the endpoint, Continue, a fork and Reproduce: that a text goes on from somewhere is only
one more field of the request, `kept`.
"""

import queue
import re
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.prices import Prices
from shared.engines.text.sampling import Sampling
from shared.page import token_view

from .request import Place, Writing

TAB = "gpt2_text"
PACE = 0.1  # seconds between two updates of the page; faster than this is only work
BETWEEN = "\n---\n"  # between the texts of several samples
PRICES = Prices()  # seconds for each token
LENGTHS: dict[tuple, deque[int]] = {}  # tokens of the newest runs of a kind, of the longest text of each

Column = dict[str, Any]  # one text, see token_view.column
Texts = Generator[tuple[dict, dict | None], None, None]  # a view of them, and their recipe once they are there


def run(asked: Writing, stop: threading.Event) -> Texts:
    """Yields (view, None) while the texts grow and (view, recipe) once they are finished or stopped.

    The models are fetched and loaded first, if they have to be. Closing the generator stops the work as `stop` does;
    where that is before a model is there, nothing is yielded after it. Errors: UserError.
    """
    parts = _parts(asked)
    yield from _made_ready(parts, asked, stop)
    if stop.is_set():
        return  # waiting for the model, as `use` does, is what the visitor has just ended
    with ExitStack() as used:
        loaded = {name: used.enter_context(loaders.use(name, asked.precision)) for name in asked.models}
        notices = [one.notice for one in loaded.values()]
        start, columns = time.monotonic(), []
        write = _written_elsewhere if asked.elsewhere else _write
        with closing(_together([write(part, loaded[part.model], asked, stop) for part in parts], stop)) as news:
            for columns in _paced(news):
                yield _view(columns, asked, notices), None
        seconds = time.monotonic() - start
        new = [len(column["tokens"]) - column["kept"] for column in columns]
        if any(new):
            PRICES.learn(_kind(asked), seconds / max(new))
            if not asked.kept and all(column["finished"] != "stopped" for column in columns):
                LENGTHS.setdefault(_kind(asked), deque(maxlen=25)).append(max(new))
        notices += _alike(columns, asked) + _beams_repeat(columns, asked)
        yield _view(columns, asked, notices), _recipe(asked, columns, new, list(loaded.values()), seconds)


def texts_of(columns: list[Column]) -> str:
    """The texts, prompts included, joined by a line of ---."""
    return BETWEEN.join(map(token_view.text_of, columns))


def usual_seconds(asked: Writing) -> float | None:
    """How long it usually takes on this machine: a text may end long before its limit. None before the first run."""
    most, lengths = expected_seconds(asked), LENGTHS.get(_kind(asked))
    return most and (most if not lengths else most * min(1, median(lengths) / asked.max_new_tokens))


def expected_seconds(asked: Writing) -> float | None:
    """How long it will take at most, from this machine's own past runs; None before the first."""
    kind = _kind(asked)
    like = [seconds for other, seconds in PRICES.known.items() if other[:2] == kind[:2]]
    each = PRICES.of(kind) or max(like, default=None)
    return each and each * asked.max_new_tokens


def alternatives(asked: Place) -> dict[str, Any]:
    """What the model expects at a place: {model, position, tokens, alternatives: [{id, token, probability}]}."""
    from shared.engines.text import generation

    with loaders.use(asked.model) as loaded:
        model = loaded.model
        ids = model.tokenizer.encode(asked.text)
        if asked.position >= len(ids):
            raise UserError(f"The position must be from -1 to {len(ids) - 1}: the text has {len(ids)} tokens.")
        place = len(ids) if asked.position == -1 else asked.position
        return {
            "model": loaded.spec.name,
            "position": asked.position,
            "tokens": [model.tokenizer.decode([one]) for one in ids],
            "alternatives": [
                {"id": i, "token": text, "probability": p}
                for i, text, p in generation.alternatives(model, ids, place, asked.n)
            ],
        }


# Parts


@dataclass(frozen=True)
class Part:
    """Texts that one model writes from one beginning."""

    model: str
    kept: tuple[int, ...]
    sampling: Sampling  # max_new_tokens 0: what is kept stays as it is


def _parts(asked: Writing) -> list[Part]:
    """What is to be run: one part of n samples, or one for each model, or one for each text that goes on."""
    sampling, models = asked.sampling(), asked.models
    if len(models) == 1 and not asked.kept and not asked.lengths and not asked.elsewhere:
        return [Part(asked.model, (), sampling)]
    # Apart, the samples of a group give what they give together: each draws from its own seed.
    alone = replace(sampling, num_return_sequences=1)
    return [
        Part(
            models[i % len(models)],
            kept,
            replace(alone, seed=sampling.seed + (0 if len(models) > 1 else i), max_new_tokens=most),
        )
        for i, (kept, most) in enumerate(zip(asked.standing(), asked.most_new(), strict=True))
    ]


def _made_ready(parts: list[Part], asked: Writing, stop: threading.Event) -> Texts:
    titles = {part.model: registry.spec(part.model).title for part in parts}
    waiting = [token_view.column(part.model, asked.prompt, [], title=titles[part.model]) for part in parts]
    for name in titles:
        for sentence in loaders.prepare(name, asked.precision, stop):
            yield token_view.view(waiting, asked.settings(), sentence), None


def _write(part: Part, loaded: loaders.Loaded, asked: Writing, stop: threading.Event) -> Iterator[list[Column]]:
    """The columns of one part, again and again as they grow."""
    from shared.engines.text import generation

    model = loaded.model
    beginning = model.tokenizer.encode(asked.prompt)
    if any(not 0 <= one < model.vocab_size for one in part.kept):
        raise UserError("The text to go on from holds tokens that this model does not know.")

    def column(tokens: list[list], finished: str, ids: Iterable[int], seed: int, notice: str = "") -> Column:
        made = _column(loaded, asked, tokens, finished, seed, generation.repetition(list(ids)))
        return made | {"kept": len(part.kept), "notice": notice}

    ids = [*beginning, *part.kept]
    standing = (
        [_row(token) for token in generation.token_probabilities(model, ids)[len(beginning) :]] if part.kept else []
    )
    if not part.sampling.max_new_tokens:
        yield [column(standing, "end", part.kept, part.sampling.seed)]
        return
    prompt = ids if part.kept else asked.prompt
    with closing(generation.generate(model, prompt, part.sampling, stop)) as snapshots:
        for samples in snapshots:
            yield [
                column(
                    [*standing, *map(_row, sample.tokens)],
                    sample.finished,
                    [*part.kept, *(token.id for token in sample.tokens)],
                    part.sampling.seed + sample.index,
                    sample.notice,
                )
                for sample in samples
            ]


def _written_elsewhere(
    part: Part, loaded: loaders.Loaded, asked: Writing, stop: threading.Event
) -> Iterator[list[Column]]:
    """The same by a server on another machine: shared/engines/text/remote.py."""
    from shared.engines.text import generation

    with closing(loaded.model.generate(asked.prompt, part.sampling, stop)) as snapshots:
        for sample in (one for [one] in snapshots):
            rows, repeats = [_row(token) for token in sample.tokens], generation.repetition(sample.text)
            made = _column(loaded, asked, rows, sample.finished, part.sampling.seed, repeats)
            yield [made | {"kept": 0, "notice": sample.notice}]


def _column(
    loaded: loaders.Loaded, asked: Writing, tokens: list[list], finished: str, seed: int, repetition: float
) -> Column:
    return token_view.column(
        loaded.spec.name,
        asked.prompt,
        tokens,
        precision=asked.precision,
        title=loaded.spec.title,
        note=token_view.note_of(loaded.spec.name),
        finished=finished,
        seed=seed,
        repetition=repetition,
    )


def _row(token) -> list:
    return [token.id, token.text, None if token.probability is None else round(token.probability, 4)]


# Side by side


def _together(iterators: list[Iterator[list]], stop: threading.Event) -> Iterator[list]:
    """All their lists as one, at each change of any. Each runs in a thread of its own: models differ in pace."""
    if len(iterators) == 1:
        yield from iterators[0]
        return
    news: queue.Queue = queue.Queue()

    def drive(place: int, iterator: Iterator[list]) -> None:
        try:
            with closing(iterator):
                for found in iterator:
                    news.put((place, found, None))
            news.put((place, None, None))
        except BaseException as error:  # it is raised again where somebody listens
            news.put((place, None, error))

    threads = [threading.Thread(target=drive, args=pair, daemon=True) for pair in enumerate(iterators)]
    latest: list[list] = [[] for _ in iterators]
    running = len(threads)
    try:
        for thread in threads:
            thread.start()
        while running:
            place, found, error = news.get()
            if error:
                raise error
            if found is None:
                running -= 1
            else:
                latest[place] = found
                if all(latest):
                    yield [column for columns in latest for column in columns]
    finally:
        if running:
            stop.set()  # ends each within one token
        for thread in threads:
            thread.join()


def _paced(iterator: Iterator) -> Iterator:
    """Its values, at most one in PACE seconds, and always the last."""
    shown, last, waiting = 0.0, None, False
    for last in iterator:
        waiting = time.monotonic() - shown < PACE
        if not waiting:
            shown = time.monotonic()
            yield last
    if waiting:
        yield last


# The result


def _view(columns: list[Column], asked: Writing, notices: list[str]) -> dict:
    said = dict.fromkeys(filter(None, [*notices, *(column["notice"] for column in columns)]))
    return token_view.view(columns, asked.settings(), " ".join(said))


def _alike(columns: list[Column], asked: Writing) -> list[str]:
    """A sentence where several texts that were to differ are one."""
    texts = {tuple(token[1] for token in column["tokens"]) for column in columns}
    if len(columns) < 2 or len(asked.models) > 1 or texts == {()} or len(texts) > 1:
        return []
    if asked.temperature == 0:
        why = "at temperature 0 the most probable word is always taken. Raise the temperature, to 0.8 say"
    else:
        why = "with these settings only one word is left at each place. Raise top k and top p, or lower min p"
    return [f"All {len(columns)} texts are the same: {why}, or ask for one."]


def _beams_repeat(columns: list[Column], asked: Writing) -> list[str]:
    """A sentence where beams found a text that says things twice, as the likeliest ones do (Holtzman et al., 2019)."""
    if asked.num_beams == 1 or asked.no_repeat_ngram_size:
        return []
    said = next(filter(None, (twice("".join(token[1] for token in column["tokens"])) for column in columns)), "")
    if not said:
        return []
    return [f"The likeliest text says “{said}” twice, as beams often do. Set No repeated n-gram to 4, or Beams to 1."]


def twice(text: str) -> str:
    """Words of a text that come twice: "a frog and a frog", or four in a row within a sentence; "" where none do."""
    if joined := re.search(r"\b(\w+ \w+) and \1\b", text, re.IGNORECASE):
        return joined[0]
    seen: set[str] = set()
    for part in re.split(r"[.!?\"“”\n]", text):
        words = re.findall(r"[\w'’]+", part)
        for at in range(len(words) - 3):
            run = " ".join(words[at : at + 4])
            if run in seen:
                return run
            seen.add(run)
    return ""


def _recipe(asked: Writing, columns: list[Column], new: list[int], loaded: list, seconds: float) -> dict | None:
    settings = asked.settings()
    if any(column["finished"] == "stopped" for column in columns):
        if not all(new):
            return None  # stopped before the first token: nothing was made
        settings["lengths"] = ",".join(map(str, new))
    return recipe.make(TAB, loaded, settings, texts_of(columns), seconds)


def _kind(asked: Writing) -> tuple:
    """Requests of one kind take the same time for each token."""
    return asked.model, asked.precision, asked.num_return_sequences, asked.num_beams
