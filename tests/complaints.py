"""What the event loop complains of: failures that nothing has read."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable

import pytest

Complaints = Callable[[], list[str]]


@pytest.fixture
async def complaints() -> AsyncIterator[Complaints]:
    """What has come to the event loop's exception handler so far."""
    loop, heard = asyncio.get_running_loop(), list[str]()
    loop.set_exception_handler(lambda _, context: heard.append(str(context["message"])))

    def so_far() -> list[str]:
        gc.collect()  # A task complains when it is forgotten.
        return heard

    yield so_far
    loop.set_exception_handler(None)
