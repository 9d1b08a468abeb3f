"""Which language a model reads: the bundled ones were shown English stories alone."""

from shared.core.errors import UserError
from shared.core.registry import ModelSpec


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
