"""Drafts of the next sentence of a story, several at once in a batch."""

import re
import threading
import zlib
from contextlib import ExitStack, closing

from ..request import Story
from .drafts import Draft

DRAFTS = 10  # of each sentence; a batch of them takes a small model hardly longer than one text
BEGUN = 6  # drafts of each beginning
LONGEST = 64  # tokens of a sentence
# As the text tab begins: with a penalty on words the fox becomes a rabbit. That twelve tokens in a row do not come
# again ends loops, and leaves names and "the little fox" alone.
SAMPLING = {"top_k": 50, "top_p": 0.95, "no_repeat_ngram_size": 12, "repetition_penalty": 1.0}
WHOLE = re.compile(r"[.!?…。！？][\"”’')\]」』]*\s*$")  # the end of a sentence


def candidates(
    model, ids: list[int], asked: Story, stop: threading.Event, attempt: int, begun: tuple[str, ...] = (), memory=None
) -> tuple[list[Draft], str]:
    """How the story may go on: some drafts of its next sentence, others in each attempt.

    begun: beginnings, each of which gets some drafts of its own. memory: a Memory (shared/engines/text/writing.py) of
    the whole story, which is then read once.
    """
    from shared.engines.text.generation import generate
    from shared.engines.text.sampling import Sampling
    from shared.engines.text.writing import Branch, Memory

    memory = memory or Memory()

    def samples(beginning: str, first: tuple[int, ...]):
        sampling = Sampling(
            max_new_tokens=LONGEST,
            num_return_sequences=BEGUN if beginning else DRAFTS,
            seed=zlib.crc32(f"{asked.seed}/{len(ids)}/{attempt}{beginning}".encode()),
            temperature=asked.temperature,
            **SAMPLING,
        )
        own = Branch(memory) if beginning else memory
        return generate(model, [*ids, *first], sampling, stop, memory=own, over=is_sentence)

    drafts, notice = [], ""
    with ExitStack() as open_ones:
        running = []
        for beginning in ("", *begun):
            first = tuple(model.tokenizer.encode(beginning)) if beginning else ()
            snapshots = open_ones.enter_context(closing(samples(beginning, first)))
            # They are written side by side; the first one has read the story when it has its first token.
            running.append((beginning, first, next(snapshots), snapshots))
        for beginning, first, last, snapshots in running:
            for last in snapshots:  # noqa: B007, PLW2901
                pass
            notice = notice or last[0].notice
            drafts += filter(None, (_draft(sample, beginning, first) for sample in last))
    return drafts, notice


def _draft(sample, beginning: str, first: tuple[int, ...]) -> Draft | None:
    n = tokens_of_sentence(sample.tokens, True)
    tokens = sample.tokens[:n]
    ends = sample.finished == "end" and n == len(sample.tokens)
    text = beginning + "".join(token.text for token in tokens)
    if beginning and not WHOLE.search(text):  # the model had nothing to say after these words: they stay unsaid
        return None
    kept = (*first, *(token.id for token in tokens))
    return Draft(text, kept, tuple(token.probability for token in tokens), ends)


def is_sentence(tokens) -> bool:
    """Whether the tokens hold a whole sentence, and enough behind it to know that it is one."""
    return tokens_of_sentence(tokens, False) > 0


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
