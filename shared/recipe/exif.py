"""The texts that picture tools leave in EXIF, of JPEG, WebP, AVIF, HEIC and PNG: the user comment, and ComfyUI's
`prompt:` and `workflow:`. Works on bytes, and reads those entries alone: a hostile block may point at anything.

    texts(data)   ["a fox\\nSteps: 24, ...", "prompt:{...}"]
"""

import re
import struct
from collections.abc import Iterator

IFD0 = (0x010E, 0x010F, 0x0110, 0x9C9C)  # ImageDescription, Make, Model, XPComment
USER_COMMENT, EXIF = 0x9286, 0x8769
MOST = 512 * 1024  # bytes of one text: a large workflow
MOST_ENTRIES = 512  # of one directory; cameras write some 60
# A TIFF header behind the name of its block: JPEG's and AVIF's, WebP's with the length of the chunk, PNG's.
HEADER = re.compile(rb"(?:Exif\0\0|EXIF.{4}(?:Exif\0\0)?|eXIf)(?=II\*\0|MM\0\*)", re.DOTALL)


def texts(data: bytes) -> list[str]:
    """What the first EXIF block says, the user comment first."""
    found = HEADER.search(data)
    if not found:
        return []
    block = data[found.end() :]
    order = "<" if block[:2] == b"II" else ">"
    try:
        first = dict(_entries(block, order, struct.unpack_from(order + "I", block, 4)[0]))
        inner = first.get(EXIF)
        comments = dict(_entries(block, order, struct.unpack(order + "I", inner[:4])[0])) if inner else {}
    except struct.error:
        return []
    said = [user_comment(comments[USER_COMMENT], order)] if USER_COMMENT in comments else []
    for tag in IFD0:
        if tag in first:
            said.append(_wide(first[tag], "<") if tag == 0x9C9C else plain(first[tag]))
    return [one for one in (text.strip("\0 \r\n\t") for text in said) if one]


SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of a value of each kind


def swollen(data: bytes) -> bool:
    """Whether a directory's values come to far more than the file: each points at the same bytes, to fill the memory
    of a reader that copies them all. Only a list of eight sound entries or more is taken for a directory.
    """
    for found in re.finditer(rb"II\*\0|MM\0\*", data):
        block, order = memoryview(data)[found.start() :], "<" if found[0][:1] == b"I" else ">"
        try:
            at = struct.unpack_from(order + "I", block, 4)[0]
            (n,) = struct.unpack_from(order + "H", block, at)
            listed = [struct.unpack_from(order + "HHI", block, at + 2 + 12 * i)[1:] for i in range(n)]
        except struct.error:
            continue
        if n >= 8 and all(0 < kind < len(SIZES) for kind, _ in listed):
            if sum(SIZES[kind] * count for kind, count in listed) > 4 * len(data):
                return True
    return False


def _entries(block: bytes, order: str, at: int) -> Iterator[tuple[int, bytes]]:
    """(tag, value) of those entries of a directory that are read here (TIFF 6.0, 2)."""
    (n,) = struct.unpack_from(order + "H", block, at)
    for i in range(min(n, MOST_ENTRIES)):
        tag, kind, count = struct.unpack_from(order + "HHI", block, at + 2 + 12 * i)
        if tag in (*IFD0, USER_COMMENT, EXIF):
            size = count * (4 if kind == 4 else 1)
            start = at + 10 + 12 * i
            if size > 4:
                (start,) = struct.unpack_from(order + "I", block, start)
            yield tag, block[start : start + min(size, MOST)]


def user_comment(value: bytes, order: str) -> str:
    """EXIF 2.32, 4.6.5: eight bytes name the code, and tools differ in what they then write."""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0" and b"\0" in text:  # UTF-16, in the order of the block, or in the other one
        return _wide(text, order)
    return plain(text if code[:5] in (b"ASCII", b"UNICO", b"JIS\0\0", bytes(5)) else value)


def _wide(text: bytes, order: str) -> str:
    """UTF-16. Most letters of a setting are ASCII, so that their zero bytes tell the order."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace")
    even, odd = text[::2].count(0), text[1::2].count(0)
    big = even > odd if even != odd else order == ">"
    return text.decode("utf-16-be" if big else "utf-16-le", "replace")


def plain(text: bytes) -> str:
    """UTF-8 where it is that, or UTF-16 with its mark; else Latin-1, as PNG and old tools have it."""
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", "replace")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text.decode("latin-1")
