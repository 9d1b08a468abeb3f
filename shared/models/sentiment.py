"""Models that judge whether a text is good or bad news, and which words made them say so.

All of them offer the same:

    judge(texts) -> (n,) float32, the logit of "good": log p(good) / p(bad)
    read(text) -> a Reading: the words, what each does to the logit, and the logit

`family` is "naive-bayes", "lstm" or "transformer".
"""

import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

WORD = re.compile(r"[\w'’-]+|[^\w\s]")
STEPS = 24  # of integrated gradients
AT_ONCE = 64  # texts in a batch


@dataclass(frozen=True)
class Reading:
    words: list[tuple[int, int]]  # where each stands in the text, begin and end
    effects: list[float]  # what each adds to the logit
    rest: float  # what belongs to no word
    end: int  # how far into the text the model has read
    logit: float


class NaiveBayes:
    """Multinomial naive Bayes on whether words and pairs of neighbours are there (Wang and Manning, 2012, section 2.2).

    The logit is a sum with a term for each, log p(term | good) / p(term | bad), so what a word does is exact: its own
    term and half of each pair that it is in.
    """

    family = "naive-bayes"

    def __init__(self, terms: list[str], ratios: Tensor, prior: float):
        self.terms, self.ratios, self.prior = terms, ratios.float(), prior
        self.ratio_of = dict(zip(terms, self.ratios.tolist(), strict=True))

    @classmethod
    def fit(cls, texts: list[str], labels: Tensor, smoothing: float, fewest: int) -> "NaiveBayes":
        """Terms that are in less than `fewest` texts are not kept."""
        counts: dict[str, list[int]] = {}
        for text, label in zip(texts, labels.tolist(), strict=True):
            for term in {term for term, *_ in terms_of(text)}:
                counts.setdefault(term, [0, 0])[label] += 1
        kept = {term: both for term, both in counts.items() if sum(both) >= fewest}
        bad, good = (torch.tensor([both[i] for both in kept.values()]) + smoothing for i in (0, 1))
        ratios = (good / good.sum()).log() - (bad / bad.sum()).log()
        return cls(list(kept), ratios, float((labels == 1).sum().log() - (labels == 0).sum().log()))

    def judge(self, texts: list[str]) -> Tensor:
        return torch.tensor([self.read(text).logit for text in texts])

    def read(self, text: str) -> Reading:
        words = [match.span() for match in WORD.finditer(text)]
        effects, seen = [0.0] * len(words), set()
        for term, *places in terms_of(text):
            if term not in seen:
                seen.add(term)
                for place in places:
                    effects[place] += self.ratio_of.get(term, 0.0) / len(places)
        return Reading(words, effects, self.prior, len(text), self.prior + sum(effects))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps({"prior": self.prior}))
        terms = json.dumps(self.terms, ensure_ascii=False).encode()
        (folder / "vocabulary.json.gz").write_bytes(gzip.compress(terms, mtime=0))
        save_file({"ratios": self.ratios.half()}, str(folder / "model.safetensors"))

    @classmethod
    def load(cls, folder: Path) -> "NaiveBayes":
        terms = json.loads(gzip.decompress((folder / "vocabulary.json.gz").read_bytes()))
        prior = json.loads((folder / "config.json").read_text("utf-8"))["prior"]
        return cls(terms, load_file(str(folder / "model.safetensors"))["ratios"], prior)


def terms_of(text: str) -> list[tuple[Any, ...]]:
    """(a word, its place) and (two neighbours, place, place), in lower case."""
    words = [word.lower() for word in WORD.findall(text)]
    alone = [(word, i) for i, word in enumerate(words)]
    return alone + [(f"{one} {other}", i, i + 1) for i, (one, other) in enumerate(zip(words, words[1:], strict=False))]


class LSTMClassifier(nn.Module, PyTorchModelHubMixin):
    """A bidirectional LSTM over the words' vectors; the largest value of each feature goes to a linear layer.

    Pooling by the maximum: Collobert et al., 2011, arXiv:1103.0398; over an LSTM: Conneau et al., 2017,
    arXiv:1705.02364.
    """

    family = "lstm"

    def __init__(self, vocab_size: int, width: int = 128, dropout: float = 0.5):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, width, padding_idx=0)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, 2)

    def get_input_embeddings(self) -> nn.Module:
        return self.embedding

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """ids and mask (n, t) -> logits (n, 2) of bad and good."""
        lengths = attention_mask.sum(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.embedding(input_ids)), lengths, batch_first=True, enforce_sorted=False
        )
        features, _ = nn.utils.rnn.pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, padding_value=float("-inf")
        )
        logits: Tensor = self.head(self.dropout(features.amax(1)))
        return logits


