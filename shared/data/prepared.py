"""What a reader of training data made, as one file, so that it need not be read and decoded again.

    write(read_digits(folder), file)
    read(file)                           the same object

A data set is a dataclass of tensors, of JSON's values and of such dataclasses. The file is safetensors, packed by gzip:
no pickle, so nothing in it can run.
"""

import gzip
import importlib
import json
from dataclasses import fields, is_dataclass
from pathlib import Path

import torch
from safetensors.torch import load, save

OURS = ("shared.data.", "shared.training.")  # where the classes are, which a file may name


def place(folder, reader):
    """The file in a folder that stands for what the reader at "module:function" would make of it."""
    return Path(folder) / f"{reader.replace(':', '.')}.safetensors.gz"


def write(data, file):
    """TypeError for what is neither a tensor nor JSON's."""
    tensors = {}
    described = _described(data, "", tensors)
    packed = save(tensors, {"data": json.dumps(described, ensure_ascii=False)})
    Path(file).write_bytes(gzip.compress(packed, 6))


def read(file):
    """ValueError for a file that is not of `write`."""
    packed = gzip.decompress(Path(file).read_bytes())
    size = int.from_bytes(packed[:8], "little")  # of the header (safetensors' format)
    described = json.loads(packed[8 : 8 + size]).get("__metadata__", {}).get("data")
    if described is None:
        raise ValueError(f"{file} holds tensors, but not a data set of this project.")
    return _made(json.loads(described), "", load(packed))


def _described(value, place, tensors):
    if isinstance(value, torch.Tensor):
        tensors[place] = value.contiguous()
        return {"tensor": place}
    if is_dataclass(value):
        kind = type(value)
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        inside = {name: _described(part, f"{place}/{name}", tensors) for name, part in parts.items()}
        return {"class": f"{kind.__module__}:{kind.__qualname__}", "fields": inside}
    json.dumps(value)
    return {"value": value}


def _made(described, place, tensors):
    if "tensor" in described:
        return tensors[described["tensor"]]
    if "value" in described:
        return described["value"]
    module, name = described["class"].split(":")
    if not module.startswith(OURS):
        raise ValueError(f"{module} is not where this project's data sets are.")
    kind = getattr(importlib.import_module(module), name)
    if not is_dataclass(kind):
        raise ValueError(f"{name} is not a data set.")
    return kind(**{field: _made(part, f"{place}/{field}", tensors) for field, part in described["fields"].items()})
