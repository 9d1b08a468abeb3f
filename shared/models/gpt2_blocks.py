"""The blocks of GPT-2 over keys and values that are kept, as one TorchScript call a pass.

A pass over 16 texts is a thousand small operations. From Python each takes the interpreter's lock twice, and where
other threads want it, too, it waits longer for the lock than it computes: a token of a story took half a second beside
visitors who drew. TorchScript runs them all without the lock, and computes the same to the last bit.
"""

import warnings
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dense(nn.Module):
    """x (n, in) -> x W + b (n, out), in float32."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor):
        super().__init__()
        self.weight = weight.contiguous()  # (in, out): MKL is faster with it than with (out, in)
        self.bias = bias
        self.nbytes = self.weight.nbytes

    def forward(self, x: Tensor) -> Tensor:
        return torch.addmm(self.bias, x, self.weight)


class HalfDense(nn.Module):
    """The same with W in float16, widened to float32 in the processor's registers (FBGEMM).

    Unlike the float32 product, a row's result does not depend on the other rows in the pass, to the last bit.
    """

    def __init__(self, weight: Tensor, bias: Tensor):
        super().__init__()
        self.packed = torch.ops.quantized.linear_prepack_fp16(weight.T.contiguous(), bias)
        self.nbytes = 2 * weight.numel()

    def forward(self, x: Tensor) -> Tensor:
        # In threes: of FBGEMM's AVX2 kernels, those for one or two rows that are left over sum in another order than
        # the others, and that for one row takes seven times as long as that for two.
        n = x.shape[0]
        spare = (3 - n % 3) % 3
        if spare:
            x = F.pad(x, (0, 0, 0, spare))
        y: Tensor = torch.ops.quantized.linear_dynamic_fp16(x, self.packed)
        return y[:n]


HALF = "fbgemm" in torch.backends.quantized.supported_engines  # x86 processors
Product = type[Dense] | type[HalfDense]


class Parts(NamedTuple):
    """What is new of several texts: in each part some rows of one text, or one of each of several of a length."""

    rows: list[int]  # the first of each part, and where the last one ends
    caches: list[Tensor]  # (layers, 2, texts, heads, room, head_dim)
    places: list[list[int]]  # those of its texts in there, in rising order
    starts: list[int]  # how many tokens they had
    masks: list[Tensor | None]  # (new, start + new) where one text has several rows


class Block(nn.Module):
    """block: of transformers' GPT-2; `dense` makes the matrix products."""

    weight1: Tensor
    bias1: Tensor
    weight2: Tensor
    bias2: Tensor

    def __init__(self, block: Any, heads: int, eps: float, dense: Product):
        super().__init__()
        self.weight1, self.bias1 = block.ln_1.weight.data, block.ln_1.bias.data
        self.weight2, self.bias2 = block.ln_2.weight.data, block.ln_2.bias.data
        layers = (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
        products = [dense(layer.weight.data, layer.bias.data) for layer in layers]
        self.qkv, self.out, self.widen, self.narrow = products
        self.nbytes = sum(product.nbytes for product in products)
        self.heads, self.eps = heads, eps

    def projected(self, x: Tensor) -> Tensor:
        """(rows, width) -> queries, keys and values (rows, 3, heads, head_dim)."""
        qkv: Tensor = self.qkv(F.layer_norm(x, [x.shape[1]], self.weight1, self.bias1, self.eps))
        return qkv.view(qkv.shape[0], 3, self.heads, -1)

    def forward(self, x: Tensor, depth: int, parts: Parts) -> Tensor:
        qkv = self.projected(x)
        mixed = torch.empty_like(qkv[:, 0])
        for i in range(len(parts.caches)):
            a, b, cache, places = parts.rows[i], parts.rows[i + 1], parts.caches[i][depth], parts.places[i]
            if len(places) > 1:
                mixed[a:b] = side_by_side(qkv[a:b], cache, places, parts.starts[i])
            else:
                mixed[a:b] = attended(qkv[a:b], cache[:, places[0]], parts.starts[i], parts.masks[i])
        x = x + self.out(mixed.view(mixed.shape[0], x.shape[1]))
        hidden = self.widen(F.layer_norm(x, [x.shape[1]], self.weight2, self.bias2, self.eps))  # (rows, 4 width)
        y: Tensor = x + self.narrow(F.gelu(hidden, approximate="tanh"))
        return y


class Blocks(nn.Module):
    """Embedded rows (n, width) of several texts -> (n, width) after all blocks."""

    def __init__(self, blocks: list[Block]):
        super().__init__()
        self.layers = nn.ModuleList(blocks)
        self.nbytes = sum(block.nbytes for block in blocks)

    def forward(self, x: Tensor, parts: Parts) -> Tensor:
        for depth, block in enumerate(self.layers):
            x = block(x, depth, parts)
        return x


def attended(qkv: Tensor, cache: Tensor, start: int, mask: Tensor | None) -> Tensor:
    """Softmax(q k^T / sqrt(head_dim)) v within one text -> (n, heads, head_dim).

    qkv: (n, 3, heads, head_dim), of what is new. cache: (2, heads, room, head_dim), where its keys and values are put.
    """
    end = start + qkv.shape[0]
    own = qkv.permute(1, 2, 0, 3)  # (3, heads, n, head_dim)
    cache[:, :, start:end] = own[1:]
    q, k, v = own[:1], cache[:1, :, :end], cache[1:, :, :end]  # (1, heads, n, head_dim)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)[0].transpose(0, 1)


def side_by_side(qkv: Tensor, cache: Tensor, places: list[int], at: int) -> Tensor:
    """The same of one new token, at position `at`, in each of some texts: qkv (n, 3, heads, head_dim), cache (2, texts,
    heads, room, head_dim) -> (n, heads, head_dim)."""
    first, last = places[0], places[-1] + 1
    q, seen = qkv[:, 0], cache[:, first:last, :, : at + 1]  # a text between them costs less than to leave it out
    if last - first == len(places):
        cache[:, first:last, :, at] = qkv[:, 1:].transpose(0, 1)
        return F.scaled_dot_product_attention(q.unsqueeze(2), seen[0], seen[1]).squeeze(2)
    which = torch.tensor(places, device=cache.device)
    cache[:, which, :, at] = qkv[:, 1:].transpose(0, 1)
    q = q.new_zeros([last - first, q.shape[1], q.shape[2]]).index_copy(0, which - first, q)
    return F.scaled_dot_product_attention(q.unsqueeze(2), seen[0], seen[1]).squeeze(2)[which - first]


def compiled(blocks: Blocks) -> Any:
    """The same in TorchScript."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what is to replace it cannot run without the lock
        return torch.jit.script(blocks.eval().requires_grad_(False))
