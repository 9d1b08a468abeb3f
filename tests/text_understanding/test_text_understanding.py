"""The tab that judges texts, without a browser: runs on the bundled models, bad input, the endpoint."""

import json
import threading
import urllib.request

import numpy as np
import pytest
from text_understanding import how, runs
from text_understanding.request import REVIEW, TASK, Judgement, Summary

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError
from shared.engines.text import summary
from shared.evaluation.summary import found_again

BUNDLED = [row.name for row in registry.SPECS if row.task == TASK and row.bundled]
NOT = "It is not bad at all, and nobody could call it boring."


def judged(stop=None, **settings):
    return list(runs.run(Judgement.check(settings), stop or threading.Event()))


@pytest.mark.parametrize("name", BUNDLED)
def test_what_is_shown_is_the_text_and_adds_up(name):
    *_, (view, made) = judged(model=name)
    assert "".join(piece for piece, _ in view["pieces"]) == REVIEW
    assert [title for title, _ in view["others"]] == [registry.spec(n).title for n in BUNDLED if n != name]
    assert len(view["sentences"]) == 5 and view["sentences"][1][0].startswith("Then the old lighthouse")
    assert len(view["order"]) == len(view["removed"]) <= runs.MOST_REMOVED and view["unread"] == 0
    assert made["tab"] == "text_understanding" and made["output_sha256"] == recipe.hash_output(runs.written(view))
    assert judged(model=name)[-1][1]["output_sha256"] == made["output_sha256"]


def test_without_its_strongest_words_the_verdict_falls():
    *_, (view, _) = judged(text="A warm, funny film. Sadly the end is dull.", model="naive-bayes-reviews")
    toward = view["chance"] > 0.5
    chances = [view["chance"], *view["removed"]]
    assert all((after <= before) == toward for before, after in zip(chances, chances[1:], strict=False))


def test_words_are_taken_away_by_their_place():
    with loaders.use("naive-bayes-reviews") as loaded:
        reading = loaded.model.read("good, good film")
    assert runs.without("good, good film", reading, {2, 3}) == "good,  "


def test_a_stopped_run_ends_without_the_others():
    stop = threading.Event()
    steps = runs.run(Judgement.check({}), stop)
    first = next(view for view, made in steps if made)
    stop.set()
    assert list(steps) == [] and first["others"] == []


