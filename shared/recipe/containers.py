"""Put a text into a PNG, GIF, MP4, WAV, HTML or text file so that it plays and shows as before, and find it again.

Works on bytes and on nothing but the container: pictures are never decoded, scripts never run, compressed
text is unpacked up to a limit. What comes out is text that anybody may have written; `recipe.loads` checks it.

    kind   where the recipe lies
    png    a text chunk `aigc_recipe`, and `parameters`, which Stable Diffusion tools read (PNG, 11.3.3)
    gif    a comment extension that begins with `aigc_recipe:` (GIF89a, 24)
    mp4    a top-level `uuid` box at the end, which players skip (ISO 14496-12, 4.2)
    wav    a comment in a LIST of INFO at the end, that begins with `aigc_recipe:` (RIFF, 1991)
    html   <script type="application/json" id="aigc-recipe">
    text   after a line `--- aigc recipe ---`
    json   the file is the recipe

Other tools put theirs into text chunks of a PNG, under other names, or into EXIF (see exif.py).
"""

import struct
import zlib
from collections.abc import Iterator

from shared.core.errors import UserError
from shared.recipe import exif

MAX_TEXT = 256 * 1024  # bytes of embedded text: a recipe of 64 KB with every character escaped or indented

PNG = b"\x89PNG\r\n\x1a\n"
KEYWORDS = ("aigc_recipe", "parameters")
FOREIGN = (
    *("prompt", "workflow", "Dream", "sd-metadata", "invokeai_metadata", "Comment", "Description", "Software"),
    "XML:com.adobe.xmp",
)
MAX_FOREIGN = 1024 * 1024  # bytes: large workflows of ComfyUI have 300 KB
COMMENT_MARK = b"aigc_recipe:"
MP4_UUID = bytes.fromhex("6d0a3cf8b1f54f7e9a54a16c0c5e2b90")  # chosen once, at random
HTML_OPEN = b'<script type="application/json" id="aigc-recipe">'
HTML_CLOSE = b"</script>"
TEXT_MARK = b"--- aigc recipe ---\n"


def kind_of(data: bytes) -> str:
    """'png', 'gif', 'mp4', 'wav', 'exif', 'html', 'json', 'text', or '' for the rest, by content and never by name.

    'exif' is a picture that can hold nothing of ours: JPEG, WebP, AVIF, HEIC.
    """
    if data.startswith(PNG):
        return "png"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data.startswith(b"\xff\xd8\xff") or data[:4] + data[8:12] == b"RIFFWEBP":
        return "exif"
    if data[:4] + data[8:12] == b"RIFFWAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "exif" if data[8:12] in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1") else "mp4"
    start = data[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()  # editors on Windows put a mark first
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"{"):
        return "json"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):  # UTF-16, as Windows' Notepad once saved
        return "text"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "" if b"\0" in data else "text"


def find(data: bytes) -> dict[str, str]:
    """What the file carries: {'aigc_recipe': text, 'parameters': text}, each only if it is there.

    Of other tools: their texts by the keyword of PNG, "exif" for one of EXIF, and "text" for a whole text file.
    """
    kind = kind_of(data)
    if kind == "png":
        return _find_png(data)
    if kind == "exif":
        return _found_exif(data)
    if kind == "gif":
        return _find_gif(data[start + 2 : end] for label, start, end in _gif_blocks(data) if label == 0xFE)
    if kind == "mp4":
        return _find_mp4(data)
    if kind == "wav":
        return _find_wav(data)
    if kind == "html":
        # The last one: ours is written at the end of the page, behind anything the page quotes.
        _, mark, rest = data.rpartition(HTML_OPEN)
        return _text(rest.partition(HTML_CLOSE)[0]) if mark else {}
    if kind == "text":
        _, mark, rest = data.replace(b"\r\n", b"\n").rpartition(TEXT_MARK)
        return _text(rest) if mark else {"text": exif.plain(data[:MAX_TEXT])}
    return _text(data.removeprefix(b"\xef\xbb\xbf")) if kind == "json" else {}


