"""What cards share: how they begin, and their tables, as Markdown."""

from collections.abc import Iterable

TRAINED_HERE = """\
# {title} (`{name}`)

{summary}

Trained from nothing by the AIGC Suite. {knows}

- Paper: {paper}
- Train it again: `python -m shared.training {name} --data DIR`

## Scores

{scores}
"""


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ("---",) * len(head), *rows])


def scores_of(columns: Iterable[tuple[str, str, str]], scores: dict) -> str:
    """The columns that were measured, a line each."""
    rows = [(title.format(**scores), form.format(scores[key])) for title, key, form in columns if key in scores]
    return table(("score", "value"), rows)


def recipe_of(trained: dict) -> str:
    rows = [(f"`{key}`", f"{value}") for key, value in trained.items() if key not in ("name", "model", "data")]
    return table(("setting", "value"), rows)
