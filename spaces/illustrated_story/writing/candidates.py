"""Drafts of the next sentence of a story, several at once in a batch."""

import re
import threading
import zlib
from contextlib import closing

from ..request import Story
from .drafts import Draft

DRAFTS = 12  # of each sentence; a batch of them takes a small model hardly longer than one text
LONGEST = 64  # tokens of a sentence
# As the text tab begins: with a penalty on words the fox becomes a rabbit. That twelve tokens in a row do not come
# again ends loops, and leaves names and "the little fox" alone.
SAMPLING = {"top_k": 50, "top_p": 0.95, "no_repeat_ngram_size": 12, "repetition_penalty": 1.0}
WHOLE = re.compile(r"[.!?…。！？][\"”’')\]」』]*\s*$")  # the end of a sentence


def candidates(
    model, ids: list[int], asked: Story, stop: threading.Event, attempt: int, begun: str = ""
) -> tuple[list[Draft], str]:
    """How the story may go on: some drafts of its next sentence, others in each attempt. begun: how they begin."""
    from shared.engines.text.generation import generate
    from shared.engines.text.sampling import Sampling

    first = tuple(model.tokenizer.encode(begun)) if begun else ()
    sampling = Sampling(
        max_new_tokens=LONGEST,
        num_return_sequences=DRAFTS,
        seed=zlib.crc32(f"{asked.seed}/{len(ids)}/{attempt}{begun}".encode()),
        temperature=asked.temperature,
        **SAMPLING,
    )
    samples = []
    with closing(generate(model, [*ids, *first], sampling, stop)) as snapshots:
        for samples in snapshots:
            if all(sample.finished or tokens_of_sentence(sample.tokens, False) for sample in samples):
                break
    drafts = []
    for sample in samples:
        n = tokens_of_sentence(sample.tokens, True)
        tokens = sample.tokens[:n]
        ends = sample.finished == "end" and n == len(sample.tokens)
        text = begun + "".join(token.text for token in tokens)
        if not begun or WHOLE.search(text):  # where the model had nothing to say after these words, they stay unsaid
            kept = (*first, *(token.id for token in tokens))
            drafts.append(Draft(text, kept, tuple(token.probability for token in tokens), ends))
    return drafts, samples[0].notice if samples else ""


def tokens_of_sentence(tokens, over: bool) -> int:
    """How many of the tokens make the first sentence; 0 while it is not known. over: no more of them will come."""
    text = "".join(token.text for token in tokens)
    behind = len(text) - len(text.lstrip())
    for match in re.finditer(r"""[.!?…]+["”’')]*(?=\s|$)|[。！？]+[」』”’]*|(?<=\S)\n""", text[behind:]):
        end = behind + match.end()
        if end == len(text) and not over:
            return 0
        # Two tokens more show whether the model ends there; without them the end of a story would be missed.
        if not over and len(text[end:].strip()) == 0 and end > len(text) - 2:
            return 0
        size = 0
        for n, token in enumerate(tokens, 1):
            size += len(token.text)
            if size >= end:
                return n
    return len(tokens) if over else 0