def _found_exif(data: bytes) -> dict[str, str]:
    """ComfyUI writes `prompt:{...}` and `workflow:{...}`; all others the one text of the user comment."""
    texts: dict[str, str] = {}
    for said in exif.texts(data):
        word, mark, rest = said.partition(":")
        if mark and word.lower() in ("prompt", "workflow") and rest.lstrip().startswith("{"):
            texts.setdefault(word.lower(), rest)
        else:
            texts.setdefault("exif", said)
    return texts


def put(data: bytes, recipe: str, parameters: str = "") -> bytes:
    """The same file with `recipe` (a JSON text) in it, in place of one that was there; `parameters` in PNG.

    Errors: ValueError for a file that cannot carry one (the caller made the file, so this is our mistake).
    """
    kind, text = kind_of(data), recipe.encode("utf-8")
    if kind == "png":
        return _put_png(data, {"parameters": parameters, "aigc_recipe": recipe})
    if kind == "gif":
        return _put_gif(data, text)
    if kind == "mp4":
        return _put_mp4(data, text)
    if kind == "wav":
        return _put_wav(data, text)
    if kind == "html":
        # "<" cannot end the script early once it is written as a JSON escape.
        block = HTML_OPEN + text.replace(b"<", b"\\u003c") + HTML_CLOSE
        if HTML_OPEN in data:
            before, _, rest = data.rpartition(HTML_OPEN)
            return before + block + rest.partition(HTML_CLOSE)[2]
        at = data.lower().rfind(b"</body>")
        return data + block if at < 0 else data[:at] + block + b"\n" + data[at:]
    if kind == "text" or not data:
        before, mark, _ = data.rpartition(TEXT_MARK)
        return (before if mark else data + b"\n\n") + TEXT_MARK + text + b"\n"
    raise ValueError(f"a {kind or 'file of unknown kind'} cannot carry a recipe")


def inflate(data: bytes, most: int) -> bytes:
    """zlib, at most `most` bytes of it: a few kilobytes can unpack to gigabytes."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(data, most + 1)
    except zlib.error:
        raise UserError("The recipe in this file or link is damaged: it does not unpack.") from None
    if len(text) > most:
        raise UserError("The recipe in this file or link is too large to be one.")
    if not stream.eof:
        raise UserError("The recipe in this file or link is damaged: its end is missing.")
    return text


def _text(data: bytes) -> dict[str, str]:
    if len(data) > MAX_TEXT:
        raise UserError("The recipe in this file is too large to be one.")
    try:
        return {"aigc_recipe": data.decode("utf-8")}
    except UnicodeDecodeError:
        raise UserError("The recipe in this file is damaged: it is not UTF-8 text.") from None


# PNG: signature, then chunks of length (4), type (4), body, CRC (4)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of each whole chunk; a file cut short ends early."""
    at = len(PNG)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        yield kind, at, end
        if kind == b"IEND":
            return
        at = end


def _keyword(kind: bytes, data: bytes, start: int) -> str:
    """The keyword of a text chunk, if it is one of ours or of a tool that is known."""
    if kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return ""
    word = data[start + 8 : start + 8 + 80].partition(b"\0")[0].decode("latin-1")
    return word if word in KEYWORDS + FOREIGN else ""


