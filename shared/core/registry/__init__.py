"""The one list of models, SPECS: a row per model, nothing is loaded or imported here.

A new model is a new row in the file of its family (and, only if the architecture is new, a builder under
shared/models/).
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared.core.errors import UserError
from shared.core.registry import (
    digits,
    faces,
    flows,
    language,
    pictures,
    remote,
    seeing,
    speech,
    styles,
    text,
    translation,
)
from shared.core.registry.spec import ModelSpec, Picture
from shared.core.settings import settings

__all__ = ["SPECS", "WEIGHTS", "ModelSpec", "Picture", "any_model_spec", "check_id", "files_of", "names"]
__all__ += ["own_name", "picture_of", "repo_of", "scores", "spec", "starter"]

WEIGHTS = Path(__file__).parents[2] / "weights"  # the bundled models, one folder each
SPECS: tuple[ModelSpec, ...] = (
    *text.ROWS,
    *digits.ROWS,
    *flows.ROWS,
    *pictures.ROWS,
    *faces.ROWS,
    *language.ROWS,
    *seeing.ROWS,
    *speech.ROWS,
    *styles.ROWS,
    *translation.ROWS,
)


def files_of(row: ModelSpec) -> tuple[str, ...]:
    """The files to fetch, as patterns: those of the safety checker only where the host has it on."""
    return row.files + (row.checker if settings().safety_checker else ())


def picture_of(row: ModelSpec) -> Picture | None:
    """How a text-to-image model draws best; a folder of the host's own has its own size."""
    folder = settings().local.get(row.name)
    if row.picture is None or folder is None:
        return row.picture
    try:
        unet, vae = (json.loads((folder / part / "config.json").read_text("utf-8")) for part in ("unet", "vae"))
        widths = vae.get("block_out_channels") or vae["decoder_block_out_channels"]
        side = unet["sample_size"] * 2 ** (len(widths) - 1)
    except (OSError, ValueError, KeyError, TypeError):
        return row.picture  # what is wrong with the folder is said when it is loaded
    least, most, multiple = row.picture.sizes
    sizes = row.picture.sizes if least <= side <= most and side % multiple == 0 else (side, side, multiple)
    return replace(row.picture, width=side, height=side, sizes=sizes)


def scores(name: str) -> dict[str, Any]:
    """What `python -m shared.tools.score` measured of a bundled model; {} where it was never measured."""
    file = WEIGHTS / name / "scores.json"
    return json.loads(file.read_text("utf-8")) if "/" not in name and file.exists() else {}


def names(task: str) -> list[str]:
    return [row.name for row in (remote.rows() if task in remote.TASKS else SPECS) if row.task == task]


def spec(name: str) -> ModelSpec:
    """The row called `name`, or one made for a Hub id where the host allows any model."""
    for row in remote.rows() if name in remote.TASKS else SPECS:
        if row.name == name:
            return row
    if settings().allow_any_model and "/" in str(name):
        return any_model_spec(name)
    known = ", ".join(row.name for row in SPECS)
    raise UserError(f"There is no model called “{str(name)[:60]}”; there are: {known}.")


def own_name(name: str) -> str:
    """The row that other tools mean by a file of weights or a repository, or the name as it is."""
    path = name.strip().replace("\\", "/")
    bare = re.sub(r"\.(safetensors|ckpt|pt|gguf)$", "", path, flags=re.IGNORECASE)
    if bare != path:
        bare = bare.rpartition("/")[2]
    repos = {row.repo.lower(): row.name for row in SPECS if row.repo}
    return (repos | pictures.ALSO_CALLED).get(bare.lower(), bare)


def any_model_spec(repo_id: str) -> ModelSpec:
    """A row for any causal language model of the Hub, by its id OWNER/NAME; its sizes are not known yet."""
    if not settings().allow_any_model:
        raise UserError("This site offers the models in its list; hosts allow others (AIGC_ALLOW_ANY_MODEL).")
    check_id(repo_id)
    return ModelSpec(
        name=repo_id,
        task="text",
        title=repo_id,
        builder="shared.models.gpt2:load",
        license=f"see huggingface.co/{repo_id}",
        download_mb=0,
        memory_mb=0,
        paper="",
        repo=repo_id,
    )


def check_id(repo_id: str) -> None:
    """UserError where this cannot be the name of a repository of the Hub."""
    part = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?"
    # The Hub forbids -- and .. too; they must not reach the folder name that is made from the id.
    if not re.fullmatch(f"{part}/{part}", repo_id) or "--" in repo_id or ".." in repo_id:
        raise UserError("A model of the Hub is named OWNER/NAME, for example openai-community/gpt2.")


def repo_of(row: ModelSpec) -> str:
    """The Hub repository of a row: its own, or NAMESPACE/NAME for one trained here, or ""."""
    namespace = settings().hub_namespace
    return row.repo or (f"{namespace}/{row.name}" if row.bundled and namespace else "")


def starter(task: str) -> ModelSpec | None:
    """The bundled model that stands in when the Hub cannot be reached: the first bundled row of the task."""
    return next((row for row in SPECS if row.task == task and row.bundled), None)
