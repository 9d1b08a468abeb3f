"""LoRA (Hu et al., 2021, arXiv:2106.09685): a small file that changes what a large model draws.

    W x  becomes  W x + strength (alpha / rank) B A x

A (rank, in) and B (out, rank) come from the file; W is not touched: the sum is made by hooks, which are taken away
after the drawing. So one model in memory serves visitors with and without, and nothing is left behind by rounding.

    check("owner/name")                              # UserError where the host does not allow it
    for step in fetch("owner/name"): show(step.text)
    with worn(painter, "owner/name", strength=0.8):  # while painter.lock is held
        ...

Read are the ways in which such files are written for Stable Diffusion: diffusers' (old and new), PEFT's, kohya's and
ComfyUI's. Relatives of LoRA that change a layer in another way are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from shared.core import hub, registry
from shared.core.errors import UserError
from shared.core.hub import Progress, Snapshot
from shared.core.settings import settings
from shared.models.pipeline_folder import Pipeline

if TYPE_CHECKING:
    from torch import Tensor, nn

    from shared.models.text_to_image import Painter

Change: TypeAlias = "tuple[nn.Module, Tensor, Tensor, float]"  # layer of the pipeline, A, B, alpha / rank

FILES = ("*.safetensors",)
USUAL = "pytorch_lora_weights.safetensors"  # what diffusers calls it
MOST_MB = 1000  # a larger one is a whole model under the name of a LoRA
KEPT = 2  # in memory, for each model

PARTS = {  # how the names of its layers begin -> the part of the pipeline
    "lora_unet_": "unet",
    "unet_": "unet",
    "lora_te2_": "text_encoder_2",
    "text_encoder_2_": "text_encoder_2",
    "lora_te1_": "text_encoder",
    "lora_te_": "text_encoder",
    "text_encoder_": "text_encoder",
}
RELATIVES = {  # a part of the names of their weights -> what they are
    "dora_scale": "DoRA",
    "magnitude_vector": "DoRA",
    "lora_mid": "LoCon with a middle matrix",
    "hada_": "LoHa",
    "lokr_": "LoKr",
    "oft_": "OFT",
    ".diff": "whole differences",
}
AUTHORS = ("input_blocks", "middle_block", "output_blocks")
MATRIX = re.compile(r"(.*?)[._]lora(?:_linear_layer)?[._](A|B|down|up)(?:\.default)?\.weight")


def check(repo: str) -> None:
    """UserError where the host offers no LoRAs, or where this is no name on the Hub."""
    if not settings().allow_any_model:
        raise UserError("This site offers its models as they are; hosts allow LoRAs (AIGC_ALLOW_ANY_MODEL).")
    registry.check_id(repo)


def fetch(repo: str) -> Generator[Progress, None, Snapshot]:
    """Brings a LoRA into the Hub's cache, if it is not there. Errors: UserError."""
    check(repo)
    if (snapshot := _cached(repo)) is not None:
        return snapshot
    if not hub.reachable():
        raise UserError(f"The Hub could not be reached, and the LoRA {repo} is not on this machine.")
    try:
        return (yield from hub.fetch(repo, "", FILES, f"the LoRA {repo}", fits=_refuse_if_too_large))
    except hub.Unreachable:
        hub.mark_unreachable()
        raise UserError(f"The Hub could not be reached, and the LoRA {repo} is not on this machine.") from None


def _cached(repo: str) -> Snapshot | None:
    snapshot = hub.cached(repo, "", FILES)
    if snapshot and (bad := hub.damaged(snapshot.folder)):
        hub.delete(bad)
        return None
    return snapshot


def _refuse_if_too_large(megabytes: float) -> None:
    if megabytes > MOST_MB:
        raise UserError(f"This is {megabytes / 1000:.1f} GB and so no LoRA; those are up to {MOST_MB / 1000:.0f} GB.")


@contextmanager
def worn(painter: Painter, repo: str, strength: float = 1.0) -> Iterator[Snapshot]:
    """While the block runs, `painter` draws with the LoRA, which `fetch` has brought."""
    check(repo)
    snapshot = _cached(repo)
    if snapshot is None:
        raise UserError(f"The LoRA {repo} is not on this machine yet.")
    kept = painter.loras
    key = (repo, snapshot.revision)
    if key not in kept:
        kept[key] = read(_file(snapshot.folder, repo), painter.pipe, repo)
        for oldest in list(kept)[:-KEPT]:
            del kept[oldest]
    with ExitStack() as hooks:
        for layer, down, up, scale in kept[key]:
            handle = layer.register_forward_hook(adding(down, up, scale * strength))
            hooks.callback(handle.remove)
        yield snapshot


def _file(folder: Path, repo: str) -> Path:
    files = hub.weight_files(folder)
    usual = [file for file in files if file.name == USUAL] or files
    if len(usual) > 1:
        raise UserError(f"{repo} holds {len(usual)} files of weights, and none is called {USUAL}.")
    return usual[0]


