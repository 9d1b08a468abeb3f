"""Texts that are drawn token by token, each with the noise of its own seed."""

import codecs

from shared.engines.text.sampling import next_token
from shared.engines.text.tokens import Sample, Token, cut, find_stop, held_back
from shared.engines.text.work import Row, Work


class Writing(Work):
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

    def __init__(self, work, index):
        import torch

        super().__init__(None, [])
        self.work, self.index, self.model, self.sampling = work, index, work.model, work.sampling
        self.ids = list(work.text_ids)  # prompt and text, without the start token: it is no repetition
        self.read = len(work.prompt_ids)  # tokens the state knows once `feed` is read
        self.tokens, self.text, self.finished, self.notice = [], "", "", work.notice
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
        return Sample(self.index, self.work.prompt, text, tokens, self.finished, self.notice)
