"""Models that run on another machine: a row for each server of the host's settings (AIGC_REMOTE_TEXT, ..._PICTURES).

Their tasks are their own, so that only the tabs that ask for them have them in their menus. Nothing stands in for them.
"""

from urllib.parse import urlsplit

from shared.core.registry.spec import ModelSpec, Picture
from shared.core.settings import settings

TASKS = TEXT, PICTURES = "remote-text", "remote-pictures"  # each has one row, of the same name
LICENSE = "Licence: that of the server's model"
# What a visitor asks for is sent as it is; the server draws in its own way, and its scheduler is its own.
PICTURE = Picture(scheduler="", schedulers=("",), sizes=(64, 2048, 8))


def rows() -> tuple[ModelSpec, ...]:
    """None where the host has set none."""
    host = settings()
    both = (
        (TEXT, host.remote_text, host.remote_text_model, "shared.engines.text.remote:Server", None),
        (PICTURES, host.remote_pictures, "", "shared.engines.diffusion.remote:Server", PICTURE),
    )
    return tuple(_row(task, url, model, builder, picture) for task, url, model, builder, picture in both if url)


def _row(task: str, url: str, model: str, builder: str, picture: Picture | None) -> ModelSpec:
    return ModelSpec(
        name=task,
        task=task,
        title=" · ".join(filter(None, (named(model), where(url)))),
        builder=builder,
        license=LICENSE,
        download_mb=0,
        memory_mb=0,
        paper="",
        repo=model,
        picture=picture,
        remote=url,
    )


def where(url: str) -> str:
    """'http://llm.example:8000/v1' -> 'llm.example:8000': how a server is named, on the page and in recipes."""
    return urlsplit(url).netloc


def named(model: str) -> str:
    """'/models/gpt2.gguf' -> 'gpt2.gguf', a name of the Hub as it is: nobody need know the folders of a server."""
    return model.rpartition("/")[2] if model.startswith("/") else model
