"""Books in Chinese and in both languages: the idea, the words of the pages, files, recipes, edits, the Hub's models."""

import io
import re
import threading
import zipfile
from collections import Counter
from dataclasses import replace

import pytest
import tiny_pipelines
from illustrated_story import blurb, edits, runs, tables, translating, view
from illustrated_story.book import Book, Character, Page
from illustrated_story.book_json import from_json, to_json
from illustrated_story.files import epub_file, imprint, reader, restore, speech, typeset
from illustrated_story.records import settings_of, translator_of, translators_of
from illustrated_story.request import WORD_TABLE, Story
from illustrated_story.translating import by_table, from_chinese, work
from story_books import png

from shared import recipe
from shared.core import chinese, loaders, registry
from shared.engines.translation import names

MODEL, TEXT = "emoji-diffusion", "ngram-stories"
SMALL = {"idea": "一只小狐狸在雪地里找到一把钥匙", "pages": 2, "text_model": TEXT, "seed": 5}
LONG = (
    ("The fox found a key in the snow. The fox was happy.", "狐狸在雪里找到了一把钥匙。狐狸很高兴。"),
    ("The key opened a big door. The fox saw a bear.", "钥匙打开了一扇大门。狐狸看见了一只熊。"),
    ("The bear said hello. They were friends.", "熊打招呼。他们是朋友。"),
)


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory):
    """A tiny pipeline by the name of the bundled one, which draws in two steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LOCAL", f"{MODEL}={tiny_pipelines.write_emoji(tmp_path_factory.mktemp('emoji'))}")
        rows = [replace(row, picture=replace(row.picture, steps=2)) if row.name == MODEL else row
                for row in registry.SPECS]  # fmt: skip
        patch.setattr(registry, "SPECS", tuple(rows))
        yield
    loaders.forget()


def made(**changed) -> list[runs.State]:
    return list(runs.make(Story.check(SMALL | changed), threading.Event()))


@pytest.fixture(scope="module")
def finished(here):
    return made()


@pytest.fixture(scope="module")
def book(finished) -> Book:
    return finished[-1].book


def bilingual(language="both") -> Book:
    """A book that needs no model."""
    pages = tuple(Page(text, "a fox", i, chinese=there) for i, (text, there) in enumerate(LONG))
    settings = {"language": language, "english": "a fox finds a key", "translated": '[{"model": "word-table"}]'}
    cover = Page("The Fox and the Key", "a fox", 9, chinese="狐狸和钥匙")
    cast = (Character("the fox", "fox", 1),)
    return Book("狐狸找到钥匙", "noto", TEXT, MODEL, 9, cover.text, cover, pages, cast, settings=settings)


# ---- the idea ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "idea, english",
    [
        ("一只小狐狸在雪地里找到一把钥匙", "a little fox finds a key in the snow"),
        ("小明和他的狗去海边。", "Ming and his dog go to the beach"),
        ("一个想飞的机器人", "a robot who wants to fly"),
        ("一条害怕黑暗的龙", "a dragon who is afraid of the dark"),
        ("莉莉丢了她的红气球", "Lily loses her red balloon"),
        ("爷爷和孙女一起种了一棵苹果树", "grandpa and a granddaughter plant an apple tree together"),
        ("从前，有一只小烏龜，它想去看大海", "once upon a time, there is a little turtle, it wants to go see the sea"),
        ("三只小猪盖房子", "three little pigs build a house"),
        ("小女孩和她的会飞的马", "a little girl and her flying horse"),
        ("姐姐给弟弟讲故事", "a sister tells stories to a little brother"),
        ("写一个关于勇敢的小老鼠的故事", "a brave little mouse"),
    ],
)
def test_an_idea_is_told_in_english(idea, english):
    assert from_chinese.told(idea) == (english, [])


def test_what_the_table_lacks_is_told():
    told, strange = from_chinese.told("一只狐狸修理量子计算机")
    assert told.startswith("a fox") and strange and "computer" in told
    assert from_chinese.things("小狐狸和莉莉在雪地里") == ["fox", "Lily", "snow"]


def test_ideas_of_the_page_are_told_in_english():
    for key in ("dragon", "boat", "cake", "galaxy"):
        told, strange = from_chinese.told(view.WORDS.pair(f"idea_{key}")[1])
        assert told.isascii() and not strange, key


@pytest.mark.parametrize(
    "asked, comes",
    [
        ({"idea": "a fox"}, "english"),
        ({"idea": "一只狐狸"}, "both"),
        ({"idea": "一只狐狸", "language": "chinese"}, "chinese"),
        ({"idea": "a fox", "language": "both"}, "both"),
    ],
)
def test_the_language_follows_the_idea_where_nothing_is_said(asked, comes):
    assert Story.check(asked).spoken == comes


# ---- sentences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "english, there",
    [
        ("One day, Tim and his dog went to the beach.", "有一天，蒂姆和他的狗去了海滩。"),
        ("There was a little girl named Lucy.", "有一个名叫露西的小女孩。"),
        ('"Look, Mom!" said Lily.', "“看，妈妈！”莉莉说。"),
        ("He was sad because he lost his red ball.", "他很难过，因为他丢了他的红球。"),
        ("She did not play in the park.", "她没有在公园里玩。"),
        ("The cage is heavy and strong.", "笼子又重又强壮。"),
        ("The fox was very happy and wanted to open it.", "狐狸非常高兴，想打开它。"),
        ('"Can I help you?" asked the owl.', "“我能帮助你吗？”猫头鹰问。"),
        ("They played together all day long.", "他们一整天一起玩。"),
        ("When she saw the ball, she was happy.", "她看见了球的时候，她很高兴。"),
        ("The pigeon thought for a moment.", "鸽子想一会儿。"),
        ("He was sad, but he learned to be careful when sailing.", "他很难过，但是航行的时候，他学会了小心。"),
        ("Ming wanted to go on the yacht.", "小明想上游艇。"),
    ],
)
def test_a_sentence_goes_into_chinese_by_the_table(english, there):
    assert by_table.told(english) == (there, [])


def test_titles_say_who_first():
    assert by_table.title("The Robot Who Wanted to Fly") == "想飞的机器人"
    assert by_table.title("Lily and the Red Ball") == "莉莉和红球"


@pytest.mark.parametrize(
    "text", ["", "…", '"', "a", "and and and", "xyzzy!", "Run", "?!?", "to to to be be", "“Oh", "7 x 8"]
)
def test_odd_sentences_come_to_an_end(text):
    assert isinstance(by_table.translated(text), str)
    from_chinese.told(text)


def test_the_tables_have_each_word_once():
    for module in (by_table, from_chinese):
        for kind, lines in tables.beside(module.__file__).items():
            if isinstance(lines, str):
                entries = [entry.strip() for entry in re.split(r"[|\n]", lines) if entry.strip()]
                of = [entry.rpartition(" ")[0] if module is by_table else entry.partition(" ")[0] for entry in entries]
                assert [word for word, n in Counter(of).items() if n > 1] == [], kind
    for kind, entries in by_table.TABLE.items():
        assert len(entries) > 40 and all(re.fullmatch("[^A-Za-z ]+", there) for there in entries.values()), kind


# ---- a book --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_chinese_idea_gives_a_book_in_both_languages(finished, book):
    assert [state.phase for state in finished][-1] == "done"
    assert any(state.message.startswith("Translating page 1") for state in finished)
    assert book.language == "both" and book.told == "a little fox finds a key in the snow"
    for _, page in book.numbered():
        assert reader.language.of(page.text) == "en" and reader.language.of(page.chinese) == "zh"
    assert book.pages[0].text.startswith("One day, a little fox found a key in the snow.")
    assert "一只小狐狸在雪里找到了一把钥匙" in book.pages[0].chinese
    assert [(spoken, bool(line)) for line, spoken in book.lines(book.cover)] == [("", True), ("zh", True)]


@pytest.mark.slow
def test_the_recipe_carries_the_language_and_makes_it_again(book):
    made_of = book.recipe["settings"]
    assert made_of["language"] == "auto" and made_of["translator"] == WORD_TABLE and made_of["idea"] == SMALL["idea"]
    assert book.recipe["other_models"][1] == {"model": WORD_TABLE, "source": "code"}
    again = list(runs.make(Story.check(made_of), threading.Event()))[-1].book
    assert recipe.compare(book.recipe, again.recipe).identical
    other = list(runs.make(Story.check(made_of | {"language": "english"}), threading.Event()))[-1].book
    assert not recipe.compare(book.recipe, other.recipe).identical and not any(page.chinese for page in other.pages)


def test_recipes_and_books_of_before_are_in_english():
    old = {name: value for name, value in Story.check({"idea": "a fox"}).settings().items()
           if name not in ("language", "translator", "english")}  # fmt: skip
    assert Story.check(old).spoken == "english" and Story.fitting(old)[1] == []
    data = to_json(bilingual()).replace('"chinese": ', '"forgotten": ')
    back = from_json(data)
    assert [back.lines(page) for page in back.pages][0] == [(LONG[0][0], "")]


def test_a_word_is_changed_and_what_follows_is_translated_anew(book):
    ids = [int(one) for one in book.tokens.split()][:3]
    *_, last = runs.rewrite(book, ids, threading.Event())
    assert last.book.told == book.told and all(page.chinese for page in last.book.pages)
    assert translators_of(last.book)[0]["model"] == WORD_TABLE


def test_a_stopped_run_translates_no_more():
    stop, states = threading.Event(), []
    for state in runs.write(Story.check(SMALL), stop):
        states.append(state)
        if state.message.startswith("Translating page 2"):
            stop.set()
    assert states[-1].phase == "stopped" and [bool(page.chinese) for page in states[-1].book.pages] == [True, False]


def test_text_changed_by_hand_is_translated_and_chinese_can_be_corrected():
    book = bilingual()
    new = edits.saved(book, {"page": 0, "text": "The dog slept."})
    assert new.pages[0].chinese == by_table.translated("The dog slept.") and new.pages[1] == book.pages[1]
    new = edits.saved(new, {"page": 0, "text": "The dog slept.", "chinese": "狗睡了。"})
    assert new.pages[0].chinese == "狗睡了。"
    lily = replace(
        book, characters=(Character("Lily", "girl", 1),), pages=(Page("Lily ran.", "Lily", 1, chinese="莉莉跑了。"),)
    )
    renamed = edits.cast(lily, {"who": 0, "name": "Anna"})
    assert renamed.pages[0].chinese == "安娜跑了。"


def test_readers_are_told_how_it_was_translated(book):
    about = view.of_book(book)["about"]
    assert about == ["The idea in English: “a little fox finds a key in the snow”.", work.TABLED]
    assert translating.notes(replace(book, settings={}, idea="a fox")) == []
    small = replace(book, settings=book.settings | {"translated": '[{"model": "marian-en-zh"}]'})
    assert translating.notes(small)[-1] == work.SMALL and translator_of(small) == "marian-en-zh"


# ---- pages and files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["both", "chinese", "english"])
def test_every_file_has_the_words_and_gives_them_back(language):
    book = bilingual(language)
    wanted = {"both": [True, True], "chinese": [False, True], "english": [True, False]}[language]
    page = reader.markup(book)
    assert [text in page for text in ("The key opened a big door.", "钥匙打开了一扇大门。")] == wanted
    assert reader.language_of(book) == {"chinese": "zh"}.get(language, "en")
    assert ('<p dir="auto" lang="zh">' in page) == (language != "english")
    with zipfile.ZipFile(io.BytesIO(view.written(book, "epub"))) as epub:
        inside = epub.read("OEBPS/page-2.xhtml").decode()
    assert ["The key opened a big door." in inside, "钥匙打开了一扇大门。" in inside] == wanted
    with zipfile.ZipFile(io.BytesIO(view.written(book, "cbz"))) as cbz:
        assert [
            "The key opened" in cbz.read("ComicInfo.xml").decode(),
            "钥匙打开" in cbz.read("ComicInfo.xml").decode(),
        ] == wanted
    for kind in view.KINDS:
        back = restore.read(view.written(book, kind))
        assert back.pages == book.pages and back.language == language and settings_of(back)["language"] == language


def test_chinese_is_printed_with_the_font_on_board():
    for language in ("both", "chinese"):
        assert typeset.lost_in(bilingual(language)) == () and not typeset.missing(bilingual(language))
        assert b"StorySansCJK" in view.written(bilingual(language), "pdf")


def test_bubbles_are_in_the_language_that_is_read():
    said = Page('"Hello," said the fox.', "a fox", 1, b"png", chinese="“你好，”狐狸说。")
    assert speech.overlay(said, bilingual("both")) != speech.overlay(said, bilingual("chinese"))
    told = speech.said(said.text, ("the fox",))
    assert speech.in_chinese(told, said.chinese) == [("你好，", "the fox")]
    assert speech.in_chinese(told, "狐狸说你好。") == [], "as little as is told"
    assert speech.overlay(replace(said, chinese="狐狸说你好。"), bilingual("chinese")) is None


def test_the_back_cover_says_what_the_book_is_about():
    (english, _), (there, spoken) = blurb.of(bilingual())
    assert spoken == "zh" and english.count(".") == 2 and there.count("。") == 2
    assert "friends" not in english and "朋友" not in there, "the end is not told"
    assert [spoken for _, spoken in blurb.of(bilingual("chinese"))] == ["zh"]
    assert blurb.of(replace(bilingual(), pages=bilingual().pages[:1])) == [], "too short to have one"
    assert 'class="sb-page sb-cover sb-back"' in reader.markup(bilingual())
    with zipfile.ZipFile(io.BytesIO(view.written(bilingual(), "epub"))) as epub:
        assert there in epub.read("OEBPS/back.xhtml").decode()


def test_the_last_page_says_who_translated_it():
    lines = imprint.of(bilingual(), "en")["lines"]
    assert "The idea in English: “a fox finds a key”" in lines and any("by a table of words" in line for line in lines)
    assert any("由词表" in line for line in imprint.of(bilingual(), "zh")["lines"])
    assert chinese.sentences(work.SMALL, (view.HERE / "words" / "sentences.toml",)) != work.SMALL


def test_a_picture_is_described_in_the_languages_of_its_book():
    english = "Lily the girl, two red apples and an ice cream in the park at night."
    chinese = "夜里，女孩莉莉、两个红苹果和一个冰淇淋在公园里。"
    for spoken, said in (("english", english), ("chinese", chinese), ("both", f"{english} {chinese}")):
        book = bilingual(spoken)
        book = replace(book, pages=tuple(replace(page, alt=english, picture=png(1)) for page in book.pages))
        assert f'alt="{said}"' in reader.markup(book)
        with zipfile.ZipFile(io.BytesIO(epub_file.write(book))) as archive:
            assert f'alt="{said}"' in archive.read("OEBPS/page-1.xhtml").decode()
    strange = Page("", "", 0, alt="A zyrkon in the park.")
    assert translating.alt(bilingual("chinese"), strange) == strange.alt


# ---- translators ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_small_model_translates_where_it_is_chosen_and_loses_no_thing_of_the_idea():
    *_, last = runs.write(Story.check(SMALL | {"translator": "marian-en-zh"}), threading.Event())
    assert "fox" in last.book.told and "key" in last.book.told, "by the table, where the model loses one of them"
    assert translator_of(last.book) == "marian-en-zh" and translating.notes(last.book)[-1] == work.SMALL


def test_a_small_model_is_given_a_sentence_breath_by_breath():
    heard = []
    said = work._by_breaths(lambda part: heard.append(part) or "好。", "One day, Tim ran and he saw a cat.")
    assert heard == ["One day.", "Tim ran.", "and he saw a cat."] and said == "好，好，好。"


@pytest.mark.slow
def test_the_hubs_translators_make_the_book_where_they_are_there(server):
    """Small models of the same class under their names, both ways."""
    for direction in ("en-zh", "zh-en"):
        folder = registry.WEIGHTS / f"marian-{direction}"
        files = {
            file.name: file.read_bytes()
            for file in folder.iterdir()
            if file.suffix in (".json", ".spm", ".safetensors")
        }
        revision = registry.spec(f"opus-mt-{direction}").revision
        server.add(f"Helsinki-NLP/opus-mt-{direction}", files, "" if revision.startswith("refs/") else revision)
    *_, last = runs.write(Story.check(SMALL | {"translator": "opus-mt-en-zh"}), threading.Event())
    assert [one["model"] for one in translators_of(last.book)] == ["opus-mt-en-zh", "opus-mt-zh-en"]
    assert last.book.told != SMALL["idea"] and all(page.chinese for page in last.book.pages)
    assert translating.notes(last.book)[1:] == []


def test_names_are_the_tables_both_ways():
    for english, there in list(names.IN_CHINESE.items())[:20]:
        assert from_chinese.told(f"{there}找到一把钥匙")[0] == f"{english} finds a key"
        assert by_table.translated(f"{english} found a key.") == f"{there}找到了一把钥匙。"
