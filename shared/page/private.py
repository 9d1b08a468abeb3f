"""What the page needs of Gradio's insides. All of it is here; checked with Gradio 6.31, by tests/page/test_endpoint.py.

gr.api makes an endpoint of a function, and takes what it says of an argument from the argument's type alone: there is
no way to tell it a range. What it makes of the type is kept in `_api_info` of the Api component behind the argument,
from which come /gradio_api/info, /gradio_api/openapi.json and the schema of the MCP tool.
"""

import importlib.util
import json
import sys
from abc import ABCMeta
from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr
from gradio import route_utils
from gradio.component_meta import ComponentMeta
from gradio.components.api_component import Api
from gradio_client.utils import is_file_obj_with_meta
from starlette.requests import Request

# At its start Gradio asks for its own page, and ends the program with "localhost is not accessible" where that takes
# three seconds, as on a busy machine; that the server is up it has found out before, without a limit.
WITHOUT_A_LOOK: dict[str, Any] = {"_frontend": False}


class OwnComponent(ComponentMeta):
    """Of a component of our own: Gradio's metaclass writes a .pyi beside the file, which mypy then reads instead."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> type:
        return ABCMeta.__new__(cls, name, bases, attributes)


def describe(made: gr.events.Dependency, schemas: Sequence[dict[str, Any]]) -> None:
    """Adds JSON schema to each argument of an endpoint, right after gr.api has made it."""
    arguments = page().fns[made["id"]].inputs
    for argument, schema in zip(arguments, schemas, strict=True):
        assert isinstance(argument, Api)
        argument._api_info = argument._api_info | schema
        argument.example_payload = partial(schema.get, "example")  # Gradio has "..." for what has no default


def page() -> gr.Blocks:
    """The outermost gr.Blocks that is being built: `load` and `unload` of the page are there."""
    blocks = gr.context.Context.root_block
    assert blocks is not None, "inside of gr.Blocks"
    return blocks


def server() -> gr.Blocks:
    """The page that answers the call which is under way."""
    blocks = gr.context.LocalContext.blocks.get(None)
    assert blocks is not None, "inside of a call"
    return blocks


def data_of(event: gr.EventData) -> dict[str, Any]:
    """What a component of our own sent with its event: the second argument of `trigger` in its script."""
    return dict(event._data or {})


def under_way(app: Any, session: str) -> bool:
    """Whether something that this visitor asked for is waiting, worked on, or not yet told. app: the gradio.App."""
    return bool(app.get_blocks()._queue.pending_event_ids_session.get(session))


def asked_as(request: Request, path: str) -> tuple[str, str]:
    """(address that a visitor knows this server by, name that was logged in with): what of /config differs between
    visitors. As in routes.py, get_config."""
    app = request.scope["app"]
    root_path = app.root_path or request.scope.get("root_path") or app.get_blocks().custom_mount_path
    cookies = (request.cookies.get(f"access-token-{kind}{app.cookie_id}") for kind in ("", "unsecure-"))
    return route_utils.get_root_url(request, path, root_path), app.tokens.get(next(filter(None, cookies), None)) or ""


def tools_speak_json() -> None:
    """MCP tools of Gradio give Python's text of a dict and of several results, pictures among them."""
    from gradio.mcp import GradioMCPServer

    original = GradioMCPServer.postprocess_output_data
    if getattr(original, "speaks_json", False):
        return

    def flat(one: Any) -> list[Any]:
        if _is_list(one):
            pairs = [list(each.values()) if _captioned(each) else [each] for each in one]
            if one and all(map(is_file_obj_with_meta, (pair[0] for pair in pairs))):
                return [part for pair in pairs for part in pair]
        if (isinstance(one, dict) or _is_list(one)) and not is_file_obj_with_meta(one):
            return [json.dumps(one, ensure_ascii=False)]
        return [one]

    def told(self: Any, data: Any, root_url: str) -> Any:
        several = len(data) == 1 and _is_list(data[0])  # results come as one of gradio_client's own lists
        outputs = data[0] if several else data
        return original(self, [part for one in outputs for part in flat(one)], root_url)

    told.speaks_json = True  # type: ignore[attr-defined]
    GradioMCPServer.postprocess_output_data = told


def _is_list(one: Any) -> bool:
    return isinstance(one, Sequence) and not isinstance(one, str | bytes)


def _captioned(one: Any) -> bool:
    return isinstance(one, dict) and list(one) == ["image", "caption"]


def doze(blocks: gr.Blocks) -> None:
    """Lets a queue that has nothing to do look for work 50 times a second: Gradio's 1,000 cost 5 % of a core."""
    blocks._queue.sleep_when_free = 0.02
    blocks._queue.progress_update_sleep_when_free = 0.1


def without_plots() -> None:
    """Before and after each call and each value that it yields, Gradio tries to import matplotlib. Where there is none,
    that searched all of sys.path each time: a third of what the server did while it streamed."""
    if importlib.util.find_spec("matplotlib") is None:
        sys.modules["matplotlib"] = None  # type: ignore[assignment]  # Python's own way to say that there is none
