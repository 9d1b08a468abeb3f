"""Which language a text is in, and which a model reads: the bundled ones were shown English stories alone."""

import unicodedata

from shared.core.errors import UserError
from shared.core.registry import ModelSpec

_LANGUAGES = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "ARABIC": "ar",
    "HEBREW": "he",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "BENGALI": "bn",
    "TAMIL": "ta",
}


def of(text: str) -> str:
    """'en', 'zh', 'ar' ...: by the script of most letters; all of Latin counts as English, the stories' own."""
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, text[:5000]):
        script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        found = _LANGUAGES.get(script, "en")
        counts[found] = counts.get(found, 0) + 1
    if counts.get("ja"):  # Japanese is written with Chinese characters too, Chinese never with kana
        return "ja"
    return max(counts, key=counts.__getitem__, default="en")


def check(spec: ModelSpec, text: str) -> None:
    """Errors: UserError where the model would go on in garble."""
    if spec.bundled and foreign(text):
        raise UserError(
            f"{spec.title} reads and writes English only: write it in English, or choose a model that knows your "
            "language."
        )


def foreign(text: str) -> bool:
    """Whether most of its letters are of another script than the Latin one."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter > "\u024f" for letter in letters) > len(letters) / 2
