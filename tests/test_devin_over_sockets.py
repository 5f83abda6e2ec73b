"""Devin's API over real sockets, against the stand-in: what breaks on the way, how long it may take, what gets out."""

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks
from structlog.testing import capture_logs

from bot.devin import Cell, Filter, Reading
from bot.devin.gather import Gather
from bot.devin.http import http_devin
from bot.periods.window import Window
from bot.playground.devin import sample
from bot.playground.devin.standin import DevinFault, DevinStandin, Received, devin_standin
from bot.problems import Problem

FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
SECONDS = "time_after=1794182400&time_before=1794787200"  # The same week.
DATES = "start_date=2026-11-09T00%3A00%3A00%2B00%3A00&end_date=2026-11-16T00%3A00%3A00%2B00%3A00"
V3 = "/v3/enterprise/metrics/sessions"
CELL = Cell("v3-enterprise", WEEK)
COG, APK = "cog_SECRETSECRET", "apk_user_SECRETSECRET"
LONG, SHORT = 10, 0.3  # Deadlines in seconds.


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with stamina.set_testing(True, attempts=9, cap=True):  # As many tries as ever, without the waits.
        yield
    set_on_retry_hooks(None)


@pytest.fixture
async def devin() -> AsyncIterator[DevinStandin]:
    async with devin_standin(FRIDAY) as running:
        yield running


async def read(url: str, cell: Cell = CELL, key: str = COG, deadline: float = LONG) -> Reading:
    async with http_devin(key, url, timedelta(seconds=deadline), lambda: FRIDAY) as opened:
        return await opened.read(cell)


async def problem(url: str, cell: Cell = CELL, key: str = COG, deadline: float = LONG) -> Problem:
    with pytest.raises(Problem) as caught:
        await read(url, cell, key, deadline)
    return caught.value


# All is well


@pytest.mark.parametrize(
    ("cell", "key", "target"),
    [
        (
            Cell("v3-enterprise", WEEK, Filter(("org-payments", "org-search"), ("user-01",), ("service-user-ci",))),
            COG,
            f"{V3}?{SECONDS}&org_ids=org-payments&org_ids=org-search&user_ids=user-01&service_user_ids=service-user-ci",
        ),
        (
            Cell("v3-organization", WEEK, Filter(("org-platform",), ("auth0|1",), playbook="playbook-bug-fix")),
            COG,
            f"/v3/organizations/org-platform/metrics/sessions?{SECONDS}&user_ids=auth0%7C1&playbook_id=playbook-bug-fix",
        ),
        (
            Cell("v2-enterprise", WEEK, Filter(("org-search",), ("user-09", "auth0|1"))),
            APK,
            f"/v2/enterprise/metrics/sessions?{DATES}&org_ids=org-search&user_ids=user-09&user_ids=auth0%7C1",
        ),
    ],
)
async def test_a_cell_reads_as_the_stand_in_counts_it_after_this_one_request(
    devin: DevinStandin, cell: Cell, key: str, target: str
) -> None:
    reading = await read(devin.url, cell, key)
    assert (reading.cell, reading.read_at) == (cell, FRIDAY)
    assert reading.counts.sessions == sample.sample_counts(WEEK, cell.filter, FRIDAY).sessions
    path, _, query = target.partition("?")
    assert devin.requests == [Received("GET", path, query, f"Bearer {key.removesuffix('SECRETSECRET')}")]


async def test_many_cells_are_read_over_one_client(devin: DevinStandin) -> None:
    cells = [Cell("v3-organization", WEEK, Filter((org,))) for org in sample.ORGS.values()]
    async with http_devin(COG, devin.url, timedelta(seconds=LONG), lambda: FRIDAY) as opened:
        readings = await Gather(opened, 2)([*cells, *cells])
    assert {cell: reading.counts for cell, reading in readings.items()} == {
        cell: sample.sample_counts(WEEK, cell.filter, FRIDAY) for cell in cells
    }
    assert len(devin.requests) == len(cells)


# Refusals


