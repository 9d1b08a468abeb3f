"""The suite: finds the tabs in spaces/, puts them on one page and serves it.

    python app.py                 every tab
    python app.py gpt2_text       that tab alone
    python app.py --help          all options

A tab module holds TITLE ({"en": ..., "zh": ...}), ORDER (a number) and build() -> gr.Blocks.
"""

import importlib
import sys
from pathlib import Path

from shared.settings import parse

# shared.ui is imported where it is used: it brings Gradio, and --help or a bad option need not wait for it.

SPACES = Path(__file__).resolve().parent / "spaces"


def names(folder: Path = SPACES) -> list[str]:
    """The names of the tab modules in a folder."""
    return sorted(path.stem for path in folder.glob("*.py") if not path.name.startswith("_"))


def found(name: str, folder: Path = SPACES):
    """Imports one tab module -> ui.Tab, by its own name: the package `spaces` belongs to Hugging Face."""
    from shared import ui

    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
        if Path(module.__file__ or "").resolve() != (folder / f"{name}.py").resolve():
            raise ImportError(f"{name} is also the name of the module {module.__file__}; rename the tab.")
        return ui.Tab(name, dict(module.TITLE), module.build, module.ORDER)
    except Exception as error:  # whatever a tab does wrong stays in that tab
        return ui.Tab(name, {"en": name}, order=float("inf"), error=ui.sentence(error))


def suite(folder: Path = SPACES, only: str | None = None):
    """The page, a gr.Blocks, with every tab of the folder or with one of them."""
    from shared import ui

    chosen = [only] if only else names(folder)
    return ui.page(sorted((found(name, folder) for name in chosen), key=lambda tab: (tab.order, tab.name)))


def main(argv: list[str]) -> None:
    choices, tab = parse(argv, names())
    from shared import ui

    ui.launch(suite(only=tab), choices)


if __name__ == "__main__":
    main(sys.argv[1:])
