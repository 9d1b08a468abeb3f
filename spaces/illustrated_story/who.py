"""Who looks how, as lines of text: what a visitor types, and what a recipe keeps of the cast of a book.

known = read("Mia: red girl; noto\nthe ball: blue ball", seed=7)
text = written(book.characters)                  # the same, with the seed of each: "Mia: red girl; noto; 7"
"""

import re

from shared import recipe

from .book import MOST_CHARACTERS, Character


def read(lines: str, seed: int) -> tuple[Character, ...]:
    """'Mia: a girl with red hair' on a line of its own -> who is known already. Behind the look: "; style; seed".

    seed: of the book; those without one of their own count on from it.
    """
    known = []
    for i, line in enumerate(lines.splitlines()[:MOST_CHARACTERS]):
        name, colon, rest = (part.strip() for part in line.partition(":"))
        look, style, own, *_ = [part.strip() for part in rest.split(";")] + ["", ""]
        number = own.isascii() and own.isdigit() and len(own) < 17 and int(own) <= recipe.MAX_WHOLE
        if name and colon and look:
            known.append(Character(name, look, int(own) if number else seed + i, style.lower()))
    return tuple(known)


def written(cast: tuple[Character, ...]) -> str:
    return "\n".join(f"{who.name}: {who.look}; {who.style}; {who.seed}" for who in cast)


def renamed(text: str, before: str, after: str) -> str:
    """A text with another name of somebody: "The little fox" is "Rex", "Tim" is "The owl" where a sentence begins."""
    said = re.compile(rf"\b{re.escape(before)}\b", 0 if before[0].isupper() else re.IGNORECASE)
    return said.sub(lambda found: after[:1].upper() + after[1:] if found.group()[0].isupper() else after, text)


def plain(text: str) -> str:
    """Without the signs that end a part of a line."""
    return " ".join(text.replace(":", " ").replace(";", " ").split())
