"""A little Hub on 127.0.0.1: huggingface_hub really downloads from it, and its faults can be switched.

    hub = HubServer(); hub.start()                     # on the port that `isolate` chose
    repo = hub.add("owner/name", {"config.json": b"...", "model.safetensors": b"..."})
    repo.cut["model.safetensors"] = [50_000, 50_000]     # the next two transfers stop after that many bytes

Large files take the real Hub's way: /resolve/ answers with a redirect to another host that serves the bytes.

It also takes uploads as the real one does: `hub.writers = {"owner"}` says under which names the visitor's token may
write, and what was pushed is then in `hub.repos["owner/name"].files`.
"""

import atexit
import base64
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = (".safetensors", ".bin")  # what the Hub keeps in LFS, addressed by sha256


@dataclass
class Repo:
    files: dict[str, bytes]
    commit: str
    gated: bool = False
    private: bool = False
    space: bool = False
    # The faults, by path:
    cut: dict[str, list[int]] = field(default_factory=dict)  # bytes after which each next transfer is cut
    corrupt: dict[str, int] = field(default_factory=dict)  # transfers that arrive with one byte flipped
    claimed_size: dict[str, int] = field(default_factory=dict)  # size in the listing, not the true one
    slow: float = 0  # seconds between two pieces of 16 kB
    held: threading.Event | None = None  # large files are held back until it is set
    ranges: bool = True  # whether it answers to Range

    def digest(self, path: str) -> str:
        data = self.files[path]
        if path.endswith(LARGE):
            return hashlib.sha256(data).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    range: str  # the header, "" where there was none
    token: bool  # whether it carried one


@cache  # a test that imports conftest runs it a second time
def isolate() -> None:
    """No test may reach the real Hub, or the cache of whoever runs it.

    Called by conftest.py before anything imports huggingface_hub, which reads these at its import. Nobody
    listens on the port until a test starts a HubServer.
    """
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGINGFACE_", "SPACE_ID", "SPACES_ZERO_GPU", "TRANSFORMERS_OFFLINE")):
            del os.environ[name]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{free.getsockname()[1]}"
    os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="aigc-tests-")
    atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_XET"] = "1"  # large files by LFS: the real Hub speaks both, this one does not speak Xet
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


