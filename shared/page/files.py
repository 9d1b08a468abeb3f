"""Files that an endpoint takes and returns."""

from pathlib import Path
from typing import Any

from gradio import data_classes, processing_utils, utils

from shared.core.errors import UserError


def served(data: bytes, name: str) -> dict:
    """A file as an endpoint made with gr.api returns it: clients download it from the server's cache."""
    path = processing_utils.save_bytes_to_cache(data, name, utils.get_upload_folder())
    return data_classes.FileData(path=path, orig_name=name).model_dump()


def uploaded(file: dict[str, Any]) -> Path:
    """The path of a file that was uploaded to this server, and of no other one of this machine."""
    try:
        path, folder = Path(file["path"]).resolve(), Path(utils.get_upload_folder()).resolve()
    except (KeyError, TypeError, ValueError, OSError):
        raise UserError("This file cannot be read.") from None
    if not path.is_relative_to(folder):
        raise UserError("This file was not uploaded: send it with gradio_client's handle_file, or as a data URL.")
    return path
