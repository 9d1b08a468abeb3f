"""What the README and the model cards say is what the code says."""

import pytest

from shared.core.registry import SPECS, WEIGHTS
from shared.tools import readme
from shared.tools.cards import card


@pytest.mark.parametrize("file", readme.READMES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_tables_are_up_to_date(file):
    text = file.read_text("utf-8")
    assert readme.with_tables(text, ".zh." in file.name) == text, "run `python -m shared.tools.readme`"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_table_has_its_place_in_both_languages(name):
    text = "".join(file.read_text("utf-8") for file in readme.READMES if file.name == name)
    assert all(text.count(f"<!-- {table} -->") == 1 for table in readme.TABLES)


@pytest.mark.parametrize("row", [row for row in SPECS if row.bundled], ids=lambda row: row.name)
def test_every_bundled_model_has_its_card(row):
    assert (WEIGHTS / row.name / "README.md").read_text("utf-8") == card(row, WEIGHTS / row.name)
