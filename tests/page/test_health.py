"""The bundled models still do what they did when they were made, and one that does not is noticed."""

import json

import pytest

from shared.core import registry
from shared.core.registry import SPECS
from shared.page import health

BUNDLED = [row for row in SPECS if row.bundled]


@pytest.mark.parametrize("row", BUNDLED, ids=lambda row: row.name)
def test_every_bundled_model_has_golden_values(row):
    golden = json.loads(health.golden_file(row.name).read_text("utf-8"))
    assert set(golden) == ({"prompt", "tokens"} if row.task == "text" else {"numbers"})


@pytest.mark.parametrize("row", BUNDLED, ids=lambda row: row.name)
def test_every_bundled_model_keeps_to_them(row):
    assert health._compare(row) == "same"


@pytest.mark.parametrize("name, change", [("vae-mnist", 0.05), ("digit-judge", 1.0)])
def test_other_weights_are_noticed(name, change, tmp_path, monkeypatch):
    monkeypatch.setattr(health, "golden_file", lambda name: tmp_path / name)
    assert health._compare(registry.spec(name)) == "no golden values"
    numbers = health.golden_values(registry.spec(name))["numbers"]
    (tmp_path / name).write_text(json.dumps({"numbers": numbers}), "utf-8")
    assert health._compare(registry.spec(name)) == "same"
    (tmp_path / name).write_text(json.dumps({"numbers": [numbers[0] + change, *numbers[1:]]}), "utf-8")
    assert health._compare(registry.spec(name)).startswith("Differs from its golden values by ")
