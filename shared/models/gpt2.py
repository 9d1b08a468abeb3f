"""GPT-2 (Radford et al., 2019, "Language Models are Unsupervised Multitask Learners"), as a fast decoder.

The weights are those of any `GPT2LMHeadModel` folder; what is ours is the way they are used. One pass
advances many texts, each by as many tokens as it likes, and a text keeps its own keys and values from pass
to pass. All rows share the matrix products, whose cost on a CPU is that of reading the weights; only
attention goes text by text. Two kinds of matrix product:

    "exact"   weights in float32
    "fast"    weights in float16, the rest in float32: half the bytes to read, twice the speed

Where the file holds float16 numbers, "fast" loses nothing, is used in any case, and `precision` says "exact".

    model = load("shared/weights/gpt2-stories")
    state = model.start()
    logits = model.advance([state], [model.tokenizer.encode("Once upon a time")])  # (1, vocab)
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F

from shared.core import machine
from shared.core.errors import UserError, first_line
from shared.models import gpt2_weights
from shared.models.gpt2_blocks import HALF, Block, Blocks, Dense, HalfDense, Parts, Product, compiled
from shared.models.text import TextTokenizer, Tokens

if TYPE_CHECKING:
    from shared.models.causal_lm import CausalLM

GELU_TANH = ("gelu_new", "gelu_pytorch_tanh")  # two names of one formula
MAP_TOKENS = 512  # longest text whose attention is drawn: 12 layers x 12 heads x 512 x 512 is 150 MB


class Shelf:
    """The keys and values of texts with one beginning, side by side: one product attends in all of them."""

    def __init__(self, cache: Tensor):
        self.cache = cache  # (layers, 2, texts, heads, room, head_dim); 2: keys, values


class Text:
    """What the model remembers of one text: how many tokens it has read, and their keys and values."""

    def __init__(self, length: int = 0, shelf: Shelf | None = None, place: int = 0) -> None:
        self.length, self.shelf, self.place = length, shelf, place


class GPT2:
    """The text-model interface over a GPT-2 (see shared/engines/text/generation.py, which does the sampling)."""

    family = "gpt2"

    def __init__(
        self,
        network: Any,
        tokenizer: Tokens,
        precision: str = "fast",
        begins_with_end: bool = False,
        device: str = "cpu",
    ):
        """network: a transformers `GPT2LMHeadModel` in float32, or of gpt2_weights; its weights are taken, it is not
        kept."""
        config = network.config
        self.tokenizer, self.begins_with_end, self.device = tokenizer, begins_with_end, device
        self.context: int = config.n_positions
        self.vocab_size: int = config.vocab_size
        self.end_id: int | None = config.eos_token_id
        self.heads: int = config.n_head
        self.width: int = config.n_embd
        self.eps: float = config.layer_norm_epsilon

        network = network.to(device)
        lossless = fits_half(network)
        half = HALF and device == "cpu" and (precision == "fast" or lossless)
        self.precision = "float16" if half and not lossless else "exact"
        self.dtype = "float16" if half else "float32"  # of the weight matrices
        dense: Product = HalfDense if half else Dense

        body = network.transformer
        self.blocks = Blocks([Block(block, self.heads, self.eps, dense) for block in body.h])
        self.run = compiled(self.blocks) if device == "cpu" else self.blocks
        self.norm = (body.ln_f.weight.data, body.ln_f.bias.data)
        self.head = dense(network.lm_head.weight.data.T, torch.zeros(self.vocab_size, device=device))
        tied = network.lm_head.weight is body.wte.weight
        # One table for the first and the last step.
        shared = self.head.weight.T if tied and isinstance(self.head, Dense) else None
        wte: Tensor = body.wte.weight.data if shared is None else shared
        self.token_embedding = wte.half() if half else wte  # (vocab, width)
        self.position_embedding: Tensor = body.wpe.weight.data  # (context, width)
        tables = self.position_embedding.nbytes + (self.token_embedding.nbytes if wte is not shared else 0)
        self.memory_bytes = tables + self.head.nbytes + self.blocks.nbytes

    # One text's memory

    def start(self) -> Text:
        """The state of an empty text."""
        return Text()

    def copy(self, state: Text) -> Text:
        """A second text with the same beginning."""
        return self.copies(state, 1)[0]

    def copies(self, state: Text, n: int) -> list[Text]:
        """n further texts with the same beginning. They are faster together, and for one thread at a time."""
        shelf = None
        if state.shelf is not None:
            cache = state.shelf.cache
            room = min(self.context, state.length + 64)
            shelf = Shelf(cache.new_empty((*cache.shape[:2], n, cache.shape[3], room, cache.shape[5])))
            past = cache[:, :, state.place : state.place + 1, :, : state.length]
            shelf.cache[:, :, :, :, : state.length] = past
        return [Text(state.length, shelf, place) for place in range(n)]

    def close(self, state: Text) -> None:
        """Free the memory of a text that will not go on."""
        state.shelf = None

    def _make_room(self, state: Text, n: int) -> Shelf:
        """-> its shelf, with room for n more tokens. It grows by doubling, so that a text is rarely moved."""
        needed = state.length + n
        assert needed <= self.context, f"{needed} tokens do not fit into a context of {self.context}"
        if state.shelf is None:
            state.shelf = Shelf(torch.empty((len(self.blocks.layers), 2, 1, self.heads, 0, self.width // self.heads)))
        old = state.shelf.cache
        if old.shape[4] < needed:
            room = min(self.context, max(128, 1 << (needed - 1).bit_length()))
            grown = torch.empty((*old.shape[:4], room, old.shape[5]), device=self.device)
            grown[:, :, :, :, : old.shape[4]] = old
            state.shelf.cache = grown
        return state.shelf

    # The network

    @torch.inference_mode()
    def advance(self, states: list[Text], tokens: list[list[int]]) -> Tensor:
        """Feed tokens[i], one or more ids, into states[i] -> logits (n, vocab) of the next token of each.

        Threads may call it at the same time with different states.
        """
        x = self._read(states, tokens)
        last = torch.tensor([len(ids) for ids in tokens]).cumsum(0) - 1
        return self._logits(x[last.to(self.device)])

    @torch.inference_mode()
    def all_logits(self, ids: list[int]) -> Tensor:
        """ids -> logits (len(ids), vocab): the prediction after every position. At most `context` ids."""
        return self._logits(self._read([self.start()], [ids]))

    @torch.inference_mode()
    def attention(self, ids: list[int]) -> Tensor:
        """ids -> (layers, heads, n, n): how much token i looks at token j <= i; the sum over j is 1."""
        if len(ids) > min(self.context, MAP_TOKENS):
            most = min(self.context, MAP_TOKENS)
            raise UserError(f"Attention is shown for texts of up to {most} tokens; this one has {len(ids)}.")
        x, parts = self._given([self.start()], [ids])
        [cache], [mask], maps = parts.caches, parts.masks, []
        blocks: Any = self.blocks.layers
        for depth, block in enumerate(blocks):
            q, x = block.projected(x)[:, 0].transpose(0, 1), block(x, depth, parts)
            scores = q @ cache[depth, 0, 0, :, : len(ids)].transpose(1, 2) / q.shape[2] ** 0.5
            maps.append((scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(-1))
        return torch.stack(maps).cpu()

    def _read(self, states: list[Text], tokens: list[list[int]]) -> Tensor:
        """All rows through all blocks -> (rows, width), rows in the order of the concatenated tokens."""
        read: Tensor = self.run(*self._given(states, tokens))
        for state, ids in zip(states, tokens, strict=True):
            state.length += len(ids)
        return read

    def _given(self, states: list[Text], tokens: list[list[int]]) -> tuple[Tensor, Parts]:
        """-> embedded tokens (rows, width), and what they are parts of."""
        rows, places, starts = [0], list[list[int]](), list[int]()
        shelves, masks, beside = list[Shelf](), list[Tensor | None](), None
        for state, ids in zip(states, tokens, strict=True):
            n, start = len(ids), state.length
            shelf = self._make_room(state, n)
            if n == 1 and beside is not None and _together(beside, state):
                places[-1].append(state.place)
                rows[-1] += 1
            else:
                rows.append(rows[-1] + n)
                places.append([state.place])
                starts.append(start)
                shelves.append(shelf)
                several = torch.ones(n, start + n, dtype=torch.bool, device=self.device).tril(start) if n > 1 else None
                masks.append(several)
            beside = state if n == 1 else None
        flat = torch.tensor([i for ids in tokens for i in ids], device=self.device)
        at = [state.length + i for state, ids in zip(states, tokens, strict=True) for i in range(len(ids))]
        x = self.token_embedding[flat].float() + self.position_embedding[torch.tensor(at, device=self.device)]
        # A longer text may have moved its shelf to a larger room since.
        return x, Parts(rows, [shelf.cache for shelf in shelves], places, starts, masks)

    def _logits(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(F.layer_norm(x, (self.width,), *self.norm, self.eps))
        return logits.cpu()


def _together(last: Text, state: Text) -> bool:
    """Whether a text stands behind another on their shelf, and is as long."""
    return last.shelf is state.shelf and last.place < state.place and last.length == state.length


def fits_half(network: torch.nn.Module) -> bool:
    """True if float16 holds every weight matrix without rounding, as when the file was stored in float16."""
    return all(torch.equal(w, w.half().float()) for w in network.parameters() if w.dim() == 2)


def load(folder: str | Path, precision: str = "fast") -> "GPT2 | CausalLM":
    """The language model in `folder` (transformers' format: config.json, safetensors, tokenizer.json).

    precision: "fast" or "exact". UserError, in a sentence, if the folder does not hold such a model.
    """
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    if config.get("model_type") != "gpt2":
        from shared.models.causal_lm import load as load_other

        return load_other(folder, precision)
    check(config, folder.name)
    network = gpt2_weights.read(folder, config)
    device = "cuda" if machine.device() == "cuda" else "cpu"  # Apple's GPU was never tried
    tokenizer = TextTokenizer.load(folder)
    if len(tokenizer) > network.config.vocab_size:
        known = network.config.vocab_size
        raise UserError(f"{folder.name} has a tokenizer of {len(tokenizer)} tokens and a network of {known}.")
    return GPT2(network, tokenizer, precision, config.get("begins_with_end", False), device)


def check(config: dict[str, Any], name: str) -> None:
    """UserError if config.json asks for a variant of GPT-2 that this file does not compute."""
    variants = {
        "activation_function": (config.get("activation_function", "gelu_new"), GELU_TANH),
        "scale_attn_weights": (config.get("scale_attn_weights", True), (True,)),
        "scale_attn_by_inverse_layer_idx": (config.get("scale_attn_by_inverse_layer_idx", False), (False,)),
        "add_cross_attention": (config.get("add_cross_attention", False), (False,)),
    }
    for key, (value, known) in variants.items():
        if value not in known:
            words = " or ".join(map(str, known))
            raise UserError(f"{name}: this GPT-2 has {key} = {value}; the app computes {words} only.")


def read_network(folder: Path) -> Any:
    """transformers' `GPT2LMHeadModel` from the safetensors in `folder`, float32, to train; no weight may be missing."""
    from safetensors import SafetensorError
    from transformers import GPT2LMHeadModel

    try:
        network, report = GPT2LMHeadModel.from_pretrained(
            str(folder),
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, RuntimeError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder.name}: the weights cannot be read ({first_line(error)}).") from error
    wrong = (report[f"{trouble}_keys"] for trouble in ("missing", "unexpected", "mismatched"))
    gpt2_weights.refuse_misfit(folder.name, *wrong)
    return network.eval().requires_grad_(False)
