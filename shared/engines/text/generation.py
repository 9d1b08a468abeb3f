"""Text from a language model, for many readers at once.

Each model has one thread that advances all texts together, one token a step (continuous batching: Yu et
al., 2022, "Orca"). New prompts are read in pieces in the same steps, so that a long one does not hold up
the others. The noise of a text comes from its own seed: it is the same text alone and among others.

    for samples in generate(model, "Once upon a time", Sampling(seed=1)):
        print(samples[0].text)
"""

import codecs
import threading
import time
import weakref
from concurrent.futures import Future
from dataclasses import dataclass, replace

from shared.core.errors import UserError
from shared.core.threads import use_physical_cores
from shared.engines.text.sampling import Sampling, next_token, penalise

CHUNK = 64  # prompt tokens that one text reads in one step: about 50 ms of GPT-2 on two cores
PROMPT_TOKENS_PER_STEP = 128  # of all texts together
MOST_TEXTS = 32  # that advance together; further readers wait for their turn
LONGEST_PROMPT = 4096  # tokens that are read of a prompt, also by models without a limit of their own
WINDOW = 512  # tokens of a pasted text that are judged in one pass
SECONDS_BETWEEN_SNAPSHOTS = 0.05


@dataclass(frozen=True)
class Token:
    id: int
    text: str  # the characters that this token completes; "" while a character is not complete
    probability: float  # under the model's plain softmax, before any filter


@dataclass(frozen=True)
class Sample:
    index: int
    prompt: str
    text: str  # what was written after the prompt
    tokens: list[Token]  # their texts joined are `text`
    finished: str  # "" while writing; "end", "length", "stop" (a stop text) or "stopped" (by the reader)
    notice: str = ""  # a sentence for the reader, when not all of the text fits into the model


def generate(model, prompt, sampling, stop_event=None):
    """Yields lists of `Sample`, one per text, as they grow: the first token at once, then 20 times a second.

    Ends within one token once `stop_event` (a threading.Event) is set or the generator is closed; in the
    first case the last list says so. Raises UserError for settings out of range.
    """
    sampling.check()
    request = (BeamSearch if sampling.num_beams > 1 else Writing)(model, prompt, sampling, stop_event)
    batcher_of(model).add(model, request)
    shown_at = 0.0
    try:
        while True:
            request.news.wait()
            request.over.wait(max(0.0, shown_at + SECONDS_BETWEEN_SNAPSHOTS - time.monotonic()))
            request.news.clear()
            samples = request.snapshot()
            shown_at = time.monotonic()
            yield samples
            if all(sample.finished for sample in samples):
                return
    finally:
        request.cancelled = True


# What a reader asks for


class Row:
    """One text in the batch: the model's state of it, and the tokens that the state has not read yet."""

    def __init__(self, state, feed):
        self.state, self.feed = state, feed


class Request:
    """What one reader asked for: some rows, which the batcher advances, and how far they are."""

    def __init__(self, model, prompt, sampling, stop_event):
        self.model, self.prompt, self.sampling, self.stop_event = model, prompt, sampling, stop_event
        self.cancelled = False  # the reader went away
        self.error = None
        self.lock = threading.Lock()
        self.news, self.over = threading.Event(), threading.Event()  # another token; the last one
        self.text_ids, self.notice = prompt_ids(model, prompt, sampling)  # what penalties look at
        begin = [model.end_id] if model.begins_with_end or not self.text_ids else []
        if None in begin:
            raise UserError("This model cannot begin a text by itself; type a few words.")
        self.prompt_ids = begin + self.text_ids

    def told_to_stop(self):
        return self.cancelled or (self.stop_event is not None and self.stop_event.is_set())

    def fail(self, error):
        self.error = error
        self.over.set()
        self.news.set()

    def snapshot(self):
        if self.error:
            raise self.error
        with self.lock:
            return self.samples()


