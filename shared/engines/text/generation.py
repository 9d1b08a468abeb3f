"""Text from a language model, for many readers at once.

    for samples in generate(model, "Once upon a time", Sampling(seed=1)):
        print(samples[0].text)

One thread a model advances all texts together (batcher.py); a text is drawn token by token (writing.py, sampling.py) or
searched for (beams.py). The noise of a text comes from its own seed: it is the same text alone and among others.
"""

import time

from shared.core.errors import UserError
from shared.engines.text.batcher import batcher_of, compute
from shared.engines.text.beams import BeamSearch
from shared.engines.text.inspection import alternatives, attention, repetition, token_probabilities
from shared.engines.text.sampling import Sampling
from shared.engines.text.tokens import Sample, Token
from shared.engines.text.writing import Writing

__all__ = ["Sample", "Sampling", "Token", "alternatives", "attention", "compute", "generate", "repetition"]
__all__ += ["token_probabilities"]

LONGEST_PROMPT = 4096  # tokens that are read of a prompt, also by models without a limit of their own
SECONDS_BETWEEN_SNAPSHOTS = 0.05


def generate(model, prompt, sampling, stop_event=None, **drafts):
    """Yields lists of `Sample`, one per text, as they grow: the first token at once, then 20 times a second.

    Ends within one token once `stop_event` (a threading.Event) is set or the generator is closed; in the
    first case the last list says so. Raises UserError for settings out of range.
    drafts: `memory` and `over` of Writing, for what is drawn and not searched for.
    """
    sampling.check()
    ids, notice = prompt_ids(model, prompt, sampling)
    given = model, prompt, ids, sampling, stop_event, notice
    work = BeamSearch(*given) if sampling.num_beams > 1 else Writing(*given, **drafts)
    batcher_of(model).add(model, work)
    shown_at = 0.0
    try:
        while True:
            work.news.wait()
            work.over.wait(max(0.0, shown_at + SECONDS_BETWEEN_SNAPSHOTS - time.monotonic()))
            work.news.clear()
            samples = work.snapshot()
            shown_at = time.monotonic()
            yield samples
            if all(sample.finished for sample in samples):
                return
    finally:
        work.cancelled = True


def prompt_ids(model, prompt, sampling):
    """Ids of the end of the prompt that the model can read, and a notice if that is not all of it.

    prompt: a text, or a list of ids where it must go on from exactly these tokens.
    """
    if isinstance(prompt, list) and all(isinstance(id, int) and 0 <= id < model.vocab_size for id in prompt):
        ids = prompt
    elif isinstance(prompt, str):
        ids = model.tokenizer.encode(prompt)
    else:
        raise UserError(f"The prompt is {str(prompt)[:40]!r}; it must be a text, or a list of this model's tokens.")
    # At least half of the context is for the prompt, more if little is to be written; 1 is the start token.
    most = min(max(model.context // 2, model.context - sampling.max_new_tokens) - 1, LONGEST_PROMPT)
    if len(ids) <= most:
        return ids, ""
    return ids[-most:], f"The prompt has {len(ids)} tokens; the model reads only the last {most} of them."
