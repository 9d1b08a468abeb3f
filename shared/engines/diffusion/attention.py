"""Cross-attention: which words drew which part of the picture (Tang et al., 2022, DAAM, arXiv:2210.04885).

At every position of the picture a cross-attention layer spreads one unit of attention over the tokens of the prompt.
`Heat` adds those up over heads, layers and steps while a picture is drawn, and `words` makes maps of them, a word each.

A layer's own processor does the layer's work as ever; ours looks over its shoulder, and only where `watched` says so in
this thread: the network is shared with other visitors.
"""

import re
import threading
from contextlib import contextmanager

import torch
import torch.nn.functional as F

MOST_POSITIONS = 1024  # finer layers cost more than all others together, and say nothing more (32 x 32 is enough)
_watching = threading.local()


class Heat:
    """Attention of n pictures: `total` is (n, tokens, h, w), and at each position sums to 1 over the tokens."""

    def __init__(self, latent_width: int, latent_height: int):
        self.latent = latent_width, latent_height
        self.sums: dict[tuple[int, int], torch.Tensor] = {}  # (h, w) of a layer -> (n, tokens, h, w)
        self.count = 0

    def add(self, scores: torch.Tensor) -> None:
        """scores: (n, positions, tokens), each row sums to 1."""
        n, positions, tokens = scores.shape
        size = self._size(positions)
        seen = scores.transpose(1, 2).reshape(n, tokens, *size).float().cpu()
        self.sums[size] = self.sums[size] + seen if size in self.sums else seen
        self.count += 1

    def _size(self, positions: int) -> tuple[int, int]:
        """Height and width of a layer that has so many positions: the latents', halved again and again, rounded up."""
        width, height = self.latent
        while width * height > positions:
            width, height = -(-width // 2), -(-height // 2)
        assert width * height == positions, f"{positions} positions do not fit latents of {self.latent}"
        return height, width

    @property
    def total(self) -> torch.Tensor | None:
        if not self.sums:
            return None
        size = max(self.sums)
        grown = [F.interpolate(part, size, mode="bilinear", align_corners=False) for part in self.sums.values()]
        return sum(grown) / self.count


@contextmanager
def watched(unet, n: int):
    """Inside, the cross-attention of the last n rows of `unet`, those with the prompt, comes to the list that this is.

    What it gets is for `Heat.add`.
    """
    scores: list[torch.Tensor] = []
    for name, module in unet.named_modules():
        if name.endswith("attn2") and not isinstance(module.processor, Onlooker):
            module.processor = Onlooker(module.processor)
    _watching.now = scores, n
    try:
        yield scores
    finally:
        _watching.now = None


class Onlooker:
    """A layer's processor that does what `own` does, and tells the attention while somebody watches."""

    def __init__(self, own):
        self.own = own

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, *args, **kwargs):
        scores, n = getattr(_watching, "now", None) or ([], 0)
        if n and encoder_hidden_states is not None and hidden_states.shape[1] <= MOST_POSITIONS:
            scores.append(_scores(attn, hidden_states[-n:], encoder_hidden_states[-n:]))
        return self.own(attn, hidden_states, encoder_hidden_states, attention_mask, *args, **kwargs)


def _scores(attn, hidden_states, encoder_hidden_states) -> torch.Tensor:
    """softmax(Q K^T / sqrt(d)), the mean of the heads: (n, positions, tokens)."""
    n = hidden_states.shape[0]
    query, key = (
        part.view(n, -1, attn.heads, part.shape[-1] // attn.heads).transpose(1, 2).float()
        for part in (attn.to_q(hidden_states), attn.to_k(encoder_hidden_states))
    )
    return (query @ key.transpose(-1, -2) * attn.scale).softmax(-1).mean(1)


def words(tokenizer, prompt: str, total: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    """[(word, map)]: for each word of the prompt that was read, where it was looked at, (h, w), from 0 to 1.

    total: (tokens, h, w) of one picture. Each map is scaled by its own largest value, for the mark of the beginning
    takes most of the attention and words would all look faint.
    """
    maps = []
    for word, places in tokens_of(tokenizer, prompt):
        heat = total[places].sum(0)
        maps.append((word, heat / heat.max().clamp(min=1e-12)))
    return maps


def tokens_of(tokenizer, prompt: str) -> list[tuple[str, list[int]]]:
    """[(word, places of its tokens in the padded text)]; words that were cut off are not among them."""
    places = tokenizer(prompt, return_offsets_mapping=True, verbose=False)["offset_mapping"]
    room = min(len(places), tokenizer.model_max_length) - 1  # the last place is the mark of the end
    words = []
    for word in re.finditer(r"\w[\w'’-]*", prompt):
        own = [i for i in range(1, room) if places[i][0] < word.end() and places[i][1] > word.start()]
        if own:
            words.append((word.group(), own))
    return words
