"""Running texts: several side by side, in the order in which their tokens come, with a hand on the brake.

    settings = {...}                                    # by the names in SETTINGS
    for view, recipe in run(settings, stop=Event()):    # recipe is None until the texts are finished
        ...

One function serves the button, the endpoint, Continue, a fork and Reproduce: that a text goes on from
somewhere is only one more setting, `kept`, the tokens that stand already.
"""

import queue
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from shared import recipe
from shared.core import registry
from shared.core.asked import number, whole
from shared.core.errors import UserError
from shared.engines.text.sampling import MOST_PROMPT
from shared.page import token_view

from .presets import DIALS, MOST_SAMPLES, Dial

TAB = "gpt2_text"
COMPARE = "compare"  # in place of a model: these three, side by side
GENERATIONS = ("ngram-stories", "lstm-stories", "gpt2-stories")
MOST_KEPT = 2_000  # tokens that stand already; their ids must fit into a recipe
ANY_SEED = -1  # a new one each time; an empty gr.Number turns to 0 as soon as it is shown
MOST_SEED = recipe.MAX_WHOLE - MOST_SAMPLES
PACE = 0.05  # seconds between two updates of the page; faster than this is only work
BETWEEN = "\n---\n"  # between the texts of several samples

SETTINGS = ("prompt", "model", *(dial.name for dial in DIALS), "stop", "seed", "precision", "kept", "lengths")


@dataclass(frozen=True)
class Part:
    """Texts that one model writes from one beginning."""

    model: str
    kept: tuple[int, ...]
    sampling: object  # sampling.Sampling; max_new_tokens 0: what is kept stays as it is


def new_seed() -> int:
    return secrets.randbelow(2**31)


# ---- settings ----------------------------------------------------------------------------------------------


def checked(settings: dict) -> dict:
    """The settings, whole and of the right types. Errors: UserError with one sentence."""
    found = {"kept": "", "lengths": "", "precision": "fast", "num_beams": 1} | settings
    if not isinstance(found["prompt"], str):
        raise UserError("The prompt must be a text.")
    if len(found["prompt"]) > MOST_PROMPT:
        raise UserError(f"The prompt has {len(found['prompt']):,} characters; this tab takes up to {MOST_PROMPT:,}.")
    if not str(found["model"] or "").strip():
        raise UserError("Choose a model first.")
    found["model"] = str(found["model"]).strip()
    if found["model"] != COMPARE:
        registry.spec(found["model"])
    for dial in DIALS:
        _in_range(found[dial.name], dial)
    if found["model"] == COMPARE:
        found["num_return_sequences"] = 1  # three models are three columns already
    if found["seed"] is None or whole(found["seed"], "The seed", ANY_SEED, MOST_SEED) == ANY_SEED:
        found["seed"] = new_seed()
    found["stop"] = str(found["stop"] or "")
    return {name: found[name] for name in SETTINGS}


def _in_range(value, dial: Dial) -> None:
    check = whole if isinstance(dial.step, int) else number
    check(value, dial.name.replace("_", " "), dial.low, dial.high)


def sampling_of(settings: dict):
    """The `generation.Sampling` in checked settings. Errors: UserError."""
    from shared.engines.text.sampling import Sampling

    lines = settings["stop"].split("\n")  # one on each line; a written \\n is a line break to stop at
    stop = tuple(line.replace("\\n", "\n") for line in lines if line) or tuple(filter(None, [settings["stop"]]))
    values = {dial.name: settings[dial.name] for dial in DIALS}
    sampling = Sampling(**values, seed=int(settings["seed"]), stop=stop)
    sampling.check()
    return sampling


def parts_of(settings: dict) -> list[Part]:
    """What is to be run: one part of n samples, or one for each model, or one for each text that goes on."""
    sampling = sampling_of(settings)
    models = GENERATIONS if settings["model"] == COMPARE else (settings["model"],)
    number = len(models) if len(models) > 1 else sampling.num_return_sequences
    kept, lengths = _kept(settings["kept"], number), _lengths(settings["lengths"], number)
    if not any(kept) and not lengths and len(models) == 1:
        return [Part(models[0], (), sampling)]
    # Apart, the samples of a group give what they give together: each draws from its own seed.
    alone = replace(sampling, num_return_sequences=1)
    return [
        Part(
            models[i % len(models)],
            kept[i],
            replace(
                alone,
                seed=sampling.seed + (0 if len(models) > 1 else i),
                max_new_tokens=lengths[i] if lengths else alone.max_new_tokens,
            ),
        )
        for i in range(number)
    ]


def _kept(text: str, number: int) -> list[tuple[int, ...]]:
    """'12 7|12 9' -> [(12, 7), (12, 9)]: the tokens that stand already, of each text."""
    try:
        found = [tuple(int(one) for one in part.split()) for part in text.split("|")] if text else [()] * number
    except ValueError:
        raise UserError("The tokens to go on from must be whole numbers.") from None
    if len(found) != number:
        raise UserError(f"There are {len(found)} texts to go on from, and {number} asked for.")
    if any(len(ids) > MOST_KEPT for ids in found):
        raise UserError(f"This text is longer than {MOST_KEPT:,} tokens and cannot go on; start a new one.")
    return found


def write_kept(texts: Iterable[Iterable[int]]) -> str:
    return "|".join(" ".join(map(str, ids)) for ids in texts)


