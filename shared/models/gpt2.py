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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from shared.core import machine
from shared.core.errors import UserError
from shared.models.text import TextTokenizer, Tokens

if TYPE_CHECKING:
    from shared.models.causal_lm import CausalLM

GELU_TANH = ("gelu_new", "gelu_pytorch_tanh")  # two names of one formula
MAP_TOKENS = 512  # longest text whose attention is drawn: 12 layers x 12 heads x 512 x 512 is 150 MB


class Dense:
    """x (n, in) -> x W + b (n, out), in float32."""

    def __init__(self, weight: Tensor, bias: Tensor):
        self.weight = weight.contiguous()  # (in, out): MKL is faster with it than with (out, in)
        self.bias = bias
        self.nbytes = self.weight.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x, self.weight)


class HalfDense:
    """The same with W in float16, widened to float32 in the processor's registers (FBGEMM).

    Unlike the float32 product, a row's result does not depend on the other rows in the pass, to the last bit.
    """

    def __init__(self, weight: Tensor, bias: Tensor):
        self.packed = torch.ops.quantized.linear_prepack_fp16(weight.T.contiguous(), bias)
        self.nbytes = 2 * weight.numel()

    def __call__(self, x: Tensor) -> Tensor:
        # In threes: of FBGEMM's AVX2 kernels, those for one or two rows that are left over sum in another order than
        # the others, and that for one row takes seven times as long as that for two.
        spare = -x.shape[0] % 3
        y: Tensor = torch.ops.quantized.linear_dynamic_fp16(F.pad(x, (0, 0, 0, spare)) if spare else x, self.packed)
        return y[: x.shape[0]] if spare else y

    available = "fbgemm" in torch.backends.quantized.supported_engines  # x86 processors


Product: TypeAlias = type[Dense] | type[HalfDense]


