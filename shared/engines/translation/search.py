"""Beam search: several unfinished translations are kept, each is continued with every piece, the likeliest stay.

A finished one is worth its mean logarithm of a probability a piece (Wu et al., 2016, arXiv:1609.08144, section 7, with
their alpha at 1).
"""

from dataclasses import dataclass

import torch

MOST_AHEAD = 2.0  # a translation has at most so many pieces as its source, and 10


@dataclass(frozen=True)
class Found:
    ids: list[int]  # with the end, if it came to one
    logs: list[float]  # of each piece, the logarithm of its probability

    @property
    def worth(self) -> float:
        return sum(self.logs) / len(self.logs)


@torch.inference_mode()
def search(translator, ids, beams=4):
    """Translations of the sentence of these pieces, at most `beams`, the likeliest first: [Found]."""
    reading = translator.read(ids, beams)
    most = min(translator.most, int(MOST_AHEAD * len(ids)) + 10)
    begun: list[Found] = [Found([], [])] * beams
    sums = torch.full((beams,), float("-inf"))
    sums[0] = 0  # all begin alike: one of them counts
    rows, pieces, done = torch.arange(beams), torch.full((beams,), translator.start), []
    for step in range(most):
        logits = reading.following(rows, pieces)
        logits[:, [translator.padding, translator.unknown]] = float("-inf")
        if step:  # small networks stammer: no piece stands twice in a row
            logits[torch.arange(len(pieces)), pieces] = float("-inf")
        logs = logits.float().log_softmax(-1)
        best, at = (sums[:, None] + logs).flatten().topk(2 * beams)
        going = []
        for rank, (total, place) in enumerate(zip(best.tolist(), at.tolist(), strict=True)):
            row, piece = divmod(place, logs.shape[1])
            longer = Found([*begun[row].ids, piece], [*begun[row].logs, logs[row, piece].item()])
            if piece != translator.end:
                going.append((total, row, piece, longer))
            elif rank < beams:
                done.append(longer)
        going = going[:beams]
        begun = [longer for *_, longer in going]
        sums, rows, pieces = (torch.tensor([one[i] for one in going]) for i in range(3))
        done = sorted(done, key=lambda found: -found.worth)[:beams]
        if len(done) == beams and done[-1].worth >= begun[0].worth:
            break
    else:
        done += begun  # cut
    return sorted(done, key=lambda found: -found.worth)[:beams]
