"""Networks that translate: an encoder reads the sentence, a decoder writes it in the other language, piece by piece.

All are called alike:

    network(input_ids (n, s), attention_mask (n, s), decoder_input_ids (n, t)) -> logits (n, t, vocabulary)

or an object with these `logits`, as those of transformers are. A translation begins with PADDING and ends with END.
"""

from typing import Any

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

PADDING, END, UNKNOWN = "<pad>", "</s>", "<unk>"


class AttentionLSTM(nn.Module, PyTorchModelHubMixin):
    """An LSTM reads both ways, another writes and looks back at what was read.

    Encoder and decoder of LSTMs: Sutskever et al., 2014, arXiv:1409.3215; global attention with the "general" score:
    Luong et al., 2015, arXiv:1508.04025, equations 5 to 8. Their input feeding is left out, so that in training the
    decoder goes over all words in one call.
    """

    def __init__(self, vocab_size: int, width: int = 256, dropout: float = 0.3):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width, padding_idx=0)  # of both languages, and of the output
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.forwards = nn.LSTM(width, width // 2, batch_first=True)
        self.backwards = nn.LSTM(width, width // 2, batch_first=True)
        self.decoder = nn.LSTM(width, width, batch_first=True)
        self.score = nn.Linear(width, width, bias=False)  # W_a
        self.combine = nn.Linear(2 * width, width, bias=False)  # W_c
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        self.dropout = nn.Dropout(dropout)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        return self.looked(input_ids, attention_mask, decoder_input_ids)[0]

    def looked(
        self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """-> logits (n, t, vocabulary), where each piece looked (n, t, s), and what was read (n, s, width)."""
        memory, state = self.read(input_ids, attention_mask)
        h, _ = self.decoder(self.dropout(self.embedding(decoder_input_ids)), state)  # (n, t, width)
        scores = self.score(h) @ memory.transpose(1, 2)  # (n, t, s)
        weights = scores.float().masked_fill(attention_mask[:, None] == 0, float("-inf")).softmax(-1)
        context = weights.to(memory.dtype) @ memory
        attentional = self.combine(torch.cat([context, h], -1)).tanh()  # equation 5
        return F.linear(self.dropout(attentional), self.embedding.weight, self.bias), weights, memory

    def read(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """-> what was read (n, s, width), and the decoder's first state. The sentence is turned round, not its padding:
        what comes behind the end can change nothing."""
        x = self.dropout(self.embedding(input_ids))
        last = attention_mask.sum(1, keepdim=True) - 1  # (n, 1)
        place = torch.arange(input_ids.shape[1], device=input_ids.device)[None]
        turned = torch.where(place <= last, last - place, place)[..., None]  # its own inverse
        there, _ = self.forwards(x)
        back, _ = self.backwards(x.gather(1, turned.expand_as(x)))
        ends = [side.gather(1, last[..., None].expand(-1, -1, side.shape[2])) for side in (there, back)]
        memory = torch.cat([there, back.gather(1, turned.expand_as(back))], -1)
        h = torch.cat(ends, -1).transpose(0, 1).contiguous()  # (1, n, width)
        return self.dropout(memory), (h, torch.zeros_like(h))


def logits_of(network: Any, ids: Tensor, mask: Tensor, written: Tensor) -> Tensor:
    """(n, s), (n, s), (n, t) -> (n, t, vocabulary)."""
    out = network(input_ids=ids, attention_mask=mask, decoder_input_ids=written)
    logits: Tensor = getattr(out, "logits", out)
    return logits


@torch.inference_mode()
def greedy(network: Any, ids: Tensor, mask: Tensor, padding: int, end: int, most: int) -> Tensor:
    """The likeliest piece each time -> ids (n, up to `most`), padded behind their end."""
    written = torch.full((len(ids), 1), padding, device=ids.device)
    over = torch.zeros(len(ids), 1, dtype=torch.bool, device=ids.device)
    for _ in range(most):
        logits = logits_of(network, ids, mask, written)[:, -1:]
        logits[..., padding] = float("-inf")
        piece = logits.argmax(-1).masked_fill(over, padding)
        written, over = torch.cat([written, piece], 1), over | (piece == end)
        if over.all():
            break
    return written[:, 1:]
