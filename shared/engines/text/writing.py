"""Texts that are drawn token by token, each with the noise of its own seed."""

import codecs

from shared.engines.text.sampling import next_tokens
from shared.engines.text.tokens import Sample, Token, cut, find_stop, held_back
from shared.engines.text.work import Row, Work

NOISE = 64  # numbers drawn at once


class Memory:
    """What a model has read for one writer after another: texts that begin alike are read on, not read again."""

    def __init__(self):
        self.ids, self.state, self.following = [], None, None  # `following`: (logits, total) behind all of the ids

    def row_of(self, model, ids):
        """(Row for these ids, the prediction that follows them if they have all been read, else None). The state is
        the writer's until it keeps it here again."""
        state, self.state = self.state, None
        return self.read_on(model, ids, state)

    def read_on(self, model, ids, state):
        known = len(self.ids)
        if state is None or ids[:known] != self.ids:
            return Row(model.start(), list(ids)), None
        return Row(state, ids[known:]), self.following if known == len(ids) else None

    def keep(self, ids, state, following):
        self.ids, self.state, self.following = list(ids), state, following


class Branch:
    """The memory for a text that leaves the main one: it begins with what that one has read, and changes nothing."""

    def __init__(self, trunk):
        self.trunk = trunk

    def row_of(self, model, ids):
        state = self.trunk.state
        return self.trunk.read_on(model, ids, None if state is None else model.copy(state))

    def keep(self, ids, state, following):
        pass


class Writing(Work):
    """Texts that are drawn token by token.

    memory: where the state of the prompt is kept for the next writer, and perhaps was by the last one.
    over: tokens of a text -> whether it may end behind them, as after a whole sentence.
    """

    def __init__(self, *args, memory=None, over=None):
        super().__init__(*args)
        self.places = self.sampling.num_return_sequences  # in the batch
        self.memory, self.over_after = memory, over
        self.texts = [Writer(self, index) for index in range(self.places)]
        self.reader = None  # the prompt is read once, for all texts

    def rows(self):
        if self.reader is None:
            self.reader, following = (self.memory or Memory()).row_of(self.model, self.prompt_ids)
            if following:
                self.begin(*following)
        return [self.reader] if self.reading else [text for text in self.texts if not text.finished]

    @property
    def reading(self):
        return self.texts[0].state is None and not self.texts[0].finished

    def receive(self, rows, logits, totals):
        if rows[0] is self.reader:
            self.begin(logits[0], totals[0])
        else:
            self.write(rows, logits, totals)

    def begin(self, logits, total):
        """The prompt has been read."""
        state = self.reader.state
        if self.memory is not None:
            self.memory.keep(self.prompt_ids, state, (logits, total))
            states = self.model.copies(state, self.places)
        else:
            states = [state, *self.model.copies(state, self.places - 1)]
        for text, own in zip(self.texts, states, strict=True):
            text.state = own
        self.write(self.texts, logits.expand(self.places, -1), total.expand(self.places))

    def write(self, texts, logits, totals):
        """The next token of each."""
        uniforms = [text.uniform() for text in texts]
        ids = next_tokens(logits, [text.ids for text in texts], self.sampling, uniforms)
        places = logits.new_tensor(ids).long()[:, None]
        probabilities = (logits.gather(1, places)[:, 0] - totals).exp().tolist()
        for text, id, probability in zip(texts, ids, probabilities, strict=True):
            text.write(id, probability)
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

    def __init__(self, work, index):
        import torch

        super().__init__(None, [])
        self.work, self.index, self.model, self.sampling = work, index, work.model, work.sampling
        self.ids = list(work.text_ids)  # prompt and text, without the start token: it is no repetition
        self.read = len(work.prompt_ids)  # tokens the state knows once `feed` is read
        self.tokens, self.text, self.finished, self.notice = [], "", "", work.notice
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.noise, self.uniforms = torch.Generator().manual_seed(self.sampling.seed + index), []

    def uniform(self):
        """The next number in [0, 1) of the text's own noise."""
        import torch

        if not self.uniforms:  # one at a time takes long
            self.uniforms = torch.rand(NOISE, generator=self.noise, dtype=torch.float64).tolist()[::-1]
        return self.uniforms.pop()

    def write(self, id, probability):
        if id == self.model.end_id:
            return self.finish("end")
        piece = self.decoder.decode(self.model.tokenizer.token_bytes(id))
        self.ids.append(id)
        self.tokens.append(Token(id, piece, probability))
        self.text += piece
        stop = find_stop(self.text, len(self.text) - len(piece), self.sampling.stop)
        if stop is not None:
            self.tokens, self.text = cut(self.tokens, len(self.text) - stop), self.text[:stop]
            return self.finish("stop")
        if len(self.tokens) == self.sampling.max_new_tokens:
            return self.finish("length")
        if self.work.over_after and self.work.over_after(self.tokens):
            return self.finish("stop")
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
        return Sample(self.index, self.work.prompt, text, tokens, self.finished, self.notice)
