"""Words in the visitor's language: `words/en.toml` and `words/zh.toml` beside the code that says them.

    WORDS = words.beside(__file__)                  # of this Space, or of the page
    WORDS.t("model")                                # on a widget; a Space's own word, else the page's
    WORDS.say("found", chinese, n=3)                # as text, with its numbers put in
    WORDS.speaker(chinese, "train")("pause")        # the same for many words of a table

A table of the file ([train]) gives its keys a first part: `train_pause`. Every tab uses the same words for the same
thing: Model, Seed, How many, Generate, Stop; those are the page's.
"""

import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parent
Pair = tuple[str, str]  # English, Chinese
_folders: dict[Path, None] = {PAGE: None}  # whose words were read


class Words:
    def __init__(self, folder: Path):
        """folder: holds words/en.toml and words/zh.toml, with the same keys."""
        self.folder = folder
        _folders[folder] = None
        english, chinese = (_read(folder / "words" / f"{language}.toml") for language in ("en", "zh"))
        if odd := english.keys() ^ chinese.keys():
            raise KeyError(f"{folder}/words: only one language has {', '.join(sorted(odd))}.")
        self.pairs: dict[str, Pair] = {key: (english[key], chinese[key]) for key in english}

    def pair(self, key: str) -> Pair:
        """Both languages of one word. Errors: KeyError."""
        if key in self.pairs:
            return self.pairs[key]
        if self.folder != PAGE:
            return of_page().pair(key)
        raise KeyError(f"There is no word {key!r} in {self.folder.name}/words.")

    def table(self, name: str) -> dict[str, Pair]:
        """The words of one table, or all for "", by their keys without its name."""
        start = name and name + "_"
        return {key.removeprefix(start): pair for key, pair in self.pairs.items() if key.startswith(start)}

    def say(self, key: str, chinese: bool, **values) -> str:
        return self.pair(key)[chinese].format(**values)

    def speaker(self, chinese: bool, table: str = "") -> Callable[..., str]:
        start = table and table + "_"
        return lambda key, **values: self.say(start + key, chinese, **values)

    def t(self, key: str):
        """For a label, an info, a placeholder or a value: the browser's language picks, see `for_gradio`.

        One per string: Gradio replaces only the first.
        """
        import gradio as gr

        pair = self.pair(key)  # a KeyError here rather than a key on the page
        name = self._global(key) if key in self.pairs else key
        _on_widgets[name] = pair
        return gr.i18n.I18nData(name)

    def price(self, seconds: float, chinese: bool) -> str:
        """'About 4 s on this machine'."""
        if seconds < 1:
            return self.say("price_less", chinese)
        if seconds < 90:
            return self.say("price_seconds", chinese, seconds=f"{seconds:.0f}")
        return self.say("price_minutes", chinese, minutes=f"{seconds / 60:.0f}")

    def _global(self, key: str) -> str:
        return key if self.folder == PAGE else f"{self.folder.name}_{key}"


_on_widgets: dict[str, Pair] = {}  # what `t` gave, by Gradio's key


def for_gradio() -> dict[str, dict[str, str]]:
    """Language -> key -> word, as gr.I18n takes them: all that `t` gave so far."""
    return {language: {key: pair[i] for key, pair in _on_widgets.items()} for i, language in enumerate(("en", "zh"))}


def both(label) -> Pair:
    """The two languages of what `t` gave, or of a plain text: for scripts, whose words Gradio does not translate."""
    return _on_widgets[label.key] if hasattr(label, "key") else (str(label), str(label))


def chinese(request) -> bool:
    """Whether a gr.Request wants Chinese: by its address (?lang=zh), by what its visitor chose (see page.js), or by its
    browser. False for None, which is a test or a script."""
    if request is None:
        return False
    chosen = getattr(request, "query_params", {}).get("lang") or getattr(request, "cookies", {}).get("aigc_language")
    return (chosen or request.headers.get("accept-language", "")).lower().startswith("zh")


def _read(file: Path) -> dict[str, str]:
    return _flat(tomllib.loads(file.read_text("utf-8")))


def _flat(table: dict, start: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= _flat(value, f"{start}{key}_") if isinstance(value, dict) else {start + key: value}
    return found


@cache
def of(folder: Path) -> Words:
    return Words(folder)


def known_folders() -> tuple[Path, ...]:
    """The page's and those of all Spaces that have said a word so far."""
    return tuple(_folders)


def of_page() -> Words:
    return of(PAGE)


def style(name: str):
    """A style of a picture model as people write it, for a label: "fluent 3d" is "Fluent 3D"."""
    key = "styles_" + re.sub(r"\W+", "_", name)
    return of_page().t(key) if key in of_page().pairs else name[:1].upper() + name[1:]


def beside(file: str) -> Words:
    """The words of the folder that a module stands in, or of the nearest one above it that has some."""
    folder = next(one for one in Path(file).resolve().parents if (one / "words").is_dir())
    return of(folder)
