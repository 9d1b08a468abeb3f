"""The stream on which a page gets its answers stays open for a moment after the last of them.

Gradio (6.31) ends it as soon as nothing of a visitor is under way. Who asks for something in that very moment still
takes the stream for open, waits on it, and never hears of its answer: a click that does nothing. So the end is held
back; what is asked for meanwhile is answered on the same stream. What is asked for while the end is on its way over a
slow line comes too late for that: our pages then go on with another stream (stream.js), other clients cannot.
"""

import asyncio
import time
from typing import Any
from urllib.parse import parse_qs

from shared.page import private

LINGER_S = 0.5  # short: a browser keeps six connections to a host, and each embedded tab holds one already
LOOK_S = 0.02  # seconds between two looks for something new
END = b'"msg":"close_stream"'


class Stream:
    """ASGI middleware around Gradio's app."""

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/queue/data"):
            return await self.app(scope, receive, send)
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        begun, held = False, []

        async def hold_the_end(message: Any) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and begun:
                return
            begun = True
            if held or END in message.get("body", b""):
                held.append(message)
            else:
                await send(message)

        while True:
            await self.app(scope, receive, hold_the_end)
            if not held or not await _asked_again(scope["app"], session):
                break
            held.clear()
        for message in held:
            await send(message)


async def _asked_again(app: Any, session: str) -> bool:
    """Whether a visitor asks for something within LINGER_S. The last look is the last thing before the end is sent."""
    end = time.monotonic() + LINGER_S
    while not private.under_way(app, session):
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(LOOK_S)
    return True
