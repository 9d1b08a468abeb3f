"""Whole stories side by side in rows of one length, each of which sees itself alone.

A row that is cut out of a stream begins in the middle of a story, and what stands before the next story's beginning
has nothing to do with it. Packed so (Krell et al., 2021, arXiv:2107.02027), every story is read from its first word on,
and its positions count from 0.

A row is ids, targets and positions, (3, length) int64. Targets are -100 where nothing is to be predicted; a position 0
is where a story begins.
"""

import bisect

import numpy as np

NOTHING = -100  # as cross_entropy leaves it out
JOINED = 0.25  # share of the rows that are read as one text, so that far positions and long memories are learned, too
LEAST = 24  # tokens; less room than that stays empty


class StoryRows:
    """Packed rows of the stories of one source, as TokenRows (shared/data/stories.py) has rows of a stream.

    retell(story, rng) -> story: applied anew on every pass, where it is given.
    """

    def __init__(self, stories, tokenizer, seed, retell=None):
        self.texts, self.tokenizer, self.retell = stories, tokenizer, retell
        self.rng = np.random.default_rng(seed)
        self.rows = []

    def next(self, length):
        """(3, length) int64; a pass shows every story once."""
        if not self.rows:
            texts = [self.retell(text, self.rng) for text in self.texts] if self.retell else self.texts
            encoded = self.tokenizer.backend.encode_batch(texts, add_special_tokens=False)
            end = self.tokenizer.end_id
            parts = [part for one in encoded for part in parts_of(one.ids, end, length)]
            self.rows = [row_of(members, length, end, self.rng) for members in packed(parts, length, self.rng)]
            self.rng.shuffle(self.rows)
        return self.rows.pop()


def parts_of(ids, end, length):
    """(inputs, targets) of a story of any length, in parts that fit into a row; only the last one ends."""
    room = length - 1
    for at in range(0, max(1, len(ids)), room):
        part = ids[at : at + room]
        yield [end, *part], [*part, end if at + room >= len(ids) else NOTHING]


def packed(parts, length, rng):
    """Lists of parts that fit into a row together: each, in random order, goes where it leaves the least room."""
    free, rows = [], []  # free: (room, row), sorted
    for i in rng.permutation(len(parts)):
        size = len(parts[i][0])
        at = bisect.bisect_left(free, (size, -1))
        room, row = free.pop(at) if at < len(free) else (length, len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(parts[i])
        if room - size >= LEAST:
            bisect.insort(free, (room - size, row))
    return rows


def row_of(members, length, end, rng):
    """The parts one behind the other, (3, length); what is left is a text of its own that nobody learns."""
    ids, targets = np.full(length, end), np.full(length, NOTHING)
    positions, at, one = np.arange(length), 0, rng.random() < JOINED
    for inputs, follows in members:
        to = at + len(inputs)
        ids[at:to], targets[at:to] = inputs, follows
        if not one:
            positions[at:] = np.arange(length - at)
        at = to
    if not one:
        positions[at:] = np.arange(length - at)
    return np.stack([ids, targets, positions])


def within(positions):
    """Positions (rows, length) -> (rows, 1, length, length), True where a token may look: back, in its own story."""
    import torch

    story = (positions == 0).cumsum(-1)
    back = torch.ones(positions.shape[-1], positions.shape[-1], dtype=torch.bool, device=positions.device).tril()
    return ((story[:, :, None] == story[:, None]) & back)[:, None]
