"""Calls Devin's API over HTTP, with retries; a failure becomes a Problem."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx
import stamina
from pydantic import ValidationError
from pydantic_core import from_json

from bot import __version__
from bot.devin import Cell, Counts, Reading, Source, v2, v3
from bot.devin.http_date import answered_at
from bot.problems import Problem
from bot.telemetry import redact

TRIES = 3
LONGEST_RETRY_WAIT = timedelta(seconds=20)  # A longer Retry-After becomes a Problem: the asker is waiting.
LONGEST_RETRY_AFTER = 24 * 60 * 60.0  # Seconds.
LARGEST_BODY = 1_000_000  # An answer has under 2 kB. More than this is not an answer.
LONGEST_FAILURE_DETAIL = 300

# The statuses with a problem of their own; the others are "rejected" below 500 and "down" from there on.
STATUS_PROBLEMS = {401: "devin-unauthorized", 403: "devin-forbidden", 404: "devin-not-found", 429: "devin-busy"}


class ApiVersion(Protocol):
    """The pure functions of `v2` and of `v3`: a request from a cell, counts from an answer."""

    def path(self, _cell: Cell, /) -> str: ...  # noqa: D102 (described where it is defined)
    def params(self, cell: Cell, /) -> list[tuple[str, str]]: ...  # noqa: D102
    def counts(self, body: bytes, /) -> Counts: ...  # noqa: D102


VERSIONS: Mapping[Source, ApiVersion] = {"v2-enterprise": v2, "v3-organization": v3, "v3-enterprise": v3}


class _FailedTryError(Exception):
    """One try that failed: its problem, and whether to retry, or after how many seconds."""

    def __init__(self, problem: Problem, retry: bool | float) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry = retry


class HttpDevin:
    """Reads cells from Devin's API. `deadline` bounds each of at most three tries, from connecting to the last byte."""

    def __init__(self, client: httpx.AsyncClient, deadline: timedelta, now: Callable[[], datetime]) -> None:
        self._client = client
        self._deadline = deadline
        self._now = now

    async def read(self, cell: Cell) -> Reading:
        """Makes the call, up to three times for faults that pass. Raises Problem with words for each failure."""
        body = await self._get(cell)
        try:
            counts = VERSIONS[cell.source].counts(body)
        except ValidationError as error:
            raise _invalid_answer(error) from None
        return Reading(cell, self._now(), counts)

    async def _get(self, cell: Cell) -> bytes:
        tries = 0
        try:
            async for attempt in stamina.retry_context(
                on=_retry, attempts=TRIES, timeout=None, wait_initial=0.5, wait_max=LONGEST_RETRY_WAIT
            ):
                with attempt:
                    tries = attempt.num
                    return await self._get_once(cell)
        except _FailedTryError as failed:
            raise Problem(failed.problem.key, tries=tries, **failed.problem.data) from failed.__cause__
        raise AssertionError("stamina returns or raises")  # pragma: no cover (for the type checker)

    async def _get_once(self, cell: Cell) -> bytes:
        version = VERSIONS[cell.source]
        try:
            async with (
                asyncio.timeout(self._deadline.total_seconds()),
                self._client.stream("GET", version.path(cell), params=tuple(version.params(cell))) as response,
            ):
                body = await _read_body(response)
        except (TimeoutError, httpx.TimeoutException) as error:
            seconds = round(self._deadline.total_seconds())
            raise _FailedTryError(Problem("devin-slow", seconds=seconds), retry=True) from error
        except httpx.ConnectError as error:
            host = self._client.base_url.host
            raise _FailedTryError(Problem("devin-unreachable", host=host), retry=True) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _FailedTryError(Problem("devin-broke-off"), retry=True) from error
        except httpx.InvalidURL as error:  # httpx reads a Location even where it does not follow it.
            raise _FailedTryError(Problem("devin-garbled"), retry=False) from error
        if response.status_code != httpx.codes.OK:
            raise self._failure(response, body, cell)
        return body

    def _failure(self, response: httpx.Response, body: bytes, cell: Cell) -> _FailedTryError:
        status = response.status_code
        if response.next_request:
            to = response.next_request.url.netloc.decode()
            return _FailedTryError(Problem("devin-redirect", host=redact(to)), retry=False)
        known = STATUS_PROBLEMS.get(status, "devin-down" if status >= 500 else "devin-rejected")
        wait = _retry_after(response, self._now())
        problem = Problem(
            known, status=status, source=cell.source, orgs=cell.filter.orgs, detail=_detail(body), seconds=wait
        )
        if known not in {"devin-busy", "devin-down"} or (wait or 0) > LONGEST_RETRY_WAIT.total_seconds():
            return _FailedTryError(problem, retry=False)
        return _FailedTryError(problem, retry=True if wait is None else wait)


@asynccontextmanager
async def http_devin(
    key: str,
    url: str,
    deadline: timedelta,
    now: Callable[[], datetime],
    hear: Callable[[datetime | None], None] | None = None,
) -> AsyncIterator[HttpDevin]:
    """An open connection to Devin at a base URL. No redirect is followed: it could carry the key to another host.

    `hear` is told of each answer when it was made, by Devin's clock.
    """

    async def tell(response: httpx.Response) -> None:
        if hear:
            hear(answered_at(response.headers))

    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "User-Agent": f"devin-metrics/{__version__}",
    }
    timeout = httpx.Timeout(deadline.total_seconds())
    hooks = {"response": [tell]}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=timeout, follow_redirects=False, event_hooks=hooks
    ) as client:
        yield HttpDevin(client, deadline, now)


def _retry(error: Exception) -> bool | float:
    return isinstance(error, _FailedTryError) and error.retry


async def _read_body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _FailedTryError(Problem("devin-garbled"), retry=False)
    return bytes(body)


def _retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Seconds that the answer asks to wait: a number, or a date (RFC 9110, section 10.2.3); None if it asks nothing."""
    value = response.headers.get("Retry-After", "")
    try:
        wait = float(value) if value.isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (OverflowError, TypeError, ValueError):
        return None
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER)


def _detail(body: bytes) -> str | None:
    """The words in the body of a failure: FastAPI's list or an RFC 9457 document; None where it is HTML or empty."""
    try:
        document = from_json(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    detail = document.get("detail") or document.get("errors") or document.get("title") or []
    entries = detail if isinstance(detail, list) else [detail]
    words = [str(one.get("msg") or one.get("detail") or one) if isinstance(one, dict) else str(one) for one in entries]
    return redact(" ".join("; ".join(words).split()))[:LONGEST_FAILURE_DETAIL] or None


def _invalid_answer(error: ValidationError) -> Problem:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Problem("devin-garbled")
    field = ".".join(str(part) for part in first["loc"]) or "body"
    return Problem("devin-odd-answer", field=redact(field)[:LONGEST_FAILURE_DETAIL])
