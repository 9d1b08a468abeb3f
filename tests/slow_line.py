"""A bad line between a browser and an app: what comes over it arrives whole, in order, and late by chance.

    with slow_line(7860, most_s=0.5) as port: ...     # http://127.0.0.1:PORT/ is the app, heard through it

Pages and tests that count on an order of answers fail there now and then, where on a quiet machine they never do.
"""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

AT_ONCE_S = 0.02  # between two pieces of one answer


@contextmanager
def slow_line(to: int, most_s: float) -> Iterator[int]:
    """-> its port. to: that of the app; an answer, and each later piece of a stream, is held for up to most_s
    seconds."""
    chance, ended, begun = random.Random(0), asyncio.Event(), Future()

    async def line() -> None:
        server = await asyncio.start_server(heard, "127.0.0.1", 0)
        begun.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop()))
        await ended.wait()

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reader_of_app, writer_to_app = await asyncio.open_connection("127.0.0.1", to)
        except OSError:
            return writer.close()
        await asyncio.gather(passed(reader, writer_to_app, 0), passed(reader_of_app, writer, most_s))

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most_s: float) -> None:
        last = 0.0
        try:
            while piece := await reader.read(1 << 20):
                if time.monotonic() - last > AT_ONCE_S:
                    await asyncio.sleep(most_s * chance.random() ** 2)
                last = time.monotonic()
                writer.write(piece)
                await writer.drain()
        except OSError:  # one of them has gone
            pass
        finally:
            writer.close()

    thread = threading.Thread(target=lambda: asyncio.run(line()), daemon=True)
    thread.start()
    port, loop = begun.result()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