def test_a_text_beyond_the_memory_of_a_model_is_said():
    text = "A warm and funny film. " * 200
    *_, (view, _) = judged(text=text, model="bert-reviews")
    assert 0 < view["unread"] < len(text) and len(view["sentences"]) == runs.MOST_SENTENCES
    assert judged(text=text, model="naive-bayes-reviews")[-1][0]["unread"] == 0


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"text": ""}, "Write a text first"),
        ({"text": "  \n "}, "Write a text first"),
        ({"text": "这部电影很好看"}, "English only"),
        ({"text": 7}, "The text must be a text of at most 5,000 characters, not 7."),
        ({"text": "good " * 1001}, "5,005 characters; up to 5,000"),
        ({"model": "cgan-mnist"}, "There is no model that judges texts called “cgan-mnist”"),
        ({"colour": 1}, "There is no option called “colour”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Judgement.check(values)


@pytest.mark.parametrize("text", ["👍 good", "a" * 5000, "\ud800 film", "…!!! so-so", "no\nend\nat all"])
def test_odd_texts_are_judged(text):
    for name in BUNDLED:
        *_, (view, _) = judged(text=text, model=name)
        assert 0 <= view["chance"] <= 1


def test_a_verdict_that_is_close_is_none():
    assert [runs.verdict(chance) for chance in (0.1, 0.45, 0.59, 0.61)] == ["bad", "unsure", "unsure", "good"]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m text_understanding.example"""
    view, made = examples.example(Judgement.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Judgement.check({}).settings()


def test_what_was_measured_is_told():
    for name in registry.names(TASK):
        assert "Licence: " in how.facts(name) and registry.spec(name).title in how.facts(name)


# The endpoint


def test_the_endpoint_answers_alone_and_with_arguments(suite):
    from gradio_client import Client

    client = Client(suite, verbose=False)
    said = client.predict(api_name="/sentiment")
    assert said["label"] in ("good", "bad", "unsure") and said["recipe"]["settings"]["text"] == REVIEW
    said = client.predict("Dull, dull, dull.", "bert-reviews", api_name="/sentiment")
    assert said["label"] == "bad" and said["probability"] < 0.4
    assert [word for word, _ in said["words"]] == ["Dull", ",", "dull", ",", "dull", "."]
    with pytest.raises(Exception, match="English only"):
        client.predict("无聊", api_name="/sentiment")


def test_the_endpoint_by_rest(suite):
    body = json.dumps({"data": [NOT, "naive-bayes-reviews"]}).encode()
    request = urllib.request.Request(suite + "gradio_api/call/sentiment", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{suite}gradio_api/call/sentiment/{event}", timeout=60) as answer:
        assert "event: complete" in answer.read().decode()


# Summaries

STORY = (
    "A fox lived in a den. The fox was afraid of the dark. One night the moon went away. The fox looked for the moon "
    "in the dark. An owl gave the fox a lamp. It rained. Now the fox is not afraid of the dark."
)


def summed(**settings):
    return list(runs.run(Summary.check(settings), threading.Event()))[-1]


def test_a_summary_is_of_the_texts_own_sentences_in_their_order():
    view, made = summed(text=STORY, sentences=3)
    assert view["summary"] == " ".join(view["of"][i] for i in view["places"]) and len(view["places"]) == 3
    assert " ".join(view["of"]) == STORY and summed(text=STORY, sentences=1)[0]["summary"] != "It rained."
    assert made["settings"] == {"what": "summary", "text": STORY, "summarizer": "lexrank", "sentences": 3}
    assert summed(text=STORY, sentences=3)[1]["output_sha256"] == made["output_sha256"]
    assert summed(text="One sentence only.", sentences=5)[0]["summary"] == "One sentence only."


def test_chinese_is_summed_up_too():
    view, _ = summed(text="狐狸怕黑。有一天月亮不见了。狐狸在黑夜里找月亮。下雨了。", sentences=1)
    assert view["summary"] in ("狐狸怕黑。", "狐狸在黑夜里找月亮。") and len(view["of"]) == 4
    with pytest.raises(UserError, match="English only; lexrank and mt5-xlsum"):
        Summary.check({"text": "狐狸怕黑。", "summarizer": "t5-small"})


def test_a_bad_wish_for_a_summary_gets_a_sentence():
    with pytest.raises(UserError, match="Write a text first"):
        Summary.check({"text": "…"})
    with pytest.raises(UserError, match="The number of sentences must be a whole number from 1 to 12, not 13."):
        Summary.check({"sentences": 13})
    with pytest.raises(UserError, match="There is no way to sum up called “gpt2”; there are: t5-small"):
        Summary.check({"summarizer": "gpt2"})
    with pytest.raises(UserError, match="not on this machine"):
        summed(summarizer="t5-small")


TINY = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 0}


def tokenized(words, folder):
    """A tokenizer of these words -> how many it knows."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "</s>", "<unk>", *sorted(words)]
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 64}
    PreTrainedTokenizerFast(tokenizer_object=backend, **special).save_pretrained(folder)
    return len(words)


def test_mt5_sums_up_chinese_from_its_pull_request(server, tmp_path):
    """A tiny mT5, which is asked without the "summarize:" of T5."""
    import torch
    from transformers import MT5Config, MT5ForConditionalGeneration

    words = tokenized({"狐狸", "怕黑", "。"}, tmp_path)
    torch.manual_seed(0)  # of some weights the summary is empty
    MT5ForConditionalGeneration(MT5Config(vocab_size=words, **TINY)).save_pretrained(tmp_path)
    server.add("csebuetnlp/mT5_multilingual_XLSum", {file.name: file.read_bytes() for file in tmp_path.iterdir()})
    view, made = summed(text="狐狸 怕黑 。", summarizer="mt5-xlsum", sentences=1)
    assert view["title"] == "mT5 (XL-Sum)" and view["summary"] and made["source"] == "hub"
    with loaders.use("mt5-xlsum") as loaded:
        assert loaded.model.prefix == "" and loaded.revision == server.repos[loaded.spec.repo].commit


