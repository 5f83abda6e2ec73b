"""Answers a request with the fault that is set for it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web


@dataclass(frozen=True, slots=True)
class SlackFault:
    """The fault of one request. With a delay alone the answer is the right one, but late."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # Instead of Slack's own words for the status.
    error: str | None = None  # A refusal in Slack's manner, such as "ratelimited".
    delay: float = 0  # Seconds before anything is answered.
    drop: bool = False  # Closes instead of answering.
    accepted: bool = False  # The request takes effect, though the answer does not say so.
    channel: str | None = None  # Waits for a request about this one, and lets others pass.


async def answer_with_fault(
    request: web.Request, fault: SlackFault, act: Callable[[], web.Response], refuse: Callable[[str], web.Response]
) -> web.StreamResponse:
    """Performs a request with `act` and answers it, except as the fault says. `refuse` answers with an error code."""
    answered = act() if fault.accepted else None
    await asyncio.sleep(fault.delay)
    if fault.drop:
        return _drop_connection(request)
    if fault.error is not None:
        return refuse(fault.error)
    if fault.status is not None or fault.body is not None:
        return _wrong_answer(fault, refuse)
    return answered or act()


def _wrong_answer(fault: SlackFault, refuse: Callable[[str], web.Response]) -> web.Response:
    status = fault.status or HTTPStatus.OK
    if status != HTTPStatus.TOO_MANY_REQUESTS or fault.body is not None:
        return web.Response(status=status, headers=fault.headers, body=fault.body)
    response = refuse("ratelimited")
    response.set_status(status)
    response.headers.update({"Retry-After": "1", **fault.headers})
    return response


def _drop_connection(request: web.Request) -> web.Response:
    # aiohttp wants a response from every handler; this one no longer reaches anybody.
    if request.transport:
        request.transport.close()
    return web.Response()
