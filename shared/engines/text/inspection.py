"""Looking into a text: what the model would have written at a place, how probable each token was, what it looked at."""

from shared.core.errors import UserError
from shared.engines.text.batcher import CHUNK, compute
from shared.engines.text.tokens import as_tokens

WINDOW = 512  # tokens of a pasted text that are read in one pass


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
