"""Devin's API, connected at the first read."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from bot.devin import Cell, Devin, Reading


class LazyDevin:
    """Implements `Devin`; the stack closes the connection. `help` starts without an HTTP client."""

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[Devin]], stack: AsyncExitStack) -> None:
        self._connect = connect
        self._stack = stack
        self._connecting = asyncio.Lock()
        self._devin: Devin | None = None

    async def read(self, cell: Cell) -> Reading:
        """As `Devin.read`. Raises also what connecting raises."""
        async with self._connecting:
            if self._devin is None:
                self._devin = await self._stack.enter_async_context(self._connect())
        return await self._devin.read(cell)
