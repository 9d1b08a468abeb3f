"""Training data, read once and kept in memory.

Stories come from text files (`*.txt` or `*.txt.gz`), one `<|endoftext|>` between two stories; the file's name is
the name of its source. Without a folder, TinyStories (Eldan and Li, 2023, CDLA-Sharing-1.0) comes from the Hub.
"""

import gzip
from pathlib import Path

import numpy as np

BETWEEN = "<|endoftext|>"  # a line of its own between two stories of a file

HELD_OUT = 0.04  # of each source, at its end and never trained on,
HELD_OUT_MOST = 600  # but no more stories than this


def read_stories(folder=None):
    """{source: (training stories, held-out stories)}; SystemExit with a sentence where there is nothing to read."""
    files = sorted(Path(folder).glob("**/*.txt*")) if folder else [_tinystories_from_hub()]
    if not files:
        raise SystemExit(f"No *.txt or *.txt.gz file in {folder}. Put stories there, {BETWEEN} between two of them.")
    return {_source_name(file): _split(_read(file)) for file in files}


def _source_name(file):
    return file.name.removesuffix(".gz").removesuffix(".txt")


def _read(file):
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as f:
        stories = [story.strip() for story in f.read().split(BETWEEN)]
    return list(dict.fromkeys(story for story in stories if story))  # a story told twice would leak into validation


def _split(stories):
    held_out = min(HELD_OUT_MOST, max(1, round(HELD_OUT * len(stories))))
    return stories[:-held_out] or stories, stories[-held_out:]


def _tinystories_from_hub():
    from huggingface_hub import hf_hub_download

    name = "TinyStoriesV2-GPT4-valid.txt"  # 22 MB; the training file of 2.2 GB is more than a processor can use
    return Path(hf_hub_download("roneneldan/TinyStories", name, repo_type="dataset"))


class TokenRows:
    """Rows of `length + 1` tokens cut from the stories of one source, reshuffled on every pass.

    retell(story, rng) -> story: applied anew on every pass, where it is given.
    """

    def __init__(self, stories, tokenizer, seed, retell=None):
        self.texts, self.tokenizer, self.retell = stories, tokenizer, retell
        self.encoded = None if retell else self._encoded(stories)
        self.rng = np.random.default_rng(seed)
        self.buffer = np.empty(0, dtype=np.int32)

    def _encoded(self, texts):
        encoded = self.tokenizer.backend.encode_batch(texts, add_special_tokens=False)
        return [np.array([self.tokenizer.end_id, *e.ids], dtype=np.int32) for e in encoded]

    def next(self, length):
        """(length + 1,) int32; consecutive rows overlap by one token, so that every token is predicted once."""
        while len(self.buffer) < length + 1:
            stories = self.encoded or self._encoded([self.retell(text, self.rng) for text in self.texts])
            order = self.rng.permutation(len(stories))
            self.buffer = np.concatenate([self.buffer, *(stories[i] for i in order)])
        row, self.buffer = self.buffer[: length + 1], self.buffer[length:]
        return row


def batches(sources, stage, seed):
    """Endless (rows, length + 1) int64 batches of the sources, mixed by the stage's weights; the same for a seed."""
    rng = np.random.default_rng(seed)
    names = [name for name in sources if stage.mixture.get(name, 1.0) > 0]
    weights = np.array([stage.mixture.get(name, 1.0) for name in names])
    while True:
        picked = rng.choice(len(names), size=stage.rows, p=weights / weights.sum())
        yield np.stack([sources[names[i]].next(stage.length) for i in picked]).astype(np.int64)
