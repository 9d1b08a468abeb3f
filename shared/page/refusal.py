"""The answer to a request that is not served: one sentence."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Gradio's clients read the sentence from `error`, those of FastAPI from `detail`."""
    return JSONResponse({"error": sentence, "detail": sentence}, status, headers)
