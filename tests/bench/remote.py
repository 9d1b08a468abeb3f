"""The text tab on real servers of others, beside the model in this process:  python -m tests.bench.remote

`transformers serve` (pip install openai) and llama.cpp's own server (pip install xllamacpp gguf), whichever is
installed: each runs the bundled story GPT-2 on this machine, in float32. It says what is missing, and fails where the
tab does not get what it needs: the model's own text at temperature 0, words as they come, and an end at Stop.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
BUNDLED = ROOT / "shared" / "weights" / "gpt2-stories"
PROMPT = "Once upon a time, there was a little fox who"
START_S = 180  # seconds that a server may take to start
sys.path[:0] = [str(ROOT / "spaces")]

LLAMA = """
import sys, threading, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.port, params.n_ctx = sys.argv[1], int(sys.argv[2]), 512
server = xllamacpp.Server(params)
threading.Event().wait()
"""


def main() -> None:
    os.environ["AIGC_MODELS"] = "auto"
    for name in ("AIGC_REMOTE_TEXT", "AIGC_REMOTE_TEXT_MODEL"):
        os.environ.pop(name, None)
    print("gpt2-stories, one reader, 200 tokens: first token, tokens a second, the rest\n")
    list(written("gpt2-stories"))  # warm
    text = row("in this process, float32", "gpt2-stories", greedy("gpt2-stories"))
    wrong = []
    for name, (packages, start) in SERVERS.items():
        if missing := [package for package in packages if importlib.util.find_spec(package) is None]:
            print(f"{name:26} not installed here: {', '.join(missing)}")
            continue
        with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as (url, model):
            os.environ |= {"AIGC_REMOTE_TEXT": url, "AIGC_REMOTE_TEXT_MODEL": model}
            list(written("remote-text"))
            if row(name, "remote-text", greedy("remote-text")) != text:
                wrong.append(f"{name} writes another text at temperature 0")
            seconds = stopping()
            print(f"{'':26} ends {1000 * seconds:.0f} ms after Stop; other words: {others()}")
    if wrong:
        sys.exit("; ".join(wrong))


def row(name: str, model: str, text: str) -> str:
    first, speed, known, told = measured(model)
    chances = "chances of all words" if known == 1 else "no chances" if not known else f"chances of {known:.0%}"
    print(f"{name:26} {1000 * first:6.0f} ms {speed:7.1f}  {chances}{told and f'; {told}'}", flush=True)
    return text


def written(model: str, stop: threading.Event | None = None, **changes) -> Iterator[dict]:
    from gpt2_text import runs
    from gpt2_text.request import Writing

    asked = {"prompt": PROMPT, "model": model, "max_new_tokens": 200, "seed": 1, "precision": "exact"}
    for view, _ in runs.run(Writing.check(asked | changes), stop or threading.Event()):
        yield view


def greedy(model: str) -> str:
    """Its first 40 tokens; what comes later hangs on the last bits."""
    *_, view = written(model, temperature=0, top_k=0, top_p=1, repetition_penalty=1, max_new_tokens=40)
    return "".join(token[1] for token in view["samples"][0]["tokens"])


def measured(model: str) -> tuple[float, float, float, str]:
    """-> seconds to the first token, tokens a second after it, share of tokens with a chance, what the page says."""
    start, first = time.perf_counter(), 0.0
    for view in written(model):
        tokens = view["samples"][0]["tokens"]
        first = first or (time.perf_counter() - start if tokens else 0)
    return (
        first,
        len(tokens) / (time.perf_counter() - start - first),
        sum(token[2] is not None for token in tokens) / len(tokens),
        view["message"],
    )


def stopping() -> float:
    """Seconds from Stop to the end of the run."""
    stop, pressed = threading.Event(), 0.0
    for view in written("remote-text", stop):
        if view["samples"][0]["tokens"] and not stop.is_set():
            pressed = time.perf_counter()
            stop.set()
    assert view["samples"][0]["finished"] == "stopped", "it was over before Stop"
    return time.perf_counter() - pressed


def others() -> str:
    """The likeliest words after the prompt, or why there are none."""
    from shared.page.token_questions import token_choices

    found = token_choices({"model": "remote-text", "precision": "exact", "prompt": PROMPT, "ids": [], "text": ""})
    return found.get("error") or ", ".join(f"{text.strip()} {p:.0%}" for _, text, p in found["choices"][:3])


# Servers


@contextmanager
def transformers_serve(folder: Path) -> Iterator[tuple[str, str]]:
    for file in BUNDLED.iterdir():
        (folder / file.name).symlink_to(file)
    settings = json.loads((BUNDLED / "generation_config.json").read_text())
    (folder / "generation_config.json").unlink()
    (folder / "generation_config.json").write_text(json.dumps(settings | {"do_sample": True}))
    # It reads <|endoftext|>, before which the storyteller begins a text, where a template of the tokenizer puts it.
    tokenizer = json.loads((BUNDLED / "tokenizer.json").read_text())
    tokenizer["post_processor"] = BEGINNING
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    program = "from transformers.cli.transformers import app; app()"
    options = ("serve", str(folder), "--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32")
    with running([sys.executable, "-c", program, *options, "--port"]) as url:
        yield url, str(folder)


END = "<|endoftext|>"
BEGINNING = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": END, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {END: {"id": END, "ids": [0], "tokens": [END]}},
}


@contextmanager
def llama_cpp(folder: Path) -> Iterator[tuple[str, str]]:
    write_gguf(folder / "stories.gguf")
    with running([sys.executable, "-c", LLAMA, str(folder / "stories.gguf")]) as url:
        yield url, "stories"


def write_gguf(path: Path) -> None:
    """The bundled GPT-2 in llama.cpp's format, float32."""
    import gguf
    from safetensors.numpy import load_file

    config = json.loads((BUNDLED / "config.json").read_text())
    bpe = json.loads((BUNDLED / "tokenizer.json").read_text())["model"]
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(4 * config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    tokens = sorted(bpe["vocab"], key=bpe["vocab"].__getitem__)
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token == END else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([one if isinstance(one, str) else " ".join(one) for one in bpe["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(True)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GPT2, config["n_layer"])
    for file in sorted(BUNDLED.glob("*.safetensors")):
        for name, tensor in load_file(file).items():
            if name.endswith((".attn.bias", ".attn.masked_bias")):
                continue
            if name.endswith(".weight") and ("c_attn" in name or "c_proj" in name or "c_fc" in name):
                tensor = tensor.T  # GPT-2's layers are (in, out)
            known = names.get_name(name.removeprefix("transformer."), try_suffixes=(".weight", ".bias"))
            writer.add_tensor(known, np.ascontiguousarray(tensor, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextmanager
def running(command: list[str]) -> Iterator[str]:
    """Starts a server; its port comes last -> its address, once it answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/v1"
    with tempfile.TemporaryFile() as log:
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen([*command, str(port)], stdout=log, stderr=log, env=environment)
        try:
            end = time.monotonic() + START_S
            while not answers(f"{url}/models"):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    sys.exit(f"It did not start:\n{log.read().decode()[-2000:]}")
                time.sleep(0.2)
            yield url
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


SERVERS: dict[str, tuple[tuple[str, ...], Callable]] = {
    "transformers serve": (("openai",), transformers_serve),
    "llama.cpp": (("xllamacpp", "gguf"), llama_cpp),
}

if __name__ == "__main__":
    main()
