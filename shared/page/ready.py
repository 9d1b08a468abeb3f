"""What each client of gradio_client asks for when it connects: answers that are the same for all of them, made once.

For each client Gradio (6.31) copies the whole config and looks through it for files: 0.3 s of a processor.
"""

import asyncio
from typing import Any

from starlette.requests import Request

from shared.page import private

ASKED = ("/config", "/gradio_api/info")
QUERIES = (b"", b"serialize=False")  # any other asks for something else
MOST = 8  # answers that are kept, of at most 2.6 MB: one for each name of the server, and each that logged in


class Ready:
    """ASGI middleware, inside of Shield."""

    def __init__(self, app: Any):
        self.app = app
        self.kept: dict[tuple[str, ...], list[Any]] = {}  # the messages of an answer; the oldest first
        self.making = asyncio.Lock()  # after a restart all clients come at once

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        shared = scope["type"] == "http" and scope["method"] == "GET" and path in ASKED
        if not shared or scope["query_string"] not in QUERIES or not scope["aigc_known"]:
            return await self.app(scope, receive, send)
        key = path, *private.asked_as(Request(scope), path)
        async with self.making:
            messages = self.kept.get(key) or await self._made(scope, receive)
            if messages[0]["status"] == 200:
                self.kept[key] = messages
            while len(self.kept) > MOST:
                del self.kept[next(iter(self.kept))]
        for message in messages:
            await send(message)

    async def _made(self, scope: Any, receive: Any) -> list[Any]:
        messages: list[Any] = []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        return messages
