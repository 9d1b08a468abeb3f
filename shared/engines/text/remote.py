"""Text by another machine: any server that speaks OpenAI's completions (vLLM, TGI, llama.cpp, `transformers serve`).

    for samples in Server(spec).generate("Once upon a time", Sampling(seed=1)):
        print(samples[0].text)

As generation.py, for one text. A server says its tokens as text, not as ids, and chances only where it knows
`logprobs`; top-k, min-p and the repetition penalty are no part of OpenAI's API, and where a server refuses them a
notice says so.
"""

import json
import math
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

from shared.core.errors import UserError
from shared.core.registry.remote import named
from shared.core.registry.spec import ModelSpec
from shared.core.settings import settings
from shared.engines import remote
from shared.engines.text.sampling import Sampling
from shared.engines.text.tokens import Sample, Token, cut, find_stop, held_back

UNKNOWN = -1  # the id of a token that only the server knows
MORE = {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}  # beyond OpenAI's API, and where they do nothing
KIND, VARIABLE = "an OpenAI-compatible server", "AIGC_REMOTE_TEXT"


class Piece(NamedTuple):
    """What a chunk of the stream says."""

    tokens: list[Token]
    ended: str  # "", "length", "end", or "stop": at a stop text, or at the end, where a server does not say which
    likely: list[tuple[str, float]]  # (text, probability) of the likeliest at its first token, in falling order


class Server:
    """One reader's line to the host's text server; nothing is asked before the first token."""

    dtype = ""

    def __init__(self, spec: ModelSpec):
        self.url, self.where = spec.remote, spec.title
        self.model = spec.repo  # "" until it has said which ones it has
        self.takes_more = True  # until it has refused them

    @property
    def repo(self) -> str:
        """What a recipe says of it."""
        return named(self.model)

    def generate(self, prompt: str, sampling: Sampling, stop: threading.Event | None = None) -> Iterator[list[Sample]]:
        """Yields [the text] as it grows. Once `stop` is set, the last says so. Errors: UserError."""
        sampling.check()
        asked = {
            "prompt": prompt,
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "seed": sampling.seed,
            "logprobs": 1,
        } | ({"stop": list(sampling.stop)} if sampling.stop else {})
        more = {name: getattr(sampling, name) for name in MORE}
        sent = more | {"repeat_penalty": sampling.repetition_penalty}  # as llama.cpp calls it
        tokens: list[Token] = []
        text, finished = "", ""
        with closing(remote.streamed(lambda put: self._write(asked, sent, put), stop)) as pieces:
            for piece in pieces:
                tokens += piece.tokens
                text, before = "".join(token.text for token in tokens), len(text)
                at = find_stop(text, before, sampling.stop)  # some servers leave it in
                if at is not None:
                    tokens, text, finished = cut(tokens, len(text) - at), text[:at], "stop"
                elif piece.ended:
                    finished = "end" if piece.ended == "stop" and not sampling.stop else piece.ended
                held = 0 if finished else held_back(text, sampling.stop)  # as in writing.py
                yield [Sample(0, prompt, text[: len(text) - held], cut(tokens, held), finished, self._notice(more))]
                if finished:
                    return
        if stop is None or not stop.is_set():
            raise UserError(f"{self.where} broke off in the middle of the text; try again.")
        yield [Sample(0, prompt, text, tokens, "stopped", self._notice(more))]

    def alternatives(self, text: str, n: int) -> list[tuple[str, float]]:
        """The n likeliest tokens after a text, with their probabilities. UserError where the server does not say."""
        asked = {"prompt": text, "max_tokens": 1, "temperature": 1.0, "logprobs": n}
        with closing(remote.streamed(lambda put: self._write(asked, {}, put))) as pieces:
            found = next((piece.likely for piece in pieces if piece.likely), [])
        if found:
            return found[:n]
        raise UserError(f"{self.where} does not say which other words it held for likely.")

    def _notice(self, more: dict[str, float]) -> str:
        if self.takes_more or more == MORE:
            return ""
        return f"{self.where} takes no top k, min p and repetition penalty; they changed nothing."

    async def _write(self, asked: dict[str, Any], more: dict[str, float], put: remote.Put) -> None:
        """Puts the pieces of a text. Errors: UserError."""
        import httpx
        from httpx_sse import SSEError, aconnect_sse

        key = settings().remote_text_key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(remote.SILENCE_S, connect=remote.REACH_S)
        try:
            async with httpx.AsyncClient(headers=headers, timeout=timeout) as client:
                self.model = self.model or await self._first(client)
                body = asked | {"model": self.model, "stream": True}
                for extra in (more, {}) if more else ({},):
                    async with aconnect_sse(client, "POST", f"{self.url}/completions", json=body | extra) as source:
                        if extra and source.response.status_code in (400, 422):
                            self.takes_more = False
                            continue
                        await self._check(source.response)
                        async for event in source.aiter_sse():
                            if event.data == "[DONE]":
                                return
                            chunk = json.loads(event.data)
                            if "error" in chunk:
                                raise remote.refused(self.where, 500, _words(chunk), VARIABLE)
                            if chunk.get("choices"):  # the last chunk of some has numbers alone
                                put(piece_of(chunk["choices"][0]))
                        return
        except httpx.ReadTimeout as error:
            raise remote.silent(self.where) from error
        except httpx.TransportError as error:
            raise remote.unreachable(self.where) from error
        except (SSEError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise remote.strange(self.where, KIND) from error

    async def _first(self, client) -> str:
        """The model that the server lists first."""
        response = await client.get(f"{self.url}/models")
        await self._check(response)
        return str(response.json()["data"][0]["id"])

    async def _check(self, response) -> None:
        if not response.is_success:
            await response.aread()
            raise remote.refused(self.where, response.status_code, _said(response.text), VARIABLE)


def _said(text: str) -> str:
    """What a server says of an error, in one of the usual ways."""
    try:
        return _words(json.loads(text))
    except ValueError:
        return text


def _words(found: Any) -> str:
    while isinstance(found, dict):
        found = next((found[key] for key in ("error", "message", "detail") if key in found), "")
    return str(found)


def piece_of(choice: dict[str, Any]) -> Piece:
    """Without chances, or in the middle of a character, the text of a chunk is one token."""
    text, why, told = choice.get("text") or "", choice.get("finish_reason"), choice.get("logprobs") or {}
    if told.get("content"):  # llama.cpp, and OpenAI's chat
        pairs = [(one["token"], one["logprob"]) for one in told["content"]]
        likely = [(one["token"], one["logprob"]) for one in told["content"][0].get("top_logprobs") or []]
    else:
        pairs = list(zip(told.get("tokens") or [], told.get("token_logprobs") or [], strict=True))
        likely = list(((told.get("top_logprobs") or [None])[0] or {}).items())
    if "".join(piece for piece, _ in pairs) != text:
        pairs = [(text, None)]
    # Of an end, vLLM says that no stop text was the reason; others do not tell the two apart.
    ended = "end" if why == "stop" and choice.get("stop_reason", "perhaps") is None else why
    return Piece(
        [Token(UNKNOWN, piece, _chance(logprob)) for piece, logprob in pairs if piece],
        ended if ended in ("length", "end") else "stop" if ended else "",
        sorted(((piece, _chance(logprob) or 0.0) for piece, logprob in likely), key=lambda one: one[1], reverse=True),
    )


def _chance(logprob: float | None) -> float | None:
    return None if logprob is None else math.exp(min(0.0, logprob))
