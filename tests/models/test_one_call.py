"""A network as one TorchScript call: the same as from Python to the last bit, whatever the sizes."""

import threading

import pytest
import torch

from shared.core import loaders
from shared.engines.diffusion import engine, schedulers
from shared.models import one_call
from shared.models.one_call import OneCall


@pytest.fixture(scope="module")
def painter():
    with loaders.use("emoji-diffusion") as loaded:
        yield loaded.model


def inputs(n, side=16, dtype=torch.float32):
    noise = torch.Generator().manual_seed(n)
    words = torch.randn(n, 77, 256, generator=noise)
    return torch.randn(n, 12, side, side, generator=noise), torch.tensor(421, dtype=dtype), words


@torch.inference_mode()
def test_a_traced_network_computes_the_same(painter):
    def plain(x, t, words):
        return painter.pipe.unet(x, t, encoder_hidden_states=words, return_dict=False)[0]

    once = OneCall(plain, threading.Lock())
    for _ in range(one_call.CALLS):
        first = once(*inputs(2))
    once.thread.join()
    assert once.traced is not None and torch.equal(first, once(*inputs(2)))
    for n in (1, 3):
        assert torch.equal(plain(*inputs(n)), once(*inputs(n)))
    assert once.calls == one_call.CALLS
    for other in (inputs(1, side=8), inputs(1, dtype=torch.int64)):
        assert torch.equal(plain(*other), once(*other))
    assert once.calls == one_call.CALLS + 2, "other sizes and kinds of numbers are computed from Python"


@torch.inference_mode()
def test_a_traced_network_has_the_weights_of_the_network_and_waits_for_its_lock():
    layer, lock = torch.nn.Linear(2, 2).requires_grad_(False), threading.Lock()
    once, x = OneCall(layer, lock), torch.ones(1, 2)
    with lock:
        for _ in range(one_call.CALLS + 1):
            once(x)
        assert once.traced is None and once.thread.is_alive()
    once.thread.join()
    layer.bias += 1
    assert torch.equal(once.traced(x), layer(x))


@torch.inference_mode()
def test_what_cannot_be_traced_stays_as_it_is(caplog):
    once = OneCall(lambda x: {"x": x}["y"] if once.thread else x, threading.Lock())
    for _ in range(one_call.CALLS - 1):
        once(torch.ones(1))
    with pytest.raises(KeyError):
        once(torch.ones(1))
    once.thread.join()
    assert once.traced is None and "could not be traced" in caplog.text


@torch.inference_mode()
def test_attention_and_pixels_are_the_same_in_a_trace(painter):
    def compared():
        heat = engine.attention.Heat(16, 16)
        scheduler = schedulers.made(painter.pipe.scheduler, "Euler", 4)
        out = engine.predicted(painter, scheduler, x, scheduler.timesteps[0], words, 4.0, heat)
        return out, heat.total, painter.decode(x)

    x, words = inputs(1)[0], {"encoder_hidden_states": inputs(2)[2]}
    painter.calls.clear()
    before = compared()
    for _ in range(one_call.CALLS):
        compared()
    for call in painter.calls.values():
        call.thread.join()
    assert len(painter.calls) == 2 and all(call.traced for call in painter.calls.values())
    assert all(torch.equal(a, b) for a, b in zip(before, compared(), strict=True))
    x, words = torch.cat([x, x]), {"encoder_hidden_states": torch.cat(2 * [words["encoder_hidden_states"]])}
    traced = compared()
    painter.calls.clear()
    assert all(torch.equal(a, b) for a, b in zip(traced, compared(), strict=True)), "of another number of pictures"
