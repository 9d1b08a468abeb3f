"""Our GPT-2 against transformers' on a tiny network with random weights: the same numbers, the same texts."""

import json
import threading
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from shared.core.errors import UserError
from shared.models.gpt2 import GPT2, HALF, fits_half, load
from shared.models.text import train_tokenizer

VOCAB = 300
TEXTS = [
    "Once upon a time there was a fox.",
    "The bear sang to the moon.",
    "They lived in a house by the sea.",
]
BUNDLED = Path(__file__).parents[2] / "shared" / "weights" / "gpt2-stories"
half_only = pytest.mark.skipif(not HALF, reason="this processor has no FBGEMM (float16 products)")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """A network this small is faster on one thread, on a busy machine by far."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def network(seed=0, **changes):
    torch.manual_seed(seed)
    sizes = {"vocab_size": VOCAB, "n_positions": 256, "n_embd": 64, "n_layer": 3, "n_head": 4}
    special = {"bos_token_id": 0, "eos_token_id": 0}
    # 0.02, the usual scale, gives a network this small nearly equal logits and one word for ever
    return GPT2LMHeadModel(GPT2Config(**(sizes | special | {"initializer_range": 0.2} | changes))).eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    train_tokenizer(TEXTS, VOCAB, folder)
    network().save_pretrained(folder)
    return folder


def ids_of(n, seed=0):
    return torch.randint(1, VOCAB, (n,), generator=torch.Generator().manual_seed(seed)).tolist()


def greedy(model, ids, n):
    state, feed, written = model.start(), ids, []
    for _ in range(n):
        feed = [int(model.advance([state], [feed])[0].argmax())]
        written += feed
    return written


# ---- the same numbers as transformers ------------------------------------------------------


@pytest.mark.parametrize("activation", ["gelu_new", "gelu_pytorch_tanh"])
def test_exact_logits_are_those_of_transformers(activation):
    reference, ids = network(activation_function=activation), ids_of(40)
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]
    torch.testing.assert_close(GPT2(reference, None, "exact").all_logits(ids), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_greedy_text_is_that_of_transformers_token_for_token(precision):
    reference, ids = network(), ids_of(9)
    if precision == "fast":  # weights stored in float16: then the fast way is exact too
        reference = reference.half().float()
    out = reference.generate(
        torch.tensor([ids]), max_new_tokens=200, do_sample=False, eos_token_id=None, pad_token_id=0
    )
    model = GPT2(reference, None, precision)
    assert model.precision == "exact"
    assert greedy(model, ids, 200) == out[0, len(ids) :].tolist()


@half_only
def test_fast_changes_the_distribution_by_next_to_nothing_and_says_what_it_is():
    reference, ids = network(), ids_of(200)
    exact, fast = GPT2(reference, None, "exact"), GPT2(reference, None, "fast")
    assert (exact.precision, fast.precision) == ("exact", "float16")
    p, q = (model.all_logits(ids).log_softmax(-1) for model in (exact, fast))
    divergence = (p.exp() * (p - q)).sum(-1)
    assert 0 < divergence.mean() < 1e-5
    assert (p.argmax(-1) == q.argmax(-1)).float().mean() > 0.98


@half_only
def test_weights_that_are_float16_already_run_the_fast_way_and_stay_exact():
    stored = network().half().float()
    assert fits_half(stored) and not fits_half(network())
    model = GPT2(stored, None, "exact")
    assert (model.precision, model.dtype) == ("exact", "float16")


def test_untied_head():
    reference, ids = network(tie_word_embeddings=False), ids_of(5)
    assert reference.lm_head.weight is not reference.transformer.wte.weight
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]
    torch.testing.assert_close(GPT2(reference, None, "exact").all_logits(ids), expected, rtol=1e-4, atol=1e-4)


def test_attention_maps_are_those_of_transformers():
    reference, ids = network(), ids_of(12)
    maps = GPT2(reference, None, "exact").attention(ids)
    reference.set_attn_implementation("eager")
    with torch.no_grad():
        expected = torch.cat(reference(torch.tensor([ids]), output_attentions=True).attentions)
    assert maps.shape == (3, 4, 12, 12)
    torch.testing.assert_close(maps, expected, rtol=1e-4, atol=1e-5)


# ---- many texts in one pass ------------------------------------------------------


@pytest.mark.parametrize("precision", ["exact", pytest.param("fast", marks=half_only)])
def test_texts_of_any_length_share_a_pass(precision):
    model = GPT2(network(), None, precision)
    texts = [ids_of(n, seed=n) for n in (1, 2, 7, 64, 130)]
    alone = torch.cat([model.advance([model.start()], [ids]) for ids in texts])
    states = [model.start() for _ in texts]
    model.advance(states, [ids[: len(ids) // 2] or ids for ids in texts])  # in two pieces, all at once
    rest = [(state, ids[len(ids) // 2 :]) for state, ids in zip(states, texts, strict=True) if len(ids) > 1]
    together = model.advance(*zip(*rest, strict=True))
    torch.testing.assert_close(together, alone[1:], rtol=1e-4, atol=1e-4)


@half_only
def test_a_row_does_not_depend_on_the_others_to_the_last_bit():
    model = GPT2(network(), None, "fast")
    texts = [ids_of(10 + 9 * i, seed=i) for i in range(8)]

    def advanced(which):
        states = [model.start() for _ in which]
        for state, i in zip(states, which, strict=True):
            model.advance([state], [texts[i]])
        return model.advance(states, [[5]] * len(which))

    together = advanced(range(8))
    for i in range(8):
        assert torch.equal(advanced([i])[0], together[i])


def test_a_copy_goes_its_own_way():
    model = GPT2(network(), None, "exact")
    first, ids = model.start(), ids_of(20)
    model.advance([first], [ids])
    second = model.copy(first)
    model.advance([first], [[7]])
    torch.testing.assert_close(model.advance([second], [[9]])[0], model.all_logits([*ids, 9])[-1])
    torch.testing.assert_close(model.advance([first], [[9]])[0], model.all_logits([*ids, 7, 9])[-1])
    model.close(first)


def test_threads_may_use_one_model():
    model, found = GPT2(network(), None, "fast"), {}
    expected = {i: greedy(model, ids_of(5, seed=i), 20) for i in range(4)}

    def work(i):
        found[i] = greedy(model, ids_of(5, seed=i), 20)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


# ---- folders ------------------------------------------------------


def test_load_reads_an_ordinary_folder(folder):
    model = load(folder, "exact")
    assert (model.family, model.context, model.vocab_size, model.end_id) == ("gpt2", 256, VOCAB, 0)
    assert not model.begins_with_end and model.memory_bytes > 4 * VOCAB * 64
    ids = model.tokenizer.encode(TEXTS[0])
    assert model.tokenizer.decode(ids) == TEXTS[0]
    reference = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        torch.testing.assert_close(
            model.all_logits(ids), reference(torch.tensor([ids])).logits[0], rtol=1e-4, atol=1e-4
        )


def variant(folder, tmp_path, config=None, weights=None):
    """A copy of the folder with a changed config.json, or with weights that went through a function."""
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = json.loads((folder / "config.json").read_text()) | (config or {})
    (tmp_path / "config.json").write_text(json.dumps(settings))
    if weights:
        tensors = weights(load_file(folder / "model.safetensors"))
        save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    return tmp_path


def test_the_start_token_is_a_matter_of_config(folder, tmp_path):
    assert load(variant(folder, tmp_path, {"begins_with_end": True})).begins_with_end


def test_the_hubs_own_gpt2_files_load(folder, tmp_path):
    """They have no `transformer.` in their names, and hold the causal mask as `h.0.attn.bias`."""

    def as_on_the_hub(tensors):
        renamed = {key.removeprefix("transformer."): value for key, value in tensors.items()}
        return renamed | {f"h.{i}.attn.bias": torch.ones(1, 1, 256, 256).tril() for i in range(3)}

    model = load(variant(folder, tmp_path, weights=as_on_the_hub), "exact")
    torch.testing.assert_close(model.all_logits([1, 2, 3]), load(folder, "exact").all_logits([1, 2, 3]))


def without(name):
    return lambda tensors: {key: value for key, value in tensors.items() if not key.endswith(name)}


@pytest.mark.parametrize(
    "config, weights, words",
    [
        (None, without("h.1.mlp.c_fc.weight"), "1 missing weights such as .*c_fc.weight"),
        (None, lambda t: t | {"transformer.h.9.ln_1.weight": torch.ones(64)}, "1 unknown weights"),
        ({"n_embd": 32}, None, "do not match|cannot be read"),
        ({"activation_function": "relu"}, None, "activation_function = relu"),
        ({"scale_attn_by_inverse_layer_idx": True}, None, "scale_attn_by_inverse_layer_idx"),
        ({"vocab_size": 8}, None, "do not match|cannot be read|tokenizer"),
    ],
)
def test_a_wrong_folder_gets_a_sentence(folder, tmp_path, config, weights, words):
    with pytest.raises(UserError, match=words) as raised:
        load(variant(folder, tmp_path, config, weights))
    assert "\n" not in str(raised.value)


def test_damaged_weights_get_a_sentence(folder, tmp_path):
    file = variant(folder, tmp_path) / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UserError, match="cannot be read"):
        load(tmp_path)


def test_another_architecture_goes_the_plain_way(tmp_path):
    train_tokenizer(TEXTS, VOCAB, tmp_path)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=128, initializer_range=0.3, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    reference = LlamaForCausalLM(config).eval()
    reference.save_pretrained(tmp_path)
    model, ids = load(tmp_path), ids_of(6)
    assert (model.family, model.end_id) == ("other", 0)
    out = reference.generate(torch.tensor([ids]), max_new_tokens=30, do_sample=False, eos_token_id=None, pad_token_id=0)
    assert greedy(model, ids, 30) == out[0, 6:].tolist()
    assert model.tokenizer.decode(model.tokenizer.encode("狐 fox")) == "狐 fox"
    first = model.start()
    model.advance([first], [ids])
    second = model.copy(first)
    model.advance([first], [[1]])
    torch.testing.assert_close(model.advance([second], [[2]])[0], model.all_logits([*ids, 2])[-1])
    with pytest.raises(UserError):
        model.attention(ids)


# ---- the model that comes with the app ------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not BUNDLED.is_dir(), reason="shared/weights/gpt2-stories is not there")
def test_the_bundled_model_writes_what_transformers_writes():
    model, prompt = load(BUNDLED), "Once upon a time"
    ids = [model.end_id, *model.tokenizer.encode(prompt)]
    reference = GPT2LMHeadModel.from_pretrained(BUNDLED, dtype=torch.float32).eval()
    given = torch.tensor([ids])
    seen = torch.ones_like(given)  # else transformers takes the start token for padding
    out = reference.generate(given, attention_mask=seen, max_new_tokens=200, do_sample=False, eos_token_id=None)
    assert model.begins_with_end and model.precision == "exact"  # stored in float16
    assert greedy(model, ids, 200) == out[0, len(ids) :].tolist()


def test_copies_side_by_side_are_texts_of_their_own():
    model = GPT2(network(), None, "exact")
    first, ids = model.start(), ids_of(70)
    model.advance([first], [ids])
    states, texts = model.copies(first, 5), [list(ids) for _ in range(5)]
    for going in (range(5), range(5), (0, 2, 4), (1, 3), (0, 3), (4,), *[(0, 2, 4)] * 70):  # beyond their first room
        new = [len(texts[i]) % 7 + i for i in going]
        found = model.advance([states[i] for i in going], [[id] for id in new])
        for i, id in zip(going, new, strict=True):
            texts[i].append(id)
    for i, row in zip((0, 2, 4), found, strict=True):
        torch.testing.assert_close(row, model.all_logits(texts[i])[-1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.advance([first], [[3]])[0], model.all_logits([*ids, 3])[-1], rtol=1e-4, atol=1e-4)
