"""A GPT-2 that was steered: the weights of its base, and a LoRA (Hu et al., 2021, arXiv:2106.09685) added to them.

    W  becomes  W + alpha / rank (B A)^T

A (rank, in) and B (out, rank) come from the file, in PEFT's format; GPT-2 keeps W as (in, out). The sum is made once,
when the model is loaded, and rounded to float16 as a file of it would be: it runs as fast as its base.
"""

import json
from pathlib import Path
from typing import Any

import torch

from shared.core import machine
from shared.core.errors import UserError
from shared.models.gpt2 import GPT2, check, read_network
from shared.models.text import TextTokenizer

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."


def load(folder: str | Path, precision: str = "fast", base: str | Path | None = None) -> GPT2:
    """The GPT-2 in the folder `base` with the adapter in `folder`. UserError where the two do not fit."""
    assert base is not None, "an adapter goes with a base, which its row names"
    base = Path(base)
    config = json.loads((base / "config.json").read_text())
    check(config, base.name)
    network = merged(read_network(base), Path(folder))
    device = "cuda" if machine.device() == "cuda" else "cpu"
    return GPT2(network, TextTokenizer.load(base), precision, config.get("begins_with_end", False), device)


@torch.no_grad()
def merged(network: Any, folder: Path) -> Any:
    """Adds the adapter to the network's weights, in place."""
    from safetensors.torch import load_file

    config = json.loads((folder / CONFIG).read_text())
    tensors = load_file(folder / WEIGHTS)
    if config.get("peft_type") != "LORA" or config.get("use_dora") or config.get("bias", "none") != "none":
        raise UserError(f"{folder.name} is no plain LoRA, which is the only kind of adapter that is added here.")
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    layers = dict(network.named_modules())
    for name in tensors:
        where, _, matrix = name.removeprefix(PREFIX).removesuffix(".weight").rpartition(".lora_")
        other = name.replace(f".lora_{matrix}.", f".lora_{'B' if matrix == 'A' else 'A'}.")
        if matrix not in ("A", "B") or where not in layers or other not in tensors:
            raise UserError(f"{folder.name} does not fit its base: there is no place for “{name[:80]}”.")
        if matrix == "B":
            continue
        down, up, weight = tensors[name].float(), tensors[other].float(), layers[where].weight
        if weight.shape != (down.shape[1], up.shape[0]):  # (in, out)
            raise UserError(f"{folder.name} does not fit its base: its matrices have other sizes.")
        weight.copy_((weight + scale * (up @ down).T).half().float())
    return network