def read(file: Path, pipe: Pipeline, title: str) -> list[Change]:
    """UserError where a weight has no place in this pipeline."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(file)
    except SafetensorError:
        raise UserError(f"The LoRA {title} is damaged or not in the safetensors format.") from None
    if kind := next((RELATIVES[part] for part in RELATIVES for name in tensors if part in name), ""):
        raise UserError(f"{title} is not of the kind of LoRA that this app knows: it is {kind}.")
    tensors = {_usual(name): tensor for name, tensor in tensors.items()}
    if any(part in name for part in AUTHORS for name in tensors):  # Stable Diffusion as its own authors name its layers
        try:
            tensors, alphas = pipe.lora_state_dict(tensors, unet_config=pipe.unet.config)
        except (ValueError, KeyError, IndexError):
            raise UserError(
                f"The LoRA {title} was made for another model: its layers have no place in this one."
            ) from None
        tensors |= alphas or {}
    layers = _layers(pipe)
    matrices: dict[tuple[str, str], dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        matrix = MATRIX.fullmatch(name)
        if not matrix and not name.endswith(".alpha"):
            raise UserError(f"{title} is not of the kind of LoRA that this app knows: it has “{name[:80]}”.")
        where = _flat(matrix[1] if matrix else name.removesuffix(".alpha"))
        if where not in layers:
            raise UserError(f"The LoRA {title} was made for another model: this one has no layer “{name[:80]}”.")
        role = {"A": "down", "B": "up"}.get(matrix[2], matrix[2]) if matrix else "alpha"
        matrices.setdefault(where, {})[role] = tensor
    return [_fitted(layers[where], of_layer, title) for where, of_layer in matrices.items()]


def _usual(name: str) -> str:
    """ComfyUI's names as kohya's, PEFT's without what it puts in front."""
    name = name.removeprefix("base_model.model.")
    if not name.startswith("diffusion_model."):
        return name
    layer, dot, matrix = name.removeprefix("diffusion_model.").partition(".lora_")
    matrix = {"A.weight": "down.weight", "B.weight": "up.weight"}.get(matrix, matrix)
    return f"lora_unet_{layer.replace('.', '_')}{dot}{matrix}" if dot else "lora_unet_" + layer.replace(".", "_")


def _flat(name: str) -> tuple[str, str]:
    """'unet.mid_block.attentions.0.proj_in' -> ('unet', 'mid_block_attentions_0_proj_in')"""
    flat = name.replace(".", "_").replace("processor_", "")
    for start, part in PARTS.items():
        if flat.startswith(start):
            return part, flat.removeprefix(start).removeprefix("text_model_")
    return "unet", flat


def _layers(pipe: Pipeline) -> dict[tuple[str, str], nn.Linear | nn.Conv2d]:
    """The layers that a LoRA may change, by part and name as `_flat` gives them."""
    import torch

    layers: dict[tuple[str, str], nn.Linear | nn.Conv2d] = {}
    for part in dict.fromkeys(PARTS.values()):
        for name, layer in (getattr(pipe, part, None) or torch.nn.Module()).named_modules():
            if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)):
                flat = name.replace(".", "_").removeprefix("text_model_")
                layers[part, flat] = layer
                if flat.endswith("to_out_0"):
                    layers[part, flat.removesuffix("_0")] = layer  # as diffusers once called it
                if flat.endswith(("q_proj", "k_proj", "v_proj", "out_proj")):
                    kind = flat.rpartition("_")[0].rpartition("_")[2]
                    layers[part, flat.removesuffix(f"{kind}_proj") + f"to_{kind}"] = layer
    return layers


def _fitted(layer: nn.Linear | nn.Conv2d, matrices: dict[str, Tensor], title: str) -> Change:
    """The two matrices in the shape, number format and place of the layer."""
    import torch

    if not {"down", "up"} <= set(matrices):
        raise UserError(f"The LoRA {title} is incomplete: a layer has one of its two matrices only.")
    down, up = matrices["down"], matrices["up"]
    rank = len(down)
    scale = float(matrices["alpha"]) / rank if "alpha" in matrices else 1.0
    if isinstance(layer, torch.nn.Linear):
        down, up = down.flatten(1), up.flatten(1)
        fits = down.shape[1] == layer.in_features and up.shape == (layer.out_features, rank)
    else:
        down, up = down[(...,) + (None,) * (4 - down.dim())], up[(...,) + (None,) * (4 - up.dim())]
        fits = down.shape[1:] == layer.weight.shape[1:] and up.shape == (layer.out_channels, rank, 1, 1)
    if not fits:
        raise UserError(f"The LoRA {title} was made for another model: its matrices have other sizes.")
    return layer, down.to(layer.weight), up.to(layer.weight), scale


def adding(down: Tensor, up: Tensor, scale: float) -> Callable[[Any, tuple[Tensor, ...], Tensor], Tensor]:
    """A forward hook that adds scale B A x to what the layer gives."""
    import torch.nn.functional as F

    def hook(layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if down.dim() == 2:
            return output + scale * F.linear(F.linear(inputs[0], down), up)
        inner = F.conv2d(inputs[0], down, stride=layer.stride, padding=layer.padding, dilation=layer.dilation)
        return output + scale * F.conv2d(inner, up)

    return hook
