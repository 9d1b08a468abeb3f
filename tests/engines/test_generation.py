"""Sampling against transformers' own filters, and many readers on one model."""

import gc
import math
import threading
import time
import weakref
from types import SimpleNamespace

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation import logits_process as theirs

from shared.core.errors import UserError
from shared.engines.text import sampling as ours
from shared.engines.text.batcher import CHUNK, EVERY, LONG, MOST_TEXTS, Batcher, batcher_of
from shared.engines.text.generation import Sampling, alternatives, generate, repetition, token_probabilities
from shared.engines.text.tokens import Token, cut, find_stop, held_back
from shared.engines.text.writing import Branch, Memory
from shared.models.gpt2 import GPT2
from shared.models.lstm import LSTMLanguageModel, LSTMText
from shared.models.ngram import NGram, NGramText
from shared.models.text import train_tokenizer

STORIES = [
    "Once upon a time, there was a little fox who lived in a warm den. The fox liked to sing.",
    "Once upon a time, there was a big bear who lived in a cold cave. The bear liked to eat.",
    "Tim and Sue went to the park. They saw a little fox. The fox ran away, and they went home.",
]
PLAIN = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Networks this small are faster on one thread, on a busy machine by far."""
    patch = pytest.MonkeyPatch()
    patch.setattr("shared.core.threads.cores", lambda: 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    patch.undo()


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return train_tokenizer(STORIES, 300, tmp_path_factory.mktemp("tokenizer"))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    sizes = {"vocab_size": 300, "n_positions": 128, "n_embd": 64, "n_layer": 2, "n_head": 4}
    return GPT2LMHeadModel(GPT2Config(**sizes, initializer_range=0.15, bos_token_id=0, eos_token_id=0)).eval()


@pytest.fixture(scope="module")
def gpt2(network, tokenizer):
    return GPT2(network, tokenizer, "fast")


@pytest.fixture(scope="module")
def endless(network, tokenizer):
    """It has no token that ends a text."""
    model = GPT2(network, tokenizer, "fast")
    model.end_id = -1
    return model


@pytest.fixture(scope="module")
def families(gpt2, tokenizer):
    torch.manual_seed(0)
    texts = [[tokenizer.end_id, *tokenizer.encode(story), tokenizer.end_id] for story in STORIES]
    return {
        "gpt2": gpt2,
        "lstm": LSTMText(LSTMLanguageModel(300, 32, 1), tokenizer),
        "ngram": NGramText(NGram.fit(texts * 5, 300, order=4), tokenizer),
    }


def write(model, prompt="Once upon a time", stop_event=None, **settings):
    """The last list of samples."""
    for samples in generate(model, prompt, Sampling(**settings), stop_event):  # noqa: B007
        pass
    return samples


# ---- the filters are those of transformers ------------------------------------------------------


def expected_probabilities(logits, ids, s):
    """What transformers would draw from, by its own classes in the order of its `generate`."""
    filters = []
    if s.repetition_penalty != 1:
        filters.append(theirs.RepetitionPenaltyLogitsProcessor(s.repetition_penalty))
    if s.no_repeat_ngram_size:
        filters.append(theirs.NoRepeatNGramLogitsProcessor(s.no_repeat_ngram_size))
    filters.append(theirs.TemperatureLogitsWarper(s.temperature))
    if s.top_k:
        filters.append(theirs.TopKLogitsWarper(s.top_k))
    if s.top_p < 1:
        filters.append(theirs.TopPLogitsWarper(s.top_p))
    if s.min_p:
        filters.append(theirs.MinPLogitsWarper(s.min_p))
    scores = logits[None].double()
    for each in filters:
        scores = each(torch.tensor([ids]), scores)
    return scores[0].softmax(-1)


@pytest.mark.parametrize("vocab", [50, 5000])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        PLAIN,
        {**PLAIN, "top_k": 7},
        {**PLAIN, "top_p": 0.6},
        {**PLAIN, "top_p": 0.999, "temperature": 3.0},
        {**PLAIN, "min_p": 0.1},
        {**PLAIN, "min_p": 0.001, "temperature": 2.0},
        {**PLAIN, "repetition_penalty": 1.7},
        {**PLAIN, "repetition_penalty": 0.7},
        {**PLAIN, "no_repeat_ngram_size": 2},
        {"temperature": 0.3, "top_k": 2000, "top_p": 0.9, "min_p": 0.02, "no_repeat_ngram_size": 1},
    ],
)
def test_the_filters_are_those_of_transformers(settings, vocab):
    s = Sampling(**settings)
    for seed in range(5):
        noise = torch.Generator().manual_seed(seed)
        logits = torch.randn(vocab, generator=noise) * 4 - 3
        ids = torch.randint(0, vocab, (30,), generator=noise).tolist() + [3, 4, 5, 3]
        found = torch.zeros(vocab, dtype=torch.float64)
        candidates, probabilities = ours.distribution(ours.penalise(logits, ids, s), s)
        found[torch.as_tensor(candidates)] = probabilities / probabilities.sum()
        torch.testing.assert_close(found, expected_probabilities(logits, ids, s), rtol=1e-5, atol=1e-9)


def test_draws_follow_the_distribution():
    logits, s = torch.tensor([2.0, 0.0, 1.0, -1.0]), Sampling(**PLAIN)
    draws = [ours.next_token(logits, [], s, (i + 0.5) / 4000) for i in range(4000)]
    share = torch.bincount(torch.tensor(draws), minlength=4) / 4000
    torch.testing.assert_close(share, logits.softmax(-1), rtol=0, atol=5e-4)


@pytest.mark.parametrize("settings", [{"top_k": 7, "top_p": 0.8}, {"top_k": 0}, {"no_repeat_ngram_size": 2}])
def test_tokens_drawn_together_are_those_drawn_alone(settings):
    logits = torch.randn(20, 60, generator=torch.Generator().manual_seed(0)) * 3
    texts, uniforms = [[i, 3, i] for i in range(20)], torch.rand(20, dtype=torch.float64).tolist()
    s = Sampling(**settings)
    alone = [ours.next_token(*row, s, uniform) for *row, uniform in zip(logits, texts, uniforms, strict=True)]
    singly = [
        ours.drawn(*ours.distribution(ours.penalise(row, ids, s), s), uniform)
        for row, ids, uniform in zip(logits, texts, uniforms, strict=True)
    ]
    assert ours.next_tokens(logits, texts, s, uniforms) == alone == singly


@pytest.mark.parametrize("temperature", [0, 1e-300, 1e-6])
def test_no_temperature_is_the_most_probable(temperature):
    s = Sampling(temperature=temperature, top_k=0, repetition_penalty=1)
    assert ours.next_token(torch.tensor([1.0, 80.0, 79.0]), [], s, 0.9999) == 1


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"temperature": math.nan}, "temperature is nan; it must be a number from 0 to 5."),
        ({"top_p": 1.5}, "top p is 1.5; it must be from 0 to 1."),
        ({"top_p": 0}, "above 0"),
        ({"min_p": -0.1}, "min p is -0.1"),
        ({"max_new_tokens": 0}, "max new tokens is 0; it must be from 1 to 2048."),
        ({"max_new_tokens": 10**9}, "max new tokens"),
        ({"top_k": 2.5}, "top k is 2.5; it must be a whole number"),
        ({"top_k": None}, "top k is None"),
        ({"seed": "seven"}, "seed is 'seven'"),
        ({"seed": 2**64}, "seed"),
        ({"repetition_penalty": math.inf}, "repetition penalty is inf"),
        ({"num_return_sequences": True}, "num return sequences is True"),
        ({"num_return_sequences": 3, "num_beams": 2}, "2 beams cannot give 3 texts"),
        ({"stop": ("",)}, "none of them empty"),
        ({"stop": "abc"}, "must be a list"),
        ({"stop": ("x" * 1000,)}, "200 characters"),
    ],
)
def test_settings_out_of_range_get_a_sentence(gpt2, settings, words):
    with pytest.raises(UserError, match=words):
        write(gpt2, **settings)


def test_whole_numbers_may_come_as_floats():
    assert Sampling(max_new_tokens=80.0).max_new_tokens == 80
    Sampling(seed=3.0, temperature=1).check()


# ---- one text ------------------------------------------------------


def greedy_by_transformers(network, ids, n, **more):
    out = network.generate(
        torch.tensor([ids]),
        max_new_tokens=n,
        do_sample=False,
        pad_token_id=0,
        **({"eos_token_id": None} | more),
    )
    return out[:, len(ids) :].tolist()


def test_greedy_is_that_of_transformers(network, tokenizer):
    exact, ids = GPT2(network, tokenizer, "exact"), tokenizer.encode("The fox")
    found = write(exact, "The fox", temperature=0, max_new_tokens=40, no_repeat_ngram_size=3)
    expected = greedy_by_transformers(network, ids, 40, repetition_penalty=1.1, no_repeat_ngram_size=3)
    assert [token.id for token in found[0].tokens] == expected[0]


@pytest.mark.parametrize("beams, texts", [(2, 1), (4, 3)])
def test_beam_search_is_that_of_transformers(network, tokenizer, beams, texts):
    exact = GPT2(network, tokenizer, "exact")
    for prompt in ("The fox", "Once upon"):
        found = write(
            exact,
            prompt,
            num_beams=beams,
            num_return_sequences=texts,
            max_new_tokens=25,
            repetition_penalty=1,
        )
        expected = greedy_by_transformers(
            network, tokenizer.encode(prompt), 25, num_beams=beams, num_return_sequences=texts, eos_token_id=0
        )
        ended = [ids[: ids.index(0)] if 0 in ids else ids for ids in expected]
        assert [[token.id for token in sample.tokens] for sample in found] == ended


@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_every_family_writes(families, family):
    model = families[family]
    snapshots = list(generate(model, "The fox", Sampling(max_new_tokens=30, num_return_sequences=2, seed=4)))
    first, last = snapshots[0], snapshots[-1]  # the n-grams may be done before anybody looks
    assert [sample.index for sample in last] == [0, 1] and last[0].text != last[1].text
    for sample in last:
        assert sample.prompt == "The fox" and sample.finished in ("end", "length")
        assert "".join(token.text for token in sample.tokens) == sample.text
        assert all(0 < token.probability <= 1 for token in sample.tokens)
    assert all(len(before.tokens) <= len(after.tokens) for before, after in zip(first, last, strict=True))
    beams = write(model, "The fox", num_beams=3, max_new_tokens=10)
    assert len(beams) == 1 and beams[0].finished


def test_probabilities_are_those_of_the_plain_softmax(gpt2):
    sample = write(gpt2, "The fox", temperature=0.5, top_k=3, max_new_tokens=20)[0]
    prompt = gpt2.tokenizer.encode("The fox")
    logits = gpt2.all_logits([*prompt, *(token.id for token in sample.tokens)])[len(prompt) - 1 : -1]
    expected = [float(row.softmax(-1)[token.id]) for row, token in zip(logits, sample.tokens, strict=True)]
    assert [token.probability for token in sample.tokens] == pytest.approx(expected, rel=1e-3)


def test_the_model_ends_its_text(families):
    sample = write(families["ngram"], "They saw a", temperature=0, repetition_penalty=1, max_new_tokens=200)[0]
    assert sample.finished == "end" and sample.text.endswith("home.")
    assert all(token.id != families["ngram"].end_id for token in sample.tokens)


@pytest.mark.parametrize("stop", ["went", "en", "e away, and", "n. The", "home.", "tim"])
def test_stop_texts_cut_precisely(families, stop):
    """Also across tokens: whatever the tokens are, nothing of a stop text is ever seen."""
    model, settings = families["ngram"], {"temperature": 0, "repetition_penalty": 1, "max_new_tokens": 60}
    whole = write(model, "They saw a", **settings)[0].text
    expected = whole.partition(stop)[0]
    for samples in generate(model, "They saw a", Sampling(stop=("never", stop), **settings)):
        assert expected.startswith(samples[0].text)
        assert "".join(token.text for token in samples[0].tokens) == samples[0].text
    assert samples[0].text == expected
    assert samples[0].finished == ("stop" if stop in whole else "end")
    beams = write(model, "They saw a", num_beams=2, stop=(stop,), max_new_tokens=60, repetition_penalty=1)
    assert stop not in beams[0].text


def test_pieces_of_stop_texts():
    tokens = [Token(1, "ab", 0.5), Token(2, "", 0.5), Token(3, "cd", 0.5)]
    assert [token.text for token in cut(tokens, 1)] == ["ab", "", "c"]
    assert [token.text for token in cut(tokens, 2)] == ["ab", ""]
    assert [token.text for token in cut(tokens, 3)] == ["a"]
    assert cut(tokens, 4) == [] and cut(tokens, 0) == tokens
    assert find_stop("say END now", 6, ("END", "now")) == 4 and find_stop("say", 0, ()) is None
    assert held_back("the E", ("END",)) == 1 and held_back("the EN", ("END", "NOW")) == 2
    assert held_back("the", ("END",)) == 0


def test_characters_of_several_tokens_appear_whole(tokenizer):
    """An n-gram model that knows one sentence by heart, in which most tokens are parts of a character."""
    text = "The 狐狸 🦊 says héllo"
    ids = [tokenizer.end_id, *tokenizer.encode(text), tokenizer.end_id]
    model = NGramText(NGram.fit([ids] * 50, 300, order=4), tokenizer)
    seen = list(generate(model, "The", Sampling(temperature=0, repetition_penalty=1)))
    assert "The" + seen[-1][0].text == text
    assert all("�" not in samples[0].text for samples in seen)
    assert any(token.text == "" for token in seen[-1][0].tokens)


@pytest.mark.parametrize("prompt", ["", "fox " * 5000, "狐狸 🦊" * 50, "\x00\n\t"])
@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_any_prompt_is_read(families, family, prompt):
    sample = write(families[family], prompt, max_new_tokens=3)[0]
    assert len(sample.tokens) <= 3 and sample.finished
    if family == "gpt2" and len(prompt) > 1000:
        assert "reads only the last" in sample.notice


def test_a_text_goes_on_past_the_context(endless):
    short = write(endless, "The fox", max_new_tokens=60, seed=2)[0]
    long = write(endless, "The fox", max_new_tokens=400, seed=2)[0]
    assert len(long.tokens) == 400 and long.tokens[:60] == short.tokens
    assert not short.notice and "the last 64 to 128" in long.notice


def test_a_prompt_that_is_not_text(gpt2):
    with pytest.raises(UserError, match="must be a text"):
        write(gpt2, None)


# ---- many readers ------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_a_text_is_the_same_alone_and_among_others(families, family):
    model = families[family]
    prompts = ["The fox", "Once", "x" * 3 * CHUNK, "Tim and Sue went", "bear " * 30, "a", "They saw", "no"]
    texts = [(prompt, {"seed": i, "max_new_tokens": 50}) for i, prompt in enumerate(prompts)]
    alone = [write(model, prompt, **settings)[0] for prompt, settings in texts]
    together, begun = [None] * len(texts), [threading.Event() for _ in texts]

    def read(i):
        if i:
            begun[i - 1].wait(60)  # they join while others stream
        prompt, settings = texts[i]
        for samples in generate(model, prompt, Sampling(**settings)):  # noqa: B007
            begun[i].set()
        together[i] = samples[0]

    threads = [threading.Thread(target=read, args=(i,)) for i in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sample.text for sample in together] == [sample.text for sample in alone]
    several = write(model, "The fox", seed=0, num_return_sequences=4, max_new_tokens=50)
    assert several[0].text == alone[0].text
    assert several[3].text == write(model, "The fox", seed=3, max_new_tokens=50)[0].text


@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_what_was_read_is_not_read_again_and_texts_end_where_they_may(families, family, monkeypatch):
    model, memory, settings = families[family], Memory(), Sampling(num_return_sequences=3, max_new_tokens=30)
    read, advance = [], model.advance
    monkeypatch.setattr(model, "advance", lambda states, ids: read.extend(map(len, ids)) or advance(states, ids))

    def drafts(ids, memory):
        read.clear()
        *_, last = generate(model, ids, settings, memory=memory, over=lambda tokens: len(tokens) == 4)
        return [[token.id for token in sample.tokens] for sample in last], sum(read) - 9

    begun = model.tokenizer.encode("The little fox went to the park and")
    branch = [*begun, *model.tokenizer.encode(" They saw")]
    on = [*begun, *model.tokenizer.encode(" the bear")]
    for ids, used, new in (
        (begun, memory, len(begun)), (branch, Branch(memory), len(branch) - len(begun)), (begun, memory, 0),
        (on, memory, len(on) - len(begun)), (begun, memory, len(begun)),
    ):  # fmt: skip
        found, n = drafts(ids, used)
        assert all(len(tokens) <= 4 for tokens in found)
        assert n <= new + 1, "one token more is the start of the text"
        assert found == drafts(ids, Memory())[0]


def test_more_readers_than_places_wait_their_turn(gpt2):
    found = [None] * 12
    settings = {"num_return_sequences": 8, "max_new_tokens": 5}

    def read(i):
        found[i] = write(gpt2, "The", seed=i, **settings)

    threads = [threading.Thread(target=read, args=(i,)) for i in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(samples) == 8 and all(sample.finished for sample in samples) for samples in found)


def work(asker, places=1, begun=True):
    return SimpleNamespace(asker=asker, places=places, begun=begun)


def shares(crowds, steps):
    """Of so many steps of one batcher, how many each work of a crowd takes part in; then those of the next crowd."""
    batcher, found = Batcher(), []
    for crowd, many in zip(crowds, steps, strict=True):
        batcher.works = crowd
        chosen = [batcher.next_works() for _ in range(many)]
        found.append([sum(work in works for works in chosen) for work in crowd])
    return found


def test_a_short_text_is_not_held_up_by_a_long_one_nor_by_somebodys_many(endless):
    many, short = [work("many") for _ in range(4)], work("one")
    alone, beside = shares([many, [*many, short]], [LONG, 60])
    assert alone == [LONG] * 4, "nobody else is there"
    assert beside == [60 // EVERY] * 4 + [60]
    assert shares([[work("wide", 8)], [work("wide", 8), short]], [LONG, 60])[1] == [60 // EVERY, 60]
    crowd = [work(f"visitor {i}") for i in range(20)]
    assert shares([crowd], [LONG]) == [[LONG] * 20], "in a crowd of equals nobody waits"
    assert shares([many, [*many, short], many], [LONG, 10, 60])[2] == [60] * 4, "and nobody once they are alone"


def test_who_waits_for_the_first_word_comes_before_all_who_have_one():
    batcher, story, late = Batcher(), [work("story", 10), work("story", 6)], [work("a"), work("b")]
    texts = [work(f"visitor {i}") for i in range(MOST_TEXTS)]
    batcher.works = [*story, *texts]
    for _ in range(60):
        batcher.next_works()
    late[0].begun = late[1].begun = False
    batcher.works += late
    assert batcher.next_works() == late, "nobody else holds that step up"
    assert batcher.next_works()[:2] == late, "the next one, too, is for others, but they are among the first"
    assert batcher.next_works() == late, "where one step does not read all of them"
    late[0].begun = late[1].begun = True
    assert late[0] in batcher.next_works()


def test_where_there_are_more_than_places_all_have_the_same_share():
    texts = [work(f"visitor {i}") for i in range(2 * MOST_TEXTS)]
    [found] = shares([texts], [60])
    assert min(found) >= 28 and max(found) <= 32
    [[drafts, more, *found]] = shares([[work("story", 10), work("story", 6), *texts]], [300])
    assert drafts == more >= 300 // EVERY, "a story ends, too"
    assert max(found) - min(found) <= 4


def test_a_text_is_the_same_beside_a_long_one(endless):
    stop = threading.Event()
    reading = generate(endless, "The fox", Sampling(max_new_tokens=2000), stop)
    next(reading)
    while len(batcher_of(endless).works[0].texts[0].tokens) < LONG:
        next(reading)
    text = write(endless, "The owl", max_new_tokens=90, seed=3)[0].text
    stop.set()
    list(reading)
    assert text == write(endless, "The owl", max_new_tokens=90, seed=3)[0].text


def test_stop_ends_within_a_token(endless):
    stop = threading.Event()
    reading = generate(endless, "The fox", Sampling(max_new_tokens=2000, num_return_sequences=2), stop)
    next(reading)
    writer = batcher_of(endless).works[0].texts[0]
    stop.set()
    written = len(writer.tokens)
    last = list(reading)[-1]
    assert [sample.finished for sample in last] == ["stopped", "stopped"]
    assert len(last[0].tokens) <= written + 1  # the one that was being computed


def test_stop_before_the_first_token(gpt2):
    stop = threading.Event()
    stop.set()
    for settings in ({}, {"num_beams": 3}):
        assert write(gpt2, "The fox", stop, **settings)[0].finished == "stopped"


@pytest.mark.parametrize("settings", [{}, {"num_beams": 3}])
def test_a_reader_who_leaves_is_forgotten(endless, settings):
    reading = generate(endless, "The fox", Sampling(max_new_tokens=2000, **settings))
    next(reading)
    reading.close()
    assert batcher_of(endless).idle.wait(60)
    assert not batcher_of(endless).works


def test_a_fault_reaches_the_reader_and_the_next_one_is_served(network, tokenizer):
    model = GPT2(network, tokenizer, "fast")
    advance = model.advance

    def broken(states, tokens):
        raise MemoryError("the machine is full")

    model.advance = broken
    with pytest.raises(MemoryError):
        write(model)
    model.advance = advance
    assert write(model, max_new_tokens=2)[0].tokens


@pytest.mark.slow
def test_a_setting_that_leaves_no_token_stops_only_its_reader(endless):
    others = generate(endless, "The fox", Sampling(max_new_tokens=600))
    next(others)
    with pytest.raises(UserError, match="no-repeat"):
        write(endless, "The fox", no_repeat_ngram_size=1, max_new_tokens=400)
    assert len(list(others)[-1][0].tokens) == 600


def test_an_unloaded_model_is_not_held(network, tokenizer):
    model = GPT2(network, tokenizer, "fast")
    write(model, max_new_tokens=3)
    there = weakref.ref(model)
    del model
    deadline = time.monotonic() + 60
    while there() is not None and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.01)
    assert there() is None


def test_snapshots_do_not_come_faster_than_people_see(families):
    started = time.monotonic()
    count = len(list(generate(families["ngram"], "x", Sampling(max_new_tokens=300, temperature=5, top_k=0))))
    assert count <= 3 + 25 * (time.monotonic() - started)


# ---- looking into a text ------------------------------------------------------


@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_alternatives(families, family):
    model = families[family]
    ids = model.tokenizer.encode("The fox liked to")
    found = alternatives(model, ids, len(ids), 10)
    begin = [model.end_id] if model.begins_with_end else []
    expected = model.all_logits([*begin, *ids])[-1].softmax(-1)
    assert [p for _, _, p in found] == pytest.approx(expected.topk(10).values.tolist(), rel=1e-3)
    assert alternatives(model, ids, -1, 5) == alternatives(model, ids[:-1], len(ids) - 1, 5)
    assert len(alternatives(model, [], 0, 5)) == 5
    with pytest.raises(UserError, match="it must be from"):
        alternatives(model, ids, len(ids) + 1)


@pytest.mark.parametrize("family", ["gpt2", "lstm", "ngram"])
def test_probabilities_of_a_pasted_text(families, family):
    model = families[family]
    ids = model.tokenizer.encode("The fox liked to sing. " * 40)  # longer than GPT-2's context of 128
    found = token_probabilities(model, ids)
    assert [token.id for token in found] == ids
    assert "".join(token.text for token in found) == "The fox liked to sing. " * 40
    rows = model.all_logits([model.end_id, *ids[:50]]).softmax(-1)
    expected = [float(row[id]) for row, id in zip(rows, ids, strict=False)][:50]
    assert [token.probability for token in found[:50]] == pytest.approx(expected, rel=1e-3)
    if family == "gpt2":  # a later token sees at least half of the context
        at = 200
        low, high = (float(model.all_logits(ids[at - n : at])[-1].softmax(-1)[ids[at]]) for n in (64, 127))
        assert found[at].probability > 0 and low > 0 and high > 0
    assert token_probabilities(model, []) == []


def test_repetition():
    assert repetition("the fox ran and the fox ran") == pytest.approx(0.2)
    assert repetition([1, 1, 1, 1, 1]) == pytest.approx(2 / 3)
    assert repetition("too short") == 0 and repetition([]) == 0