@pytest.mark.parametrize(
    ("cell", "key", "refused"),
    [
        (CELL, APK, "devin-unauthorized"),
        (Cell("v2-enterprise", WEEK), COG, "devin-unauthorized"),
        (Cell("v3-enterprise", WEEK, Filter(("org-elsewhere",))), COG, "devin-forbidden"),
        (Cell("v3-organization", WEEK, Filter(("org-payments/../org-search",))), COG, "devin-forbidden"),
        (Cell("v2-enterprise", WEEK, Filter(("org-elsewhere",))), APK, "devin-forbidden"),
        (Cell("v3-enterprise", Window(WEEK.after.replace(year=1969), WEEK.before)), COG, "devin-rejected"),
    ],
)
async def test_what_devin_refuses_is_asked_once(devin: DevinStandin, cell: Cell, key: str, refused: str) -> None:
    found = await problem(devin.url, cell, key)
    assert (found.key, found.data["tries"], len(devin.requests)) == (refused, 1, 1)
    assert found.data["detail"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_the_other_host_receives_nothing(devin: DevinStandin, status: int) -> None:
    async with devin_standin(FRIDAY) as other:
        devin.faults.append(DevinFault(status, {"Location": f"{other.url}{V3}?{SECONDS}"}))
        found = await problem(devin.url)
        assert (found.key, found.data["host"]) == ("devin-redirect", other.url.removeprefix("http://"))
        assert (len(devin.requests), other.requests) == (1, [])


# Faults on the way


async def test_where_nobody_listens_devin_is_unreachable() -> None:
    async with devin_standin(FRIDAY) as closed:
        pass
    found = await problem(closed.url)
    assert (found.key, found.data) == ("devin-unreachable", {"host": "127.0.0.1", "tries": 3})


BROKEN = [
    (DevinFault(drop=True), "devin-broke-off"),
    (DevinFault(cut=True), "devin-broke-off"),  # Its Content-Length promises more than comes.
    (DevinFault(502, body=b"<html></html>", cut=True), "devin-broke-off"),
    (DevinFault(200, {"Content-Encoding": "gzip"}, b"not compressed"), "devin-broke-off"),
    (DevinFault(429), "devin-busy"),
    (DevinFault(502, {"Content-Type": "text/html"}, b"<html></html>"), "devin-down"),
    (DevinFault(503), "devin-down"),
]


@pytest.mark.parametrize(("fault", "key"), BROKEN)
async def test_a_call_that_breaks_is_made_three_times_in_all(devin: DevinStandin, fault: DevinFault, key: str) -> None:
    devin.faults.extend([fault] * 3)
    found = await problem(devin.url)
    assert (found.key, found.data["tries"], len(devin.requests)) == (key, 3, 3)


@pytest.mark.parametrize("fault", [fault for fault, _ in BROKEN])
@pytest.mark.parametrize("times", [1, 2])
async def test_a_call_that_breaks_once_or_twice_is_answered_all_the_same(
    devin: DevinStandin, fault: DevinFault, times: int
) -> None:
    devin.faults.extend([fault] * times)
    assert (await read(devin.url)).counts == sample.sample_counts(WEEK, Filter(), FRIDAY)
    assert len(devin.requests) == times + 1


@pytest.mark.parametrize("body", [b'{"sessions_created_count": 4', b"<html></html>", b"{}".rjust(1_000_001)])
async def test_an_answer_that_is_none_of_devins_is_garbled_and_not_asked_for_again(
    devin: DevinStandin, body: bytes
) -> None:
    devin.faults.append(DevinFault(200, body=body))
    assert ((await problem(devin.url)).key, len(devin.requests)) == ("devin-garbled", 1)


# Time


@pytest.mark.parametrize("fault", [DevinFault(delay=60), DevinFault(drip=0.01), DevinFault(503, drip=0.01)])
async def test_each_try_ends_at_the_deadline_though_single_bytes_come_in_time(
    devin: DevinStandin, fault: DevinFault
) -> None:
    devin.faults.extend([fault] * 3)
    started = asyncio.get_running_loop().time()
    found = await problem(devin.url, deadline=SHORT)
    took = asyncio.get_running_loop().time() - started
    assert (found.key, found.data["tries"]) == ("devin-slow", 3)
    assert took < 5


async def test_a_call_that_is_slow_once_is_answered_all_the_same(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(delay=60))
    assert (await read(devin.url, deadline=0.5)).counts.sessions == 431


async def test_a_call_that_nobody_waits_for_any_more_ends_and_is_not_made_again(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(delay=60))
    call = asyncio.create_task(read(devin.url))
    for _ in range(500):
        await asyncio.sleep(0 if devin.requests else 0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(devin.requests) == 1


# How long until the next try


class _WaitingError(Exception):
    """Ends a call where it would begin to wait."""


async def wait(devin: DevinStandin, *faults: DevinFault) -> float:
    """The seconds between the last of these failures and the next try."""

    def stop(details: RetryDetails) -> None:
        if details.retry_num == len(faults):
            raise _WaitingError(details.wait_for)

    devin.faults.extend(faults)
    set_on_retry_hooks([stop])
    with stamina.set_testing(False), pytest.raises(_WaitingError) as caught:
        await read(devin.url)
    return float(caught.value.args[0])


def in_seconds(seconds: int) -> str:
    """A Retry-After as a date."""
    return format_datetime(FRIDAY + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), ("20", 20), ("0", 0), (in_seconds(12), 12), (in_seconds(0), 0), (in_seconds(-60), 0)],
)
async def test_the_next_try_comes_when_devin_asks_for_it(
    devin: DevinStandin, retry_after: str, seconds: int, status: int
) -> None:
    assert await wait(devin, DevinFault(status, {"Retry-After": retry_after})) == seconds


