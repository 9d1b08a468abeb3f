"""The sentences of a text, and where it ends with a whole one."""

import re

ABBREVIATIONS = ("mr", "mrs", "ms", "dr", "st", "no")
# The end of a sentence, with the quotation marks that close behind it; the ideographic marks need no space.
_END = re.compile(r"""(?:[.!?…]+["”’')\]]*(?=\s|$)|[。！？]+[」』”’）]*|\n\s*\n|[।؟۔]["”’]*(?=\s|$))""")
_SAYS = re.compile(r"\s*(?:[a-z]|[A-Z][\w’']*\s+(?:said|asked|shouted|cried|replied|yelled|whispered|thought|called|"
                   r"exclaimed|answered|laughed|sobbed|begged|smiled)\b)")  # fmt: skip


def sentences(text: str) -> list[str]:
    """Whole sentences. What is said stays with who says it: '"Where are you?" asked Tom.' is one, and a quotation of
    two sentences is not torn apart."""
    whole, start = [], 0
    for match in _END.finditer(text):
        piece = text[start : match.end()]
        if piece.strip() and not _goes_on(piece, text[match.end() :]):
            whole.append(" ".join(piece.split()))
            start = match.end()
    if text[start:].strip():
        whole.append(" ".join(text[start:].split()))
    return whole


def _goes_on(piece: str, rest: str) -> bool:
    stripped = piece.rstrip()
    last = re.split(r"[\s\"“(]", stripped)[-1].lower()
    if last.endswith(".") and (last[:-1] in ABBREVIATIONS or re.fullmatch(r"[a-z]\.", last)):
        return bool(rest.strip())
    if piece.endswith("\n"):
        return False
    line = rest.split("\n", 1)[0]
    if stripped[-1] in '"”’' and _SAYS.match(line):
        return True  # "...?" asked Tom
    straight = piece.count('"') % 2 == 1 or piece.count("“") > piece.count("”")
    return straight and ('"' in line or "”" in line) and len(piece) < 400  # within a quotation that ends in this line


def ending(text: str) -> str:
    """The text up to the end of its last whole sentence; "" where there is none. A quotation left open is closed."""
    whole = list(_END.finditer(text))
    while whole and whole[-1].group().isspace():
        whole.pop()
    if not whole:
        return ""
    text = text[: whole[-1].end()]
    last = text.rsplit("\n", 1)[-1]
    return text + '"' if last.count('"') % 2 else text + "”" if last.count("“") > last.count("”") else text
