"""The tokenizer that every text model shares: byte-level BPE, as GPT-2 uses it (Radford et al., 2019, section 2.2).

Byte-level means that any string can be encoded, emoji and Chinese included, and that one token may hold
only a part of a character. So single tokens are bytes, and only whole lists of tokens are text.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shared.core.errors import UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

END_OF_TEXT = "<|endoftext|>"  # ends a text, and stands before the first one


class Tokens(Protocol):
    """What a text model wants of its tokenizer."""

    @property
    def end_id(self) -> int | None: ...
    def encode(self, text: str) -> list[int]: ...
    def decode(self, ids: Iterable[int]) -> str: ...
    def token_bytes(self, id: int) -> bytes: ...
    def __len__(self) -> int: ...


class TextTokenizer:
    """Text <-> token ids."""

    def __init__(self, backend: Tokenizer):
        self.backend = backend
        self.byte_of = byte_of_printable()

    @classmethod
    def load(cls, folder: str | Path) -> TextTokenizer:
        """The tokenizer of a model folder: tokenizer.json, or vocab.json with merges.txt, as older ones have it.

        Errors: UserError where it has neither.
        """
        from tokenizers import ByteLevelBPETokenizer, Tokenizer

        folder = Path(folder)
        whole, vocab, merges = (folder / name for name in ("tokenizer.json", "vocab.json", "merges.txt"))
        if whole.is_file():
            return cls(Tokenizer.from_file(str(whole)))
        if vocab.is_file() and merges.is_file():
            made = ByteLevelBPETokenizer(str(vocab), str(merges))
            made.add_special_tokens([END_OF_TEXT])
            return cls(made._tokenizer)
        raise UserError(f"{folder.name} has no tokenizer.json, nor vocab.json with merges.txt.")

    def encode(self, text: str) -> list[int]:
        """Token ids of `text`; no special token is added or recognised in it."""
        return self.backend.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of a list of ids; an incomplete character at either end becomes U+FFFD."""
        return b"".join(self.token_bytes(i) for i in ids).decode("utf-8", errors="replace")

    def token_bytes(self, id: int) -> bytes:
        """The bytes one token stands for; empty for special tokens such as the end of text."""
        token = self.backend.id_to_token(id)
        if token is None or token == END_OF_TEXT:
            return b""
        return bytes(self.byte_of[c] if c in self.byte_of else ord("?") for c in token)

    @property
    def end_id(self) -> int | None:
        return self.backend.token_to_id(END_OF_TEXT)

    def __len__(self) -> int:
        return self.backend.get_vocab_size()


def byte_of_printable() -> dict[str, int]:
    """GPT-2 writes each byte as one printable character: {character: byte}, the inverse of its `bytes_to_unicode`."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}


def train_tokenizer(texts: Iterable[str], vocab_size: int, folder: str | Path) -> TextTokenizer:
    """Learn a byte-level BPE on `texts` and save it into `folder` so that transformers' AutoTokenizer reads it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocab_size, min_frequency=2, special_tokens=[END_OF_TEXT], show_progress=False)
    names = {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT, "unk_token": END_OF_TEXT}
    PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer, model_max_length=512, **names).save_pretrained(folder)
    return TextTokenizer.load(folder)
