"""Tokens per second of our GPT-2 beside `transformers`, in one run:  python -m tests.bench.text_speed

A network of GPT-2 small's shape (124 million parameters) with random weights, in an ordinary Hub folder:
speed does not depend on what the weights say. Then the bundled model, if it is there.
"""

import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.core.threads import cores, use_physical_cores
from shared.engines.text import generation
from shared.models import gpt2
from shared.models.text import END_OF_TEXT

TOKENS = 64  # per text
READERS = 8
PROMPT = "Once upon a time there was a small dog who wanted to see the sea."
BUNDLED = Path(__file__).parents[2] / "shared" / "weights" / "gpt2-stories"
READING = 5  # tokens per second: a fast reader's 230 words a minute


def main():
    import torch

    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        in_a_thread(write_gpt2_small, Path(folder))
        print(f"GPT-2 small (124 M, random weights), {TOKENS} new tokens a text, {cores()} cores\n")
        reference = in_a_thread(transformers_speed, folder)
        row("transformers generate, float32, 1 reader", reference, reference)
        for precision, counts in (("exact", (1, READERS)), ("fast", (1, READERS))):
            model = in_a_thread(gpt2.load, folder, precision)
            for readers in counts:
                speed = statistics.median(together(model, readers) for _ in range(3))
                row(f"ours, {precision} ({model.precision}), {readers} readers", speed, reference)
        print(f"\nfirst token of a ninth reader while {READERS} stream: {newcomer(model):.3f} s")
    if BUNDLED.is_dir():
        model = in_a_thread(gpt2.load, BUNDLED)
        speed = together(model, READERS)
        each = speed / READERS
        print(f"gpt2-stories, {READERS} readers: {speed:.0f} tokens/s, {each:.0f} each; people read {READING}")
    else:
        print(f"gpt2-stories: not measured, {BUNDLED} is not there")


def in_a_thread(function, *arguments):
    """In a thread that ends, as in the app; see `Batcher` for what OpenMP does otherwise."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def row(what, speed, reference):
    print(f"{what:45} {speed:7.1f} tokens/s  {speed / reference:5.2f} x", flush=True)


def write_gpt2_small(folder):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    GPT2LMHeadModel(GPT2Config()).save_pretrained(folder)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate(letters)} | {END_OF_TEXT: 256}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END_OF_TEXT).save_pretrained(folder)


def transformers_speed(folder, device="cpu", dtype="float32"):
    """Tokens per second of one greedy text, its fastest way, prompt included: the median of three."""
    import torch
    from transformers import GPT2LMHeadModel

    use_physical_cores()
    network = GPT2LMHeadModel.from_pretrained(folder, dtype=getattr(torch, dtype)).eval().to(device)
    ids = torch.tensor([list(PROMPT.encode())], device=device)
    speeds = []
    for n in (4, TOKENS, TOKENS, TOKENS):  # the first warms up
        start = time.perf_counter()
        out = network.generate(ids, max_new_tokens=n, do_sample=False, eos_token_id=None, pad_token_id=0)
        speeds.append((out.shape[1] - ids.shape[1]) / (time.perf_counter() - start))
    return statistics.median(speeds[1:])


def together(model, readers):
    """`readers` at once, each its own text -> tokens per second in sum, prompts included."""
    written = [0] * readers

    def read(i):
        settings = generation.Sampling(max_new_tokens=TOKENS, seed=i)
        for samples in generation.generate(model, PROMPT, settings):
            written[i] = len(samples[0].tokens)

    list(generation.generate(model, PROMPT, generation.Sampling(max_new_tokens=2)))  # warm
    threads = [threading.Thread(target=read, args=(i,)) for i in range(readers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(written) / (time.perf_counter() - start)


def newcomer(model):
    """Seconds from a new reader's request to the first token on its screen, while READERS others stream."""
    stop = threading.Event()
    flowing = threading.Barrier(READERS + 1)

    def read(i):
        settings = generation.Sampling(max_new_tokens=900, seed=i)
        waiting = True
        for _ in generation.generate(model, PROMPT, settings, stop):
            if waiting:
                flowing.wait()
                waiting = False

    threads = [threading.Thread(target=read, args=(i,)) for i in range(READERS)]
    for thread in threads:
        thread.start()
    flowing.wait()
    time.sleep(1)
    start = time.perf_counter()
    next(generation.generate(model, PROMPT, generation.Sampling(max_new_tokens=8)))
    seconds = time.perf_counter() - start
    stop.set()
    for thread in threads:
        thread.join()
    return seconds


if __name__ == "__main__":
    main()
