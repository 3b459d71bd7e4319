"""Bodies of any size: received into a file, or handed to a thread piece by piece, with flat memory."""

import asyncio
import queue
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from stepworks.errors import Unavailable
from stepworks.ids import new_hex

T = TypeVar("T")
_PIECES = 64


@asynccontextmanager
async def received_file(folder: Path, request: Request) -> AsyncGenerator[Path]:
    """The whole body as a file, removed afterwards if it is still there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"upload-{new_hex(16)}"
    try:
        with open(path, "wb") as f:
            try:
                async for chunk in request.stream():
                    f.write(chunk)
            except ClientDisconnect as e:
                raise Unavailable("The client went away while sending.") from e
        yield path
    finally:
        path.unlink(missing_ok=True)


async def consume_in_thread(request: Request, work: Callable[[Iterator[bytes]], T]) -> T:
    """Run `work` over the pieces of the body in a thread, while they arrive.

    A client that goes away makes the iteration raise Unavailable, so that nothing half-sent is kept.
    """
    pieces: queue.Queue[bytes | Exception | None] = queue.Queue(_PIECES)

    def iterate() -> Iterator[bytes]:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise Unavailable("The client went away while sending.") from piece
            yield piece

    task = asyncio.ensure_future(run_in_threadpool(work, iterate()))

    async def hand_over(piece: bytes | Exception | None) -> None:
        while not task.done():
            try:
                pieces.put_nowait(piece)
            except queue.Full:
                await asyncio.sleep(0.001)
            else:
                return

    try:
        async for chunk in request.stream():
            if chunk:
                await hand_over(chunk)
    except ClientDisconnect as e:
        await hand_over(e)
    else:
        await hand_over(None)
    return await task
