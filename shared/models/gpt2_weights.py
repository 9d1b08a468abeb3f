"""The weights of a GPT-2 folder under transformers' names, without transformers: its import takes longer than all else
between a click and the first word.

    network = read(folder, config)      # network.transformer.h[0].attn.c_attn.weight, network.config.n_head, ...
"""

import json
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from shared.core.errors import UserError, first_line

WHOLE, SHARDS = "model.safetensors", "model.safetensors.index.json"
MASKS = (".attn.bias", ".attn.masked_bias")  # no weights: older files hold them
# What transformers takes where config.json does not say.
USUAL = {
    "vocab_size": 50257,
    "n_positions": 1024,
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "n_inner": None,
    "layer_norm_epsilon": 1e-5,
    "eos_token_id": 50256,
    "tie_word_embeddings": True,
}


def read(folder: Path, config: dict[str, Any]) -> Any:
    """config: that of config.json -> the network in float32, on the CPU. It computes nothing; see gpt2.py.

    UserError, a sentence, where weights are damaged, missing, unknown or of another shape.
    """
    chosen = SimpleNamespace(**{name: config.get(name, usual) for name, usual in USUAL.items()})
    network: Any = _without_weights(chosen)
    found = _tensors(folder)
    if chosen.tie_word_embeddings:
        found["lm_head.weight"] = found.get("transformer.wte.weight", torch.empty(0))
    wanted = network.state_dict()
    misshapen = {name for name in wanted.keys() & found.keys() if wanted[name].shape != found[name].shape}
    refuse_misfit(folder.name, wanted.keys() - found.keys(), found.keys() - wanted.keys(), misshapen)
    network.load_state_dict({name: tensor.float() for name, tensor in found.items()}, assign=True)
    if chosen.tie_word_embeddings:
        network.lm_head.weight = network.transformer.wte.weight
    network.config = chosen
    return network.eval().requires_grad_(False)


def _without_weights(config: SimpleNamespace) -> nn.ModuleDict:
    width, inner = config.n_embd, config.n_inner or 4 * config.n_embd

    def block() -> nn.ModuleDict:
        attention = nn.ModuleDict({"c_attn": Layer(width, 3 * width), "c_proj": Layer(width, width)})
        mlp = nn.ModuleDict({"c_fc": Layer(width, inner), "c_proj": Layer(inner, width)})
        return nn.ModuleDict({"ln_1": Layer(width), "attn": attention, "ln_2": Layer(width), "mlp": mlp})

    with torch.device("meta"):
        body = nn.ModuleDict(
            {
                "wte": Layer(config.vocab_size, width, bias=False),
                "wpe": Layer(config.n_positions, width, bias=False),
                "h": nn.ModuleList(block() for _ in range(config.n_layer)),
                "ln_f": Layer(width),
            }
        )
        return nn.ModuleDict({"transformer": body, "lm_head": Layer(config.vocab_size, width, bias=False)})


class Layer(nn.Module):
    """weight of this shape; bias, if any, of its last size."""

    def __init__(self, *shape: int, bias: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.empty(shape[-1])) if bias else None


def _tensors(folder: Path) -> dict[str, Tensor]:
    """All of the file, or of its parts, by the names that they have in transformers' language model."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        files = {WHOLE}
        if not (folder / WHOLE).is_file() and (folder / SHARDS).is_file():
            files = {Path(file).name for file in json.loads((folder / SHARDS).read_text())["weight_map"].values()}
        tensors = {name: tensor for file in sorted(files) for name, tensor in load_file(folder / file).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise UserError(f"{folder.name}: the weights cannot be read ({first_line(error)}).") from error
    bare = not any(name.startswith("transformer.") for name in tensors)  # of the body alone, as OpenAI's own are
    return {
        f"transformer.{name}" if bare and name != "lm_head.weight" else name: tensor
        for name, tensor in tensors.items()
        if not name.endswith(MASKS)
    }


def refuse_misfit(name: str, missing: Collection[Any], unknown: Collection[Any], misshapen: Collection[Any]) -> None:
    """UserError where a file of weights does not hold those of the network, by their names."""
    kinds = {"missing weights": missing, "unknown weights": unknown, "weights of another shape": misshapen}
    wrong = [f"{len(names)} {kind} such as {min(map(str, names))}" for kind, names in kinds.items() if names]
    if wrong:
        raise UserError(f"{name}: the weights do not match the architecture ({', '.join(wrong)}).")
