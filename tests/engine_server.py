"""What AIGC_REMOTE_TEXT and AIGC_REMOTE_PICTURES ask, on 127.0.0.1: OpenAI's completions, and a Hugging Face endpoint
for pictures. The bundled models really write and draw, so the answers are those that this machine gives itself.

    with EngineServer() as server:      # server.text, server.pictures: their addresses
        server.seen[-1]                 # what was asked last: path, headers, body
        server.refuses = 401            # faults: see the attributes
"""

import io
import json
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from shared.core import loaders
from shared.engines.text import generation

MODELS = ("ngram-stories", "lstm-stories", "gpt2-stories")
OPENAI = {"model", "prompt", "max_tokens", "temperature", "top_p", "seed", "stop", "logprobs", "stream"}


class Asked(NamedTuple):
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class EngineServer:
    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self.refuses = 0  # an HTTP status for everything
        self.key = ""  # that has to be sent
        self.plain = False  # takes nothing beyond OpenAI's API, as `transformers serve`
        self.chances = True  # gives logprobs
        self.breaks_after = 0  # pieces, then the connection is cut
        self.waits_after = 0  # pieces, then it says nothing more until the reader is gone
        self.left = threading.Event()  # a reader has gone before the end
        self.models = MODELS
        self.held: threading.Event | None = None  # no picture comes, and the connection ends once it is set
        self.asked = threading.Event()  # for a picture that is held back
        self.says = b""  # in place of every answer
        handler = type("Handler", (_Handler,), {"engine": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.daemon_threads = False  # the end waits for what is being computed
        url = f"http://127.0.0.1:{self.http.server_port}"
        self.text, self.pictures = f"{url}/v1", f"{url}/models/emoji"

    def __enter__(self) -> "EngineServer":
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.http.shutdown()
        self.http.server_close()


class _Handler(BaseHTTPRequestHandler):
    engine: EngineServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.note({})
        if self.path == "/v1/models" and self.allowed():
            self.json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in self.engine.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.note(body)
        if not self.allowed():
            return
        if self.path == "/v1/completions":
            self.complete(body)
        else:
            if self.engine.held:
                self.engine.asked.set()
                self.engine.held.wait()
                return
            self.answer(200, "image/png", drawn(body))

    def note(self, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.engine.seen.append(Asked(self.path, headers, body))

    def allowed(self) -> bool:
        engine = self.engine
        if engine.key and self.headers["Authorization"] != f"Bearer {engine.key}":
            self.json(401, {"error": {"message": "Incorrect API key provided"}})
        elif engine.refuses:
            self.json(engine.refuses, {"error": {"message": "the context has 2048 tokens"}})
        elif engine.says:
            self.answer(200, "text/plain", engine.says)
        else:
            return True
        return False

    def json(self, status: int, found: Any) -> None:
        self.answer(status, "application/json", json.dumps(found).encode())

    def answer(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def complete(self, body: dict[str, Any]) -> None:
        if self.engine.plain and body.keys() - OPENAI:
            return self.json(422, {"detail": f"Unexpected fields in the request: {body.keys() - OPENAI}"})
        if body["model"] not in self.engine.models:
            return self.json(404, {"error": {"message": f"The model {body['model']} does not exist."}})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for number, choice in enumerate(written(body, self.engine.chances), start=1):
                self.event(json.dumps({"object": "text_completion", "choices": [choice]}))
                if number == self.engine.breaks_after:
                    return
                while number == self.engine.waits_after:
                    self.wfile.write(b": still there\n\n")  # a comment; it fails once nobody listens
                    self.engine.left.wait(0.02)
            self.event("[DONE]")
        except OSError:
            self.engine.left.set()

    def event(self, data: str) -> None:
        self.wfile.write(f"data: {data}\n\n".encode())


def written(body: dict[str, Any], chances: bool) -> Iterator[dict[str, Any]]:
    """The choice of each chunk: a token, and at last why the text has ended."""
    with loaders.use(body["model"].rpartition("/")[2]) as loaded:
        model = loaded.model
        sampling = generation.Sampling(
            max_new_tokens=body["max_tokens"],
            temperature=body["temperature"],
            top_p=body.get("top_p", 1),
            top_k=body.get("top_k", 0),
            min_p=body.get("min_p", 0),
            repetition_penalty=body.get("repetition_penalty", 1),
            stop=tuple(body.get("stop", ())),
            seed=body.get("seed", 0),
        )
        said = 0
        for [sample] in generation.generate(model, body["prompt"], sampling):
            # The end of the last may be held back: it may become a stop text.
            whole = sample.tokens if sample.finished else sample.tokens[:-1]
            for token in whole[said:]:
                top = None
                if body["logprobs"] > 1:
                    ids = model.tokenizer.encode(body["prompt"])
                    found = generation.alternatives(model, ids, len(ids), body["logprobs"])
                    top = [{text: math.log(p) for _, text, p in found}]
                told = {"tokens": [token.text], "token_logprobs": [math.log(token.probability)], "top_logprobs": top}
                yield {"text": token.text, "logprobs": told if chances else None, "finish_reason": None}
            said = len(whole)
        ended = {"length": {"finish_reason": "length"}, "end": {"finish_reason": "stop", "stop_reason": None}}
        yield {"text": "", "logprobs": None} | ended.get(sample.finished, {"finish_reason": "stop", "stop_reason": "?"})


def drawn(body: dict[str, Any]) -> bytes:
    """A PNG of the bundled picture model."""
    from text_to_image import runs
    from text_to_image.request import Make

    wanted = body["parameters"]
    asked = {
        "prompt": body["inputs"],
        "negative_prompt": wanted.get("negative_prompt", ""),
        "steps": wanted["num_inference_steps"],
        "guidance": wanted["guidance_scale"],
        "seed": wanted["seed"],
    }
    *_, state = runs.run(Make.check(asked))  # in its own size, whatever is asked for
    file = io.BytesIO()
    state.pictures[0].save(file, "PNG")
    return file.getvalue()
