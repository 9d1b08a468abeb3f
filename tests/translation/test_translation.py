"""The tab that translates, without a browser: runs on bundled models and on the Hub's class, bad input, endpoint."""

import threading

import pytest
from gradio_client import Client
from translation import how, page, runs
from translation.request import READS, TASKS, TEXT, Translation

from shared import recipe
from shared.core import examples, loaders, registry
from shared.core.errors import UserError

ROWS = [row for row in registry.SPECS if row.task in TASKS]
BUNDLED = [row for row in ROWS if row.bundled]
CHINESE = "你喜欢这本书吗？莉莉喜欢它。"


def text_for(row):
    return TEXT if READS[row.task] == "English" else CHINESE


def translated(stop=None, **settings):
    return list(runs.run(Translation.check(settings), stop or threading.Event()))


@pytest.mark.slow
@pytest.mark.parametrize("row", BUNDLED, ids=lambda row: row.name)
def test_a_text_is_translated_sentence_by_sentence(row):
    *steps, (view, made) = translated(text=text_for(row), model=row.name)
    growing = [len(found["sentences"]) for found, _ in steps if "sentences" in found]
    assert growing == sorted(growing) and growing[0] == 1
    for sentence in view["sentences"]:
        said = "".join(" " * space + word for word, space, *_ in sentence["words"]).strip()
        assert said == sentence["text"] and 1 <= len(sentence["beams"]) <= 4
        for beam in sentence["beams"]:
            assert len(beam["across"]) == len(beam["words"]) and len(beam["across"][0]) == len(sentence["words"])
            assert 0 < beam["worth"] <= 1 and all(0 <= chance <= 1 for *_, chance, _ in beam["words"])
        assert (sentence["inside"] == []) == row.name.startswith("seq2seq")
    assert made["output_sha256"] == recipe.hash_output(runs.written(view))
    assert translated(text=text_for(row), model=row.name)[-1][1]["output_sha256"] == made["output_sha256"]
    same = [other.title for other in BUNDLED if other.task == row.task and other is not row]
    assert [title for title, _ in view["others"]] == same
    assert [title for title, _ in view["back"]] == [other.title for other in BUNDLED if other.task != row.task]


def test_names_are_the_tables_and_are_marked():
    *_, (view, _) = translated(text="Lily is afraid of dogs.")
    first = view["sentences"][0]
    assert ["Lily", False, True, False] in [[word, False, named, new] for word, _, named, new in first["words"]]
    assert "莉莉" in first["beams"][0]["text"] and any(named for _, _, named, *_ in first["beams"][0]["words"])


def test_lines_stay_lines():
    *_, (view, _) = translated(text="I know.\n\nHe is here. Who are you?")
    assert [sentence["line"] for sentence in view["sentences"]] == [0, 2, 2]
    assert [bool(line) for line in runs.joined(view).split("\n")] == [True, False, True]


def test_one_beam_is_one_translation():
    *_, (view, _) = translated(text="I know him.", beams=1)
    assert len(view["sentences"][0]["beams"]) == 1


def test_a_stopped_run_ends():
    stop = threading.Event()
    steps = runs.run(Translation.check({}), stop)
    found = next(view for view, _ in steps if view.get("sentences"))
    stop.set()
    assert list(steps) == [] and len(found["sentences"]) == 1


@pytest.mark.parametrize(
    "values, sentence",
    [
        ({"text": " \n"}, "Write a text first"),
        ({"text": "...!?"}, "Write a text first"),
        ({"text": "你好"}, "The text is Chinese, and this model reads English: choose one that reads Chinese."),
        ({"text": "Hi", "model": "marian-zh-en"}, "The text is English, and this model reads Chinese"),
        ({"text": "a " * 501}, "1,002 characters; up to 1,000"),
        ({"beams": 9}, "The number of beams must be a whole number from 1 to 8, not 9."),
        ({"model": "cgan-mnist"}, "There is no translator called “cgan-mnist”"),
    ],
)
def test_bad_input_gets_a_sentence(values, sentence):
    with pytest.raises(UserError, match=sentence):
        Translation.check(values)


@pytest.mark.parametrize("text", ["👍 good", "a" * 1000, "\ud800 film", "…!!! so-so", ">>fra<< Hello </s> <pad>.", "7"])
def test_odd_texts_are_translated(text):
    for row in BUNDLED:
        if READS[row.task] == "English":
            *_, (view, _) = translated(text=text, model=row.name, beams=2)
            assert all(sentence["beams"] for sentence in view["sentences"])


@pytest.mark.slow
def test_long_and_mixed_chinese_is_translated():
    *_, (view, _) = translated(text="我" * 999, model="marian-zh-en", beams=1)
    assert view["sentences"][0]["beams"]
    *_, (view, _) = translated(text="Tom 說：「這個 OK!」", model="marian-zh-en")
    assert view["sentences"][0]["text"] == "Tom说：“这个OK！”"


def test_the_model_that_goes_with_the_language_is_chosen():
    """In the page by JavaScript, which knows every model of both directions."""
    assert all(f'"{row.name}"' in page.turned() for row in ROWS)


def test_the_hubs_translators_come_through_the_same_door(server):
    """A tiny model of the same class under their name; one that writes several kinds of Chinese is told which."""
    folder = registry.WEIGHTS / "marian-en-zh"
    kept = (".json", ".spm", ".safetensors")
    files = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in kept}
    files["vocab.json"] = files["vocab.json"].replace(b'"<unk>": 2', b'">>cmn_Hans<<": 2, "<unk>": 2')
    server.add("Helsinki-NLP/opus-mt-en-zh", files)
    *_, (view, made) = translated(text="I know him.", model="opus-mt-en-zh")
    assert made["model"] == "opus-mt-en-zh"
    assert [word for word, *_ in view["sentences"][0]["words"]] == ["I", "know", "him", "."]
    with loaders.use("opus-mt-en-zh") as loaded:
        assert loaded.source == "hub"
        assert loaded.model.cut("I know.")[0][0] == ">>cmn_Hans<<"


def test_without_the_hub_the_small_one_of_the_same_direction_stands_in():
    *_, (view, made) = translated(text=CHINESE, model="opus-mt-zh-en")
    assert made["model"] == "marian-zh-en" and "bundled small model" in view["message"]


def test_the_recorded_example_is_of_these_weights():
    """Where this fails: python -m translation.example"""
    view, made = examples.example(Translation.fields()["model"].default)
    with loaders.use(made["model"]) as loaded:
        assert made["weights_sha256"] == loaded.sha256
    assert view["recorded"] and made["settings"] == Translation.check({}).settings()


def test_what_was_measured_is_told():
    for row in ROWS:
        assert "Licence: " in how.facts(row.name) and row.title in how.facts(row.name)
    for row in BUNDLED:
        found = registry.scores(row.name)
        assert found.keys() == {"bleu", "chrf", "memory_bleu", "memory_chrf", "held_out", "ms_per_sentence"}
        assert found["held_out"] == 400 and found["memory_bleu"] > 0
        assert (found["bleu"] > found["memory_bleu"]) == row.name.startswith("marian"), "the LSTM learned too little"


@pytest.mark.slow
def test_the_endpoint_answers_alone_and_with_arguments(suite):
    client = Client(suite, verbose=False)
    text, made = client.predict(api_name="/translate")
    assert made["settings"]["text"] == TEXT and "莉莉" in text
    text, made = client.predict(CHINESE, "marian-zh-en", api_name="/translate")
    assert text.isascii() and "Lily" in text
    with pytest.raises(Exception, match="The text is Chinese"):
        client.predict(CHINESE, api_name="/translate")