class NetworkJudge:
    """A network that reads pieces of words, and the tokenizer that cuts them.

    What a word does is measured by integrated gradients (Sundararajan et al., 2017, arXiv:1703.01365), from a text of
    nothing but padding to this one: the sum over its pieces. `rest` is the logit of the padding, and what the steps of
    the integral miss.
    """

    def __init__(self, network: nn.Module, tokenizer: Any, family: str):
        self.network, self.tokenizer, self.family = network.eval(), tokenizer, family
        self.most = min(512, tokenizer.model_max_length)
        self.turn = threading.Lock()  # while one reader's path stands in for the embedding, nobody else asks

    @torch.inference_mode()
    def judge(self, texts: list[str]) -> Tensor:
        parts = [self._encode(texts[i : i + AT_ONCE])[0] for i in range(0, len(texts), AT_ONCE)]
        with self.turn:
            return torch.cat([self.logit(**part) for part in parts]).cpu()

    def logit(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """ids and mask (n, t) -> (n,)."""
        out = self.network(input_ids=input_ids, attention_mask=attention_mask)
        logits: Tensor = getattr(out, "logits", out)
        return (logits[:, 1] - logits[:, 0]).float()

    def read(self, text: str) -> Reading:
        encoded, (offsets,) = self._encode([text])
        around = torch.tensor([[begin == end for begin, end in offsets]])  # [CLS] and [SEP]
        pieces = self._effects(**encoded, around=around)
        words = [match.span() for match in WORD.finditer(text)]
        found = [0.0] * len(words)
        for (begin, end), effect in zip(offsets, pieces, strict=True):
            at = next((i for i, (first, last) in enumerate(words) if first < end and begin < last), None)
            if at is not None and end > begin:
                found[at] += effect
        logit = self.judge([text]).item()
        read = max((end for _, end in offsets), default=0)
        cut = words and read < words[-1][0]
        return Reading(words, found, logit - sum(found), read if cut else len(text), logit)

    def _effects(self, input_ids: Tensor, attention_mask: Tensor, around: Tensor) -> list[float]:
        """ids, mask and what stands around the text, all (1, t) -> what each piece adds.

        Equation 1 of the paper, by the middles of STEPS equal parts.
        """
        embedding: Any = self.network.get_input_embeddings()  # type: ignore[operator]
        with torch.no_grad():
            end = embedding(input_ids)
            start = embedding(input_ids.masked_fill(~around.to(input_ids.device), self.tokenizer.pad_token_id))
        share = (torch.arange(STEPS, device=end.device) + 0.5) / STEPS
        path = (start + share[:, None, None] * (end - start)).requires_grad_()  # (STEPS, t, width)
        # cuDNN has no gradient of an LSTM outside training.
        with self.turn, _instead(embedding, path), torch.backends.cudnn.flags(enabled=False):
            logits = self.logit(input_ids.expand(STEPS, -1), attention_mask.expand(STEPS, -1))
            (gradient,) = torch.autograd.grad(logits.sum(), path)
        effects: list[float] = (gradient.mean(0) * (end - start)[0]).sum(-1).tolist()
        return effects

    def _encode(self, texts: list[str]) -> tuple[dict[str, Tensor], list[list[tuple[int, int]]]]:
        device = next(self.network.parameters()).device
        encoded = self.tokenizer(
            texts, padding=True, truncation=True, max_length=self.most, return_offsets_mapping=True
        )
        tensors = {name: torch.tensor(encoded[name], device=device) for name in ("input_ids", "attention_mask")}
        return tensors, encoded["offset_mapping"]


@contextmanager
def _instead(layer: nn.Module, output: Tensor) -> Iterator[None]:
    """The layer gives `output`, whatever it is asked."""
    hook = layer.register_forward_hook(lambda *_: output)
    try:
        yield
    finally:
        hook.remove()


def train_tokenizer(texts: list[str], vocab_size: int) -> Any:
    """WordPiece in lower case, with BERT's special tokens; padding is 0."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import PreTrainedTokenizerFast

    pieces = BertWordPieceTokenizer(lowercase=True)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces.train_from_iterator(texts, vocab_size, min_frequency=2, special_tokens=special, show_progress=False)
    pieces.post_processor = _cls_and_sep(pieces)
    named = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=pieces._tokenizer, model_max_length=256, **named)


def _cls_and_sep(pieces: Any) -> Any:
    from tokenizers.processors import BertProcessing

    return BertProcessing(("[SEP]", pieces.token_to_id("[SEP]")), ("[CLS]", pieces.token_to_id("[CLS]")))


def load_bayes(folder: Path, precision: str = "exact") -> NaiveBayes:
    return NaiveBayes.load(folder)


def load_lstm(folder: Path, precision: str = "exact") -> NetworkJudge:
    return NetworkJudge(LSTMClassifier.from_pretrained(str(folder), strict=True).float(), _tokenizer(folder), "lstm")


def load_transformer(folder: Path, precision: str = "exact") -> NetworkJudge:
    """Any encoder of transformers that sorts texts into bad (0) and good (1)."""
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return NetworkJudge(network, _tokenizer(folder), "transformer")


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)
