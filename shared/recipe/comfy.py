"""ComfyUI's graphs: the settings of the sampler that made the picture.

Nodes are {"class_type": ..., "inputs": {name: value, or [id of a node, which of its outputs]}} by id. The editor's own
form, the workflow, is turned into that; it names no widgets, so only nodes of ComfyUI itself are known in it.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

Graph = dict[str, dict[str, Any]]

MOST_NODES, MOST_SAMPLERS = 3000, 20
WIDGETS = {
    "KSampler": "seed . steps cfg sampler_name scheduler denoise",
    "KSamplerAdvanced": ". noise_seed . steps cfg sampler_name scheduler",
    "SamplerCustom": ". noise_seed . cfg",
    "CLIPTextEncode": "text",
    "CLIPTextEncodeFlux": "clip_l t5xxl guidance",
    "EmptyLatentImage": "width height",
    "EmptySD3LatentImage": "width height",
    "CheckpointLoaderSimple": "ckpt_name",
    "UNETLoader": "unet_name",
    "LoraLoader": "lora_name strength_model",
    "LoraLoaderModelOnly": "lora_name strength_model",
    "RandomNoise": "noise_seed",
    "KSamplerSelect": "sampler_name",
    "BasicScheduler": "scheduler steps denoise",
    "CFGGuider": "cfg",
    "PrimitiveNode": "value",
    "PrimitiveStringMultiline": "value",
    "ControlNetLoader": "control_net_name",
}
TEXTS = ("text", "text_g", "t5xxl", "clip_l", "positive", "prompt", "string", "value")
NUMBERS = ("value", "seed", "noise_seed", "int", "number", "float")


def settings(graph: dict[str, Any], workflow: dict[str, Any]) -> tuple[dict[str, Any], list[str]] | None:
    """(settings, what is left out), or None where no sampler is found. Either may be {}."""
    if "nodes" in graph and not workflow:
        graph, workflow = {}, graph
    nodes = {str(key): node for key, node in graph.items() if _is_node(node)} or _of_workflow(workflow)
    samplers = [key for key, node in nodes.items() if _inputs(node).keys() & {"positive", "guider"} and _samples(node)]
    if not samplers or len(nodes) > MOST_NODES:
        return None
    # The last one: its picture comes from no other's, but others' may come from it.
    fed = {key for one in samplers[:MOST_SAMPLERS] for key in _upstream(nodes, one) if key != one}
    last = next((one for one in samplers if one not in fed), samplers[-1])
    own, guider = nodes[last], _link(_inputs(nodes[last]).get("guider"))
    guide = guider if guider in nodes else last
    sides = [_value(nodes, key, name) for name in ("width", "height") for key in _along(nodes, last, "latent_image")]
    found = {
        "prompt": _text(nodes, guide, "positive") or _text(nodes, guide, "conditioning"),
        "negative_prompt": _text(nodes, guide, "negative"),
        "steps": _first(nodes, last, "steps"),
        "guidance": _first(nodes, last, "cfg") or _first(nodes, last, "guidance"),
        "seed": _first(nodes, last, "seed", "noise_seed"),
        "sampler": _first(nodes, last, "sampler_name"),
        "schedule": _first(nodes, last, "scheduler"),
        "width": next((side for side in sides[: len(sides) // 2] if side is not None), None),
        "height": next((side for side in sides[len(sides) // 2 :] if side is not None), None),
        "model": _first(nodes, last, "ckpt_name", "unet_name"),
    }
    left = [f"{len(samplers) - 1} more samplers"] if len(samplers) > 1 else []
    for key in _upstream(nodes, last):
        inputs, kind = _inputs(nodes[key]), str(nodes[key].get("class_type", ""))
        if isinstance(inputs.get("lora_name"), str):
            left.append(f"the LoRA {inputs['lora_name'][:80]}")
        elif "ControlNetApply" in kind:
            left.append("a ControlNet")
        elif "IPAdapter" in kind:
            left.append("an IP-Adapter")
    denoise = _inputs(own).get("denoise")
    if isinstance(denoise, int | float) and 0 <= denoise < 1:
        left.append(f"a denoising strength of {denoise:g}")
    return found, left


def _is_node(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("inputs"), dict)


def _inputs(node: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = node["inputs"]
    return found


def _samples(node: dict[str, Any]) -> bool:
    return bool(_inputs(node).keys() & {"steps", "seed", "noise_seed", "sigmas", "sampler_name", "latent_image"})


def _link(value: object) -> str:
    """The node that a value comes from, "" where it is said here."""
    return str(value[0]) if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) else ""


def _upstream(nodes: Graph, key: str) -> Iterator[str]:
    """The node and all that it comes from, the nearest first."""
    waiting, seen = deque([key]), {key}
    while waiting:
        here = waiting.popleft()
        if here not in nodes:
            continue
        yield here
        for value in _inputs(nodes[here]).values():
            if (there := _link(value)) and there not in seen:
                seen.add(there)
                waiting.append(there)


def _along(nodes: Graph, key: str, name: str) -> list[str]:
    start = _link(_inputs(nodes[key]).get(name))
    return list(_upstream(nodes, start)) if start else []


def _value(nodes: Graph, key: str, name: str) -> Any:
    """What an input says, through one node that holds a value for it."""
    value = _inputs(nodes[key]).get(name)
    there = _link(value)
    if there in nodes:
        said = _inputs(nodes[there])
        value = next((said[one] for one in NUMBERS if isinstance(said.get(one), int | float | str)), None)
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None


def _first(nodes: Graph, key: str, *names: str) -> Any:
    """Of the node or of the nearest that it comes from."""
    found = (_value(nodes, here, name) for here in _upstream(nodes, key) for name in names)
    return next((value for value in found if value is not None), None)


def _text(nodes: Graph, key: str, name: str) -> str:
    """The prompt behind an input."""
    for here in _along(nodes, key, name):
        said = _inputs(nodes[here])
        if "ConditioningZeroOut" in str(nodes[here].get("class_type")):
            return ""
        for one in TEXTS:
            if isinstance(said.get(one), str):
                return str(said[one])
    return ""


def _of_workflow(workflow: dict[str, Any]) -> Graph:
    links: dict[object, object] = {}
    listed = workflow.get("links")
    for link in listed if isinstance(listed, list) else []:
        if isinstance(link, list) and len(link) >= 4 and isinstance(link[0], int | str):
            links[link[0]] = link[1]
    graph: Graph = {}
    nodes = workflow.get("nodes")
    for node in nodes[:MOST_NODES] if isinstance(nodes, list) else []:
        if not isinstance(node, dict) or node.get("mode") in (2, 4):  # muted or passed over
            continue
        kind, values, inputs = str(node.get("type")), node.get("widgets_values"), node.get("inputs")
        said: dict[str, Any] = {}
        if isinstance(values, list):
            said = {name: value for name, value in zip(WIDGETS.get(kind, "").split(), values, strict=False)}
            said.pop(".", None)
        for one in inputs if isinstance(inputs, list) else []:
            if isinstance(one, dict) and isinstance(one.get("link"), int | str) and one["link"] in links:
                said[str(one.get("name"))] = [str(links[one["link"]]), 0]
        graph[str(node.get("id"))] = {"class_type": kind, "inputs": said}
    return graph
