"""Speech bubbles: what somebody says on a page, as a transparent picture to lay over that of the page.

    over = overlay(page, book)              # PNG, RGBA, twice the page's picture; None where nobody says anything short

The picture itself stays as it was made, with its recipe. All words stay in the text of the page, too.
"""

import io
import re
from functools import lru_cache
from pathlib import Path

from ..book import Book, Character, Page
from ..scenes import lead

FONTS = Path(__file__).parent / "fonts"
FONT, CHINESE_FONT = FONTS / "Andika-Regular.ttf", FONTS / "StorySansCJK-Regular.otf"
WIDTH, HEIGHT = 1536, 1152
LONGEST = 90  # characters in a bubble; what is longer is read in the text
MOST = 3  # bubbles on a page
SIZE, LEAD, PAD, EDGE = 40, 50, 30, 36  # of the type, its lines, the paper around it and the margin, in pixels
WIDEST = 640
SAYS = re.compile(
    r"\b(?:said|says|asked|replied|answered|shouted|cried|whispered|called|yelled|thought|told|laughed)\b"
)
QUOTED = re.compile(r"[“\"]([^“”\"]{2,400})[”\"]")


def overlay(page: Page, book: Book) -> bytes | None:
    who = tuple((one.name, *_head(page, one)) for one in lead(book.characters))
    chinese = page.chinese if book.language == "chinese" else ""
    return _drawn(page.text, who, chinese) if page.picture else None


def in_chinese(spoken: list[tuple[str, str]], chinese: str) -> list[tuple[str, str]]:
    """The same in Chinese, where as much is said there; else nothing."""
    quoted = re.findall("“([^”]+)”", chinese)
    return [(words, who) for words, (_, who) in zip(quoted, spoken, strict=True)] if len(quoted) == len(spoken) else []


def said(text: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """[(what is said, who says it, "" where the text does not tell)] in the order of the text."""
    found, at = [], 0
    for match in QUOTED.finditer(text):
        behind = re.split(r"[.!?“\"\n]", text[match.end() : match.end() + 60], maxsplit=1)[0].strip()
        before = re.split(r"[.!?”\"\n]", text[at : match.start()])[-1]
        told = behind if behind[:1].islower() or SAYS.search(" ".join(behind.split()[:4])) else ""
        who = _first(names, told) or _first(names, before if SAYS.search(before) else "")
        words = match.group(1).strip().rstrip(",")
        if found and not who and re.fullmatch(r"[^.!?]*,\s*", text[at : match.start()]):
            who = found[-1][1]  # “Yes,” said Tom, “let us go.”
        found.append((words, who))
        at = match.end()
    return found


def _first(names: tuple[str, ...], part: str) -> str:
    """Of the names, that which comes first."""
    places = {}
    for name in names:
        last = name.split()[-1]
        found = re.search(rf"\b{re.escape(last)}\b", part, 0 if last[:1].isupper() else re.IGNORECASE)
        if found:
            places[name] = found.start()
    return min(places, key=places.__getitem__, default="")


def _head(page: Page, who: Character) -> tuple[float, float]:
    """The middle of somebody's head and its top, as parts of the picture; (-1, -1) where they are not seen."""
    return next(((x, y) for name, x, y in page.heads if name == who.name), (-1.0, -1.0))


@lru_cache(maxsize=64)
def _drawn(text: str, who: tuple[tuple[str, float, float], ...], chinese: str) -> bytes | None:
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(CHINESE_FONT if chinese else FONT), SIZE)
    heads = {name: (x * WIDTH, y * HEIGHT) for name, x, y in who if x >= 0}
    placed: list[tuple[float, float, float, float]] = []
    bubbles = []
    told = said(text, tuple(name for name, _, _ in who))
    told = in_chinese(told, chinese) if chinese else told
    last, longest = ("\u9fff", LONGEST // 2) if chinese else ("\u0250", LONGEST)  # no shaping here
    spoken = [
        (words, name)
        for words, name in told
        if len(words) <= longest and all(letter < last for letter in words if letter.isalpha())
    ][:MOST]
    for at, (words, name) in enumerate(spoken):
        lines = _lines(words, font)
        size = max(map(font.getlength, lines)) + 2 * PAD, LEAD * len(lines) + 1.4 * PAD
        head = heads.get(name)
        box = _place(size, head, placed, heads, len(spoken) - 1 - at)
        if box is not None:
            placed.append(box)
            bubbles.append((box, lines, head))
    if not placed:
        return None
    picture = Image.new("RGBA", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(picture)
    for box, lines, head in bubbles:
        under = [other[1] - 6 for other in placed if other[1] > box[1] and other[0] < box[2] and box[0] < other[2]]
        _bubble(pen, box, head, min([box[3] + 90, *under]))
        for i, line in enumerate(lines):
            left = (box[0] + box[2] - font.getlength(line)) / 2
            pen.text((left, box[1] + 0.6 * PAD + i * LEAD), line, "#2a2622", font)
    packed = io.BytesIO()
    picture.quantize(32, Image.Quantize.FASTOCTREE).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _lines(words: str, font) -> list[str]:
    lines, wide = [""], bool(re.search("[\u4e00-\u9fff]", words))  # Chinese breaks anywhere, but before a mark
    parts = re.findall(r".[，。！？、；：…”]*", words) if wide else words.split()
    for word in parts:
        longer = f"{lines[-1]}{'' if wide else ' '}{word}".strip()
        if lines[-1] and font.getlength(longer) > WIDEST - 2 * PAD:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _place(size, head, placed, heads, behind: int):
    """(left, top, right, bottom) over the head or near it, above all heads; None where there is no room.

    behind: how many are still to come, which stand lower, since they are read later.
    """
    width, height = size
    middle = head[0] if head else WIDTH / 2
    tries = []
    for left in (middle - width / 2, middle - width * 0.85, middle - width * 0.15, EDGE, WIDTH - EDGE - width):
        left = min(max(left, EDGE), WIDTH - EDGE - width)
        beside = [box for box in placed if box[0] < left + width + 20 and left < box[2] + 20]
        over = min([y for x, y in heads.values() if left - 60 < x < left + width + 60], default=HEIGHT * 0.5)
        top = max([EDGE, *(box[3] + 44 for box in beside), over - height - 90 - 80 * behind])
        if top + height + 12 <= over:
            tries.append((abs(left + width / 2 - middle), left, top))
    if not tries:
        return None
    _, left, top = min(tries)
    return left, top, left + width, top + height


def _bubble(pen, box, head, lowest: float) -> None:
    left, top, right, bottom = box
    outline, paper = "#3a3a46", "#fffffa"
    pen.rounded_rectangle(box, 44, paper, outline, 5)
    if head is None:
        return
    foot = min(max(head[0], left + 70), right - 70)
    tip = head[0] + 0.25 * (foot - head[0]), min(head[1] - 8, lowest)
    pen.polygon([(foot - 26, bottom - 4), tip, (foot + 26, bottom - 4)], paper)
    pen.line([(foot - 28, bottom - 3), tip, (foot + 28, bottom - 3)], outline, 5, joint="curve")
