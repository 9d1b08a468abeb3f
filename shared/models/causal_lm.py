"""Any other causal language model of transformers, for hosts that allow it (AIGC_ALLOW_ANY_MODEL=1).

The plain way: transformers' own network and cache, one text a pass. Slower than shared/models/gpt2.py, and
right for every architecture that transformers knows.
"""

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor

from shared.core import machine
from shared.core.errors import UserError, first_line
from shared.models.text import byte_of_printable

State = list[Any]  # [DynamicCache] of one text, [] before it

LONGEST_CONTEXT = 4096  # tokens; the memory for more is too much for a machine that many people share


class CausalLM:
    """The text-model interface over transformers."""

    family = "other"
    precision = "exact"
    begins_with_end = False

    def __init__(self, network: Any, tokenizer: "AutoTokens", device: str = "cpu"):
        config = network.config.get_text_config()
        self.network, self.tokenizer, self.device = network.eval(), tokenizer, device
        self.dtype = str(network.dtype).removeprefix("torch.")
        self.vocab_size = config.vocab_size
        self.context = min(getattr(config, "max_position_embeddings", LONGEST_CONTEXT), LONGEST_CONTEXT)
        self.end_id = tokenizer.end_id
        self.memory_bytes = sum(p.nbytes for p in network.parameters())

    def start(self) -> State:
        return []

    def copy(self, state: State) -> State:
        return deepcopy(state)

    def copies(self, state: State, n: int) -> list[State]:
        return [self.copy(state) for _ in range(n)]

    def close(self, state: State) -> None:
        state.clear()

    @torch.inference_mode()
    def advance(self, states: list[State], tokens: list[list[int]]) -> Tensor:
        """Feed tokens[i] into states[i], in place -> logits (n, vocab) of the next token of each."""
        from transformers import DynamicCache

        rows = []
        for state, ids in zip(states, tokens, strict=True):
            if not state:
                state.append(DynamicCache(config=self.network.config))
            seen = torch.tensor([ids], device=self.device)
            out = self.network(seen, past_key_values=state[0], use_cache=True, logits_to_keep=1)
            rows.append(out.logits[0, -1].float().cpu())
        return torch.stack(rows)

    @torch.inference_mode()
    def all_logits(self, ids: list[int]) -> Tensor:
        """ids -> (len(ids), vocab): the prediction after every position."""
        logits: Tensor = self.network(torch.tensor([ids], device=self.device), use_cache=False).logits
        return logits[0].float().cpu()

    def attention(self, ids: list[int]) -> NoReturn:
        raise UserError("Attention is shown for GPT-2 models only.")


class AutoTokens:
    """A transformers tokenizer behind the interface of shared/models/text.py."""

    def __init__(self, tokenizer: Any):
        self.tokenizer = tokenizer
        self.end_id: int | None = tokenizer.eos_token_id
        self.special, self.byte_of = set(tokenizer.all_special_ids), byte_of_printable()

    def encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        return b"".join(self.token_bytes(id) for id in ids).decode("utf-8", errors="replace")

    def token_bytes(self, id: int) -> bytes:
        """The bytes of one token, of byte-level BPE (GPT-2's way) or of SentencePiece with byte fallback."""
        token: str | None = None if id in self.special else self.tokenizer.convert_ids_to_tokens(id)
        if token is None:
            return b""
        if all(character in self.byte_of for character in token):
            if not (token.startswith("<0x") and token.endswith(">") and len(token) == 6):
                return bytes(self.byte_of[character] for character in token)
            return bytes([int(token[3:5], 16)])
        return token.replace("▁", " ").encode()

    def __len__(self) -> int:
        return len(self.tokenizer)


def load(folder: Path, precision: str = "exact") -> CausalLM:
    """The model in `folder`: float32 on a CPU, the stored type on a GPU. UserError if it is no such model."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = "cuda" if machine.device() == "cuda" else "cpu"  # Apple's GPU was never tried
    options = {"use_safetensors": True, "local_files_only": True, "trust_remote_code": False}
    try:
        network, report = AutoModelForCausalLM.from_pretrained(
            str(folder),
            dtype=torch.float32 if device == "cpu" else "auto",
            output_loading_info=True,
            **options,
        )
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (OSError, RuntimeError, ValueError, KeyError, ImportError) as error:
        reason = first_line(error)
        raise UserError(f"{folder.name} is no language model that can be read here ({reason}).") from error
    wrong = [*report["missing_keys"], *report["unexpected_keys"], *report["mismatched_keys"]]
    if wrong:
        raise UserError(f"{folder.name}: the weights do not match the architecture, {wrong[0]} for example.")
    return CausalLM(network.requires_grad_(False).to(device), AutoTokens(tokenizer), device)
