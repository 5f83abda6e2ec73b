"""Serves a stand-in for Devin's API on loopback, with the counts of the made-up enterprise.

It accepts what the published specifications say. What they leave open it does as Devin was seen to do: an unknown
organization is a 403, and parameters of other names are ignored.
"""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from bot.devin import Counts, Filter
from bot.periods.window import Window
from bot.playground.devin import sample

Model = TypeVar("Model", bound=BaseModel)

# White space may stand before any JSON, so a reader of such an answer has no reason to give up.
_WHITE_SPACE = b" "


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it arrived: its query undecoded, of its key only the prefix."""

    method: str
    path: str
    query: str
    authorization: str


@dataclass(frozen=True, slots=True)
class DevinFault:
    """The fault of one request. Without a status the answer is the right one, but late or cut."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0  # Seconds before anything is answered.
    until: asyncio.Event | None = None  # What is waited for before that.
    drip: float | None = None  # Seconds between the single bytes of an answer that never ends.
    cut: bool = False  # Promises the whole body and closes in the middle of it.
    drop: bool = False  # Closes instead of answering.


def _in_utc(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=UTC)


_Date = Annotated[datetime, AfterValidator(_in_utc)]
_Second = Annotated[int, Field(ge=0, lt=253_402_300_800)]  # To the end of the year 9999, where datetimes end.


class _Dates(BaseModel):
    start_date: _Date | None = None
    end_date: _Date | None = None

    def window(self, now: datetime) -> Window:
        # Without dates v2 counts the billing cycle up to now. This enterprise's cycles begin with the month.
        month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return Window(self.start_date or month, self.end_date or now)


class _Seconds(BaseModel):
    time_after: _Second
    time_before: _Second

    def window(self) -> Window:
        return Window(datetime.fromtimestamp(self.time_after, UTC), datetime.fromtimestamp(self.time_before, UTC))


@dataclass(slots=True)
class DevinStandin:
    """A running stand-in: its URL, the requests that it got, and the faults of the next ones."""

    at: Callable[[], datetime]
    url: str = ""
    requests: list[Received] = field(default_factory=list)
    faults: deque[DevinFault] = field(default_factory=deque)
    default_fault: DevinFault = field(default_factory=DevinFault)  # Of requests without one of their own.

    def app(self) -> web.Application:
        """The application with Devin's three endpoints."""
        app = web.Application(middlewares=[self._answer])
        app.router.add_get("/v2/enterprise/metrics/sessions", self._v2)
        app.router.add_get("/v3/enterprise/metrics/sessions", self._v3_enterprise)
        app.router.add_get("/v3/organizations/{org_id}/metrics/sessions", self._v3_organization)
        return app

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(_received(request))
        fault = self.faults.popleft() if self.faults else self.default_fault
        await (fault.until.wait() if fault.until else asyncio.sleep(fault.delay))
        if fault.drop:
            return _close_connection(request, web.Response())
        if fault.drip is not None:
            return await _send_forever(request, fault, fault.drip)
        answer = await handler(request) if fault.status is None else _fault_response(fault, fault.status)
        answer.headers["Date"] = format_datetime(self.at().astimezone(UTC), usegmt=True)
        return await _send_half(request, answer) if fault.cut else answer

    async def _v2(self, request: web.Request) -> web.Response:
        _authorize(request, "apk_user_")
        now = self.at()
        window = _parse(_Dates, request).window(now)
        orgs, users = _ids_in_query(request, "org_ids"), _ids_in_query(request, "user_ids")
        _check_orgs(orgs)
        counts = sample.sample_counts(window, Filter(orgs, users), now)
        return web.json_response({"sessions_count": counts.sessions})

    async def _v3_enterprise(self, request: web.Request) -> web.Response:
        _authorize(request, "cog_")
        window = _parse(_Seconds, request).window()
        orgs = _ids_in_query(request, "org_ids")
        _check_orgs(orgs)
        return self._metrics(request, window, orgs)

    async def _v3_organization(self, request: web.Request) -> web.Response:
        _authorize(request, "cog_")
        orgs = (request.match_info["org_id"],)
        _check_orgs(orgs)
        return self._metrics(request, _parse(_Seconds, request).window(), orgs)

    def _metrics(self, request: web.Request, window: Window, orgs: tuple[str, ...]) -> web.Response:
        users, service_users = _ids_in_query(request, "user_ids"), _ids_in_query(request, "service_user_ids")
        ids = Filter(orgs, users, service_users, request.query.get("playbook_id"))
        return web.json_response(_session_metrics(sample.sample_counts(window, ids, self.at())))


