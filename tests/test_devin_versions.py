"""Devin's two API versions as pure functions: what a cell is on the wire, and what an answer counted."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.devin import Cell, Counts, Filter, Source, v2, v3
from bot.periods.window import Window

WEEK = Window(datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))
SECONDS = [("time_after", "1794182400"), ("time_before", "1794787200")]
DATES = [("start_date", "2026-11-09T00:00:00+00:00"), ("end_date", "2026-11-16T00:00:00+00:00")]
NEW_YORK = ZoneInfo("America/New_York")
EVERYTHING = Filter(("org-1", "org-2"), ("auth0|1", "user-2"), ("service-user-ci",), "playbook-1")

ANSWER: dict[str, Any] = {
    "sessions_created_count": 184,
    "sessions_created_by_size": {"xs": 38, "s": 62, "m": 53, "l": 26, "xl": 5},
    "sessions_created_by_origin": {"slack": 58, "webapp": 126, "teams": 0},
    "sessions_created_with_playbook_count": 76,
    "sessions_created_with_search_count": 20,
    "sessions_with_merged_prs_count": 91,
    "sessions_with_merged_prs_by_size": {"xs": 20, "s": 33, "m": 27, "l": 10, "xl": 1},
    "avg_acus_per_session": 6.4,
}
COUNTS = Counts(
    sessions=184,
    by_size={"xs": 38, "s": 62, "m": 53, "l": 26, "xl": 5},
    by_origin={"slack": 58, "webapp": 126, "teams": 0},
    with_playbook=76,
    with_search=20,
    shipped=91,
    shipped_by_size={"xs": 20, "s": 33, "m": 27, "l": 10, "xl": 1},
    average_acus=Decimal("6.4"),
)
# Devin's name of each field, and ours.
FIELDS = {
    "sessions_created_count": "sessions",
    "sessions_created_by_size": "by_size",
    "sessions_created_by_origin": "by_origin",
    "sessions_created_with_playbook_count": "with_playbook",
    "sessions_created_with_search_count": "with_search",
    "sessions_with_merged_prs_count": "shipped",
    "sessions_with_merged_prs_by_size": "shipped_by_size",
    "avg_acus_per_session": "average_acus",
}
NONE: dict[str, int] = {"xs": 0, "s": 0, "m": 0, "l": 0, "xl": 0}


def answer(**changed: object) -> bytes:
    """Devin's answer with some fields changed."""
    return json.dumps(ANSWER | changed).encode()


def refused(counts: Callable[[bytes], Counts], body: bytes) -> tuple[int | str, ...]:
    """Which field of an answer is not what the specification says."""
    with pytest.raises(ValidationError) as caught:
        counts(body)
    return caught.value.errors()[0]["loc"]


# A cell as a request


def test_an_enterprise_has_one_path_in_each_version() -> None:
    assert v2.path(Cell("v2-enterprise", WEEK, EVERYTHING)) == "/v2/enterprise/metrics/sessions"
    assert v3.path(Cell("v3-enterprise", WEEK, EVERYTHING)) == "/v3/enterprise/metrics/sessions"


@pytest.mark.parametrize(
    ("org", "part"),
    [
        ("org-payments", "org-payments"),
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("a|b", "a%7Cb"),
        ("a%2Fb", "a%252Fb"),
        ("支払い", "%E6%94%AF%E6%89%95%E3%81%84"),
    ],
)
def test_an_organization_is_one_part_of_the_path_whatever_its_id_holds(org: str, part: str) -> None:
    cell = Cell("v3-organization", WEEK, Filter(orgs=(org,)))
    assert v3.path(cell) == f"/v3/organizations/{part}/metrics/sessions"


@pytest.mark.parametrize("orgs", [(), ("org-1", "org-2")])
def test_the_organization_endpoint_stands_for_exactly_one_organization(orgs: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="values to unpack"):
        v3.path(Cell("v3-organization", WEEK, Filter(orgs=orgs)))