def prompt_ids(model, prompt, sampling):
    """Ids of the end of the prompt that the model can read, and a notice if that is not all of it.

    prompt: a text, or a list of ids where it must go on from exactly these tokens.
    """
    if isinstance(prompt, list) and all(isinstance(id, int) and 0 <= id < model.vocab_size for id in prompt):
        ids = prompt
    elif isinstance(prompt, str):
        ids = model.tokenizer.encode(prompt)
    else:
        raise UserError(f"The prompt is {str(prompt)[:40]!r}; it must be a text, or a list of this model's tokens.")
    # At least half of the context is for the prompt, more if little is to be written; 1 is the start token.
    most = min(max(model.context // 2, model.context - sampling.max_new_tokens) - 1, LONGEST_PROMPT)
    if len(ids) <= most:
        return ids, ""
    return ids[-most:], f"The prompt has {len(ids)} tokens; the model reads only the last {most} of them."


class Writing(Request):
    """Texts that are drawn token by token."""

    def __init__(self, *args):
        super().__init__(*args)
        self.places = self.sampling.num_return_sequences  # in the batch
        self.texts = [Writer(self, index) for index in range(self.places)]
        self.texts[0].state, self.texts[0].feed = self.model.start(), list(self.prompt_ids)
        self.reading = True  # the prompt is read once, for all texts

    def rows(self):
        return self.texts[:1] if self.reading else [text for text in self.texts if not text.finished]

    def receive(self, row, logits, total):
        """The prediction that follows `row`: logits (vocab,), and their logsumexp."""
        texts = self.texts if self.reading else [row]
        if self.reading:
            for text in self.texts[1:]:
                text.state = self.model.copy(row.state)
            self.reading = False
        for text in texts:
            text.write(logits, float(total))
        self.news.set()

    def stop(self):
        for text in self.texts:
            text.finish(text.finished or "stopped")

    def finished(self):
        return all(text.finished for text in self.texts)

    def samples(self):
        return [text.sample() for text in self.texts]


class Writer(Row):
    """One text as it is written."""

    def __init__(self, request, index):
        import torch

        super().__init__(None, [])
        self.request, self.index, self.model, self.sampling = request, index, request.model, request.sampling
        self.ids = list(request.text_ids)  # prompt and text, without the start token: it is no repetition
        self.read = len(request.prompt_ids)  # tokens the state knows once `feed` is read
        self.tokens, self.text, self.finished, self.notice = [], "", "", request.notice
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.noise = torch.Generator().manual_seed(self.sampling.seed + index)

    def write(self, logits, total):
        import torch

        uniform = float(torch.rand((), generator=self.noise, dtype=torch.float64))
        id = next_token(logits, self.ids, self.sampling, uniform)
        if id == self.model.end_id:
            return self.finish("end")
        piece = self.decoder.decode(self.model.tokenizer.token_bytes(id))
        self.ids.append(id)
        self.tokens.append(Token(id, piece, float((logits[id] - total).exp())))
        self.text += piece
        stop = find_stop(self.text, len(self.text) - len(piece), self.sampling.stop)
        if stop is not None:
            self.tokens, self.text = cut(self.tokens, len(self.text) - stop), self.text[:stop]
            return self.finish("stop")
        if len(self.tokens) == self.sampling.max_new_tokens:
            return self.finish("length")
        self.feed = [id]
        self.read += 1
        if self.read > self.model.context:
            self.slide()

    def slide(self):
        """The context is full: forget its older half and read the newer one again, from position 0."""
        half = self.model.context // 2
        self.model.close(self.state)
        self.state, self.feed, self.read = self.model.start(), self.ids[-half:], half
        self.notice = (
            f"The text is longer than the {self.model.context} tokens that the model can see; "
            f"from there on it saw only the last {half} to {self.model.context}."
        )

    def finish(self, reason):
        self.finished = reason
        if self.state is not None:
            self.model.close(self.state)
            self.state = None

    def sample(self):
        # The beginning of a stop text is held back: it must not appear and vanish again.
        held = 0 if self.finished else held_back(self.text, self.sampling.stop)
        text = self.text[: len(self.text) - held]
        tokens = cut(self.tokens, held) if held else list(self.tokens)
        return Sample(self.index, self.request.prompt, text, tokens, self.finished, self.notice)


def find_stop(text, new, stops):
    """Where the first stop text begins in `text`, or None; what is before `new` was searched already."""
    found = [text.find(stop, max(0, new - len(stop) + 1)) for stop in stops]
    return min((at for at in found if at >= 0), default=None)


def held_back(text, stops):
    """Length of the longest end of `text` that may become a stop text."""
    beginnings = (stop[:n] for stop in stops for n in range(1, len(stop)))
    return max((len(beginning) for beginning in beginnings if text.endswith(beginning)), default=0)


def cut(tokens, characters):
    """The tokens without the last so many characters."""
    tokens = list(tokens)
    while characters > 0:
        last = tokens.pop()
        characters -= len(last.text)
        if characters < 0:
            tokens.append(replace(last, text=last.text[:-characters]))
    return tokens


class BeamSearch(Request):
    """The most probable texts, `num_beams` followed at a time, as transformers does it (length penalty 1)."""

    def __init__(self, *args):
        super().__init__(*args)
        self.places = self.sampling.num_beams
        self.beams = [Beam(self.model.start(), list(self.prompt_ids))]
        self.done = []  # finished beams, the best first
        self.ended = ""
        self.room = min(self.sampling.max_new_tokens, self.model.context - len(self.prompt_ids) + 1)
        if self.room < self.sampling.max_new_tokens:
            self.notice += f" Beam search ends at the model's context: it writes {self.room} tokens at most."
            self.notice = self.notice.strip()

    def rows(self):
        return self.beams

    def receive(self, row, logits, total):
        row.logits, row.total = logits, total
        if all(beam.logits is not None for beam in self.beams):
            self.step()
            self.news.set()

    def step(self):
        """All beams by one token. The best 2 n continuations are looked at: n of them can be ends."""
        n = self.sampling.num_beams
        options = []  # score, beam, id
        for beam in self.beams:
            scores = penalise(beam.logits - beam.total, self.text_ids + beam.ids, self.sampling) + beam.score
            best = scores.topk(min(2 * n, len(scores)))
            pairs = zip(best.values.tolist(), best.indices.tolist(), strict=True)
            options += [(score, beam, id) for score, id in pairs]
        options.sort(key=lambda option: -option[0])

        length = len(self.beams[0].ids) + 1
        parents, going = set(), []
        for rank, (score, parent, id) in enumerate(options[: 2 * n]):
            reason = self.reason_to_end(parent, id, length)
            if reason and rank < n:
                self.done.append(parent.child(None, id, score / length, reason))
            elif not reason and len(going) < n:
                # The first child takes the state over, its siblings copy it.
                state = self.model.copy(parent.state) if parent in parents else parent.state
                parents.add(parent)
                going.append(parent.child(state, id, score))
        for beam in self.beams:
            if beam not in parents:
                self.model.close(beam.state)
        self.done = sorted(self.done, key=lambda beam: -beam.score)[:n]
        self.beams = going
        if not going or (len(self.done) == n and going[0].score / length <= self.done[-1].score):
            self.ended = "end"
            self.close()

    def reason_to_end(self, parent, id, length):
        if id == self.model.end_id:
            return "end"
        if self.sampling.stop:
            text = self.model.tokenizer.decode([*parent.ids, id])
            if find_stop(text, 0, self.sampling.stop) is not None:
                return "stop"
        return "length" if length == self.room else ""

    def close(self):
        for beam in self.beams:
            self.model.close(beam.state)
        self.beams = []

    def stop(self):
        self.done, self.ended = self.beams or self.done, "stopped"
        for beam in self.done:
            beam.finished = "stopped"
        self.close()

    def finished(self):
        return bool(self.ended)

    def samples(self):
        """The best beams so far; while the search goes on, a text may still change as a whole."""
        best = (self.done if self.ended else self.beams)[: self.sampling.num_return_sequences]
        return [self.sample(index, beam) for index, beam in enumerate(best)]

    def sample(self, index, beam):
        ids = beam.ids[:-1] if beam.finished == "end" else beam.ids
        tokens = as_tokens(self.model, ids, beam.probabilities[: len(ids)])
        text = "".join(token.text for token in tokens)
        stop = find_stop(text, 0, self.sampling.stop)
        if stop is not None:
            tokens, text = cut(tokens, len(text) - stop), text[:stop]
        return Sample(index, self.prompt, text, tokens, beam.finished if self.ended else "", self.notice)


class Beam(Row):
    """A text of a beam search; `score` is its log-probability, once finished divided by its length."""

    def __init__(self, state, feed, ids=(), probabilities=(), score=0.0, finished=""):
        super().__init__(state, feed)
        self.ids, self.probabilities, self.score, self.finished = [*ids], [*probabilities], score, finished
        self.logits = self.total = None

    def child(self, state, id, score, finished=""):
        probability = float((self.logits[id] - self.total).exp())
        return Beam(state, [id], [*self.ids, id], [*self.probabilities, probability], score, finished)


def as_tokens(model, ids, probabilities):
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces = (decoder.decode(model.tokenizer.token_bytes(id)) for id in ids)
    return [Token(id, piece, p) for id, piece, p in zip(ids, pieces, probabilities, strict=True)]


# The thread that serves all readers of one model

_batchers = weakref.WeakKeyDictionary()
_batchers_lock = threading.Lock()


def batcher_of(model):
    with _batchers_lock:
        if model not in _batchers:
            _batchers[model] = Batcher()
        return _batchers[model]


class Batcher:
    """Advances all requests of one model together. Its thread lives while there is something to do.

    All computing of a model is done in that thread. GNU OpenMP keeps helpers for every thread that computed,
    and with more helpers than cores it lets them sleep between operations, which costs 25 microseconds each.
    """

    def __init__(self):
        self.requests, self.errands = [], []  # texts to write; single calls: (future, function, arguments)
        self.lock, self.running = threading.Lock(), False

    def add(self, model, request=None, errand=None):
        with self.lock:
            self.requests += [request] if request else []
            self.errands += [errand] if errand else []
            if not self.running:
                self.running = True
                threading.Thread(target=self.run, args=(model,), daemon=True, name="batcher").start()

    def run(self, model):
        import torch

        use_physical_cores()
        with torch.inference_mode():
            while self.waiting():
                self.run_errands()
                requests = list(self.requests)
                try:
                    self.step(model, requests)
                except Exception as error:  # the readers must hear of it, and the next ones be served
                    for request in requests:
                        request.fail(error)

    def run_errands(self):
        while self.errands:
            future, function, arguments = self.errands.pop(0)
            try:
                future.set_result(function(*arguments))
            except Exception as error:  # raised again where the result is asked for
                future.set_exception(error)

    def waiting(self):
        """Drops the requests that are over. False: nothing is left to do, and the thread ends."""
        with self.lock:
            for request in self.requests:
                if request.told_to_stop() and not request.finished():
                    with request.lock:
                        request.stop()
                if request.finished() and not request.over.is_set():
                    request.over.set()
                    request.news.set()
            self.requests = [request for request in self.requests if not request.over.is_set()]
            self.running = bool(self.requests or self.errands)
            return self.running

    def step(self, model, requests):
        """One pass of the model: a token for each text, and a piece of some prompts."""
        batch, places, budget = [], 0, PROMPT_TOKENS_PER_STEP
        for request in requests:
            places += request.places
            if places > MOST_TEXTS:
                break
            for row in request.rows():
                n = min(len(row.feed), CHUNK)  # the same pieces whoever else is there, so the same rounding
                if n > 1:
                    if budget < n:
                        continue
                    budget -= n
                if n:
                    batch.append((request, row, n))
        if not batch:
            return
        logits = model.advance([row.state for _, row, _ in batch], [row.feed[:n] for _, row, n in batch])
        totals = logits.logsumexp(-1)
        for (request, row, n), row_logits, total in zip(batch, logits, totals, strict=True):
            row.feed = row.feed[n:]
            if not row.feed:
                try:
                    with request.lock:
                        request.receive(row, row_logits, total)
                except UserError as error:  # of this reader's settings
                    request.fail(error)


def compute(model, function, *arguments):
    """function(*arguments), in the model's thread, between two tokens of the texts that it is writing."""
    future = Future()
    batcher_of(model).add(model, errand=(future, function, arguments))
    return future.result()


# Looking into a text


def alternatives(model, ids, position, n=10):
    """[(id, text, probability)] of the n tokens that are most probable at `position`, given those before it.

    Positions count as in Python: 0 is the first token, -1 the last; len(ids) is the one that would come next.
    """
    if not -len(ids) <= position <= len(ids):
        most = len(ids)
        raise UserError(f"position is {position}; the text has {most} tokens: it must be from {-most} to {most}.")
    before = ids[:position] if position < len(ids) else ids
    before = before[-(model.context - 1) :]
    if model.begins_with_end or not before:
        before = [model.end_id, *before]
    state = model.start()
    for start in range(0, len(before), CHUNK):  # in pieces, as a prompt is read
        logits = compute(model, model.advance, [state], [before[start : start + CHUNK]])
    model.close(state)
    top = logits[0].softmax(-1).topk(min(n, model.vocab_size))
    pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
    return [(id, model.tokenizer.decode([id]), p) for id, p in pairs]


def token_probabilities(model, ids):
    """The tokens of an existing text, each with its probability after the tokens before it.

    A text longer than the context is read in overlapping windows: a token then sees at least half a window.
    """
    import torch

    window = min(model.context, WINDOW)
    ids_read, probabilities = [model.end_id, *ids], []
    while len(probabilities) < len(ids):
        done = len(probabilities)
        start = max(0, done - window // 2)
        logits = compute(model, model.all_logits, ids_read[start : start + window])[done - start : len(ids) - start]
        targets = torch.tensor(ids[done : done + len(logits)])
        probabilities += logits.softmax(-1).gather(1, targets[:, None])[:, 0].tolist()
    return as_tokens(model, ids, probabilities)


def attention(model, ids):
    """ids -> (layers, heads, n, n), how much token i looks at token j <= i. UserError if there is none."""
    return compute(model, model.attention, ids)


def repetition(text_or_ids):
    """Share of 3-grams, of words or of token ids, that occurred before in the same text: 0 none, 1 all."""
    items = text_or_ids.lower().split() if isinstance(text_or_ids, str) else list(text_or_ids)
    grams = list(zip(items, items[1:], items[2:], strict=False))
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


__all__ = [
    "Sample",
    "Sampling",
    "Token",
    "alternatives",
    "attention",
    "compute",
    "generate",
    "repetition",
    "token_probabilities",
]