def _find_png(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    whole = False
    for kind, start, end in png_chunks(data):
        whole = whole or kind == b"IEND"
        word = _keyword(kind, data, start)
        if not word:
            continue
        body = data[start + 8 : end - 4]
        if zlib.crc32(kind + body) != int.from_bytes(data[end - 4 : end], "big"):
            raise UserError("This PNG file is damaged: the checksum of its recipe is wrong.")
        most = MAX_TEXT if word in KEYWORDS else MAX_FOREIGN
        if len(body) > most:
            raise UserError("The recipe in this file is too large to be one.")
        texts[word] = _png_text(kind, body.partition(b"\0")[2], most)
    if not texts and not whole:
        raise UserError("This PNG file is cut short and has no recipe in the part that is there.")
    return texts or _found_exif(data)


def _png_text(kind: bytes, body: bytes, most: int = MAX_TEXT) -> str:
    """The text of a chunk, after its keyword. tEXt and zTXt are Latin-1, but many tools write UTF-8 there."""
    packed = kind == b"zTXt"
    if packed:
        body = body[1:]  # compression method, always 0
    elif kind == b"iTXt":
        packed = body[:1] == b"\1"
        body = body[2:].partition(b"\0")[2].partition(b"\0")[2]  # language, translated keyword
    body = inflate(body, most) if packed else body
    try:
        return body.decode("utf-8") if kind == b"iTXt" else exif.plain(body)
    except UnicodeDecodeError:
        raise UserError("The recipe in this file is damaged: it is not UTF-8 text.") from None


def _put_png(data: bytes, texts: dict[str, str]) -> bytes:
    kept = [data[start:end] for kind, start, end in png_chunks(data) if _keyword(kind, data, start) not in KEYWORDS]
    if not kept or not kept[0][4:8] == b"IHDR":
        raise ValueError("not a whole PNG file")
    chunks = []
    for word, text in texts.items():
        if text:
            try:  # tEXt where it suffices: the older Stable Diffusion tools read nothing else
                kind, body = b"tEXt", word.encode() + b"\0" + text.encode("latin-1")
                if _png_text(kind, text.encode("latin-1")) != text:  # as UTF-8 it says something else
                    raise ValueError
            except ValueError:
                kind, body = b"iTXt", word.encode() + b"\0\0\0\0\0" + text.encode("utf-8")
            chunks.append(struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body)))
    return PNG + kept[0] + b"".join(chunks) + b"".join(kept[1:])


# GIF: header (6), screen (7), palette, then extensions (0x21), frames (0x2C), end (0x3B)


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of sub-blocks (length byte, then that many) ends."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _gif_blocks(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(label, start, end) of each block; label 0xFE is a comment, 0xFF an application's, 0x2C a frame."""
    try:
        at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
        while data[at] != 0x3B:
            start = at
            if data[at] == 0x21:
                label, at = data[at + 1], _after_blocks(data, at + 2)
            elif data[at] == 0x2C:
                palette = 3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0
                label, at = 0x2C, _after_blocks(data, at + 10 + palette + 1)
            else:
                raise UserError("This GIF file is damaged.")
            yield label, start, at
    except IndexError:
        raise UserError("This GIF file is cut short.") from None


MOST_PARTS = 300_000  # sub-blocks; 10 MB of them in the usual size are 40,000


def without_comments(data: bytes) -> bytes:
    """A GIF without its comments. Errors: UserError where its blocks are so many and small that readers get slow."""
    kept, parts, at, end = [], 0, 0, 0
    try:
        at = end = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
        kept.append(data[:at])
        while data[at] != 0x3B:
            start = at
            if data[at] not in (0x21, 0x2C):
                break
            at += 2 if data[at] == 0x21 else 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 0x80 else 0)
            while data[at]:
                at, parts = at + 1 + data[at], parts + 1
                if parts > MOST_PARTS:
                    raise UserError("This GIF file is damaged: it is cut into too many parts.")
            at = end = at + 1
            if data[start : start + 2] != b"\x21\xfe":
                kept.append(data[start:at])
    except IndexError:  # cut short: the reader shows what there is
        pass
    return b"".join(kept) + (b"" if data[end : end + 2] == b"\x21\xfe" else data[end:])


def _find_gif(blocks: Iterator[bytes]) -> dict[str, str]:
    """The last of the comments that begins with our mark."""
    texts: dict[str, str] = {}
    for block in blocks:
        text, at = bytearray(), 0
        while at < len(block) and block[at]:
            text += block[at + 1 : at + 1 + block[at]]
            at += 1 + block[at]
        if text.startswith(COMMENT_MARK):
            texts = _text(bytes(text[len(COMMENT_MARK) :]))
    return texts