class HubServer:
    def __init__(self):
        self.port = urlsplit(os.environ["HF_ENDPOINT"]).port
        self.repos: dict[str, Repo] = {}
        self.requests: list[Request] = []
        self.writers: set[str] = set()  # owners under whose name a token may write; without a token nobody may
        self.large: dict[str, bytes] = {}  # sha256 -> what was uploaded, and perhaps not committed yet
        self.status = 0  # answer everything with this status, 503 for example
        self.silent = threading.Event()  # accept connections and never answer
        self.held = 0  # requests that came while it was silent
        self._server: ThreadingHTTPServer | None = None

    def add(self, name: str, files: dict[str, bytes], commit: str = "", **faults) -> Repo:
        commit = commit or hashlib.sha1(repr(sorted(files.items())).encode() + name.encode()).hexdigest()
        self.repos[name] = Repo(dict(files), commit, **faults)
        return self.repos[name]

    def start(self) -> None:
        hub = self

        class Handler(_Handler):
            def __init__(self, *args):
                self.hub = hub
                super().__init__(*args)

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """From here on connections are refused, as without a network."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def forget(self) -> None:
        """Nothing of it stays in the cache, for tests that want a model of the registry to be nowhere."""
        for name in self.repos:
            cached = f"models--{name.replace('/', '--')}"
            shutil.rmtree(os.path.join(os.environ["HF_HOME"], "hub", cached), ignore_errors=True)

    def transfers(self, path: str) -> list[Request]:
        """The requests that asked for the bytes of a file."""
        large = [r for r in self.requests if r.method == "GET" and r.path.startswith("/cdn/")]
        return [request for request in large if request.path.endswith(path)]


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer(self._take)

    def do_PUT(self):
        self._answer(self._take)

    def log_message(self, *_):
        pass

    def _answer(self, answer=None) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.held += self.hub.silent.is_set()
        while self.hub.silent.is_set():
            time.sleep(0.02)
        asked, token = self.headers.get("Range", ""), "Authorization" in self.headers
        self.hub.requests.append(Request(self.command, path, asked, token))
        if self.hub.status:
            return self._send(self.hub.status)
        (answer or self._give)(path)

    def _give(self, path: str) -> None:
        if path == "/":
            return self._send(200)
        for name, repo in self.hub.repos.items():
            for prefix, route in (
                (f"/api/{'spaces' if repo.space else 'models'}/{name}", self._api),
                (f"/{name}/resolve", self._resolve),
                (f"/cdn/{name}", self._bytes),
            ):
                hidden = repo.private and "Authorization" not in self.headers and prefix != f"/cdn/{name}"
                if f"{path}/".startswith(f"{prefix}/") and not hidden:
                    return route(name, repo, path[len(prefix) + 1 :])
        # What the Hub says to strangers about repositories that do not exist, or that are private.
        self._send(401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})

    def _api(self, name: str, repo: Repo, rest: str) -> None:
        parts = rest.split("/")
        pull = rest.partition("/")[2].startswith("refs/pr/")  # a pull request, of the same files here
        if len(parts) > 1 and parts[1] not in ("main", repo.commit) and not pull:
            return self._send(404, {"X-Error-Code": "RevisionNotFound"})
        if parts[0] == "tree" and len(parts) > 2:
            return self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repo.commit})
        if parts[0] == "tree":
            entries = {path: self._entry(repo, path, "oid") for path in repo.files}
            return self._json([{"type": "file", "path": path} | entry for path, entry in entries.items()])
        self._json(
            {
                "id": name,
                "modelId": name,
                "sha": repo.commit,
                "private": repo.private,
                "gated": "manual" if repo.gated else False,
                "disabled": False,
                "tags": [],
                "siblings": [{"rfilename": path} | self._entry(repo, path, "blobId") for path in repo.files],
            }
        )

    def _entry(self, repo: Repo, path: str, blob: str) -> dict:
        size = repo.claimed_size.get(path, len(repo.files[path]))
        if path.endswith(LARGE):
            lfs = {"sha256": repo.digest(path), "oid": repo.digest(path), "size": size, "pointerSize": 134}
            return {"size": size, blob: "0" * 40, "lfs": lfs}
        return {"size": size, blob: repo.digest(path)}

    def _resolve(self, name: str, repo: Repo, rest: str) -> None:
        revision, _, path = rest.partition("/")
        if revision not in ("main", repo.commit):
            return self._send(404, {"X-Error-Code": "RevisionNotFound"})
        if repo.gated:
            return self._send(403, {"X-Error-Code": "GatedRepo", "X-Repo-Commit": repo.commit})
        if path not in repo.files:
            return self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repo.commit})
        if not path.endswith(LARGE):
            return self._bytes(name, repo, path)
        self._send(
            302,
            {
                "Location": f"http://localhost:{self.hub.port}/cdn/{name}/{path}",
                "X-Repo-Commit": repo.commit,
                "X-Linked-Etag": f'"{repo.digest(path)}"',
                "X-Linked-Size": str(len(repo.files[path])),
            },
        )

    def _bytes(self, name: str, repo: Repo, path: str) -> None:
        data, start = repo.files[path], 0
        if repo.ranges and self.headers.get("Range", "").startswith("bytes="):
            start = int(self.headers["Range"][len("bytes=") :].partition("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{repo.digest(path)}"')
        self.send_header("X-Repo-Commit", repo.commit)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.command == "HEAD":
            return
        if repo.corrupt.get(path, 0) > 0:
            repo.corrupt[path] -= 1
            data = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        stop = len(data)
        if repo.cut.get(path):
            stop = min(stop, start + repo.cut[path].pop(0))
        if repo.held and path.endswith(LARGE):
            repo.held.wait(60)
        for at in range(start, stop, 16_384):
            self.wfile.write(data[at : min(at + 16_384, stop)])
            if repo.slow:
                time.sleep(repo.slow)

    # ---- uploads: create the repository, ask how each file is to be sent, send the large ones, commit ----

    def _take(self, path: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path.startswith("/lfs/"):  # an address that was given to somebody who may write; it asks for no token
            return self._store(path[len("/lfs/") :], body)
        if path == "/api/validate-yaml":
            return self._send(200, {"Content-Type": "application/json"}, b"{}")
        if "Authorization" not in self.headers:
            return self._send(401, {"X-Error-Message": "Invalid username or password."})
        name = re.sub("^/api/(models|spaces)/|^/spaces/", "", path).partition("/preupload/")[0].partition("/commit/")[0]
        name = name.removesuffix(".git/info/lfs/objects/batch").strip("/")
        asked = [json.loads(line) for line in body.splitlines()]
        if path == "/api/repos/create":
            name = f"{asked[0]['organization']}/{asked[0]['name']}"
        if name.partition("/")[0] not in self.hub.writers:
            message = "You don't have the rights to create a model under this namespace"
            return self._send(403, {"X-Error-Message": message, "Content-Type": "application/json"}, b"{}")
        if path == "/api/repos/create":
            space = asked[0].get("type") == "space"
            return self._create(name, private=asked[0].get("visibility") == "private", space=space)
        if name not in self.hub.repos:
            return self._send(404, {"X-Error-Code": "RepoNotFound"})
        repo = self.hub.repos[name]
        if "/preupload/" in path:
            return self._json({"files": [self._upload_mode(repo, file) for file in asked[0]["files"]]})
        if path.endswith("/objects/batch"):
            return self._json({"objects": [self._upload_action(one) for one in asked[0]["objects"]]})
        self._commit(name, repo, asked)

    def _create(self, name: str, **more: bool) -> None:
        exists = name in self.hub.repos
        if not exists:
            self.hub.add(name, {}, **more)
        self._json({"url": f"http://127.0.0.1:{self.hub.port}/{name}"}, 409 if exists else 200)

    def _upload_mode(self, repo: Repo, file: dict) -> dict:
        mode = "lfs" if file["path"].endswith(LARGE) or file["size"] > 10_000_000 else "regular"
        oid = repo.digest(file["path"]) if file["path"] in repo.files else None
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def _upload_action(self, one: dict) -> dict:
        if one["oid"] in self.hub.large:
            return one
        href = f"http://127.0.0.1:{self.hub.port}/lfs/{one['oid']}"
        return one | {"actions": {"upload": {"href": href}, "verify": {"href": href}}}

    def _store(self, digest: str, body: bytes) -> None:
        if self.command == "PUT":
            if hashlib.sha256(body).hexdigest() != digest:
                return self._send(400, {"X-Error-Message": "The bytes are not those that were announced."})
            self.hub.large[digest] = body
        self._send(200 if digest in self.hub.large else 404)

    def _commit(self, name: str, repo: Repo, lines: list[dict]) -> None:
        for line in lines:
            key, value = line["key"], line["value"]
            if key == "file":
                repo.files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                repo.files[value["path"]] = self.hub.large[value["oid"]]
            elif key == "deletedFile":
                del repo.files[value["path"]]
        repo.commit = hashlib.sha1(repr([(one, repo.digest(one)) for one in sorted(repo.files)]).encode()).hexdigest()
        url = f"http://127.0.0.1:{self.hub.port}/{name}/commit/{repo.commit}"
        self._json({"commitUrl": url, "commitOid": repo.commit, "success": True})

    def _json(self, value, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self._send(status, {"Content-Type": "application/json"}, body)

    def _send(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
