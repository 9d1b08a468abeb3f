"""Files that an endpoint returns."""

from gradio import data_classes, processing_utils, utils


def served(data: bytes, name: str) -> dict:
    """A file as an endpoint made with gr.api returns it: clients download it from the server's cache."""
    path = processing_utils.save_bytes_to_cache(data, name, utils.get_upload_folder())
    return data_classes.FileData(path=path, orig_name=name).model_dump()
