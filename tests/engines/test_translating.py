"""Translating: beam search against all there is, caches against none, sentences, words, names."""

import itertools
import math

import pytest
import torch

from shared.engines.translation import names, search, translate
from shared.models.translation import END, AttentionLSTM, Translator
from shared.training.translation import marian

PIECES = ["<pad>", END, "<unk>", "▁I", "▁know", "s", "我", "知道", "。", "'", "?"]


class Tokenizer:
    eos_token_id, unk_token_id, source_lang, target_lang = 1, 2, "en", "zh"
    supported_language_codes, model_max_length = [], 64

    def tokenize(self, text):
        return [piece for piece in text.replace(" ", " ▁").split() if piece]

    def convert_tokens_to_ids(self, pieces):
        return [PIECES.index(piece) if piece in PIECES else 2 for piece in pieces]

    def convert_ids_to_tokens(self, ids):
        return [PIECES[i] for i in ids]


def networks():
    torch.manual_seed(0)
    sizes = {f"{side}_{part}": n for side in ("encoder", "decoder") for part, n in (("layers", 2), ("ffn_dim", 16))}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 64}
    big = marian(len(PIECES), d_model=16, init_std=0.5, **sizes, **heads)
    big.set_attn_implementation("eager")
    return [AttentionLSTM(len(PIECES), 16), big]


@pytest.fixture(params=(0, 1), ids=("lstm", "marian"))
def translator(request):
    return Translator(networks()[request.param], Tokenizer(), 0, 0)


class Chain:
    """Writes pieces by a table of chances that looks one piece back, or to the start, 0."""

    padding, start, end, unknown, most = 0, 0, 1, 2, 64
    # "3" looks best at first, but what follows it is thin.
    table = {0: {3: 0.6, 4: 0.4}, 3: {5: 0.3, 6: 0.25, 1: 0.45}, 4: {1: 0.9, 5: 0.1}, 5: {1: 1.0}, 6: {1: 1.0}}

    def read(self, ids, beams):
        return self

    def following(self, rows, pieces):
        logits = torch.full((len(pieces), 7), -1e9)
        for row, piece in enumerate(pieces.tolist()):
            for following, chance in self.table.get(piece, {1: 1.0}).items():
                logits[row, following] = math.log(chance)
        return logits


def test_the_search_finds_the_best_of_all():
    found = search.search(Chain(), [3, 4, 1], beams=4)
    ways = {}
    for n in range(1, 5):
        for way in itertools.product(range(3, 7), repeat=n):
            steps = list(zip((0, *way), (*way, 1), strict=True))
            if all(b in Chain.table[a] for a, b in steps):
                ways[(*way, 1)] = sum(math.log(Chain.table[a][b]) for a, b in steps) / len(steps)
    best = sorted(ways, key=ways.get, reverse=True)
    assert [tuple(one.ids) for one in found] == best[:4]
    assert found[0].ids == [4, 1] and found[0].worth == pytest.approx(ways[4, 1])
    (greedy,) = search.search(Chain(), [3, 4, 1], beams=1)
    assert greedy.ids[0] == 3, "one beam takes what looks best at first"


def test_a_search_that_comes_to_no_end_is_cut(monkeypatch):
    monkeypatch.setattr(Chain, "table", {0: {3: 1.0}, 3: {4: 1.0}, 4: {3: 1.0}})
    (found, *_) = search.search(Chain(), [3, 1], beams=2)
    assert found.ids == [3, 4] * 7


def test_a_piece_does_not_stand_twice_in_a_row(monkeypatch):
    monkeypatch.setattr(Chain, "table", {0: {3: 1.0}, 3: {3: 0.9, 4: 0.1}, 4: {1: 1.0}})
    assert [found.ids for found in search.search(Chain(), [3, 1], beams=1)] == [[3, 4, 1]]


