"""The list of licences, shared/weights/LICENSES.md: `python -m shared.tools.licences` makes it from rows and cards."""

from shared.core.registry import SPECS, WEIGHTS

FILE = WEIGHTS / "LICENSES.md"
HEAD = """\
# Licences of the bundled models

The code of this repository is under the MIT License (`LICENSE`). The models in this folder were trained with it, from
nothing, on the data named here, whose licences ask for the attributions given. Each folder's README.md says more.
"""


def text() -> str:
    """One chapter for the models that share licence and data."""
    chapters: dict[tuple[str, str], list[str]] = {}
    for row in SPECS:
        if row.bundled:
            card = (WEIGHTS / row.name / "README.md").read_text("utf-8")
            chapters.setdefault((row.license, card.split("\n## Data\n\n")[1]), []).append(f"`{row.name}`")
    parts = [f"## {', '.join(names)}\n\n{license}\n\n{data}" for (license, data), names in chapters.items()]
    return "\n".join([HEAD, *parts])


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