@asynccontextmanager
async def devin_standin(at: datetime | Callable[[], datetime]) -> AsyncIterator[DevinStandin]:
    """Runs the stand-in on 127.0.0.1, at a moment or by a clock, on any free port."""
    devin = DevinStandin(at if callable(at) else lambda: at)
    # Answers under way when it closes get a moment; one that drips would take for ever and is cancelled.
    runner = web.AppRunner(devin.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        devin.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield devin
    finally:
        await runner.cleanup()


def _parse(model: type[Model], request: web.Request) -> Model:
    try:
        return model.model_validate(dict(request.query.items()))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        body = {"detail": [{**detail, "loc": ["query", *detail["loc"]]} for detail in details]}
        raise web.HTTPUnprocessableEntity(text=json.dumps(body), content_type="application/json") from error


def _ids_in_query(request: web.Request, name: str) -> tuple[str, ...]:
    # Repeated keys make a list; commas and brackets mean nothing.
    return tuple(request.query.getall(name, ()))


def _authorize(request: web.Request, prefix: str) -> None:
    if not re.fullmatch(rf"Bearer {prefix}\S+", request.headers.get("Authorization", "")):
        raise _http_error(web.HTTPUnauthorized, "This version of the API takes another kind of key.")


def _check_orgs(orgs: Iterable[str]) -> None:
    # Whether an organization is out of reach or does not exist is not for the asker to learn.
    if not set(orgs) <= set(sample.ORGS.values()):
        raise _http_error(web.HTTPForbidden, "The key may not view the metrics of this organization.")


def _http_error(kind: type[web.HTTPError], detail: str) -> web.HTTPError:
    status = HTTPStatus(kind.status_code)
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return kind(text=json.dumps(problem), content_type="application/problem+json")


def _session_metrics(counts: Counts) -> dict[str, object]:
    return {
        "sessions_created_count": counts.sessions,
        "sessions_created_by_size": counts.by_size,
        "sessions_created_by_origin": counts.by_origin,
        "sessions_created_with_playbook_count": counts.with_playbook,
        "sessions_created_with_search_count": counts.with_search,
        "sessions_with_merged_prs_count": counts.shipped,
        "sessions_with_merged_prs_by_size": counts.shipped_by_size,
        "avg_acus_per_session": None if counts.average_acus is None else float(counts.average_acus),
    }


def _received(request: web.Request) -> Received:
    path, _, query = request.raw_path.partition("?")
    kind = re.match(r"Bearer (cog_|apk_user_|apk_)?", request.headers.get("Authorization", ""))
    return Received(request.method, path, query, kind.group() if kind else "")


def _fault_response(fault: DevinFault, status: int) -> web.Response:
    return web.Response(status=status, headers=fault.headers, body=fault.body)


async def _send_forever(request: web.Request, fault: DevinFault, interval: float) -> web.StreamResponse:
    response = web.StreamResponse(
        status=fault.status or HTTPStatus.OK, headers={"Content-Type": "application/json", **fault.headers}
    )
    await response.prepare(request)
    while True:
        await response.write(_WHITE_SPACE)
        await asyncio.sleep(interval)


async def _send_half(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    assert isinstance(answer, web.Response)
    body = bytes(answer.body) if isinstance(answer.body, bytes | bytearray) else b""
    headers = {**answer.headers, "Content-Length": str(max(len(body), 1))}
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    return _close_connection(request, response)


def _close_connection(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    # aiohttp wants a response from every handler; this one no longer reaches anybody.
    if request.transport:
        request.transport.close()
    return response
