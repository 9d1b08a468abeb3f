"""An OpenID provider on 127.0.0.1, for tests: it lets everybody in who has a name.

with serving(users={"ann": ["a-school"]}) as provider:
    provider.variables          # what a Space finds set

Its login page is /authorize?...: `&as=ann` logs in without it. Codes hold once, redirections go only to one address.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jwt

ID, SECRET = "the-suite", "a-secret-of-the-suite"


class Provider(ThreadingHTTPServer):
    def __init__(self, users: dict[str, list[str]]):
        super().__init__(("127.0.0.1", 0), Answer)
        self.users = users
        self.key = jwk.RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, dict] = {}
        self.tokens: dict[str, str] = {}
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.variables = {
            "OPENID_PROVIDER_URL": self.address,
            "OAUTH_CLIENT_ID": ID,
            "OAUTH_CLIENT_SECRET": SECRET,
            "OAUTH_SCOPES": "openid profile",
        }


class Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            ways = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            addresses = {f"{name}_endpoint": f"{self.server.address}/{path}" for name, path in ways.items()}
            signed = {"jwks_uri": f"{self.server.address}/jwks", "id_token_signing_alg_values_supported": ["RS256"]}
            self.say({"issuer": self.server.address} | addresses | signed)
        elif parts.path == "/jwks":
            self.say({"keys": [self.server.key.as_dict(private=False)]})
        elif parts.path == "/userinfo":
            name = self.server.tokens[self.headers["Authorization"].removeprefix("Bearer ")]
            groups = [{"sub": group, "preferred_username": group} for group in self.server.users[name]]
            self.say(claims(name) | {"orgs": groups})
        elif parts.path == "/authorize" and "as" not in asked:
            links = [f'<a href="/authorize?{parts.query}&as={name}">{name}</a>' for name in [*self.server.users, "no"]]
            self.say("<!doctype html><title>Who are you?</title>" + " ".join(links))
        elif parts.path == "/authorize":
            assert asked["client_id"] == ID and asked["redirect_uri"].endswith("/login/callback")
            assert asked["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe(8)
            self.server.codes[code] = asked
            answer = {"error": "access_denied"} if asked["as"] == "no" else {"code": code}
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self):
        given = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        asked = self.server.codes.pop(given["code"][0])
        whole = base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
        assert self.headers["Authorization"] == f"Basic {whole}"
        digest = hashlib.sha256(given["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        token, now = secrets.token_urlsafe(8), int(time.time())
        self.server.tokens[token] = asked["as"]
        told = {"iss": self.server.address, "aud": ID, "iat": now, "exp": now + 600, "nonce": asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims(asked["as"]) | told, self.server.key)
        self.say({"access_token": token, "token_type": "Bearer", "expires_in": 600, "id_token": signed})

    def say(self, what: dict | str) -> None:
        kind, text = ("text/html", what) if isinstance(what, str) else ("application/json", json.dumps(what))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def claims(name: str) -> dict[str, str]:
    return {"sub": f"number-of-{name}", "preferred_username": name}


@contextmanager
def serving(users: dict[str, list[str]]) -> Iterator[Provider]:
    provider = Provider(users)
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    yield provider
    provider.shutdown()
    provider.server_close()
