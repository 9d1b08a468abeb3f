"""The n-gram and LSTM language models, their tokenizer, and bits per character, against known answers."""

import json
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch

from shared.evaluation.text import bits_per_character, negative_log_likelihood
from shared.models.lstm import LSTMLanguageModel, LSTMText
from shared.models.lstm import load as load_lstm
from shared.models.ngram import NGram, NGramText
from shared.models.text import train_tokenizer

STORIES = [
    "Once upon a time, there was a little fox who lived in a warm den. The fox liked to sing.",
    "Once upon a time, there was a big bear who lived in a cold cave. The bear liked to eat.",
    "Tim and Sue went to the park. They saw a little fox. The fox ran away, and they went home.",
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return train_tokenizer(STORIES, 300, tmp_path_factory.mktemp("tokenizer"))


# ---- tokenizer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a little fox", "", "  two  spaces\n", "狐狸 🦊 très naïve", "\x00\x7f<|endoftext|>"])
def test_any_text_comes_back(tokenizer, text):
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text or "<|endoftext|>" in text
    assert tokenizer.end_id == 0 and max(ids, default=0) < len(tokenizer)


def test_half_a_character_is_bytes_not_an_error(tokenizer):
    ids = tokenizer.encode("🦊")
    assert b"".join(map(tokenizer.token_bytes, ids)) == "🦊".encode()
    assert tokenizer.decode(ids[:1]) == "�"


# ---- n-gram -------------------------------------------------------------------------------------------------------


def kneser_ney(texts, order, vocab_size):
    """The formulas of shared/models/ngram.py written down with dictionaries: p(word, context)."""
    seen = [Counter() for _ in range(order + 1)]
    for ids in texts:
        padded = [ids[0]] * (order - 1) + list(ids[1:])
        for end in range(order - 1, len(padded)):
            for n in range(1, order + 1):
                seen[n][tuple(padded[end - n + 1 : end + 1])] += 1
    count = [Counter() for _ in range(order + 1)]
    count[order] = seen[order]
    for n in range(1, order):
        for gram in seen[n + 1]:
            count[n][gram[1:]] += 1

    def discount(n):
        once, twice = (sum(c == k for c in count[n].values()) for k in (1, 2))
        return once / (once + 2 * twice) if once and twice else 0.5

    discounts = [0.0] + [discount(n) for n in range(1, order + 1)]
    followers = [defaultdict(dict) for _ in range(order + 1)]
    for n in range(1, order + 1):
        for gram, c in count[n].items():
            followers[n][gram[:-1]][gram[-1]] = c

    def p(word, context):
        n = len(context) + 1
        lower = p(word, context[1:]) if context else 1 / vocab_size
        if tuple(context) not in followers[n]:
            return lower
        counts = followers[n][tuple(context)]
        total = sum(counts.values())
        kept = {w: max(c - discounts[n], 0) / total for w, c in counts.items()}
        return kept.get(word, 0.0) + (1 - sum(kept.values())) * lower

    return p


def random_texts(vocab_size=7, texts=30, seed=0):
    rng = np.random.default_rng(seed)
    return [[0, *rng.integers(1, vocab_size, rng.integers(3, 12)).tolist(), 0] for _ in range(texts)]


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_ngram_is_interpolated_kneser_ney(order):
    texts = random_texts()
    model, p = NGram.fit(texts, 7, order, keep=(1,) * order), kneser_ney(texts, order, 7)
    for context in ([], [3], [2, 5], [0, 4], [1, 2, 3], *(text[k : k + 4] for text in texts[:5] for k in (0, 2))):
        used = context[max(0, len(context) - order + 1) :]
        expected = [p(word, tuple(used)) for word in range(7)]
        np.testing.assert_allclose(model.probabilities(context), expected, rtol=1e-12)


def test_pruned_ngram_still_sums_to_one():
    texts = random_texts(texts=60)
    model = NGram.fit(texts, 7, 4, keep=(1, 1, 2, 3))
    assert len(model.tokens[4]) < len(NGram.fit(texts, 7, 4, keep=(1, 1, 1, 1)).tokens[4])
    for text in texts:
        for k in range(1, len(text)):
            assert model.probabilities(text[:k]).sum() == pytest.approx(1, abs=1e-12)


def test_ngram_survives_saving(tmp_path, tokenizer):
    model = NGram.fit([[0, *tokenizer.encode(s), 0] for s in STORIES], len(tokenizer), 5, (1, 1, 1, 2, 2))
    model.save(tmp_path)
    again = NGram.from_folder(tmp_path)
    context = tokenizer.encode("Once upon a")
    np.testing.assert_array_equal(again.probabilities(context), model.probabilities(context))


# ---- the interface that every family shares --------------------------------------------------------------------------


@pytest.fixture(params=["ngram", "lstm"])
def model(request, tokenizer):
    if request.param == "ngram":
        ids = [[0, *tokenizer.encode(s), 0] for s in STORIES]
        return NGramText(NGram.fit(ids, len(tokenizer), 5, (1,) * 5), tokenizer)
    torch.manual_seed(0)
    return LSTMText(LSTMLanguageModel(len(tokenizer), 16, 2), tokenizer)


def test_one_by_one_in_a_batch_and_at_once_agree(model, tokenizer):
    texts = [[0, *tokenizer.encode(s)][:length] for s, length in zip(STORIES, (9, 6, 4), strict=True)]
    at_once = [model.all_logits(ids) for ids in texts]
    states = [model.start() for _ in texts]
    model.advance(states, [ids[:3] for ids in texts])
    together = model.advance(states, [[ids[3]] for ids in texts])
    fork = model.copy(states[0])
    for row, expected in zip(together, at_once, strict=True):
        torch.testing.assert_close(row, expected[3], rtol=1e-4, atol=1e-5)
    alone = model.advance([states[0]], [[texts[0][4]]])[0]
    torch.testing.assert_close(alone, at_once[0][4], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(model.advance([fork], [[texts[0][4]]])[0], alone)  # the copy did not move


def test_lstm_survives_saving_and_refuses_wrong_weights(tmp_path, tokenizer):
    tokenizer.backend.save(str(tmp_path / "tokenizer.json"))
    network = LSTMLanguageModel(len(tokenizer), 16, 1)
    network.save_pretrained(tmp_path)
    ids = tokenizer.encode("a fox")
    torch.testing.assert_close(load_lstm(tmp_path).all_logits(ids), LSTMText(network, tokenizer).all_logits(ids))
    (tmp_path / "config.json").write_text(json.dumps({"vocab_size": len(tokenizer), "width": 16, "layers": 2}))
    with pytest.raises(RuntimeError, match="Missing key"):
        load_lstm(tmp_path)


# ---- evaluation ------------------------------------------------------------------------------------------------------


def test_bits_of_a_uniform_model(tokenizer):
    stories = ["a fox", "the bear"]
    tokens = sum(len(tokenizer.encode(s)) + 1 for s in stories)  # and the end of each story
    expected = tokens * math.log2(len(tokenizer)) / sum(map(len, stories))
    bits = bits_per_character(lambda ids: torch.zeros(len(ids), len(tokenizer)), tokenizer, stories, context=512)
    assert bits == pytest.approx(expected, rel=1e-5)


def test_long_texts_are_read_in_windows_and_every_token_counts_once():
    def logits_of(ids):  # predicts the next id from the last one only, so windows must not matter
        return torch.stack([torch.arange(10.0).roll(i) for i in ids])

    ids = torch.randint(0, 10, (57,), generator=torch.Generator().manual_seed(0)).tolist()
    whole = negative_log_likelihood(logits_of, ids, context=100)
    assert len(whole) == 56
    torch.testing.assert_close(negative_log_likelihood(logits_of, ids, context=8), whole)


def test_a_tokenizer_of_two_files_as_older_repositories_have_it(tmp_path):
    import json

    from shared.core.errors import UserError
    from shared.models.text import TextTokenizer, train_tokenizer

    whole = train_tokenizer(["the fox and the owl, the fox again"] * 9, 300, tmp_path / "whole")
    model = json.loads((tmp_path / "whole" / "tokenizer.json").read_text("utf-8"))["model"]
    parts = tmp_path / "parts"
    parts.mkdir()
    with pytest.raises(UserError, match="parts has no tokenizer.json, nor vocab.json with merges.txt"):
        TextTokenizer.load(parts)
    (parts / "vocab.json").write_text(json.dumps(model["vocab"]), "utf-8")
    merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
    (parts / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", "utf-8")
    found = TextTokenizer.load(parts)
    for text in ("the fox, the café 狐 🦊", "  two\n lines", "<|endoftext|>"):
        assert found.encode(text) == whole.encode(text) and found.decode(found.encode(text)) == whole.decode(
            whole.encode(text)
        )
    assert (len(found), found.end_id) == (len(whole), whole.end_id)
