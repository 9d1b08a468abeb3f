"""Bits per character: how many bits a language model needs, on average, for each character of text it has not seen.

It does not depend on the tokenizer, so an n-gram, an LSTM and a GPT-2 can be compared. Lower is better. The end of
each story is predicted too and counted, without adding a character.
"""

import math

import torch
import torch.nn.functional as F


@torch.inference_mode()
def negative_log_likelihood(logits_of, ids, context):
    """(len(ids) - 1,) float32, in nats: -log p(ids[i] | ids[:i]) for i = 1, 2, ...

    logits_of: list of n ids -> (n, vocab) logits. Texts longer than `context` are read in windows that overlap by
    half, so that every token is predicted from at least context / 2 tokens where the text has them.
    """
    nats, start = [], 0
    while start < len(ids) - 1:
        begin = max(0, start - context // 2)
        window = ids[begin : begin + context + 1]
        logits = logits_of(window[:-1]).float()[start - begin :]  # (new, vocab)
        nats.append(F.cross_entropy(logits, torch.tensor(window[1 + start - begin :]), reduction="none"))
        start += len(logits)
    return torch.cat(nats) if nats else torch.empty(0)


def bits_per_character(logits_of, tokenizer, stories, context):
    """Over all `stories` together: sum of -log2 p(token) / number of characters."""
    end = tokenizer.end_id
    nats = sum(
        negative_log_likelihood(logits_of, [end, *tokenizer.encode(story), end], context).sum().item()
        for story in stories
    )
    return nats / math.log(2) / sum(map(len, stories))
