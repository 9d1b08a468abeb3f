"""The words and names in the TOML files of the story: each once, and known to the picture model where it draws it."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from illustrated_story import tables
from illustrated_story.drawing import stage
from illustrated_story.scenes import lexicon, people, places

from shared.data.emoji import vocabulary
from shared.engines.diffusion import prompts

ELSEWHERE = ("words", "translating")  # lists of another form, tested with what reads them
FILES = sorted(path for path in Path(tables.__file__).parent.rglob("*.toml") if path.parent.name not in ELSEWHERE)
KNOWN = {name.lower() for name in vocabulary()}


def lines(table: dict) -> Iterator[str]:
    for value in table.values():
        yield from lines(value) if isinstance(value, dict) else [value] if isinstance(value, str) else []


def twice(names) -> list[str]:
    return [name for name, n in Counter(names).items() if n > 1]


def test_a_list_is_read_without_its_line_breaks():
    assert tables.listed("old man, little\nbrother,\n  cub") == ("old man", "little brother", "cub")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_list_has_a_word_twice_or_an_empty_one(file):
    for line in lines(tomllib.loads(file.read_text("utf-8"))):
        words = tables.listed(line)
        assert twice(words) == [] and all(words), line[:60]


def test_no_thing_stands_in_two_tables():
    parts = (lexicon.PEOPLE, lexicon.BEINGS, *lexicon.TABLES["objects"].values())
    assert twice(name for part in parts for name in part) == []
    assert twice(name for line in stage.TABLES["sizes"].values() for name in tables.listed(line)) == []
    assert twice(word for words in lexicon.COLOURS.values() for word in words) == []


def test_every_name_is_one_that_the_picture_model_knows():
    """One that was mistyped would never be drawn, or quietly be of middle size."""
    stages = [name for part in ("sizes", "places", "bodies") for line in stage.TABLES[part].values()
              for name in tables.listed(line)]  # fmt: skip
    there = [name for place in places.PLACES.values() for name in place.things]
    names = {*lexicon.THINGS, *lexicon.FEMALE, *lexicon.MALE, *lexicon.OTHERWISE, *people.TITLES.values()}
    assert {name for name in {*names, *stages, *there} if name.lower() not in KNOWN} == set()


def test_what_is_near_is_no_word_that_stands_for_something_else_already():
    words = [word for table in (lexicon.THINGS, lexicon.LITTLE, lexicon.NEAR) for word in {*chain(*table.values())}]
    assert twice(words) == [], "each word stands for one thing"
    assert {name for name in lexicon.NEAR if name.lower() not in KNOWN} == set()
    assert set(lexicon.LITTLE) <= set(prompts.known("emoji-diffusion")["more"])
    assert {word for word in lexicon.UNKNOWN if lexicon.found_in(word, "emoji-diffusion")} == set()