def _put_gif(data: bytes, text: bytes) -> bytes:
    text = COMMENT_MARK + text
    parts = [text[i : i + 255] for i in range(0, len(text), 255)]
    comment = b"\x21\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
    try:
        blocks = list(_gif_blocks(data))
    except UserError as error:
        raise ValueError(str(error)) from None
    if not blocks:
        raise ValueError("a GIF file without a frame")
    kept = [data[a:b] for label, a, b in blocks if label != 0xFE or not data.startswith(COMMENT_MARK, a + 3)]
    # Behind the loop count, which some players look for in the first block only, and before the first frame.
    first = next((i for i, block in enumerate(kept) if block[:2] != b"\x21\xff"), len(kept))
    head = b"GIF89a" + data[6 : blocks[0][1]]  # GIF87a knows no comments
    return head + b"".join(kept[:first]) + comment + b"".join(kept[first:]) + b"\x3b"


# MP4: boxes of size (4, or 1 and 8 more bytes, or 0 for "to the end"), type (4), body


def _mp4_boxes(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """(type, start, start of the body, end) of each top-level box."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = at + 8
        if size == 1 and at + 16 <= len(data):
            size, body = struct.unpack_from(">Q", data, at + 8)[0], at + 16
        end = at + size if size else len(data)
        if end < body or end > len(data):
            raise UserError("This MP4 file is damaged or cut short.")
        yield kind, at, body, end
        at = end


def _find_mp4(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    for kind, _, body, end in _mp4_boxes(data):
        if kind == b"uuid" and data[body : body + 16] == MP4_UUID:
            texts = _text(data[body + 16 : end])
    return texts


def _put_mp4(data: bytes, text: bytes) -> bytes:
    boxes = list(_mp4_boxes(data))
    kind, start, body, end = boxes[-1]
    if kind == b"uuid" and data[body : body + 16] == MP4_UUID:
        data = data[:start]
    elif data[start : start + 4] == bytes(4):  # "to the end of the file" would swallow what is appended
        if end - start >= 1 << 32:
            raise ValueError("an MP4 file of more than 4 GB")
        data = data[:start] + struct.pack(">I", end - start) + data[start + 4 :]
    return data + struct.pack(">I4s", 24 + len(text), b"uuid") + MP4_UUID + text


# WAV: "RIFF", size (4), "WAVE", then chunks of type (4), size (4), body, filled up to an even length


def _wav_chunks(data: bytes) -> Iterator[tuple[bytes, int, int, int]]:
    """(type, start, start of the body, end of the body) of each chunk."""
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > len(data):
            raise UserError("This WAV file is damaged or cut short.")
        yield kind, at, at + 8, at + 8 + size
        at += 8 + size + size % 2


def _wav_comment(data: bytes, kind: bytes, body: int, end: int) -> bytes:
    """The text of a LIST that begins with a comment, or nothing."""
    if kind != b"LIST" or data[body : body + 8] != b"INFOICMT" or end < body + 12:
        return b""
    size = int.from_bytes(data[body + 8 : body + 12], "little")
    return data[body + 12 : min(end, body + 12 + size)].rstrip(b"\0")


def _find_wav(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    for kind, _, body, end in _wav_chunks(data):
        text = _wav_comment(data, kind, body, end)
        if text.startswith(COMMENT_MARK):
            texts = _text(text[len(COMMENT_MARK) :])
    return texts


def _put_wav(data: bytes, text: bytes) -> bytes:
    kept = b"WAVE"
    for kind, start, body, end in _wav_chunks(data):
        if not _wav_comment(data, kind, body, end).startswith(COMMENT_MARK):
            kept += data[start:end] + bytes((end - start) % 2)
    text = COMMENT_MARK + text + b"\0"
    text += bytes(len(text) % 2)
    comment = b"INFOICMT" + struct.pack("<I", len(text)) + text
    whole = kept + b"LIST" + struct.pack("<I", len(comment)) + comment
    return b"RIFF" + struct.pack("<I", len(whole)) + whole
