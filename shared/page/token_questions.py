"""What a browser asks about one token of a text: what else could stand there, and where the model looked.

token_view.js calls `token_choices` and `token_attention` by these names.
"""

import base64
from collections.abc import Callable
from typing import Any

from shared.core.errors import UserError
from shared.engines.text.sampling import MOST_PROMPT
from shared.page import sentences

END = "\x03"  # stands for the end of the text in a list of tokens
MOST_TOKENS = 4096  # of a text
MOST_LOOKED_AT = 256  # tokens whose attention is drawn; it grows with their square
MOST_NEAR = 12  # of them, the last, that are drawn as words against words


def token_choices(asked: dict) -> dict:
    """What could stand after a prompt and some tokens: the ten likeliest.

    asked: {model, precision, prompt, ids, text}; text: that of the tokens. -> {choices: [[id, text, probability]],
    attention: bool}.
    """
    return _answer(_choices, asked)


def token_attention(asked: dict) -> dict:
    """Where the model looked when it chose the token after `ids`, to the same question as `token_choices`.

    -> {layers, heads, n, skipped, prompt: [text], weights, near: [text], matrix}. weights: base64 of one byte for each
    layer, head and token (n of them); 255 is all of the attention. skipped: tokens at the start that are no part of
    the text. near: the last tokens; matrix: how each of them looked at each, for each layer and head.
    """
    return _answer(_attention, asked)


def _answer(function: Callable[[Any, list[int], list[int]], dict], asked: dict) -> dict:
    """The browser shows errors in its own place, not as a message of Gradio's."""
    from shared.core import loaders

    try:
        name, precision, prompt, ids = _checked(asked)
        with loaders.use(name, precision) as loaded:
            model = loaded.model
            if loaded.source == "remote":
                return _choices_elsewhere(model, prompt + str(asked.get("text", ""))[-MOST_PROMPT:])
            if any(not 0 <= one < model.vocab_size for one in ids):
                raise UserError("There is no such token.")
            return function(model, model.tokenizer.encode(prompt), ids)
    except UserError as error:
        return {"error": sentences.told(error)}


def _checked(asked: dict) -> tuple[str, str, str, list[int]]:
    try:
        name, precision, prompt = (str(asked[key]) for key in ("model", "precision", "prompt"))
        ids = [int(one) for one in asked["ids"]]
    except (KeyError, TypeError, ValueError):
        raise UserError("There is no such token.") from None
    if len(prompt) > MOST_PROMPT or len(ids) > MOST_TOKENS:
        raise UserError("This text is too long to be taken apart.")
    return name, precision, prompt, ids


def _choices(model, prompt: list[int], ids: list[int]) -> dict:
    from shared.engines.text import generation

    found = generation.alternatives(model, [*prompt, *ids], len(prompt) + len(ids), 10)
    return {
        "choices": [[i, END if i == model.end_id else text, round(p, 4)] for i, text, p in found],
        "attention": model.family == "gpt2",
    }


def _choices_elsewhere(server, text: str) -> dict:
    """Of a server on another machine, which knows no ids: -1 stands for all."""
    found = server.alternatives(text, 10)
    return {"choices": [[-1, token, round(p, 4)] for token, p in found], "attention": False}


def _attention(model, prompt: list[int], ids: list[int]) -> dict:
    begin = [model.end_id] if model.begins_with_end or not [*prompt, *ids] else []
    seen = [*begin, *prompt, *ids]
    if len(seen) > min(MOST_LOOKED_AT, model.context):
        raise UserError(f"Attention is drawn for the first {MOST_LOOKED_AT} tokens of a text; this one stands later.")
    every = model.attention(seen)  # (layers, heads, n, n)
    weights, near = every[:, :, -1], every[:, :, -MOST_NEAR:, -MOST_NEAR:]  # the last token looks back for the next
    layers, heads, n = weights.shape
    return {
        "layers": layers,
        "heads": heads,
        "n": n,
        "skipped": len(begin),  # the start token is no part of the text
        "prompt": [model.tokenizer.decode([one]) for one in prompt],
        "weights": _bytes(weights),
        "near": ["" if i in begin else model.tokenizer.decode([i]) for i in seen[-MOST_NEAR:]],
        "matrix": _bytes(near),
    }


def _bytes(weights) -> str:
    """Weights in [0, 1] as base64, a byte each."""
    return base64.b64encode((weights * 255).round().byte().numpy().tobytes()).decode()