@pytest.mark.parametrize(
    ("source", "lists"),
    [
        ("v3-enterprise", [("org_ids", "org-1"), ("org_ids", "org-2")]),
        ("v3-organization", []),
    ],
)
def test_v3_repeats_the_key_for_each_id_and_names_organizations_on_the_enterprise_endpoint_only(
    source: Source, lists: list[tuple[str, str]]
) -> None:
    assert v3.params(Cell(source, WEEK, EVERYTHING)) == [
        *SECONDS,
        *lists,
        ("user_ids", "auth0|1"),
        ("user_ids", "user-2"),
        ("service_user_ids", "service-user-ci"),
        ("playbook_id", "playbook-1"),
    ]


def test_v2_repeats_the_key_for_each_id_too_and_knows_organizations_and_users_only() -> None:
    assert v2.params(Cell("v2-enterprise", WEEK, EVERYTHING)) == [
        *DATES,
        ("org_ids", "org-1"),
        ("org_ids", "org-2"),
        ("user_ids", "auth0|1"),
        ("user_ids", "user-2"),
    ]


def test_without_a_filter_only_the_window_is_asked_for() -> None:
    assert v3.params(Cell("v3-enterprise", WEEK)) == SECONDS
    assert v2.params(Cell("v2-enterprise", WEEK)) == DATES


@pytest.mark.parametrize(
    ("bound", "second", "date"),
    [
        (datetime(2026, 11, 9, tzinfo=UTC), "1794182400", "2026-11-09T00:00:00+00:00"),
        (datetime(2026, 11, 8, 19, tzinfo=NEW_YORK), "1794182400", "2026-11-08T19:00:00-05:00"),
        (datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK), "1793511000", "2026-11-01T01:30:00-04:00"),
        (datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=NEW_YORK), "1793514600", "2026-11-01T01:30:00-05:00"),
        (datetime(2026, 11, 9, 0, 0, 0, 999_999, UTC), "1794182400", "2026-11-09T00:00:00.999999+00:00"),
    ],
)
def test_a_bound_is_a_whole_unix_second_for_v3_and_a_date_with_its_offset_for_v2(
    bound: datetime, second: str, date: str
) -> None:
    window = Window(bound, bound + timedelta(days=1))
    assert v3.params(Cell("v3-enterprise", window))[0] == ("time_after", second)
    assert v2.params(Cell("v2-enterprise", window))[0] == ("start_date", date)


@given(st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(NEW_YORK)))  # noqa: DTZ001
def test_windows_that_share_a_bound_share_it_on_the_wire(bound: datetime) -> None:
    earlier, later = Window(bound - timedelta(days=7), bound), Window(bound, bound + timedelta(days=7))
    assert v3.params(Cell("v3-enterprise", earlier))[1][1] == v3.params(Cell("v3-enterprise", later))[0][1]
    assert v2.params(Cell("v2-enterprise", earlier))[1][1] == v2.params(Cell("v2-enterprise", later))[0][1]


# An answer as counts


def test_all_fields_of_v3_are_counted() -> None:
    assert v3.counts(answer()) == COUNTS


@pytest.mark.parametrize(("theirs", "ours"), FIELDS.items())
def test_a_field_that_is_absent_or_null_is_not_reported_which_is_not_zero(theirs: str, ours: str) -> None:
    absent = json.dumps({name: value for name, value in ANSWER.items() if name != theirs}).encode()
    assert v3.counts(absent) == v3.counts(answer(**{theirs: None})) == replace(COUNTS, **{ours: None})


def test_of_an_empty_answer_nothing_is_reported() -> None:
    assert v3.counts(b"{}") == v2.counts(b"{}") == Counts()


@pytest.mark.parametrize("name", ["sessions_created_by_size", "sessions_with_merged_prs_by_size"])
@pytest.mark.parametrize(
    ("sizes", "read"), [({}, NONE), ({"l": 3}, NONE | {"l": 3}), ({"s": 1, "xxl": 9}, NONE | {"s": 1})]
)
def test_a_size_map_has_all_five_sizes_of_which_those_left_out_are_zero(
    name: str, sizes: dict[str, int], read: dict[str, int]
) -> None:
    assert getattr(v3.counts(answer(**{name: sizes})), FIELDS[name]) == read


@pytest.mark.parametrize("origins", [{}, {"slack": 3}, {"slack": 3, "fax": 2}, {"code_scan": 1, "<!channel>": 1}])
def test_origins_are_kept_as_listed_those_that_nobody_knows_included(origins: dict[str, int]) -> None:
    assert v3.counts(answer(sessions_created_by_origin=origins)).by_origin == origins


