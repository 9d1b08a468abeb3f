"""Networks that translate: an encoder reads the sentence, a decoder writes it in the other language, piece by piece.

All are called alike:

    network(input_ids (n, s), attention_mask (n, s), decoder_input_ids (n, t)) -> logits (n, t, vocabulary)

or an object with these `logits`, as those of transformers are. A translation begins with PADDING and ends with END.
A `Translator` is such a network with the pieces it knows, as the app uses it:

    translator = load_marian("shared/weights/marian-en-zh")
    pieces, ids = translator.cut("I know.")
    reading = translator.read(ids, beams=4)
    logits = reading.following(rows, pieces)                          # (4, vocabulary), a piece later
"""

import inspect
import warnings
from dataclasses import dataclass
from pathlib import Path
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
        return *self.written(h, memory, attention_mask), memory

    def written(self, h: Tensor, memory: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """The decoder's states (n, t, width) -> logits and where each looked."""
        scores = self.score(h) @ memory.transpose(1, 2)  # (n, t, s)
        weights = scores.float().masked_fill(attention_mask[:, None] == 0, float("-inf")).softmax(-1)
        context = weights.to(memory.dtype) @ memory
        attentional = self.combine(torch.cat([context, h], -1)).tanh()  # equation 5
        return F.linear(self.dropout(attentional), self.embedding.weight, self.bias), weights

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


@dataclass(frozen=True)
class Looked:
    """What a network says of a sentence and its translation, and where it looks while it does."""

    logits: Tensor  # (t, vocabulary), before each piece
    across: Tensor  # (t, s), the mean over the heads of the last layer: a row sums to 1
    inside: Tensor | None  # (s, s), the same of the encoder's own attention, where it has one


class LSTMReading:
    """The decoder's memory while it writes in several beams."""

    def __init__(self, network: AttentionLSTM, ids: Tensor, beams: int):
        self.network = network
        self.memory, (h, c) = network.read(ids, torch.ones_like(ids))
        self.state = h.repeat(1, beams, 1), c.repeat(1, beams, 1)

    def following(self, rows: Tensor, pieces: Tensor) -> Tensor:
        """Each beam goes on from row `rows` of before with its piece (b,) -> logits (b, vocabulary)."""
        h, self.state = self.network.decoder(
            self.network.embedding(pieces)[:, None], tuple(part[:, rows].contiguous() for part in self.state)
        )
        memory = self.memory.expand(len(pieces), -1, -1)
        return self.network.written(h, memory, torch.ones(memory.shape[:2], device=memory.device))[0][:, -1]


class MarianReading:
    """The same of transformers' networks: the encoder's output and a cache of keys and values."""

    def __init__(self, network: Any, ids: Tensor, beams: int):
        from transformers import DynamicCache, EncoderDecoderCache
        from transformers.modeling_outputs import BaseModelOutput

        self.network, self.mask = network, torch.ones_like(ids).expand(beams, -1)
        found = network.get_encoder()(input_ids=ids).last_hidden_state
        self.memory = BaseModelOutput(last_hidden_state=found.expand(beams, -1, -1))
        self.cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        # Its new name since transformers 5.24; the old one warns at every call.
        self.called = "cache" if "cache" in inspect.signature(network.forward).parameters else "past_key_values"

    def following(self, rows: Tensor, pieces: Tensor) -> Tensor:
        if self.cache.get_seq_length():
            self.cache.reorder_cache(rows)
        given = {"encoder_outputs": self.memory, "attention_mask": self.mask, "decoder_input_ids": pieces[:, None]}
        logits: Tensor = self.network(**given, **{self.called: self.cache}, use_cache=True).logits[:, -1]
        return logits


class Translator:
    """A network, the pieces that it reads and writes, and the two languages, "en" and "zh"."""

    def __init__(self, network: Any, tokenizer: Any, padding: int, start: int):
        self.network, self.tokenizer = network.eval(), tokenizer
        self.padding, self.start = padding, start
        self.end, self.unknown = tokenizer.eos_token_id, tokenizer.unk_token_id
        self.source, self.target = tokenizer.source_lang[:2], tokenizer.target_lang[:2]
        # Some of the Hub's write several kinds of Chinese, and want to be told which.
        codes = tokenizer.supported_language_codes
        self.code = ">>cmn_Hans<< " if ">>cmn_Hans<<" in codes else ""
        self.most = min(128, tokenizer.model_max_length)

    def parameters(self) -> Any:
        return self.network.parameters()

    def buffers(self) -> Any:
        return self.network.buffers()

    def cut(self, text: str) -> tuple[list[str], list[int]]:
        """A sentence as pieces, with "▁" for the space before a word, and their ids. Both have its end, and may have a
        code of the language wanted before them."""
        pieces = self.tokenizer.tokenize(self.code + text)[: self.most - 1]
        return [*pieces, END], [*self.tokenizer.convert_tokens_to_ids(pieces), self.end]

    def pieces(self, ids: list[int]) -> list[str]:
        found: list[str] = self.tokenizer.convert_ids_to_tokens(ids)
        return found

    @torch.inference_mode()
    def read(self, ids: list[int], beams: int) -> LSTMReading | MarianReading:
        kind = LSTMReading if isinstance(self.network, AttentionLSTM) else MarianReading
        return kind(self.network, torch.tensor([ids]), beams)

    @torch.inference_mode()
    def look(self, ids: list[int], written: list[int]) -> Looked:
        """`written`: the translation's pieces."""
        source, begun = torch.tensor([ids]), torch.tensor([[self.start, *written[:-1]]])
        given = {"input_ids": source, "attention_mask": torch.ones_like(source), "decoder_input_ids": begun}
        if isinstance(self.network, AttentionLSTM):
            logits, across, _ = self.network.looked(**given)
            return Looked(logits[0], across[0], None)
        out = self.network(**given, output_attentions=True)
        across, inside = out.cross_attentions[-1], out.encoder_attentions[-1]
        return Looked(out.logits[0], across[0].mean(0), inside[0].mean(0))


def load_marian(folder: Path, precision: str = "exact") -> Translator:
    """Any MarianMTModel of transformers."""
    from transformers import MarianMTModel

    network = MarianMTModel.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, attn_implementation="eager"
    )
    config = network.config
    return Translator(network, _tokenizer(folder), config.pad_token_id, config.decoder_start_token_id)


def load_lstm(folder: Path, precision: str = "exact") -> Translator:
    network = AttentionLSTM.from_pretrained(str(folder), strict=True).float()
    return Translator(network, _tokenizer(folder), 0, 0)


def _tokenizer(folder: Path) -> Any:
    from transformers import MarianTokenizer

    with warnings.catch_warnings():  # it would like sacremoses, for marks that are straightened before
        warnings.simplefilter("ignore", UserWarning)
        return MarianTokenizer.from_pretrained(folder, local_files_only=True)
