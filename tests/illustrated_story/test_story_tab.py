"""The story tab without a browser: its settings, its edits, its words, and the endpoint. Tiny models and the n-gram."""

import base64
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_pipelines
from conftest import free_port
from illustrated_story import edits, forks, how, page, request, runs, view
from illustrated_story.book import COVER, Book, Character, Page, drawing_order, picture_missing
from illustrated_story.drawing import illustrate
from illustrated_story.jobs import JOBS
from illustrated_story.request import TAB, Story
from illustrated_story.runs import State

import app
from shared import recipe
from shared.core import loaders, registry
from shared.core.errors import UserError
from shared.core.settings import settings
from shared.page import words

ROOT = Path(__file__).resolve().parents[2]
MODEL, TEXT = "emoji-diffusion", "ngram-stories"
SMALL = {"idea": "A dog and a cat in the park", "pages": 2, "text_model": TEXT, "seed": 5}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_pipelines.write_emoji(tmp_path_factory.mktemp("emoji"))


@pytest.fixture(scope="module", autouse=True)
def here(folder):
    """A tiny pipeline by the name of the bundled one, which draws in two steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIGC_LOCAL", f"{MODEL}={folder}")
        rows = [replace(row, picture=replace(row.picture, steps=2)) if row.name == MODEL else row
                for row in registry.SPECS]  # fmt: skip
        patch.setattr(registry, "SPECS", tuple(rows))
        yield
    loaders.forget()  # other files ask for the bundled model of that name


@pytest.fixture(autouse=True)
def no_jobs():
    yield
    JOBS.clear()


def made(**changed) -> list[State]:
    return list(runs.make(Story.check(SMALL | changed), threading.Event()))


@pytest.fixture(scope="module")
def finished(here):
    return made()


@pytest.fixture(scope="module")
def book(finished) -> Book:
    return finished[-1].book


def bare(n=3) -> Book:
    """A book that needs no model."""
    pages = tuple(Page(f"The fox saw {i} birds.", "a fox", 10 + i) for i in range(n))
    cover = Page("The Fox", "a fox", 9)
    return Book("a fox", "noto", TEXT, MODEL, 9, "The Fox", cover, pages, (Character("the fox", "fox", 1),), "1 2 3")


# ---- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"idea": ""}, "Write an idea first"),
        ({"idea": " \n…"}, "Write an idea first"),
        ({"idea": "a" * 50_000}, "50,000 characters"),
        ({"idea": 7}, "must be a text"),
        ({"pages": 0}, "from 1 to 12"),
        ({"pages": 500}, "from 1 to 12"),
        ({"pages": 2.5}, "from 1 to 12"),
        ({"style": "oil"}, "no style “oil”"),
        ({"text_model": "gpt9"}, "no text model called “gpt9”"),
        ({"image_model": "<script>"}, "no picture model"),
        ({"seed": -2}, "The seed must be"),
        ({"temperature": 9}, "from 0 to 1.5"),
        ({"kept": "1 x"}, "whole numbers"),
    ],
)
def test_bad_settings_are_a_sentence(wrong, sentence):
    with pytest.raises(UserError, match=sentence):
        Story.check(SMALL | wrong)


def test_settings_are_completed():
    asked = Story.check({"idea": "a\ud800 fox", "style": "", "seed": -1})
    assert asked.idea == "a? fox" and asked.style == request.styles(MODEL)[0] and asked.seed >= 0
    assert list(asked.settings()) == list(Story.fields()) and Story.check({"style": None}) == Story.check({})


def test_another_script_is_a_sentence_of_the_story_model():
    for idea in ("Лиса боится темноты", "キツネは暗闇がこわい"):
        with pytest.raises(UserError, match="writes English only: write the idea in English, or in Chinese."):
            Story.check(SMALL | {"idea": idea})
    assert Story.check(SMALL | {"idea": "一只怕黑的狐狸"}).chinese, "it is translated"


# ---- a book --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_book_is_written_then_drawn_page_by_page(finished):
    phases = [state.phase for state in finished]
    assert phases == sorted(phases, key=["loading", "writing", "drawing", "done"].index) and phases[-1] == "done"
    first = next(state for state in finished if state.done == 1)
    assert [bool(page.picture) for page in first.book.pages] == [True, False] and first.of == 3
    book = finished[-1].book
    assert len(book.pages) == 2 and book.title == book.cover.text and book.tokens
    assert all(page.picture and page.prompt and page.alt and page.recipe for page in (book.cover, *book.pages))
    assert book.recipe["settings"]["idea"] == SMALL["idea"] and book.recipe["tab"] == TAB
    assert book.recipe["model"] == TEXT and book.recipe["other_models"][0]["model"] == MODEL


def test_the_same_settings_make_the_same_book(book):
    again = made(**book.recipe["settings"])[-1].book
    assert recipe.compare(book.recipe, again.recipe).identical


@pytest.mark.slow
def test_stop_keeps_the_pages_that_are_finished():
    stop = threading.Event()
    for state in runs.make(Story.check(SMALL | {"pages": 3}), stop):
        if state.done:
            stop.set()
    assert state.phase == "stopped" and any(page.picture for page in state.book.pages) and state.book.recipe is None
    rest = [number for number in drawing_order(state.book) if picture_missing(state.book, number)]
    whole = list(runs.draw(state.book, rest, threading.Event()))[-1].book
    assert rest and not any(page.picture is None for page in whole.pages) and whole.recipe


@pytest.mark.slow
def test_a_word_is_changed_and_only_what_follows_is_made_anew(book):
    value = forks.words_of(book, 1)
    tokens = value["samples"][0]["tokens"]
    said = " ".join("".join(text for _, text, _ in tokens).split())
    assert book.pages[1].text.rstrip('"”') == said.rstrip('"”')  # a quotation left open is closed at the end
    other = next(one for one in tokens if one[0] != tokens[1][0])
    ids = forks.forked(book, value, {"sample": 0, "position": 1, "id": other[0], "text": other[1]})
    new = list(runs.rewrite(book, ids, threading.Event()))[-1].book
    assert new.pages[0] == book.pages[0] and new.pages[1].text != book.pages[1].text
    assert all(page.picture for page in new.pages) and new.recipe["settings"]["kept"].startswith(
        " ".join(map(str, ids))
    )
    again = made(**new.recipe["settings"])[-1].book
    assert [page.text for page in again.pages] == [page.text for page in new.pages]


@pytest.mark.parametrize("chosen", [{}, {"position": 10_000, "id": 1}, {"position": "x", "id": 1}])
def test_a_word_that_is_not_there_is_a_sentence(book, chosen):
    with pytest.raises(UserError, match="no longer on the page"):
        forks.forked(book, forks.words_of(book, 0), chosen)


# ---- edits ---------------------------------------------------------------------------------------------------------


def test_edits_by_hand():
    old = replace(bare(), recipe={"tab": TAB, "settings": {}})
    new = edits.saved(old, {"page": 1, "text": "A bird sang.", "prompt": "a bird", "seed": 3})
    assert (new.pages[1].text, new.pages[1].prompt, new.pages[1].seed) == ("A bird sang.", "a bird", 3)
    assert new.recipe is None and forks.as_written(new) == 1 and edits.saved(old, {"page": 1}) is old
    assert edits.saved(old, {"page": COVER, "text": "Birds"}).title == "Birds"
    assert [page.seed for page in edits.moved(old, {"page": 0, "to": 2}).pages] == [11, 12, 10]
    assert len(edits.deleted(old, {"page": 0}).pages) == 2
    assert edits.inserted(old, {"page": COVER}).pages[0].text == ""
    assert edits.to_draw(new, {"what": "redraw", "page": 1})[1] == [1]
    assert edits.to_draw(new, {"what": "illustrate"})[1] == [0, 1, 2, COVER]


@pytest.mark.parametrize(
    "edit, sent, words",
    [
        (edits.saved, {"page": 7}, "no longer in the book"),
        (edits.saved, {"page": True}, "no longer in the book"),
        (edits.saved, {"page": 0, "text": "a" * 9000}, "9,000 characters"),
        (edits.saved, {"page": 0, "text": []}, "must be a text"),
        (edits.saved, {"page": 0, "seed": "x"}, "The seed must be"),
        (edits.saved, {"page": COVER, "text": ""}, "needs a title"),
        (edits.moved, {"page": 0, "to": 3}, "no page 4"),
        (edits.to_draw, {"what": "redraw", "page": 0, "prompt": " "}, "Write first what the picture shows"),
        (edits.cast, {"who": 1}, "no longer in the book"),
        (edits.laid_out, {"layout": "scroll"}, "laid out as"),
        (edits.to_draw, {"what": "refresh"}, "as its page says"),
        (edits.to_draw, {"what": "recast", "who": 1}, "no longer in the book"),
    ],
)
def test_edits_that_cannot_be_are_a_sentence(edit, sent, words):
    with pytest.raises(UserError, match=words):
        edit(bare(), sent)


def test_a_page_alone_is_redrawn(book):
    seed = book.pages[1].seed + 1
    old, numbers = edits.to_draw(book, {"what": "redraw", "page": 1, "prompt": "a cat in the park", "seed": seed})
    new = list(runs.draw(old, numbers, threading.Event()))[-1].book
    assert new.pages[0] == book.pages[0] and new.cover == book.cover
    assert new.pages[1].picture != book.pages[1].picture and new.recipe is None


def test_a_character_gets_another_look_on_all_their_pages():
    old = bare()
    old = replace(old, pages=(*old.pages, Page("Rain.", "a tree in the rain", 3, b"drawn")))
    new, numbers = edits.to_draw(old, {"what": "recast", "who": 0, "look": "bear"})
    assert new.characters[0].look == "bear" and new.characters[0].seed != old.characters[0].seed
    assert numbers == [0, 1, 2, COVER] and not any(new.page(number).picture for number in numbers)
    assert new.page(0).prompt == "a bear" and new.page(0).seed == old.page(0).seed
    assert new.pages[3] == old.pages[3] and new.recipe is None


@pytest.mark.slow
def test_the_cast_is_chosen_before_and_after_drawing(book):
    old = [book.characters[0].name, book.characters[0].look]
    new = edits.cast(book, {"who": 0, "name": old[0], "look": "red car", "style": "noto"})
    assert (new.characters[0].look, new.characters[0].style) == ("red car", "noto")
    assert new.pages[0].picture == book.pages[0].picture and new.recipe is None
    outdated = [number for number in drawing_order(new) if illustrate.outdated(new, number)]
    assert outdated and [number for number in drawing_order(book) if illustrate.outdated(book, number)] == []
    fresh, numbers = edits.to_draw(new, {"what": "refresh"})
    assert numbers == outdated
    drawn = list(runs.draw(fresh, numbers, threading.Event()))[-1].book
    assert not any(illustrate.outdated(drawn, number) for number in drawing_order(drawn))
    # It travels in the recipe, which makes the same book.
    again = made(**drawn.recipe["settings"])[-1].book
    assert again.characters == drawn.characters and recipe.compare(drawn.recipe, again.recipe).identical


def test_another_name_is_one_in_the_whole_book_and_an_unknown_look_is_said_on_its_pages():
    old = bare()
    named = edits.cast(old, {"who": 0, "name": "Zed: the; owl"})
    assert named.characters[0].name == "Zed the owl" and named.recipe is None
    assert [page.text for page in named.pages] == [f"Zed the owl saw {i} birds." for i in range(3)]
    strange = edits.cast(old, {"who": 0, "look": "blorb"})
    assert view.of_book(strange)["pages"][1]["left_out"] == ["blorb"]
    assert illustrate.cast_of(strange.pages[0], strange, MODEL).figures == ()
    renamed = edits.cast(strange, {"who": 0, "name": "Bo", "look": ""})  # what an empty field says stays as it was
    assert (renamed.characters[0].name, renamed.characters[0].look) == ("Bo", "blorb")
    assert [page.text for page in renamed.pages] == [f"Bo saw {i} birds." for i in range(3)]
    assert edits.to_draw(strange, {"what": "recast", "who": 0, "look": " "})[0].characters[0].look == "blorb"
    for sent, said in (({"style": "oil"}, "no style"), ({"name": " "}, "a name")):
        with pytest.raises(UserError, match=said):
            edits.cast(old, {"who": 0} | sent)


def test_another_name_puts_no_picture_out_of_date(book):
    named = edits.cast(book, {"who": 0, "name": "Zed", "look": book.characters[0].look})
    assert named.pages != book.pages and named.characters[0].name == "Zed"
    assert not any(illustrate.outdated(named, number) for number in drawing_order(named))
    new = edits.saved(named, {"page": 1, "text": "A duck sat in a boat at sea."})
    fresh, numbers = edits.to_draw(new, {"what": "refresh"})
    assert numbers == [1] and "boat" in fresh.pages[1].prompt


def test_text_changed_by_hand_marks_its_picture_and_one_click_draws_it_from_the_new_text(book):
    new = edits.saved(book, {"page": 1, "text": "A duck sat in a boat at sea."})
    assert [page["outdated"] for page in view.of_book(new)["pages"]] == [False, False, True]
    fresh, numbers = edits.to_draw(new, {"what": "refresh", "page": 1})
    assert numbers == [1] and "boat" in fresh.pages[1].prompt
    by_hand = edits.saved(book, {"page": 1, "text": "A duck.", "prompt": "a cat in the park"})
    assert edits.to_draw(by_hand, {"what": "refresh", "page": 1})[0].pages[1].prompt == "a cat in the park"


# ---- the view ------------------------------------------------------------------------------------------------------


def test_the_view_has_no_pictures_in_it_and_gives_them_one_by_one(book):
    job = JOBS.new(State("done", book))
    value = view.shown(job)
    assert len(json.dumps(value)) < 20_000 and value["words"] and value["missing"] == []
    assert [page["number"] for page in value["pages"]] == [COVER, 0, 1]
    found = view.story_picture({"job": job.name, "key": value["pages"][1]["picture"]})
    assert base64.b64decode(found["picture"].partition(",")[2]) == book.pages[0].picture
    for wrong in ({"job": job.name, "key": "no"}, {"job": "no", "key": ""}, None, []):
        assert view.story_picture(wrong)["error"].endswith(".")


@pytest.mark.parametrize("kind", view.KINDS)
def test_a_book_is_kept_and_comes_back(book, kind):
    from illustrated_story.files import restore

    job = JOBS.new(State("done", book))
    file = view.story_file({"job": job.name, "kind": kind})
    assert file["name"].endswith(f".{kind}")
    back = restore.read(base64.b64decode(file["data"]))
    assert back.title == book.title and [page.text for page in back.pages] == [page.text for page in book.pages]
    assert back.pages[0].recipe == book.pages[0].recipe


def test_a_file_that_is_asked_for_while_it_is_drawn_is_a_sentence():
    job = JOBS.new(State("drawing", bare()))
    job.running = True
    assert "still being made" in view.story_file({"job": job.name, "kind": "pdf"})["error"]
    job.running = False
    assert "can be kept as" in view.story_file({"job": job.name, "kind": "exe"})["error"]


def test_words_and_controls_are_complete():
    demo = page.build()
    ids = {getattr(block, "elem_id", None) for block in demo.blocks.values()}
    assert {f"{TAB}-{name}" for name in (*list(Story.fields())[:8], "book", "make", "write", "stop")} <= ids
    assert all(all(both) for both in words.beside(runs.__file__).pairs.values())
    assert "$" in how.IDEA[0] and MODEL.split("-")[0] in how.facts(TEXT, MODEL).lower()


# ---- the endpoint --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(here):
    """Of the tab on a page of its own, in this process: the app as people start it is looked at in browser/."""
    from gradio_client import Client

    from shared.page import frame

    blocks = app.suite(only=TAB)
    yield Client(frame.launch(blocks, replace(settings(), port=free_port()), wait=False), verbose=False)
    blocks.close()


@pytest.mark.slow
def test_the_endpoint_streams_pages_and_gives_the_files(client):
    job = client.submit(SMALL["idea"], 2, "", TEXT, MODEL, 5, api_name="/illustrated_story")
    values = list(job)
    pages, html_path, pdf_path, record = values[-1]
    assert len(values[0][0]) == 1 and values[0][1:] == (None, None, {})
    assert len(pages) == 3 and all(page["caption"] for page in pages)
    assert recipe.read_bytes(Path(_path(pages[1]["image"])).read_bytes())["tab"] == TAB
    assert Path(html_path).read_bytes().startswith(b"<!doctype html>") and Path(pdf_path).read_bytes()[:5] == b"%PDF-"
    assert record["seed"] == 5 and record["settings"]["pages"] == 2


def _path(image) -> str:
    return image["path"] if isinstance(image, dict) else image


@pytest.mark.slow
def test_errors_of_the_endpoint_are_sentences(client):
    with pytest.raises(Exception, match="Write an idea first"):
        client.predict("", api_name="/illustrated_story")
    with pytest.raises(Exception, match="from 1 to 12"):
        client.predict("a fox", 500, api_name="/illustrated_story")
