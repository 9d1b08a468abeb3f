"""What a stranger cannot do: run a script in somebody's page, send this server to another host, come in without the
password. SECURITY.md says what is promised; tests/page/test_shield.py and tests/browser/test_shield.py hold it to that.

`Shield` is ASGI middleware around Gradio's app; checked with Gradio 6.31.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any

from gradio import processing_utils
from starlette.requests import Request

from shared.core.errors import UserError
from shared.core.settings import Settings
from shared.page import words
from shared.page.refusal import refusal

NONCE = "aigc-nonce"  # stands in the head's scripts; each answer gets one of its own
# Gradio makes functions of our scripts (unsafe-eval). A script in the page itself runs only with the nonce of the
# answer it came with: neither a tag nor an onclick that found its way into a text does.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
ELSEWHERE = re.compile(r"/gradio_api/(?:proxy=|(?:file|stream)[=/]\s*\w+:/)", re.IGNORECASE)
# Without a password: what the page of the login itself, and Gradio at its start, ask for.
OPEN = re.compile(r"/gradio_api/(?:login_check|user|app_id|startup-events|theme\.css|heartbeat/[^/]*)/?$")
OWN = secrets.token_urlsafe(32)  # by which this server knows itself
SCRIPT = re.compile(rb"<script(?=[\s>])", re.IGNORECASE)


class Shield:
    def __init__(self, app: Any, choices: Settings) -> None:
        self.app, self.ancestors, self.accounts = app, choices.frame_ancestors, choices.auth
        self.locked = bool(choices.auth or choices.openid_users)
        self.tokens: dict[str, str] = {}  # of programs, by name

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        nonce, held, body = secrets.token_urlsafe(16), [], []

        async def answer(message):
            if message["type"] == "http.response.start":
                kept = dict(message["headers"])
                added = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"strict-origin-when-cross-origin"}
                page = kept.get(b"content-type", b"").startswith(b"text/html")
                if page and b"content-security-policy" not in kept:
                    policy = POLICY.format(nonce=nonce)
                    if self.ancestors != "*":  # which would still keep out pages that lie on somebody's disk
                        policy += f"; frame-ancestors {self.ancestors}"
                    added[b"content-security-policy"] = policy.encode()
                message = message | {"headers": [*message["headers"], *added.items()]}
                if page and scope["method"] != "HEAD":  # its length is known once the nonces are in
                    return held.append(message)
            elif held:
                body.append(message.get("body", b""))
                if message.get("more_body"):
                    return
                whole = SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), b"".join(body))
                whole = whole.replace(NONCE.encode(), nonce.encode())
                start = held.pop()
                fields = [field for field in start["headers"] if field[0] != b"content-length"]
                await send(start | {"headers": [*fields, (b"content-length", str(len(whole)).encode())]})
                message = message | {"body": whole}
            await send(message)

        async def refuse(status: int, key: str, **headers: str):
            sentence = words.of_page().say(key, words.chinese(Request(scope)))
            await refusal(status, sentence, headers)(scope, receive, answer)

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if ELSEWHERE.match(path):
            return await refuse(403, "not_from_elsewhere")
        known = scope["aigc_known"] = not self.locked or self._known(scope)
        if not known and path.startswith("/gradio_api/") and not OPEN.match(path):
            return await refuse(401, "log_in_first", **{"WWW-Authenticate": "Basic"})
        await self.app(scope, receive, answer)

    def _known(self, scope) -> bool:
        """Whether it comes from somebody who has logged in, or has the password with it, as programs do."""
        asked, gradio = Request(scope), scope["app"]
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        name = ""
        if kind.lower() == "bearer" and secrets.compare_digest(given.encode(), OWN.encode()):
            name = "mcp"
        elif kind.lower() == "basic":
            try:
                name, _, password = base64.b64decode(given).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return False
            wanted = self.accounts.get(name)
            if wanted is None or not secrets.compare_digest(wanted.encode(), password.encode()):
                return False
        if name:
            token = self.tokens.setdefault(name, secrets.token_urlsafe(16))
            gradio.tokens[token] = name  # Gradio itself looks for the cookie of a login
            scope["headers"] = [*scope["headers"], (b"cookie", f"access-token-{gradio.cookie_id}={token}".encode())]
            return True
        cookies = [value for name, value in asked.cookies.items() if name.startswith("access-token-")]
        return any(value in gradio.tokens for value in cookies)


def let_itself_in() -> None:
    """Gradio's MCP server asks this server as a client would, after whoever has called a tool was let in."""
    from gradio import mcp  # there is the package for it, then

    client = mcp.Client

    def known(*args: Any, headers: Mapping[str, str], **more: Any) -> Any:
        return client(*args, headers={**headers, "authorization": f"Bearer {OWN}"}, **more)

    mcp.Client = known


def stay_here() -> None:
    """Gradio fetches what a visitor's file names as its path, where that is an address."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise UserError("This server fetches nothing from other addresses: send the file itself.")

    async def refuse_later(*_: Any, **__: Any) -> Any:
        refuse()

    processing_utils.async_ssrf_protected_get = processing_utils.async_ssrf_protected_download = refuse_later
    processing_utils.ssrf_protected_download = processing_utils.save_url_to_cache = refuse
    processing_utils.unsafe_download = refuse
