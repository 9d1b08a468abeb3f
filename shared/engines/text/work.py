"""What one reader waits for. The batcher (batcher.py) advances its rows; writing.py and beams.py make texts of them."""

import threading

from shared.core import brakes
from shared.core.errors import UserError


class Row:
    """One text in the batch: the model's state of it, and the tokens that the state has not read yet."""

    def __init__(self, state, feed):
        self.state, self.feed = state, feed


class Work:
    """What one reader asked for: some rows, which the batcher advances, and how far they are.

    A kind of work has `places` (its texts in the batch), rows(), receive(rows, logits, totals) for their predictions
    (rows, vocab) and the logsumexp of each, samples(), stop() and finished().
    """

    def __init__(self, model, prompt, text_ids, sampling, stop_event, notice=""):
        """text_ids: the tokens of the prompt that the model reads, which penalties look at too."""
        self.model, self.prompt, self.sampling, self.stop_event = model, prompt, sampling, stop_event
        self.text_ids, self.notice = text_ids, notice
        self.cancelled = False  # the reader went away
        self.begun = False  # its first token is there
        self.asker = brakes.asker.get() or str(id(self))  # whose it is
        self.error = None
        self.lock = threading.Lock()
        self.news, self.over = threading.Event(), threading.Event()  # another token; the last one
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
