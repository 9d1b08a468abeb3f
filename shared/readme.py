"""The tables of README.md, made from the registry and the settings: `python -m shared.readme` writes them."""

import re
from pathlib import Path

from shared import registry, settings
from shared.registry import SPECS, ModelSpec

README = Path(__file__).parents[1] / "README.md"


def models() -> str:
    lines = ["| name | model | weights | size | licence | bits per character |", "|---|---|---|---|---|---|"]
    for row in SPECS:
        weights = "in this repository" if row.bundled else f"[{row.repo}](https://huggingface.co/{row.repo})"
        lines.append(
            f"| `{row.name}` | {row.title} | {weights} | {row.download_mb:,} MB | {row.license} | {_bits(row)} |"
        )
    return "\n".join(lines)


def _bits(row: ModelSpec) -> str:
    found = registry.scores(row.name)
    return f"{found['bits_per_character']['tinystories']:.3f}" if found else ""


TABLES = {"models": models, "options": settings.markdown}


def with_tables(text: str) -> str:
    """The README with what stands between `<!-- NAME -->` and `<!-- /NAME -->` made anew."""
    for name, table in TABLES.items():
        between = re.compile(f"(<!-- {name} -->).*?(<!-- /{name} -->)", re.DOTALL)
        assert between.search(text), f"README.md has no place for the table {name!r}"
        text = between.sub(lambda found, table=table: f"{found[1]}\n{table()}\n{found[2]}", text)
    return text


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text("utf-8")), "utf-8")