def test_beams_go_on_from_what_they_kept(translator):
    """Logits piece by piece, after beams changed places, are those of the whole translation at once."""
    ids, ways = [3, 4, 5, 1], [[6, 7, 8], [7, 7, 6]]
    with torch.inference_mode():
        reading = translator.read(ids, 2)
        for rows, pieces in (([0, 1], [0, 0]), ([0, 0], [6, 7]), ([1, 0], [7, 7]), ([1, 0], [8, 6])):
            last = reading.following(torch.tensor(rows), torch.tensor(pieces))
    for row, way in zip(last, ways, strict=True):
        assert torch.allclose(row, translator.look(ids, [*way, 1]).logits[-1], atol=1e-5)


def test_where_it_looks_adds_up(translator):
    looked = translator.look([3, 4, 5, 1], [6, 7, 1])
    assert looked.across.shape == (3, 4) and torch.allclose(looked.across.sum(1), torch.ones(3))
    if looked.inside is not None:
        assert looked.inside.shape == (4, 4) and torch.allclose(looked.inside.sum(1), torch.ones(4))


def test_a_sentence_is_translated_into_words(translator):
    found = translate.translate(translator, "▁I knows fox")
    assert [word.text for word in found.words] == ["I", "knows", "fox"] and found.unknown == [1, 2]
    assert 1 <= len(found.beams) <= translate.BEAMS and len({beam.text for beam in found.beams}) == len(found.beams)
    best = found.beams[0]
    assert translate.plain(translator, "▁I knows fox") == best.text
    assert best.worth == max(beam.worth for beam in found.beams)
    assert len(best.across) == len(best.words) and all(len(row) == 3 for row in best.across)
    assert all(0 <= word.chance <= 1 and len(word.others) <= translate.OTHERS for word in best.words)


def test_pieces_become_words():
    def words(*pieces):
        return ["".join(pieces[i] for i in group) for group in translate.grouped([*pieces])]

    said = words(">>cmn_Hans<<", "▁does", "n", "'", "t", "▁know", ",", "▁fox", "es", "?", END)
    assert said == ["▁doesn't", "▁know", ",", "▁foxes", "?"]
    assert words("我", "知道", "T", "o", "m", "。", END) == ["我", "知道", "Tom", "。"]
    assert words("▁", "Z", "oe", "▁") == ["▁Zoe"]


def test_sentences_are_parted_in_both_languages():
    assert translate.lines("I go. “You go!” he said.  Why?\n\nNo") == [
        ["I go.", '"You go!"', "he said.", "Why?"],
        [],
        ["No"],
    ]
    assert translate.lines("我走。“你走！”他說… 為什麼？") == [["我走。", "“你走！”", "他说…", "为什么？"]]
    assert translate.lines("Mr. Fox paid $3.50.") == [["Mr.", "Fox paid $3.50."]]
    assert translate.language("Tom 走") == "zh" and translate.language("Tom!") == "en"


def test_names_are_the_tables():
    given, instead = names.hidden("Lily told Ben that Lily's dog is Max.", "en")
    assert given == "Mary told Tom that Mary's dog is Max." and instead == {"Mary": "Lily", "Tom": "Ben"}
    there = names.across(instead, "en")
    assert names.shown("玛丽告诉汤姆。", there) == names.shown("Mary告诉Tom。", there) == "莉莉告诉本恩。"
    assert names.hidden("Tom saw Jack.", "en") == ("Tom saw Mary.", {"Mary": "Jack"})
    assert names.hidden("莉莉看见露西。", "zh") == ("玛丽看见汤姆。", {"玛丽": "莉莉", "汤姆": "露西"})
    assert names.hidden("Maximal Benign", "en")[1] == {}
    assert names.shown("Mary and Tom", {"Mary": "Tom", "Tom": "Mary"}) == "Tom and Mary", "at once, not one by one"


def test_the_table_of_names_goes_both_ways():
    assert len(names.IN_ENGLISH) == len(names.IN_CHINESE) > 60
    assert all(names.IN_ENGLISH[chinese] == english for english, chinese in names.IN_CHINESE.items())
    assert names.OF_GIRLS < names.IN_CHINESE.keys()


def test_a_name_is_marked_where_it_stands():
    found = translate.word(["▁Mary", "'", "s"], [0, 1, 2], {"Mary": "Lily"})
    assert (found.text, found.space, found.named) == ("Lily's", True, True)
    assert not translate.word(["汤姆不"], [0], {}).named
