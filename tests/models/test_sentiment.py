"""The judges of sentiment: naive Bayes against sums by hand, the networks alone and in a batch, what words do."""

import math

import pytest
import torch

from shared.core import loaders, registry
from shared.models.sentiment import LSTMClassifier, NaiveBayes, NetworkJudge, load_lstm, terms_of, train_tokenizer

BUNDLED = [row.name for row in registry.SPECS if row.task == "sentiment" and row.bundled]
TEXTS = ["good film", "good good actors", "bad film", "a bad plot"]
LABELS = torch.tensor([1, 1, 0, 0])


def test_naive_bayes_is_the_formula_of_the_paper():
    model = NaiveBayes.fit(TEXTS, LABELS, smoothing=1.0, fewest=1)
    # Good: good 2, film 1, actors 1, "good film" 1, "good good" 1, "good actors" 1. Bad: bad 2, film 1, a 1, plot 1,
    # "bad film" 1, "a bad" 1, "bad plot" 1. Twelve terms, one more of each for smoothing.
    good, bad = 7 + 12, 8 + 12
    assert model.prior == pytest.approx(0) and len(model.terms) == 12
    assert model.ratio_of["good"] == pytest.approx(math.log(3 / good) - math.log(1 / bad), abs=1e-5)
    assert model.ratio_of["film"] == pytest.approx(math.log(2 / good) - math.log(2 / bad), abs=1e-5)
    assert model.judge(["Good film!"]).item() == pytest.approx(
        sum(model.ratio_of[term] for term in ("good", "film", "good film")), abs=1e-5
    )


def test_a_word_has_its_own_term_and_half_of_its_pairs():
    model = NaiveBayes.fit(TEXTS, LABELS, smoothing=1.0, fewest=1)
    reading = model.read("good film")
    ratio = model.ratio_of
    assert reading.words == [(0, 4), (5, 9)]
    assert reading.effects == pytest.approx([ratio[word] + ratio["good film"] / 2 for word in ("good", "film")])
    assert model.read("").logit == model.prior and model.read("zebra").effects == [0.0]


def test_terms_are_words_and_neighbours():
    assert terms_of("It's Good!") == [("it's", 0), ("good", 1), ("!", 2), ("it's good", 0, 1), ("good !", 1, 2)]


def test_naive_bayes_comes_back_from_its_folder(tmp_path):
    model = NaiveBayes.fit(TEXTS, LABELS, smoothing=1.0, fewest=1)
    model.save(tmp_path)
    assert torch.allclose(NaiveBayes.load(tmp_path).judge(TEXTS), model.judge(TEXTS), atol=0.01)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_text_gets_the_same_alone_and_among_others(name):
    texts = ["A warm and funny film.", "Dull.", "I did not like it, but the end was good. " * 3]
    with loaders.use(name) as loaded:
        together = loaded.model.judge(texts)
        alone = torch.cat([loaded.model.judge([text]) for text in texts])
        readings = [loaded.model.read(text) for text in texts]
    assert torch.allclose(together, alone, atol=1e-4)
    assert together[0] > 0 > together[1]
    for text, reading, logit in zip(texts, readings, together, strict=True):
        assert reading.logit == pytest.approx(logit.item(), abs=1e-3)
        assert sum(reading.effects) + reading.rest == pytest.approx(reading.logit, abs=1e-4)
        assert reading.end == len(text) and len(reading.effects) == len(reading.words)


class Counted(torch.nn.Module):
    """A network whose logit is the sum of a number for each piece: integrated gradients must find those numbers."""

    def __init__(self, size: int):
        super().__init__()
        self.embedding = torch.nn.Embedding(size, 1)
        torch.nn.init.constant_(self.embedding.weight[0], 0.0)

    def get_input_embeddings(self):
        return self.embedding

    def forward(self, input_ids, attention_mask):
        total = (self.embedding(input_ids)[..., 0] * attention_mask).sum(1)
        return torch.stack([-total / 2, total / 2], 1)


def test_integrated_gradients_are_exact_for_a_sum():
    tokenizer = train_tokenizer(["a warm film", "a dull film"] * 3, 100)
    network = Counted(len(tokenizer))
    with torch.no_grad():
        network.embedding.weight.copy_(torch.arange(float(len(tokenizer)))[:, None] / 10)
        network.embedding.weight[0] = 0
    reading = NetworkJudge(network, tokenizer, "sum").read("dull warm film")
    numbers = [tokenizer.convert_tokens_to_ids(word) / 10 for word in ("dull", "warm", "film")]
    assert reading.effects == pytest.approx(numbers, abs=1e-4)


@pytest.mark.parametrize("name", [name for name in BUNDLED if name != "naive-bayes-reviews"])
def test_what_the_words_do_adds_up_to_what_the_network_says(name):
    """Completeness (Sundararajan et al., 2017, proposition 1): the integral is taken in 24 steps, so nearly."""
    with loaders.use(name) as loaded:
        model = loaded.model
        encoded, (offsets,) = model._encode(["a warm , funny and clever film"])
        special = torch.tensor([begin == end for begin, end in offsets])
        nothing = encoded["input_ids"].masked_fill(~special, model.tokenizer.pad_token_id)
        with torch.inference_mode():
            start = model.logit(nothing, encoded["attention_mask"]).item()
        reading = model.read("a warm , funny and clever film")
    assert sum(reading.effects) == pytest.approx(reading.logit - start, rel=0.1, abs=0.15)


def test_the_lstm_reads_no_padding(tmp_path):
    torch.manual_seed(0)
    network = LSTMClassifier(50, width=8).eval()
    ids = torch.tensor([[2, 7, 9, 3, 0, 0, 0]])
    whole = network(ids, (ids != 0).long())
    assert torch.allclose(whole, network(ids[:, :4], torch.ones(1, 4, dtype=torch.long)), atol=1e-6)
    network.save_pretrained(tmp_path)
    train_tokenizer(["a warm film"], 60).save_pretrained(tmp_path)
    assert load_lstm(tmp_path).judge(["a warm film", ""]).shape == (2,)
