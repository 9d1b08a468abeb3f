"""The translators: what they learn from, the losses by hand, two steps and two more, and what is kept."""

import json
import math
from dataclasses import replace
from itertools import product

import pytest
import torch
import torch.nn.functional as F

from shared.core import hanzi
from shared.data import prepared
from shared.data.translations import bare, groups, read_sentences
from shared.evaluation.translation import bleu, chrf
from shared.models.translation import AttentionLSTM, greedy
from shared.training import loop
from shared.training.recipes import recipe, translation
from shared.training.translation import LENGTH, SAMPLED, joined, rdrop, read_pairs

WHO = {"I": "我", "You": "你", "We": "我们", "They": "他们", "Tom": "汤姆", "Mary": "玛丽"}
WANT = {"like": "喜欢", "see": "看见", "know": "认识", "want": "想要"}
WHAT = {"the book": "那本书", "the dog": "那只狗", "the house": "房子", "a friend": "一个朋友", "water": "水"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    lines = [f"{a} {b} {c}.\t{WHO[a]}{WANT[b]}{WHAT[c]}。" for a, b, c in product(WHO, WANT, WHAT)]
    lines += ["Hi.\t你好。", "Hi!\t嗨。", "Hello!\t嗨！", "Too long " + 60 * "the dog " + ".\t狗。"]
    (folder / "tatoeba_en_zh.tsv").write_text("\n".join(["en\tzh", *lines]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pairs(folder):
    """Through a file, as they come to a machine that lacks sentencepiece."""
    prepared.write(read_pairs(folder), folder / "prepared.gz")
    return prepared.read(folder / "prepared.gz")


def test_chinese_is_simplified_and_its_marks_are_wide():
    assert hanzi.tidied("你喜歡甚麼?") == "你喜欢什么？"
    assert hanzi.tidied("著名的作家看著我, 妳呢 ?") == "著名的作家看着我，你呢？"
    assert hanzi.tidied("他說:「我有 1,000 元」.") == "他说：“我有1,000元”。"
    assert hanzi.tidied('Tom 在 6:30 說 "好"!') == "Tom在6:30说“好”！"
    assert hanzi.tidied(hanzi.tidied("我們走吧。")) == "我们走吧。"
    assert hanzi.is_chinese("Tom 好") and not hanzi.is_chinese("Tom, é!")


def test_pairs_that_share_a_sentence_stay_together(folder):
    pairs = [("Hi.", "你好。"), ("Run!", "跑！"), ("hi", "嗨。"), ("Hello.", "嗨")]
    assert groups(pairs) == [[0, 2, 3], [1]]
    found = read_sentences(folder)
    held = [*found.held_out, *found.validation]
    assert len(found.held_out) == len(found.validation) == len(held) // 2 > 20
    for side in (0, 1):
        assert not {bare(pair[side]) for pair in held} & {bare(pair[side]) for pair in found.train}


def test_sentences_are_cut_in_several_ways_that_read_the_same(pairs):
    assert pairs.en.shape == pairs.zh.shape == (len(pairs), 1 + SAMPLED, LENGTH)
    ways = {joined([pairs.pieces[i] for i in way if i > 2]) for way in pairs.en[3].tolist()}
    assert len(ways) == 1 and ways.pop().endswith(".")
    # They are drawn without a seed: one sentence may be cut alike each time, but not all of them.
    assert any(len({tuple(way) for way in ways}) > 1 for ways in pairs.en.tolist())
    assert ((pairs.en == 1).sum(-1) == 1).all(), "each ends once"
    assert not any("long" in joined([pairs.pieces[i] for i in way if i > 2]) for way in pairs.en[:, 0].tolist())


def test_a_folder_without_pairs_is_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="tatoeba_en_zh.tsv"):
        read_pairs(tmp_path)


def test_the_loss_is_what_the_paper_says():
    """One piece, read as 1/2 and 1/2 and as 3/4 and 1/4; behind it padding, which counts for nothing."""
    one, other = [0.0, 0.0], [math.log(3), 0.0]
    logits = torch.tensor([[one, [9.0, 0.0]], [other, [0.0, 9.0]]])
    loss, apart = rdrop(torch.cat([torch.full((2, 2, 1), -1e9), logits], -1), torch.tensor([[1, 0]]), 0.0)
    assert loss.item() == pytest.approx((math.log(2) - math.log(0.75)) / 2)
    kl = 0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25)
    back = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert apart.item() == pytest.approx((kl + back) / 2)


def test_the_lstm_does_not_read_padding_and_does_not_look_ahead():
    torch.manual_seed(0)
    network = AttentionLSTM(12, 8).eval()
    ids, written = torch.tensor([[5, 7, 4, 1]]), torch.tensor([[0, 3, 6]])
    alone, weights, _ = network.looked(ids, (ids != 0).long(), written)
    padded = F.pad(ids, (0, 3))
    beside, looked, _ = network.looked(padded, (padded != 0).long(), written)
    assert torch.allclose(alone, beside, atol=1e-6)
    assert torch.allclose(weights.sum(-1), torch.ones(1, 3)) and looked[..., 4:].abs().max() == 0
    shorter = network(ids, (ids != 0).long(), written[:, :2])
    assert torch.allclose(shorter, alone[:, :2], atol=1e-6)
    turned = network(ids.flip(1), (ids != 0).long(), written)
    assert not torch.allclose(turned, alone, atol=1e-3), "the order is read"


def test_greedy_ends_and_pads():
    class Counts:
        """Writes 3, 4, 5, ... and the end behind what it was asked for."""

        def __call__(self, input_ids, attention_mask, decoder_input_ids):
            n, t = decoder_input_ids.shape
            following = torch.where(t > input_ids[:, :1], 1, 2 + t).expand(n, t)
            return F.one_hot(following, 9).float()

    found = greedy(Counts(), torch.tensor([[1], [3]]), torch.ones(2, 1), 0, 1, 6)
    assert found.tolist() == [[3, 1, 0, 0], [3, 4, 5, 1]]


def test_bleu_and_chrf_of_known_sentences():
    assert bleu(["the cat sat down here"], ["the cat sat down here"], "en") == pytest.approx(100)
    assert bleu(["他喜欢那本书。"], ["他喜欢那本书。"], "zh") == pytest.approx(100), "counted by characters"
    # 5 of 6 words, 3 of 5 pairs, 2 of 4 threes, 1 of 3 fours.
    found = bleu(["a b c d x f"], ["a b c d e f"], "en")
    assert found == pytest.approx(100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    assert chrf(["abc"], ["abc"]) == pytest.approx(100) and chrf(["abc"], ["xyz"]) == 0


def small(row, pairs):
    sizes = {name: 16 for name in ("d_model", "encoder_ffn_dim", "decoder_ffn_dim", "width") if name in row.model}
    fewer = {name: 1 for name in ("encoder_layers", "decoder_layers") if name in row.model}
    model = row.model | {"vocab_size": len(pairs.pieces)} | sizes | fewer
    return replace(row, model=model, batch=16, score_steps=1)


@pytest.mark.parametrize("row", translation.ROWS, ids=lambda row: row.name)
def test_two_steps_and_two_more(row, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "REPORT_STEPS", 1)
    row = small(row, pairs)
    row = replace(row, together=5.0 if row.source == "zh" else 0.0)
    loop.run(row, pairs, tmp_path, steps=2)
    loop.run(row, pairs, tmp_path, steps=4, resume=True)
    points = json.loads((tmp_path / "training.json").read_text())["points"]
    assert [point["step"] for point in points] == [1, 2, 3, 4]
    assert {"loss", "validation loss"} | ({"apart"} if row.together else set()) <= points[-1].keys()
    lines = (tmp_path / "samples" / "000004.txt").read_text(encoding="utf-8").split("\n")
    given = lines[0].split("\t")[0]
    assert len(lines) == len(pairs.validation_en) and hanzi.is_chinese(given) == (row.source == "zh")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert tokenizer(given)["input_ids"][-1] == tokenizer.eos_token_id == 1
    assert tokenizer.decode(tokenizer(given)["input_ids"], skip_special_tokens=True) == given


def test_the_weights_with_the_lowest_loss_are_kept(pairs, monkeypatch):
    row = small(recipe("seq2seq-lstm-en-zh"), pairs)
    monkeypatch.setitem(loop.FAMILIES, "translation", f"{__name__}:Judged")
    seen = {progress.step: progress.training.weights() for progress in loop.train(row, pairs, steps=4)}
    from sys import modules

    best = modules[__name__].Judged.last.weights()
    assert all(torch.equal(best[name], value) for name, value in seen[2].items())
    assert any(not torch.equal(best[name], value) for name, value in seen[4].items())


class Judged(loop.imported("shared.training.translation:TranslationTraining")):
    """Its loss is lowest after the second step."""

    def score(self):
        Judged.last = self
        return [3.0, 1.0, 2.0, 2.0][self.steps - 1]


def test_the_lstm_learns_to_read(pairs):
    """After 90 steps a held-out translation is far likelier with its own sentence before it than with another one."""
    row = small(recipe("seq2seq-lstm-en-zh"), pairs)
    row = replace(row, model=row.model | {"width": 64, "dropout": 0.1}, ema=0.0, rise=0, decay=0.0, label_smoothing=0.0)
    row = replace(row, together=0.0, learning_rate=1e-2, score_steps=90)
    *_, last = loop.train(row, pairs, steps=90)
    training = last.training
    training.apart = [training.apart[0].flip(0), training.apart[1]]
    assert last.score < 1.2
    assert training.score() > 1.5 * last.score, "with another one's sentence before it"
