"""The suite: finds the Spaces in spaces/, puts them on one page and serves it.

    python app.py                 every Space, a tab each
    python app.py gpt2_text       that one alone
    python app.py --help          all options

A Space is a package that holds TITLE ({"en": ..., "zh": ...}), ORDER (a number), GROUP (which names it stands among
above the tabs) and build(), which makes its widgets where it is called.
"""

import importlib
import sys
from pathlib import Path

from shared.core.settings import parse, refuse_taken_port

# shared.page.frame is imported where it is used: it brings Gradio, and --help or a bad option need not wait for it.

SPACES = Path(__file__).resolve().parent / "spaces"


def names(folder: Path = SPACES) -> list[str]:
    """The names of the Spaces in a folder."""
    return sorted(path.parent.name for path in folder.glob("*/__init__.py"))


def found(name: str, folder: Path = SPACES):
    """Imports one Space -> frame.Tab, by its own name: the package `spaces` belongs to Hugging Face."""
    from shared.page import frame

    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(name)
        if Path(module.__file__ or "").resolve().parent != (folder / name).resolve():
            raise ImportError(f"{name} is also the name of the module {module.__file__}; rename the Space.")
        group, way_in = getattr(module, "GROUP", ""), getattr(module, "WAY_IN", {})
        return frame.Tab(name, dict(module.TITLE), module.build, module.ORDER, group=group, way_in=way_in)
    except Exception as error:  # whatever a Space does wrong stays in its tab
        return frame.Tab(name, {"en": name}, order=float("inf"), error=frame.sentence(error))


def suite(folder: Path = SPACES, only: str | None = None):
    """The page, a gr.Blocks, with every Space of the folder or with one of them."""
    from shared.page import frame

    chosen = [only] if only else names(folder)
    return frame.page(sorted((found(name, folder) for name in chosen), key=lambda tab: (tab.order, tab.name)))


def main(argv: list[str]) -> None:
    settings, name = parse(argv, names())
    refuse_taken_port(settings)
    from shared.page import frame

    frame.launch(suite(only=name), settings)


if __name__ == "__main__":
    main(sys.argv[1:])
