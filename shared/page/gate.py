"""What comes in from outside, before and around Gradio: how long an address and how large a body may be, and one
sentence in place of whatever Gradio or Python say about a request that fits nothing.

`Gate` is ASGI middleware; `guarded` stands around the work that a request starts, see parts.Page.
"""

import errno
import html
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http import h11_impl

from shared.core.errors import UserError
from shared.media.photos import MOST_BYTES
from shared.page import sentences, words
from shared.page.refusal import refusal

log = logging.getLogger(__name__)

MOST_ADDRESS = 32_768  # characters; a link with a recipe has up to 6,100, and httpx ends at 65,536
MOST_UPLOAD = MOST_BYTES + 64 * 1024  # with what stands around the file
MOST_BODY = MOST_BYTES * 4 // 3 + 2 * 1024 * 1024  # a picture as a data URL, a mask, and all the settings
UPLOAD = "/gradio_api/upload"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LOCKED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR)


def _said(key: str, chinese: bool = False, **values: object) -> str:
    return words.of_page().say(key, chinese, **values)


class Gate:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        most = MOST_UPLOAD if scope["path"].rstrip("/").endswith(UPLOAD) else MOST_BODY
        read, begun = 0, False

        def said(key: str, **values: object) -> str:
            return _said(key, words.chinese(Request(scope)), **values)

        def too_large() -> str:
            return said("body_too_large", most=most >> 20)

        async def counted():
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:  # sent in pieces, with no word of its length
                raise HTTPException(413, too_large())
            return message

        async def answer(message):
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start" and message["status"] == 500 and scope.get("aigc_told"):
                message = message | {"status": 400}  # Gradio calls every gr.Error a fault of the server
            await send(message)

        async def refuse(status: int, sentence: str):
            await refusal(status, sentence, {"Connection": "close"})(scope, receive, send)

        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_ADDRESS:
            return await refuse(414, said("address_too_long", most=f"{MOST_ADDRESS:,}"))
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length[:20]) > most:
            return await refuse(413, too_large())
        try:
            await self.app(scope, counted, answer)
        except ClientDisconnect:  # somebody closed the page while a file was under way
            pass
        except Exception as error:  # Gradio's routes let KeyError and the like through for names that nobody has
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.filename.rpartition('site-packages/')[2]}:{last.lineno}"
            log.warning("%s %s: %s at %s", scope["method"], scope["path"][:200], type(error).__name__, place)
            if begun:
                await send({"type": "http.response.body", "body": b""})
            elif sentence := of_the_disk(error, words.chinese(Request(scope))):
                log.error("%s (%s)", sentence, error)  # a host needs the path, a visitor does not
                await refuse(507, sentence)
            else:
                await refuse(400, said("not_a_request"))


def of_the_disk(error: BaseException, chinese: bool = False) -> str:
    """The sentence for a disk that is full or may not be written to, "" for any other error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return _said("disk_full", chinese)
        no_folder = isinstance(error, FileNotFoundError) and "temporary directory" in str(error)  # tempfile's own words
        if isinstance(error, OSError) and (error.errno in LOCKED or no_folder):
            return _said("disk_locked", chinese)
        error = error.__cause__ or error.__context__
    return ""


@contextmanager
def guarded(key: str, request: object = None, quiet: bool = False) -> Iterator[None]:
    """Makes one sentence of any error that is not meant to be read: `key` of the words, or that of a full disk. A
    UserError is its own.

    quiet: nothing goes to the log, for what only a visitor can have caused.
    """
    http = getattr(request, "request", None)
    try:
        yield
    except Exception as error:
        zh = words.chinese(request) if http is not None else False
        if isinstance(error, UserError):
            told = gr.Error(html.escape(sentences.in_chinese(str(error)) if zh else str(error)), print_exception=False)
        elif isinstance(error, gr.Error) and not error.print_exception:
            told = error
        else:
            if sentence := of_the_disk(error, zh):
                log.error("%s (%s)", sentence, error)
            elif isinstance(error, gr.Error):  # Gradio's own, about a file or a value that a forged page sent
                sentence = _said("not_of_this_control", zh)
            elif not quiet:
                log.exception("A fault of the app")
            told = gr.Error(html.escape(sentence or _said(key, zh)), print_exception=False)
        if http is not None:
            http.scope["aigc_told"] = True
        raise told from None


def long_addresses() -> None:
    """uvicorn answers 400 to a head that is too long for it, and does not say what was wrong."""
    original = h11_impl.H11Protocol.send_400_response

    def send(self, message: str) -> None:
        if len(head := self.conn.trailing_data[0]) > MOST_ADDRESS:
            zh = words.chinese(_as_far_as_read(head))
            sentence = _said("address_too_long", zh, most=f"{MOST_ADDRESS:,}").encode()
            self.transport.write(
                b"HTTP/1.1 414 URI Too Long\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(sentence), sentence)
            )
            return self.transport.close()
        original(self, message)

    h11_impl.H11Protocol.send_400_response = send


def _as_far_as_read(head: bytes) -> Request:
    """A request whose head is too long to be parsed: its query and the header fields that are there."""
    line, *fields = head.split(b"\r\n")
    pairs = [field.partition(b":") for field in fields]
    headers = [(name.strip().lower(), value.strip()) for name, _, value in pairs]
    query = line.partition(b"?")[2].partition(b" ")[0]
    return Request({"type": "http", "query_string": query, "headers": headers})