def _lengths(text: str, number: int) -> list[int]:
    """'80,0,31': the most new tokens of each text, where one was stopped by hand; 0: it has ended."""
    found = [int(one) for one in text.split(",") if one.strip().isdecimal()] if text else []
    if text and len(found) != number:
        raise UserError("The lengths must be one whole number for each text.")
    return found


# ---- running -----------------------------------------------------------------------------------------------


def run(settings: dict, stop: threading.Event | None = None) -> Iterator[tuple[dict, dict | None]]:
    """Yields (view, None) while the texts grow and (view, recipe) once they are finished or stopped.

    The model is fetched and loaded first, if it has to be. Closing the generator stops the work as `stop`
    does; where that is before a model is there, nothing is yielded after it. Errors: UserError.
    """
    settings = checked(settings)
    parts, stop = parts_of(settings), stop or threading.Event()
    yield from _made_ready(parts, settings, stop)
    if stop.is_set():
        return  # waiting for the model, as `use` does, is what the visitor has just ended
    with ExitStack() as used:
        from shared.core import loaders

        loaded = {part.model: used.enter_context(loaders.use(part.model, settings["precision"])) for part in parts}
        notice = " ".join(dict.fromkeys(filter(None, (one.notice for one in loaded.values()))))
        start, columns = time.monotonic(), []
        with closing(_together([_write(part, loaded[part.model], settings, stop) for part in parts], stop)) as news:
            for columns in _paced(news):
                yield token_view.view(columns, settings, _notices(notice, columns)), None
        seconds = time.monotonic() - start
        new = [len(column["tokens"]) - column["kept"] for column in columns]
        if any(new):
            measure(settings, max(new), seconds)
        made = _recipe(settings, columns, new, list(loaded.values()), seconds)
        yield token_view.view(columns, settings, _notices(notice, columns)), made


def _notices(first: str, columns: list[dict]) -> str:
    return " ".join(dict.fromkeys(filter(None, [first, *(column["notice"] for column in columns)])))


def _made_ready(parts: list[Part], settings: dict, stop: threading.Event) -> Iterator[tuple[dict, None]]:
    from shared.core import loaders

    waiting = [token_view.column(part.model, settings["prompt"], [], title=title_of(part.model)) for part in parts]
    for name in dict.fromkeys(part.model for part in parts):
        for sentence in loaders.prepare(name, settings["precision"], stop):
            yield token_view.view(waiting, settings, sentence), None


def _write(part: Part, loaded, settings: dict, stop: threading.Event) -> Iterator[list[dict]]:
    """The columns of one part, again and again as they grow."""
    from shared.engines.text import generation

    model = loaded.model
    beginning = model.tokenizer.encode(settings["prompt"])
    if any(not 0 <= one < model.vocab_size for one in part.kept):
        raise UserError("The text to go on from holds tokens that this model does not know.")

    def column(tokens: list[list], finished: str, ids: Iterable[int], seed: int, notice: str = "") -> dict:
        made = token_view.column(
            loaded.spec.name,
            settings["prompt"],
            tokens,
            precision=settings["precision"],
            title=loaded.spec.title,
            note=token_view.note_of(loaded.spec.name),
            finished=finished,
            seed=seed,
            repetition=generation.repetition(list(ids)),
        )
        return made | {"kept": len(part.kept), "notice": notice}

    ids = [*beginning, *part.kept]
    standing = (
        [_row(token) for token in generation.token_probabilities(model, ids)[len(beginning) :]] if part.kept else []
    )
    if not part.sampling.max_new_tokens:
        yield [column(standing, "end", part.kept, part.sampling.seed)]
        return
    prompt = ids if part.kept else settings["prompt"]
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


def _row(token) -> list:
    return [token.id, token.text, round(token.probability, 4)]


def _together(iterators: list[Iterator[list]], stop: threading.Event) -> Iterator[list]:
    """All their lists as one, at each change of any. Each runs in a thread of its own: models differ in
    pace."""
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


def _recipe(settings: dict, columns: list[dict], new: list[int], loaded: list, seconds: float) -> dict | None:
    settings = dict(settings)
    if any(column["finished"] == "stopped" for column in columns):
        if not all(new):
            return None  # stopped before the first token: nothing was made
        settings["lengths"] = ",".join(map(str, new))
    return recipe.make(TAB, loaded, settings, texts_of(columns), seconds)


def texts_of(columns: list[dict]) -> str:
    """The texts, prompts included, joined by a line of ---."""
    return BETWEEN.join(map(token_view.text_of, columns))


# ---- what is known of the models ---------------------------------------------------------------------------


def title_of(name: str) -> str:
    return registry.spec(name).title


# ---- how long it takes here --------------------------------------------------------------------------------

_seconds_per_step: dict[tuple, float] = {}  # of this process; numbers only, nothing of anybody's text


def _kind(settings: dict) -> tuple:
    return (
        settings["model"],
        settings["precision"],
        int(settings["num_return_sequences"]),
        int(settings["num_beams"]),
    )


def measure(settings: dict, steps: int, seconds: float) -> None:
    """Remember how long a run took; the newest counts half, since other visitors slow each other down."""
    key, found = _kind(settings), seconds / steps
    _seconds_per_step[key] = (found + _seconds_per_step[key]) / 2 if key in _seconds_per_step else found


def expected_seconds(settings: dict) -> float | None:
    """How long these settings will take on this machine, from its own past runs; None before the first."""
    key = _kind(settings)
    like = [value for other, value in _seconds_per_step.items() if other[:2] == key[:2]]
    per_step = _seconds_per_step.get(key) or (max(like) if like else None)
    return per_step and per_step * settings["max_new_tokens"]
