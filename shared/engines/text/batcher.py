"""The thread that advances all texts of one model together, one token a step.

Continuous batching (Yu et al., 2022, "Orca"): new prompts are read in pieces, so that a long one does not hold up the
others, and every other step is for them alone: the first word of a text waits for no one's last.
"""

import itertools
import threading
import weakref
from concurrent.futures import Future

from shared.core import turns
from shared.core.errors import UserError
from shared.core.threads import use_physical_cores

CHUNK = 64  # prompt tokens that one text reads in one step: about 50 ms of GPT-2 on two cores
PROMPT_TOKENS_PER_STEP = 128  # of all texts together
MOST_TEXTS = 32  # that advance together; where there are more, who has had least comes first
# Who has had so many tokens lately, and twice as many as another, takes part in every third step only.
LONG, EVERY = 150, 3
FADES = 0.998  # a step: of what somebody has had, half is forgotten after 350

_batchers = weakref.WeakKeyDictionary()
_batchers_lock = threading.Lock()


def batcher_of(model):
    with _batchers_lock:
        if model not in _batchers:
            _batchers[model] = Batcher()
        return _batchers[model]


class Batcher:
    """Advances all works for one model together. Its thread lives while there is something to do.

    All computing of a model is done in that thread. GNU OpenMP keeps helpers for every thread that computed,
    and with more helpers than cores it lets them sleep between operations, which costs 25 microseconds each.
    """

    def __init__(self):
        self.works, self.errands = [], []  # texts to write; single calls: (future, function, arguments)
        self.lock, self.idle = threading.Lock(), threading.Event()
        self.idle.set()
        self.steps, self.reads = 0, False  # reads: the last step was for new prompts alone
        self.had = {}  # asker -> tokens lately

    def add(self, model, work=None, errand=None):
        with self.lock:
            self.works += [work] if work else []
            self.errands += [errand] if errand else []
            if self.idle.is_set():
                self.idle.clear()
                threading.Thread(target=self.run, args=(model,), daemon=True, name="batcher").start()

    def run(self, model):
        import torch

        use_physical_cores()
        with torch.inference_mode():
            while self.waiting():
                self.run_errands()
                works = self.next_works()
                try:
                    with turns.turn(first=self.reads):
                        self.step(model, works)
                except Exception as error:  # the readers must hear of it, and the next ones be served
                    for work in works:
                        work.fail(error)

    def run_errands(self):
        while self.errands:
            future, function, arguments = self.errands.pop(0)
            try:
                future.set_result(function(*arguments))
            except Exception as error:  # raised again where the result is asked for
                future.set_exception(error)

    def waiting(self):
        """Drops the works that are over. False: nothing is left to do, and the thread ends."""
        with self.lock:
            for work in self.works:
                if work.told_to_stop() and not work.finished():
                    with work.lock:
                        work.stop()
                if work.finished() and not work.over.is_set():
                    work.over.set()
                    work.news.set()
            self.works = [work for work in self.works if not work.over.is_set()]
            if self.works or self.errands:
                return True
            self.idle.set()
            return False

    def next_works(self):
        """The works that the next step is for. A short text is not held up by a long one, nor by somebody's many: each
        text more makes a step longer for all."""
        works = list(self.works)
        self.had = {asker: tokens * FADES for asker, tokens in self.had.items() if tokens > 0.5}
        had = {work.asker: self.had.get(work.asker, 0) for work in works}
        most = max(LONG, 2 * min(had.values(), default=0))
        light = [work for work in works if had[work.asker] <= most]
        new = [work for work in light if not work.begun]
        self.reads = bool(new) and not self.reads
        self.steps += not self.reads
        most_first = not self.reads and self.steps % EVERY == 0  # or they would hardly find room
        works = new if self.reads else works if most_first else light
        chosen, places = [], 0
        for work in sorted(works, key=lambda work: had[work.asker], reverse=most_first):
            if places + work.places <= MOST_TEXTS:
                chosen.append(work)
                places += work.places
                self.had[work.asker] = self.had.get(work.asker, 0) + work.places
        return chosen

    def step(self, model, works):
        """One pass of the model: a token for each text, and a piece of some prompts."""
        batch, budget = [], PROMPT_TOKENS_PER_STEP
        for work in works:
            for row in work.rows():
                n = min(len(row.feed), CHUNK)  # the same pieces whoever else is there, so the same rounding
                if n > 1:
                    if budget < n:
                        continue
                    budget -= n
                if n:
                    batch.append((work, row, n))
        if not batch:
            return
        logits = model.advance([row.state for _, row, _ in batch], [row.feed[:n] for _, row, n in batch])
        totals = logits.logsumexp(-1)
        done = []
        for place, (_, row, n) in enumerate(batch):
            row.feed = row.feed[n:]
            if not row.feed:
                done.append(place)
        for work, places in itertools.groupby(done, lambda place: batch[place][0]):
            which = list(places)
            try:
                with work.lock:
                    work.receive([batch[place][1] for place in which], logits[which], totals[which])
                work.begun = True
            except UserError as error:  # of this reader's settings
                work.fail(error)


def compute(model, function, *arguments):
    """function(*arguments), in the model's thread, between two tokens of the texts that it is writing."""
    future = Future()
    batcher_of(model).add(model, errand=(future, function, arguments))
    return future.result()