class Block:
    """The weights of one transformer block; `dense` makes the matrix products."""

    def __init__(self, block: Any, dense: Product):
        self.norm1, self.norm2 = ((norm.weight.data, norm.bias.data) for norm in (block.ln_1, block.ln_2))
        layers = (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
        products = [dense(layer.weight.data, layer.bias.data) for layer in layers]
        self.qkv, self.out, self.widen, self.narrow = products
        self.nbytes = sum(product.nbytes for product in products)


class Shelf:
    """The keys and values of texts with one beginning, side by side: one product attends in all of them."""

    def __init__(self, cache: Tensor):
        self.cache = cache  # (layers, 2, texts, heads, room, head_dim); 2: keys, values


class Text:
    """What the model remembers of one text: how many tokens it has read, and their keys and values."""

    def __init__(self, length: int = 0, shelf: Shelf | None = None, place: int = 0) -> None:
        self.length, self.shelf, self.place = length, shelf, place


# Texts of one length on one shelf: states, their rows [a, b), their positions [start, end), mask (n, end) where a
# single text has several rows.
Part: TypeAlias = tuple[list[Text], int, int, int, int, Tensor | None]


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
        """network: a transformers `GPT2LMHeadModel` in float32; its weights are taken, it is not kept."""
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
        half = HalfDense.available and device == "cpu" and (precision == "fast" or lossless)
        self.precision = "float16" if half and not lossless else "exact"
        self.dtype = "float16" if half else "float32"  # of the weight matrices
        dense: Product = HalfDense if half else Dense

        body = network.transformer
        self.blocks = [Block(block, dense) for block in body.h]
        self.norm = (body.ln_f.weight.data, body.ln_f.bias.data)
        self.head = dense(network.lm_head.weight.data.T, torch.zeros(self.vocab_size, device=device))
        tied = network.lm_head.weight is body.wte.weight
        # One table for the first and the last step.
        shared = self.head.weight.T if tied and isinstance(self.head, Dense) else None
        wte: Tensor = body.wte.weight.data if shared is None else shared
        self.token_embedding = wte.half() if half else wte  # (vocab, width)
        self.position_embedding: Tensor = body.wpe.weight.data  # (context, width)
        tables = self.position_embedding.nbytes + (self.token_embedding.nbytes if wte is not shared else 0)
        self.memory_bytes = tables + self.head.nbytes + sum(block.nbytes for block in self.blocks)

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

    def _make_room(self, state: Text, n: int) -> None:
        """Room for n more tokens. It grows by doubling, so that a text is rarely moved."""
        needed = state.length + n
        assert needed <= self.context, f"{needed} tokens do not fit into a context of {self.context}"
        if state.shelf is None:
            state.shelf = Shelf(torch.empty((len(self.blocks), 2, 1, self.heads, 0, self.width // self.heads)))
        old = state.shelf.cache
        if old.shape[4] < needed:
            room = min(self.context, max(128, 1 << (needed - 1).bit_length()))
            grown = torch.empty((*old.shape[:4], room, old.shape[5]), device=self.device)
            grown[:, :, :, :, : old.shape[4]] = old
            state.shelf.cache = grown

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
        maps: list[Tensor] = []
        self._read([self.start()], [ids], maps)
        return torch.stack(maps).cpu()

    def _read(self, states: list[Text], tokens: list[list[int]], maps: list[Tensor] | None = None) -> Tensor:
        """All rows through all blocks -> (rows, width), rows in the order of the concatenated tokens."""
        parts: list[Part] = []
        row = 0
        for state, ids in zip(states, tokens, strict=True):
            n, start = len(ids), state.length
            self._make_room(state, n)
            if n == 1 and parts and maps is None and _together(parts[-1], state):
                beside, a, *_ = parts[-1]
                parts[-1] = ([*beside, state], a, row + 1, start, start + 1, None)
            else:
                mask = torch.ones(n, start + n, dtype=torch.bool, device=self.device).tril(start) if n > 1 else None
                parts.append(([state], row, row + n, start, start + n, mask))
            row += n
        flat = torch.tensor([i for ids in tokens for i in ids], device=self.device)
        places = [range(state.length, state.length + len(ids)) for state, ids in zip(states, tokens, strict=True)]
        positions = torch.tensor([place for some in places for place in some], device=self.device)

        x = self.token_embedding[flat].float() + self.position_embedding[positions]  # (rows, width)
        for depth, block in enumerate(self.blocks):
            qkv = block.qkv(F.layer_norm(x, (self.width,), *block.norm1, self.eps))  # (rows, 3 width)
            x = x + block.out(self._attend(qkv, depth, parts, maps))
            hidden = block.widen(F.layer_norm(x, (self.width,), *block.norm2, self.eps))  # (rows, 4 width)
            x = x + block.narrow(F.gelu(hidden, approximate="tanh"))
        for together, _, _, _, end, _ in parts:
            for state in together:
                state.length = end
        return x

    def _attend(self, qkv: Tensor, depth: int, parts: list[Part], maps: list[Tensor] | None) -> Tensor:
        """Softmax(q k^T / sqrt(head_dim)) v within each text -> (rows, width)."""
        qkv = qkv.view(len(qkv), 3, self.heads, -1)  # (rows, 3, heads, head_dim)
        mixed = torch.empty_like(qkv[:, 0])
        for texts, a, b, start, end, mask in parts:
            shelf = texts[0].shelf
            assert shelf is not None
            if len(texts) > 1:
                mixed[a:b] = _side_by_side(qkv[a:b], shelf.cache[depth], [text.place for text in texts], start)
                continue
            cache = shelf.cache[depth][:, texts[0].place]  # (2, heads, room, head_dim)
            own = qkv[a:b].permute(1, 2, 0, 3)  # (3, heads, n, head_dim)
            cache[:, :, start:end] = own[1:]
            q, k, v = own[:1], cache[:1, :, :end], cache[1:, :, :end]  # (1, heads, n, head_dim)
            mixed[a:b] = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)[0].transpose(0, 1)
            if maps is not None:
                scores = (q @ k.transpose(2, 3))[0] / q.shape[3] ** 0.5
                if mask is not None:
                    scores = scores.masked_fill(~mask, -torch.inf)
                maps.append(scores.softmax(-1))
        return mixed.view(len(mixed), self.width)

    def _logits(self, x: Tensor) -> Tensor:
        return self.head(F.layer_norm(x, (self.width,), *self.norm, self.eps)).cpu()


def _together(part: Part, state: Text) -> bool:
    """Whether a text of one new token stands behind those of the part on their shelf, and is as long."""
    texts, *_, start, end, _ = part
    alike = texts[-1].shelf is state.shelf and texts[-1].place < state.place
    return alike and start == state.length and end == start + 1


def _side_by_side(qkv: Tensor, cache: Tensor, places: list[int], at: int) -> Tensor:
    """Attention of one new token, at position `at`, in each of some texts: qkv (n, 3, heads, head_dim) -> (n, heads,
    head_dim). cache (2, texts, heads, room, head_dim): theirs are those at `places`, in rising order."""
    first, last = places[0], places[-1] + 1
    q, seen = qkv[:, 0], cache[:, first:last, :, : at + 1]  # a text between them costs less than to leave it out
    if last - first == len(places):
        cache[:, first:last, :, at] = qkv[:, 1:].transpose(0, 1)
        return F.scaled_dot_product_attention(q.unsqueeze(2), seen[0], seen[1]).squeeze(2)
    which = torch.tensor(places, device=cache.device)
    cache[:, which, :, at] = qkv[:, 1:].transpose(0, 1)
    q = q.new_zeros(last - first, *q.shape[1:]).index_copy(0, which - first, q)
    return F.scaled_dot_product_attention(q.unsqueeze(2), seen[0], seen[1]).squeeze(2)[which - first]


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
    network = read_network(folder)
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
    """transformers' `GPT2LMHeadModel` from the safetensors in `folder`, float32; no weight may be missing."""
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
    wrong = [f"{len(keys)} {kind} such as {min(map(str, keys))}" for kind, keys in problems(report) if keys]
    if wrong:
        raise UserError(f"{folder.name}: the weights do not match the architecture ({', '.join(wrong)}).")
    return network.eval().requires_grad_(False)


def problems(report: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(kind, keys) of a transformers loading report."""
    yield "missing weights", report["missing_keys"]
    yield "unknown weights", report["unexpected_keys"]
    yield "weights of another shape", report["mismatched_keys"]


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
