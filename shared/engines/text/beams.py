"""Beam search: the most probable texts that several steps of looking ahead can find."""

from shared.engines.text.sampling import penalise
from shared.engines.text.tokens import Sample, as_tokens, cut, find_stop
from shared.engines.text.work import Row, Work


class BeamSearch(Work):
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

    def receive(self, rows, logits, totals):
        for row, scores, total in zip(rows, logits, totals, strict=True):
            row.logits, row.total = scores, total
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
