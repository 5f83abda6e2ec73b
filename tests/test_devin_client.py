"""Devin's API call by call: what goes out, how each answer reads, and which failures are tried again."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import respx
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import __version__
from bot.devin import Cell, Counts, Filter, Reading
from bot.devin.http import HttpDevin, http_devin
from bot.periods.window import Window
from bot.problems import Problem

HOST = "https://devin.example"
DEADLINE = timedelta(seconds=10)
NOW = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
SECONDS = "time_after=1794182400&time_before=1794787200"  # The same week.
DATES = "start_date=2026-11-09T00%3A00%3A00%2B00%3A00&end_date=2026-11-16T00%3A00%3A00%2B00%3A00"
V3 = "/v3/enterprise/metrics/sessions"
CELL = Cell("v3-enterprise", WEEK, Filter(orgs=("org-1",)))
HTML = "<html><body>Sign in</body></html>"

# The two shapes in which Devin explains a refusal, the second with and without words of its own.
FASTAPI = {"detail": [{"loc": ["query", "time_after"], "msg": "Not a number", "type": "int"}, {"msg": "No"}]}
RFC_9457 = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "Not yours.", "errors": []}
ERRORS = {"title": "Unprocessable", "errors": [{"detail": "Not a number", "pointer": "#/time_after"}]}


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=9, cap=True):  # As many tries as ever, without the waits.
        yield


@pytest.fixture
def devin() -> Iterator[respx.Route]:
    with respx.mock as router:
        yield router.route(host="devin.example")


def counted() -> httpx.Response:
    return httpx.Response(200, json={"sessions_created_count": 431})


async def read(cell: Cell = CELL, url: str = HOST) -> Reading:
    async with http_devin("cog_secret", url, DEADLINE, lambda: NOW) as devin:
        return await devin.read(cell)


async def problem() -> Problem:
    with pytest.raises(Problem) as caught:
        await read()
    return caught.value


# What goes out


@pytest.mark.parametrize(
    ("cell", "target"),
    [
        (Cell("v3-enterprise", WEEK), f"{V3}?{SECONDS}"),
        (
            Cell("v3-enterprise", WEEK, Filter(("a", "b"), ("auth0|1", "u-2"), ("ci", "cd"), "p&q")),
            f"{V3}?{SECONDS}&org_ids=a&org_ids=b&user_ids=auth0%7C1&user_ids=u-2"
            f"&service_user_ids=ci&service_user_ids=cd&playbook_id=p%26q",
        ),
        (
            Cell("v3-organization", WEEK, Filter(("org-a",), ("auth0|1",), (), "playbook-1")),
            f"/v3/organizations/org-a/metrics/sessions?{SECONDS}&user_ids=auth0%7C1&playbook_id=playbook-1",
        ),
        (
            Cell("v3-organization", WEEK, Filter(("a/b?c|d e%20",))),
            f"/v3/organizations/a%2Fb%3Fc%7Cd%20e%2520/metrics/sessions?{SECONDS}",
        ),
        (
            Cell("v2-enterprise", WEEK, Filter(("org-a", "org-b"), ("auth0|1",))),
            f"/v2/enterprise/metrics/sessions?{DATES}&org_ids=org-a&org_ids=org-b&user_ids=auth0%7C1",
        ),
    ],
)
async def test_a_cell_is_this_one_request(devin: respx.Route, cell: Cell, target: str) -> None:
    devin.mock(return_value=httpx.Response(200, json={}))
    await read(cell)
    (call,) = devin.calls
    assert (call.request.method, call.request.url.raw_path.decode(), call.request.content) == ("GET", target, b"")


async def test_a_request_carries_the_key_and_says_who_asks(devin: respx.Route) -> None:
    devin.mock(return_value=counted())
    await read()
    sent = devin.calls.last.request.headers
    assert (sent["Authorization"], sent["Accept"]) == ("Bearer cog_secret", "application/json")
    assert sent["User-Agent"] == f"devin-metrics/{__version__}"


@pytest.mark.parametrize("url", [f"{HOST}/proxied", f"{HOST}/proxied/"])
async def test_a_base_url_may_have_a_path(devin: respx.Route, url: str) -> None:
    devin.mock(return_value=counted())
    await read(url=url)
    assert devin.calls.last.request.url.path == f"/proxied{V3}"


# How answers read


async def test_a_reading_is_the_cell_what_it_counted_and_when_the_answer_was_there(devin: respx.Route) -> None:
    clock = [NOW - timedelta(seconds=1)]

    def answer(_request: httpx.Request) -> httpx.Response:
        clock[0] = NOW
        return counted()

    devin.mock(side_effect=answer)
    async with http_devin("cog_secret", HOST, DEADLINE, lambda: clock[0]) as opened:
        assert await opened.read(CELL) == Reading(CELL, NOW, Counts(sessions=431))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"sessions_created_count": -1}', "sessions_created_count"),
        (b'{"avg_acus_per_session": NaN}', "avg_acus_per_session"),
        (b'{"sessions_created_by_size": {"xs": 1, "xl": "many"}}', "sessions_created_by_size.xl"),
        (b'{"sessions_created_by_origin": {"fax": 9223372036854775808}}', "sessions_created_by_origin.fax"),
        (b'{"sessions_created_by_origin": {"%s": -1}}' % (b"x" * 9999), "sessions_created_by_origin." + "x" * 273),
        (
            json.dumps({"sessions_created_by_origin": dict.fromkeys(map(str, range(201)), 1)}).encode(),
            "sessions_created_by_origin",
        ),
        (b"[]", "body"),
    ],
)
async def test_a_number_that_cannot_be_is_a_problem_that_names_its_field(
    devin: respx.Route, body: bytes, field: str
) -> None:
    devin.mock(return_value=httpx.Response(200, content=body))
    found = await problem()
    assert (found.key, found.data, devin.call_count) == ("devin-odd-answer", {"field": field}, 1)


@pytest.mark.parametrize("body", [b"", b'{"sessions_created_count": 4', HTML, b"\xff", b"{}".rjust(1_000_001)])
async def test_what_is_no_json_or_too_much_of_it_is_garbled_and_not_tried_again(
    devin: respx.Route, body: bytes
) -> None:
    devin.mock(return_value=httpx.Response(200, content=body))
    assert ((await problem()).key, devin.call_count) == ("devin-garbled", 1)


async def test_an_answer_of_a_million_bytes_is_still_read(devin: respx.Route) -> None:
    devin.mock(return_value=httpx.Response(200, content=b'{"sessions_created_count": 431}'.rjust(1_000_000)))
    assert (await read()).counts.sessions == 431


# Failures that stay


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (401, "devin-unauthorized"),
        (403, "devin-forbidden"),
        (404, "devin-not-found"),
        *((status, "devin-rejected") for status in (400, 408, 422, 204, 304)),
    ],
)
async def test_a_refusal_is_told_at_once_after_one_call(devin: respx.Route, status: int, key: str) -> None:
    devin.mock(return_value=httpx.Response(status, headers={"Retry-After": "1"}))
    found = await problem()
    known = {"status": status, "source": "v3-enterprise", "orgs": ("org-1",), "detail": None, "seconds": 1.0}
    assert (found.key, found.data, devin.call_count) == (key, known | {"tries": 1}, 1)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        ({"json": FASTAPI}, "Not a number; No"),
        ({"json": RFC_9457}, "Not yours."),
        ({"json": ERRORS}, "Not a number"),
        ({"json": {"title": "Forbidden"}}, "Forbidden"),
        ({"json": {"detail": {"msg": "No"}}}, "No"),
        ({"json": {"detail": ["No", 5, {"code": 7}]}}, "No; 5; {'code': 7}"),
        ({"json": {"detail": " two\r\n\tlines "}}, "two lines"),
        ({"json": {"detail": "x" * 301}}, "x" * 300),
        ({"json": {"errors": 5}}, "5"),
        ({"json": {"detail": "", "errors": []}}, None),
        ({"json": ["No"]}, None),
        ({"html": HTML}, None),
        ({"content": b'{"detail": "\\ud800"}'}, None),
        ({"content": b'{"detail": ' + b"[" * 100_000}, None),
    ],
)
@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_a_refusal_is_told_in_devins_own_words_where_it_has_some(
    devin: respx.Route, answer: dict[str, Any], detail: str | None, status: int
) -> None:
    devin.mock(return_value=httpx.Response(status, **answer))
    assert ((await problem()).data["detail"], devin.call_count) == (detail, 1)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://elsewhere.example/v3", "elsewhere.example"),
        ("https://user:password@elsewhere.example:8443/", "elsewhere.example:8443"),
        ("//elsewhere.example/", "elsewhere.example"),
        ("/login", "devin.example"),
        ("", "devin.example"),
        ("//[elsewhere/", "%5belsewhere"),
    ],
)
async def test_a_redirect_is_told_by_its_host_and_not_followed(devin: respx.Route, location: str, host: str) -> None:
    devin.mock(return_value=httpx.Response(302, headers={"Location": location}))
    found = await problem()
    assert (found.key, found.data, devin.call_count) == ("devin-redirect", {"host": host, "tries": 1}, 1)


async def test_a_redirect_to_what_is_no_address_is_garbled(devin: respx.Route) -> None:
    devin.mock(return_value=httpx.Response(302, headers={"Location": "mailto:someone@devin.example"}))
    assert ((await problem()).key, devin.call_count) == ("devin-garbled", 1)


# Failures that may pass

Failure = httpx.Response | Exception
FAILURES: list[tuple[Failure, str, dict[str, object]]] = [
    (httpx.Response(429, json=RFC_9457), "devin-busy", {"status": 429, "detail": "Not yours."}),
    (httpx.Response(500), "devin-down", {"status": 500, "detail": None}),
    (httpx.Response(502, html=HTML), "devin-down", {"status": 502, "detail": None}),
    (httpx.Response(503, json=FASTAPI), "devin-down", {"status": 503, "detail": "Not a number; No"}),
    (httpx.ConnectError("refused"), "devin-unreachable", {"host": "devin.example"}),
    (httpx.ConnectTimeout("late"), "devin-slow", {"seconds": 10}),
    (httpx.ReadTimeout("late"), "devin-slow", {"seconds": 10}),
    (httpx.ReadError("gone"), "devin-broke-off", {}),
    (httpx.RemoteProtocolError("gone"), "devin-broke-off", {}),
    (httpx.DecodingError("no gzip"), "devin-broke-off", {}),
]


@pytest.mark.parametrize(("failure", "key", "data"), FAILURES)
async def test_what_fails_three_times_is_told_with_its_tries(
    devin: respx.Route, failure: Failure, key: str, data: dict[str, object]
) -> None:
    devin.mock(side_effect=[failure] * 3)
    found = await problem()
    answered = {"source": "v3-enterprise", "orgs": ("org-1",), "seconds": None} if "status" in data else {}
    assert (found.key, found.data, devin.call_count) == (key, {**data, **answered, "tries": 3}, 3)


@pytest.mark.parametrize("failures", [1, 2])
@pytest.mark.parametrize("failure", [failure for failure, _, _ in FAILURES])
async def test_a_later_try_may_succeed(devin: respx.Route, failure: Failure, failures: int) -> None:
    devin.mock(side_effect=[*[failure] * failures, counted()])
    assert (await read()).counts.sessions == 431


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        ([httpx.Response(503), httpx.ReadError("gone"), httpx.Response(429)], "devin-busy"),
        ([httpx.Response(503), httpx.Response(401)], "devin-unauthorized"),
        ([httpx.ReadError("gone"), httpx.Response(302, headers={"Location": "/login"})], "devin-redirect"),
    ],
)
async def test_the_last_failure_is_the_one_that_is_told(devin: respx.Route, answers: list[Failure], key: str) -> None:
    devin.mock(side_effect=answers)
    found = await problem()
    assert (found.key, found.data["tries"], devin.call_count) == (key, len(answers), len(answers))


# Whatever comes

DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["detail", "errors", "title", "msg"]), inner),
    max_leaves=6,
)
LOCATION = st.tuples(st.sampled_from(["", "/", "//", "https://", "mailto:"]), st.text(st.characters(max_codepoint=126)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The first texts ever made take a second.
@given(
    status=st.integers(200, 599),
    body=st.binary() | DOCUMENT.map(lambda document: json.dumps(document).encode()),
    retry_after=st.text(st.sampled_from("0123456789 ,:-+FriNovGMT"), max_size=30),
    location=LOCATION.map("".join),
)
async def test_every_answer_is_a_reading_or_a_problem(
    status: int, body: bytes, retry_after: str, location: str
) -> None:
    answer = httpx.Response(status, headers={"Retry-After": retry_after, "Location": location}, content=body)
    transport = httpx.MockTransport(lambda _request: answer)
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        with suppress(Problem):
            await HttpDevin(client, DEADLINE, lambda: NOW).read(CELL)
