"""What an HTTP server logs of what anybody can do to it: a line a minute."""

import asyncio
import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from aiohttp.http import HttpProcessingError
from aiohttp.web import RequestPayloadError

from bot.telemetry import Seldom

log = structlog.get_logger(__name__)

OUT_OF_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}  # As asyncio's _accept_connection has them.


class ServerLog(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's log. It would have a traceback of each head that is too long and each body that is odd."""

    def __init__(self) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))
        self._seldom = Seldom()

    def exception(self, msg: object, *args: object, exc_info: Any = True, **kwargs: Any) -> None:
        """Logs a failure of ours as it is."""
        if not isinstance(exc_info, HttpProcessingError | RequestPayloadError):
            super().exception(msg, *args, exc_info=exc_info, **kwargs)
        elif count := self._seldom.due("malformed", asyncio.get_running_loop().time()):
            log.warning("request-malformed", count=count, reason=type(exc_info).__name__)


@contextmanager
def accepting() -> Iterator[None]:
    """Meanwhile, where there is no file left for a connection, one line says so: asyncio logs a traceback for each of a
    hundred tries a second (python/cpython issue 151615).
    """
    loop, seldom = asyncio.get_running_loop(), Seldom()
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if "socket" in context and isinstance(error, OSError) and error.errno in OUT_OF_FILES:
            if count := seldom.due("accept", loop.time()):
                log.error("cannot-accept", count=count, reason=error.strerror)
        elif before:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
