"""Digests as JSON, and back: the same again, or words that name the entry and the field."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.digest_export import exported, imported
from bot.messages.page import Page
from bot.messages.render import render
from bot.periods.period import Last, Since, This
from bot.problems import Problem
from bot.queries.query import Query
from bot.schedules.delivery import BY_HAND, Digest
from bot.schedules.schedule import Rule
from tests.asking import AT
from tests.examples import UNITS, ZONES
from tests.test_digest_messages import digest

BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
ids = st.text("ABCD0123456789", min_size=1, max_size=10)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
days = st.sets(st.integers(0, 6), min_size=1).map(lambda some: tuple(sorted(some)))
mondays = st.integers(0, 300).map(lambda week: date(2026, 1, 5) + timedelta(weeks=week))
rules = st.one_of(
    st.builds(Rule, st.sampled_from(["daily", "weekdays"]), times),
    st.builds(Rule, st.just("weekly"), times, days),
    st.builds(Rule, st.just("every"), times, days, st.integers(2, 52), mondays),
    st.builds(lambda clock, day: Rule("monthly", clock, day=day), times, st.integers(0, 28)),
)
relative = st.one_of(
    st.builds(Last, st.integers(1, 20), st.sampled_from([*UNITS, "hour"])),
    st.builds(This, st.sampled_from(UNITS)),
    st.builds(Since, st.integers(0, 6)),
)
named = st.sampled_from(["payments", "R & D", "支店", "a,b", 'O\'Brien "Q"', "org-1"])
queries = st.builds(
    Query,
    period=relative,
    orgs=st.lists(named, max_size=3, unique=True).map(tuple),
    playbook=st.none() | named,
    vs=st.sampled_from(["previous", "year", "none"]),
)
digests = st.builds(
    Digest,
    rule=rules,
    tz=st.sampled_from(ZONES),
    query=queries,
    channel=st.builds("{}{}".format, st.sampled_from("CGD"), ids),
    lang=st.sampled_from(["en", "ja", "zh"]),
    since=st.timedeltas(timedelta(), timedelta(days=1400)).map(BEGINNING.__add__),
    steward=st.none() | st.builds("U{}".format, ids),
    steward_name=st.none() | st.text(min_size=1, max_size=20),
    paused=st.sampled_from([None, BY_HAND, "channel-archived"]),
    id=st.just(0),
    secret=st.just(SECRET),
)


@given(st.lists(digests, max_size=4))
def test_what_was_exported_is_imported_as_it_was(some: list[Digest]) -> None:
    numbered = [replace(one, id=number, secret=f"{number:032x}") for number, one in enumerate(some, start=1)]
    document = json.loads(json.dumps(exported(numbered)))
    assert imported(document) == numbered
    assert exported(imported(document)) == document


def test_an_entry_has_what_a_person_can_read_and_change() -> None:
    (entry,) = exported([digest(secret=SECRET)])
    assert entry == {
        "id": 3,
        "rule": "weekly monday 09:00",
        "tz": "America/New_York",
        "query": "last week",
        "channel": "C1",
        "lang": "en",
        "steward": "U1",
        "steward_name": "Ada Lovelace",
        "paused": None,
        "since": "2026-11-15T14:00:00+00:00",
        "secret": SECRET,
    }


def entry(**changes: Any) -> dict[str, Any]:
    return {**exported([digest(secret=SECRET)])[0], **changes}


def refusal(document: object) -> str:
    with pytest.raises(Problem) as raised:
        imported(document, AT)
    assert raised.value.key == "digests-not-imported"
    return render(Page("problems/problem", "en", {"problem": raised.value})).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": "weekly someday"}, "Entry 1, “rule”: "),
        ({"rule": "weekly monday 9:00 last week"}, "Entry 1, “rule”: "),
        ({"tz": "Mars/Phobos"}, "Entry 1, “tz”: “Mars/Phobos” is not a time zone."),
        ({"query": "lst week"}, "Entry 1, “query”: “lst week” is not a phrase this command knows."),
        ({"query": "2026-10"}, "Entry 1, “query”: “2026-10” is the same days whenever it is sent."),
        ({"query": "last week user=me"}, "Entry 1, “query”: A digest is read by a whole channel"),
        ({"query": "last week tz=UTC"}, "Entry 1, “query”: "),
        ({"channel": "#reports"}, "Entry 1, “channel”: “String should match pattern"),
        ({"lang": "de"}, "Entry 1, “lang”: “Input should be 'en', 'ja' or 'zh'”"),
        ({"id": "3"}, "Entry 1, “id”: “Input should be a valid integer”"),
        ({"id": 0}, "Entry 1, “id”: "),
        ({"since": "yesterday"}, "Entry 1, “since”: "),
        ({"since": "2026-11-15T14:00:00"}, "Entry 1, “since”: “Input should have timezone info”"),
        ({"since": "2027-11-15T14:00:00+00:00"}, "Entry 1, “since”: “Input should not be in the future”"),
        *[
            ({"since": since}, "Entry 1, “since”: “Input should not be before 2023”")
            for since in ("0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00+00:00", "2022-12-31T23:59:59+00:00")
        ],
        ({"since": "9999-12-31T23:59:59-14:00"}, "Entry 1, “since”: “Input should not be in the future”"),
        ({"query": f"org={'㍿' * 600}"}, "Entry 1, “query”: The question of that digest is too long"),
        ({"secret": ""}, "Entry 1, “secret”: "),
        ({"steward": "ada"}, "Entry 1, “steward”: "),
        ({"steward_name": None, "colour": "red"}, "Entry 1, “colour”: “Extra inputs are not permitted”"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named_by_its_place(changes: dict[str, Any], words: str) -> None:
    said = refusal([entry(**changes)])
    assert said.splitlines()[0] == "Nothing was imported: something is not right."
    assert words in said


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "“Input should be a list”"),
        ("x", "“Input should be a list”"),
        (["x"], "Entry 1: “Input should be a valid dictionary or instance of Entry”"),
        ([{}], "Entry 1, “id”: “Field required”"),
        ([entry(), entry(tz="UTC")], "Entry 2, “id”: “Another entry has this id”"),
        ([entry(), entry(id=4)], "Entry 2, “secret”: “Another entry has this secret”"),
    ],
)
def test_what_is_wrong_with_a_document_is_told(document: object, words: str) -> None:
    assert words in refusal(document)


def test_many_faults_are_told_up_to_ten() -> None:
    said = refusal([entry(lang="de", tz="x") for _ in range(40)])
    assert said.splitlines()[0] == "Nothing was imported: 10 things are not right."


def test_no_zone_or_kind_of_rule_was_left_out_here() -> None:
    kinds = {"daily", "weekdays", "weekly", "every", "monthly"}
    assert kinds == set(get_args(Rule.__annotations__["kind"]))
    assert all(isinstance(zone, ZoneInfo) for zone in ZONES)
