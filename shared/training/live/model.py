"""The model of a training: kept in its folder, loaded from there, and fifty digits that it draws."""

import base64
import copy
import io
import json
from pathlib import Path
from typing import Any

from shared.training import recipes
from shared.training.live.plans import Plan

GRID = (5, 10)  # rows and columns; the columns of a conditional model are the digits 0 to 9
GAP = 2  # pixels between two digits


def save(model: Any, plan: Plan, folder: Path, facts: dict[str, Any]) -> None:
    """config.json, model.safetensors (half precision) and training.json."""
    copy.deepcopy(model).half().save_pretrained(folder)
    scores = [score | {"frechet": round(score["frechet"], 2)} for score in facts.pop("scores")]
    how = {"name": plan.name, "job": vars(plan), **facts, "scores": scores}
    (folder / "training.json").write_text(json.dumps(how, indent=1), "utf-8")


def load(folder: Path) -> Any:
    """The model of a training, from its folder: a DigitModel in float32, ready to draw from. Imports torch."""
    from shared.training.loop import imported

    name = json.loads((Path(folder) / "training.json").read_text("utf-8"))["name"]
    return imported(recipes.recipe(name).network).from_pretrained(str(folder), strict=True).float().eval()


def grid(model: Any, seed: int = 0) -> str:
    """Base64 of a PNG of 50 digits, ink on paper, from the seeds seed, seed + 1, ..."""
    import torch
    from PIL import Image

    rows, columns = GRID
    seeds = range(seed, seed + rows * columns)
    with torch.inference_mode():
        labels = torch.arange(columns).repeat(rows) if model.conditional else None
        images = model.decode(model.latents(seeds), labels)
    size = images.shape[-1] + GAP
    images = torch.nn.functional.pad(images, (0, GAP, 0, GAP))[:, 0].view(rows, columns, size, size)
    ink = images.transpose(1, 2).reshape(rows * size, columns * size)[:-GAP, :-GAP]
    stream = io.BytesIO()
    Image.fromarray((255 * (1 - ink)).round().byte().numpy()).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()
