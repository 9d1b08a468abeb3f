"""LSTM language model (Hochreiter and Schmidhuber, 1997; as a language model: Zaremba et al., 2014, arXiv:1409.2329).

Embedding, LSTM layers, and a linear head that shares its weight with the embedding (Press and Wolf, 2017).
"""

from pathlib import Path
from typing import NoReturn

import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import Tensor, nn

from shared.models.text import TextTokenizer

State = list[Tensor]  # [h, c], each (layers, 1, width); [] at the start


class LSTMLanguageModel(nn.Module, PyTorchModelHubMixin):
    def __init__(self, vocab_size: int, width: int = 384, layers: int = 2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width)
        self.lstm = nn.LSTM(width, width, layers, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(vocab_size))
        nn.init.normal_(self.embedding.weight, std=0.05)  # it is the head too: std 1 would start at a huge loss

    def forward(self, ids: Tensor, state: tuple[Tensor, ...] | None = None) -> Tensor:
        """ids (b, t) int64 -> logits (b, t, vocab)."""
        return self.read(ids, state)[0]

    def read(self, ids: Tensor, state: tuple[Tensor, ...] | None = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """ids (b, t), state (h, c) each (layers, b, width) or None -> logits (b, t, vocab), state after the last id."""
        out, (h, c) = self.lstm(self.embedding(ids), state)
        return out @ self.embedding.weight.T + self.bias, (h, c)


class LSTMText:
    """The text-model interface over an LSTM."""

    family = "lstm"
    begins_with_end = True
    context = 1_000_000  # no limit of the architecture; what it can remember is another matter

    def __init__(self, network: LSTMLanguageModel, tokenizer: TextTokenizer, precision: str = "exact"):
        self.network, self.tokenizer, self.precision = network.eval(), tokenizer, precision
        self.vocab_size, self.end_id = network.embedding.num_embeddings, tokenizer.end_id

    def start(self) -> State:
        return []

    def copy(self, state: State) -> State:
        return list(state)

    def copies(self, state: State, n: int) -> list[State]:
        return [self.copy(state) for _ in range(n)]

    def close(self, state: State) -> None:
        state.clear()

    @torch.inference_mode()
    def advance(self, states: list[State], tokens: list[list[int]]) -> Tensor:
        """Feed tokens[i] into states[i], in place -> logits (n, vocab) of the next token of each."""
        logits = torch.empty(len(states), self.vocab_size)
        fresh = [i for i, (state, ids) in enumerate(zip(states, tokens, strict=True)) if not state or len(ids) > 1]
        for i in fresh:
            out, state = self.network.read(torch.tensor([tokens[i]]), tuple(states[i]) or None)
            logits[i], states[i][:] = out[0, -1], state
        running = [i for i in range(len(states)) if i not in set(fresh)]
        if running:
            h, c = (torch.cat([states[i][k] for i in running], dim=1) for k in (0, 1))  # (layers, n, width)
            out, (h, c) = self.network.read(torch.tensor([tokens[i] for i in running]), (h, c))
            for row, i in enumerate(running):
                logits[i], states[i][:] = out[row, -1], (h[:, row : row + 1].clone(), c[:, row : row + 1].clone())
        return logits

    @torch.inference_mode()
    def all_logits(self, ids: list[int]) -> Tensor:
        """ids -> (len(ids), vocab): the prediction after every position."""
        logits: Tensor = self.network(torch.tensor([ids]))
        return logits[0]

    def attention(self, ids: list[int]) -> NoReturn:
        from shared.core.errors import UserError

        raise UserError(
            "An LSTM has no attention: it carries one state from word to word. Choose a GPT-2 to see attention."
        )


def load(folder: Path, precision: str = "exact") -> LSTMText:
    """The model in `folder`, in float32 whatever `precision` asks for: it is small enough."""
    network = LSTMLanguageModel.from_pretrained(str(folder), strict=True).float()
    return LSTMText(network, TextTokenizer.load(folder))