@pytest.mark.parametrize("count", [201, 30_000])
def test_more_than_200_origins_are_refused_by_the_name_of_their_field(count: int) -> None:
    assert len(v3.counts(answer(sessions_created_by_origin=many(200))).by_origin or {}) == 200
    body = answer(sessions_created_by_origin=many(count))
    assert refused(v3.counts, body) == ("sessions_created_by_origin",)


def many(count: int) -> dict[str, int]:
    """So many origins with one session each."""
    return {f"origin-{number}": 1 for number in range(count)}


def test_fields_that_nobody_knows_are_ignored() -> None:
    assert v3.counts(answer(sessions_created_on_mars=3, request_id="r-1")) == COUNTS
    assert v2.counts(b'{"sessions_count": 431, "searches_count": -1}') == Counts(sessions=431)


@pytest.mark.parametrize("number", ["6.4", "0.1", "3", "0", "5.123456789012345", "1e-7", "1000000000"])
def test_an_average_is_exactly_the_decimal_that_was_sent(number: str) -> None:
    assert v3.counts(b'{"avg_acus_per_session": %s}' % number.encode()).average_acus == Decimal(number)


@pytest.mark.parametrize("number", [0, 2**53 + 1, 2**60, 2**63 - 1])
def test_a_count_is_taken_exactly_as_far_as_64_bits_reach(number: int) -> None:
    assert v3.counts(answer(sessions_created_count=number)).sessions == number
    assert v2.counts(json.dumps({"sessions_count": number}).encode()).sessions == number


@pytest.mark.parametrize(
    "number",
    [
        *("-1", "2.5", "1e308", "1e400", str(2**63), "NaN", "Infinity", "-Infinity"),
        *('"12"', '"many"', '""', "true", "[]", "{}"),
    ],
)
@pytest.mark.parametrize(
    ("counts", "body", "field"),
    [
        (v2.counts, '{"sessions_count": %s}', ("sessions_count",)),
        (v3.counts, '{"sessions_with_merged_prs_count": %s}', ("sessions_with_merged_prs_count",)),
        (v3.counts, '{"sessions_created_by_size": {"xl": %s}}', ("sessions_created_by_size", "xl")),
        (v3.counts, '{"sessions_created_by_origin": {"fax": %s}}', ("sessions_created_by_origin", "fax")),
    ],
)
def test_a_count_that_cannot_be_is_refused_by_the_name_of_its_field(
    counts: Callable[[bytes], Counts], body: str, field: tuple[str, ...], number: str
) -> None:
    assert refused(counts, (body % number).encode()) == field


@pytest.mark.parametrize("number", ["-0.1", "1e308", "1e400", "1000000001", "NaN", "Infinity", '"many"', "true", "[]"])
def test_an_average_that_cannot_be_is_refused_by_the_name_of_its_field(number: str) -> None:
    assert refused(v3.counts, b'{"avg_acus_per_session": %s}' % number.encode()) == ("avg_acus_per_session",)


@pytest.mark.parametrize("name", ["sessions_created_by_size", "sessions_created_by_origin"])
@pytest.mark.parametrize("value", ["[]", "5", '"slack"', "[[1]]"])
def test_a_map_that_is_none_is_refused(name: str, value: str) -> None:
    assert refused(v3.counts, f'{{"{name}": {value}}}'.encode()) == (name,)


@pytest.mark.parametrize("counts", [v2.counts, v3.counts])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[]", b"null", b"5", b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000, b"9" * 5000]
)
def test_what_is_no_json_object_is_refused_as_a_whole(counts: Callable[[bytes], Counts], body: bytes) -> None:
    assert refused(counts, body) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["xs", "slack"]) | st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # The first texts ever made take a second.
@given(st.binary() | st.dictionaries(st.sampled_from(list(FIELDS)), JSON).map(lambda body: json.dumps(body).encode()))
def test_whatever_comes_is_counted_or_refused_and_no_count_is_below_zero(body: bytes) -> None:
    try:
        counts = v3.counts(body)
    except ValidationError:
        return
    numbers = [counts.sessions, counts.shipped, *(counts.by_size or {}).values(), *(counts.by_origin or {}).values()]
    assert all(number is None or 0 <= number < 2**63 for number in numbers)