def test_the_hubs_judge_comes_through_the_same_door(server, tmp_path):
    """A tiny DistilBERT of the same class under its name, its pieces those of ours."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    ours = registry.WEIGHTS / "bert-reviews"
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((ours / name).read_bytes())
    vocabulary = json.loads((ours / "config.json").read_text("utf-8"))["vocab_size"]
    sizes = {"dim": 16, "hidden_dim": 32, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 64}
    config = DistilBertConfig(vocab_size=vocabulary, **sizes)
    DistilBertForSequenceClassification(config).save_pretrained(tmp_path)
    repo = registry.repo_of(registry.spec("distilbert-sst2"))
    server.add(repo, {file.name: file.read_bytes() for file in tmp_path.iterdir()})
    *_, (view, made) = judged(model="distilbert-sst2", text=NOT)
    assert made["model"] == "distilbert-sst2" and made["source"] == "hub" and view["title"] == "DistilBERT (SST-2)"
    assert "".join(piece for piece, _ in view["pieces"]) == NOT and 0 < view["chance"] < 1
    assert len(view["others"]) == len(BUNDLED)


def test_the_hubs_models_write_summaries(server, tmp_path):
    """A tiny T5 under the name of the small one."""
    from transformers import T5Config, T5ForConditionalGeneration

    words = tokenized(set(STORY.replace(".", " .").split()), tmp_path)
    T5ForConditionalGeneration(T5Config(vocab_size=words, **TINY)).save_pretrained(tmp_path)
    server.add("google-t5/t5-small", {file.name: file.read_bytes() for file in tmp_path.iterdir()})
    view, made = summed(text=STORY, summarizer="t5-small", sentences=1)
    assert view["places"] == [] and view["title"] == "T5 small" and view["summary"]
    assert made["source"] == "hub" and made["settings"]["summarizer"] == "t5-small"


def test_the_walk_of_lexrank_by_hand():
    """A chain a - b - c with loops: the middle has three neighbours, the ends two; the walk's shares go with them."""
    chain = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    ranks = summary.power(chain)
    assert ranks.sum() == pytest.approx(1) and ranks[0] == pytest.approx(ranks[2])
    steps = chain / chain.sum(1, keepdims=True)
    assert ranks == pytest.approx(0.15 / 3 + 0.85 * ranks @ steps)


def test_what_says_the_same_is_not_said_twice():
    parts = ["the fox runs home", "the fox runs home", "an owl sees a lamp", "a lamp is bright"]
    assert set(summary.chosen(parts, 2)) not in ({0, 1},)


def test_a_text_comes_apart_into_its_sentences():
    assert summary.sentences('He said, "Go!" She went. 3.5 m?\nYes') == ['He said, "Go!"', "She went.", "3.5 m?", "Yes"]
    assert summary.sentences("“走吧！”他说。好…") == ["“走吧！”", "他说。", "好…"]


def test_the_endpoint_sums_up(suite):
    from gradio_client import Client

    said, made = Client(suite, verbose=False).predict(STORY, "lexrank", 2, api_name="/summarize")
    assert said == summed(text=STORY, sentences=2)[0]["summary"] and made["settings"]["what"] == "summary"


def test_a_summary_leads_back_to_its_story():
    stories = [[f"{name} had a {thing}.", "It rained.", f"The {thing} was red.", f"{name} lost the {thing}."]
               for name, thing in (("Tim", "ball"), ("Sue", "kite"), ("Max", "boat"))]  # fmt: skip
    assert found_again(stories, lambda rest: [2]) == 1
    assert found_again(stories, lambda rest: [0]) < 0.5
