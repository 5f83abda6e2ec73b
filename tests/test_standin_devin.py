"""The stand-in for Devin's API, asked over real sockets: what it answers, what it refuses, how it fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from yarl import URL

from bot.devin import Cell, Filter, Source, v2, v3
from bot.periods.window import Window
from bot.playground.devin import sample
from bot.playground.devin.standin import DevinFault, DevinStandin, Received, devin_standin

FRIDAY = datetime(2026, 11, 20, 19, 5, tzinfo=UTC)
WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
SECONDS = "time_after=1794182400&time_before=1794787200"  # The same week.
V2 = "/v2/enterprise/metrics/sessions"
V3 = "/v3/enterprise/metrics/sessions"
PAYMENTS = "/v3/organizations/org-payments/metrics/sessions"
COG = "Bearer cog_secret"
APK = "Bearer apk_user_secret"


@pytest.fixture
async def devin() -> AsyncIterator[DevinStandin]:
    async with devin_standin(FRIDAY) as running:
        yield running


async def get(devin: DevinStandin, target: str, authorization: str = COG) -> httpx.Response:
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        return await client.get(devin.url + target, headers={"Authorization": authorization})


# What it answers


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ("v3-enterprise", Filter()),
        ("v3-enterprise", Filter(orgs=("org-payments", "org-search"))),
        ("v3-enterprise", Filter(users=("user-01", "user-02"), playbook="playbook-bug-fix")),
        ("v3-enterprise", Filter(service_users=("service-user-ci",))),
        ("v3-enterprise", Filter(users=("user-99",))),
        ("v3-organization", Filter(orgs=("org-platform",), users=("user-01",))),
    ],
)
async def test_a_cell_asked_over_v3_reads_as_the_sample_counts_it(
    devin: DevinStandin, source: Source, ids: Filter
) -> None:
    cell = Cell(source, WEEK, ids)
    answer = await get(devin, str(URL.build(path=v3.path(cell), query=v3.params(cell))))
    assert v3.counts(answer.content) == sample.sample_counts(WEEK, ids, FRIDAY)


async def test_a_cell_asked_over_v2_reads_as_the_number_of_sessions(devin: DevinStandin) -> None:
    cell = Cell("v2-enterprise", WEEK, Filter(orgs=("org-search",), users=("user-09",)))
    answer = await get(devin, str(URL.build(path=v2.path(cell), query=v2.params(cell))), APK)
    assert answer.json() == {"sessions_count": sample.sample_counts(WEEK, cell.filter, FRIDAY).sessions}


async def test_v3_answers_with_exactly_the_fields_of_the_specification(devin: DevinStandin) -> None:
    answer = await get(devin, f"{V3}?{SECONDS}")
    assert set(answer.json()) == {
        "sessions_created_count",
        "sessions_created_by_size",
        "sessions_created_by_origin",
        "sessions_created_with_playbook_count",
        "sessions_created_with_search_count",
        "sessions_with_merged_prs_count",
        "sessions_with_merged_prs_by_size",
        "avg_acus_per_session",
    }


async def test_the_average_over_no_sessions_is_null(devin: DevinStandin) -> None:
    answer = await get(devin, f"{V3}?time_after=1794182400&time_before=1794182400")
    assert (answer.json()["sessions_created_count"], answer.json()["avg_acus_per_session"]) == (0, None)


async def test_v2_without_dates_counts_the_month_so_far(devin: DevinStandin) -> None:
    month = Window(datetime(2026, 11, 1, tzinfo=UTC), FRIDAY)
    answer = await get(devin, V2, APK)
    assert answer.json() == {"sessions_count": sample.sample_counts(month, Filter(), FRIDAY).sessions}


@pytest.mark.parametrize(
    "dates",
    [
        "start_date=2026-11-09T00:00:00%2B00:00&end_date=2026-11-16T00:00:00%2B00:00",
        "start_date=2026-11-09T00:00:00&end_date=2026-11-16T00:00:00",
        "start_date=2026-11-09&end_date=2026-11-16",
        "start_date=2026-11-08T19:00:00-05:00&end_date=2026-11-16T09:00:00%2B09:00",
    ],
)
async def test_v2_takes_dates_without_an_offset_for_utc(devin: DevinStandin, dates: str) -> None:
    assert (await get(devin, f"{V2}?{dates}", APK)).json() == {"sessions_count": 431}


async def test_it_counts_as_of_the_moment_its_clock_tells() -> None:
    moments = [FRIDAY, WEEK.after + timedelta(days=1)]
    async with devin_standin(lambda: moments[-1]) as devin:
        early = await get(devin, f"{V3}?{SECONDS}")
        moments.pop()
        late = await get(devin, f"{V3}?{SECONDS}")
    assert [answer.headers["Date"] for answer in (early, late)] == [
        "Tue, 10 Nov 2026 00:00:00 GMT",
        "Fri, 20 Nov 2026 19:05:00 GMT",
    ]
    assert (early.json()["sessions_created_count"], late.json()["sessions_created_count"]) == (85, 431)


# What it refuses


@pytest.mark.parametrize(
    ("path", "authorization"),
    [
        (V3, ""),
        (V3, "cog_secret"),
        (V3, "Bearer cog_"),
        (V3, APK),
        (PAYMENTS, APK),
        (V2, COG),
        (V2, "Bearer apk_secret"),
    ],
)
async def test_a_key_of_another_kind_is_a_401_before_anything_else_is_looked_at(
    devin: DevinStandin, path: str, authorization: str
) -> None:
    answer = await get(devin, path, authorization)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json; charset=utf-8")
    assert answer.json()["title"] == "Unauthorized"


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("", ["time_after", "time_before"]),
        ("time_after=1794182400", ["time_before"]),
        ("start_date=2026-11-09&end_date=2026-11-16", ["time_after", "time_before"]),
        ("time_after=2026-11-09&time_before=1794787200", ["time_after"]),
        ("time_after=1794182400&time_before=1794787200.5", ["time_before"]),
        ("time_after=1794182400000&time_before=1794787200000", ["time_after", "time_before"]),
    ],
)
@pytest.mark.parametrize("path", [V3, PAYMENTS])
async def test_v3_needs_both_bounds_in_whole_seconds(
    devin: DevinStandin, path: str, query: str, refused: list[str]
) -> None:
    answer = await get(devin, f"{path}?{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/json; charset=utf-8")
    assert [detail["loc"] for detail in answer.json()["detail"]] == [["query", name] for name in refused]
    assert all(set(detail) == {"loc", "msg", "type"} for detail in answer.json()["detail"])


@pytest.mark.parametrize("date", ["monday", "2026-13-01", "2026-11-09T00:00:00+00:00"])
async def test_v2_refuses_what_is_no_date_such_as_one_whose_plus_sign_went_unencoded(
    devin: DevinStandin, date: str
) -> None:
    answer = await get(devin, f"{V2}?start_date={date}", APK)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["query", "start_date"])


@pytest.mark.parametrize(
    "target",
    [
        f"{V3}?{SECONDS}&org_ids=org-elsewhere",
        f"{V3}?{SECONDS}&org_ids=org-payments&org_ids=org-elsewhere",
        f"{V3}?{SECONDS}&org_ids=org-payments,org-search",
        f"/v3/organizations/org-elsewhere/metrics/sessions?{SECONDS}",
        "/v3/organizations/org-elsewhere/metrics/sessions",
    ],
)
async def test_an_organization_it_does_not_know_is_forbidden_and_a_comma_makes_one_unknown_organization(
    devin: DevinStandin, target: str
) -> None:
    answer = await get(devin, target)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json; charset=utf-8")
    assert (answer.json()["status"], answer.json()["title"]) == (403, "Forbidden")


async def test_v2_forbids_an_unknown_organization_too(devin: DevinStandin) -> None:
    assert (await get(devin, f"{V2}?org_ids=org-elsewhere", APK)).status_code == 403


@pytest.mark.parametrize(
    "query", ["org_ids[]=org-payments", "org_ids%5B%5D=org-elsewhere", "start_date=monday", "organization=org-search"]
)
async def test_parameters_of_other_names_are_ignored_and_so_the_answer_is_silently_the_whole(
    devin: DevinStandin, query: str
) -> None:
    assert (await get(devin, f"{V3}?{SECONDS}&{query}")).json()["sessions_created_count"] == 431


async def test_the_organization_endpoint_takes_its_organization_from_the_path_alone(devin: DevinStandin) -> None:
    answer = await get(devin, f"{PAYMENTS}?{SECONDS}&org_ids=org-search")
    assert answer.json()["sessions_created_count"] == 161


async def test_any_other_path_is_not_found(devin: DevinStandin) -> None:
    assert (await get(devin, "/v3/metrics/sessions")).status_code == 404


# What it remembers


async def test_it_keeps_each_query_as_it_was_sent_and_of_the_key_only_its_kind(devin: DevinStandin) -> None:
    await get(devin, f"{V3}?{SECONDS}&org_ids=org-payments&org_ids=org%2Dsearch")
    await get(devin, V2, APK)
    await get(devin, V2, "Bearer something-else")
    await get(devin, "/elsewhere?", "Basic c2VjcmV0")
    assert devin.requests == [
        Received("GET", V3, f"{SECONDS}&org_ids=org-payments&org_ids=org%2Dsearch", "Bearer cog_"),
        Received("GET", V2, "", "Bearer apk_user_"),
        Received("GET", V2, "", "Bearer "),
        Received("GET", "/elsewhere", "", ""),
    ]


# How it fails


async def test_each_fault_meets_one_request_in_order_and_then_all_is_well(devin: DevinStandin) -> None:
    devin.faults.extend([DevinFault(status=429, headers={"Retry-After": "7"}), DevinFault(status=503, body=b"<html>")])
    answers = [await get(devin, f"{V3}?{SECONDS}") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 503, 200]
    assert answers[1].content == b"<html>"


async def test_a_fault_can_send_elsewhere(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(status=302, headers={"Location": "https://elsewhere.example/"}))
    answer = await get(devin, V3)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://elsewhere.example/")


async def test_a_delayed_answer_is_right_but_late(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(delay=0.05))
    started = asyncio.get_running_loop().time()
    answer = await get(devin, f"{V3}?{SECONDS}")
    assert answer.json()["sessions_created_count"] == 431
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_a_dropped_request_gets_no_answer_at_all(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(drop=True))
    with pytest.raises(httpx.RemoteProtocolError):
        await get(devin, f"{V3}?{SECONDS}")


@pytest.mark.parametrize("fault", [DevinFault(cut=True), DevinFault(status=502, body=b"<html></html>", cut=True)])
async def test_a_cut_answer_promises_more_bytes_than_it_sends(devin: DevinStandin, fault: DevinFault) -> None:
    devin.faults.append(fault)
    with pytest.raises(httpx.RemoteProtocolError):
        await get(devin, f"{V3}?{SECONDS}")


async def test_a_dripping_answer_never_ends_though_every_byte_comes_in_time(devin: DevinStandin) -> None:
    devin.faults.append(DevinFault(drip=0.001))
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=0.25) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get(devin.url + V3), 0.5)


async def test_it_closes_at_once_even_while_an_answer_drips_and_another_is_late() -> None:
    async with devin_standin(FRIDAY) as devin:
        devin.faults.extend([DevinFault(drip=0.001), DevinFault(delay=60)])
        requests = [asyncio.create_task(get(devin, V3)) for _ in range(2)]
        await asyncio.sleep(0.05)
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 1
    failures = await asyncio.gather(*requests, return_exceptions=True)
    assert all(isinstance(failure, httpx.TransportError) for failure in failures)


async def test_it_listens_on_loopback(devin: DevinStandin) -> None:
    assert URL(devin.url).host == "127.0.0.1"
