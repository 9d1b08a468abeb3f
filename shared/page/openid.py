"""A login by somebody who knows the visitor: Hugging Face on a Space, elsewhere any OpenID provider.

A Space with `hf_oauth: true` in the front matter of its README finds the four variables below set. The provider is
asked by Authlib (OpenID Connect Core 1.0, section 3.1: authorization code flow), the same on a Space and elsewhere:

    /login/openid       sends the browser to the provider
    /login/callback     whom it names comes in, where the host lets them, by the cookie of Gradio's own login
    /logout             forgets that
"""

import hashlib
import html
import logging
import os
import secrets
from json import JSONDecodeError
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from shared.core.limits import KEPT
from shared.core.settings import OPENID, Settings
from shared.page import words
from shared.page.refusal import refusal

OPEN = ("/health", "/metrics", "/favicon.ico")  # these two say little to who has not logged in, see vitals.py
MINUTES = 10  # to log in at the provider

PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>AIGC Suite</title>
<style>
:root {{ color-scheme: light dark; --paper: #fbf9f5; --ink: #242d35; --teal: #146b66; --on: white }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: #12181d; --ink: #e9e4da; --teal: #87c2b9; --on: #12181d }} }}
body {{ background: var(--paper); color: var(--ink); font: 17px/1.5 system-ui, sans-serif; margin: 0 }}
main {{ max-width: 28rem; margin: 18vh auto 0; padding: 0 1.5rem }}
h1 {{ font-size: 28px; margin: 0 0 .5rem }}
a {{ display: inline-block; margin-top: 1rem; padding: .6rem 1.2rem; border-radius: 6px; text-decoration: none;
     background: var(--teal); color: var(--on) }}
</style>
<main><h1>AIGC Suite</h1><p>{sentence}</p><a href="{link}">{button}</a></main>
<script>if (self !== top) document.querySelector("a").target = "_blank" // a provider is shown in no frame</script>
</html>
"""

log = logging.getLogger(__name__)


class Door:
    """ASGI middleware, inside of Shield, which says whether a request comes from somebody who is known."""

    def __init__(self, app: Any, choices: Settings):
        self.app, self.choices = app, choices
        address, secret = os.environ[OPENID["address"]].rstrip("/"), os.environ[OPENID["secret"]]
        self.provider = urlsplit(address).hostname or ""
        self.client = _client(address, os.environ[OPENID["id"]], secret, os.environ[OPENID["scopes"]])
        key = hashlib.sha256(f"aigc-openid {secret}".encode()).hexdigest()
        self.steps = SessionMiddleware(self._step, key, "aigc-openid", MINUTES * 60)  # what it holds is signed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path in ("/login/openid", "/login/callback", "/logout"):
            return await self.steps(scope | {"step": path}, receive, send)
        by_password = path == "/login" and self.choices.auth
        # What of /gradio_api is not for everybody was refused by Shield.
        if scope["aigc_known"] or path in OPEN or by_password or path.startswith("/gradio_api/"):
            return await self.app(scope, receive, send)
        request = Request(scope)
        if scope["method"] in ("GET", "HEAD"):
            return await self._page(request, "openid_for_whom")(scope, receive, send)
        sentence = words.of_page().say("log_in_first", words.chinese(request))
        await refusal(401, sentence)(scope, receive, send)

    async def _step(self, scope: Any, receive: Any, send: Any) -> None:
        steps = {"/login/openid": self._go, "/login/callback": self._come, "/logout": self._leave}
        request = Request(scope, receive)
        try:
            answer = await steps[scope["step"]](request)
        except (httpx2.HTTPError, JSONDecodeError, KeyError) as error:
            log.warning("The OpenID provider does not answer as one (%s)", type(error).__name__)
            answer = self._page(request, "openid_no_answer", 502)
        except (AuthlibBaseError, JoseError) as error:  # somebody said no there, or it is no answer to our question
            log.warning("A login failed (%s)", type(error).__name__)
            answer = self._page(request, "openid_failed", 403)
        await answer(scope, receive, send)

    async def _go(self, request: Request) -> Any:
        request.session.clear()  # of a login that was begun and left
        request.session["query"] = request.url.query
        return await self.client.authorize_redirect(request, self._base(request) + "login/callback")

    async def _come(self, request: Request) -> Any:
        query = request.session.get("query", "")
        token = await self.client.authorize_access_token(request)
        claims = dict(token["userinfo"])
        if "userinfo_endpoint" in await self.client.load_server_metadata():
            more = await self.client.userinfo(token=token)  # Hugging Face names the organisations there alone
            claims |= more if more.get("sub") == claims["sub"] else {}
        name = str(claims.get("preferred_username") or claims["sub"])
        groups = [one.get("preferred_username") for one in claims.get("orgs") or () if isinstance(one, dict)]
        if not self.choices.openid_users & {"*", *(str(one).lower() for one in (name, *groups))}:
            return self._page(request, "openid_not_you", 403, name=name)
        request.session.clear()
        gradio, token = request.scope["app"], secrets.token_urlsafe(16)
        gradio.tokens[token] = name
        while len(gradio.tokens) > KEPT["logins"].number:
            del gradio.tokens[next(iter(gradio.tokens))]
        answer = RedirectResponse(self._base(request) + (f"?{query}" if query else ""), 303)
        # Both, as Gradio's login does: in a frame on another page only the first counts, without TLS only the second.
        for cookie, apart in _cookies(gradio).items():
            answer.set_cookie(cookie, token, httponly=True, **apart)
        return answer

    async def _leave(self, request: Request) -> Any:
        gradio, answer = request.scope["app"], RedirectResponse(self._base(request), 303)
        for cookie, apart in _cookies(gradio).items():
            gradio.tokens.pop(request.cookies.get(cookie), None)
            answer.delete_cookie(cookie, httponly=True, **apart)
        return answer

    def _base(self, request: Request) -> str:
        """The address of the page, with a slash at its end. Hugging Face sends back to this name of a Space alone."""
        if host := os.environ.get("SPACE_HOST", "").split(",")[0]:
            return f"https://{host}/"
        root = self.choices.root_path
        return root + "/" if "://" in root else str(request.base_url)

    def _page(self, request: Request, key: str, status: int = 200, **values: str) -> HTMLResponse:
        zh, say = words.chinese(request), words.of_page().say
        provider = "Hugging Face" if self.provider == "huggingface.co" else self.provider
        query = request.url.query if status == 200 else ""
        told = {
            "language": "zh" if zh else "en",
            "sentence": say(key, zh, provider=provider, **values),
            "link": self._base(request) + "login/openid" + (f"?{query}" if query else ""),
            "button": say("openid_login", zh, provider=provider),
        }
        return HTMLResponse(PAGE.format(**{name: html.escape(value) for name, value in told.items()}), status)


def _client(address: str, id: str, secret: str, scopes: str) -> Any:
    """What asks the provider; its addresses are read when the first visitor comes."""
    known = OAuth()
    metadata = address + "/.well-known/openid-configuration"
    known.register(
        "provider",
        client_id=id,
        client_secret=secret,
        client_kwargs={"scope": scopes, "code_challenge_method": "S256"},
        server_metadata_url=metadata,
    )
    return known.provider


def _cookies(gradio: Any) -> dict[str, dict[str, Any]]:
    """Those in which Gradio finds who has logged in, and how they differ."""
    return {
        f"access-token-{gradio.cookie_id}": {"samesite": "none", "secure": True},
        f"access-token-unsecure-{gradio.cookie_id}": {"samesite": "lax"},
    }