@pytest.mark.parametrize(
    "retry_after", ["", "soon", "-1", "1.5", "7, 8", "Fri, 20 Nov 2026 19:05:07", f"{'9' * 20} Nov 2026 00:00:00 GMT"]
)
async def test_where_devin_does_not_say_when_the_next_try_comes_in_about_a_second(
    devin: DevinStandin, retry_after: str
) -> None:
    assert 0.5 <= await wait(devin, DevinFault(429, {"Retry-After": retry_after})) <= 1.5


async def test_the_third_try_comes_after_a_longer_wait_than_the_second(devin: DevinStandin) -> None:
    at_once = DevinFault(503, {"Retry-After": "0"})
    assert 1.0 <= await wait(devin, at_once, DevinFault(503)) <= 2.0


async def test_those_who_failed_together_do_not_try_again_together(devin: DevinStandin) -> None:
    waits = [await wait(devin, DevinFault(503)) for _ in range(5)]
    assert len(set(waits)) > 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("21", 21), (in_seconds(3600), 3600), ("9" * 5000, 86_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400)],
)
async def test_nobody_waits_over_20_seconds_the_wait_is_told_instead_and_as_a_day_at_most(
    devin: DevinStandin, retry_after: str, seconds: int, status: int
) -> None:
    devin.faults.append(DevinFault(status, {"Retry-After": retry_after}))
    found = await problem(devin.url)
    assert (found.data["seconds"], found.data["tries"], len(devin.requests)) == (seconds, 1, 1)


# What gets out

SAID = [
    {"detail": [{"loc": ["header"], "msg": f"Bearer {COG}"}, {"msg": APK, "input": COG}, COG]},
    {"title": COG, "detail": f"The key {COG} is unknown.", "errors": [COG]},
    {"title": COG, "errors": [{"detail": f"key={COG}"}]},
    {"title": COG},
    {"detail": {"key": COG, COG: 1}},
    {"detail": "x " * 145 + COG},  # It lies where the detail ends.
]
ECHOES = [
    *(DevinFault(status, body=json.dumps(said).encode()) for status in (401, 422, 503) for said in SAID),
    DevinFault(403, body=f"<html>{COG}</html>".encode()),
    DevinFault(500, body=COG.encode(), cut=True),
    DevinFault(200, body=COG.encode()),
    DevinFault(200, body=json.dumps({"sessions_created_count": COG}).encode()),
    DevinFault(200, body=json.dumps({"sessions_created_by_origin": {COG: -1}}).encode()),
    DevinFault(401, body=json.dumps({"detail": f"Bearer%20{COG}"}).encode()),
]


@pytest.mark.parametrize("fault", ECHOES)
async def test_a_key_that_devin_repeats_reaches_no_problem_and_no_log(
    devin: DevinStandin, caplog: pytest.LogCaptureFixture, fault: DevinFault
) -> None:
    caplog.set_level(logging.DEBUG)
    devin.faults.extend([fault] * 3)
    with capture_logs() as logged:
        found = await problem(devin.url)
    told = [str(found), repr(found), repr(found.data), *traceback.format_exception(found)]
    assert "SECRET" not in "".join([*told, caplog.text, repr(logged)])
    assert ("stamina.retry_scheduled" in repr(logged)) == (found.data.get("tries") == 3)


async def test_a_key_in_the_address_of_a_redirect_reaches_no_problem(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(302, {"Location": f"https://{COG}@{COG}.example/?key={COG}"}))
    found = await problem(devin.url)
    assert (found.key, found.data["host"]) == ("devin-redirect", "cog_…")
