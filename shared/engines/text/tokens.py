"""Tokens with their characters and probabilities, and where a text has to stop."""

import codecs
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Token:
    id: int
    text: str  # the characters that this token completes; "" while a character is not complete
    probability: float | None  # under the model's plain softmax, before any filter; None where a server keeps it


@dataclass(frozen=True)
class Sample:
    index: int
    prompt: str
    text: str  # what was written after the prompt
    tokens: list[Token]  # their texts joined are `text`
    finished: str  # "" while writing; "end", "length", "stop" (a stop text) or "stopped" (by the reader)
    notice: str = ""  # a sentence for the reader, when not all of the text fits into the model


def as_tokens(model, ids, probabilities):
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces = (decoder.decode(model.tokenizer.token_bytes(id)) for id in ids)
    return [Token(id, piece, p) for id, piece, p in zip(ids, pieces, probabilities, strict=True)]


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
